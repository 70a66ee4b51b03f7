import { useState, type ReactElement } from 'react';
import { Flex, Form, Input, LoadingButton } from '@hubspot/ui-extensions';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import type { Design } from './edit-design.ts';
import { useFlowChange } from './use-flow-change.ts';

const MAX_LABEL = 35;

/** The flow's last button. After it WhatsApp closes the flow: nothing can be said there any more. */
export function EndingForm(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, flow } = props;
  const { check: texts, common } = kit.texts;
  const [submitLabel, setSubmitLabel] = useState(flow.design.submitLabel ?? '');
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const save = async () => {
    if (await change({ design: withLabel(flow.design, submitLabel.trim()) })) {
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
          onInput={(value) => setSubmitLabel(value.slice(0, MAX_LABEL))}
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

function withLabel(design: Design, submitLabel: string): Design {
  const { submitLabel: _label, ...rest } = design;
  return submitLabel ? { ...rest, submitLabel } : rest;
}
