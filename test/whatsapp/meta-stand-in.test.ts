import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Form } from '../../shared/form/form.ts';
import { systemClock } from '../../server/clock.ts';
import { EndpointAccounts } from '../../server/endpoint/accounts.ts';
import { flowRoute } from '../../server/endpoint/flow-route.ts';
import { EndpointMeter } from '../../server/endpoint/endpoint-meter.ts';
import { Runs } from '../../server/endpoint/runs.ts';
import { createMetrics } from '../../server/observe/metrics.ts';
import { createFlow } from '../../server/flows/create-flow.ts';
import { startPublication } from '../../server/flows/publish-flow.ts';
import type { FlowServices } from '../../server/flows/services.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { viewPublication } from '../../server/flows/view-flow.ts';
import { startMetaStandIn, type MetaStandIn } from '../../server/sandbox/meta/start-meta-stand-in.ts';
import { getAccountSecrets, loadFlowKeys, stampsOfAccounts } from '../../server/whatsapp/accounts.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import { contactFlows, recordContactConsent } from '../../server/whatsapp/contact-flows.ts';
import { noteKeyUse } from '../../server/whatsapp/flow-keys.ts';
import { GraphClient } from '../../server/whatsapp/graph-client.ts';
import { processInbox } from '../../server/whatsapp/process-inbox.ts';
import { sendFlow } from '../../server/whatsapp/send-flow.ts';
import type { InboxServices, SendServices } from '../../server/whatsapp/services.ts';
import { viewSend } from '../../server/whatsapp/view-send.ts';
import { webhookRoutes } from '../../server/whatsapp/webhook-routes.ts';
import { COLOUR, EMAIL, formOf, hubspot, NAME, writeBack } from '../flows/support.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const APP = { id: '670843887433847', name: 'Test app', secret: 'e'.repeat(32) };
const WABA = '102290129340398';
const NUMBER = '106540352242922';
const TOKEN = 'EAAtesttokenofasystemuser0123';
const PHONE = '+4915112345678';
const WA_ID = '4915112345678';

let t: TestDatabase;
let meta: MetaStandIn;
let app: FastifyInstance;
let portalId: number;
let accountId: string;
let form: Form;
let services: FlowServices & SendServices & InboxServices;
const replies: { sendId: string; responseJson: unknown }[] = [];

beforeAll(async () => {
  t = await testDatabase();
  portalId = await t.addPortal();
  meta = await startMetaStandIn({
    port: 0,
    databaseFile: ':memory:',
    templateApprovalDelayMs: 100,
    webhookRetryDelaysMs: [50, 100, 200],
  });
  meta.seed({
    apps: [APP],
    businesses: [{ id: '2729063490586005', name: 'Example' }],
    wabas: [{ id: WABA, name: 'Example', businessId: '2729063490586005' }],
    phoneNumbers: [{ id: NUMBER, wabaId: WABA, displayPhoneNumber: '+49 40 87969400', verifiedName: 'Example' }],
    tokens: [
      {
        token: TOKEN,
        appId: APP.id,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
        assetIds: [WABA],
      },
    ],
    people: [{ waId: WA_ID, name: 'Ada' }],
  });
  await startServer();
  form = formOf([NAME, EMAIL, COLOUR]);
  const account = await connectAccount(services, portalId, {
    appId: APP.id,
    appSecret: APP.secret,
    wabaId: WABA,
    phoneNumberId: NUMBER,
    accessToken: TOKEN,
  });
  expect(account.checks.map((check) => [check.code, check.state, check.state === 'ok' ? '' : check.message])).toEqual(
    ['token-permissions', 'account-access', 'number-health', 'webhook-subscribed', 'key-registered', 'key-valid'].map(
      (code) => [code, 'ok', ''],
    ),
  );
  accountId = account.accountId;
});
afterAll(async () => {
  await meta.close();
  await app.close();
  await t.close();
});

/** The routes that Meta calls, on a real port: its address is our public one. */
async function startServer(): Promise<void> {
  app = Fastify();
  const base = {
    db: t.db,
    keys: t.keys,
    keyring: t.keyring,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    config: { publicUrl: '' },
    graph: new GraphClient({ graphUrl: meta.url, graphVersion: 'v23.0' }),
  };
  services = {
    ...base,
    hubspot,
    destinations: [],
    sources: [
      {
        kind: 'hubspot-forms',
        listForms: async () => ({ forms: [], after: null }),
        readForm: async () => form,
        toForm: () => form,
        writeBack: () => writeBack,
      },
    ],
    readContact: async (_portal, contactId) => ({
      contactId,
      displayName: 'Ada',
      properties: { phone: PHONE, firstname: 'Ada', colour: 'blue' },
    }),
    onFlowReply: async (_portal, reply) => void replies.push(reply),
    wakeUps: { add: async () => {} },
  };
  flowRoute(app, {
    meter: new EndpointMeter(),
    ...base,
    runs: new Runs(t.db, t.keys, t.pool),
    metrics: createMetrics(),
    wakeUps: { add: async () => {} },
    destinations: [],
    codeSender: { send: () => {}, settled: async () => {}, stop: async () => {} },
    accounts: new EndpointAccounts({
      stamps: (ids) => stampsOfAccounts(services, ids),
      appSecrets: async (portal, id) => (await getAccountSecrets(base, portal, id)).appSecrets,
      flowKeys: (portal, id) => loadFlowKeys(base, portal, id),
      keyUsed: (portal, id) => noteKeyUse(base, portal, id),
    }),
  });
  await app.register((scope) => webhookRoutes(scope, services));
  services.config.publicUrl = await app.listen({ port: 0, host: '127.0.0.1' });
}

const work = () => processInbox(services, portalId, { limit: 50 });
const standIn = async (path: string, body?: object): Promise<Record<string, unknown>> => {
  const response = await fetch(`${meta.url}/_standin/${path}`, {
    method: body ? 'POST' : 'GET',
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
};

async function published(mode: 'light' | 'connected', name: string): Promise<string> {
  form = { ...form, name, sourceFormId: name };
  const flow = await createFlow(
    services,
    portalId,
    { source: 'hubspot-forms', sourceFormId: name, accountId, createdBy: null },
    'en',
  );
  await updateFlow(services, portalId, flow.flowId, { design: { mode } }, 'en');
  await (
    await startPublication(services, portalId, flow.flowId, 'en')
  ).finished;
  const publication = () => viewPublication(services, portalId, flow.flowId, 'en');
  expect(await publication()).toMatchObject({ state: 'published', problems: [] });
  // The approval comes by webhook to the app's address.
  await expect
    .poll(async () => {
      await work();
      return (await publication()).template?.state;
    })
    .toBe('APPROVED');
  return flow.flowId;
}
const send = (flowId: string, contactId: string) =>
  sendFlow(services, {
    portalId,
    flowId,
    to: { kind: 'contact', contactId },
    channel: 'card',
    sentBy: null,
    idempotencyKey: randomBytes(12).toString('base64url'),
  });

test('a strict Meta takes a light flow from form to answers: template outside the window, statuses, reply', async () => {
  const flowId = await published('light', 'Light flow');
  await recordContactConsent(services, portalId, { contactId: '51', state: 'opted_in', userId: null, language: 'en' });
  const view = await send(flowId, '51');
  expect(view).toMatchObject({ state: expect.stringMatching(/accepted|sent|delivered/) as string, way: 'template' });
  const { messages } = (await standIn(`outbox?to=${WA_ID}`)) as {
    messages: { id: string; flow: { flowToken: string; data: object } }[];
  };
  const message = messages.at(-1);
  expect(message?.flow.data).toBeTruthy();
  await standIn('inbound', {
    from: WA_ID,
    phoneNumberId: NUMBER,
    type: 'nfm_reply',
    contextId: message?.id,
    responseJson: { flow_token: message?.flow.flowToken, name: 'Ada' },
  });
  await expect
    .poll(async () => {
      await work();
      return replies.map((reply) => reply.sendId);
    })
    .toEqual([view.sendId]);
  await standIn('inbound', {
    from: WA_ID,
    phoneNumberId: NUMBER,
    type: 'status',
    status: 'read',
    messageId: message?.id,
  });
  await expect
    .poll(async () => {
      await work();
      return (await viewSend(services, portalId, view.sendId, 'en')).state;
    })
    .toBe('read');
});

test('a strict Meta takes a connected flow, whose endpoint answers its ping, and an interactive message in the window', async () => {
  const flowId = await published('connected', 'Connected flow');
  await standIn('inbound', { from: WA_ID, phoneNumberId: NUMBER, type: 'text', text: 'Hello' });
  await expect
    .poll(async () => {
      await work();
      return (await contactFlows(services, portalId, '52', 'en')).contact.window.open;
    })
    .toBe(true);
  const view = await send(flowId, '52');
  expect(view.way).toBe('interactive');
  expect(view.state).not.toBe('failed');
  await standIn('inbound', { from: WA_ID, phoneNumberId: NUMBER, type: 'text', text: 'Stop' });
  await expect
    .poll(async () => {
      await work();
      return (await contactFlows(services, portalId, '52', 'en')).contact.consent.state;
    })
    .toBe('opted_out');
});
