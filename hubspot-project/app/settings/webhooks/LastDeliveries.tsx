import { useCallback, type ReactElement } from 'react';
import {
  Accordion,
  Button,
  Flex,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import type { WebhookDeliveriesResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';
import type { SettingsKit } from '../parts/settings-kit.ts';

type Delivery = WebhookDeliveriesResponse['deliveries'][number];

const VARIANT = {
  waiting: 'info',
  delivering: 'info',
  held: 'warning',
  delivered: 'success',
  dead: 'danger',
  cancelled: 'default',
} as const;

/** The last deliveries to one webhook, newest first, with the reason of each that did not arrive. Trying one again is on the contact's card. */
export function LastDeliveries(props: { kit: SettingsKit; webhookId: string }): ReactElement {
  const { kit, webhookId } = props;
  const { api, texts } = kit;
  const { loaded, reload } = useLoaded(useCallback(() => api.webhookDeliveries(webhookId), [api, webhookId]));
  return (
    <Accordion title={texts.webhooks.deliveries} size="small">
      <Flex direction="column" gap="sm">
        {loaded.kind === 'loading' ? <Text>{texts.common.loading}</Text> : null}
        {loaded.kind === 'failed' ? <ProblemAlert problem={loaded.problem} texts={texts.common} /> : null}
        {loaded.kind === 'ready' ? <DeliveryTable kit={kit} deliveries={loaded.data.deliveries} /> : null}
        <Flex direction="row" justify="start">
          <Button variant="secondary" size="xs" onClick={() => void reload()}>
            {texts.common.refresh}
          </Button>
        </Flex>
      </Flex>
    </Accordion>
  );
}

function DeliveryTable(props: { kit: SettingsKit; deliveries: Delivery[] }): ReactElement {
  const { kit, deliveries } = props;
  const texts = kit.texts.webhooks;
  if (deliveries.length === 0) return <Text>{texts.noDeliveries}</Text>;
  return (
    <Table density="condensed">
      <TableHead>
        <TableRow>
          <TableHeader>{texts.when}</TableHeader>
          <TableHeader>{texts.flow}</TableHeader>
          <TableHeader>{texts.submission}</TableHeader>
          <TableHeader>{texts.result}</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {deliveries.map((one) => (
          <TableRow key={one.deliveryId}>
            <TableCell>{kit.time(one.deliveredAt ?? one.createdAt)}</TableCell>
            <TableCell>{one.flowName}</TableCell>
            <TableCell>{one.submissionId}</TableCell>
            <TableCell>
              <StatusTag variant={VARIANT[one.state]}>{texts.delivery[one.state]}</StatusTag>
              <Text variant="microcopy">
                {[texts.attempts(one.attempts), one.reason ?? ''].filter((part) => part !== '').join(' · ')}
              </Text>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
