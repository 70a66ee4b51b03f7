import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { toAppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/db.ts';
import type { MasterKey } from '../keys/vault.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { authorizeUrl } from './authorize-url.ts';
import { connectPortal, type ConnectedPortal, type ConnectServices } from './connect-portal.ts';
import { connectedPage, failedPage, INSTALL_PAGE_POLICY, type InstallFailure } from './install-page.ts';
import type { Language } from './language.ts';
import {
  newOAuthAttempt,
  OAUTH_TTL_MS,
  openOAuthAttempt,
  sealOAuthAttempt,
  type OAuthAttempt,
} from './oauth-cookie.ts';
import { requestLanguage } from './signature-plugin.ts';

/** Bound to this host by its name; browsers take that name over https alone. */
const COOKIE = { secure: '__Host-flowella_oauth', plain: 'flowella_oauth' };
/** States remembered as used; the code behind one is good for one use at HubSpot anyway. */
const MAX_USED = 10_000;
const DEFAULT_APP_URL = 'https://app.hubspot.com';

const queryText = z.string().max(2_000).optional().catch(undefined);
const startQuery = z.object({ returnUrl: queryText });
const callbackQuery = z.object({ code: queryText, state: queryText, error: queryText, returnUrl: queryText });

export type OAuthServices = {
  config: Pick<Config, 'publicUrl' | 'hubspot' | 'masterKeys'>;
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  log: Log;
  releaseHeld: ConnectServices['releaseHeld'];
};

/**
 * The install: `GET /oauth/start` sends the browser to HubSpot, `GET /oauth/callback` connects the account it comes back with.
 * `state` is random, used once and bound to this browser by a sealed cookie; PKCE binds the code to this server.
 * Needs `@fastify/cookie` on the app.
 */
export function oauthRoutes(scope: FastifyInstance, services: OAuthServices): void {
  const { config, clock, log } = services;
  const redirectUri = `${config.publicUrl}/oauth/callback`;
  const used = new UsedStates();
  const isSecure = config.publicUrl.startsWith('https://');
  const cookieName = isSecure ? COOKIE.secure : COOKIE.plain;
  const cookie = {
    path: isSecure ? '/' : '/oauth',
    httpOnly: true,
    secure: isSecure,
    sameSite: 'lax' as const,
  };

  scope.get('/oauth/start', { schema: { hide: true } }, async (request, reply) => {
    const attempt = newOAuthAttempt(clock.now(), trustedReturnUrl(startQuery.parse(request.query).returnUrl));
    return reply
      .setCookie(cookieName, sealOAuthAttempt(config.masterKeys, attempt), { ...cookie, maxAge: OAUTH_TTL_MS / 1_000 })
      .redirect(
        authorizeUrl({
          appUrl: config.hubspot.appUrl,
          clientId: config.hubspot.clientId,
          redirectUri,
          state: attempt.state,
          codeVerifier: attempt.codeVerifier,
        }),
      );
  });

  scope.get('/oauth/callback', { schema: { hide: true } }, async (request, reply) => {
    const query = callbackQuery.parse(request.query);
    const language = requestLanguage(request);
    const attempt = ownAttempt(config.masterKeys, request.cookies[cookieName], query.state, clock.now());
    // An install begun in HubSpot's marketplace comes without our state: it is begun again here, bound to this browser.
    if (query.code !== undefined && query.state === undefined) {
      const returnUrl = trustedReturnUrl(query.returnUrl);
      return reply.redirect(`/oauth/start${returnUrl ? `?returnUrl=${encodeURIComponent(returnUrl)}` : ''}`);
    }
    void reply.clearCookie(cookieName, cookie);
    if (query.error !== undefined) return fail(reply, language, 'cancelled');
    if (!attempt || query.code === undefined || !used.claim(attempt)) return fail(reply, language, 'expired');
    try {
      const portal = await connectPortal(
        { ...services, masterKeys: config.masterKeys, app: config.hubspot },
        { code: query.code, codeVerifier: attempt.codeVerifier, redirectUri, language },
      );
      log.info({ portalId: portal.portalId, again: portal.again }, 'a portal was connected');
      if (attempt.returnUrl) return await reply.redirect(attempt.returnUrl);
      return await succeed(reply, language, portal);
    } catch (err) {
      const error = toAppError(err);
      log.warn({ err: error, context: error.context }, 'an install failed');
      return fail(reply, language, failureOf(error.code));
    }
  });

  function succeed(reply: FastifyReply, language: Language, portal: ConnectedPortal): FastifyReply {
    const base = config.hubspot.appUrl === DEFAULT_APP_URL ? `https://${portal.uiDomain}` : config.hubspot.appUrl;
    const settingsUrl = `${base}/integrations-settings/${portal.portalId}/installed`;
    return html(reply, 200, connectedPage({ ...portal, language, settingsUrl }));
  }
}

/** Where HubSpot's marketplace wants the browser back: only HubSpot's own pages are followed (hubspot-platform.md section 4). */
export function trustedReturnUrl(text: string | undefined): string | null {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  const own = url.protocol === 'https:' && /^app(-[a-z0-9]+)?\.hubspot\.com$/.test(url.hostname);
  return own && url.port === '' && url.username === '' && url.password === '' ? url.toString() : null;
}

function ownAttempt(
  keyring: readonly MasterKey[],
  cookie: string | undefined,
  state: string | undefined,
  now: Date,
): OAuthAttempt | null {
  const attempt = cookie === undefined ? null : openOAuthAttempt(keyring, cookie, now);
  return attempt?.state === state ? attempt : null;
}

function failureOf(code: string): InstallFailure {
  if (code === 'install_scopes_missing') return 'scopes';
  return code === 'install_code_refused' ? 'expired' : 'hubspot';
}

function fail(reply: FastifyReply, language: Language, failure: InstallFailure): FastifyReply {
  return html(reply, failure === 'hubspot' ? 502 : 400, failedPage(language, failure));
}

function html(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-security-policy': INSTALL_PAGE_POLICY,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .send(body);
}

/** Each state is accepted once. */
class UsedStates {
  #until = new Map<string, number>();

  claim(attempt: OAuthAttempt): boolean {
    if (this.#until.has(attempt.state)) return false;
    const oldest = this.#until.keys().next();
    if (this.#until.size >= MAX_USED && !oldest.done) this.#until.delete(oldest.value);
    this.#until.set(attempt.state, attempt.expiresAt);
    return true;
  }
}
