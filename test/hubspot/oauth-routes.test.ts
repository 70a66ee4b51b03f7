import { createHash } from 'node:crypto';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { releaseHeld } from '../../server/delivery/release-held.ts';
import { oauthRoutes, trustedReturnUrl } from '../../server/hubspot/oauth-routes.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../server/hubspot/scopes.ts';
import { createLog } from '../../server/observe/log.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { movableClock, testHubSpot, type MovableClock } from './support/hubspot-fixture.ts';
import { startHubSpotServer, type Handler } from './support/hubspot-server.ts';

let database: TestDatabase;
let server: Awaited<ReturnType<typeof startHubSpotServer>>;
let app: FastifyInstance;
let clock: MovableClock;
let portalId = 500_000;
const publicUrl = 'https://api.example.com';

const granted: Handler = (request) => {
  if (request.path === '/oauth/2026-09/token') {
    return {
      status: 200,
      body: {
        access_token: 'a',
        refresh_token: 'r',
        expires_in: 1_800,
        hub_id: portalId,
        user_id: 7,
        scopes: [...REQUIRED_SCOPES],
      },
    };
  }
  if (request.path === '/oauth/2026-09/token/introspect')
    return { status: 200, body: { active: true, hub_domain: 'acme<b>.com' } };
  return {
    status: 200,
    body: {
      portalId,
      timeZone: 'Europe/Berlin',
      uiDomain: 'app-eu1.hubspot.com',
      dataHostingLocation: 'eu1',
      accountType: 'STANDARD',
    },
  };
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portalId += 1;
  clock = movableClock();
  server = await startHubSpotServer(granted);
  app = fastify();
  await app.register(cookie);
  oauthRoutes(app, {
    config: {
      publicUrl,
      masterKeys: database.keyring,
      hubspot: {
        appId: '9',
        clientId: 'client',
        clientSecret: 'secret',
        apiUrl: server.url,
        formsUrl: server.url,
        appUrl: 'https://app.hubspot.com',
      },
    },
    db: database.db,
    keys: database.keys,
    clock,
    log: createLog({ level: 'silent' }),
    releaseHeld,
  });
});
afterEach(async () => {
  await app.close();
  await server.close();
});

async function start(query = '') {
  const response = await app.inject({ url: `/oauth/start${query}` });
  const location = new URL(response.headers.location ?? '');
  return {
    response,
    location,
    state: location.searchParams.get('state') ?? '',
    cookie: response.cookies[0]?.value ?? '',
  };
}
function callback(query: string, cookieValue?: string, language = 'en') {
  return app.inject({
    url: `/oauth/callback?${query}`,
    headers: { 'accept-language': language },
    cookies: cookieValue === undefined ? {} : { '__Host-flowella_oauth': cookieValue },
  });
}
const portalRow = () =>
  withPortal(database.db, portalId, (tx) => tx.selectFrom('portals').selectAll().executeTakeFirst());

describe('starting an install', () => {
  test('asks HubSpot for exactly our scopes, with state and a PKCE challenge, and keeps both in a sealed cookie', async () => {
    const { response, location } = await start();
    expect(response.statusCode).toBe(302);
    expect(location.origin + location.pathname).toBe('https://app.hubspot.com/oauth/authorize');
    expect(location.searchParams.get('scope')?.split(' ')).toEqual([...REQUIRED_SCOPES]);
    expect(location.searchParams.get('optional_scope')?.split(' ')).toEqual([...OPTIONAL_SCOPES]);
    expect(location.search).not.toContain('+');
    expect(location.searchParams.get('code_challenge_method')).toBe('S256');
    expect(response.cookies[0]).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    expect(Buffer.from(response.cookies[0]?.value ?? '', 'base64url').toString('latin1')).not.toContain('state');
  });

  test('never uses the same state or challenge twice', async () => {
    const [one, two] = [await start(), await start()];
    expect(one.state).not.toBe(two.state);
    expect(one.location.searchParams.get('code_challenge')).not.toBe(two.location.searchParams.get('code_challenge'));
  });
});

describe('coming back from HubSpot', () => {
  test('connects the account: row, data key, sealed tokens, audit entry and a page that says so', async () => {
    const { state, cookie: sealed, location } = await start();
    const response = await callback(`code=the-code&state=${state}`, sealed, 'de');
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain('lang="de"');
    expect(response.body).toContain(`acme&#60;b&#62;.com (${portalId})`);
    expect(response.body).toContain(`https://app-eu1.hubspot.com/integrations-settings/${portalId}/installed`);
    expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const exchange = new URLSearchParams(server.seen[0]?.body);
    expect(Object.fromEntries(exchange)).toMatchObject({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: `${publicUrl}/oauth/callback`,
    });
    const challenge = createHash('sha256')
      .update(exchange.get('code_verifier') ?? '')
      .digest('base64url');
    expect(challenge).toBe(location.searchParams.get('code_challenge'));
    expect(await portalRow()).toMatchObject({
      state: 'connected',
      time_zone: 'Europe/Berlin',
      ui_domain: 'app-eu1.hubspot.com',
      settings: { language: 'de' },
    });
    const { tokens } = testHubSpot(database, { url: server.url, clock });
    expect(await tokens.accessToken(portalId)).toBe('a');
    const log = await withPortal(database.db, portalId, (tx) =>
      tx.selectFrom('audit_log').select(['action', 'actor']).execute(),
    );
    expect(log).toEqual([{ action: 'portal.connected', actor: 'user:7' }]);
  });

  test('works once: the same state is refused the second time', async () => {
    const { state, cookie: sealed } = await start();
    expect((await callback(`code=c&state=${state}`, sealed)).statusCode).toBe(200);
    const again = await callback(`code=c&state=${state}`, sealed);
    expect(again.statusCode).toBe(400);
    expect(again.body).toContain('already been used');
  });

  test.each([
    ['in another browser', async () => ({ state: (await start()).state, cookie: undefined })],
    ['with a state of someone else', async () => ({ state: 'forged', cookie: (await start()).cookie })],
    ['with a forged cookie', async () => ({ state: (await start()).state, cookie: 'AQAAAA' })],
  ])('is refused %s, and HubSpot is not asked', async (_where, attempt) => {
    const { state, cookie: sealed } = await attempt();
    const response = await callback(`code=c&state=${state}`, sealed);
    expect(response.statusCode).toBe(400);
    expect(server.seen).toHaveLength(0);
    expect(await portalRow()).toBeUndefined();
  });

  test('is refused after fifteen minutes', async () => {
    const { state, cookie: sealed } = await start();
    clock.advance(15 * 60_000);
    expect((await callback(`code=c&state=${state}`, sealed)).statusCode).toBe(400);
  });

  test('says in plain words that the permissions were not accepted', async () => {
    const { state, cookie: sealed } = await start();
    const response = await callback(`error=access_denied&state=${state}`, sealed);
    expect(response.statusCode).toBe(400);
    expect(response.body).toContain('were not accepted in HubSpot');
  });

  test('stores nothing when HubSpot refuses the code, is down, or grants less than we need', async () => {
    for (const [answer, status] of [
      [{ status: 400, body: { status: 'BAD_AUTH_CODE', error: 'invalid_grant' } }, 400],
      [{ status: 503 }, 502],
      [
        {
          status: 200,
          body: { access_token: 'a', refresh_token: 'r', expires_in: 1, hub_id: portalId, scopes: ['oauth'] },
        },
        400,
      ],
    ] as const) {
      server.setHandler((request) => (request.path === '/oauth/2026-09/token' ? answer : granted(request)));
      const { state, cookie: sealed } = await start();
      expect((await callback(`code=c&state=${state}`, sealed)).statusCode).toBe(status);
    }
    expect(await portalRow()).toBeUndefined();
  });

  test('an account that comes back keeps its key and settings, and what was held goes on', async () => {
    const first = await start();
    await callback(`code=c&state=${first.state}`, first.cookie, 'de');
    const before = await portalRow();
    await withPortal(database.db, portalId, (tx) =>
      tx.updateTable('portals').set({ state: 'disconnected', state_reason: 'gone' }).execute(),
    );
    const second = await start();
    const response = await callback(`code=c&state=${second.state}`, second.cookie, 'en');
    expect(response.body).toContain('still there');
    expect(await portalRow()).toMatchObject({
      state: 'connected',
      state_reason: null,
      data_key_wrapped: before?.data_key_wrapped,
      settings: { language: 'de' },
    });
  });
});

describe("an install from HubSpot's marketplace", () => {
  test('that arrives without our state is begun again, bound to this browser', async () => {
    const response = await callback(`code=c&returnUrl=${encodeURIComponent('https://app.hubspot.com/x?y=1')}`);
    expect(response.statusCode).toBe(302);
    expect(response.headers.location).toBe(
      `/oauth/start?returnUrl=${encodeURIComponent('https://app.hubspot.com/x?y=1')}`,
    );
    expect(server.seen).toHaveLength(0);
  });

  test('ends where HubSpot wants the browser back', async () => {
    const { state, cookie: sealed } = await start(
      `?returnUrl=${encodeURIComponent('https://app-eu1.hubspot.com/done')}`,
    );
    const response = await callback(`code=c&state=${state}`, sealed);
    expect(response.headers.location).toBe('https://app-eu1.hubspot.com/done');
  });

  test.each([
    'http://app.hubspot.com/',
    'https://app.hubspot.com.evil.com/',
    'https://evil.com/https://app.hubspot.com',
    'https://app.hubspot.com:8443/',
    'https://app.hubspot.com@evil.com/',
    'https://a@app.hubspot.com/',
    'https://app-.hubspot.com/',
    'javascript:alert(1)',
    '//app.hubspot.com',
    '',
  ])('never follows %j', (url) => {
    expect(trustedReturnUrl(url)).toBeNull();
  });
});
