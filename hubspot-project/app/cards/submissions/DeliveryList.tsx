import { useCallback, type ReactElement } from 'react';
import { Flex, Link, LoadingButton, StatusTag, Text } from '@hubspot/ui-extensions';
import type { DeliveryView } from '@flowella/shared/contract/api.ts';
import { useAction } from '@flowella/shared/ui/use-action.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { ProblemAlert } from '../parts/ProblemAlert.tsx';

const VARIANT = {
  waiting: 'info',
  delivering: 'info',
  held: 'warning',
  delivered: 'success',
  dead: 'danger',
  cancelled: 'default',
} as const;

/** Every place a submission goes to, with its state, the reason in plain words, and *Try again* where a person is needed. */
export function DeliveryList(props: {
  kit: CardKit;
  actions: CardActions;
  deliveries: DeliveryView[];
  onChange: () => Promise<void>;
}): ReactElement {
  return (
    <Flex direction="column" gap="sm">
      <Text format={{ fontWeight: 'demibold' }}>{props.kit.texts.submissions.where}</Text>
      {props.deliveries.map((delivery) => (
        <DeliveryLine key={delivery.deliveryId} {...props} delivery={delivery} />
      ))}
    </Flex>
  );
}

function DeliveryLine(props: {
  kit: CardKit;
  actions: CardActions;
  delivery: DeliveryView;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, actions, delivery, onChange } = props;
  const texts = kit.texts.submissions;
  const replay = useCallback((id: string, key: string) => kit.api.replay(id, key), [kit.api]);
  const action = useAction(replay);
  const tryAgain = async () => {
    if (await action.run(delivery.deliveryId)) actions.addAlert({ type: 'info', message: texts.triedAgain });
    await onChange();
  };
  return (
    <Flex direction="column" gap="xs">
      <Flex direction="row" align="center" gap="sm" wrap>
        <Text>{texts.destination[delivery.destination]}</Text>
        <StatusTag variant={VARIANT[delivery.state]}>{texts.delivery[delivery.state]}</StatusTag>
        <Text variant="microcopy">{detailText(kit, delivery)}</Text>
        {delivery.link ? <Link href={{ url: delivery.link, external: true }}>{texts.openLink}</Link> : null}
      </Flex>
      {delivery.reason ? <Text>{delivery.reason}</Text> : null}
      {delivery.waitsFor ? <Text>{texts.waitsFor(texts.destination[delivery.waitsFor])}</Text> : null}
      {action.problem ? <ProblemAlert problem={action.problem} texts={kit.texts.common} /> : null}
      {delivery.state === 'dead' || delivery.state === 'held' ? (
        <Flex direction="row" justify="start">
          <LoadingButton variant="secondary" size="xs" loading={action.working} onClick={() => void tryAgain()}>
            {texts.tryAgain}
          </LoadingButton>
        </Flex>
      ) : null}
    </Flex>
  );
}

function detailText(kit: CardKit, delivery: DeliveryView): string {
  const texts = kit.texts.submissions;
  if (delivery.deliveredAt) return kit.time(delivery.deliveredAt);
  const parts = delivery.attempts > 0 ? [texts.attempts(delivery.attempts)] : [];
  if (delivery.state === 'waiting' && delivery.dueAt) parts.push(texts.nextTry(kit.time(delivery.dueAt)));
  return parts.join(' · ');
}
