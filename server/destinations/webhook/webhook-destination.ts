import { portalLanguage, type Language } from '../../hubspot/language.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { eachLimited } from '../../each-limited.ts';
import { callWebhook, type WebhookAnswer } from './call-webhook.ts';
import { checkUrl, type UrlRules } from '../../safe-fetch/check-url.ts';
import type { SafeFetch } from '../../safe-fetch/safe-fetch.ts';
import { toSubmissionEvent } from './to-event.ts';
import { webhookText, type WebhookTextCode } from './webhook-texts.ts';
import { findWebhook, switchOffGone, type Webhook } from './webhooks.ts';

const AT_ONCE = 4;
/** What a receiver that answers nobody looks like. */
const SILENT = new Set<string>(['webhook_timeout', 'webhook_unreachable'] satisfies WebhookTextCode[]);
/** Three rounds of four calls fit into a worker's deadline even when none is answered. */
const BATCH_SIZE = 12;

/**
 * The customer's own system, by Standard Webhooks. It waits for no contact: a fault of HubSpot's does not hold it up, so the contact's
 * id is in the event when it is known by then. The delivery's id is the webhook-id of every attempt, by which the receiver knows
 * a repeat; there is no reading back.
 */
export function createWebhookDestination(tools: {
  keys: PortalKeys;
  safeFetch: SafeFetch;
  urlRules: UrlRules;
}): Destination {
  return {
    kind: 'webhook',
    dependsOn: null,
    isOutside: true,
    batchSize: BATCH_SIZE,
    wanted: (mapping) => mapping.webhook?.enabled === true,

    async check(context, _form, mapping) {
      if (!mapping.webhook?.enabled) return [];
      const language = await portalLanguage(context.db, context.portalId);
      const webhook = await findWebhook({ ...context, keys: tools.keys }, context.portalId, mapping.webhook.webhookId);
      const code = problemOf(webhook, tools.urlRules);
      return code ? [{ code, message: webhookText(code, language) }] : [];
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const webhooks = await loadWebhooks(context, tools.keys, items);
      const silent = new Set<string>();
      return eachLimited(items, AT_ONCE, async (item) => {
        const webhook = webhooks.get(item.mapping.webhook?.webhookId ?? '');
        // One receiver that does not answer would use up the batch's time for the portal's other webhooks.
        if (webhook && silent.has(webhook.webhookId)) return putOff(language);
        const outcome = await deliverOne(context, tools.safeFetch, item, webhook, language);
        if (webhook && 'code' in outcome && SILENT.has(outcome.code)) silent.add(webhook.webhookId);
        return outcome;
      });
    },
  };
}

function putOff(language: Language): DeliveryOutcome {
  return { kind: 'retry', code: 'webhook_put_off', reason: webhookText('webhook_put_off', language) };
}

function problemOf(webhook: Webhook | null, rules: UrlRules): WebhookTextCode | null {
  if (!webhook) return 'webhook_deleted';
  if (webhook.state === 'off') return webhook.stateCode === 'gone' ? 'webhook_gone' : 'webhook_off';
  return checkUrl(webhook.url, rules).kind === 'ok' ? null : 'webhook_url_refused';
}

async function loadWebhooks(
  context: DestinationContext,
  keys: PortalKeys,
  items: readonly DeliveryItem[],
): Promise<Map<string, Webhook>> {
  const ids = [...new Set(items.flatMap((item) => item.mapping.webhook?.webhookId ?? []))];
  const found = await Promise.all(ids.map((id) => findWebhook({ ...context, keys }, context.portalId, id)));
  return new Map(found.flatMap((webhook) => (webhook ? [[webhook.webhookId, webhook] as const] : [])));
}

async function deliverOne(
  context: DestinationContext,
  safeFetch: SafeFetch,
  item: DeliveryItem,
  webhook: Webhook | undefined,
  language: Language,
): Promise<DeliveryOutcome> {
  const say = (code: WebhookTextCode, status?: number) => ({ code, reason: webhookText(code, language, status) });
  if (!webhook) return { kind: 'dead', ...say('webhook_deleted') };
  // Held and not dead: switching it on releases them all.
  if (webhook.state === 'off')
    return { kind: 'held', ...say(webhook.stateCode === 'gone' ? 'webhook_gone' : 'webhook_off') };
  if (context.signal.aborted) return { kind: 'retry', ...say('webhook_no_time_left') };
  const answer = await callWebhook(safeFetch, {
    webhook,
    id: item.deliveryId,
    event: toSubmissionEvent(item, language),
    at: context.clock.now(),
    signal: context.signal,
  });
  if (answer.kind === 'gone') await switchOffGone(context, context.portalId, webhook);
  return toOutcome(answer, webhook, say(answer.code, answer.status));
}

function toOutcome(answer: WebhookAnswer, webhook: Webhook, said: { code: string; reason: string }): DeliveryOutcome {
  switch (answer.kind) {
    case 'delivered':
      return { kind: 'delivered', remoteId: null, detail: { webhookId: webhook.webhookId, status: answer.status } };
    case 'gone':
      return { kind: 'held', ...said };
    case 'retry':
      return {
        kind: 'retry',
        ...said,
        ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
      };
    case 'unknown':
    case 'dead':
      return { kind: answer.kind, ...said };
  }
}
