import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { forgetOldKeys, heldToRequest, once } from '../../server/api/idempotency.ts';
import { withPortal } from '../../server/db/db.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

let t: TestDatabase;
let portalId: number;
let now: Date;
beforeAll(async () => {
  t = await testDatabase({ poolSize: 10 });
});
afterAll(() => t.close());
beforeEach(async () => {
  portalId = await t.addPortal();
  now = new Date('2026-11-23T10:00:00Z');
});

const services = () => ({ db: t.db, clock: { now: () => now } });
const call = (over: object = {}) => ({
  portalId,
  route: 'sends',
  key: 'key-0123456789abcdef',
  request: { flowId: 'flw_1' },
  ...over,
});

test('ten presses at once do the work once and all get its result', async () => {
  let runs = 0;
  const work = async () => {
    runs += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return 'snd_1';
  };
  const results = await Promise.all(Array.from({ length: 10 }, () => once(services(), call(), work)));
  expect(runs).toBe(1);
  expect(new Set(results)).toEqual(new Set(['snd_1']));
});

test('a call that failed may be tried again with its key', async () => {
  await expect(once(services(), call(), () => Promise.reject(new Error('Meta is away')))).rejects.toThrow(
    'Meta is away',
  );
  expect(await once(services(), call(), async () => 'snd_2')).toBe('snd_2');
});

test('a call whose process died is taken over, but not before a minute has passed', async () => {
  const never = once(services(), call(), () => new Promise(() => {}));
  never.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  let taken = 0;
  const second = once(services(), call(), async () => {
    taken += 1;
    return 'snd_3';
  });
  now = new Date(now.getTime() + 61_000);
  expect(await second).toBe('snd_3');
  expect(taken).toBe(1);
});

test("the same key for another request is refused, and another portal's key is its own", async () => {
  await once(services(), call(), async () => 'snd_1');
  await expect(once(services(), call({ request: { flowId: 'flw_2' } }), async () => 'snd_2')).rejects.toMatchObject({
    code: 'key_reused',
    status: 422,
  });
  const other = await t.addPortal();
  expect(await once(services(), call({ portalId: other }), async () => 'snd_9')).toBe('snd_9');
});

test('the same request is the same in whatever order its members come', async () => {
  const labels = (texts: object) => call({ request: { design: { labels: texts }, name: 'Survey' } });
  const reordered = call({ request: { name: 'Survey', design: { labels: { b: '2', a: '1' } } } });
  expect(await once(services(), labels({ a: '1', b: '2' }), async () => 'first')).toBe('first');
  expect(await once(services(), reordered, async () => 'second')).toBe('first');
  await expect(once(services(), labels({ a: '2', b: '1' }), async () => 'third')).rejects.toMatchObject({
    code: 'key_reused',
  });
});

test('a key is held to its request without waiting for a first call, which may have died with its process', async () => {
  await expect(
    heldToRequest(services(), call(), () => new Promise((_, die) => setImmediate(die))),
  ).rejects.toBeUndefined();
  // Killed in the middle: nothing was noted and nothing freed.
  void heldToRequest(services(), call(), () => new Promise(() => {}));
  await until(async () => (await keys()) === 1);
  expect(await heldToRequest(services(), call(), async () => 'the first one')).toBe('the first one');
  await expect(heldToRequest(services(), call({ request: { flowId: 'flw_2' } }), async () => '')).rejects.toMatchObject(
    {
      code: 'key_reused',
      status: 422,
    },
  );
});

test('a key is forgotten after a week, and not before', async () => {
  await once(services(), call(), async () => 'snd_1');
  now = new Date('2026-11-30T09:59:00Z');
  await forgetOldKeys(services(), portalId);
  expect(await keys()).toBe(1);
  now = new Date('2026-11-30T10:01:00Z');
  await forgetOldKeys(services(), portalId);
  expect(await keys()).toBe(0);
});

async function keys(): Promise<number> {
  const { rows } = await withPortal(t.db, portalId, (tx) =>
    sql<{ count: number }>`select count(*)::int as count from idempotency_keys`.execute(tx),
  );
  return rows[0]?.count ?? 0;
}
