import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signV2, signV3 } from '../../server/hubspot/verify-request.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import { fillAnything } from './support/fill-anything.ts';
import {
  call,
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  sign,
  startProduct,
  untilDelivered,
  withCaller,
  withOwner,
  type Answer,
  type Json,
  type Product,
} from './support/product.ts';

let product: Product;
let ids: {
  flowId: string;
  sendId: string;
  contactId: string;
  deliveryId: string;
  submissionId: string;
  accountId: string;
  webhookId: string;
  alertId: string;
  serviceId: string;
};
let routes: { method: string; path: string }[];

beforeAll(async () => {
  product = await startProduct();
  const contactId = CONTACT?.id ?? '';
  const { sendId, message } = await product.send(contactId, '4915123456789');
  expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
  await untilDelivered(product);
  const shown = await product.api(PORTAL_A, 'GET', `/api/contacts/${contactId}/submissions`);
  const [submission] = shown.json.submissions;
  // Port 9 discards: a test event to it reaches nobody.
  const added = await product.api(PORTAL_A, 'POST', '/api/webhooks', {
    name: 'Ours',
    url: 'http://127.0.0.1:9/hooks/ours',
    idempotencyKey: key(),
  });
  const alertId = 'alr_00000000000000000001';
  await withOwner(product.t.ownerUrl, (client) =>
    client.query(
      `insert into flowella.alerts (portal_id, alert_id, kind, subject, opened_at, last_seen_at, noticed_at)
       values (${PORTAL_A}, '${alertId}', 'balance_broken', 'contact', now(), now(), now())`,
    ),
  );
  const service = await product.api(PORTAL_A, 'POST', '/api/identity-services', {
    ...identityService(),
    name: 'Ours',
  });
  ids = {
    alertId,
    contactId,
    sendId,
    flowId: product.flowId,
    accountId: product.accountId,
    webhookId: added.json.webhook.webhookId,
    serviceId: service.json.serviceId,
    deliveryId: submission.deliveries[0].deliveryId,
    submissionId: submission.submissionId,
  };
  const openapi = (await (await fetch(`${product.url}/api/openapi.json`)).json()) as Json;
  routes = Object.entries(openapi.paths as Record<string, object>).flatMap(([path, methods]) =>
    path.startsWith('/api/') ? Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })) : [],
  );
}, 120_000);
afterAll(() => product?.close());

const key = (): string => randomBytes(12).toString('hex');
const fill = (path: string, over: Record<string, string> = {}): string =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => ({ ...ids, ...over })[name] ?? `missing-${name}`);

const identityService = () => ({
  vendor: 'persona',
  name: 'Theirs',
  apiKey: 'persona_sandbox_of_nobody',
  webhookSecret: 'wbhsec_of_nobody',
  idempotencyKey: key(),
});

/** A body that the route would take from its own portal. A route that is not named here fails the first test. */
const bodies: Record<string, () => object> = {
  'POST /api/whatsapp/accounts': () => ({
    appId: SANDBOX_WABAS[0].appId,
    appSecret: product.secrets.metaAppSecret,
    wabaId: SANDBOX_WABAS[0].wabaId,
    phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
    accessToken: product.secrets.metaToken,
    idempotencyKey: key(),
  }),
  'POST /api/flows': () => ({
    source: 'hubspot-forms',
    sourceFormId: '7d0c5a10-1f5e-4b63-9c2e-5a1f00000002',
    accountId: ids.accountId,
    idempotencyKey: key(),
  }),
  'PATCH /api/flows/{flowId}': () => ({ name: 'Taken over', idempotencyKey: key() }),
  'POST /api/flows/{flowId}/take-over': () => ({ revision: 'r', idempotencyKey: key() }),
  'POST /api/flows/{flowId}/held-submissions': () => ({ decision: 'again', idempotencyKey: key() }),
  'POST /api/flows/{flowId}/publish': () => ({ idempotencyKey: key() }),
  'POST /api/flows/{flowId}/test-sends': () => ({ to: '+4915123456789', idempotencyKey: key() }),
  'POST /api/flows/{flowId}/preview': () => ({}),
  'POST /api/contacts/{contactId}/sends': () => ({ flowId: ids.flowId, replace: true, idempotencyKey: key() }),
  'POST /api/contacts/{contactId}/sends/{sendId}/code': () => ({ idempotencyKey: key() }),
  'POST /api/contacts/{contactId}/submissions/{submissionId}/identity-link': () => ({ idempotencyKey: key() }),
  'POST /api/contacts/{contactId}/consent': () => ({ state: 'opted_out', idempotencyKey: key() }),
  'POST /api/deliveries/{deliveryId}/replay': () => ({ idempotencyKey: key() }),
  'POST /api/stopped-deliveries/replay': () => ({ idempotencyKey: key() }),
  'POST /api/webhooks': () => ({ name: 'Theirs', url: 'http://127.0.0.1:9/hooks/theirs', idempotencyKey: key() }),
  'PATCH /api/webhooks/{webhookId}': () => ({ name: 'Taken over', state: 'off', idempotencyKey: key() }),
  'POST /api/webhooks/{webhookId}/rotate': () => ({ idempotencyKey: key() }),
  'POST /api/webhooks/{webhookId}/test': () => ({ idempotencyKey: key() }),
  'POST /api/webhooks/{webhookId}/delete': () => ({ idempotencyKey: key() }),
  'POST /api/alerts/ways': () => ({ webhookId: ids.webhookId, task: false, idempotencyKey: key() }),
  'POST /api/alerts/{alertId}/quiet': () => ({ idempotencyKey: key() }),
  'POST /api/identity-services': identityService,
  'PATCH /api/identity-services/{serviceId}': () => ({ name: 'Taken over', idempotencyKey: key() }),
  'POST /api/identity-services/{serviceId}/test': () => ({ idempotencyKey: key() }),
  'POST /api/identity-services/{serviceId}/delete': () => ({ idempotencyKey: key() }),
};
const bodyOf = (route: { method: string; path: string }): object | undefined =>
  bodies[`${route.method} ${route.path}`]?.();
const isWrite = ({ method }: { method: string }): boolean => method !== 'GET';

/** Every refusal says what happened in the one shape and nothing about our insides. */
function expectRefusal(answer: Answer, status: number | number[]): void {
  expect([status].flat(), answer.text.slice(0, 300)).toContain(answer.status);
  expect(answer.json?.error, answer.text.slice(0, 300)).toMatchObject({
    code: expect.stringMatching(/^[a-z][a-z0-9_]*$/),
    message: expect.any(String),
  });
  expect(Object.keys(answer.json)).toEqual(['error']);
  expect(answer.text).not.toMatch(
    /\bat .*\.ts|node_modules|\/server\/|select |insert |postgres|kysely|ECONN|flowella_app|FST_/i,
  );
}

async function expectNothingStored(work: () => Promise<void>): Promise<void> {
  const before = await product.rowCounts();
  await work();
  expect(await product.rowCounts()).toEqual(before);
}

test('every writing route is attacked below', () => {
  expect(routes.length).toBeGreaterThan(15);
  expect(
    routes
      .filter(isWrite)
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(Object.keys(bodies).sort());
});

describe('signatures', () => {
  type Forgery = (o: { method: string; target: string; body: string }) => Record<string, string>;
  const secret = (): string => product.secrets.hubspotClientSecret;
  const forgeries: Record<string, Forgery> = {
    'no signature': () => ({}),
    'another secret': (o) => sign('wrong'.repeat(8), product.url, o),
    'a timestamp older than five minutes': (o) =>
      sign(secret(), product.url, { ...o, timestamp: Date.now() - 301_000 }),
    'a timestamp ahead of us': (o) => sign(secret(), product.url, { ...o, timestamp: Date.now() + 120_000 }),
    'no timestamp': (o) => ({
      'x-hubspot-signature-v3': sign(secret(), product.url, o)['x-hubspot-signature-v3'] ?? '',
    }),
    'a timestamp changed after signing': (o) => ({
      ...sign(secret(), product.url, o),
      'x-hubspot-request-timestamp': String(Date.now() + 1),
    }),
    'another method': (o) => sign(secret(), product.url, { ...o, method: o.method === 'GET' ? 'POST' : 'GET' }),
    'another body': (o) => sign(secret(), product.url, { ...o, body: `${o.body} ` }),
    'another path': (o) => sign(secret(), product.url, { ...o, target: o.target.replace('/api/', '/api/x') }),
    'another host': (o) => sign(secret(), 'https://evil.example', o),
    'another portal in the query': (o) =>
      sign(secret(), product.url, { ...o, target: o.target.replace(`portalId=${PORTAL_A}`, `portalId=${PORTAL_B}`) }),
    'version 2 where version 3 is required': (o) => ({
      'x-hubspot-signature-version': 'v2',
      'x-hubspot-signature': signV2(secret(), {
        method: o.method,
        url: `${product.url}${o.target}`,
        body: Buffer.from(o.body),
      }),
    }),
    'a version 2 value in the header of version 3': (o) => ({
      'x-hubspot-request-timestamp': String(Date.now()),
      'x-hubspot-signature-v3': signV2(secret(), {
        method: o.method,
        url: `${product.url}${o.target}`,
        body: Buffer.from(o.body),
      }),
    }),
    'an empty signature': () => ({ 'x-hubspot-signature-v3': '', 'x-hubspot-request-timestamp': String(Date.now()) }),
  };

  test.each(Object.keys(forgeries))('%s opens no route and stores nothing', async (name) => {
    await expectNothingStored(async () => {
      for (const route of routes) {
        const target = withCaller(fill(route.path), PORTAL_A);
        const body = JSON.stringify(bodyOf(route) ?? '').replace(/^""$/, '');
        const headers = forgeries[name]?.({ method: route.method, target, body }) ?? {};
        const answer = await call(product.url, { method: route.method, target, body, headers });
        expectRefusal(answer, 401);
        expect(answer.json.error.code).toBe('signature_invalid');
      }
    });
  });

  test('a portal named twice in a signed address is refused: two readers could see two portals', async () => {
    const target = `${withCaller('/api/setup', PORTAL_A)}&portalId=${PORTAL_B}`;
    const headers = sign(product.secrets.hubspotClientSecret, product.url, { method: 'GET', target, body: '' });
    expectRefusal(await call(product.url, { method: 'GET', target, headers }), 401);
  });

  test.each(['', '0', '-5', '1e3x', 'null', '9007199254740993', '%00'])(
    'a signed call for the portal "%s" is refused',
    async (portal) => {
      const target = `/api/setup?userId=1&portalId=${portal}&userEmail=a%40b.test&appId=1`;
      const headers = sign(product.secrets.hubspotClientSecret, product.url, { method: 'GET', target, body: '' });
      expectRefusal(await call(product.url, { method: 'GET', target, headers }), 401);
    },
  );

  test('HubSpot signs over the decoded @ and :, and only over its twelve escapes', async () => {
    const target = withCaller('/api/forms?search=a%3Ab%2Fc%20d%26e', PORTAL_A);
    const timestamp = String(Date.now());
    const signed = (url: string): Record<string, string> => ({
      'x-hubspot-request-timestamp': timestamp,
      'x-hubspot-signature-v3': signV3(product.secrets.hubspotClientSecret, {
        method: 'GET',
        url,
        body: Buffer.alloc(0),
        timestamp,
      }),
    });
    const asHubSpot = `${product.url}${target}`.replace('%40', '@').replace('%3A', ':').replace('%2F', '/');
    expect((await call(product.url, { method: 'GET', target, headers: signed(asHubSpot) })).status).toBe(200);
    const tooMuch = `${product.url}${decodeURIComponent(target)}`;
    expectRefusal(await call(product.url, { method: 'GET', target, headers: signed(tooMuch) }), 401);
  });

  test('headers that name another host, scheme, address or method change nothing', async () => {
    const body = '';
    const tricks = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'host=evil.example;for=127.0.0.1',
      'x-original-url': `/api/setup?portalId=${PORTAL_B}`,
      'x-rewrite-url': '/api/flows',
      'x-http-method-override': 'DELETE',
    };
    const target = withCaller('/api/setup', PORTAL_A);
    const headers = sign(product.secrets.hubspotClientSecret, product.url, { method: 'GET', target, body });
    const answer = await call(product.url, { method: 'GET', target, headers: { ...headers, ...tricks } });
    expect([answer.status, answer.json.portalId]).toEqual([200, PORTAL_A]);
    expectRefusal(await call(product.url, { method: 'GET', target, headers: tricks }), 401);
  });
});

describe('portals', () => {
  test('a portal that never installed, one that left and an erased one are refused at every route', async () => {
    const [left, erased] = [910_001, 910_002];
    await withOwner(product.t.ownerUrl, (client) =>
      client.query(
        `insert into flowella.portals (portal_id, state, created_at, updated_at) values (${left}, 'disconnected', now(), now()), (${erased}, 'erased', now(), now())`,
      ),
    );
    await expectNothingStored(async () => {
      for (const portalId of [909_909, left, erased])
        for (const route of routes) {
          const answer = await product.api(portalId, route.method, fill(route.path), bodyOf(route));
          expectRefusal(answer, 403);
          expect(answer.json.error.code).toBe('portal_not_connected');
        }
    });
  });

  test("another portal's flow, send, contact, delivery and account are not there, at every route", async () => {
    await expectNothingStored(async () => {
      for (const route of routes) {
        // Adding a webhook or an identity service of their own, and trying their own deliveries again, is theirs to do
        // (test/api/stopped.test.ts).
        const theirs = ['POST /api/webhooks', 'POST /api/identity-services', 'POST /api/stopped-deliveries/replay'];
        if (theirs.includes(`${route.method} ${route.path}`)) continue;
        const answer = await product.api(PORTAL_B, route.method, fill(route.path), bodyOf(route));
        const own = Object.values(ids).filter((id) => id.length > 6 && answer.text.includes(id));
        expect([route.method, route.path, own]).toEqual([route.method, route.path, []]);
        expect(answer.text).not.toMatch(/Nordlicht Bank|Dubois/);
        // One meeting link is named in the query, and none is here.
        const isOfNobody = !/[{]\w+[}]/.test(route.path) && !isWrite(route) && route.path !== '/api/meeting-link';
        const isEmptyList = route.path === '/api/contacts/{contactId}/submissions';
        if (isOfNobody) expect(answer.status).toBe(200);
        else if (isEmptyList) expect(answer.json).toEqual({ submissions: [], before: null, total: 0 });
        else expectRefusal(answer, [400, 404, 409]);
      }
    });
  });

  test("an idempotency key of another portal is nobody's: it neither blocks nor answers", async () => {
    const shared = key();
    const patch = (portal: number): Promise<Answer> =>
      product.api(portal, 'PATCH', `/api/flows/${ids.flowId}`, { name: 'Know your customer', idempotencyKey: shared });
    expect((await patch(PORTAL_A)).status).toBe(200);
    const other = await patch(PORTAL_B);
    expectRefusal(other, 404);
    expect(other.text).not.toContain(ids.flowId);
  });
});

describe('bodies', () => {
  const hostile: Record<string, (valid: object) => { body: string; status: number[]; type?: string }> = {
    'malformed JSON': () => ({ body: '{"a":', status: [400] }),
    'an array': () => ({ body: '[]', status: [400] }),
    'a number': () => ({ body: '1', status: [400] }),
    null: () => ({ body: 'null', status: [400] }),
    'a form': () => ({ body: 'a=b&c=d', status: [400], type: 'application/x-www-form-urlencoded' }),
    XML: () => ({
      body: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
      status: [400],
      type: 'application/xml',
    }),
    'deeper than any stack': () => ({ body: `${'['.repeat(200_000)}${']'.repeat(200_000)}`, status: [400] }),
    'NUL and lone halves of characters in every text': (valid) => ({
      body: JSON.stringify(Object.fromEntries(Object.keys(valid).map((name) => [name, 'a\u0000\ud800']))),
      status: [400, 404],
    }),
    'half a character in one text of an otherwise good body': (valid) => ({
      body: JSON.stringify({
        ...valid,
        ...Object.fromEntries(
          Object.keys(valid)
            .slice(0, 2)
            .map((name) => [name, '\ud800']),
        ),
      }),
      status: [400],
    }),
    'prototype keys': () => ({
      body: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"idempotencyKey":"__proto__"}',
      status: [400],
    }),
    'twenty megabytes': () => ({ body: `"${'x'.repeat(20_000_000)}"`, status: [413] }),
  };

  test.each(Object.keys(hostile))(
    '%s is refused in the one shape and stores nothing',
    { timeout: 60_000 },
    async (name) => {
      await expectNothingStored(async () => {
        for (const route of routes.filter((one) => isWrite(one) && one.path !== '/api/flows/{flowId}/preview')) {
          const { body, status, type } = hostile[name]?.(bodyOf(route) ?? {}) ?? { body: '', status: [] };
          const target = withCaller(fill(route.path), PORTAL_A);
          const headers = sign(product.secrets.hubspotClientSecret, product.url, {
            method: route.method,
            target,
            body,
          });
          const answer = await call(product.url, {
            method: route.method,
            target,
            body,
            headers: { ...headers, 'content-type': type ?? 'application/json' },
          }).catch((err: Json) => err);
          // The server may close the connection on a body it will never read.
          if (answer instanceof Error) expect(status).toContain(413);
          else expectRefusal(answer, status);
        }
      });
      expect(({} as Json).polluted).toBeUndefined();
    },
  );

  test('a mapping or design full of prototype keys and deep rubbish neither pollutes nor breaks a flow', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    for (const part of ['design', 'mapping', 'message', 'name']) {
      for (const value of [
        '{"__proto__":{"polluted":1},"questions":{"__proto__":{"label":"x"}}}',
        deep,
        '"a\\u0000b"',
        '[]',
      ]) {
        const body = `{"idempotencyKey":"${key()}","${part}":${value}}`;
        const target = withCaller(`/api/flows/${ids.flowId}`, PORTAL_A);
        const headers = sign(product.secrets.hubspotClientSecret, product.url, { method: 'PATCH', target, body });
        const answer = await call(product.url, { method: 'PATCH', target, body, headers });
        expect(answer.status, answer.text.slice(0, 200)).toBeLessThan(500);
      }
    }
    expect(({} as Json).polluted).toBeUndefined();
    expect((await product.api(PORTAL_A, 'GET', `/api/flows/${ids.flowId}`)).status).toBe(200);
  });

  test('ids and cursors that no column can hold are refused, never our fault', async () => {
    const odd = [
      '/api/contacts/99999999999999999999/submissions',
      '/api/contacts/99999999999999999999/flows',
      `/api/contacts/${ids.contactId}/submissions?before=${encodeURIComponent('2026-01-01|\u0000')}`,
      `/api/contacts/${ids.contactId}/submissions?before=${encodeURIComponent("'; drop table flowella.portals; --|x")}`,
      `/api/contacts/${ids.contactId}/submissions?before=x`,
      `/api/contacts/1%20or%201=1/submissions`,
      `/api/flows/${'a'.repeat(3_000)}`,
      '/api/flows/..%2f..%2fsetup',
      '/api/sends/snd_%00',
      '/api/%ZZ',
    ];
    for (const path of odd) expectRefusal(await product.api(PORTAL_A, 'GET', path), [400, 404, 414]);
  });
});

describe('what is no call at all', () => {
  test.each([
    '/',
    '/api',
    '/api/',
    '/api/nothing',
    '/.env',
    '/server/app.ts',
    '/api/../server/app.ts',
    '/docs',
    '//evil.example/x',
  ])('%s is unknown, in the one shape', async (target) =>
    expectRefusal(await call(product.url, { method: 'GET', target }), 404),
  );

  test.each(['DELETE', 'PUT', 'OPTIONS', 'PATCH'])(
    '%s on a route that has no such method is refused, in the one shape',
    async (method) => {
      expectRefusal(await call(product.url, { method, target: '/api/setup' }), 405);
    },
  );

  const broken: Record<string, string> = {
    'no HTTP': 'NONSENSE\r\n\r\n',
    'two lengths':
      'POST /api/flows HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a header that is too large': `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
    'a NUL in a header': 'GET / HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n',
  };
  test.each(Object.keys(broken))('%s is answered in the one shape and closed', async (name) => {
    const text = await raw(broken[name] ?? '');
    expect(text).toMatch(/^HTTP\/1\.1 (400|431) /);
    const [, body = ''] = text.split('\r\n\r\n');
    expect(JSON.parse(body).error.code).toMatch(/^[a-z_]+$/);
  });

  test('answers may be neither framed nor sniffed, and name no software', async () => {
    const { headers } = await product.api(PORTAL_A, 'GET', '/api/setup');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
  });

  test('after all of this the server serves, and no refusal was logged as a fault of ours', async () => {
    expect((await fetch(`${product.url}/readyz`)).status).toBe(200);
    const faults = product
      .logged()
      .split('\n')
      .filter((line) => line.includes('"a request failed"'));
    expect(faults).toEqual([]);
  });
});

/** What a socket answers to bytes that are no request. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(Number(new URL(product.url).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (got += String(chunk)));
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy(new Error('not closed')));
  });
}
