import { useCallback, useState, type ReactElement } from 'react';
import { Button, Flex, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from './ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from './settings-kit.ts';

/** Submissions for a form that was deleted: what waits, what giving up means, and the decision, which takes two presses. */
export function GiveUpPart(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flowId: string;
  count: number;
  nowhereElse: number;
  onDecided: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, actions, flowId, count, nowhereElse } = props;
  const texts = kit.texts.giveUp;
  const { api } = kit;
  const [isAsked, setAsked] = useState(false);
  const { run, working, problem } = useAction(
    useCallback((id: string, key: string) => api.decideHeld(id, 'give-up', key), [api]),
  );
  const giveUp = async () => {
    const decided = await run(flowId);
    if (!decided) return;
    actions.addAlert({ type: 'success', message: texts.done });
    props.onDecided(decided);
  };
  return (
    <Flex direction="column" gap="sm">
      <Text>{texts.text}</Text>
      <Text>{texts.elsewhere}</Text>
      {nowhereElse > 0 ? <Text>{nowhereElse === count ? texts.onlyHere : texts.nowhereElse(nowhereElse)}</Text> : null}
      {problem ? <ProblemAlert problem={problem} texts={kit.texts.common} title={texts.failed} /> : null}
      {isAsked ? (
        <>
          <Text format={{ fontWeight: 'demibold' }}>{texts.sure(count)}</Text>
          <Flex direction="row" justify="start" gap="sm" wrap>
            <LoadingButton variant="destructive" size="sm" loading={working} onClick={() => void giveUp()}>
              {texts.yes}
            </LoadingButton>
            <Button variant="secondary" size="sm" disabled={working} onClick={() => setAsked(false)}>
              {texts.no}
            </Button>
          </Flex>
        </>
      ) : (
        <Flex direction="row" justify="start">
          <Button variant="secondary" size="sm" onClick={() => setAsked(true)}>
            {texts.ask(count)}
          </Button>
        </Flex>
      )}
    </Flex>
  );
}
