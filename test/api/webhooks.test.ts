import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../server/clock.ts';
import { startReceiver, type Receiver } from '../destinations/webhook/support/receiver.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import { CONTACT, PORTAL_A, PORTAL_B, startProduct, type Answer, type Product } from '../security/support/product.ts';
import { until } from '../support/until.ts';

let product: Product;
let receiver: Receiver;
let webhookId: string;

beforeAll(async () => {
  [product, receiver] = await Promise.all([startProduct(), startReceiver(systemClock)]);
}, 120_000);
afterAll(async () => {
  await product?.close();
  await receiver?.close();
});

const newKey = (): string => randomBytes(12).toString('hex');
const call = (method: string, path: string, body?: Record<string, unknown>, portal = PORTAL_A): Promise<Answer> =>
  product.api(portal, method, path, body && { idempotencyKey: newKey(), ...body });
const only = async () => (await call('GET', '/api/webhooks')).json.webhooks[0];
const deliveries = async () => (await call('GET', `/api/webhooks/${webhookId}/deliveries`)).json.deliveries;
/** Sends the sample flow and fills it in; answers once the submission is accepted. */
const submit = async (): Promise<void> => {
  const { message } = await product.send(CONTACT?.id ?? '', '4915123456789');
  expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
};
const publish = async (mapping: object): Promise<void> => {
  const flow = (await call('GET', `/api/flows/${product.flowId}`)).json;
  const saved = await call('PATCH', `/api/flows/${product.flowId}`, { mapping: { ...flow.mapping, ...mapping } });
  expect(saved.status, saved.text).toBe(200);
  expect(saved.json.mappingProblems).toEqual([]);
  expect((await call('POST', `/api/flows/${product.flowId}/publish`, {})).status).toBe(202);
  await until(async () => {
    const { json } = await call('GET', `/api/flows/${product.flowId}/publication`);
    return json.state === 'published' && json.template?.state === 'APPROVED';
  }, 30_000);
};

test('adding one answers its secret once: the same press again too, a later look never', async () => {
  const body = { idempotencyKey: newKey(), name: 'Our CRM', url: receiver.hook('crm') };
  const added = await call('POST', '/api/webhooks', body);
  expect(added.json.secret).toMatch(/^whsec_/);
  expect((await call('POST', '/api/webhooks', body)).json).toEqual(added.json);
  webhookId = added.json.webhook.webhookId;
  const listed = await call('GET', '/api/webhooks');
  expect(listed.json.webhooks).toHaveLength(1);
  expect(listed.text).not.toContain('whsec_');
  await receiver.knows('crm', [added.json.secret]);
});

test('an address inside our own network is refused with the reason, in the language of the page', async () => {
  for (const url of [
    'https://169.254.169.254/latest',
    'https://10.0.0.1/',
    'http://hooks.acme.io/',
    'https://db.internal/',
  ])
    expect((await call('POST', '/api/webhooks', { name: 'x', url })).json.error.code).toBe('webhook_url_refused');
  const german = await call('POST', '/api/webhooks?locale=de', { name: 'x', url: 'https://10.0.0.1/' });
  expect(german.json.error.message).toMatch(/öffentlichen Internet/);
});

test('a test says what came of it and changes nothing', async () => {
  const good = await call('POST', `/api/webhooks/${webhookId}/test`, {});
  expect(good.json).toMatchObject({ delivered: true, status: 204 });
  expect(receiver.calls().at(-1)).toMatchObject({ problem: null, body: { type: 'webhook.test' } });
  await receiver.fault({ kind: 'status', status: 410 });
  const gone = await call('POST', `/api/webhooks/${webhookId}/test`, {});
  expect(gone.json).toMatchObject({ delivered: false, status: 410 });
  expect(gone.json.message).not.toMatch(/again|switched/);
  expect(await only()).toMatchObject({ state: 'on', notice: null });
});

test('a flow that is mapped to it sends its submissions there, and the page and the card show it', async () => {
  await publish({ webhook: { enabled: true, webhookId } });
  await submit();
  await until(
    () => receiver.taken().some((one) => (one.body as { type: string }).type === 'submission.accepted'),
    20_000,
  );
  const [taken] = receiver.taken().filter((one) => one.id.startsWith('dlv_'));
  await until(async () => (await deliveries())[0]?.state === 'delivered', 10_000);
  expect(await deliveries()).toMatchObject([{ deliveryId: taken?.id, state: 'delivered', attempts: 1, reason: null }]);
  expect(await only()).toMatchObject({ flows: [expect.any(String)], held: 0 });
  const { submissions } = (await call('GET', `/api/contacts/${CONTACT?.id}/submissions`)).json;
  expect(submissions[0].deliveries.map((one: { destination: string }) => one.destination)).toContain('webhook');
  expect(taken?.body).toMatchObject({ data: { submission_id: submissions[0].submissionId, channel: 'card' } });
}, 60_000);

test('410 switches it off with a notice, holds what comes, and switching it on delivers all of it once', async () => {
  const before = receiver.taken().length;
  await receiver.fault({ kind: 'status', status: 410 });
  await submit();
  await until(async () => (await only()).state === 'off', 20_000);
  await submit();
  await until(async () => (await only()).held === 2, 20_000);
  expect((await only()).notice).toMatch(/410/);
  const mapped = await call('GET', `/api/flows/${product.flowId}`);
  expect(mapped.json.mappingProblems).toMatchObject([{ destination: 'webhook', code: 'webhook_gone' }]);
  const on = await call('PATCH', `/api/webhooks/${webhookId}`, { state: 'on' });
  expect(on.json).toMatchObject({ state: 'on', notice: null });
  await until(() => receiver.taken().length === before + 2, 20_000);
  await until(async () => (await deliveries()).every((one: { state: string }) => one.state === 'delivered'), 10_000);
}, 60_000);

test('a rotation answers a new secret once and signs with both for a day', async () => {
  const rotated = await call('POST', `/api/webhooks/${webhookId}/rotate`, {});
  expect(rotated.json.secret).toMatch(/^whsec_/);
  expect(Date.parse(rotated.json.webhook.oldSecretUntil) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  // The receiver still has the old one only.
  expect((await call('POST', `/api/webhooks/${webhookId}/test`, {})).json.delivered).toBe(true);
  await receiver.knows('crm', [rotated.json.secret]);
  expect((await call('POST', `/api/webhooks/${webhookId}/test`, {})).json.delivered).toBe(true);
});

test('another account sees none of it and can do nothing with it', async () => {
  expect((await call('GET', '/api/webhooks', undefined, PORTAL_B)).json).toEqual({ webhooks: [] });
  const attempts: [string, string, object?][] = [
    ['GET', 'deliveries'],
    ['POST', 'rotate', {}],
    ['POST', 'test', {}],
    ['POST', 'delete', {}],
  ];
  for (const [method, action, body] of attempts) {
    const path = `/api/webhooks/${webhookId}/${action}`;
    const answer = await call(method, path, body as Record<string, unknown> | undefined, PORTAL_B);
    expect([answer.status, answer.json.error.code]).toEqual([404, 'webhook_not_found']);
  }
  const patched = await call('PATCH', `/api/webhooks/${webhookId}`, { state: 'off' }, PORTAL_B);
  expect(patched.json.error.code).toBe('webhook_not_found');
  expect(await only()).toMatchObject({ state: 'on' });
});

test('one that a flow uses is not deleted; once no flow does, it is', async () => {
  const refused = await call('POST', `/api/webhooks/${webhookId}/delete`, {});
  expect([refused.status, refused.json.error.code]).toEqual([409, 'webhook_in_use']);
  await publish({ webhook: { enabled: false, webhookId } });
  expect((await call('POST', `/api/webhooks/${webhookId}/delete`, {})).json).toEqual({ webhooks: [] });
}, 60_000);

test('neither secret nor address stands in a log line', () => {
  expect(product.logged()).not.toMatch(/whsec_|hooks\/crm/);
});
