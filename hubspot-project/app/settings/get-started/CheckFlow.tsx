import type { ReactElement } from 'react';
import { Accordion, Flex, Heading, LoadingButton, Text } from '@hubspot/ui-extensions';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import { StepButtons } from '../parts/StepButtons.tsx';
import { ConfirmForm } from './ConfirmForm.tsx';
import { EndingForm } from './EndingForm.tsx';
import { FitReport } from './FitReport.tsx';
import type { FlowStepProps } from './FlowSteps.tsx';
import { MessageForm } from './MessageForm.tsx';
import { ScreenList } from './ScreenList.tsx';

/** Step 3: what fits WhatsApp and what does not, the screens, the texts, and a phone to try it on. */
export function CheckFlow(props: FlowStepProps): ReactElement {
  const { kit, actions, flow, onFlow } = props;
  const texts = kit.texts.check;
  return (
    <Flex direction="column" gap="md">
      <PreviewButton {...props} />
      <Heading>{texts.report}</Heading>
      <FitReport kit={kit} flow={flow} />
      <Heading>{texts.screens}</Heading>
      <ScreenList kit={kit} actions={actions} flow={flow} onFlow={onFlow} />
      <Accordion title={texts.message}>
        <Flex direction="column" gap="sm">
          <Text variant="microcopy">{texts.messageHelp}</Text>
          <MessageForm key={JSON.stringify(flow.message)} kit={kit} actions={actions} flow={flow} onFlow={onFlow} />
        </Flex>
      </Accordion>
      <Accordion title={texts.confirm}>
        <ConfirmForm kit={kit} actions={actions} flow={flow} onFlow={onFlow} />
      </Accordion>
      <Accordion title={texts.ending}>
        <EndingForm kit={kit} actions={actions} flow={flow} onFlow={onFlow} />
      </Accordion>
      <StepButtons kit={kit} onBack={props.onBack} onNext={props.onNext} />
    </Flex>
  );
}

/** The phone page works once and for five minutes, so its address is asked for at the press. */
function PreviewButton(props: FlowStepProps): ReactElement {
  const { kit, actions, flow } = props;
  const texts = kit.texts.check;
  const action = useAction(kit.api.preview);
  const open = async () => {
    const preview = await action.run(flow.flowId);
    if (!preview) return;
    actions.openIframeModal({
      uri: preview.url,
      width: 430,
      height: 860,
      title: texts.previewTitle(flow.name),
      flush: true,
    });
  };
  return (
    <Flex direction="column" gap="sm">
      {action.problem ? (
        <ProblemAlert problem={action.problem} texts={kit.texts.common} title={texts.previewFailed} />
      ) : null}
      <Flex direction="row" justify="start">
        <LoadingButton variant="secondary" loading={action.working} onClick={() => void open()}>
          {texts.preview}
        </LoadingButton>
      </Flex>
    </Flex>
  );
}
