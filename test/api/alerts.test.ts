import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAtConditions } from '../../server/alerts/read-conditions.ts';
import { settleAll, workAllNotices } from '../../server/alerts/start-alerts.ts';
import { systemClock } from '../../server/clock.ts';
import { pollFlowStatuses } from '../../server/whatsapp/flow-status.ts';
import { tendTokens } from '../../server/whatsapp/tend-tokens.ts';
import { startReceiver, type Receiver } from '../destinations/webhook/support/receiver.ts';
import { PORTAL_A, PORTAL_B, startProduct, type Answer, type Product } from '../security/support/product.ts';
import { until } from '../support/until.ts';

/** The whole server over the strict stand-ins: Meta holds a flow back, the customer is told, and hears when it is over. */
let product: Product;
let receiver: Receiver;
let webhookId: string;
let metaFlowId: string;

beforeAll(async () => {
  [product, receiver] = await Promise.all([startProduct(), startReceiver(systemClock)]);
  metaFlowId = (await call('GET', `/api/flows/${product.flowId}/publication`)).json.metaFlowId;
}, 120_000);
afterAll(async () => {
  await product?.close();
  await receiver?.close();
});

const newKey = (): string => randomBytes(12).toString('hex');
const call = (method: string, path: string, body?: Record<string, unknown>, portal = PORTAL_A): Promise<Answer> =>
  product.api(portal, method, path, body && { idempotencyKey: newKey(), ...body });
const atMeta = async (path: string, body: object): Promise<void> => {
  const answer = await fetch(`${product.standIns.meta.url}/_standin/flows/${metaFlowId}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
};
const look = async (): Promise<void> => {
  const { services } = product.server;
  await settleAll(services, await lookAtConditions(services.db, services.clock.now()));
  await workAllNotices(services);
};
const alerts = async () => (await call('GET', '/api/alerts')).json;
const types = () => receiver.taken().map((one) => (one.body as { type: string }).type);

test('an account where everything works has nothing to do', async () => {
  await look();
  expect(await alerts()).toMatchObject({ open: [], mended: [], ways: { webhookId: null, task: false } });
  expect((await call('GET', '/api/setup')).json.alerts).toBe(0);
});

test('the ways are chosen with a webhook of the account’s own; another one’s is refused', async () => {
  const added = (await call('POST', '/api/webhooks', { name: 'Pager', url: receiver.hook('pager') })).json;
  webhookId = added.webhook.webhookId;
  await receiver.knows('pager', [added.secret]);
  expect((await call('POST', '/api/alerts/ways', { webhookId: 'whk_00000000000000000000', task: false })).status).toBe(
    404,
  );
  expect((await call('POST', '/api/alerts/ways', { webhookId, task: true }, PORTAL_B)).status).not.toBe(200);
  const chosen = await call('POST', '/api/alerts/ways', { webhookId, task: true });
  expect(chosen.json.ways).toMatchObject({ webhookId, task: true, problem: null });
});

test('a webhook that alerts go to is not deleted', async () => {
  const refused = await call('POST', `/api/webhooks/${webhookId}/delete`, {});
  expect([refused.status, refused.json.error.code]).toEqual([409, 'webhook_in_use']);
});

test('a flow that Meta blocks is an alert on the page, at the webhook and as a task; Meta’s own report is shown', async () => {
  await atMeta('alerts', {
    event: 'ENDPOINT_LATENCY',
    p90_latency: 6_200,
    p50_latency: 800,
    requests_count: 900,
    threshold: 5_000,
    alert_state: 'ACTIVATED',
  });
  await atMeta('alerts', { event: 'OTHER', value: { event: 'SOMETHING_NEW', flow_id: metaFlowId } });
  await atMeta('status', { status: 'BLOCKED' });
  await until(async () => {
    await look();
    return (await alerts()).open.length === 2;
  }, 20_000);
  const page = await alerts();
  expect(page.open.map((one: { kind: string }) => one.kind).toSorted()).toEqual([
    'flow_blocked',
    'meta_endpoint_latency',
  ]);
  expect(page.reports.map((one: { text: string }) => one.text)).toEqual(
    expect.arrayContaining([
      'Slow answers: 6,200 ms for one in ten calls (warning)',
      'SOMETHING_NEW',
      'The flow is now BLOCKED at WhatsApp',
    ]),
  );
  await until(async () => {
    await look();
    return types().length === 2;
  }, 20_000);
  expect(types()).toEqual(['alert.opened', 'alert.opened']);
  expect((await call('GET', '/api/setup')).json.alerts).toBe(2);
});

test('somebody says that they have seen it', async () => {
  const { open } = await alerts();
  const { alertId } = open[0];
  const answer = await call('POST', `/api/alerts/${alertId}/quiet`, {});
  expect(answer.json.open.find((one: { alertId: string }) => one.alertId === alertId).quiet).toBe(true);
  expect((await call('POST', `/api/alerts/${alertId}/quiet`, {}, PORTAL_B)).status).toBe(404);
});

test('a status that Meta changes without telling us is found by looking', async () => {
  await atMeta('status', { status: 'PUBLISHED', silent: true });
  const { services } = product.server;
  const later = { ...services, clock: { now: () => new Date(Date.now() + 10 * 60_000) } };
  expect(await pollFlowStatuses(later, PORTAL_A)).toBe(1);
  expect((await call('GET', `/api/flows/${product.flowId}/publication`)).json.state).toBe('published');
});

test('the access token is asked about, and a good one needs nobody', async () => {
  expect(await tendTokens(product.server.services)).toBe(1);
  expect(await tendTokens(product.server.services)).toBe(0);
  await look();
  expect((await alerts()).open.map((one: { kind: string }) => one.kind)).not.toContain('meta_token_invalid');
});
