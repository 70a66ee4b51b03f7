import { useState, type ReactElement } from 'react';
import { Flex, Form, Input, LoadingButton, TextArea } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import type { Design } from './edit-design.ts';
import { useFlowChange } from './use-flow-change.ts';

const MAX = { submitLabel: 35, thankYouText: 300 } as const;

/** The flow's last button and what the person reads after it. */
export function EndingForm(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, flow } = props;
  const { check: texts, common } = kit.texts;
  const [submitLabel, setSubmitLabel] = useState(flow.design.submitLabel ?? '');
  const [thankYouText, setThankYouText] = useState(flow.design.thankYouText ?? '');
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const save = async () => {
    if (await change({ design: withEnding(flow.design, submitLabel.trim(), thankYouText.trim()) })) {
      props.actions.addAlert({ type: 'success', message: texts.saved });
    }
  };
  return (
    <Form onSubmit={() => void save()}>
      <Flex direction="column" gap="md">
        <Input
          name="submitLabel"
          label={texts.submitLabel}
          description={texts.optional}
          value={submitLabel}
          onInput={(value) => setSubmitLabel(value.slice(0, MAX.submitLabel))}
        />
        <TextArea
          name="thankYouText"
          label={texts.thankYou}
          description={texts.optional}
          rows={2}
          maxLength={MAX.thankYouText}
          value={thankYouText}
          onInput={(value) => setThankYouText(value.slice(0, MAX.thankYouText))}
        />
        {problem ? <ProblemAlert problem={problem} texts={common} title={texts.saveFailed} /> : null}
        <Flex direction="row" justify="start">
          <LoadingButton type="submit" variant="secondary" loading={working}>
            {common.save}
          </LoadingButton>
        </Flex>
      </Flex>
    </Form>
  );
}

function withEnding(design: Design, submitLabel: string, thankYouText: string): Design {
  const { submitLabel: _label, thankYouText: _text, ...rest } = design;
  return { ...rest, ...(submitLabel ? { submitLabel } : {}), ...(thankYouText ? { thankYouText } : {}) };
}
