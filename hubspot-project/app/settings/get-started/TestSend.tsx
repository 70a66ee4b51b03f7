import { useCallback, useState, type ReactElement } from 'react';
import { Alert, Button, Flex, Form, Input, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { SendView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import { StepButtons } from '../parts/StepButtons.tsx';
import type { FlowStepProps } from './FlowSteps.tsx';

/** A country code and at least six more digits; the server reads the number properly. */
const LOOKS_LIKE_NUMBER = /^(\+|00)[\d\s()/.-]{7,28}$/;

/** Step 6: the flow on the admin's own phone. */
export function TestSend(
  props: FlowStepProps & { allDone: boolean; onNewFlow: () => void; onChange: () => Promise<void> },
): ReactElement {
  const { kit, flow } = props;
  const { api } = kit;
  const { flowId } = flow;
  const texts = kit.texts.test;
  const [number, setNumber] = useState('');
  const [pressed, setPressed] = useState(false);
  const [sent, setSent] = useState<SendView | null>(null);
  const send = useCallback((to: string, key: string) => api.testSend(flowId, to, key), [api, flowId]);
  const action = useAction(send);
  const wrong = pressed && !LOOKS_LIKE_NUMBER.test(number.trim());
  const submit = async () => {
    setPressed(true);
    if (!LOOKS_LIKE_NUMBER.test(number.trim())) return;
    const answer = await action.run(number.trim());
    if (!answer) return;
    setSent(answer);
    await props.onChange();
  };
  return (
    <Flex direction="column" gap="md">
      {props.allDone ? (
        <Alert title={kit.texts.start.allDone} variant="success">
          {kit.texts.start.allDoneText}
        </Alert>
      ) : null}
      {flow.design.confirmIdentity ? <Alert title={texts.confirmFirst} variant="info" /> : null}
      <Form onSubmit={() => void submit()}>
        <Flex direction="column" gap="md">
          <Text>{texts.intro}</Text>
          <Input
            name="number"
            label={texts.number}
            description={texts.numberHelp}
            required
            value={number}
            error={wrong}
            {...(wrong ? { validationMessage: texts.numberMissing } : {})}
            onInput={setNumber}
          />
          {action.problem ? (
            <ProblemAlert problem={action.problem} texts={kit.texts.common} title={texts.failed} />
          ) : null}
          {sent ? <SentAlert {...props} sent={sent} /> : null}
          <Flex direction="row" justify="start" gap="sm" wrap>
            <LoadingButton type="submit" variant="primary" loading={action.working}>
              {texts.send}
            </LoadingButton>
            <Button variant="secondary" onClick={props.onNewFlow}>
              {kit.texts.start.newFlow}
            </Button>
          </Flex>
        </Flex>
      </Form>
      <StepButtons kit={kit} onBack={props.onBack} />
    </Flex>
  );
}

function SentAlert(props: FlowStepProps & { sent: SendView }): ReactElement {
  const { sent } = props;
  const texts = props.kit.texts.test;
  if (sent.state === 'failed' || sent.state === 'cancelled') {
    return (
      <Alert title={texts.failed} variant="danger">
        {sent.reason ?? texts.state[sent.state]}
      </Alert>
    );
  }
  return <Alert title={texts.sent(texts.state[sent.state])} variant="success" />;
}
