import { z } from 'zod';
import type { Check } from '@flowella/shared/contract/api.ts';
import { AppError } from '../app-error.ts';
import type { Language } from '../hubspot/language.ts';
import { check, connectTexts } from './connect-texts.ts';
import { MetaError } from './meta-errors.ts';
import type { WhatsappServices } from './services.ts';

/** What we live on (whatsapp-flows.md section 10). */
const FIELDS = [
  'messages',
  'flows',
  'message_template_status_update',
  'message_template_quality_update',
  'template_category_update',
  'account_update',
  'account_alerts',
  'account_review_update',
  'business_capability_update',
  'phone_number_quality_update',
  'phone_number_name_update',
  'user_preferences',
];
const successSchema = z.object({ success: z.literal(true) });
const subscriptionsSchema = z.object({
  data: z.array(
    z.object({
      object: z.string(),
      callback_url: z.string().optional(),
      fields: z.array(z.object({ name: z.string() })).catch([]),
    }),
  ),
});

type Subscription = {
  input: { appId: string; appSecret: string; wabaId: string; accessToken: string };
  accountId: string;
  verifyToken: string;
  language: Language;
};

/** Meta calls us back before it answers. */
const HANDSHAKE_MS = 20_000;

/** The address of one account's webhook: stable, opaque, and it names the secrets that check the signature. */
export function webhookUrl(publicUrl: string, accountId: string): string {
  return `${publicUrl}/webhooks/whatsapp/${accountId}`;
}

/**
 * Subscribes the account's messages to its own address, and everything else to the app's address, since Meta sends only
 * `messages` to an account's own (Meta, "Webhook overrides"). An app whose address is another tool's keeps it: templates are
 * then followed by asking, and the check says so. Repeatable.
 */
export async function subscribeWebhooks(services: WhatsappServices, o: Subscription): Promise<Check> {
  const url = webhookUrl(services.config.publicUrl, o.accountId);
  try {
    await subscribeAccount(services, o, url);
    const isOurs = await subscribeApp(services, o, url);
    return isOurs
      ? check(o.language, 'webhook-subscribed', 'ok', connectTexts.webhookOk())
      : check(o.language, 'webhook-subscribed', 'warning', connectTexts.webhookOfOtherTool());
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    const details = err instanceof MetaError ? (err.details ?? '') : '';
    return check(o.language, 'webhook-subscribed', 'failed', connectTexts.webhookFailed({ url, details }));
  }
}

async function subscribeAccount(services: WhatsappServices, o: Subscription, url: string): Promise<void> {
  const call = {
    method: 'POST' as const,
    path: `/${o.input.wabaId}/subscribed_apps`,
    accessToken: o.input.accessToken,
    schema: successSchema,
    idempotent: true,
    deadlineMs: HANDSHAKE_MS,
    language: o.language,
  };
  // In this order: an address of our own is taken only from an app that is subscribed already (Meta, "Webhook overrides").
  await services.graph.call(call);
  await services.graph.call({
    ...call,
    body: { kind: 'json', value: { override_callback_uri: url, verify_token: o.verifyToken } },
  });
}

/** False when the app's address belongs to somebody else: taking it would silence another tool. */
async function subscribeApp(services: WhatsappServices, o: Subscription, url: string): Promise<boolean> {
  const call = {
    path: `/${o.input.appId}/subscriptions`,
    accessToken: `${o.input.appId}|${o.input.appSecret}`,
    idempotent: true,
    language: o.language,
  };
  const { data } = await services.graph.call({ ...call, method: 'GET', schema: subscriptionsSchema });
  const present = data.find((entry) => entry.object === 'whatsapp_business_account');
  const isOurs = present?.callback_url?.startsWith(webhookUrl(services.config.publicUrl, '')) ?? true;
  if (!isOurs) return false;
  await services.graph.call({
    ...call,
    method: 'POST',
    body: {
      kind: 'form',
      fields: {
        object: 'whatsapp_business_account',
        callback_url: url,
        verify_token: o.verifyToken,
        fields: FIELDS.join(','),
      },
    },
    schema: successSchema,
    deadlineMs: HANDSHAKE_MS,
  });
  return true;
}
