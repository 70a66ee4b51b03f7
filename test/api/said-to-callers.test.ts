import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sayIssue } from '../../server/api/say-issue.ts';
import {
  call,
  CONTACT,
  PORTAL_A,
  startProduct,
  type Answer,
  type Json,
  type Product,
} from '../security/support/product.ts';

/** What a caller reads when something is refused, with only the documents at hand. */
let product: Product;
let openapi: Json;
beforeAll(async () => {
  product = await startProduct();
  openapi = await (await fetch(`${product.url}/api/openapi.json`)).json();
}, 120_000);
afterAll(() => product?.close());

const key = (): string => randomBytes(12).toString('hex');
const NOBODY = '00000000000000000000';
const ZOD = /Invalid (input|string|option)|received|Too (big|small)|undefined|\^/;

function fill(path: string, prefix = true): string {
  const ids: Record<string, string> = {
    flowId: 'flw',
    sendId: 'snd',
    deliveryId: 'dlv',
    webhookId: 'whk',
    serviceId: 'ids',
    alertId: 'alr',
  };
  const rest: Record<string, string> = { contactId: '999999', destination: 'contact', code: 'x' };
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => rest[name] ?? (prefix ? `${ids[name]}_${NOBODY}` : 'nope'));
}

async function inBoth(method: string, path: string, body?: object): Promise<{ en: Answer; de: Answer }> {
  const ask = (language: string) =>
    product.api(PORTAL_A, method, `${path}${path.includes('?') ? '&' : '?'}locale=${language}`, body);
  return { en: await ask('en'), de: await ask('de-AT') };
}

/** Both say the same in their own language; answers the two sentences. */
function expectBoth({ en, de }: { en: Answer; de: Answer }, what: string): { en: string; de: string } {
  expect([en.status, en.json.error.code], what).toEqual([de.status, de.json.error.code]);
  const said = { en: String(en.json.error.message), de: String(de.json.error.message) };
  for (const sentence of [said.en, said.de]) {
    expect(sentence, what).toMatch(/\.$/);
    expect(sentence, what).not.toMatch(ZOD);
  }
  expect(said.de, what).not.toBe(said.en);
  expect(said.de, what).toMatch(/[äöüß„]|\b(nicht|muss|fehlt|der|die|das|es|ist|gibt)\b/);
  return said;
}

test(
  'whatever a route refuses is said in the language of who reads it, in our own words',
  { timeout: 120_000 },
  async () => {
    let refused = 0;
    for (const [path, methods] of Object.entries<object>(openapi.paths))
      for (const method of path.startsWith('/api/') ? Object.keys(methods) : [])
        for (const target of new Set([fill(path), fill(path, false)]))
          for (const body of method === 'get' ? [undefined] : [{}, { idempotencyKey: key() }]) {
            const both = await inBoth(method.toUpperCase(), target, body);
            if (both.en.status < 400) continue;
            refused += 1;
            expectBoth(both, `${method} ${target} ${JSON.stringify(body)}`);
          }
    expect(refused).toBeGreaterThan(40);
  },
);

test.each<[string, string, string, object | undefined, number, string, RegExp]>([
  ['a place in the list of forms', 'GET', '/api/forms?after=zz', undefined, 400, 'bad_cursor', /„after“/],
  [
    'a place in the list of submissions',
    'GET',
    '/api/contacts/999999/submissions?before=zz',
    undefined,
    400,
    'bad_cursor',
    /„before“/,
  ],
  [
    'a meeting link',
    'GET',
    '/api/meeting-link?link=nobody/knows',
    undefined,
    404,
    'meeting_link_not_found',
    /keinen Meeting-Link „nobody\/knows“/,
  ],
  [
    'a meeting link that is not named',
    'GET',
    '/api/meeting-link',
    undefined,
    400,
    'bad_request',
    /^„link“ in der Adresse fehlt/,
  ],
  [
    'a delivery',
    'POST',
    `/api/deliveries/dlv_${NOBODY}/replay`,
    { idempotencyKey: key() },
    404,
    'delivery_not_found',
    /Diese Zustellung gibt es nicht/,
  ],
  ['an address', 'GET', '/api/nothing', undefined, 404, 'not_found', /Unter dieser Adresse/],
  [
    'a form',
    'POST',
    '/api/flows',
    { idempotencyKey: key(), source: 'hubspot-forms', sourceFormId: 'nope', accountId: 'ACCOUNT' },
    404,
    'form_not_found',
    /HubSpot kennt dieses Formular nicht/,
  ],
])('%s that is not there is named as what it is', async (_what, method, path, body, status, code, german) => {
  const known = JSON.parse(JSON.stringify(body ?? null).replace('ACCOUNT', product.accountId)) as object | null;
  const both = await inBoth(method, path, known ?? undefined);
  expect([both.en.status, both.en.json.error.code], both.en.text).toEqual([status, code]);
  expect(expectBoth(both, path).de).toMatch(german);
});

test('every pattern that a route asks for is said in words', () => {
  const patterns = new Set<string>();
  JSON.stringify(openapi, (name, value: unknown) => {
    if (name === 'pattern' && typeof value === 'string') patterns.add(value);
    return value;
  });
  expect(patterns.size).toBeGreaterThan(8);
  // Of answers, which nobody sends.
  const ofAnswers = /\\d\{4\}|\d\d\[/;
  for (const pattern of [...patterns].filter((one) => !ofAnswers.test(one))) {
    const issue = {
      code: 'invalid_format' as const,
      format: 'regex' as const,
      pattern: `/${pattern}/`,
      path: ['f'],
      message: '',
    };
    expect(sayIssue(issue, 'body', 'en'), pattern).toMatch(/must be/);
  }
});

test('a method that an address does not take is answered with those it takes, and no address as none', async () => {
  const ask = (method: string, target: string, body?: string) =>
    call(product.url, {
      method,
      target,
      body,
      headers: { 'accept-language': 'de', 'content-type': 'application/json' },
    });
  for (const [method, target, allow] of [
    ['PUT', '/api/flows', 'GET, HEAD, POST'],
    ['DELETE', `/api/flows/flw_${NOBODY}`, 'GET, HEAD, PATCH'],
    ['GET', `/api/flows/flw_${NOBODY}/publish`, 'POST'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
    ['GET', '/webhooks/hubspot', 'POST'],
  ] as const)
    for (const body of method === 'GET' ? [undefined] : [undefined, '{"a":', '{}']) {
      const answer = await ask(method, target, body);
      expect([answer.status, answer.headers.get('allow')], `${method} ${target} ${body}`).toEqual([405, allow]);
      expect(answer.json.error).toMatchObject({
        code: 'method_not_allowed',
        message: `Diese Adresse nimmt ${method} nicht an, sondern ${allow.replace(/, (\w+)$/, ' und $1')}.`,
      });
    }
  for (const body of [undefined, '{"a":', '{}', 'x'.repeat(2_000_000)])
    for (const target of ['/api/nothing', '/nothing']) expect((await ask('PUT', target, body)).status).toBe(404);
  expect(Object.values<object>(openapi.paths).flatMap((methods) => Object.keys(methods))).not.toContain('put');
});

test('a test goes to a number with its country code alone: a guessed one may be a stranger’s', async () => {
  const path = `/api/flows/${product.flowId}/test-sends`;
  for (const to of ['0151 23456789', '4915123456789', '15123456789']) {
    const both = await inBoth('POST', path, { to, idempotencyKey: key() });
    expect(both.en.status, to).toBe(409);
    expect(expectBoth(both, to).de).toContain('Ländervorwahl');
  }
  for (const to of ['+49 151 23456789', '0049 151 2345678 9'])
    expect((await product.api(PORTAL_A, 'POST', path, { to, idempotencyKey: key() })).status, to).toBe(200);
});

test('a key that was used for one send is refused for another, and answers the same one again', async () => {
  const contact = CONTACT?.id ?? '';
  await product.api(PORTAL_A, 'POST', `/api/contacts/${contact}/consent`, { state: 'opted_in', idempotencyKey: key() });
  const idempotencyKey = key();
  const send = (over: object = {}, contactId = contact) =>
    product.api(PORTAL_A, 'POST', `/api/contacts/${contactId}/sends`, {
      flowId: product.flowId,
      replace: false,
      idempotencyKey,
      ...over,
    });
  const first = await send();
  expect(first.status, first.text).toBe(200);
  expect((await send()).json.sendId).toBe(first.json.sendId);
  for (const other of [
    await send({ replace: true }),
    await send({ flowId: `flw_${NOBODY}` }),
    await send({}, '999999'),
  ])
    expect([other.status, other.json.error?.code], other.text).toEqual([422, 'key_reused']);

  const path = `/api/flows/${product.flowId}/test-sends`;
  const trial = { to: '+49 151 23456780', idempotencyKey: key() };
  const tried = await product.api(PORTAL_A, 'POST', path, trial);
  expect(tried.status, tried.text).toBe(200);
  expect((await product.api(PORTAL_A, 'POST', path, trial)).json.sendId).toBe(tried.json.sendId);
  const both = await inBoth('POST', path, { ...trial, to: '+49 151 23456781' });
  expect(both.en.status).toBe(422);
  expect(expectBoth(both, 'a changed number').en).toContain('a changed request needs an idempotencyKey of its own');
});
