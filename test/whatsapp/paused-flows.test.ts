import { createHmac } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { viewPublication } from '../../server/flows/view-flow.ts';
import { readConsent, recordConsent } from '../../server/whatsapp/consents.ts';
import { contactFlows, recordContactConsent } from '../../server/whatsapp/contact-flows.ts';
import { rawPurpose } from '../../server/whatsapp/flow-events.ts';
import { pollFlowStatuses } from '../../server/whatsapp/flow-status.ts';
import { processInbox } from '../../server/whatsapp/process-inbox.ts';
import { recoverSends } from '../../server/whatsapp/recover-sends.ts';
import { resumeSends } from '../../server/whatsapp/resume-sends.ts';
import { sendFlow, type SendRequest } from '../../server/whatsapp/send-flow.ts';
import type { SendServices } from '../../server/whatsapp/services.ts';
import { viewSend } from '../../server/whatsapp/view-send.ts';
import { webhookRoutes } from '../../server/whatsapp/webhook-routes.ts';
import { draftFlow, flowBench, publish, type FlowBench } from '../flows/support.ts';
import { metaError } from './fake-graph.ts';
import { APP_SECRET, NUMBER_ID, WABA_ID } from './support.ts';

const MESSAGES = `POST /${NUMBER_ID}/messages`;
const PHONE = '+4915112345678';

let b: FlowBench;
let app: FastifyInstance;
let portalId: number;
let accountId: string;
let flowId: string;
let services: SendServices;
let nextMessage = 0;

beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  services = {
    ...b.services,
    readContact: async (_portal, contactId) => ({
      contactId,
      displayName: 'Ada Example',
      properties: { phone: PHONE, firstname: 'Ada' },
    }),
  };
  app = Fastify();
  await app.register(async (scope) => webhookRoutes(scope, b.services));
  takeMessages();
  b.meta.state.templateStatus = 'APPROVED';
  ({ flowId, accountId } = await draftFlow(b, portalId));
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode: 'connected' } }, 'en');
  await publish(b, portalId, flowId);
  await recordContactConsent(services, portalId, { contactId: '51', state: 'opted_in', userId: 7, language: 'en' });
  b.graph.calls.splice(0);
});
afterEach(async () => {
  await app.close();
  await b.close();
});

const takeMessages = () =>
  b.graph.on(MESSAGES, () => ({ json: { messages: [{ id: `wamid.${(nextMessage += 1)}` }] } }));
const send = (change: Partial<SendRequest> = {}) =>
  sendFlow(services, {
    portalId,
    flowId,
    to: { kind: 'contact', contactId: '51' },
    channel: 'card',
    sentBy: null,
    ...change,
  });
const sent = () => b.graph.to(MESSAGES).length;
/** One webhook of Meta on this flow, worked off. */
async function event(value: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: WABA_ID, changes: [{ field: 'flows', value }] }],
  });
  const signature = `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`;
  const answer = await app.inject({
    method: 'POST',
    url: `/webhooks/whatsapp/${accountId}`,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body,
  });
  expect(answer.statusCode).toBe(200);
  await processInbox({ ...services, onFlowReply: async () => {}, wakeUps: { add: async () => {} } }, portalId, {
    limit: 50,
  });
}
const status = (new_status: string) =>
  event({ event: 'FLOW_STATUS_CHANGE', message: `now ${new_status} ${Math.random()}`, flow_id: '8000000', new_status });
const atMeta = (is: string) => void (b.meta.flows[0] && (b.meta.flows[0].status = is));
const card = async () => (await contactFlows(services, portalId, '51', 'en')).flows[0];
const state = async () => (await viewPublication(b.flowServices, portalId, flowId, 'en')).state;
const events = () =>
  withPortal(b.t.db, portalId, (tx) => tx.selectFrom('flow_events').selectAll().orderBy('event').execute());
const audit = () =>
  withPortal(b.t.db, portalId, (tx) =>
    tx.selectFrom('audit_log').select('action').where('action', 'like', 'flow.%').orderBy('seq').execute(),
  ).then((rows) => rows.map((row) => row.action));

test.each([
  ['THROTTLED', /holding this flow back/],
  ['BLOCKED', /blocked this flow/],
])('a flow that Meta puts into %s is sent to nobody, and the card says why and what happens next', async (is, text) => {
  await status(is);
  expect(await card()).toMatchObject({ way: 'none', blocked: expect.stringMatching(text) as string });
  expect((await card())?.blocked).toMatch(/as soon as WhatsApp allows it/);
  await expect(send()).rejects.toMatchObject({
    code: 'send_blocked',
    userMessage: expect.stringMatching(text) as string,
  });
  expect(sent()).toBe(0);
  await status('PUBLISHED');
  expect((await send()).state).toBe('accepted');
  expect(await audit()).toEqual(['flow.went-live', 'flow.paused', 'flow.resumed']);
});

test('what was to be sent meanwhile waits, however long, and goes out once and by itself when Meta allows it again', async () => {
  await status('BLOCKED');
  const view = await send({ channel: 'workflow', whenPaused: 'wait' });
  expect(view).toMatchObject({ state: 'queued', open: true, reason: expect.stringMatching(/by itself/) as string });
  b.clock.move(6 * 86_400_000);
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 0 });
  expect(await resumeSends(services, portalId)).toBe(0);
  await status('PUBLISHED');
  const both = await Promise.all([resumeSends(services, portalId), resumeSends(services, portalId)]);
  expect(both.toSorted()).toEqual([0, 1]);
  expect(sent()).toBe(1);
  const after = await viewSend(services, portalId, view.sendId, 'en');
  expect(after).toMatchObject({ state: 'accepted', open: true, reason: null });
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 0 });
  // The person has their whole three days from now on.
  b.clock.move(3 * 86_400_000 - 1_000);
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 0 });
});

test.each([
  [132069, 'throttled'],
  [132068, 'blocked'],
])('a refusal %i that is faster than the webhook keeps the message and pauses the flow', async (code, reason) => {
  b.graph.on(MESSAGES, () => metaError(code));
  expect(await send()).toMatchObject({ state: 'queued', open: true });
  expect(await state()).toBe('paused');
  const [flow] = await withPortal(b.t.db, portalId, (tx) => tx.selectFrom('flows').select('state_reason').execute());
  expect(flow?.state_reason).toBe(reason);
  takeMessages();
  await status('PUBLISHED');
  expect(await resumeSends(services, portalId)).toBe(1);
  expect(sent()).toBe(2);
});

test('when the webhook is missed the next look at Meta pauses the flow, and the next one resumes it', async () => {
  atMeta('THROTTLED');
  expect(await pollFlowStatuses(services, portalId)).toBe(1);
  expect(await state()).toBe('paused');
  expect(await pollFlowStatuses(services, portalId)).toBe(0);
  atMeta('PUBLISHED');
  b.clock.move(5 * 60_000);
  const due = await sql<{ portal: string }>`select portals_with_flows_to_check(${b.clock.now()}) as portal`.execute(
    b.t.db,
  );
  expect(due.rows.map((row) => Number(row.portal))).toEqual([portalId]);
  expect(await pollFlowStatuses(services, portalId)).toBe(1);
  expect(await state()).toBe('published');
});

test('a late webhook of an older state is put right by the look that follows it', async () => {
  await status('THROTTLED');
  await status('PUBLISHED');
  await status('THROTTLED');
  expect(await state()).toBe('paused');
  b.clock.move(60_000);
  expect(await pollFlowStatuses(services, portalId)).toBe(1);
  expect(await state()).toBe('published');
});

test('Meta out of reach changes nothing and is asked again', async () => {
  await status('BLOCKED');
  b.graph.on('GET /8000000', () => ({ status: 500, json: {} }));
  b.clock.move(60_000);
  expect(await pollFlowStatuses(services, portalId)).toBe(0);
  expect(await state()).toBe('paused');
});

test('who opted out while the message waited gets nothing', async () => {
  await status('BLOCKED');
  const view = await send({ whenPaused: 'wait' });
  await withPortal(b.t.db, portalId, async (tx) => {
    await recordConsent(tx, services, portalId, {
      who: { phone: PHONE },
      state: 'opted_out',
      source: 'stop-word',
      at: b.clock.now(),
    });
    expect((await readConsent(tx, services, portalId, { phone: PHONE })).state).toBe('opted_out');
  });
  await status('PUBLISHED');
  expect(await resumeSends(services, portalId)).toBe(0);
  expect(await viewSend(services, portalId, view.sendId, 'en')).toMatchObject({
    state: 'cancelled',
    open: false,
    reason: expect.stringMatching(/not want messages/) as string,
  });
  expect(sent()).toBe(0);
});

test('after two weeks it is given up and says that it was never sent', async () => {
  await status('BLOCKED');
  const view = await send({ whenPaused: 'wait' });
  b.clock.move(14 * 86_400_000 + 1);
  await recoverSends(services, portalId);
  expect(await viewSend(services, portalId, view.sendId, 'de')).toMatchObject({
    state: 'cancelled',
    reason: expect.stringMatching(/nie gesendet/) as string,
  });
});

test('every documented event is kept with its figures; one that nobody knows is kept sealed and stops nothing', async () => {
  const alarm = { flow_id: '8000000', threshold: 10, alert_state: 'ACTIVATED', message: 'x' };
  const errors = [{ error_type: 'TIMEOUT', error_rate: 14.3, error_count: 3 }];
  await event({ ...alarm, event: 'CLIENT_ERROR_RATE', error_rate: 14.3, errors });
  await event({ ...alarm, event: 'ENDPOINT_ERROR_RATE', error_rate: '14.3', errors: 'not a list' });
  await event({
    ...alarm,
    event: 'ENDPOINT_LATENCY',
    p90_latency: 6000,
    p50_latency: 800,
    requests_count: 3400,
    threshold: 5000,
  });
  await event({ ...alarm, event: 'ENDPOINT_AVAILABILITY', availability: 75, threshold: 90 });
  await event({ event: 'FLOW_VERSION_EXPIRY_WARNING', flow_id: 8000000, warning: 'soon' });
  await event({ event: 'FLOW_WAS_PAINTED_BLUE', painter: { name: 'Ada Lovelace' } });
  const rows = await events();
  expect(rows.map((row) => [row.event, row.alert_state, row.detail])).toEqual([
    [
      'CLIENT_ERROR_RATE',
      'ACTIVATED',
      { error_rate: 14.3, threshold: 10, errors: [{ type: 'TIMEOUT', rate: 14.3, count: 3 }] },
    ],
    ['ENDPOINT_AVAILABILITY', 'ACTIVATED', { availability: 75, threshold: 90 }],
    ['ENDPOINT_ERROR_RATE', 'ACTIVATED', { error_rate: 14.3, threshold: 10 }],
    ['ENDPOINT_LATENCY', 'ACTIVATED', { p90_latency: 6000, p50_latency: 800, requests_count: 3400, threshold: 5000 }],
    ['FLOW_VERSION_EXPIRY_WARNING', null, {}],
    ['FLOW_WAS_PAINTED_BLUE', null, {}],
  ]);
  expect(JSON.stringify(rows)).not.toContain('Lovelace');
  const unknown = rows.at(-1);
  expect(
    await b.t.keys.openJson(portalId, rawPurpose(unknown?.event_id ?? ''), unknown?.raw_sealed ?? Buffer.alloc(0)),
  ).toMatchObject({ painter: { name: 'Ada Lovelace' } });
  expect((await viewPublication(b.flowServices, portalId, flowId, 'en')).reason).toMatch(/slow or fails/);
});

test('a flow is warned of until the last of its alarms is over', async () => {
  const reason = async () => (await viewPublication(b.flowServices, portalId, flowId, 'en')).reason;
  const alarm = (name: string, alert_state: string) =>
    event({ event: name, flow_id: '8000000', alert_state, threshold: 5, n: Math.random() });
  await alarm('ENDPOINT_ERROR_RATE', 'ACTIVATED');
  b.clock.move(1_000);
  await alarm('CLIENT_ERROR_RATE', 'ACTIVATED');
  b.clock.move(1_000);
  await alarm('ENDPOINT_ERROR_RATE', 'DEACTIVATED');
  expect(await reason()).not.toBeNull();
  b.clock.move(1_000);
  await alarm('CLIENT_ERROR_RATE', 'DEACTIVATED');
  expect(await reason()).toBeNull();
});

test('a message that waited and whose answer is lost is unknown, as any other, and never sent again by itself', async () => {
  await status('BLOCKED');
  const view = await send({ whenPaused: 'wait' });
  b.graph.on(MESSAGES, () => ({ drop: true }));
  await status('PUBLISHED');
  await resumeSends(services, portalId);
  expect((await viewSend(services, portalId, view.sendId, 'en')).state).toBe('unknown');
  expect(await resumeSends(services, portalId)).toBe(0);
  expect(sent()).toBe(1);
});

test('a process that died between taking a message up and calling Meta leaves it unknown after two minutes', async () => {
  await status('BLOCKED');
  const view = await send({ whenPaused: 'wait' });
  b.clock.move(86_400_000);
  await withPortal(b.t.db, portalId, (tx) =>
    tx
      .updateTable('sends')
      .set({ state: 'sending', waits_for: null, sending_since: b.clock.now() })
      .where('portal_id', '=', String(portalId))
      .execute(),
  );
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 0 });
  b.clock.move(121_000);
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 1, expired: 0 });
  expect((await viewSend(services, portalId, view.sendId, 'en')).state).toBe('unknown');
});

test('when Meta holds the flow back again in the middle, the rest goes on waiting', async () => {
  await status('BLOCKED');
  const view = await send({ whenPaused: 'wait' });
  await status('PUBLISHED');
  b.graph.on(MESSAGES, () => metaError(132069));
  await resumeSends(services, portalId);
  expect(await viewSend(services, portalId, view.sendId, 'en')).toMatchObject({ state: 'queued', open: true });
  expect(await state()).toBe('paused');
  expect(await resumeSends(services, portalId)).toBe(0);
});
