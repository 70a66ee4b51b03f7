import { useCallback, useEffect, useRef, type ReactElement } from 'react';
import { Alert, Button, Flex, List, LoadingButton, StatusTag, Text, Tile } from '@hubspot/ui-extensions';
import type { Publication } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { usePolling } from '@flowella/shared/ui/use-polling.ts';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';
import { StepButtons } from '../parts/StepButtons.tsx';
import type { FlowStepProps } from './FlowSteps.tsx';
import { PublicationProblems } from './PublicationProblems.tsx';

const STEP_VARIANT = { waiting: 'default', running: 'info', done: 'success', failed: 'danger' } as const;

/** Step 5: what will happen, what is happening, what has happened. */
export function PublishFlow(
  props: FlowStepProps & {
    onQuestion: () => void;
    /** Stay at this step, whatever the server's next one is. */
    onStay: () => void;
    onChange: () => Promise<void>;
    pollMs?: number;
  },
): ReactElement {
  const { kit, flow, onChange, onStay } = props;
  const { api, texts } = kit;
  const { flowId } = flow;
  const load = useCallback(() => api.publication(flowId), [api, flowId]);
  const { loaded, reload, show } = useLoaded(load);
  const start = useAction(api.publish);
  const publication = loaded.kind === 'ready' ? loaded.data : null;
  usePolling({
    active: publication !== null && isMoving(publication),
    fingerprint: JSON.stringify(publication),
    look: reload,
    ...(props.pollMs === undefined ? {} : { intervalMs: props.pollMs }),
  });
  useWhenPublished(publication?.state ?? null, onChange);
  const publishing = publication?.state === 'publishing';
  useEffect(() => {
    // Once it is live the server's next step is the test; who has watched it wants to read the result first.
    if (publishing) onStay();
  }, [publishing, onStay]);

  if (!publication) {
    return loaded.kind === 'failed' ? (
      <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />
    ) : (
      <Text>{texts.common.loading}</Text>
    );
  }
  const publish = async () => {
    const started = await start.run(flowId);
    if (started) show(started);
  };
  return (
    <Flex direction="column" gap="md">
      {publication.state === 'draft' ? <WhatWillHappen kit={kit} refused={flow.refused} /> : null}
      <PublicationState kit={kit} publication={publication} />
      <PublicationProblems kit={kit} flow={flow} publication={publication} onQuestion={props.onQuestion} />
      <Template kit={kit} template={publication.template} />
      {start.problem ? (
        <ProblemAlert problem={start.problem} texts={texts.common} title={texts.publish.failed} />
      ) : null}
      <PublishButtons {...props} state={publication.state} working={start.working} onPublish={() => void publish()} />
    </Flex>
  );
}

/** A template that Meta still looks at moves too. */
function isMoving(publication: Publication): boolean {
  return publication.state === 'publishing' || publication.template?.state === 'PENDING';
}

/** Tells the page once when publishing has come to its end, for the other steps to open. */
function useWhenPublished(state: Publication['state'] | null, onChange: () => Promise<void>): void {
  const before = useRef(state);
  useEffect(() => {
    const ended = before.current === 'publishing' && state !== 'publishing';
    before.current = state;
    if (ended) void onChange();
  }, [state, onChange]);
}

function WhatWillHappen(props: { kit: SettingsKit; refused: number }): ReactElement {
  const texts = props.kit.texts.publish;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Text format={{ fontWeight: 'demibold' }}>{texts.what}</Text>
        <List variant="ordered">
          {texts.whatList.map((line) => (
            <Text key={line}>{line}</Text>
          ))}
        </List>
        {props.refused > 0 ? <Text>{texts.refused(props.refused)}</Text> : null}
      </Flex>
    </Tile>
  );
}

function PublicationState(props: { kit: SettingsKit; publication: Publication }): ReactElement | null {
  const { kit, publication } = props;
  const texts = kit.texts.publish;
  if (publication.state === 'draft') return null;
  return (
    <Flex direction="column" gap="sm">
      {publication.steps.map((step) => (
        <Flex key={step.code} direction="row" align="center" gap="sm" wrap>
          <StatusTag variant={STEP_VARIANT[step.state]}>{texts.stepState[step.state]}</StatusTag>
          <Text format={{ fontWeight: 'demibold' }}>{texts.step[step.code]}</Text>
          <Text>{step.message}</Text>
        </Flex>
      ))}
      {publication.state === 'publishing' ? <Text variant="microcopy">{texts.leave}</Text> : null}
      {publication.state === 'published' ? (
        <Alert title={texts.done} variant="success">
          {publication.publishedAt ? texts.publishedAt(kit.time(publication.publishedAt)) : ''}
        </Alert>
      ) : null}
      {publication.reason ? (
        <Alert title={texts.state[publication.state]} variant={publication.state === 'failed' ? 'danger' : 'warning'}>
          {publication.reason}
        </Alert>
      ) : null}
    </Flex>
  );
}

function Template(props: { kit: SettingsKit; template: Publication['template'] }): ReactElement | null {
  const { kit, template } = props;
  const texts = kit.texts.publish;
  if (!template) return null;
  /** Meta adds states over time; a new one is shown as Meta calls it. */
  const templateStates: Record<string, string> = texts.templateStates;
  return (
    <Tile compact>
      <Flex direction="column" gap="xs">
        <Text format={{ fontWeight: 'demibold' }}>{texts.template}</Text>
        <Text>{template.body}</Text>
        <Text variant="microcopy">
          {texts.templateState(template.name, template.language, templateStates[template.state] ?? template.state)}
        </Text>
        {template.reason ? <Text>{template.reason}</Text> : null}
      </Flex>
    </Tile>
  );
}

function PublishButtons(
  props: FlowStepProps & { state: Publication['state']; working: boolean; onPublish: () => void },
): ReactElement {
  const texts = props.kit.texts.publish;
  if (props.state !== 'published' && props.state !== 'paused') {
    return (
      <StepButtons
        kit={props.kit}
        onBack={props.onBack}
        onNext={props.onPublish}
        nextLabel={props.state === 'failed' ? texts.again : texts.start}
        working={props.working || props.state === 'publishing'}
      />
    );
  }
  return (
    <Flex direction="row" justify="end" gap="sm" wrap>
      <Button variant="secondary" onClick={props.onBack}>
        {props.kit.texts.common.back}
      </Button>
      <LoadingButton variant="secondary" loading={props.working} onClick={props.onPublish}>
        {texts.publishChanges}
      </LoadingButton>
      <Button variant="primary" onClick={props.onNext}>
        {props.kit.texts.common.next}
      </Button>
    </Flex>
  );
}
