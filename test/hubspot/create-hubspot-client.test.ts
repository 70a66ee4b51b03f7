import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { HubSpotRequest } from '../../server/hubspot/client.ts';
import { msUntilMidnight } from '../../server/hubspot/create-hubspot-client.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { givePortalTokens, movableClock, testHubSpot, type MovableClock } from './support/hubspot-fixture.ts';
import { startHubSpotServer, type Answer } from './support/hubspot-server.ts';

let database: TestDatabase;
let server: Awaited<ReturnType<typeof startHubSpotServer>>;
let clock: MovableClock;
let portalId: number;

const ok: Answer = { status: 200, body: { ok: true } };
const read: HubSpotRequest<{ ok: boolean }> = {
  method: 'GET',
  path: '/crm/objects/2026-09/contacts/1',
  schema: z.object({ ok: z.boolean() }),
  priority: 'delivery',
  idempotent: true,
};
const create: HubSpotRequest<{ ok: boolean }> = {
  ...read,
  method: 'POST',
  path: '/crm/objects/2026-09/notes',
  body: { properties: {} },
  idempotent: false,
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  server = await startHubSpotServer(() => ok);
  clock = movableClock();
  portalId = await database.addPortal();
  await givePortalTokens(database, portalId, { now: clock.now() });
});
afterEach(() => server.close());

const hubspot = () => testHubSpot(database, { url: server.url, clock });
/** Answers in turn, the last one for ever. */
function answers(...list: Answer[]): void {
  let next = 0;
  server.setHandler(() => list[Math.min(next++, list.length - 1)] ?? ok);
}

describe('a call', () => {
  test('carries the token, lists as repeated parameters and a JSON body', async () => {
    const { client } = hubspot();
    await client.call(portalId, { ...read, query: { properties: ['email', 'phone'], limit: 5, after: undefined } });
    await client.call(portalId, create);
    const [first, second] = server.seen;
    expect(first?.headers.authorization).toBe('Bearer access-1');
    expect(first?.query.toString()).toBe('properties=email&properties=phone&limit=5');
    expect(second?.headers['content-type']).toBe('application/json');
    expect(second?.json).toEqual({ properties: {} });
  });

  test('that gets 401 is repeated once with a new token', async () => {
    server.setHandler((request) =>
      request.path === '/oauth/2026-09/token'
        ? { status: 200, body: { access_token: 'access-2', refresh_token: 'r', expires_in: 1_800, hub_id: portalId } }
        : request.headers.authorization === 'Bearer access-2'
          ? ok
          : { status: 401, body: { category: 'EXPIRED_AUTHENTICATION' } },
    );
    expect(await hubspot().client.call(portalId, create)).toEqual({ ok: true });
  });

  test('that gets 401 with the new token too is refused and not tried a third time', async () => {
    server.setHandler((request) =>
      request.path === '/oauth/2026-09/token'
        ? { status: 200, body: { access_token: 'access-2', refresh_token: 'r', expires_in: 1_800, hub_id: portalId } }
        : { status: 401, body: { category: 'INVALID_AUTHENTICATION' } },
    );
    await expect(hubspot().client.call(portalId, read)).rejects.toMatchObject({ code: 'hubspot_rejected' });
    expect(server.seen).toHaveLength(3);
  });

  test('of a portal that never installed the app is refused without a request', async () => {
    await expect(hubspot().client.call(999_999, read)).rejects.toMatchObject({ code: 'portal_disconnected' });
    expect(server.seen).toHaveLength(0);
  });
});

describe('errors', () => {
  const body = {
    status: 'error',
    message: 'm',
    correlationId: 'c-1',
    category: 'VALIDATION_ERROR',
    errors: [{ message: 'bad', code: 'X' }],
  };

  test.each([
    [404, 'hubspot_not_found'],
    [409, 'hubspot_conflict'],
    [400, 'hubspot_rejected'],
    [423, 'hubspot_locked'],
    [477, 'hubspot_locked'],
  ])('status %i becomes %s, with what HubSpot said and words for a person', async (status, code) => {
    answers({ status, body });
    const error = await hubspot()
      .client.call(portalId, create)
      .catch((err: unknown) => err);
    expect(error).toMatchObject({
      code,
      userMessage: expect.stringMatching(/\.$/),
      context: { status, correlationId: 'c-1', category: 'VALIDATION_ERROR', errors: [{ message: 'bad', code: 'X' }] },
    });
    expect(server.seen).toHaveLength(1);
  });

  test('a missing permission names the scopes', async () => {
    answers({
      status: 403,
      body: { category: 'MISSING_SCOPES', errors: [{ message: 'm', context: { requiredGranularScopes: ['forms'] } }] },
    });
    await expect(hubspot().client.call(portalId, read)).rejects.toMatchObject({
      code: 'hubspot_missing_scope',
      context: { scopes: ['forms'] },
    });
  });

  test('a read survives two server errors and a cut connection is retried; a third failure ends it', async () => {
    answers({ status: 502, body: '<html>' }, 'cut', ok);
    expect(await hubspot().client.call(portalId, read)).toEqual({ ok: true });
    answers({ status: 503 });
    await expect(hubspot().client.call(portalId, read)).rejects.toMatchObject({
      code: 'hubspot_unavailable',
      retryable: true,
    });
    expect(server.seen).toHaveLength(6);
  });

  test.each<[string, Answer]>([
    ['a cut connection', 'cut'],
    ['a server error', { status: 500 }],
    ['a silent server', 'hang'],
    ['an answer we cannot read', { status: 200, body: { strange: 1 } }],
    ['an answer that is no JSON', { status: 200, body: '<html>' }],
  ])('after %s the outcome of a create is unknown and it is not repeated', async (_what, answer) => {
    answers(answer);
    await expect(hubspot().client.call(portalId, { ...create, deadlineMs: 150 })).rejects.toMatchObject({
      code: 'hubspot_outcome_unknown',
      retryable: false,
    });
    expect(server.seen).toHaveLength(1);
  });

  test('a create that never reached HubSpot is retried and then unavailable', async () => {
    const { client } = hubspot();
    await server.close();
    await expect(client.call(portalId, create)).rejects.toMatchObject({ code: 'hubspot_unavailable' });
    server = await startHubSpotServer(() => ok);
  });

  test('an answer without end is cut off', async () => {
    answers({ status: 200, body: 'x'.repeat(9 * 1_048_576) });
    await expect(hubspot().client.call(portalId, read)).rejects.toMatchObject({ code: 'hubspot_unavailable' });
  });
});

describe('the budget', () => {
  /** Times at which the server saw a call, on the test's clock. */
  function recordTimes(): number[] {
    const times: number[] = [];
    server.setHandler(() => {
      times.push(clock.now().getTime());
      return ok;
    });
    return times;
  }
  function mostWithin(times: number[], windowMs: number): number {
    return Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + windowMs).length));
  }

  test('never lets more than 99 calls of a portal through in any ten seconds, over two processes', async () => {
    const times = recordTimes();
    const processes = [hubspot(), hubspot()];
    for (let n = 0; n < 300; n += 1) await processes[n % 2]?.client.call(portalId, read);
    expect(mostWithin(times, 10_000)).toBeLessThanOrEqual(99);
    // And does not waste it: three hundred calls need three windows, not more than four.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(45_000);
  });

  test('never lets more than five searches through in any second', async () => {
    const times = recordTimes();
    const { client } = hubspot();
    const search = { ...read, method: 'POST' as const, path: '/crm/objects/2026-09/contacts/search', body: {} };
    for (let n = 0; n < 30; n += 1) await client.call(portalId, search);
    expect(mostWithin(times, 1_000)).toBeLessThanOrEqual(5);
  });

  test('keeps something for the card when deliveries have spent theirs', async () => {
    const { budgets } = hubspot();
    const spend = (priority: 'card' | 'delivery' | 'background') => budgets.spend(portalId, ['hubspot-api'], priority);
    let delivered = 0;
    while ((await spend('delivery')).waitMs === 0) delivered += 1;
    expect(delivered).toBeGreaterThan(20);
    expect((await spend('background')).waitMs).toBeGreaterThan(0);
    expect((await spend('card')).waitMs).toBe(0);
  });

  test('of one portal is not spent by another', async () => {
    const { budgets } = hubspot();
    const other = await database.addPortal();
    await budgets.pause(portalId, 'hubspot-api', 60_000);
    expect((await budgets.spend(other, ['hubspot-api'], 'delivery')).waitMs).toBe(0);
    expect((await budgets.spend(portalId, ['hubspot-api'], 'delivery')).waitMs).toBe(60_000);
  });

  test('is the one HubSpot names in its headers, in every process from then on', async () => {
    const [one, other] = [hubspot(), hubspot()];
    await one.budgets.spend(portalId, ['hubspot-forms'], 'delivery');
    await one.budgets.observe(portalId, 'hubspot-forms', { max: 50, remaining: 50 });
    clock.advance(60_000);
    let spent = 0;
    const end = clock.now().getTime() + 10_000;
    while (clock.now().getTime() < end) {
      const { waitMs } = await other.budgets.spend(portalId, ['hubspot-forms'], 'delivery');
      if (waitMs === 0) spent += 1;
      else clock.advance(waitMs);
    }
    expect(spent).toBeGreaterThan(35);
    expect(spent).toBeLessThanOrEqual(45);
  });

  test('for forms is braked for everybody while two portals are being refused, since HubSpot would block our address', async () => {
    const { budgets } = hubspot();
    const [a, b] = [await database.addPortal(), await database.addPortal()];
    await budgets.pause(a, 'hubspot-forms', 10_000);
    expect((await budgets.spend(portalId, ['hubspot-forms'], 'delivery')).waitMs).toBe(0);
    await budgets.pause(b, 'hubspot-forms', 10_000);
    expect((await budgets.spend(portalId, ['hubspot-forms'], 'delivery')).waitMs).toBe(1_000);
    expect((await budgets.spend(portalId, ['hubspot-api'], 'delivery')).waitMs).toBe(0);
    clock.advance(1_001);
    expect((await budgets.spend(portalId, ['hubspot-forms'], 'delivery')).waitMs).toBe(0);
  });

  test('after a ten-second 429 the whole portal pauses and the call says for how long', async () => {
    answers({
      status: 429,
      body: {
        policyName: 'TEN_SECONDLY_ROLLING',
        errorType: 'RATE_LIMIT',
        message: 'You have reached your ten_secondly_rolling limit.',
      },
    });
    const { client } = hubspot();
    await expect(client.call(portalId, create)).rejects.toMatchObject({
      code: 'hubspot_rate_limited',
      retryable: true,
      context: { retryAfterMs: 10_000 },
    });
    answers(ok);
    const other = hubspot();
    await expect(other.client.call(portalId, read)).rejects.toMatchObject({ code: 'hubspot_rate_limited' });
    expect(server.seen).toHaveLength(1);
    clock.advance(10_001);
    expect(await other.client.call(portalId, read)).toEqual({ ok: true });
  });

  test('after a secondly 429 it waits a second and goes on by itself', async () => {
    answers({ status: 429, body: { policyName: 'SECONDLY', message: 'You have reached your secondly limit.' } }, ok);
    const { client, waits } = hubspot();
    expect(await client.call(portalId, create)).toEqual({ ok: true });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('slows down when HubSpot says that others have spent the account’s limit', async () => {
    const headers = {
      'x-hubspot-ratelimit-max': '110',
      'x-hubspot-ratelimit-remaining': '11',
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
    };
    answers({ ...ok, headers });
    const { client, waits } = hubspot();
    await client.call(portalId, read);
    expect(waits).toEqual([]);
    await client.call(portalId, read);
    expect(waits.length).toBeGreaterThan(0);
  });

  test('a daily limit ends at midnight of the portal', () => {
    expect(msUntilMidnight(new Date('2026-11-23T22:59:30Z'), 'Europe/Berlin')).toBe(30_000);
    expect(msUntilMidnight(new Date('2026-11-23T12:00:00Z'), 'UTC')).toBe(12 * 3_600_000);
  });
});
