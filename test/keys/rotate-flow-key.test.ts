import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { RELOAD_AFTER_MS } from '../../server/endpoint/accounts.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import { ensurePendingKey } from '../../server/whatsapp/flow-keys.ts';
import { retireFlowKeys, whyKept } from '../../server/whatsapp/retire-flow-keys.ts';
import { rotateFlowKey, SETTLE_MS } from '../../server/whatsapp/rotate-flow-key.ts';
import { until } from '../support/until.ts';
import { control } from '../support/outside.ts';
import {
  auditRows,
  fault,
  foreignPem,
  HOUR,
  input,
  keyAtMeta,
  keyBench,
  keyRows,
  NUMBERS,
  ping,
  type KeyBench,
} from './support.ts';

let b: KeyBench;
let portalId: number;
let accountId: string;
let oldPem: string;
beforeEach(async () => {
  b = await keyBench();
  portalId = await b.t.addPortal();
  accountId = await b.connect(portalId);
  oldPem = (await keyAtMeta(b, NUMBERS[0])).pem;
  b.clock.move(HOUR);
});
afterEach(() => b.close());

const rotate = (more: { retireNow?: boolean } = {}) =>
  rotateFlowKey(b.services, portalId, { accountId, actor: 'operator', ...more });
const states = async () => (await keyRows(b.t, portalId, accountId)).map((row) => row.state);
const retire = () => retireFlowKeys(b.services, portalId, { accountId, actor: 'system' });

test('a rotation registers one new key on every number, and both keys open requests at once; a foreign key gets 421', async () => {
  expect(await ping(b, accountId, oldPem)).toEqual({ status: 200, isActive: true });
  const rotation = await rotate();
  expect(rotation.numbers).toEqual(NUMBERS.map((phoneNumberId) => ({ phoneNumberId, status: 'VALID', isNew: true })));
  const [first, second] = await Promise.all(NUMBERS.map((number) => keyAtMeta(b, number)));
  expect(first).toEqual({ pem: second?.pem, status: 'VALID' });
  expect(first?.pem).not.toBe(oldPem);
  expect(await ping(b, accountId, first?.pem ?? '')).toEqual({ status: 200, isActive: true });
  expect(await ping(b, accountId, oldPem)).toEqual({ status: 200, isActive: true });
  expect(await ping(b, accountId, foreignPem())).toEqual({ status: 421, isActive: false });
  expect(await states()).toEqual(['retiring', 'active']);
  expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({ actor: 'operator', action: 'flow-key.rotated' });
});

test('a process whose memory is from just before the rotation opens the new key without one 421', async () => {
  await ping(b, accountId, oldPem);
  // Read just before the new key was made: as old as it can be when a phone first uses the key.
  await rotate();
  expect(SETTLE_MS).toBeGreaterThan(RELOAD_AFTER_MS);
  expect(await ping(b, accountId, (await keyAtMeta(b, NUMBERS[0])).pem)).toEqual({ status: 200, isActive: true });
});

test('requests that no key opens make the keys be read once a second, not once each', async () => {
  await ping(b, accountId, oldPem);
  b.clock.move(RELOAD_AFTER_MS);
  const foreign = foreignPem();
  const before = b.reads();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ping(b, accountId, foreign)));
  expect(answers.every((answer) => answer.status === 421)).toBe(true);
  await ping(b, accountId, foreign);
  expect(b.reads() - before).toBe(1);
});

test('the old key goes when every number is VALID, three days have passed and nobody used it for a day; its private half is destroyed', async () => {
  await rotate();
  b.clock.move(2 * 24 * HOUR);
  expect(await ping(b, accountId, oldPem)).toMatchObject({ status: 200 });
  await until(
    async () => (await keyRows(b.t, portalId, accountId))[0]?.last_used_at?.getTime() === b.clock.now().getTime(),
  );
  b.clock.move(23 * HOUR);
  expect(await retire()).toEqual([]);
  b.clock.move(HOUR);
  expect(await retire()).toEqual([]); // three days, but used 24 h ago to the minute: the note may be five minutes old
  b.clock.move(HOUR);
  const [gone] = await retire();
  const rows = await keyRows(b.t, portalId, accountId);
  expect(
    rows.map(({ key_id, state, private_key_sealed }) => [key_id === gone, state, private_key_sealed === null]),
  ).toEqual([
    [true, 'retired', true],
    [false, 'active', false],
  ]);
  expect(await ping(b, accountId, oldPem)).toEqual({ status: 421, isActive: false });
  expect(await ping(b, accountId, (await keyAtMeta(b, NUMBERS[1])).pem)).toMatchObject({ status: 200 });
  expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({ actor: 'system', action: 'flow-key.retired' });
});

test('a number that Meta refuses keeps the old key, which then is never retired; connecting again mends it', async () => {
  await fault(b.meta, {
    route: `POST /${NUMBERS[1]}/whatsapp_business_encryption`,
    times: 5,
    kind: 'error',
    error: { code: 100 },
  });
  const rotation = await rotate();
  expect(rotation.numbers).toMatchObject([
    { status: 'VALID' },
    { status: 'FAILED', reason: expect.stringMatching(/\w/) },
  ]);
  expect((await keyAtMeta(b, NUMBERS[1])).pem).toBe(oldPem);
  b.clock.move(30 * 24 * HOUR);
  expect(await retire()).toEqual([]);
  expect(await ping(b, accountId, oldPem)).toMatchObject({ status: 200 });
  await control(`${b.meta.url}/_standin/faults`, undefined, 'DELETE');
  await connectAccount(b.services, portalId, input());
  expect((await keyAtMeta(b, NUMBERS[1])).pem).toBe((await keyAtMeta(b, NUMBERS[0])).pem);
  expect(await retire()).toEqual([]);
  b.clock.move(4 * 24 * HOUR);
  expect(await retire()).toHaveLength(1);
});

test('a rotation that Meta refuses altogether changes nothing', async () => {
  await fault(b.meta, { route: 'GET /', times: 50, kind: 'error', error: { code: 190, status: 401 } });
  await expect(rotate()).rejects.toMatchObject({ code: expect.stringMatching(/^meta_/) });
  expect(await states()).toEqual(['active']);
  expect((await keyAtMeta(b, NUMBERS[0])).pem).toBe(oldPem);
});

test('an interrupted rotation is finished with the key it had made; rotations at once are one', async () => {
  const [active] = await keyRows(b.t, portalId, accountId);
  const left = await ensurePendingKey(b.services, portalId, { accountId, from: active?.key_id ?? null });
  expect(await ping(b, accountId, left.publicKeyPem)).toEqual({ status: 200, isActive: true });
  // At once: each has seen the pending key before any of them goes on.
  let waiting = 0;
  let goOn = (): void => {};
  const all = new Promise<void>((resolve) => (goOn = resolve));
  b.services.wait = async (ms) => {
    waiting += 1;
    if (waiting === 3) {
      b.clock.move(ms);
      goOn();
    }
    await all;
  };
  const ended = await Promise.allSettled([rotate(), rotate(), rotate()]);
  expect(ended.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  for (const one of ended)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'rotation_overtaken' });
  expect((await keyRows(b.t, portalId, accountId)).map((row) => [row.key_id === left.keyId, row.state])).toEqual([
    [false, 'retiring'],
    [true, 'active'],
  ]);
});

test('a leaked key is retired at once on demand: a late phone gets 421 and opens with the new key on its retry', async () => {
  const { retired } = await rotate({ retireNow: true });
  expect(retired).toHaveLength(1);
  b.clock.move(RELOAD_AFTER_MS * 16);
  expect(await ping(b, accountId, oldPem)).toMatchObject({ status: 421 });
  expect(await ping(b, accountId, (await keyAtMeta(b, NUMBERS[0])).pem)).toMatchObject({ status: 200 });
});

test('keys of another portal are neither seen nor rotated', async () => {
  const other = await b.t.addPortal();
  await expect(rotateFlowKey(b.services, other, { accountId, actor: 'operator' })).rejects.toMatchObject({
    code: 'whatsapp_account_not_found',
  });
  expect(await withPortal(b.t.db, other, (tx) => tx.selectFrom('flow_keys').selectAll().execute())).toEqual([]);
  expect(await states()).toEqual(['active']);
});

test('a fourth old key is refused until one of the others is retired', async () => {
  for (let n = 0; n < 3; n += 1) await rotate();
  await expect(rotate()).rejects.toMatchObject({ code: 'too_many_flow_keys' });
});

test('the rule names what an old key waits for', () => {
  const now = new Date('2026-11-23T10:00:00Z');
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR);
  const valid = { registeredKeyId: 'new', status: 'VALID', validSince: ago(100) };
  const kept = (more: object) =>
    whyKept({ activeKeyId: 'new', retiringSince: ago(200), lastUsedAt: null, numbers: [valid], now, ...more })
      ?.reason ?? null;
  expect(kept({})).toBeNull();
  expect(kept({ numbers: [] })).toBeNull();
  expect(kept({ numbers: [valid, { ...valid, status: 'MISMATCH' }] })).toBe('number-not-valid');
  expect(kept({ numbers: [{ ...valid, registeredKeyId: 'old' }] })).toBe('number-not-valid');
  expect(kept({ numbers: [valid, { ...valid, validSince: ago(71) }] })).toBe('tokens-still-live');
  expect(kept({ lastUsedAt: ago(24) })).toBe('recently-used');
  expect(kept({ lastUsedAt: ago(25) })).toBeNull();
});
