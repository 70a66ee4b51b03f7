import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { getWebhook, type WebhookServices } from '../destinations/webhook/webhooks.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { readAlertSettings, writeAlertSettings } from './alert-settings.ts';
import { ownerOfUser } from './alert-task.ts';

/**
 * How this customer is told from now on. Tasks become those of the person who chose them, where that person is an owner. Throws
 * `webhook_not_found`.
 */
export async function chooseAlertWays(
  services: Pick<WebhookServices, 'db' | 'keys' | 'clock'> & { hubspot: HubSpotClient },
  portalId: PortalId,
  o: { webhookId: string | null; task: boolean; userId: number | null; language: Language },
): Promise<void> {
  if (o.webhookId !== null) await getWebhook(services, portalId, o.webhookId, o.language);
  const before = await withPortal(services.db, portalId, (tx) => readAlertSettings(tx, portalId));
  const asks = o.task && !before.task && o.userId !== null;
  const taskOwnerId = asks
    ? await ownerOfUser({ hubspot: services.hubspot, portalId }, o.userId ?? 0)
    : before.taskOwnerId;
  const settings = { webhookId: o.webhookId, task: o.task, taskOwnerId: o.task ? taskOwnerId : null };
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    await writeAlertSettings(tx, portalId, settings, now);
    await appendAudit(tx, portalId, now, {
      actor: `user:${o.userId}`,
      action: 'alerts.ways-chosen',
      subject: String(portalId),
      detail: { webhook: settings.webhookId, task: settings.task },
    });
  });
}

const IN_USE: Texts = {
  en: 'Alerts are sent to this webhook. Choose another way for them under “What needs you” first.',
  de: 'Meldungen gehen an diesen Webhook. Wählen Sie dafür zuerst unter „Handlungsbedarf“ einen anderen Weg.',
};

/** Throws `webhook_in_use` when alerts go there: whoever deletes it must know that nobody would be told any more. */
export async function refuseIfAlertsUse(
  services: Pick<WebhookServices, 'db'>,
  portalId: PortalId,
  webhookId: string,
  language: Language,
): Promise<void> {
  const settings = await withPortal(services.db, portalId, (tx) => readAlertSettings(tx, portalId));
  if (settings.webhookId === webhookId)
    throw new AppError('webhook_in_use', { status: 409, userMessage: IN_USE[language] });
}
