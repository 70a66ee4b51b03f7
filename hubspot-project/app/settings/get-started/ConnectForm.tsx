import { useState, type ReactElement } from 'react';
import { Flex, Form, Input, LoadingButton, Text } from '@hubspot/ui-extensions';
import type { AccountAccess } from '@flowella/shared/ui/settings-api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';

const EMPTY: AccountAccess = { appId: '', appSecret: '', wabaId: '', phoneNumberId: '', accessToken: '' };
const FIELDS = ['appId', 'appSecret', 'wabaId', 'phoneNumberId', 'accessToken'] as const;
type Field = (typeof FIELDS)[number];

/** The shapes are those of the contract's `connectAccountRequest`; the server checks them again. */
const DIGITS = /^\d{5,20}$/;
const SECRET_LENGTH = { appSecret: 16, accessToken: 20 } as const;

/** The five values by hand. Secrets live in this form only until they are sent. */
export function ConnectForm(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  onConnected: () => Promise<void>;
}): ReactElement {
  const { kit, actions } = props;
  const texts = kit.texts.connect;
  const [access, setAccess] = useState(EMPTY);
  const [pressed, setPressed] = useState(false);
  const action = useAction(kit.api.connectAccount);
  const submit = async () => {
    setPressed(true);
    if (FIELDS.some((field) => faultOf(field, access[field], texts) !== null)) return;
    const account = await action.run(trimmed(access));
    if (!account) return;
    setAccess(EMPTY);
    setPressed(false);
    if (account.state === 'connected') actions.addAlert({ type: 'success', message: texts.done(account.name) });
    await props.onConnected();
  };
  return (
    <Form onSubmit={() => void submit()} autoComplete="off">
      <Flex direction="column" gap="md">
        <Text>{texts.intro}</Text>
        {FIELDS.map((field) => {
          const fault = pressed ? faultOf(field, access[field], texts) : null;
          return (
            <Input
              key={field}
              name={field}
              label={texts[field]}
              description={texts[`${field}Help`]}
              type={field in SECRET_LENGTH ? 'password' : 'text'}
              required
              value={access[field]}
              error={fault !== null}
              {...(fault === null ? {} : { validationMessage: fault })}
              onInput={(value) => setAccess((before) => ({ ...before, [field]: value }))}
            />
          );
        })}
        {action.problem ? (
          <ProblemAlert problem={action.problem} texts={kit.texts.common} title={texts.failed} />
        ) : null}
        {action.working ? <Text variant="microcopy">{texts.working}</Text> : null}
        <Flex direction="row" justify="start">
          <LoadingButton type="submit" variant="primary" loading={action.working}>
            {texts.submit}
          </LoadingButton>
        </Flex>
      </Flex>
    </Form>
  );
}

function trimmed(access: AccountAccess): AccountAccess {
  return {
    appId: access.appId.trim(),
    appSecret: access.appSecret.trim(),
    wabaId: access.wabaId.trim(),
    phoneNumberId: access.phoneNumberId.trim(),
    accessToken: access.accessToken.trim(),
  };
}

function faultOf(field: Field, value: string, texts: { digits: string; tooShort: string }): string | null {
  const text = value.trim();
  if (field === 'appSecret' || field === 'accessToken') {
    return text.length < SECRET_LENGTH[field] ? texts.tooShort : null;
  }
  return DIGITS.test(text) ? null : texts.digits;
}
