import type { WebhookDeliveriesResponse, WebhookView } from '@flowella/shared/contract/api.ts';
import { sql } from 'kysely';
import { withPortal, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Language } from '../../hubspot/language.ts';
import { webhookText } from './webhook-texts.ts';
import { getWebhook, listWebhooks, type Webhook, type WebhookServices } from './webhooks.ts';

type ViewServices = Pick<WebhookServices, 'db' | 'keys' | 'clock'>;

const LAST_DELIVERIES = 20;

/** Every webhook as the settings page shows it; a secret never is. */
export async function viewWebhooks(
  services: ViewServices,
  portalId: PortalId,
  language: Language,
): Promise<WebhookView[]> {
  const webhooks = await listWebhooks(services, portalId);
  const uses = await withPortal(services.db, portalId, (tx) => readUses(tx, portalId));
  return webhooks.map((webhook) => toView(webhook, uses, language));
}

/** One of them; throws `webhook_not_found`. */
export async function viewWebhook(
  services: ViewServices,
  portalId: PortalId,
  webhookId: string,
  language: Language,
): Promise<WebhookView> {
  const webhook = await getWebhook(services, portalId, webhookId, language);
  const uses = await withPortal(services.db, portalId, (tx) => readUses(tx, portalId));
  return toView(webhook, uses, language);
}

/** The last deliveries to one webhook, newest first: ids and states, never an answer. */
export async function viewWebhookDeliveries(
  services: Pick<WebhookServices, 'db'>,
  portalId: PortalId,
  webhookId: string,
): Promise<WebhookDeliveriesResponse> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    webhookDeliveries(tx, portalId)
      .innerJoin('flows as f', (join) =>
        join.onRef('f.portal_id', '=', 's.portal_id').onRef('f.flow_id', '=', 's.flow_id'),
      )
      .select(['d.delivery_id', 'd.submission_id', 'd.state', 'd.reason', 'd.attempt', 'd.due_at', 'd.delivered_at'])
      .select(['d.created_at', 'f.name'])
      .where(WEBHOOK_OF_VERSION, '=', webhookId)
      .orderBy('d.created_at', 'desc')
      .orderBy('d.delivery_id')
      .limit(LAST_DELIVERIES)
      .execute(),
  );
  return {
    deliveries: rows.map((row) => ({
      deliveryId: row.delivery_id,
      submissionId: row.submission_id,
      flowName: row.name,
      state: row.state,
      reason: row.reason,
      attempts: row.attempt,
      createdAt: row.created_at.toISOString(),
      dueAt: row.state === 'waiting' ? row.due_at.toISOString() : null,
      deliveredAt: row.delivered_at?.toISOString() ?? null,
    })),
  };
}

/** Ids of the deliveries that were held because this webhook was off. */
export async function heldDeliveries(tx: PortalTx, portalId: PortalId, webhookId: string): Promise<string[]> {
  const rows = await webhookDeliveries(tx, portalId)
    .select('d.delivery_id')
    .where('d.state', '=', 'held')
    .where(WEBHOOK_OF_VERSION, '=', webhookId)
    .execute();
  return rows.map((row) => row.delivery_id);
}

/** Names of the flows whose mapping, or whose version that people may still be answering, leads to this webhook. */
export async function flowsOfWebhook(tx: PortalTx, portalId: PortalId, webhookId: string): Promise<string[]> {
  return (await readUses(tx, portalId)).flows.get(webhookId) ?? [];
}

const WEBHOOK_OF_VERSION = sql<string | null>`v.mapping -> 'webhook' ->> 'webhookId'`;

function webhookDeliveries(tx: PortalTx, portalId: PortalId) {
  return tx
    .selectFrom('deliveries as d')
    .innerJoin('submissions as s', (join) =>
      join.onRef('s.portal_id', '=', 'd.portal_id').onRef('s.submission_id', '=', 'd.submission_id'),
    )
    .innerJoin('flow_versions as v', (join) =>
      join.onRef('v.portal_id', '=', 's.portal_id').onRef('v.version_id', '=', 's.version_id'),
    )
    .where('d.portal_id', '=', String(portalId))
    .where('d.destination', '=', 'webhook');
}

type Uses = { flows: Map<string, string[]>; held: Map<string, number> };

async function readUses(tx: PortalTx, portalId: PortalId): Promise<Uses> {
  const { rows } = await sql<{ webhook_id: string; name: string }>`
    select distinct m.webhook_id, f.name from flows f
    join (select portal_id, flow_id, mapping -> 'webhook' ->> 'webhookId' as webhook_id from flows
          where (mapping -> 'webhook' ->> 'enabled')::boolean
          union all
          select portal_id, flow_id, mapping -> 'webhook' ->> 'webhookId' from flow_versions
          where state = 'published' and (mapping -> 'webhook' ->> 'enabled')::boolean
          union all
          select portal_id, flow_id, design -> 'confirmIdentity' ->> 'webhookId' from flows
          union all
          select portal_id, flow_id, program -> 'confirmation' ->> 'webhookId' from flow_versions
          where state = 'published') m
      on m.portal_id = f.portal_id and m.flow_id = f.flow_id
    where f.portal_id = ${String(portalId)} and m.webhook_id is not null
    order by f.name`.execute(tx);
  const held = await webhookDeliveries(tx, portalId)
    .select([WEBHOOK_OF_VERSION.as('webhook_id'), sql<string>`count(*)`.as('count')])
    .where('d.state', '=', 'held')
    .groupBy(WEBHOOK_OF_VERSION)
    .execute();
  const flows = new Map<string, string[]>();
  for (const row of rows) flows.set(row.webhook_id, [...(flows.get(row.webhook_id) ?? []), row.name]);
  return { flows, held: new Map(held.map((row) => [row.webhook_id ?? '', Number(row.count)])) };
}

function toView(webhook: Webhook, uses: Uses, language: Language): WebhookView {
  const notice = webhook.stateCode === 'gone' ? 'webhook_gone' : 'webhook_off';
  return {
    webhookId: webhook.webhookId,
    name: webhook.name,
    url: webhook.url,
    state: webhook.state,
    notice: webhook.state === 'off' ? webhookText(notice, language) : null,
    oldSecretUntil: webhook.oldSecretUntil?.toISOString() ?? null,
    secretMadeAt: webhook.secretMadeAt.toISOString(),
    createdAt: webhook.createdAt.toISOString(),
    flows: uses.flows.get(webhook.webhookId) ?? [],
    held: uses.held.get(webhook.webhookId) ?? 0,
  };
}
