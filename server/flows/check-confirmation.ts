import type { Program } from '@flowella/shared/compile/program.ts';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { PortalId } from '../db/db.ts';
import { webhookText } from '../destinations/webhook/webhook-texts.ts';
import { findWebhook } from '../destinations/webhook/webhooks.ts';
import { portalLanguage } from '../hubspot/language.ts';
import type { FlowServices } from './services.ts';

/** What stands against confirming who answers by e-mail: a webhook that is gone or off mails no codes. */
export async function checkConfirmation(
  services: Pick<FlowServices, 'db' | 'keys' | 'clock'>,
  portalId: PortalId,
  { confirmation }: Program,
): Promise<FlowDetail['mappingProblems']> {
  if (confirmation?.channel !== 'email') return [];
  const webhook = await findWebhook(services, portalId, confirmation.webhookId);
  if (webhook?.state === 'on') return [];
  const gone = webhook?.stateCode === 'gone' ? 'webhook_gone' : 'webhook_off';
  const code = webhook ? gone : 'webhook_deleted';
  const message = webhookText(code, await portalLanguage(services.db, portalId));
  return [{ destination: 'webhook', question: null, code, message }];
}
