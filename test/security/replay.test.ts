import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../server/app.ts';
import { createLimits, LIMITS } from '../../server/limits.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import {
  call,
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  sign,
  startProduct,
  withCaller,
  withOwner,
  type Answer,
  type Product,
} from './support/product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
}, 120_000);
afterAll(() => product?.close());

const secret = (): string => product.secrets.hubspotClientSecret;
function signedCall(method: string, path: string, body: object | null, portalId = PORTAL_A) {
  const target = withCaller(path, portalId);
  const text = body === null ? '' : JSON.stringify(body);
  return { method, target, body: text, headers: sign(secret(), product.url, { method, target, body: text }) };
}
const consent = () =>
  signedCall('POST', `/api/contacts/${CONTACT?.id}/consent`, {
    state: 'opted_in',
    idempotencyKey: randomBytes(12).toString('hex'),
  });
const used = (answer: Answer): void => expect([answer.status, answer.json.error.code]).toEqual([401, 'signature_used']);

test('a signed writing call works once: its replay is refused, whoever sends it, and changes nothing', async () => {
  const one = consent();
  expect((await call(product.url, one)).status).toBe(200);
  const before = await product.rowCounts();
  for (let n = 0; n < 3; n += 1) used(await call(product.url, one));
  expect(await product.rowCounts()).toEqual(before);
});

test('ten replays at once are one call', async () => {
  const one = consent();
  const statuses = (await Promise.all(Array.from({ length: 10 }, () => call(product.url, one)))).map(
    ({ status }) => status,
  );
  expect(statuses.sort()).toEqual([200, ...Array<number>(9).fill(401)]);
});

test('a replay is refused by another process too', async () => {
  const one = consent();
  expect((await call(product.url, one)).status).toBe(200);
  const other = await buildApp(product.server.services);
  const answer = await other.inject({
    method: 'POST',
    url: one.target,
    payload: one.body,
    headers: { ...one.headers, 'content-type': 'application/json' },
  });
  expect([answer.statusCode, answer.json().error.code]).toEqual([401, 'signature_used']);
  await other.close();
});

test('reading the same twice within a millisecond is no replay: both calls have the same signature', async () => {
  const one = signedCall('GET', '/api/setup', null);
  expect((await call(product.url, one)).status).toBe(200);
  expect((await call(product.url, one)).status).toBe(200);
});

test('a replayed erasure is refused, and one that was not carried out may come again as it is', async () => {
  const body = JSON.stringify([
    { portalId: PORTAL_A, subscriptionType: 'contact.privacyDeletion', objectId: 987_654_321, eventId: 1, appId: 1 },
  ]);
  const target = '/webhooks/hubspot';
  const one = { method: 'POST', target, body, headers: sign(secret(), product.url, { method: 'POST', target, body }) };
  expect((await call(product.url, one)).status).toBe(204);
  used(await call(product.url, one));
});

test('a portal cannot use up the signature of another: each has its own', async () => {
  const mine = signedCall(
    'POST',
    '/api/webhooks',
    { name: 'A', url: 'http://127.0.0.1:9/a', idempotencyKey: randomBytes(12).toString('hex') },
    PORTAL_B,
  );
  expect((await call(product.url, mine)).status).toBe(200);
  used(await call(product.url, mine));
  expect((await call(product.url, consent())).status).toBe(200);
});

test('marks of signatures are gone when their timestamp is too old to be used', async () => {
  const { services } = product.server;
  const later = { ...services, clock: { now: () => new Date(Date.now() + 11 * 60_000) } };
  const app = await buildApp(later);
  const target = withCaller(`/api/contacts/${CONTACT?.id}/consent`, PORTAL_A);
  const body = JSON.stringify({ state: 'opted_in', idempotencyKey: randomBytes(12).toString('hex') });
  const timestamp = Date.now() + 11 * 60_000;
  const headers = sign(secret(), product.url, { method: 'POST', target, body, timestamp });
  const answer = await app.inject({
    method: 'POST',
    url: target,
    payload: body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  expect(answer.statusCode).toBe(200);
  const kept = await withOwner(product.t.ownerUrl, (client) =>
    client.query('select portal_id from flowella.used_signatures order by portal_id'),
  );
  // This one, and the other portal's.
  expect(kept.rows.map((row: { portal_id: string }) => Number(row.portal_id)).sort()).toEqual(
    [PORTAL_A, PORTAL_B].sort(),
  );
  await app.close();
});

/** The server with small limits, so that a test reaches them. */
async function limited(over: Partial<Record<keyof typeof LIMITS, number>>) {
  return buildApp({ ...product.server.services, limits: createLimits({ ...LIMITS, ...over }) });
}

test('one account, and one user of it, cannot ask without end, and the neighbour is not kept waiting', async () => {
  const app = await limited({ portal: 30, user: 20 });
  const ask = async (portalId: number, userId: number): Promise<number> => {
    const target = withCaller('/api/setup', portalId).replace('userId=7001', `userId=${userId}`);
    const headers = sign(secret(), product.url, { method: 'GET', target, body: '' });
    return (await app.inject({ url: target, headers })).statusCode;
  };
  const statuses: number[] = [];
  for (let n = 0; n < 25; n += 1) statuses.push(await ask(PORTAL_A, 1));
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  for (let n = 0; n < 15; n += 1) statuses.push(await ask(PORTAL_A, 2));
  expect(statuses.filter((status) => status === 200)).toHaveLength(25);
  expect(await ask(PORTAL_B, 1)).toBe(200);
  await app.close();
});

test('one WhatsApp account, and one message of it, cannot ask the flow endpoint without end', async () => {
  const app = await limited({ account: 12, flowToken: 4 });
  const control = `${product.standIns.meta.url}/_standin/numbers/${SANDBOX_WABAS[0].phoneNumberId}/public-key`;
  const { publicKeyPem } = (await (await fetch(control)).json()) as { publicKeyPem: string };
  const ask = async (flowToken: string): Promise<number> => {
    const [aesKey, iv] = [randomBytes(16), randomBytes(16)];
    const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
    const plain = JSON.stringify({ version: '3.0', action: 'ping', flow_token: flowToken });
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const oaep = { key: publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const payload = JSON.stringify({
      encrypted_flow_data: sealed.toString('base64'),
      encrypted_aes_key: publicEncrypt(oaep, aesKey).toString('base64'),
      initial_vector: iv.toString('base64'),
    });
    const mac = createHmac('sha256', product.secrets.metaAppSecret).update(payload).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${mac}` };
    return (await app.inject({ method: 'POST', url: `/flow/${product.accountId}`, payload, headers })).statusCode;
  };
  const statuses: number[] = [];
  for (const token of [
    'one',
    'one',
    'one',
    'one',
    'one',
    'two',
    'two',
    'three',
    'three',
    'four',
    'four',
    'five',
    'six',
  ])
    statuses.push(await ask(token));
  expect(statuses).toEqual([200, 200, 200, 200, 429, 200, 200, 200, 200, 200, 200, 200, 429]);
  await app.close();
});

test('whoever guesses signatures, accounts or verify tokens is told nothing more after a while, and a genuine call from the same address still works', async () => {
  const app = await limited({ refusals: 12 });
  const guess = async (method: 'GET' | 'POST', url: string): Promise<number> =>
    (
      await app.inject({
        method,
        url,
        ...(method === 'POST' ? { payload: '{}', headers: { 'content-type': 'application/json' } } : {}),
      })
    ).statusCode;
  const tries: (() => Promise<number>)[] = [
    () => guess('GET', '/api/setup'),
    () => guess('POST', `/flow/${product.accountId}`),
    () => guess('POST', `/flow/wac_${'0'.repeat(20)}`),
    () => guess('POST', `/webhooks/whatsapp/wac_${'0'.repeat(20)}`),
    () => guess('GET', `/webhooks/whatsapp/${product.accountId}?hub.mode=subscribe&hub.verify_token=x&hub.challenge=y`),
    () => guess('POST', '/webhooks/hubspot'),
  ];
  const statuses: number[] = [];
  for (let n = 0; n < 24; n += 1) statuses.push((await tries[n % tries.length]?.()) ?? 0);
  expect(statuses.slice(0, 12)).toEqual([401, 432, 404, 404, 403, 401, 401, 432, 404, 404, 403, 401]);
  expect(statuses.slice(12)).toEqual(Array<number>(12).fill(429));
  const genuine = signedCall('GET', '/api/setup', null);
  expect((await app.inject({ url: genuine.target, headers: genuine.headers })).statusCode).toBe(200);
  await app.close();
});
