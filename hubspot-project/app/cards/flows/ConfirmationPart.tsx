import type { ReactElement } from 'react';
import { Alert, Flex, Text } from '@hubspot/ui-extensions';
import type { SendView } from '@flowella/shared/contract/api.ts';
import type { CardKit } from '../parts/card-kit.ts';
import { GiveCode } from './GiveCode.tsx';

/** Whether it is confirmed who is answering, and what the rep does for it. Nothing in flows that do not ask. */
export function ConfirmationPart(props: { kit: CardKit; send: SendView }): ReactElement | null {
  const { kit, send } = props;
  const texts = kit.texts.confirmation;
  const { confirmation } = send;
  if (!confirmation) return null;
  const { channel, state, problem } = confirmation;
  if (state === 'confirmed') return <Text variant="microcopy">{texts.confirmed}</Text>;
  return (
    <Flex direction="column" gap="sm">
      {state === 'locked' ? (
        <Alert title={texts.locked} variant="warning">
          {texts.lockedText[channel]}
        </Alert>
      ) : (
        <Text variant="microcopy">{texts[channel]}</Text>
      )}
      {problem ? (
        <Alert title={texts.problem} variant="warning">
          {problem}
        </Alert>
      ) : null}
      {channel === 'agent' ? <GiveCode kit={kit} sendId={send.sendId} /> : null}
    </Flex>
  );
}
