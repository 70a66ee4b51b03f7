import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { sendAnswer, type Answer } from '../api-route.ts';
import { HubSpotError } from '../hubspot-error.ts';
import type { SeededApp } from '../seed.ts';
import { findApp, findPortal, listPortals, type StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import { authorizeErrorPage, authorizePage, toLanguage, type Choice, type Language } from './authorize-page.ts';
import {
  grantableScopes,
  readAuthorizeRequest,
  type AuthorizeProblem,
  type AuthorizeRequest,
} from './authorize-request.ts';
import { ACCESS_TOKEN_SECONDS, findToken, install, isInstalled, issueToken, type Grant } from './tokens.ts';

const CODE_LIFETIME_MS = 10 * 60_000;
const formBody = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform((all) => all[0] ?? '')]));

/** Install pages and the dated token endpoints; the latter take form-encoded bodies only (anything else is 415). */
export function addOAuthRoutes(app: FastifyInstance, standIn: StandIn): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 100_000 },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );
  for (const url of ['/oauth/authorize', '/oauth/:portalId/authorize']) {
    app.get(url, (request, reply) => {
      const pinned = z.object({ portalId: z.coerce.number().int().optional() }).parse(request.params).portalId ?? null;
      return showPage(
        standIn,
        reply,
        readAuthorizeRequest(standIn, formBody.parse(request.query), pinned),
        toLanguage(request.headers['accept-language']),
      );
    });
  }
  app.post('/oauth/grant', (request, reply) =>
    grant(standIn, reply, formBody.parse(request.body ?? {}), toLanguage(request.headers['accept-language'])),
  );
  const post = (url: string, handle: (body: Record<string, string>) => Answer): void =>
    void app.post(url, (request, reply) =>
      sendAnswer(
        reply,
        standIn.store.transaction(() => handle(readForm(request.body))),
      ),
    );
  post('/oauth/2026-09/token', (body) => token(standIn, body));
  post('/oauth/2026-09/token/introspect', (body) => introspect(standIn, body));
  post('/oauth/2026-09/token/revoke', (body) => revoke(standIn, body));
}

function readForm(body: unknown): Record<string, string> {
  const parsed = formBody.safeParse(body ?? {});
  if (!parsed.success) throw new HubSpotError(415, { message: 'Unsupported Media Type', category: 'VALIDATION_ERROR' });
  return parsed.data;
}

function showPage(
  standIn: StandIn,
  reply: FastifyReply,
  request: AuthorizeRequest | AuthorizeProblem,
  language: Language,
): FastifyReply {
  if (typeof request === 'string') return sendPage(reply, 400, authorizeErrorPage(request, language));
  const choices = choicesFor(standIn, request.portalId);
  if (request.portalId !== null && choices.length === 0)
    return sendPage(reply, 400, authorizeErrorPage('unknown-account', language));
  return sendPage(reply, 200, authorizePage(request, withoutTheAppFirst(standIn, choices, request), language));
}

/** The account one has most likely come from is the one that still lacks the app; the first is marked. */
function withoutTheAppFirst(standIn: StandIn, choices: Choice[], { app }: AuthorizeRequest): Choice[] {
  const installed = standIn.store
    .all(z.object({ portal_id: z.number() }), 'select portal_id from installs where app_id = ?', app.appId)
    .map((row) => row.portal_id);
  const rank = (choice: Choice): number => Number(installed.includes(choice.portal.portalId));
  return choices.toSorted((a, b) => rank(a) - rank(b));
}

function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-frame-options', 'DENY')
    .send(html);
}

/** Accounts with a user who may connect apps: the first super admin of each acts. */
function choicesFor(standIn: StandIn, pinned: number | null): Choice[] {
  return listPortals(standIn.store)
    .filter((portal) => pinned === null || portal.portalId === pinned)
    .flatMap((portal) => {
      const user = portal.users.find((one) => one.permissions.includes('super-admin'));
      return user ? [{ portal, userId: user.userId, userEmail: user.email }] : [];
    });
}

function grant(standIn: StandIn, reply: FastifyReply, body: Record<string, string>, language: Language): FastifyReply {
  const request = readAuthorizeRequest(standIn, body, null);
  if (typeof request === 'string') return sendPage(reply, 400, authorizeErrorPage(request, language));
  const [portalId, userId] = (body.account ?? '').split(':').map(Number);
  const choice = choicesFor(standIn, null).find((one) => one.portal.portalId === portalId && one.userId === userId);
  if (!choice) return sendPage(reply, 400, authorizeErrorPage('unknown-account', language));
  const { granted, refused } = grantableScopes(choice.portal, request);
  if (refused.length > 0) return sendPage(reply, 403, authorizeErrorPage('scope-mismatch', language));
  const code = issueCode(standIn, request, {
    appId: request.app.appId,
    portalId: choice.portal.portalId,
    userId: choice.userId,
    scopes: granted,
  });
  const address = new URL(request.redirectUri);
  address.searchParams.set('code', code);
  if (request.state !== null) address.searchParams.set('state', request.state);
  return reply.redirect(address.href, 302);
}

function issueCode(standIn: StandIn, request: AuthorizeRequest, given: Grant): string {
  const code = `na1-${randomUUID()}`;
  standIn.store.run(
    'insert into auth_codes (code, app_id, portal_id, user_id, redirect_uri, scopes, code_challenge, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?)',
    code,
    given.appId,
    given.portalId,
    given.userId,
    request.redirectUri,
    JSON.stringify(given.scopes),
    request.codeChallenge,
    standIn.clock.now().getTime() + CODE_LIFETIME_MS,
  );
  return code;
}

const TOKEN_FIELDS = [
  'client_id',
  'client_secret',
  'code',
  'code_verifier',
  'grant_type',
  'redirect_uri',
  'refresh_token',
  'scope',
];

function token(standIn: StandIn, body: Record<string, string>): Answer {
  const unknown = Object.keys(body).find((name) => !TOKEN_FIELDS.includes(name));
  if (unknown !== undefined) throw refuse('invalid_request', 'BAD_REQUEST', `unknown parameter: ${unknown}`);
  const app = readClient(standIn, body);
  switch (body.grant_type) {
    case 'authorization_code':
      return answerTokens(standIn, app, takeCode(standIn, app, body), null);
    case 'refresh_token':
      return refresh(standIn, app, body.refresh_token ?? '');
    default:
      throw refuse('unsupported_grant_type', 'BAD_GRANT_TYPE', 'missing or unknown grant type');
  }
}

function readClient(standIn: StandIn, body: Record<string, string>): SeededApp {
  const app = findApp(standIn.store, { clientId: body.client_id ?? '' });
  if (!app) throw refuse('invalid_client', 'BAD_CLIENT_ID', 'missing or unknown client id');
  if (body.client_secret !== app.clientSecret)
    throw refuse('invalid_client', 'BAD_CLIENT_SECRET', 'missing or invalid client secret');
  return app;
}

function takeCode(standIn: StandIn, app: SeededApp, body: Record<string, string>): Grant {
  const row = z.object({
    app_id: z.number(),
    portal_id: z.number(),
    user_id: z.number(),
    redirect_uri: z.string(),
    scopes: jsonColumn(z.array(z.string())),
    code_challenge: z.string().nullable(),
    expires_at: z.number(),
    used: z.number(),
  });
  const code = body.code ?? '';
  const found = standIn.store.first(
    row,
    'select app_id, portal_id, user_id, redirect_uri, scopes, code_challenge, expires_at, used from auth_codes where code = ?',
    code,
  );
  if (!found || found.app_id !== app.appId || found.used === 1 || found.expires_at <= standIn.clock.now().getTime()) {
    throw refuse('invalid_grant', 'BAD_AUTH_CODE', 'missing or unknown auth code');
  }
  if (body.redirect_uri !== found.redirect_uri)
    throw refuse('invalid_grant', 'BAD_REDIRECT_URI', 'redirect URI does not match the initial auth code URI');
  if (found.code_challenge !== null && challengeOf(body.code_verifier ?? '') !== found.code_challenge) {
    throw refuse('invalid_grant', 'BAD_CODE_VERIFIER', 'missing or invalid code verifier');
  }
  standIn.store.run('update auth_codes set used = 1 where code = ?', code);
  const given: Grant = { appId: app.appId, portalId: found.portal_id, userId: found.user_id, scopes: found.scopes };
  install(standIn, given);
  return given;
}

function refresh(standIn: StandIn, app: SeededApp, refreshToken: string): Answer {
  const found = findToken(standIn, refreshToken);
  const usable =
    found?.kind === 'refresh' &&
    found.revoked === 0 &&
    found.app_id === app.appId &&
    isInstalled(standIn, app.appId, found.portal_id);
  if (!found || !usable) throw refuse('invalid_grant', 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
  return answerTokens(
    standIn,
    app,
    { appId: app.appId, portalId: found.portal_id, userId: found.user_id, scopes: found.scopes },
    refreshToken,
  );
}

/** Access tokens live 1,800 s; a refresh answers the same refresh token again. */
function answerTokens(standIn: StandIn, app: SeededApp, given: Grant, refreshToken: string | null): Answer {
  return {
    status: 200,
    body: {
      token_type: 'bearer',
      token_use: 'access_token',
      access_token: issueToken(standIn, 'access', given, ACCESS_TOKEN_SECONDS),
      refresh_token: refreshToken ?? issueToken(standIn, 'refresh', { ...given, appId: app.appId }, null),
      expires_in: ACCESS_TOKEN_SECONDS,
      hub_id: given.portalId,
      user_id: given.userId,
      scopes: given.scopes,
    },
  };
}

function introspect(standIn: StandIn, body: Record<string, string>): Answer {
  const app = readClient(standIn, body);
  const found = findToken(standIn, body.token ?? '');
  const now = standIn.clock.now().getTime();
  if (
    !found ||
    found.app_id !== app.appId ||
    found.revoked === 1 ||
    (found.expires_at !== null && found.expires_at <= now)
  ) {
    return { status: 200, body: { active: false } };
  }
  const portal = findPortal(standIn.store, found.portal_id);
  return {
    status: 200,
    body: {
      active: true,
      token_type: 'bearer',
      token_use: found.kind === 'access' ? 'access_token' : 'refresh_token',
      client_id: app.clientId,
      app_id: app.appId,
      hub_id: found.portal_id,
      hub_domain: portal?.domain ?? '',
      user_id: found.user_id,
      user: portal?.users.find((user) => user.userId === found.user_id)?.email ?? '',
      scopes: found.scopes,
      ...(found.expires_at === null ? {} : { expires_in: Math.floor((found.expires_at - now) / 1_000) }),
    },
  };
}

/** Only refresh tokens can be taken back; access tokens already given live until they expire. */
function revoke(standIn: StandIn, body: Record<string, string>): Answer {
  const app = readClient(standIn, body);
  standIn.store.run(
    "update tokens set revoked = 1 where token = ? and kind = 'refresh' and app_id = ?",
    body.token ?? '',
    app.appId,
  );
  return { status: 200 };
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function refuse(error: string, status: string, message: string): HubSpotError {
  return new HubSpotError(400, { message, category: status, extra: { status, error, error_description: message } });
}
