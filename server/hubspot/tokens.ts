import { z } from 'zod';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { PATHS } from './api-version.ts';
import { createSlots } from '../slots.ts';
import { sendRequest } from './send-request.ts';
import { hubSpotError, readHubSpotError } from './to-hubspot-error.ts';

/** Refreshed this long before HubSpot's `expires_in` ends, so that no call starts with a token about to die. */
const REFRESH_BEFORE_MS = 5 * 60_000;
const TOKEN_DEADLINE_MS = 10_000;
const MAX_BYTES = 65_536;
const MAX_CACHED = 2_000;
/**
 * A refresh holds its row, and so a connection, until HubSpot has answered: ten seconds while its token service hangs. So few at once
 * leave the rest of the pool (ten as a rule) to the phones.
 */
const REFRESHES_AT_ONCE = 2;

/** hubspot-platform.md section 4; times in seconds. */
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive(),
  hub_id: z.number().int().positive(),
  user_id: z.number().int().nullish(),
  scopes: z.array(z.string()).catch([]),
});
export type TokenAnswer = z.infer<typeof tokenAnswer>;
const oauthProblem = z.looseObject({ error: z.string().catch(''), status: z.string().catch('') });

export type HubSpotApp = { clientId: string; clientSecret: string; apiUrl: string };

export type HubSpotTokens = {
  /**
   * A token that lives at least a few minutes. `rejected` is one that HubSpot answered 401 to: it is replaced.
   * Throws `portal_disconnected`, or `hubspot_unavailable` when HubSpot's token service cannot be reached.
   */
  accessToken(portalId: PortalId, rejected?: string): Promise<string>;
  /** The scopes that were granted at the last install; empty when the portal is not connected. */
  grantedScopes(portalId: PortalId): Promise<string[]>;
};

/** Keeps every portal's token fresh, with one refresh at a time across all processes (the row is locked meanwhile). */
export function createHubSpotTokens(options: {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  app: HubSpotApp;
}): HubSpotTokens {
  const { db, keys, clock, app } = options;
  const cache = new Map<PortalId, { token: string; expiresAt: Date }>();
  const underWay = new Map<PortalId, Promise<string>>();
  const refreshing = createSlots(REFRESHES_AT_ONCE);
  const fresh = (expiresAt: Date): boolean => expiresAt.getTime() - clock.now().getTime() > REFRESH_BEFORE_MS;

  function remember(portalId: PortalId, token: string, expiresAt: Date): string {
    const oldest = cache.keys().next();
    if (cache.size >= MAX_CACHED && !oldest.done) cache.delete(oldest.value);
    cache.set(portalId, { token, expiresAt });
    return token;
  }

  async function load(portalId: PortalId, rejected: string | undefined): Promise<string> {
    const stored = await withPortal(db, portalId, async (tx) => {
      const row = await readTokens(tx, portalId);
      return row ? openAccess(tx, portalId, row, rejected) : ('disconnected' as const);
    });
    if (stored === 'disconnected') throw hubSpotError('portal_disconnected');
    if (stored) return remember(portalId, stored.token, stored.expiresAt);
    return refreshing(() => refresh(portalId, rejected));
  }

  /** What is stored, when it may still be used. */
  async function openAccess(tx: PortalTx, portalId: PortalId, row: TokenRow, rejected: string | undefined) {
    if (!fresh(row.expires_at)) return null;
    // Warms the key's cache on this connection: another one taken inside a transaction could starve the pool.
    await keys.dataKey(portalId, tx);
    const token = (await keys.open(portalId, purpose('access', portalId), row.access_token_sealed)).toString('utf8');
    return token === rejected ? null : { token, expiresAt: row.expires_at };
  }

  /** With the row locked: another process may have been faster. */
  async function refresh(portalId: PortalId, rejected: string | undefined): Promise<string> {
    const result = await withPortal(db, portalId, async (tx) => {
      const row = await readTokens(tx, portalId, { lock: true });
      if (!row) return { kind: 'disconnected' as const };
      const stored = await openAccess(tx, portalId, row, rejected);
      if (stored) return { kind: 'token' as const, ...stored };
      await keys.dataKey(portalId, tx);
      const refreshToken = await keys.open(portalId, purpose('refresh', portalId), row.refresh_token_sealed);
      const answer = await requestTokens(app, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken.toString('utf8'),
      });
      if (answer.kind === 'revoked') {
        await markDisconnected(
          tx,
          portalId,
          'HubSpot no longer accepts our access: the app was uninstalled or revoked',
          clock,
        );
        return { kind: 'revoked' as const };
      }
      const expiresAt = await saveTokens(tx, { keys, portalId, answer: answer.tokens, now: clock.now() });
      return { kind: 'token' as const, token: answer.tokens.access_token, expiresAt };
    });
    if (result.kind === 'token') return remember(portalId, result.token, result.expiresAt);
    throw hubSpotError('portal_disconnected');
  }

  return {
    async accessToken(portalId, rejected) {
      const cached = cache.get(portalId);
      if (cached && fresh(cached.expiresAt) && cached.token !== rejected) return cached.token;
      cache.delete(portalId);
      const running = underWay.get(portalId);
      if (running) return running;
      const work = load(portalId, rejected).finally(() => underWay.delete(portalId));
      underWay.set(portalId, work);
      return work;
    },

    async grantedScopes(portalId) {
      const row = await withPortal(db, portalId, (tx) =>
        tx.selectFrom('hubspot_tokens').select('scopes').where('portal_id', '=', String(portalId)).executeTakeFirst(),
      );
      return row?.scopes ?? [];
    },
  };
}

/**
 * Asks HubSpot's token service, form-encoded at the dated address. Answers `revoked` for `invalid_grant`.
 * Throws `hubspot_unavailable` (it may come back) or `hubspot_rejected` (our client id, secret or redirect address is wrong).
 */
export async function requestTokens(
  app: HubSpotApp,
  grant: Record<string, string>,
): Promise<{ kind: 'tokens'; tokens: TokenAnswer } | { kind: 'revoked' }> {
  const result = await sendRequest({
    baseUrl: app.apiUrl,
    method: 'POST',
    path: PATHS.token,
    body: { kind: 'form', value: { client_id: app.clientId, client_secret: app.clientSecret, ...grant } },
    deadlineMs: TOKEN_DEADLINE_MS,
    maxBytes: MAX_BYTES,
  });
  if (result.kind !== 'answer') throw hubSpotError('hubspot_unavailable', { context: { what: 'token' } });
  const { status, body } = result;
  if (status >= 200 && status < 300) {
    const parsed = tokenAnswer.safeParse(body);
    if (!parsed.success) throw hubSpotError('hubspot_unavailable', { context: { what: 'token', status } });
    return { kind: 'tokens', tokens: parsed.data };
  }
  const problem = oauthProblem.safeParse(body ?? {});
  const code = problem.success ? problem.data.status : '';
  if (
    problem.success &&
    (problem.data.error === 'invalid_grant' || code === 'BAD_REFRESH_TOKEN' || code === 'BAD_HUB')
  ) {
    return { kind: 'revoked' };
  }
  const context = { what: 'token', status, category: code, correlationId: readHubSpotError(body).correlationId };
  const passing = status >= 500 || status === 423 || status === 429 || status === 477;
  throw hubSpotError(passing ? 'hubspot_unavailable' : 'hubspot_rejected', { context });
}

/** Seals both tokens into the portal's row; answers when the access token ends. */
export async function saveTokens(
  tx: PortalTx,
  options: { keys: PortalKeys; portalId: PortalId; answer: TokenAnswer; now: Date },
): Promise<Date> {
  const { keys, portalId, answer, now } = options;
  const expiresAt = new Date(now.getTime() + answer.expires_in * 1_000);
  await keys.dataKey(portalId, tx);
  const row = {
    access_token_sealed: await keys.seal(portalId, purpose('access', portalId), answer.access_token),
    refresh_token_sealed: await keys.seal(portalId, purpose('refresh', portalId), answer.refresh_token),
    expires_at: expiresAt,
    hubspot_user_id: answer.user_id ? String(answer.user_id) : null,
    updated_at: now,
  };
  await tx
    .insertInto('hubspot_tokens')
    .values({ ...row, portal_id: String(portalId), scopes: answer.scopes })
    .onConflict((conflict) =>
      // A refresh may leave the scopes out: those of the install stay.
      conflict
        .column('portal_id')
        .doUpdateSet({ ...row, ...(answer.scopes.length > 0 ? { scopes: answer.scopes } : {}) }),
    )
    .execute();
  return expiresAt;
}

/** Stops everything for this portal until it is installed again; its data and key stay. */
export async function markDisconnected(tx: PortalTx, portalId: PortalId, reason: string, clock: Clock): Promise<void> {
  await tx
    .updateTable('portals')
    .set({ state: 'disconnected', state_reason: reason, disconnected_at: clock.now(), updated_at: clock.now() })
    .where('portal_id', '=', String(portalId))
    .where('state', '=', 'connected')
    .execute();
  await tx.deleteFrom('hubspot_tokens').where('portal_id', '=', String(portalId)).execute();
  await appendAudit(tx, portalId, clock.now(), {
    actor: 'system',
    action: 'portal.disconnected',
    subject: `portal:${portalId}`,
  });
}

type TokenRow = { access_token_sealed: Buffer; refresh_token_sealed: Buffer; expires_at: Date };

async function readTokens(tx: PortalTx, portalId: PortalId, o: { lock?: boolean } = {}): Promise<TokenRow | undefined> {
  const rows = tx
    .selectFrom('hubspot_tokens as t')
    .innerJoin('portals as p', 'p.portal_id', 't.portal_id')
    .select(['t.access_token_sealed', 't.refresh_token_sealed', 't.expires_at'])
    .where('t.portal_id', '=', String(portalId))
    .where('p.state', '=', 'connected');
  return (o.lock ? rows.forUpdate('t') : rows).executeTakeFirst();
}

function purpose(which: 'access' | 'refresh', portalId: PortalId): string {
  return `hubspot_tokens.${which}:${portalId}`;
}
