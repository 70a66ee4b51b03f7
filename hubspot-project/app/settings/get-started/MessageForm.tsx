import { useState, type ReactElement } from 'react';
import { Flex, Form, Input, LoadingButton, Select, TextArea } from '@hubspot/ui-extensions';
import type { FlowDetail, FlowMessage } from '@flowella/shared/contract/api.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { useFlowChange } from './use-flow-change.ts';

/** WhatsApp's limits as the contract has them. */
const MAX = { header: 60, body: 1024, footer: 60, button: 20 } as const;

/** The chat message above the flow's button. */
export function MessageForm(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  flow: FlowDetail;
  onFlow: (flow: FlowDetail) => void;
}): ReactElement {
  const { kit, flow } = props;
  const { check: texts, common } = kit.texts;
  const [message, setMessage] = useState<FlowMessage>(flow.message);
  const { change, working, problem } = useFlowChange(kit, flow, props.onFlow);
  const bodyMissing = message.body.trim() === '';
  const buttonMissing = message.button.trim() === '';
  const put = (field: keyof typeof MAX) => (value: string) =>
    setMessage((before) => ({ ...before, [field]: value.slice(0, MAX[field]) }));
  const save = async () => {
    if (bodyMissing || buttonMissing) return;
    if (await change({ message: withoutEmpty(message) })) {
      props.actions.addAlert({ type: 'success', message: texts.saved });
    }
  };
  return (
    <Form onSubmit={() => void save()}>
      <Flex direction="column" gap="md">
        <Input name="header" label={texts.header} value={message.header ?? ''} onInput={put('header')} />
        <TextArea
          name="body"
          label={texts.body}
          required
          rows={3}
          maxLength={MAX.body}
          value={message.body}
          error={bodyMissing}
          {...(bodyMissing ? { validationMessage: texts.bodyMissing } : {})}
          onInput={put('body')}
        />
        <Input name="footer" label={texts.footer} value={message.footer ?? ''} onInput={put('footer')} />
        <Input
          name="button"
          label={texts.button}
          description={texts.buttonHelp}
          required
          value={message.button}
          error={buttonMissing}
          {...(buttonMissing ? { validationMessage: texts.buttonMissing } : {})}
          onInput={put('button')}
        />
        <Select
          name="category"
          label={texts.category}
          description={texts.categoryHelp}
          value={message.category ?? 'UTILITY'}
          options={[
            { label: texts.categories.UTILITY, value: 'UTILITY' },
            { label: texts.categories.MARKETING, value: 'MARKETING' },
          ]}
          onChange={(value) =>
            setMessage((before) => ({ ...before, category: value === 'MARKETING' ? 'MARKETING' : 'UTILITY' }))
          }
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

function withoutEmpty(message: FlowMessage): FlowMessage {
  return {
    body: message.body.trim(),
    button: message.button.trim(),
    ...(message.category ? { category: message.category } : {}),
    ...(message.header?.trim() ? { header: message.header.trim() } : {}),
    ...(message.footer?.trim() ? { footer: message.footer.trim() } : {}),
  };
}
