import { useState, type ReactElement } from 'react';
import { Button, Flex, Form, Input, LoadingButton } from '@hubspot/ui-extensions';
import type { ServerProblem } from '@flowella/shared/ui/server-problem.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

export type WebhookInput = { name: string; url: string };

/** Name and address of a webhook, to add one or to change it. What the address may be is the server's to say. */
export function WebhookForm(props: {
  kit: SettingsKit;
  start: WebhookInput;
  submitLabel: string;
  working: boolean;
  problem: ServerProblem | null;
  problemTitle: string;
  onSubmit: (input: WebhookInput) => void;
  onCancel?: () => void;
}): ReactElement {
  const { kit, start } = props;
  const texts = kit.texts.webhooks;
  const [input, setInput] = useState(start);
  const [pressed, setPressed] = useState(false);
  const trimmed = { name: input.name.trim(), url: input.url.trim() };
  const submit = () => {
    setPressed(true);
    if (trimmed.name !== '' && trimmed.url !== '') props.onSubmit(trimmed);
  };
  return (
    <Form onSubmit={submit} autoComplete="off">
      <Flex direction="column" gap="sm">
        {(['name', 'url'] as const).map((field) => {
          const isMissing = pressed && trimmed[field] === '';
          return (
            <Input
              key={field}
              name={`webhook-${field}`}
              label={texts[field]}
              description={texts[`${field}Help`]}
              required
              value={input[field]}
              error={isMissing}
              {...(isMissing ? { validationMessage: texts.missing } : {})}
              onInput={(value) => setInput((before) => ({ ...before, [field]: value }))}
            />
          );
        })}
        {props.problem ? (
          <ProblemAlert problem={props.problem} texts={kit.texts.common} title={props.problemTitle} />
        ) : null}
        <Flex direction="row" justify="start" gap="sm">
          <LoadingButton type="submit" variant="primary" loading={props.working}>
            {props.submitLabel}
          </LoadingButton>
          {props.onCancel ? (
            <Button variant="secondary" onClick={props.onCancel}>
              {kit.texts.common.cancel}
            </Button>
          ) : null}
        </Flex>
      </Flex>
    </Form>
  );
}
