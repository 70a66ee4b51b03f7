import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { RELOAD_AFTER_MS } from '../../server/endpoint/accounts.ts';
import { rotateAppSecrets } from '../../server/operator/rotate-app-secrets.ts';
import { getAccountSecrets } from '../../server/whatsapp/accounts.ts';
import { rotateAppSecret } from '../../server/whatsapp/app-secret.ts';
import { APP, auditRows, HOUR, keyAtMeta, keyBench, NUMBERS, ping, world, type KeyBench } from './support.ts';

const NEW = 'f'.repeat(32);

let b: KeyBench;
let portalId: number;
let accountId: string;
let pem: string;
beforeEach(async () => {
  b = await keyBench();
  portalId = await b.t.addPortal();
  accountId = await b.connect(portalId);
  pem = (await keyAtMeta(b, NUMBERS[0])).pem;
});
afterEach(() => b.close());

const resetAtMeta = (secret = NEW) => b.meta.seed({ ...world({ secret }), people: [] });
const rotate = (appSecret = NEW) => rotateAppSecret(b.services, portalId, { accountId, appSecret, actor: 'operator' });
const status = async (secret: string) => (await ping(b, accountId, pem, secret)).status;
async function webhook(secret: string): Promise<number> {
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [] });
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const answer = await fetch(`${b.url}/webhooks/whatsapp/${accountId}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
  });
  return answer.status;
}

test('after a rotation the new secret counts at once in a server that knew the old one, and the old one for a day', async () => {
  expect(await status(APP.secret)).toBe(200);
  expect(await status(NEW)).toBe(432);
  b.clock.move(RELOAD_AFTER_MS);
  resetAtMeta();
  expect(await rotate()).toEqual({
    accountId,
    changed: true,
    oldAcceptedUntil: new Date(b.clock.now().getTime() + 24 * HOUR).toISOString(),
  });
  for (const secret of [NEW, APP.secret]) {
    expect(await status(secret)).toBe(200);
    expect(await webhook(secret)).toBe(200);
  }
  expect(await status('a'.repeat(32))).toBe(432);
  b.clock.move(24 * HOUR);
  expect(await status(NEW)).toBe(200);
  expect(await status(APP.secret)).toBe(432);
  expect((await getAccountSecrets(b.services, portalId, accountId)).appSecrets).toEqual([NEW]);
});

test('a rotation is in the audit log without the secret, and repeating it neither changes nor prolongs anything', async () => {
  resetAtMeta();
  const first = await rotate();
  b.clock.move(HOUR);
  expect(await rotate()).toEqual({ ...first, changed: false });
  const entries = await auditRows(b.t, portalId);
  expect(entries).toEqual([
    {
      actor: 'operator',
      action: 'app-secret.rotated',
      subject: accountId,
      detail: { oldAcceptedUntil: first.oldAcceptedUntil },
    },
  ]);
});

test('a secret that Meta does not know is refused and changes nothing', async () => {
  await expect(rotate('0'.repeat(32))).rejects.toMatchObject({ code: 'whatsapp_app_secret_wrong' });
  expect((await getAccountSecrets(b.services, portalId, accountId)).appSecrets).toEqual([APP.secret]);
  expect(await auditRows(b.t, portalId)).toEqual([]);
});

test('the operator replaces it in every account of the app, in whatever portal; what cannot be is named', async () => {
  resetAtMeta();
  const result = await rotateAppSecrets(b.services, { appId: APP.id, appSecret: NEW });
  expect(result).toMatchObject({ accounts: [{ accountId, changed: true }], failed: [] });
  await expect(rotateAppSecrets(b.services, { appId: '1', appSecret: NEW })).rejects.toMatchObject({
    code: 'meta_app_unknown',
  });
  await expect(rotateAppSecrets(b.services, { appId: APP.id, appSecret: 'short' })).rejects.toMatchObject({
    code: 'bad_app_secret',
  });
  const wrong = await rotateAppSecrets(b.services, { appId: APP.id, appSecret: '0'.repeat(32) });
  expect(wrong).toMatchObject({ accounts: [], failed: [{ accountId, message: expect.stringMatching(/app secret/) }] });
});

test('two rotations at once leave the secret before them as the old one', async () => {
  resetAtMeta();
  const results = await Promise.all([rotate(), rotate(), rotate()]);
  expect(results.filter((result) => result.changed)).toHaveLength(1);
  expect((await getAccountSecrets(b.services, portalId, accountId)).appSecrets).toEqual([NEW, APP.secret]);
  const row = await withPortal(b.t.db, portalId, (tx) =>
    tx.selectFrom('wa_accounts').select('app_secret_old_until').executeTakeFirst(),
  );
  expect(row?.app_secret_old_until?.getTime()).toBe(b.clock.now().getTime() + 24 * HOUR);
});
