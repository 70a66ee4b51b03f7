import type { ReactElement } from 'react';
import { Button, EmptyState, Flex, Text } from '@hubspot/ui-extensions';
import type { WhatsappAccount } from '@flowella/shared/contract/api.ts';
import { AccountPart } from '../parts/AccountPart.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

/** The connected WhatsApp accounts with their numbers and checks. Connecting again repairs one. */
export function AccountsTab(props: {
  kit: SettingsKit;
  accounts: WhatsappAccount[];
  onConnect: () => void;
}): ReactElement {
  const { kit, accounts } = props;
  const texts = kit.texts.accounts;
  if (accounts.length === 0) {
    return (
      <EmptyState title={texts.empty} layout="horizontal" imageWidth={150}>
        <Text>{texts.emptyText}</Text>
        <Button variant="primary" onClick={props.onConnect}>
          {texts.goConnect}
        </Button>
      </EmptyState>
    );
  }
  return (
    <Flex direction="column" gap="md">
      {accounts.map((account) => (
        <AccountPart key={account.accountId} kit={kit} account={account} />
      ))}
      <Flex direction="row" justify="start">
        <Button variant="secondary" onClick={props.onConnect}>
          {texts.connectAgain}
        </Button>
      </Flex>
    </Flex>
  );
}
