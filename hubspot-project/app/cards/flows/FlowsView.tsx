import { useCallback, type ReactElement } from 'react';
import { Divider, EmptyState, Flex, LoadingSpinner, Text } from '@hubspot/ui-extensions';
import type { ContactFlowsResponse } from '@flowella/shared/contract/api.ts';
import { useLoaded } from '@flowella/shared/ui/use-loaded.ts';
import { usePolling } from '@flowella/shared/ui/use-polling.ts';
import type { CardActions, CardKit } from '../parts/card-kit.ts';
import { Freshness } from '../parts/Freshness.tsx';
import { LoadFailed } from '../parts/LoadFailed.tsx';
import { ContactPart } from './ContactPart.tsx';
import { SendForm } from './SendForm.tsx';
import { SendList } from './SendList.tsx';

/** The card *WhatsApp flows*: who can be reached how, what can be sent, and what became of what was sent. */
export function FlowsView(props: { kit: CardKit; actions: CardActions; pollMs?: number }): ReactElement {
  const { kit, actions } = props;
  const { api, contactId, texts } = kit;
  const load = useCallback(() => api.flows(contactId), [api, contactId]);
  const { loaded, reload } = useLoaded(load);
  const data = loaded.kind === 'ready' ? loaded.data : null;
  usePolling({
    active: data?.sends.some((send) => send.open) ?? false,
    fingerprint: JSON.stringify(data?.sends ?? []),
    look: reload,
    ...(props.pollMs === undefined ? {} : { intervalMs: props.pollMs }),
  });

  if (loaded.kind === 'loading') return <LoadingSpinner label={texts.common.loading} layout="centered" showLabel />;
  if (loaded.kind === 'failed') {
    return <LoadFailed problem={loaded.problem} texts={texts.common} onRetry={() => void reload()} />;
  }
  return (
    <Flex direction="column" gap="md">
      <ContactPart kit={kit} actions={actions} contact={loaded.data.contact} onChange={reload} />
      <Divider />
      <Flows kit={kit} actions={actions} data={loaded.data} onChange={reload} />
      <SendList kit={kit} sends={loaded.data.sends} />
      <Freshness kit={kit} at={loaded.at} stale={loaded.stale} onRefresh={() => void reload()} />
    </Flex>
  );
}

function Flows(props: {
  kit: CardKit;
  actions: CardActions;
  data: ContactFlowsResponse;
  onChange: () => Promise<void>;
}): ReactElement {
  const { kit, data } = props;
  if (data.flows.length > 0) {
    return <SendForm kit={kit} actions={props.actions} flows={data.flows} sends={data.sends} onSent={props.onChange} />;
  }
  return (
    <EmptyState
      title={kit.texts.flows.empty}
      layout={kit.narrow ? 'vertical' : 'horizontal'}
      imageName="registration"
      imageWidth={120}
      flush
    >
      <Text>{kit.texts.flows.emptyText}</Text>
    </EmptyState>
  );
}
