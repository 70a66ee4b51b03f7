import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { z } from 'zod';
import { BoundedCache } from '../bounded-cache.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import { isId, newId } from '../ids.ts';
import { callerOf, type Limits } from '../limits.ts';
import { getAccountSecrets, portalOfAccount } from './accounts.ts';
import type { WhatsappServices } from './services.ts';
import { envelopeSchema } from './webhook-body.ts';

/** Meta sends at most this much in one call (whatsapp-flows.md section 10). */
export const MAX_WEBHOOK_BYTES = 3 * 1_024 * 1_024;
/** Secrets are read again after this, and at once when a signature does not fit. */
const SECRETS_TTL_MS = 15_000;
/** A wrong signature makes us read the secrets again, but not more often than this per account. */
const RELOAD_MS = 2_000;

export type WebhookServices = WhatsappServices & {
  limits?: Limits;
  /** Called after something was stored, so that it is worked off at once; the schedule comes round anyway. */
  onStored?: (portalId: PortalId) => void;
};

type Account = { portalId: PortalId; wabaId: string; appSecrets: string[]; loadedAt: number };

const handshakeSchema = z.object({
  'hub.mode': z.literal('subscribe'),
  'hub.verify_token': z.string().min(1).max(200),
  'hub.challenge': z.string().min(1).max(1_000),
});

/**
 * Meta's webhooks of one account: `GET` answers the handshake, `POST` checks the signature over the raw bytes, stores every
 * change and answers 200; the work comes afterwards (`processInbox`). Register as a plugin: it reads JSON bodies as bytes.
 *
 * 404 unknown account, 401 wrong signature, 400 not a webhook, 413 too large, 503 not stored (Meta sends it again).
 */
export async function webhookRoutes(app: FastifyInstance, services: WebhookServices): Promise<void> {
  const accounts = new BoundedCache<string, Account | null>({ max: 5_000, ttlMs: SECRETS_TTL_MS });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: MAX_WEBHOOK_BYTES },
    (_req, body, done) => done(null, body),
  );
  const load = (accountId: string): Promise<Account | null> =>
    accounts.get(accountId, () => readAccount(services, accountId));

  app.get<{ Params: { accountId: string } }>('/webhooks/whatsapp/:accountId', async (request, reply) =>
    answerHandshake(services, request, reply),
  );
  app.post<{ Params: { accountId: string } }>(
    '/webhooks/whatsapp/:accountId',
    { bodyLimit: MAX_WEBHOOK_BYTES },
    async (request, reply) => {
      const { accountId } = request.params;
      const account = isId('account', accountId) ? await load(accountId) : null;
      const refuse = (status: 401 | 404): FastifyReply => refuseCounted(services, request, reply, status);
      if (!account) return refuse(404);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const header = request.headers['x-hub-signature-256'];
      let signer: Account | null = account;
      if (!isSigned(account.appSecrets, body, header) && performance.now() - account.loadedAt > RELOAD_MS) {
        accounts.forget(accountId);
        signer = await load(accountId);
      }
      if (!signer || !isSigned(signer.appSecrets, body, header)) return refuse(401);
      return store(services, signer, { accountId, body, signature: header, reply });
    },
  );
}

/** Refusals of one address are counted: whoever guesses is told nothing more after a while. */
function refuseCounted(
  { limits }: WebhookServices,
  request: FastifyRequest,
  reply: FastifyReply,
  status: 401 | 403 | 404,
): FastifyReply {
  return reply.code(limits === undefined || limits.refusals.take(callerOf(request.ip)) ? status : 429).send();
}

async function readAccount(services: WebhookServices, accountId: string): Promise<Account | null> {
  const portalId = await portalOfAccount(services, accountId);
  if (portalId === null) return null;
  const { wabaId, appSecrets } = await getAccountSecrets(services, portalId, accountId);
  return { portalId, wabaId, appSecrets, loadedAt: performance.now() };
}

/** Not signed: the verify token alone proves that Meta was told our address by us. */
async function answerHandshake(
  services: WebhookServices,
  request: FastifyRequest<{ Params: { accountId: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { accountId } = request.params;
  const query = handshakeSchema.safeParse(request.query);
  const portalId = isId('account', accountId) ? await portalOfAccount(services, accountId) : null;
  if (portalId === null) return refuseCounted(services, request, reply, 404);
  if (!query.success) return reply.code(400).send();
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('wa_accounts')
      .select('verify_token_hash')
      .where('portal_id', '=', String(portalId))
      .where('account_id', '=', accountId)
      .executeTakeFirst(),
  );
  const given = createHash('sha256').update(query.data['hub.verify_token'], 'utf8').digest();
  if (!row || !timingSafeEqual(given, row.verify_token_hash)) return refuseCounted(services, request, reply, 403);
  return reply.code(200).type('text/plain').send(query.data['hub.challenge']);
}

/** `sha256=<hex>` over the raw bytes with the app's secret, the current or the one before (whatsapp-flows.md section 6.1). */
function isSigned(secrets: readonly string[], body: Buffer, header: string | string[] | undefined): boolean {
  const hex = typeof header === 'string' ? /^sha256=([0-9a-f]{64})$/i.exec(header)?.[1] : undefined;
  if (!hex) return false;
  const given = Buffer.from(hex, 'hex');
  return secrets.some((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given));
}

async function store(
  services: WebhookServices,
  account: Account,
  o: { accountId: string; body: Buffer; signature: string | string[] | undefined; reply: FastifyReply },
): Promise<FastifyReply> {
  const envelope = envelopeSchema.safeParse(parseJson(o.body));
  if (!envelope.success) return o.reply.code(400).send();
  const byAccount = new Map<string, { portalId: PortalId; accountId: string; changes: Change[] }>();
  for (const entry of envelope.data.entry) {
    const owner =
      entry.id === account.wabaId ? { ...account, accountId: o.accountId } : await ownerOf(services, entry.id, o);
    if (!owner) continue;
    const group = byAccount.get(owner.accountId) ?? {
      portalId: owner.portalId,
      accountId: owner.accountId,
      changes: [],
    };
    group.changes.push(...entry.changes);
    byAccount.set(owner.accountId, group);
  }
  try {
    for (const group of byAccount.values()) await storeChanges(services, group);
  } catch (err) {
    services.log.error({ err, portalId: account.portalId }, 'a webhook could not be stored; Meta sends it again');
    return o.reply.code(503).send();
  }
  return o.reply.code(200).send();
}

type Change = { field: string; value: unknown };

/**
 * An app has one address for all of its accounts but their messages: what belongs to another account of the app is stored
 * there, if that account's own secret signed it too.
 */
async function ownerOf(
  services: WebhookServices,
  wabaId: string,
  o: { body: Buffer; signature: string | string[] | undefined },
): Promise<{ portalId: PortalId; accountId: string } | null> {
  const { rows } = await sql<{
    portal_id: string;
    account_id: string;
  }>`select portal_id, account_id from portal_of_waba(${wabaId})`.execute(services.db);
  const [row] = rows;
  const account = row ? await readAccount(services, row.account_id) : null;
  if (!row || !account || !isSigned(account.appSecrets, o.body, o.signature)) return null;
  return { portalId: account.portalId, accountId: row.account_id };
}

async function storeChanges(
  services: WebhookServices,
  o: { portalId: PortalId; accountId: string; changes: Change[] },
): Promise<void> {
  const { portalId } = o;
  const now = services.clock.now();
  const rows = await Promise.all(
    o.changes.map(async (change) => {
      const text = JSON.stringify(change);
      const inboxId = newId('inbox');
      return {
        portal_id: portalId,
        inbox_id: inboxId,
        account_id: o.accountId,
        // Meta delivers at least once; the same change has the same bytes.
        dedupe_key: (await services.keys.hash(portalId, 'inbox', text)).toString('hex'),
        body_sealed: await services.keys.seal(portalId, inboxPurpose(inboxId), text),
        received_at: now,
        due_at: now,
      };
    }),
  );
  if (rows.length === 0) return;
  await withPortal(services.db, portalId, (tx) =>
    tx
      .insertInto('inbox')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['portal_id', 'dedupe_key']).doNothing())
      .execute(),
  );
  services.onStored?.(portalId);
}

export function inboxPurpose(inboxId: string): string {
  return `inbox.body:${inboxId}`;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
