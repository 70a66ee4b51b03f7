import type { ReactElement } from 'react';
import { Accordion, Alert, Flex, Text } from '@hubspot/ui-extensions';
import type { WhatsappAccount } from '@flowella/shared/contract/api.ts';
import { AccountPart } from '../parts/AccountPart.tsx';
import type { SettingsActions, SettingsKit } from '../parts/settings-kit.ts';
import { StepButtons } from '../parts/StepButtons.tsx';
import { ConnectForm } from './ConnectForm.tsx';

/** Step 1: connect a WhatsApp account, or see what was checked on the connected one. */
export function ConnectWhatsapp(props: {
  kit: SettingsKit;
  actions: SettingsActions;
  accounts: WhatsappAccount[];
  onChange: () => Promise<void>;
  onNext: () => void;
}): ReactElement {
  const { kit, accounts } = props;
  const texts = kit.texts.connect;
  const form = <ConnectForm kit={kit} actions={props.actions} onConnected={props.onChange} />;
  if (accounts.length === 0) return form;
  const connected = accounts.some((account) => account.state === 'connected');
  return (
    <Flex direction="column" gap="md">
      <Alert title={connected ? texts.connected : texts.broken} variant={connected ? 'success' : 'warning'}>
        <Text>{accounts.map((account) => account.name).join(', ')}</Text>
      </Alert>
      {accounts.map((account) => (
        <AccountPart key={account.accountId} kit={kit} account={account} />
      ))}
      <Accordion title={texts.again} defaultOpen={!connected}>
        {form}
      </Accordion>
      {connected ? <StepButtons kit={kit} onNext={props.onNext} /> : null}
    </Flex>
  );
}
