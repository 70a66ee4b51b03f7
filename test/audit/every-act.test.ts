import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstBrokenEntry } from '../../server/audit/audit.ts';
import { withPortal } from '../../server/db/db.ts';
import { SANDBOX_FORMS_A } from '../../server/sandbox/hubspot/sandbox-forms.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import {
  CONTACT,
  PORTAL_A,
  startProduct,
  untilDelivered,
  withOwner,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { until } from '../support/until.ts';

let product: Product;
let ids: Record<'flowId' | 'contactId' | 'deliveryId' | 'webhookId' | 'alertId' | 'serviceId', string>;
let writing: string[];

beforeAll(async () => {
  product = await startProduct();
  const contactId = CONTACT?.id ?? '';
  const { message } = await product.send(contactId, '4915123456789');
  expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
  await untilDelivered(product);
  const shown = await product.api(PORTAL_A, 'GET', `/api/contacts/${contactId}/submissions`);
  const deliveryId = shown.json.submissions[0].deliveries[0].deliveryId;
  ids = {
    flowId: product.flowId,
    contactId,
    deliveryId,
    webhookId: '',
    serviceId: '',
    alertId: 'alr_00000000000000000001',
  };
  const openapi = (await (await fetch(`${product.url}/api/openapi.json`)).json()) as Json;
  writing = Object.entries(openapi.paths as Record<string, object>)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((route) => route.includes(' /api/') && !route.startsWith('GET '));
}, 120_000);
afterAll(() => product?.close());

const entries = (): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => {
    const { rows } = await client.query('select * from flowella.audit_log where portal_id = $1 order by seq', [
      PORTAL_A,
    ]);
    return rows;
  });

type Act = { body?: () => object; action: string | RegExp; prepare?: () => Promise<unknown>; detail?: object };

/** A valid call of every writing route and what the log must say of it. In this order: what is added first is deleted last. */
const ACTS: Record<string, Act> = {
  'POST /api/whatsapp/accounts': {
    body: () => ({
      appId: SANDBOX_WABAS[0].appId,
      appSecret: product.secrets.metaAppSecret,
      wabaId: SANDBOX_WABAS[0].wabaId,
      phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
      accessToken: product.secrets.metaToken,
    }),
    action: 'whatsapp-account.connected',
  },
  'POST /api/flows': {
    body: () => ({
      source: 'hubspot-forms',
      sourceFormId: '7d0c5a10-1f5e-4b63-9c2e-5a1f00000001',
      accountId: product.accountId,
    }),
    action: 'flow.created',
  },
  'PATCH /api/flows/{flowId}': {
    body: () => ({ retention: { kind: 'days', days: 30 } }),
    action: 'flow.changed: retention',
    detail: { retention: '{"kind":"days","days":30}' },
  },
  'POST /api/flows/{flowId}/held-submissions': {
    body: () => ({ decision: 'again' }),
    action: /held-submissions-decided/,
  },
  'POST /api/flows/{flowId}/preview': { action: 'flow.previewed' },
  'POST /api/flows/{flowId}/test-sends': { body: () => ({ to: '+4915123456789' }), action: 'flow.sent' },
  'POST /api/contacts/{contactId}/consent': { body: () => ({ state: 'opted_in' }), action: 'consent.recorded' },
  'POST /api/contacts/{contactId}/sends': {
    body: () => ({ flowId: product.flowId, replace: true }),
    action: 'flow.sent',
    detail: { contact: CONTACT?.id },
  },
  'POST /api/deliveries/{deliveryId}/replay': {
    action: 'delivery.replayed',
    prepare: die,
  },
  'POST /api/stopped-deliveries/replay': { action: 'deliveries.replayed', prepare: die },
  'POST /api/alerts/ways': { body: () => ({ webhookId: null, task: false }), action: 'alerts.ways-chosen' },
  'POST /api/alerts/{alertId}/quiet': {
    action: 'alert.quieted',
    prepare: () =>
      withOwner(product.t.ownerUrl, (client) =>
        client.query(
          `insert into flowella.alerts (portal_id, alert_id, kind, subject, opened_at, last_seen_at, noticed_at)
           values ($1, $2, 'balance_broken', 'contact', now(), now(), now())`,
          [PORTAL_A, ids.alertId],
        ),
      ),
  },
  'POST /api/identity-services': {
    body: () => ({
      vendor: 'persona',
      name: 'Ours',
      apiKey: 'persona_sandbox_of_nobody',
      webhookSecret: 'wbhsec_of_nobody',
    }),
    action: 'identity-service.added',
  },
  'PATCH /api/identity-services/{serviceId}': {
    body: () => ({ name: 'Ours still' }),
    action: 'identity-service.changed',
    detail: { changed: 'name' },
  },
  'POST /api/identity-services/{serviceId}/test': { action: 'identity-service.tested' },
  'POST /api/identity-services/{serviceId}/delete': { action: 'identity-service.deleted' },
  'POST /api/flows/{flowId}/take-over': {
    action: 'flow.form-taken-over',
    prepare: changeTheForm,
    body: () => ({ revision: changedRevision }),
  },
  'POST /api/flows/{flowId}/publish': { action: 'flow.publication-started' },
  'POST /api/webhooks': { body: () => ({ name: 'Ours', url: 'http://127.0.0.1:9/hooks/x' }), action: 'webhook.added' },
  'PATCH /api/webhooks/{webhookId}': {
    body: () => ({ state: 'off' }),
    action: 'webhook.changed',
    detail: { state: 'off' },
  },
  'POST /api/webhooks/{webhookId}/rotate': { action: 'webhook.secret-rotated' },
  'POST /api/webhooks/{webhookId}/test': { action: 'webhook.tested' },
  'POST /api/webhooks/{webhookId}/delete': { action: 'webhook.deleted' },
};

/** Acts that need a world of their own, with where they are held against the log. */
const ELSEWHERE = {
  'POST /api/contacts/{contactId}/sends/{sendId}/code': 'test/endpoint/confirmation/end-to-end.test.ts',
  'POST /api/contacts/{contactId}/submissions/{submissionId}/identity-link': 'test/identity/renew-check.test.ts',
};

function die(): Promise<unknown> {
  return withOwner(product.t.ownerUrl, (client) =>
    client.query(`update flowella.deliveries set state = 'dead' where delivery_id = $1`, [ids.deliveryId]),
  );
}

let changedRevision = '';
async function changeTheForm(): Promise<void> {
  const form = structuredClone(SANDBOX_FORMS_A[1]) as Json;
  for (const group of form.fieldGroups)
    for (const field of group.fields) if (field.name === 'lastname') field.label = 'Family name';
  await fetch(`${product.standIns.hubspot.apiUrl}/_standin/portals/${PORTAL_A}/forms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ form }),
  });
  await withOwner(product.t.ownerUrl, (client) =>
    client.query(`update flowella.form_checks set checked_at = checked_at - interval '1 minute'`),
  );
  const opened = await product.api(PORTAL_A, 'GET', `/api/flows/${product.flowId}`);
  changedRevision = opened.json.drift.revision;
}

test('every writing route has an act below', () => {
  expect([...Object.keys(ACTS), ...Object.keys(ELSEWHERE)].sort()).toEqual(writing.sort());
});

test.each(Object.keys(ACTS))('%s stands in the log with who did it, once', { timeout: 60_000 }, async (route) => {
  const { body, action, prepare, detail } = ACTS[route] ?? { action: '' };
  await prepare?.();
  const [method = '', path = ''] = route.split(' ');
  const target = path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name as keyof typeof ids] ?? '');
  const before = (await entries()).length;
  const sent = {
    ...body?.(),
    ...(route.endsWith('/preview') ? {} : { idempotencyKey: randomBytes(12).toString('hex') }),
  };
  const answer = await product.api(PORTAL_A, method, target, sent);
  expect([answer.status < 300, answer.text.slice(0, 300)]).toEqual([true, expect.anything()]);
  if (route === 'POST /api/identity-services') ids.serviceId = answer.json.serviceId;
  if (route === 'POST /api/webhooks') ids.webhookId = answer.json.webhook.webhookId;
  const added = (await entries()).slice(before).filter(({ actor }) => actor === 'user:7001');
  expect(added.map((entry) => entry.action)).toEqual([expect.stringMatching(action)]);
  if (detail) expect(added[0].detail).toMatchObject(detail);
  // A repeat of the same call is no second act.
  if (!/preview|test$|\/sends$/.test(route)) {
    await product.api(PORTAL_A, method, target, sent);
    expect((await entries()).slice(before).filter(({ actor }) => actor === 'user:7001')).toHaveLength(1);
  }
});

test('what the server did by itself stands there too, and the whole chain holds', async () => {
  await until(async () => (await entries()).filter(({ action }) => action === 'flow.went-live').length > 0, 20_000);
  const actions = new Set((await entries()).map(({ action }) => action));
  for (const action of ['portal.connected', 'flow.went-live']) expect(actions).toContain(action);
  expect(await withPortal(product.t.db, PORTAL_A, (tx) => firstBrokenEntry(tx, PORTAL_A))).toBeNull();
});

test('no entry holds a secret, a number or an address of a person', async () => {
  const text = JSON.stringify(await entries());
  for (const value of [
    product.secrets.metaAppSecret,
    product.secrets.metaToken,
    '4915123456789',
    'planted.rep',
    'hooks/x',
    String(CONTACT?.properties.email),
  ])
    expect(text).not.toContain(value);
});
