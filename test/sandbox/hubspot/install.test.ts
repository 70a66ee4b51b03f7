import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { APP, ENTERPRISE, FREE, testStandIn, type TestStandIn } from './support.ts';

let hubspot: TestStandIn;
beforeEach(async () => {
  hubspot = await testStandIn();
});
afterEach(() => hubspot.close());

const VERIFIER = 'v'.repeat(64);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const REQUEST = {
  client_id: APP.clientId,
  redirect_uri: APP.redirectUrls[0] ?? '',
  scope: APP.requiredScopes.join(' '),
  optional_scope: APP.optionalScopes.join(' '),
  state: 'st-1',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
};

const form = (path: string, body: Record<string, string>, type = 'application/x-www-form-urlencoded') =>
  fetch(`${hubspot.apiUrl}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': type },
    body: type.endsWith('json') ? JSON.stringify(body) : new URLSearchParams(body).toString(),
  });
const authorizePage = (request: Record<string, string>, path = '/oauth/authorize', language = 'en') =>
  fetch(`${hubspot.appUrl}${path}?${new URLSearchParams(request)}`, { headers: { 'accept-language': language } });
const codeFor = async (account: string): Promise<string> => {
  const answer = await form('/oauth/grant', { ...REQUEST, account });
  expect(answer.status).toBe(302);
  const address = new URL(answer.headers.get('location') ?? '');
  expect(address.searchParams.get('state')).toBe('st-1');
  return address.searchParams.get('code') ?? '';
};
const exchange = (code: string, more: Record<string, string> = {}) =>
  form('/oauth/2026-09/token', {
    grant_type: 'authorization_code',
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    redirect_uri: REQUEST.redirect_uri,
    code,
    code_verifier: VERIFIER,
    ...more,
  });
const refresh = (token: string) =>
  form('/oauth/2026-09/token', {
    grant_type: 'refresh_token',
    client_id: APP.clientId,
    client_secret: APP.clientSecret,
    refresh_token: token,
  });

test('the install page names the scopes and accounts, in English and German', async () => {
  const english = await (await authorizePage(REQUEST)).text();
  for (const text of [
    '<html lang="en">',
    'Connect app',
    'crm.objects.contacts.read',
    'Enterprise',
    'Free',
    'Choose an account',
  ])
    expect(english).toContain(text);
  expect(await (await authorizePage(REQUEST, '/oauth/authorize', 'de-DE')).text()).toContain('App verbinden');
  const pinned = await (await authorizePage(REQUEST, `/oauth/${FREE}/authorize`)).text();
  expect(pinned).not.toContain('enterprise.test');
});

test('a mismatch between address and configuration is an error page, and never a redirect', async () => {
  const problem = async (change: Record<string, string>, text: string) => {
    const answer = await authorizePage({ ...REQUEST, ...change });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(text);
  };
  await problem({ client_id: 'nobody' }, 'client id');
  await problem({ redirect_uri: 'http://127.0.0.1:9/other' }, 'redirect');
  await problem({ scope: 'oauth' }, 'scopes');
  await problem({ scope: `${REQUEST.scope} tickets` }, 'scopes');
  await problem({ optional_scope: 'forms' }, 'scopes');
  await problem({ code_challenge_method: 'plain' }, 'PKCE');
  expect((await authorizePage(REQUEST, '/oauth/999/authorize')).status).toBe(400);
});

test('a code brings tokens once, for ten minutes, with the right verifier, secret and address', async () => {
  const code = await codeFor(`${ENTERPRISE}:1`);
  const refused = async (more: Record<string, string>) => (await (await exchange(code, more)).json()).status;
  expect(await refused({ client_secret: 'x' })).toBe('BAD_CLIENT_SECRET');
  expect(await refused({ client_id: 'x' })).toBe('BAD_CLIENT_ID');
  expect(await refused({ redirect_uri: 'http://127.0.0.1:9/other' })).toBe('BAD_REDIRECT_URI');
  expect(await refused({ code_verifier: 'wrong' })).toBe('BAD_CODE_VERIFIER');
  expect(await refused({ grant_type: 'password' })).toBe('BAD_GRANT_TYPE');
  const tokens = await (await exchange(code)).json();
  expect(tokens).toMatchObject({ hub_id: ENTERPRISE, user_id: 1, expires_in: 1_800, token_type: 'bearer' });
  expect(tokens.scopes).toContain('crm.objects.custom.write');
  expect(tokens.access_token.length).toBeGreaterThan(200);
  expect(await refused({})).toBe('BAD_AUTH_CODE');
  const late = await codeFor(`${ENTERPRISE}:1`);
  hubspot.advance(600_000);
  expect((await exchange(late)).status).toBe(400);
});

test('optional scopes that an account cannot grant are dropped in silence', async () => {
  const tokens = await (await exchange(await codeFor(`${FREE}:3`))).json();
  expect(tokens.scopes.filter((scope: string) => scope.includes('.custom.'))).toEqual([]);
});

test('the token endpoints take form-encoded bodies only', async () => {
  expect((await form('/oauth/2026-09/token', { grant_type: 'refresh_token' }, 'application/json')).status).toBe(415);
  expect((await form('/oauth/2026-09/token/introspect', {}, 'application/json')).status).toBe(415);
});

test('an access token lives half an hour and is renewed with the same refresh token until the app is uninstalled', async () => {
  const tokens = await (await exchange(await codeFor(`${ENTERPRISE}:1`))).json();
  const read = async (token: string) =>
    (await hubspot.call('GET', '/account-info/2026-09/details', undefined, { token })).status;
  expect(await read(tokens.access_token)).toBe(200);
  hubspot.advance(1_800_000);
  expect(await read(tokens.access_token)).toBe(401);
  const renewed = await (await refresh(tokens.refresh_token)).json();
  expect(renewed.refresh_token).toBe(tokens.refresh_token);
  expect(await read(renewed.access_token)).toBe(200);
  expect(
    (await hubspot.call('DELETE', '/appinstalls/2026-03/external-install', undefined, { token: renewed.access_token }))
      .status,
  ).toBe(204);
  expect(await read(renewed.access_token)).toBe(401);
  const refused = await refresh(tokens.refresh_token);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' });
});

test('a token is described to its own app, and a revoked refresh token renews nothing', async () => {
  const tokens = await (await exchange(await codeFor(`${ENTERPRISE}:1`))).json();
  const client = { client_id: APP.clientId, client_secret: APP.clientSecret };
  const described = await (
    await form('/oauth/2026-09/token/introspect', {
      ...client,
      token: tokens.access_token,
      token_type_hint: 'access_token',
    })
  ).json();
  expect(described).toMatchObject({
    active: true,
    hub_id: ENTERPRISE,
    app_id: APP.appId,
    hub_domain: 'enterprise.test',
    user: 'user1@portal.test',
  });
  expect((await form('/oauth/2026-09/token/revoke', { ...client, token: tokens.refresh_token })).status).toBe(200);
  expect((await refresh(tokens.refresh_token)).status).toBe(400);
  expect(
    (await hubspot.call('GET', '/account-info/2026-09/details', undefined, { token: tokens.access_token })).status,
  ).toBe(200);
});

test('account details name the time zone with its offset of the day', async () => {
  expect((await hubspot.call('GET', '/account-info/2026-09/details')).body).toMatchObject({
    portalId: ENTERPRISE,
    timeZone: 'Europe/Berlin',
    utcOffset: '+01:00',
    utcOffsetMilliseconds: 3_600_000,
  });
});
