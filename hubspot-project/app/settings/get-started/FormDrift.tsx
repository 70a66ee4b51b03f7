import { useCallback, type ReactElement } from 'react';
import { Accordion, Alert, Flex, LoadingButton, Text, Tile } from '@hubspot/ui-extensions';
import type { Drift, FlowDetail } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { GiveUpPart } from '../parts/GiveUpPart.tsx';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';

type Props = {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
  /** The list of flows shows it too. */
  onChange: () => Promise<void>;
};

/** What became of the form since this flow was made of it: the difference in plain words, and the button to take it over. */
export function FormDrift(props: Props): ReactElement | null {
  const { kit, flow } = props;
  const { drift } = flow;
  const texts = kit.texts.drift;
  if (drift.state === 'current' && drift.heldSubmissions === 0) return null;
  return (
    <Flex direction="column" gap="sm">
      {drift.message ? (
        <Alert title={texts.title[drift.state]} variant="danger">
          {drift.message}
        </Alert>
      ) : null}
      {drift.state === 'changed' ? <ChangedForm {...props} /> : null}
      {drift.heldSubmissions > 0 && drift.state === 'gone' ? <GoneForm {...props} /> : null}
      {drift.heldSubmissions > 0 && drift.state !== 'gone' ? <HeldSubmissions {...props} /> : null}
    </Flex>
  );
}

function ChangedForm(props: Props): ReactElement {
  const { kit, flow } = props;
  const { drift } = flow;
  const texts = kit.texts.drift;
  return (
    <Alert title={texts.title.changed} variant="warning">
      <Flex direction="column" gap="sm">
        <Text>{flow.publication.publishedAt ? texts.changedLive : texts.changedDraft}</Text>
        <Difference kit={kit} drift={drift} />
        <Lines title={texts.edits} lines={drift.edits.map((line) => line.message)} />
        <Lines title={texts.writeBack} lines={drift.writeBack} />
        {drift.openSends > 0 ? <Text>{texts.openSends(drift.openSends)}</Text> : null}
        <TakeOver {...props} />
      </Flex>
    </Alert>
  );
}

function Difference(props: { kit: SettingsKit; drift: Drift }): ReactElement {
  const { drift } = props;
  const texts = props.kit.texts.drift;
  const count = drift.questions.length + drift.form.length;
  return (
    <Accordion title={texts.difference(count)} size="sm" defaultOpen={count <= 12}>
      <Flex direction="column" gap="sm">
        {drift.questions.map((one) => (
          <Flex key={one.question} direction="column" gap="flush">
            <Text format={{ fontWeight: 'demibold' }}>{one.label}</Text>
            {one.changes.map((change) => (
              <Text key={`${change.code} ${change.message}`}>{change.message}</Text>
            ))}
          </Flex>
        ))}
        <Lines title={texts.wholeForm} lines={drift.form.map((line) => line.message)} />
      </Flex>
    </Accordion>
  );
}

function Lines(props: { title: string; lines: string[] }): ReactElement | null {
  if (props.lines.length === 0) return null;
  return (
    <Flex direction="column" gap="flush">
      <Text format={{ fontWeight: 'demibold' }}>{props.title}</Text>
      {props.lines.map((line, index) => (
        <Text key={`${index} ${line}`}>{line}</Text>
      ))}
    </Flex>
  );
}

function TakeOver(props: Props): ReactElement | null {
  const { kit, actions, flow } = props;
  const texts = kit.texts.drift;
  const { api } = kit;
  const { flowId } = flow;
  const call = useCallback((revision: string, key: string) => api.takeOver(flowId, revision, key), [api, flowId]);
  const { run, working, problem } = useAction(call);
  const { revision } = flow.drift;
  if (revision === null) return null;
  const takeOver = async () => {
    const taken = await run(revision);
    if (!taken) return;
    actions.addAlert({ type: 'success', message: texts.taken });
    props.onFlow(taken);
    await props.onChange();
  };
  return (
    <Flex direction="column" gap="sm">
      {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.failed} /> : null}
      <Flex direction="row" justify="start">
        <LoadingButton variant="primary" loading={working} onClick={() => void takeOver()}>
          {texts.takeOver}
        </LoadingButton>
      </Flex>
    </Flex>
  );
}

/** Nothing can be submitted to a form that was deleted: all that is left is to say so. */
function GoneForm(props: Props): ReactElement {
  const { kit, flow } = props;
  const { heldSubmissions, heldNowhereElse } = flow.drift;
  return (
    <Tile compact>
      <Flex direction="column" gap="sm">
        <Text format={{ fontWeight: 'demibold' }}>{kit.texts.giveUp.held(heldSubmissions)}</Text>
        <GiveUpPart
          kit={kit}
          actions={props.actions}
          flowId={flow.flowId}
          count={heldSubmissions}
          nowhereElse={heldNowhereElse}
          onDecided={props.onFlow}
        />
      </Flex>
    </Tile>
  );
}

/** A form submission cannot be amended afterwards, so the customer decides what becomes of those the form does not take any more. */
function HeldSubmissions(props: Props): ReactElement {
  const { kit, actions, flow } = props;
  const texts = kit.texts.drift;
  const { api } = kit;
  const { flowId } = flow;
  const call = useCallback(
    (decision: 'again' | 'without-removed', key: string) => api.decideHeld(flowId, decision, key),
    [api, flowId],
  );
  const { run, working, problem } = useAction(call);
  const decide = async (decision: 'again' | 'without-removed') => {
    const decided = await run(decision);
    if (!decided) return;
    actions.addAlert({ type: 'success', message: texts.decided });
    props.onFlow(decided);
  };
  return (
    <Tile compact>
      <Flex direction="column" gap="sm">
        <Text format={{ fontWeight: 'demibold' }}>{texts.held(flow.drift.heldSubmissions)}</Text>
        <Text>{texts.heldText}</Text>
        {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.failed} /> : null}
        <Flex direction="row" justify="start" gap="sm" wrap>
          <LoadingButton variant="secondary" loading={working} onClick={() => void decide('again')}>
            {texts.again}
          </LoadingButton>
          <LoadingButton variant="secondary" loading={working} onClick={() => void decide('without-removed')}>
            {texts.withoutRemoved}
          </LoadingButton>
        </Flex>
      </Flex>
    </Tile>
  );
}
