import type { ReactElement } from 'react';
import { Alert, Button, Flex, Input, Text } from '@hubspot/ui-extensions';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** The only time a secret is shown; `secret` is null when the server has shown it already. */
export function SecretAlert(props: { kit: SettingsKit; secret: string | null; onDone: () => void }): ReactElement {
  const { kit, secret } = props;
  const texts = kit.texts.webhooks;
  return (
    <Alert title={secret === null ? texts.secretLost : texts.secretTitle} variant="warning">
      <Flex direction="column" gap="sm">
        {secret === null ? null : (
          <>
            <Text>{texts.secretText}</Text>
            <Input name="webhook-secret" label={texts.secret} value={secret} readOnly />
          </>
        )}
        <Flex direction="row" justify="start">
          <Button variant="secondary" onClick={props.onDone}>
            {secret === null ? kit.texts.common.close : texts.secretDone}
          </Button>
        </Flex>
      </Flex>
    </Alert>
  );
}
