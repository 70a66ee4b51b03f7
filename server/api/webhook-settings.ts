import type { WebhookSecretResponse, WebhookTestResponse } from '@flowella/shared/contract/api.ts';
import { refuseIfAlertsUse } from '../alerts/choose-ways.ts';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { releaseDeliveries } from '../delivery/release-deliveries.ts';
import { callWebhook } from '../destinations/webhook/call-webhook.ts';
import { createSafeFetch } from '../safe-fetch/safe-fetch.ts';
import { toTestEvent } from '../destinations/webhook/to-event.ts';
import { flowsOfWebhook, heldDeliveries, viewWebhook } from '../destinations/webhook/view-webhooks.ts';
import { webhookTestText } from '../destinations/webhook/webhook-texts.ts';
import { changeWebhook, getWebhook, removeWebhook, type WebhookServices } from '../destinations/webhook/webhooks.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { newId } from '../ids.ts';
import type { Services } from '../services.ts';

/** HubSpot's own repeat of a failed call comes within seconds; a secret is not shown again after that. */
const SECRET_SHOWN_MS = 60_000;
/** HubSpot gives up on a page's call after 15 s. */
const TEST_DEADLINE_MS = 12_000;

const IN_USE = (flows: string): Texts => ({
  en: `These flows still use this webhook: ${flows}. Choose another one for their submissions and codes and publish them again first.`,
  de: `Diese Flows benutzen diesen Webhook noch: ${flows}. Wählen Sie zuerst für ihre Übermittlungen und Codes einen anderen und veröffentlichen Sie sie neu.`,
});

export type WebhookCaller = { portalId: number; userId: number | null; language: Language };

/** The services that the webhook's own rules need; only the sandbox may call this machine. */
export function webhookServices(services: Services): WebhookServices {
  const { db, keys, clock, config } = services;
  return { db, keys, clock, urlRules: { allowLoopback: config.mode === 'sandbox' } };
}

/** Changes a webhook; switching it on sends what was held for it, in the same transaction. */
export async function saveWebhook(
  services: Services,
  caller: WebhookCaller,
  webhookId: string,
  change: { name?: string | undefined; url?: string | undefined; state?: 'on' | 'off' | undefined },
): Promise<void> {
  const { portalId, language } = caller;
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    await changeWebhook(tx, webhookServices(services), portalId, webhookId, change, language);
    const deliveryIds = change.state === 'on' ? await heldDeliveries(tx, portalId, webhookId) : [];
    const tools = { wakeUps: services.wakeUps, now };
    const released = await releaseDeliveries(tx, tools, { portalId, destination: 'webhook', deliveryIds });
    await appendAudit(tx, portalId, now, {
      actor: `user:${caller.userId}`,
      action: 'webhook.changed',
      subject: webhookId,
      // The address may carry a token of the receiver's: that it was changed is enough.
      detail: { changed: Object.keys(change).join(', '), released, ...(change.state ? { state: change.state } : {}) },
    });
  });
}

/** Deletes a webhook that neither a flow nor alerts use; throws `webhook_in_use`. */
export async function deleteWebhook(services: Services, caller: WebhookCaller, webhookId: string): Promise<void> {
  const { portalId, language } = caller;
  await refuseIfAlertsUse(services, portalId, webhookId, language);
  await withPortal(services.db, portalId, async (tx) => {
    const flows = await flowsOfWebhook(tx, portalId, webhookId);
    if (flows.length > 0) {
      const names = flows.map((name) => `“${name}”`).join(', ');
      throw new AppError('webhook_in_use', { status: 409, userMessage: IN_USE(names)[language] });
    }
    // What waited for it can never be delivered: it becomes a dead letter that says so.
    const deliveryIds = await heldDeliveries(tx, portalId, webhookId);
    await removeWebhook(tx, portalId, webhookId, language);
    const tools = { wakeUps: services.wakeUps, now: services.clock.now() };
    await releaseDeliveries(tx, tools, { portalId, destination: 'webhook', deliveryIds });
    await appendAudit(tx, portalId, services.clock.now(), {
      actor: `user:${caller.userId}`,
      action: 'webhook.deleted',
      subject: webhookId,
    });
  });
}

/** The webhook with its secret, right after that was made and never later. */
export async function showSecret(
  services: Services,
  caller: WebhookCaller,
  webhookId: string,
): Promise<WebhookSecretResponse> {
  const { portalId, language } = caller;
  const webhook = await getWebhook(services, portalId, webhookId, language);
  const age = services.clock.now().getTime() - webhook.secretMadeAt.getTime();
  return {
    webhook: await viewWebhook(services, portalId, webhookId, language),
    secret: age <= SECRET_SHOWN_MS ? (webhook.secrets[0] ?? null) : null,
  };
}

/** Sends one test event, also while the webhook is off, and says in words what came of it. Nothing is stored or repeated. */
export async function testWebhook(
  services: Services,
  caller: WebhookCaller,
  webhookId: string,
): Promise<WebhookTestResponse> {
  const { language } = caller;
  const { urlRules } = webhookServices(services);
  const webhook = await getWebhook(services, caller.portalId, webhookId, language);
  const at = services.clock.now();
  const answer = await callWebhook(createSafeFetch(urlRules), {
    webhook,
    id: newId('webhookTest'),
    event: toTestEvent(at, webhook),
    at,
    signal: AbortSignal.timeout(TEST_DEADLINE_MS),
  });
  return {
    delivered: answer.kind === 'delivered',
    status: answer.status === 0 ? null : answer.status,
    message: webhookTestText(answer.code, language, answer.status),
  };
}
