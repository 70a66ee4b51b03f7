import type { ReactElement } from 'react';
import { Accordion, Flex, Heading } from '@hubspot/ui-extensions';
import type { SendView } from '@flowella/shared/contract/api.ts';
import type { CardKit } from '../parts/card-kit.ts';
import { SendProgress } from './SendProgress.tsx';

/** What is under way, followed live, and below it what was sent before. */
export function SendList(props: { kit: CardKit; sends: SendView[] }): ReactElement | null {
  const { kit, sends } = props;
  const texts = kit.texts.send;
  if (sends.length === 0) return null;
  const newest = sends[0];
  const upper = sends.filter((send) => send.open || send === newest);
  const earlier = sends.filter((send) => !upper.includes(send));
  return (
    <Flex direction="column" gap="sm">
      <Heading>{texts.title}</Heading>
      {upper.map((send) => (
        <SendProgress key={send.sendId} kit={kit} send={send} />
      ))}
      {earlier.length > 0 ? (
        <Accordion title={texts.earlier(earlier.length)} size="sm">
          <Flex direction="column" gap="sm">
            {earlier.map((send) => (
              <SendProgress key={send.sendId} kit={kit} send={send} />
            ))}
          </Flex>
        </Accordion>
      ) : null}
    </Flex>
  );
}
