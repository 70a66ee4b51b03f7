import { useCallback, useState, type ReactElement } from 'react';
import { Flex, LoadingButton } from '@hubspot/ui-extensions';
import type { SendView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import { SendAgainButton } from '../parts/SendAgainButton.tsx';
import type { FlowOffer } from './find-flows.ts';
import { FlowDetails } from './FlowDetails.tsx';
import { FlowPicker } from './FlowPicker.tsx';

/** Choose a flow, see what will be sent, send it. While one is open with this person, sending again is a deliberate act. */
export function SendForm(props: {
  kit: CardKit;
  actions: CardActions;
  flows: FlowOffer[];
  sends: SendView[];
  onSent: () => Promise<void>;
}): ReactElement {
  const { kit, actions, flows, onSent } = props;
  const { api, contactId, texts } = kit;
  const [chosenId, setChosenId] = useState<string | null>(null);
  const chosen = flows.find((flow) => flow.flowId === chosenId) ?? flows.find((flow) => !flow.blocked) ?? flows[0];
  const send = useCallback(
    (input: { flowId: string; replace: boolean }, key: string) => api.send(contactId, input, key),
    [api, contactId],
  );
  const action = useAction(send);
  if (!chosen) return <Flex />;

  const press = async (replace: boolean) => {
    const sent = await action.run({ flowId: chosen.flowId, replace });
    if (sent) {
      actions.addAlert({ type: 'success', title: texts.flows.sentTitle, message: texts.flows.sent(sent.flowName) });
    }
    await onSent();
  };
  const open = props.sends.some((one) => one.open && one.flowId === chosen.flowId);
  return (
    <Flex direction="column" gap="md">
      <FlowPicker kit={kit} flows={flows} chosen={chosen} onChoose={setChosenId} />
      <FlowDetails kit={kit} flow={chosen} />
      {action.problem ? (
        <ProblemAlert problem={action.problem} texts={texts.common} title={texts.flows.problem} />
      ) : null}
      <Flex direction="row" justify="start">
        {open ? (
          <SendAgainButton
            kit={kit}
            actions={actions}
            id={`flowella-replace-${chosen.flowId}`}
            text={texts.replace.text(chosen.name)}
            working={action.working}
            disabled={chosen.blocked !== null}
            onConfirm={() => press(true)}
          />
        ) : (
          <LoadingButton
            variant="primary"
            loading={action.working}
            disabled={chosen.blocked !== null}
            onClick={() => void press(false)}
          >
            {texts.flows.send}
          </LoadingButton>
        )}
      </Flex>
    </Flex>
  );
}
