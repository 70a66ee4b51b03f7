import type { z } from 'zod';
import * as api from '@flowella/shared/contract/api.ts';
import * as identity from '@flowella/shared/contract/identity.ts';
import * as stoppedApi from '@flowella/shared/contract/stopped.ts';
import type { Mapping } from '@flowella/shared/contract/api.ts';
import {
  alertsOf,
  aDrift,
  aFlow,
  anAccount,
  anIdentityService,
  aPublication,
  aSend,
  aWebhook,
  contactFlows,
  setup,
} from './sample-data.ts';

/** A small portal in memory behind the contract: requests and answers are parsed with its schemas, so neither can drift. */
export type FakeServer = {
  state: FakeState;
  /** Calls in order. */
  calls: { method: string; path: string; query: Record<string, string>; body: unknown }[];
  /** Takes over the next calls whose method and path begin so; answer or throw. */
  failNext(start: string, failure: Failure): void;
  /** Holds calls until released. */
  hold(start: string): () => void;
  handle(method: string, url: string, body: unknown): Promise<{ status: number; body: unknown }>;
};
export type FakeState = {
  contact: z.infer<typeof api.contactFlowsResponse>;
  submissions: z.infer<typeof api.submissionSchema>[];
  pageSize: number;
  setup: z.infer<typeof api.setupResponse>;
  forms: z.infer<typeof api.formsResponse>['forms'];
  flows: z.infer<typeof api.flowDetailSchema>[];
  webhooks: z.infer<typeof api.webhookSchema>[];
  identityServices: z.infer<typeof identity.identityServiceSchema>[];
  identityTest: z.infer<typeof identity.identityTestResponse>;
  webhookDeliveries: z.infer<typeof api.webhookDeliveriesResponse>['deliveries'];
  webhookTest: z.infer<typeof api.webhookTestResponse>;
  alerts: z.infer<typeof api.alertsResponse>;
  stopped: z.infer<typeof stoppedApi.stoppedGroupsResponse>;
  stoppedList: z.infer<typeof stoppedApi.stoppedListResponse>['deliveries'];
  /** Left over by the next press on *Try all*. */
  stoppedRemaining: number;
  properties: z.infer<typeof api.contactPropertiesResponse>['properties'];
  /** Codes that are given, in this order. */
  codes: z.infer<typeof api.giveCodeResponse>[];
  owners: z.infer<typeof api.ownersResponse>;
  meetingLinks: z.infer<typeof api.meetingLinksResponse>;
  /** Sends by idempotency key: the server acts once per key. */
  sendsByKey: Map<string, z.infer<typeof api.sendSchema>>;
};
export type Failure = { kind: 'drop' } | { kind: 'error'; status: number; code: string; message: string };

type Route = {
  match: RegExp;
  method: string;
  request?: z.ZodType;
  answer: z.ZodType;
  run: (state: FakeState, call: { ids: string[]; query: Record<string, string>; body: never }) => unknown;
};

export function createFakeServer(change: Partial<FakeState> = {}): FakeServer {
  const state: FakeState = {
    contact: contactFlows(),
    submissions: [],
    pageSize: 10,
    setup: setup(),
    forms: [],
    flows: [],
    webhooks: [],
    identityServices: [],
    identityTest: { works: true, message: 'Persona accepts the key.' },
    webhookDeliveries: [],
    webhookTest: { delivered: true, status: 204, message: 'The receiver took it (204).' },
    alerts: alertsOf(),
    stopped: { groups: [], underWay: [] },
    stoppedList: [],
    stoppedRemaining: 0,
    properties: [{ name: 'email', label: 'Email', type: 'string', fieldType: 'text' }],
    codes: [],
    owners: { owners: [], permitted: true },
    meetingLinks: { links: [], timeZone: 'Europe/Berlin', permitted: true },
    sendsByKey: new Map(),
    ...change,
  };
  const calls: FakeServer['calls'] = [];
  const failures: { start: string; failure: Failure }[] = [];
  const gates: { start: string; open: Promise<void> }[] = [];
  return {
    state,
    calls,
    failNext: (start, failure) => void failures.push({ start, failure }),
    hold: (start) => {
      let release = () => {};
      const gate = { start, open: new Promise<void>((resolve) => (release = resolve)) };
      gates.push(gate);
      return () => {
        gates.splice(gates.indexOf(gate), 1);
        release();
      };
    },
    async handle(method, url, body) {
      const { pathname, searchParams } = new URL(url);
      const query = Object.fromEntries(searchParams);
      calls.push({ method, path: pathname, query, body });
      const name = `${method} ${pathname}`;
      for (const gate of gates.filter((one) => name.startsWith(one.start))) await gate.open;
      const at = failures.findIndex((one) => name.startsWith(one.start));
      if (at >= 0) return fail(failures.splice(at, 1)[0]!.failure);
      return run(state, method, pathname, query, body);
    },
  };
}

function fail(failure: Failure): { status: number; body: unknown } {
  if (failure.kind === 'drop') throw new TypeError('network');
  const error = { code: failure.code, message: failure.message, requestId: 'req-1' };
  return { status: failure.status, body: api.errorResponse.parse({ error }) };
}

function run(state: FakeState, method: string, path: string, query: Record<string, string>, body: unknown) {
  for (const route of ROUTES) {
    const found = route.method === method ? route.match.exec(path) : null;
    if (!found) continue;
    const parsed = route.request ? route.request.parse(body) : undefined;
    const answer = route.run(state, { ids: found.slice(1), query, body: parsed as never });
    return { status: 200, body: JSON.parse(JSON.stringify(route.answer.parse(answer))) as unknown };
  }
  throw new Error(`The contract has no ${method} ${path}`);
}

const ROUTES: Route[] = [
  {
    method: 'GET',
    match: /^\/api\/contacts\/(\w+)\/flows$/,
    answer: api.contactFlowsResponse,
    run: (state) => state.contact,
  },
  {
    method: 'POST',
    match: /^\/api\/contacts\/(\w+)\/sends$/,
    request: api.sendRequest,
    answer: api.sendSchema,
    run: (state, { body }) => send(state, body),
  },
  {
    method: 'POST',
    match: /^\/api\/contacts\/(\w+)\/sends\/(\w+)\/code$/,
    request: api.giveCodeRequest,
    answer: api.giveCodeResponse,
    run: (state) => state.codes.shift() ?? { code: null, expiresAt: null },
  },
  {
    method: 'POST',
    match: /^\/api\/contacts\/(\w+)\/consent$/,
    request: api.consentRequest,
    answer: api.contactFlowsResponse.shape.contact.shape.consent,
    run: (state, { body }) => {
      const { state: wish, note } = body as z.infer<typeof api.consentRequest>;
      state.contact.contact.consent = {
        state: wish,
        source: 'recorded by a colleague',
        recordedAt: state.contact.serverTime,
        note: note || null,
      };
      return state.contact.contact.consent;
    },
  },
  {
    method: 'GET',
    match: /^\/api\/contacts\/(\w+)\/submissions$/,
    answer: api.submissionsResponse,
    run: (state, { query }) => {
      const from = Number(query['before'] ?? 0);
      const to = from + state.pageSize;
      return {
        submissions: state.submissions.slice(from, to),
        before: to < state.submissions.length ? String(to) : null,
        total: state.submissions.length,
      };
    },
  },
  {
    method: 'POST',
    match: /^\/api\/contacts\/\d+\/submissions\/(\w+)\/identity-link$/,
    request: identity.renewCheckRequest,
    answer: identity.renewCheckResponse,
    run: () => ({ checkId: 'idc_00000000000000000002' }),
  },
  {
    method: 'POST',
    match: /^\/api\/deliveries\/(\w+)\/replay$/,
    request: api.replayRequest,
    answer: api.deliverySchema,
    run: (state, { ids }) => {
      const delivery = state.submissions.flatMap((one) => one.deliveries).find((one) => one.deliveryId === ids[0]);
      const line = state.stoppedList.find((one) => one.deliveryId === ids[0]);
      state.stoppedList = state.stoppedList.filter((one) => one !== line);
      const found = delivery ?? { ...line!, dueAt: null, deliveredAt: null, link: null };
      return Object.assign(found, { state: 'waiting', reason: null });
    },
  },
  {
    method: 'GET',
    match: /^\/api\/stopped-deliveries$/,
    answer: stoppedApi.stoppedGroupsResponse,
    run: (state) => state.stopped,
  },
  {
    method: 'GET',
    match: /^\/api\/stopped-deliveries\/[\w-]+\/\w+$/,
    answer: stoppedApi.stoppedListResponse,
    run: (state, { query }) => {
      const { after = '0' } = stoppedApi.stoppedListQuery.parse(query);
      const to = Number(after) + 2;
      return {
        deliveries: state.stoppedList.slice(Number(after), to),
        after: to < state.stoppedList.length ? String(to) : null,
      };
    },
  },
  {
    method: 'POST',
    match: /^\/api\/stopped-deliveries\/replay$/,
    request: stoppedApi.replayStoppedRequest,
    answer: stoppedApi.replayStoppedResponse,
    run: (state, { body }) => {
      const { kind } = body as z.infer<typeof stoppedApi.replayStoppedRequest>;
      const isAsked = (one: { destination: string; code: string }) =>
        !kind || (one.destination === kind.destination && one.code === kind.code);
      const asked = state.stopped.groups.filter(isAsked);
      state.stopped = { ...state.stopped, groups: state.stopped.groups.filter((one) => !isAsked(one)) };
      return { replayed: asked.reduce((sum, one) => sum + one.count, 0), remaining: state.stoppedRemaining };
    },
  },
  { method: 'GET', match: /^\/api\/setup$/, answer: api.setupResponse, run: (state) => state.setup },
  {
    method: 'POST',
    match: /^\/api\/whatsapp\/accounts$/,
    request: api.connectAccountRequest,
    answer: api.whatsappAccountSchema,
    run: (state) => {
      state.setup = { ...state.setup, accounts: [anAccount()], nextStep: 'choose-form' };
      return state.setup.accounts[0];
    },
  },
  {
    method: 'GET',
    match: /^\/api\/forms$/,
    answer: api.formsResponse,
    run: (state, { query }) => ({
      forms: state.forms.filter((form) => form.name.toLowerCase().includes((query['search'] ?? '').toLowerCase())),
      after: null,
    }),
  },
  { method: 'GET', match: /^\/api\/flows$/, answer: api.flowsResponse, run: (state) => ({ flows: state.flows }) },
  {
    method: 'POST',
    match: /^\/api\/flows$/,
    request: api.createFlowRequest,
    answer: api.flowDetailSchema,
    run: (state, { body }) => {
      const { sourceFormId } = body as z.infer<typeof api.createFlowRequest>;
      const form = state.forms.find((one) => one.sourceFormId === sourceFormId);
      state.flows.push(aFlow({ sourceFormId, name: form?.name ?? 'A form' }));
      state.setup = { ...state.setup, nextStep: 'check-flow' };
      return state.flows.at(-1);
    },
  },
  {
    method: 'GET',
    match: /^\/api\/flows\/(\w+)$/,
    answer: api.flowDetailSchema,
    run: (state, call) => flowOf(state, call.ids),
  },
  {
    method: 'PATCH',
    match: /^\/api\/flows\/(\w+)$/,
    request: api.updateFlowRequest,
    answer: api.flowDetailSchema,
    run: (state, { ids, body }) => {
      const { idempotencyKey: _key, ...change } = body as z.infer<typeof api.updateFlowRequest>;
      return Object.assign(flowOf(state, ids), change as { mapping?: Mapping });
    },
  },
  {
    method: 'POST',
    match: /^\/api\/flows\/(\w+)\/take-over$/,
    request: api.takeOverRequest,
    answer: api.flowDetailSchema,
    run: (state, { ids, body }) => {
      const flow = flowOf(state, ids);
      const { revision } = body as z.infer<typeof api.takeOverRequest>;
      if (flow.drift.revision !== revision) throw new Error(`The form is not at ${revision}`);
      return Object.assign(flow, { formState: 'current', drift: aDrift() });
    },
  },
  {
    method: 'POST',
    match: /^\/api\/flows\/(\w+)\/held-submissions$/,
    request: api.decideHeldRequest,
    answer: api.flowDetailSchema,
    run: (state, { ids }) => {
      const flow = flowOf(state, ids);
      flow.drift.heldSubmissions = 0;
      return flow;
    },
  },
  {
    method: 'POST',
    match: /^\/api\/flows\/(\w+)\/publish$/,
    request: api.publishRequest,
    answer: api.publicationSchema,
    run: (state, { ids }) => {
      const flow = flowOf(state, ids);
      flow.publication = aPublication({
        state: 'publishing',
        steps: [
          { code: 'compile', state: 'done', message: '2 screens' },
          { code: 'create', state: 'running', message: '' },
        ],
      });
      return flow.publication;
    },
  },
  {
    method: 'GET',
    match: /^\/api\/flows\/(\w+)\/publication$/,
    answer: api.publicationSchema,
    run: (state, { ids }) => flowOf(state, ids).publication,
  },
  {
    method: 'POST',
    match: /^\/api\/flows\/(\w+)\/preview$/,
    answer: api.previewResponse,
    run: (state, { ids }) => ({
      url: `https://flowella.example.com/preview/${flowOf(state, ids).flowId}`,
      expiresAt: state.contact.serverTime,
    }),
  },
  {
    method: 'POST',
    match: /^\/api\/flows\/(\w+)\/test-sends$/,
    request: api.testSendRequest,
    answer: api.sendSchema,
    run: (state) => {
      state.setup = { ...state.setup, nextStep: 'done' };
      return aSend({ channel: 'test' });
    },
  },
  {
    method: 'GET',
    match: /^\/api\/contact-properties$/,
    answer: api.contactPropertiesResponse,
    run: (state) => ({ properties: state.properties }),
  },
  { method: 'GET', match: /^\/api\/alerts$/, answer: api.alertsResponse, run: (state) => state.alerts },
  {
    method: 'POST',
    match: /^\/api\/alerts\/ways$/,
    request: api.chooseAlertWaysRequest,
    answer: api.alertsResponse,
    run: (state, { body }) => {
      const { webhookId, task } = body as z.infer<typeof api.chooseAlertWaysRequest>;
      state.alerts = { ...state.alerts, ways: { ...state.alerts.ways, webhookId, task } };
      return state.alerts;
    },
  },
  {
    method: 'POST',
    match: /^\/api\/alerts\/(\w+)\/quiet$/,
    request: api.quietAlertRequest,
    answer: api.alertsResponse,
    run: (state, { ids }) => {
      const open = state.alerts.open.map((alert) => (alert.alertId === ids[0] ? { ...alert, quiet: true } : alert));
      state.alerts = { ...state.alerts, open };
      return state.alerts;
    },
  },
  {
    method: 'GET',
    match: /^\/api\/identity-services$/,
    answer: identity.identityServicesResponse,
    run: (state) => ({ services: state.identityServices }),
  },
  {
    method: 'POST',
    match: /^\/api\/identity-services$/,
    request: identity.addIdentityServiceRequest,
    answer: identity.identityServiceSchema,
    run: (state, { body }) => {
      const { vendor, name, region, webhookSecret, linkTemplate } = body as identity.AddIdentityService;
      const hasWebhookSecret = webhookSecret !== null;
      const service = anIdentityService({ vendor, name, region, hasWebhookSecret, linkTemplate });
      state.identityServices.push(service);
      return service;
    },
  },
  {
    method: 'PATCH',
    match: /^\/api\/identity-services\/(\w+)$/,
    request: identity.changeIdentityServiceRequest,
    answer: identity.identityServiceSchema,
    run: (state, { ids, body }) => {
      const { name, linkTemplate, webhookSecret } = body as identity.ChangeIdentityService;
      const service = state.identityServices.find((one) => one.serviceId === ids[0]);
      if (!service) throw new Error('There is no such service');
      return Object.assign(service, {
        ...(name === undefined ? {} : { name }),
        ...(linkTemplate === undefined ? {} : { linkTemplate }),
        ...(webhookSecret === undefined ? {} : { hasWebhookSecret: true }),
      });
    },
  },
  {
    method: 'POST',
    match: /^\/api\/identity-services\/(\w+)\/test$/,
    request: identity.identityServiceActionRequest,
    answer: identity.identityTestResponse,
    run: (state) => state.identityTest,
  },
  {
    method: 'POST',
    match: /^\/api\/identity-services\/(\w+)\/delete$/,
    request: identity.identityServiceActionRequest,
    answer: identity.identityServicesResponse,
    run: (state, { ids }) => {
      state.identityServices = state.identityServices.filter((one) => one.serviceId !== ids[0]);
      return { services: state.identityServices };
    },
  },
  { method: 'GET', match: /^\/api\/owners$/, answer: api.ownersResponse, run: (state) => state.owners },
  {
    method: 'GET',
    match: /^\/api\/meeting-links$/,
    answer: api.meetingLinksResponse,
    run: (state) => state.meetingLinks,
  },
  {
    method: 'GET',
    match: /^\/api\/meeting-link$/,
    answer: api.meetingLinkResponse,
    run: (_state, { query }) => ({ minutes: query['link'] === 'rosa/first-call' ? [15, 30] : [60] }),
  },
  {
    method: 'GET',
    match: /^\/api\/webhooks$/,
    answer: api.webhooksResponse,
    run: (state) => ({ webhooks: state.webhooks }),
  },
  {
    method: 'POST',
    match: /^\/api\/webhooks$/,
    request: api.addWebhookRequest,
    answer: api.webhookSecretResponse,
    run: (state, { body }) => {
      const { name, url } = body as z.infer<typeof api.addWebhookRequest>;
      const webhook = aWebhook({ webhookId: `whk_${state.webhooks.length + 1}`, name, url });
      state.webhooks.push(webhook);
      return { webhook, secret: 'whsec_first' };
    },
  },
  {
    method: 'PATCH',
    match: /^\/api\/webhooks\/(\w+)$/,
    request: api.changeWebhookRequest,
    answer: api.webhookSchema,
    run: (state, { ids, body }) => {
      const { idempotencyKey: _key, ...change } = body as z.infer<typeof api.changeWebhookRequest>;
      const notice = change.state === 'off' ? 'The webhook is switched off.' : null;
      return Object.assign(webhookOf(state, ids), change, change.state ? { notice } : {});
    },
  },
  {
    method: 'POST',
    match: /^\/api\/webhooks\/(\w+)\/rotate$/,
    request: api.webhookActionRequest,
    answer: api.webhookSecretResponse,
    run: (state, { ids }) => ({
      webhook: Object.assign(webhookOf(state, ids), { oldSecretUntil: state.contact.serverTime }),
      secret: 'whsec_second',
    }),
  },
  {
    method: 'POST',
    match: /^\/api\/webhooks\/(\w+)\/test$/,
    request: api.webhookActionRequest,
    answer: api.webhookTestResponse,
    run: (state) => state.webhookTest,
  },
  {
    method: 'POST',
    match: /^\/api\/webhooks\/(\w+)\/delete$/,
    request: api.webhookActionRequest,
    answer: api.webhooksResponse,
    run: (state, { ids }) => {
      state.webhooks = state.webhooks.filter((one) => one.webhookId !== ids[0]);
      return { webhooks: state.webhooks };
    },
  },
  {
    method: 'GET',
    match: /^\/api\/webhooks\/(\w+)\/deliveries$/,
    answer: api.webhookDeliveriesResponse,
    run: (state) => ({ deliveries: state.webhookDeliveries }),
  },
];

function webhookOf(state: FakeState, ids: string[]): z.infer<typeof api.webhookSchema> {
  const webhook = state.webhooks.find((one) => one.webhookId === ids[0]);
  if (!webhook) throw new Error(`There is no webhook ${ids[0] ?? ''}`);
  return webhook;
}

function flowOf(state: FakeState, ids: string[]): z.infer<typeof api.flowDetailSchema> {
  const flow = state.flows.find((one) => one.flowId === ids[0]);
  if (!flow) throw new Error(`There is no flow ${ids[0] ?? ''}`);
  return flow;
}

function send(state: FakeState, body: z.infer<typeof api.sendRequest>): z.infer<typeof api.sendSchema> {
  const before = state.sendsByKey.get(body.idempotencyKey);
  if (before) return before;
  const flow = state.contact.flows.find((one) => one.flowId === body.flowId);
  if (!flow) throw new Error(`There is no flow ${body.flowId}`);
  if (body.replace) {
    for (const open of state.contact.sends.filter((one) => one.flowId === body.flowId && one.open)) {
      Object.assign(open, { open: false, state: 'cancelled' });
    }
  }
  const sent = aSend({ sendId: `snd_${state.contact.sends.length + 1}`, flowId: flow.flowId, flowName: flow.name });
  state.contact.sends.unshift(sent);
  state.sendsByKey.set(body.idempotencyKey, sent);
  return sent;
}
