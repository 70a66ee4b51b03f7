import { createPublicKey, createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../server/app-error.ts';
import { withPortal } from '../../server/db/db.ts';
import { getAccountSecrets, listAccounts, loadFlowKeys, portalOfAccount } from '../../server/whatsapp/accounts.ts';
import { connectAccount, hashVerifyToken, type AccountInput } from '../../server/whatsapp/connect-account.ts';
import { metaError } from './fake-graph.ts';
import { acceptAccount, APP_ID, APP_SECRET, bench, NUMBER_ID, TOKEN, type Bench } from './support.ts';

let b: Bench;
let portalId: number;
let input: AccountInput;
let nextWaba = 500_600_000_000;
beforeAll(async () => {
  b = await bench();
});
beforeEach(async () => {
  portalId = await b.t.addPortal();
  nextWaba += 1;
  input = {
    appId: APP_ID,
    appSecret: APP_SECRET,
    wabaId: String(nextWaba),
    phoneNumberId: NUMBER_ID,
    accessToken: TOKEN,
  };
  acceptAccount(b.graph, { wabaId: input.wabaId });
  b.graph.calls.splice(0);
});
afterAll(() => b.close());

const connect = (language: 'en' | 'de' = 'en') => connectAccount(b.services, portalId, input, language);
const refused = async (work: Promise<unknown>): Promise<AppError> => {
  const err: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(err instanceof AppError)) throw new Error(`Expected an AppError, got ${String(err)}`);
  return err;
};

test('a healthy account ends connected with every check ok and its key VALID at Meta', async () => {
  const account = await connect();
  expect(account).toMatchObject({
    wabaId: input.wabaId,
    name: 'Example account',
    state: 'connected',
    numbers: [{ phoneNumberId: NUMBER_ID, verifiedName: 'Example GmbH', quality: 'GREEN', keyStatus: 'VALID' }],
  });
  expect(account.checks.map((check) => [check.code, check.state])).toEqual([
    ['token-permissions', 'ok'],
    ['account-access', 'ok'],
    ['number-health', 'ok'],
    ['webhook-subscribed', 'ok'],
    ['key-registered', 'ok'],
    ['key-valid', 'ok'],
  ]);
  expect(await listAccounts(b.services, portalId)).toEqual([account]);
  expect(await portalOfAccount(b.services, account.accountId)).toBe(portalId);
  const secrets = await getAccountSecrets(b.services, portalId, account.accountId);
  expect(secrets).toMatchObject({ accessToken: TOKEN, appSecrets: [APP_SECRET], portfolioId: '7777' });
});

test('the registered public key is the one whose private half opens requests', async () => {
  const account = await connect();
  const [key] = await loadFlowKeys(b.services, portalId, account.accountId);
  if (!key) throw new Error('no key');
  const own = createPublicKey(createPrivateKey({ key: key.privateKeyDer, format: 'der', type: 'pkcs8' }));
  const sent = /-----BEGIN[\s\S]+KEY-----/.exec(
    b.graph.to(`POST /${NUMBER_ID}/whatsapp_business_encryption`)[0]?.body ?? '',
  )?.[0];
  expect(own.export({ type: 'spki', format: 'pem' }).toString().replace(/\s/g, '')).toBe(sent?.replace(/\s/g, ''));
  expect(own.asymmetricKeyDetails?.modulusLength).toBe(2_048);
});

test('the account and the hash of its verify token are committed before Meta calls back', async () => {
  let seen: { state: string; hash: Buffer } | undefined;
  let token = '';
  b.graph.on(`POST /${input.wabaId}/subscribed_apps`, async (call) => {
    if (call.body === '') return { json: { success: true } };
    const body = JSON.parse(call.body) as { override_callback_uri: string; verify_token: string };
    token = body.verify_token;
    const accountId = body.override_callback_uri.replace('https://flowella.test/webhooks/whatsapp/', '');
    const row = await withPortal(b.t.db, portalId, (tx) =>
      tx
        .selectFrom('wa_accounts')
        .select(['state', 'verify_token_hash as hash'])
        .where('account_id', '=', accountId)
        .executeTakeFirst(),
    );
    seen = row;
    return { json: { success: true } };
  });
  await connect();
  expect(seen?.state).toBe('connecting');
  expect(seen?.hash.equals(hashVerifyToken(token))).toBe(true);
});

test('each wrong input is refused with its fix and leaves nothing behind', async () => {
  b.graph.on('GET /debug_token', () => metaError(190, { status: 401 }));
  expect(await refused(connect())).toMatchObject({ code: 'whatsapp_app_secret_wrong', status: 422 });
  const debug = (data: object) => b.graph.on('GET /debug_token', () => ({ json: { data } }));
  debug({ is_valid: false });
  expect((await refused(connect())).code).toBe('whatsapp_token_invalid');
  debug({ is_valid: true, app_id: '1', scopes: [] });
  expect((await refused(connect())).code).toBe('whatsapp_token_of_other_app');
  debug({ is_valid: true, app_id: APP_ID, scopes: ['whatsapp_business_management'] });
  const lacking = await refused(connect('de'));
  expect(lacking.code).toBe('whatsapp_token_lacks_permission');
  expect(lacking.userMessage).toContain('whatsapp_business_messaging. Erzeugen Sie');
  acceptAccount(b.graph, { wabaId: input.wabaId });
  b.graph.on(`GET /${input.wabaId}`, () => metaError(100, { status: 404 }));
  expect((await refused(connect())).code).toBe('whatsapp_account_denied');
  acceptAccount(b.graph, { wabaId: input.wabaId, numberId: '111222333' });
  expect((await refused(connect())).code).toBe('whatsapp_number_not_in_account');
  expect(await listAccounts(b.services, portalId)).toEqual([]);
});

test('an account that another portal has connected is refused with the reason', async () => {
  await connect();
  const other = await b.t.addPortal();
  const err = await refused(connectAccount(b.services, other, input));
  expect(err).toMatchObject({ code: 'whatsapp_account_taken', status: 409 });
  expect(await listAccounts(b.services, other)).toEqual([]);
});

test('connecting again repairs: same account, same key, the old app secret valid for a day', async () => {
  b.graph.on(`POST /${input.wabaId}/subscribed_apps`, () =>
    metaError(2200, { details: 'callback verification failed' }),
  );
  const broken = await connect();
  expect(broken.state).toBe('broken');
  expect(broken.checks.find((check) => check.code === 'webhook-subscribed')).toMatchObject({ state: 'failed' });
  acceptAccount(b.graph, { wabaId: input.wabaId });
  input = { ...input, appSecret: 'b'.repeat(32) };
  const repaired = await connect();
  expect(repaired).toMatchObject({ accountId: broken.accountId, state: 'connected' });
  expect(await loadFlowKeys(b.services, portalId, repaired.accountId)).toHaveLength(1);
  const secrets = () => getAccountSecrets(b.services, portalId, repaired.accountId);
  expect((await secrets()).appSecrets).toEqual(['b'.repeat(32), APP_SECRET]);
  b.clock.move(25 * 3_600_000);
  expect((await secrets()).appSecrets).toEqual(['b'.repeat(32)]);
});

test('a key that Meta reports as MISMATCH breaks the account until it is VALID', async () => {
  let status = 'MISMATCH';
  let pem = '';
  b.graph.on(`POST /${NUMBER_ID}/whatsapp_business_encryption`, (call) => {
    pem = /-----BEGIN[\s\S]+?END PUBLIC KEY-----/.exec(call.body)?.[0] ?? '';
    return { json: { success: true } };
  });
  b.graph.on(`GET /${NUMBER_ID}/whatsapp_business_encryption`, () => ({
    json: { data: [{ business_public_key: pem, business_public_key_signature_status: status }] },
  }));
  const account = await connect();
  expect(account).toMatchObject({ state: 'broken', numbers: [{ keyStatus: 'MISMATCH' }] });
  status = 'VALID';
  expect(await connect()).toMatchObject({ state: 'connected', numbers: [{ keyStatus: 'VALID' }] });
});

test('a number that cannot send is named with what Meta proposes', async () => {
  b.graph.on(`GET /${NUMBER_ID}`, () => ({
    json: {
      name_status: 'APPROVED',
      health_status: {
        can_send_message: 'BLOCKED',
        entities: [{ errors: [{ error_description: 'No payment method.', possible_solution: 'Add one.' }] }],
      },
    },
  }));
  const account = await connect();
  expect(account.state).toBe('broken');
  expect(account.checks.find((check) => check.code === 'number-health')?.message).toMatch(/No payment method. Add one/);
});

test('the account’s messages and the app’s other fields are subscribed to the account’s address', async () => {
  const { accountId } = await connect();
  const url = `https://flowella.test/webhooks/whatsapp/${accountId}`;
  const [first, second] = b.graph.to(`POST /${input.wabaId}/subscribed_apps`);
  expect(first?.body).toBe('');
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ override_callback_uri: url });
  const [app] = b.graph.to(`POST /${APP_ID}/subscriptions`);
  expect(app?.token).toBe(`${APP_ID}|${APP_SECRET}`);
  const fields = new URLSearchParams(app?.body);
  expect(fields.get('callback_url')).toBe(url);
  expect(fields.get('fields')?.split(',')).toEqual(expect.arrayContaining(['messages', 'flows', 'user_preferences']));
});

test('an app whose webhook address belongs to another tool keeps it, and the check says so', async () => {
  b.graph.on(`GET /${APP_ID}/subscriptions`, () => ({
    json: { data: [{ object: 'whatsapp_business_account', callback_url: 'https://other.example/hook', fields: [] }] },
  }));
  const account = await connect();
  expect(account.state).toBe('connected');
  expect(account.checks.find((check) => check.code === 'webhook-subscribed')).toMatchObject({ state: 'warning' });
  expect(b.graph.to(`POST /${APP_ID}/subscriptions`)).toEqual([]);
});
