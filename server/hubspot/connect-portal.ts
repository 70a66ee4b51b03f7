import { sql } from 'kysely';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalTx } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { wrapNewDataKey, type MasterKey } from '../keys/vault.ts';
import { PATHS } from './api-version.ts';
import type { Language } from './language.ts';
import { REQUIRED_SCOPES } from './scopes.ts';
import { sendRequest } from './send-request.ts';
import { requestTokens, saveTokens, type HubSpotApp, type TokenAnswer } from './tokens.ts';

const DEADLINE_MS = 10_000;
const MAX_BYTES = 65_536;

const accountDetails = z.object({
  portalId: z.number(),
  timeZone: z.string().nullable().catch(null),
  uiDomain: z
    .string()
    .regex(/^app(-[a-z0-9]+)?\.hubspot\.com$/)
    .catch('app.hubspot.com'),
  dataHostingLocation: z.string().nullable().catch(null),
});
const introspection = z.object({
  hub_domain: z.string().nullable().catch(null),
  scopes: z.array(z.string()).catch([]),
});

export type ConnectServices = {
  db: Db;
  keys: PortalKeys;
  masterKeys: readonly MasterKey[];
  clock: Clock;
  app: HubSpotApp;
};
export type ConnectedPortal = { portalId: number; hubDomain: string | null; uiDomain: string; again: boolean };

/**
 * Exchanges the code of an install, learns about the account, and connects the portal: row, data key, sealed tokens. An account
 * that comes back keeps its data, and what was held because it was gone goes on.
 * Throws `install_code_refused`, `install_scopes_missing`, or the codes of `requestTokens`.
 */
export async function connectPortal(
  services: ConnectServices,
  install: { code: string; codeVerifier: string; redirectUri: string; language: Language },
): Promise<ConnectedPortal> {
  const answer = await requestTokens(services.app, {
    grant_type: 'authorization_code',
    code: install.code,
    code_verifier: install.codeVerifier,
    redirect_uri: install.redirectUri,
  });
  if (answer.kind === 'revoked') throw new AppError('install_code_refused');
  const { tokens } = answer;
  const [details, token] = await Promise.all([readDetails(services.app, tokens), introspect(services.app, tokens)]);
  if (details && details.portalId !== tokens.hub_id) throw new AppError('install_code_refused');
  const scopes = tokens.scopes.length > 0 ? tokens.scopes : token.scopes;
  const missing = REQUIRED_SCOPES.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) throw new AppError('install_scopes_missing', { context: { missing } });
  return store(services, {
    tokens: { ...tokens, scopes },
    details,
    hubDomain: token.hub_domain,
    language: install.language,
  });
}

type Account = {
  tokens: TokenAnswer;
  details: z.infer<typeof accountDetails> | null;
  hubDomain: string | null;
  language: Language;
};

async function store(services: ConnectServices, account: Account): Promise<ConnectedPortal> {
  const { db, keys, clock } = services;
  const portalId = account.tokens.hub_id;
  const now = clock.now();
  // An account that was erased comes back with another key.
  keys.forget(portalId);
  try {
    const again = await withPortal(db, portalId, async (tx) => {
      const before = await tx
        .selectFrom('portals')
        .select('state')
        .where('portal_id', '=', String(portalId))
        .executeTakeFirst();
      await savePortal(tx, services, account, now);
      await saveTokens(tx, { keys, portalId, answer: account.tokens, now });
      await releaseHeld(tx, portalId, now);
      await appendAudit(tx, portalId, now, {
        actor: account.tokens.user_id ? `user:${account.tokens.user_id}` : 'system',
        action: before ? 'portal.reconnected' : 'portal.connected',
        subject: `portal:${portalId}`,
        detail: { scopes: account.tokens.scopes.join(' ') },
      });
      return before !== undefined;
    });
    return { portalId, hubDomain: account.hubDomain, uiDomain: account.details?.uiDomain ?? 'app.hubspot.com', again };
  } catch (err) {
    // The key may have been cached before the row that holds it was rolled back.
    keys.forget(portalId);
    throw err;
  }
}

async function savePortal(tx: PortalTx, services: ConnectServices, account: Account, now: Date): Promise<void> {
  const portalId = account.tokens.hub_id;
  const facts = {
    state: 'connected' as const,
    state_reason: null,
    disconnected_at: null,
    erased_at: null,
    hub_domain: account.hubDomain,
    ui_domain: account.details?.uiDomain ?? 'app.hubspot.com',
    time_zone: account.details?.timeZone ?? null,
    data_hosting: account.details?.dataHostingLocation ?? null,
    updated_at: now,
  };
  const settings = JSON.stringify({ language: account.language });
  await tx
    .insertInto('portals')
    .values({
      ...facts,
      portal_id: String(portalId),
      data_key_wrapped: wrapNewDataKey(services.masterKeys, portalId).wrapped,
      settings,
      created_at: now,
    })
    .onConflict((conflict) =>
      conflict.column('portal_id').doUpdateSet({
        ...facts,
        // What the customer has set since wins over the language of this install.
        settings: sql<string>`${settings}::jsonb || portals.settings`,
        // An erased portal has no key and starts afresh; any other keeps what its data is sealed with.
        data_key_wrapped: sql<Buffer>`coalesce(portals.data_key_wrapped, excluded.data_key_wrapped)`,
      }),
    )
    .execute();
}

/** `deliveries.lane` of what piled up meanwhile: it lets what is submitted now go first. */
const BACKFILL = 2;

/** What waited only because the portal was gone goes on, with its three days anew, and what waited for it is in line again. */
export async function releaseHeld(tx: PortalTx, portalId: number, now: Date): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set((eb) => ({
      state: 'waiting',
      due_at: now,
      reason_code: null,
      reason: null,
      updated_at: now,
      lane: BACKFILL,
      tried_since: null,
      attempts_before: eb.ref('attempt'),
    }))
    .where('portal_id', '=', String(portalId))
    .where('state', '=', 'held')
    .where('reason_code', '=', 'portal_disconnected')
    .execute();
  await sql`update deliveries d set reason_code = null, reason = null, updated_at = ${now}
            from deliveries first
            where d.portal_id = ${String(portalId)} and d.state = 'waiting' and d.reason_code = 'blocked'
              and first.portal_id = d.portal_id and first.delivery_id = d.depends_on and first.state = 'waiting'`.execute(
    tx,
  );
}

/** Time zone, domain and hosting; null when HubSpot does not say now: the install goes on with defaults. */
async function readDetails(app: HubSpotApp, tokens: TokenAnswer): Promise<z.infer<typeof accountDetails> | null> {
  const result = await sendRequest({
    baseUrl: app.apiUrl,
    method: 'GET',
    path: PATHS.accountDetails,
    accessToken: tokens.access_token,
    body: { kind: 'none' },
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
  });
  if (result.kind !== 'answer' || result.status !== 200) return null;
  const parsed = accountDetails.safeParse(result.body);
  return parsed.success ? parsed.data : null;
}

async function introspect(app: HubSpotApp, tokens: TokenAnswer): Promise<z.infer<typeof introspection>> {
  const result = await sendRequest({
    baseUrl: app.apiUrl,
    method: 'POST',
    path: PATHS.introspect,
    body: {
      kind: 'form',
      value: {
        client_id: app.clientId,
        client_secret: app.clientSecret,
        token: tokens.access_token,
        token_type_hint: 'access_token',
      },
    },
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
  });
  const parsed = introspection.safeParse(result.kind === 'answer' && result.status === 200 ? result.body : {});
  return parsed.success ? parsed.data : { hub_domain: null, scopes: [] };
}
