import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { openJobs } from '../../server/delivery/wake-ups.ts';
import { startKeys } from '../../server/run-keys.ts';
import { getAccountSecrets } from '../../server/whatsapp/accounts.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import { ensurePendingKey } from '../../server/whatsapp/flow-keys.ts';
import { rotateFlowKey } from '../../server/whatsapp/rotate-flow-key.ts';
import { tendKeys } from '../../server/whatsapp/tend-keys.ts';
import { withOwner } from '../security/support/product.ts';
import { control } from '../support/outside.ts';
import { until } from '../support/until.ts';
import {
  auditRows,
  fault,
  HOUR,
  input,
  keyAtMeta,
  keyBench,
  keyRows,
  NUMBERS,
  OTHER_WABA,
  ping,
  world,
  type KeyBench,
} from './support.ts';

let b: KeyBench;
let portalId: number;
let accountId: string;
beforeEach(async () => {
  b = await keyBench();
  portalId = await b.t.addPortal();
  accountId = await b.connect(portalId);
});
afterEach(() => b.close());

const DAY = 24 * HOUR;
const tend = (rotationDays: number | null = 90) => tendKeys(b.services, { rotationDays });
const NOTHING = { accounts: 0, registered: 0, rotated: 0, retired: 0, failed: 0 };
const standIn = (path: string, body: object) => control(`${b.meta.url}/_standin/${path}`, body);
const numbers = () =>
  withPortal(b.t.db, portalId, (tx) =>
    tx
      .selectFrom('wa_numbers')
      .select(['phone_number_id', 'key_status', 'account_id'])
      .orderBy('phone_number_id')
      .execute(),
  );

test('what was looked at a moment ago is left alone', async () => {
  expect(await tend()).toEqual(NOTHING);
  b.clock.move(6 * HOUR);
  expect(await tend()).toEqual({ ...NOTHING, accounts: 1 });
  expect(await tend()).toEqual(NOTHING);
});

test('a number that Meta reads as MISMATCH is registered again within the hours of the watch, and the log says so', async () => {
  await standIn(`numbers/${NUMBERS[1]}/public-key`, { status: 'MISMATCH' });
  b.clock.move(6 * HOUR);
  expect(await tend()).toEqual({ ...NOTHING, accounts: 1, registered: 1 });
  expect(await keyAtMeta(b, NUMBERS[1])).toEqual({ pem: (await keyAtMeta(b, NUMBERS[0])).pem, status: 'VALID' });
  expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({
    actor: 'system',
    action: 'flow-key.registered-again',
    subject: accountId,
    detail: { phoneNumberId: NUMBERS[1], status: 'VALID' },
  });
});

test('a number that was added to the account is given the key; one that moved away is no longer ours', async () => {
  const added = '106540352249999';
  b.meta.seed({ ...world({ numbers: [...NUMBERS, added] }), people: [] });
  await standIn(`numbers/${NUMBERS[1]}/move`, { wabaId: OTHER_WABA });
  b.clock.move(6 * HOUR);
  expect(await tend()).toEqual({ ...NOTHING, accounts: 1, registered: 1 });
  expect((await numbers()).map((row) => [row.phone_number_id, row.key_status])).toEqual([
    [NUMBERS[0], 'VALID'],
    [added, 'VALID'],
  ]);
  expect((await keyAtMeta(b, added)).pem).toBe((await keyAtMeta(b, NUMBERS[0])).pem);
});

test('a number that moved to another account of the same portal gets that account’s key at once', async () => {
  const all = world();
  b.meta.seed({
    ...all,
    tokens: all.tokens.map((token) => ({ ...token, assetIds: [...token.assetIds, OTHER_WABA] })),
    people: [],
  });
  const third = '106540352248888';
  b.meta.seed({
    ...all,
    tokens: [],
    phoneNumbers: [{ id: third, wabaId: OTHER_WABA, displayPhoneNumber: '+49 40 8790000', verifiedName: 'Other' }],
    people: [],
  });
  const other = await connectAccount(b.services, portalId, { ...input(), wabaId: OTHER_WABA, phoneNumberId: third });
  b.clock.move(HOUR);
  await standIn(`numbers/${NUMBERS[1]}/move`, { wabaId: OTHER_WABA });
  b.clock.move(5 * HOUR);
  await tend();
  await tend();
  expect((await numbers()).find((row) => row.phone_number_id === NUMBERS[1])).toMatchObject({
    account_id: other.accountId,
    key_status: 'VALID',
  });
  const { pem } = await keyAtMeta(b, NUMBERS[1]);
  expect(pem).toBe((await keyAtMeta(b, third)).pem);
  expect(await ping(b, other.accountId, pem)).toEqual({ status: 200, isActive: true });
});

test('a key is replaced at the age that the configuration names, and never without one', async () => {
  b.clock.move(89 * DAY);
  expect(await tend()).toMatchObject({ rotated: 0, accounts: 1 });
  b.clock.move(DAY);
  expect(await tend(null)).toMatchObject({ rotated: 0 });
  expect(await tend()).toMatchObject({ rotated: 1, failed: 0 });
  expect((await keyRows(b.t, portalId, accountId)).map((row) => row.state)).toEqual(['retiring', 'active']);
  expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({ actor: 'system', action: 'flow-key.rotated' });
  b.clock.move(4 * DAY);
  expect(await tend()).toMatchObject({ rotated: 0, retired: 1 });
  expect((await keyRows(b.t, portalId, accountId)).map((row) => row.state)).toEqual(['retired', 'active']);
});

test('while Meta does not answer nothing is changed and it is asked again a quarter of an hour later; the rest goes on', async () => {
  b.clock.move(1);
  await rotateFlowKey(b.services, portalId, { accountId, actor: 'operator' });
  b.clock.move(100 * DAY);
  await fault(b.meta, { route: 'GET /', times: 1_000, kind: 'error', error: { code: 190, status: 401 } });
  const failed = await tend();
  expect(failed).toMatchObject({ rotated: 0, retired: 1 });
  expect(failed.failed).toBeGreaterThan(0);
  expect((await keyRows(b.t, portalId, accountId)).map((row) => row.state)).toEqual(['retired', 'active']);
  await control(`${b.meta.url}/_standin/faults`, undefined, 'DELETE');
  expect(await tend(null)).toEqual(NOTHING);
  b.clock.move(HOUR / 4);
  expect(await tend()).toMatchObject({ accounts: 1, rotated: 1, failed: 0 });
});

test('a rotation that a process left half-way is finished after an hour', async () => {
  const [active] = await keyRows(b.t, portalId, accountId);
  const left = await ensurePendingKey(b.services, portalId, { accountId, from: active?.key_id ?? null });
  expect(await tend()).toEqual(NOTHING);
  b.clock.move(HOUR);
  expect(await tend(null)).toMatchObject({ rotated: 1 });
  expect((await keyRows(b.t, portalId, accountId)).find((row) => row.state === 'active')?.key_id).toBe(left.keyId);
});

test('the accounts of a portal that is disconnected or erased are left alone', async () => {
  b.clock.move(100 * DAY);
  const becomes = (change: string) =>
    withOwner(b.t.ownerUrl, (client) =>
      client.query(`update flowella.portals set ${change} where portal_id = ${portalId}`),
    );
  await becomes(`state = 'disconnected'`);
  expect(await tend()).toEqual(NOTHING);
  await becomes(`state = 'erased', data_key_wrapped = null`);
  expect(await tend()).toEqual(NOTHING);
});

test('an app secret whose time is over is destroyed', async () => {
  b.meta.seed({ ...world({ secret: 'f'.repeat(32) }), people: [] });
  await connectAccount(b.services, portalId, input('f'.repeat(32)));
  const sealed = () =>
    withPortal(b.t.db, portalId, (tx) =>
      tx.selectFrom('wa_accounts').select('app_secret_old_sealed').executeTakeFirstOrThrow(),
    ).then((row) => row.app_secret_old_sealed);
  b.clock.move(DAY - 1_000);
  await tend();
  expect(await sealed()).not.toBeNull();
  b.clock.move(1_000);
  await tend();
  expect(await sealed()).toBeNull();
  expect((await getAccountSecrets(b.services, portalId, accountId)).appSecrets).toEqual(['f'.repeat(32)]);
  expect((await auditRows(b.t, portalId)).at(-1)).toMatchObject({ action: 'app-secret.retired' });
});

test('several processes that ask at once make one round of it', { timeout: 40_000 }, async () => {
  b.clock.move(91 * DAY);
  const errors: Error[] = [];
  const processes = await Promise.all(
    [1, 2].map(async () => {
      const boss = openJobs({ connectionString: b.t.url, onError: (err) => void errors.push(err) });
      await boss.start();
      const services = { ...b.services, config: { keyRotationDays: 90 } };
      return { boss, keys: await startKeys(services, boss, { askEveryMs: 50, pollingSeconds: 0.5 }) };
    }),
  );
  await until(async () => (await keyRows(b.t, portalId, accountId)).length > 1, 20_000);
  await until(async () => (await keyRows(b.t, portalId, accountId)).some((row) => row.state === 'retiring'), 20_000);
  for (const { keys, boss } of processes) {
    await keys.stop();
    await boss.stop({ graceful: false });
  }
  expect((await keyRows(b.t, portalId, accountId)).map((row) => row.state)).toEqual(['retiring', 'active']);
  expect((await auditRows(b.t, portalId)).filter((row) => row.action === 'flow-key.rotated')).toHaveLength(1);
  expect(errors).toEqual([]);
});
