import type { Selectable } from 'kysely';
import { AppError } from '../../app-error.ts';
import { appendAudit } from '../../audit/audit.ts';
import type { Clock } from '../../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Database } from '../../db/schema.ts';
import type { Language, Texts } from '../../hubspot/language.ts';
import { newId } from '../../ids.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import { seal, unseal } from '../../keys/vault.ts';
import { checkUrl, type UrlRules } from '../../safe-fetch/check-url.ts';
import { newWebhookSecret } from './sign-webhook.ts';
import { urlProblemText } from './webhook-texts.ts';

export type WebhookServices = { db: Db; keys: PortalKeys; clock: Clock; urlRules: UrlRules };

/** One webhook, opened. `secrets`: those that sign now, the newest first. */
export type Webhook = {
  webhookId: string;
  name: string;
  url: string;
  secrets: string[];
  state: 'on' | 'off';
  /** `gone`: the receiver said that it is (410); `by_user`: switched off by hand. */
  stateCode: 'gone' | 'by_user' | null;
  stateAt: Date;
  secretMadeAt: Date;
  /** Until when the secret before this one signs too; null when none does. */
  oldSecretUntil: Date | null;
  createdAt: Date;
};

/** Receivers need the time between a rotation and their own change; Standard Webhooks leaves it open. */
const OLD_SECRET_SIGNS_MS = 24 * 3_600_000;
const MAX_WEBHOOKS = 20;

const sealPurpose = {
  url: (id: string) => `webhooks.url:${id}`,
  secret: (id: string) => `webhooks.secret:${id}`,
  secretOld: (id: string) => `webhooks.secret_old:${id}`,
};

const NOT_FOUND: Texts = {
  en: 'This webhook is no longer there. Please load the page again.',
  de: 'Diesen Webhook gibt es nicht mehr. Bitte laden Sie die Seite neu.',
};
const TOO_MANY: Texts = {
  en: `An account can have ${MAX_WEBHOOKS} webhooks. Delete one that is no longer used.`,
  de: `Ein Konto kann ${MAX_WEBHOOKS} Webhooks haben. Löschen Sie einen, der nicht mehr gebraucht wird.`,
};

/** All webhooks of the portal, oldest first. */
export async function listWebhooks(services: Pick<WebhookServices, 'db' | 'keys' | 'clock'>, portalId: PortalId) {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('webhooks')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .orderBy('created_at')
      .orderBy('webhook_id')
      .execute(),
  );
  return Promise.all(rows.map((row) => openWebhook(services, portalId, row)));
}

/** One webhook, or null when there is none of this id. */
export async function findWebhook(
  services: Pick<WebhookServices, 'db' | 'keys' | 'clock'>,
  portalId: PortalId,
  webhookId: string,
): Promise<Webhook | null> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('webhooks')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('webhook_id', '=', webhookId)
      .executeTakeFirst(),
  );
  return row ? openWebhook(services, portalId, row) : null;
}

/** The same for a person who asks for it; throws `webhook_not_found`. */
export async function getWebhook(
  services: Pick<WebhookServices, 'db' | 'keys' | 'clock'>,
  portalId: PortalId,
  webhookId: string,
  language: Language,
): Promise<Webhook> {
  const webhook = await findWebhook(services, portalId, webhookId);
  if (!webhook) throw notFound(language);
  return webhook;
}

/** Adds a webhook with a new secret and answers its id. Throws `webhook_url_refused` and `too_many_webhooks`. */
export async function addWebhook(
  services: WebhookServices,
  portalId: PortalId,
  input: { name: string; url: string },
  language: Language,
): Promise<string> {
  const url = acceptUrl(services.urlRules, input.url, language);
  const webhookId = newId('webhook');
  const now = services.clock.now();
  const { keys } = services;
  const [urlSealed, secretSealed] = await Promise.all([
    keys.seal(portalId, sealPurpose.url(webhookId), url),
    keys.seal(portalId, sealPurpose.secret(webhookId), newWebhookSecret()),
  ]);
  await withPortal(services.db, portalId, async (tx) => {
    const present = await tx
      .selectFrom('webhooks')
      .select('webhook_id')
      .where('portal_id', '=', String(portalId))
      .execute();
    if (present.length >= MAX_WEBHOOKS) {
      throw new AppError('too_many_webhooks', { status: 409, userMessage: TOO_MANY[language] });
    }
    await tx
      .insertInto('webhooks')
      .values({
        portal_id: portalId,
        webhook_id: webhookId,
        name: input.name,
        url_sealed: urlSealed,
        secret_sealed: secretSealed,
        secret_made_at: now,
        state_at: now,
        created_at: now,
        updated_at: now,
      })
      .execute();
  });
  return webhookId;
}

/** Changes name, address or state within the caller's transaction. Throws `webhook_not_found`, `webhook_url_refused`. */
export async function changeWebhook(
  tx: PortalTx,
  services: WebhookServices,
  portalId: PortalId,
  webhookId: string,
  change: { name?: string | undefined; url?: string | undefined; state?: 'on' | 'off' | undefined },
  language: Language,
): Promise<void> {
  const now = services.clock.now();
  const url = change.url === undefined ? null : acceptUrl(services.urlRules, change.url, language);
  const dataKey = await services.keys.dataKey(portalId, tx);
  const sealed = url === null ? null : seal(dataKey, sealPurpose.url(webhookId), url);
  const changed = await tx
    .updateTable('webhooks')
    .set({
      updated_at: now,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(sealed === null ? {} : { url_sealed: sealed }),
      ...(change.state === undefined
        ? {}
        : { state: change.state, state_code: change.state === 'off' ? 'by_user' : null, state_at: now }),
    })
    .where('portal_id', '=', String(portalId))
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) throw notFound(language);
}

/** A new secret that signs from now on; the one before it signs too for a day. Throws `webhook_not_found`. */
export async function rotateWebhookSecret(
  services: WebhookServices,
  portalId: PortalId,
  webhookId: string,
  language: Language,
): Promise<void> {
  const now = services.clock.now();
  const dataKey = await services.keys.dataKey(portalId);
  await withPortal(services.db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('webhooks')
      .select('secret_sealed')
      .where('portal_id', '=', String(portalId))
      .where('webhook_id', '=', webhookId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw notFound(language);
    const old = unseal(dataKey, sealPurpose.secret(webhookId), row.secret_sealed);
    await tx
      .updateTable('webhooks')
      .set({
        secret_sealed: seal(dataKey, sealPurpose.secret(webhookId), newWebhookSecret()),
        secret_made_at: now,
        secret_old_sealed: seal(dataKey, sealPurpose.secretOld(webhookId), old),
        secret_old_until: new Date(now.getTime() + OLD_SECRET_SIGNS_MS),
        updated_at: now,
      })
      .where('portal_id', '=', String(portalId))
      .where('webhook_id', '=', webhookId)
      .execute();
  });
}

/** Switches a webhook off because its receiver said that it is gone (410). Once; an address that was changed since stays on. */
export async function switchOffGone(
  services: Pick<WebhookServices, 'db' | 'clock'>,
  portalId: PortalId,
  webhook: Webhook,
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const result = await tx
      .updateTable('webhooks')
      .set({ state: 'off', state_code: 'gone', state_at: now, updated_at: now })
      .where('portal_id', '=', String(portalId))
      .where('webhook_id', '=', webhook.webhookId)
      .where('state', '=', 'on')
      .where('state_at', '=', webhook.stateAt)
      .executeTakeFirst();
    if (result.numUpdatedRows === 0n) return;
    await appendAudit(tx, portalId, now, {
      actor: 'system',
      action: 'webhook.switched-off',
      subject: webhook.webhookId,
      detail: { status: 410 },
    });
  });
}

/** Deletes a webhook within the caller's transaction; throws `webhook_not_found`. Its secrets go with the row. */
export async function removeWebhook(
  tx: PortalTx,
  portalId: PortalId,
  webhookId: string,
  language: Language,
): Promise<void> {
  const removed = await tx
    .deleteFrom('webhooks')
    .where('portal_id', '=', String(portalId))
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound(language);
}

function acceptUrl(rules: UrlRules, text: string, language: Language): string {
  const checked = checkUrl(text.trim(), rules);
  if (checked.kind === 'ok') return checked.url.href;
  throw new AppError('webhook_url_refused', {
    status: 422,
    userMessage: urlProblemText(checked.why, language),
    context: { why: checked.why },
  });
}

async function openWebhook(
  services: Pick<WebhookServices, 'keys' | 'clock'>,
  portalId: PortalId,
  row: Selectable<Database['webhooks']>,
): Promise<Webhook> {
  const { webhook_id: id } = row;
  const open = async (purpose: string, sealed: Buffer): Promise<string> =>
    (await services.keys.open(portalId, purpose, sealed)).toString('utf8');
  const secrets = [await open(sealPurpose.secret(id), row.secret_sealed)];
  const oldSigns = row.secret_old_until !== null && row.secret_old_until > services.clock.now();
  if (row.secret_old_sealed && oldSigns) secrets.push(await open(sealPurpose.secretOld(id), row.secret_old_sealed));
  return {
    webhookId: id,
    name: row.name,
    url: await open(sealPurpose.url(id), row.url_sealed),
    secrets,
    state: row.state,
    stateCode: row.state_code === 'gone' || row.state_code === 'by_user' ? row.state_code : null,
    stateAt: row.state_at,
    secretMadeAt: row.secret_made_at,
    oldSecretUntil: oldSigns ? row.secret_old_until : null,
    createdAt: row.created_at,
  };
}

function notFound(language: Language): AppError {
  return new AppError('webhook_not_found', { status: 404, userMessage: NOT_FOUND[language] });
}
