import type { ReactElement } from 'react';
import {
  Flex,
  Heading,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Tile,
} from '@hubspot/ui-extensions';
import type { WhatsappAccount } from '@flowella/shared/contract/api.ts';
import type { SettingsKit } from './settings-kit.ts';

const STATE_VARIANT = { connecting: 'info', connected: 'success', broken: 'danger', disconnected: 'default' } as const;
const CHECK_VARIANT = { ok: 'success', warning: 'warning', failed: 'danger', pending: 'info' } as const;

/** A WhatsApp account: its state, its numbers, and every check with what to do about it. */
export function AccountPart(props: { kit: SettingsKit; account: WhatsappAccount }): ReactElement {
  const { kit, account } = props;
  const texts = kit.texts.accounts;
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Flex direction="row" align="center" gap="sm" wrap>
          <Heading inline>{account.name}</Heading>
          <StatusTag variant={STATE_VARIANT[account.state]}>{texts.state[account.state]}</StatusTag>
          <Text variant="microcopy">{texts.account(account.wabaId)}</Text>
        </Flex>
        <Numbers kit={kit} numbers={account.numbers} />
        <Checks kit={kit} checks={account.checks} />
      </Flex>
    </Tile>
  );
}

function Numbers(props: { kit: SettingsKit; numbers: WhatsappAccount['numbers'] }): ReactElement {
  const texts = props.kit.texts.accounts;
  return (
    <Table density="condensed">
      <TableHead>
        <TableRow>
          <TableHeader>{texts.number}</TableHeader>
          <TableHeader>{texts.name}</TableHeader>
          <TableHeader>{texts.quality}</TableHeader>
          <TableHeader>{texts.key}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {props.numbers.map((number) => (
          <TableRow key={number.phoneNumberId}>
            <TableCell>{number.displayNumber}</TableCell>
            <TableCell>{number.verifiedName}</TableCell>
            <TableCell>{qualityText(texts, number.quality)}</TableCell>
            <TableCell>{number.keyStatus ? texts.keyStatus[number.keyStatus] : texts.notKnown}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function Checks(props: { kit: SettingsKit; checks: WhatsappAccount['checks'] }): ReactElement | null {
  const texts = props.kit.texts.accounts;
  if (props.checks.length === 0) return null;
  return (
    <Flex direction="column" gap="xs">
      <Text format={{ fontWeight: 'demibold' }}>{props.kit.texts.connect.checks}</Text>
      {props.checks.map((check) => (
        <Flex key={check.code} direction="row" align="center" gap="sm" wrap>
          <StatusTag variant={CHECK_VARIANT[check.state]}>{texts.check[check.state]}</StatusTag>
          <Text format={{ fontWeight: 'demibold' }}>{texts.checkName[check.code]}</Text>
          <Text>{check.message}</Text>
        </Flex>
      ))}
    </Flex>
  );
}

/** Meta's three grades in words; a grade it adds later is shown as Meta calls it. */
function qualityText(texts: SettingsKit['texts']['accounts'], quality: string | null): string {
  const grades: Record<string, string> = texts.qualities;
  return quality === null ? texts.notKnown : (grades[quality] ?? quality);
}
