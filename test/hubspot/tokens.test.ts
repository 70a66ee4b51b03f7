import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { givePortalTokens, movableClock, testHubSpot, type MovableClock } from './support/hubspot-fixture.ts';
import { startHubSpotServer } from './support/hubspot-server.ts';

let database: TestDatabase;
let server: Awaited<ReturnType<typeof startHubSpotServer>>;
let clock: MovableClock;
let portalId: number;
let issued = 1;

const refreshed = () => {
  issued += 1;
  return {
    status: 200,
    body: {
      access_token: `access-${issued}`,
      refresh_token: 'refresh-1',
      expires_in: 1_800,
      hub_id: portalId,
      token_type: 'bearer',
      token_use: 'access_token',
    },
  };
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  issued = 1;
  server = await startHubSpotServer(refreshed);
  clock = movableClock();
  portalId = await database.addPortal();
  await givePortalTokens(database, portalId, { now: clock.now() });
});
afterEach(() => server.close());

const tokensOf = () => testHubSpot(database, { url: server.url, clock });

describe('the access token', () => {
  test('is used as long as it lives more than five minutes', async () => {
    const { tokens } = tokensOf();
    clock.advance(24 * 60_000);
    expect(await tokens.accessToken(portalId)).toBe('access-1');
    expect(server.seen).toEqual([]);
  });

  test('is refreshed before it ends, form-encoded at the dated address, and then kept', async () => {
    const { tokens } = tokensOf();
    clock.advance(26 * 60_000);
    expect(await tokens.accessToken(portalId)).toBe('access-2');
    expect(await tokens.accessToken(portalId)).toBe('access-2');
    expect(server.seen).toHaveLength(1);
    const [call] = server.seen;
    expect(call).toMatchObject({ method: 'POST', path: '/oauth/2026-09/token' });
    expect(call?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(call?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_id: 'client',
      client_secret: 'secret',
    });
  });

  test('is refreshed once, however many processes and calls need it at the same time', async () => {
    clock.advance(26 * 60_000);
    const [one, two] = [tokensOf(), tokensOf()];
    const got = await Promise.all([one, two, one, two, one, two].map(({ tokens }) => tokens.accessToken(portalId)));
    expect(new Set(got)).toEqual(new Set(['access-2']));
    expect(server.seen).toHaveLength(1);
  });

  test('keeps the scopes of the install when a refresh names none', async () => {
    const { tokens } = tokensOf();
    clock.advance(26 * 60_000);
    await tokens.accessToken(portalId);
    expect(await tokens.grantedScopes(portalId)).toEqual(['oauth', 'forms']);
  });

  test('is stored sealed only', async () => {
    const row = await withPortal(database.db, portalId, (tx) =>
      tx.selectFrom('hubspot_tokens').selectAll().executeTakeFirstOrThrow(),
    );
    expect(row.access_token_sealed.includes('access-1')).toBe(false);
    expect(row.refresh_token_sealed.includes('refresh-1')).toBe(false);
  });
});

describe('an uninstalled portal', () => {
  const revoked = () => ({
    status: 400,
    body: { status: 'BAD_REFRESH_TOKEN', error: 'invalid_grant', message: 'missing or invalid refresh token' },
  });

  test('is recognised by invalid_grant, disconnected, audited and never asked for again', async () => {
    server.setHandler(revoked);
    const { tokens } = tokensOf();
    clock.advance(26 * 60_000);
    await expect(tokens.accessToken(portalId)).rejects.toMatchObject({ code: 'portal_disconnected', retryable: false });
    await expect(tokens.accessToken(portalId)).rejects.toMatchObject({ code: 'portal_disconnected' });
    expect(server.seen).toHaveLength(1);
    const log = await withPortal(database.db, portalId, (tx) => tx.selectFrom('audit_log').select('action').execute());
    expect(log).toEqual([{ action: 'portal.disconnected' }]);
    const row = await withPortal(database.db, portalId, (tx) =>
      tx.selectFrom('portals').select(['state', 'state_reason', 'data_key_wrapped']).executeTakeFirstOrThrow(),
    );
    expect(row).toMatchObject({ state: 'disconnected', state_reason: expect.stringContaining('uninstalled') });
    expect(row.data_key_wrapped).not.toBeNull();
  });

  test('is not inferred from a token service that is down, slow or misconfigured', async () => {
    clock.advance(26 * 60_000);
    const { tokens } = tokensOf();
    server.setHandler(() => ({ status: 503 }));
    await expect(tokens.accessToken(portalId)).rejects.toMatchObject({ code: 'hubspot_unavailable', retryable: true });
    server.setHandler(() => 'cut');
    await expect(tokens.accessToken(portalId)).rejects.toMatchObject({ code: 'hubspot_unavailable' });
    server.setHandler(() => ({ status: 400, body: { status: 'BAD_CLIENT_SECRET', message: 'no' } }));
    await expect(tokens.accessToken(portalId)).rejects.toMatchObject({ code: 'hubspot_rejected' });
    server.setHandler(refreshed);
    expect(await tokens.accessToken(portalId)).toBe('access-2');
  });
});

describe('a token service that hangs', () => {
  test('takes no more than two connections of the pool, however many portals wait for it', async () => {
    const small = await testDatabase({ poolSize: 4 });
    server.setHandler(() => 'hang');
    const { tokens } = testHubSpot(small, { url: server.url, clock });
    const portals: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const id = await small.addPortal(9_000 + n);
      await givePortalTokens(small, id, { now: new Date(clock.now().getTime() - 3_600_000) });
      portals.push(id);
    }
    const waiting = portals.map((id) => tokens.accessToken(id).catch(() => 'never'));
    await until(() => server.seen.length === 2 && small.pool.waitingCount === 0 && small.pool.idleCount > 0);
    // What a phone waits for still gets a connection.
    await withPortal(small.db, portals[0] ?? 0, (tx) => tx.selectFrom('portals').select('portal_id').execute());
    expect(server.seen).toHaveLength(2);
    await server.close();
    await Promise.all(waiting);
    await small.close();
    server = await startHubSpotServer(refreshed);
  });

  test('keeps nobody waiting whose token is still good', async () => {
    server.setHandler(() => 'hang');
    const others = await Promise.all([database.addPortal(), database.addPortal(), database.addPortal()]);
    for (const id of others) await givePortalTokens(database, id, { now: new Date(clock.now().getTime() - 3_600_000) });
    const { tokens } = tokensOf();
    const waiting = others.map((id) => tokens.accessToken(id).catch(() => 'never'));
    await until(() => server.seen.length === 2);
    expect(await tokens.accessToken(portalId)).toBe('access-1');
    await server.close();
    await Promise.all(waiting);
    server = await startHubSpotServer(refreshed);
  });
});
