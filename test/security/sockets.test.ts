import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTACT, PORTAL_A, sign, startProduct, withCaller, type Product } from './support/product.ts';

/** What an outsider sends who speaks no HTTP library: bytes on a socket, to the server in its production mode. */
let product: Product;
beforeAll(async () => {
  product = await startProduct({ mode: 'production' });
}, 120_000);
afterAll(() => product?.close());

/** Sends the parts, each after its pause, and answers everything that came until the server closed or `waitMs` had passed. */
function talk(parts: (string | Buffer | number)[], waitMs = 4_000): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(product.url);
    const socket: Socket = connect(Number(port), hostname);
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, waitMs);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', end);
    socket.on('error', end);
    void (async () => {
      for (const part of parts) {
        if (typeof part === 'number') await new Promise((next) => setTimeout(next, part));
        else if (!socket.destroyed) socket.write(part);
      }
    })();
  });
}
const statuses = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
const get = (line: string, ...headers: string[]): string =>
  [line, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');
const LEAK = /\bat .*\.[jt]s:\d|node_modules|\/server\/|postgres|kysely|FST_|"stack"/;

describe('requests that two readers could read differently', () => {
  const smuggled = 'GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n';
  const cases: Record<string, string> = {
    'a length and chunks': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\n${smuggled}`,
    'chunked in another spelling': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${smuggled}`,
    'chunked twice': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n${smuggled}`,
    'a header with a space before its colon': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nContent-Length : 4\r\n\r\n${smuggled}`,
    'a folded header': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a negative length': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n${smuggled}`,
    'a bad chunk': `POST /webhooks/hubspot HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n${smuggled}`,
    'a NUL in a header': get('GET /healthz HTTP/1.1', 'X: a\u0000b'),
    'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
    'an unknown version': 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n',
  };
  test.each(Object.keys(cases))('%s: refused, and nothing behind it is answered', async (name) => {
    const text = await talk([cases[name] ?? '']);
    expect(statuses(text).filter((status) => status === 200)).toEqual([]);
    expect(statuses(text).length).toBeLessThanOrEqual(1);
    expect(text).not.toMatch(LEAK);
  });
});

test('TRACE, CONNECT and methods that do not exist are answered without what was sent', async () => {
  for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'FOO']) {
    const text = await talk([get(`${method} /healthz HTTP/1.1`, 'X-Secret: planted-header')]);
    expect(text).not.toContain('planted-header');
    expect(statuses(text).filter((status) => status < 400)).toEqual([]);
  }
});

test.each([
  'GET http://evil.example/api/setup HTTP/1.1',
  'GET //evil.example/%2e%2e HTTP/1.1',
  'GET /api/..;/metrics HTTP/1.1',
  'GET /..%2f..%2f..%2fetc/passwd HTTP/1.1',
  'GET /%2e%2e/%2e%2e/package.json HTTP/1.1',
  'GET /preview/view/x/assets/..%5c..%5cpackage.json HTTP/1.1',
  'GET /.git/config HTTP/1.1',
  'GET /server/config.ts HTTP/1.1',
  'GET /api/setup%00 HTTP/1.1',
  'GET /API/SETUP HTTP/1.1',
  'GET /api//setup HTTP/1.1',
  'GET * HTTP/1.1',
])('%s leads nowhere', async (line) => {
  const text = await talk([get(line)]);
  expect(statuses(text)[0] ?? 400).toBeGreaterThanOrEqual(400);
  expect(text).not.toMatch(/root:|"dependencies"|PUBLIC_URL|\[core\]/);
  expect(text).not.toMatch(LEAK);
});

test('a signed call for one path opens no other that only looks alike', async () => {
  const target = withCaller('/api/setup', PORTAL_A);
  const headers = sign(product.secrets.hubspotClientSecret, product.url, { method: 'GET', target, body: '' });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const right = await talk([get(`GET ${target} HTTP/1.1`, ...lines)]);
  expect(statuses(right)).toEqual([200]);
  for (const other of [
    target.replace('/api/setup', '/api/flows'),
    target.replace('/api/setup', `/api/contacts/${CONTACT?.id}/submissions`),
    target.replace('/api/setup', '/api/%73etup'),
    `${target}#x`,
    `${target}&portalId=2`,
  ])
    expect(statuses(await talk([get(`GET ${other} HTTP/1.1`, ...lines)]))[0]).toBeGreaterThanOrEqual(400);
});

test('headers that are repeated or too many are refused, not added up', async () => {
  const target = withCaller('/api/setup', PORTAL_A);
  const signed = sign(product.secrets.hubspotClientSecret, product.url, { method: 'GET', target, body: '' });
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`);
  const twice = await talk([get(`GET ${target} HTTP/1.1`, ...lines, ...lines)]);
  expect(statuses(twice)).toEqual([401]);
  const many = await talk([get('GET /healthz HTTP/1.1', ...Array.from({ length: 3_000 }, (_, n) => `X-${n}: y`))]);
  expect(statuses(many)[0] ?? 431).toBeGreaterThanOrEqual(200);
  const large = await talk([get('GET /healthz HTTP/1.1', `X: ${'y'.repeat(200_000)}`)]);
  expect(statuses(large)).toEqual([431]);
});

test('slow callers are hung up on, and honest ones are served meanwhile', { timeout: 90_000 }, async () => {
  const started = performance.now();
  const slowHeaders = Array.from({ length: 40 }, () =>
    talk(['GET /healthz HTTP/1.1\r\nHost: x\r\n', ...drip(60, 1_000)], 60_000),
  );
  const slowBodies = Array.from({ length: 40 }, (_, n) =>
    talk(
      [
        `POST ${n % 2 ? '/webhooks/hubspot' : '/flow/acc_00000000000000000000'} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n`,
        ...drip(60, 1_000),
      ],
      60_000,
    ),
  );
  for (let n = 0; n < 10; n += 1) {
    const asked = performance.now();
    expect((await fetch(`${product.url}/healthz`)).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(2_000);
    await new Promise((next) => setTimeout(next, 200));
  }
  const answers = await Promise.all([...slowHeaders, ...slowBodies]);
  for (const answer of answers) expect(statuses(answer)).toEqual([408]);
  // The server's patience with one request is 15 s; it looks every few seconds.
  expect(performance.now() - started).toBeLessThan(45_000);
});

/** One byte at a time, for ever in a slow reader's eyes. */
function drip(times: number, pauseMs: number): (string | number)[] {
  return Array.from({ length: times }, () => [pauseMs, 'X']).flat();
}

test('every kind of answer carries the headers that browsers obey', async () => {
  const sent = await product.api(PORTAL_A, 'POST', `/api/flows/${product.flowId}/preview`, {});
  const preview = await fetch(sent.json.url, { redirect: 'manual' });
  const answers = {
    api: await fetch(`${product.url}/api/setup`),
    unknown: await fetch(`${product.url}/nothing`),
    page: await fetch(new URL(preview.headers.get('location') ?? '', product.url)),
    install: await fetch(`${product.url}/oauth/callback?error=x`),
    over: await fetch(`${product.url}/preview/x`),
    flow: await fetch(`${product.url}/flow/x`, { method: 'POST', body: '{}' }),
  };
  for (const [name, { headers }] of Object.entries(answers)) {
    const told = Object.fromEntries(headers);
    expect({ name, ...told }).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringMatching(/default-src '(none|self)'/),
    });
    const policy = told['content-security-policy'] ?? '';
    for (const part of ["object-src 'none'", "base-uri 'none'", 'frame-ancestors'])
      expect([name, policy]).toEqual([name, expect.stringContaining(part)]);
    expect(policy).not.toMatch(/script-src[^;]*unsafe|default-src[^;]*unsafe/);
    expect(told['x-powered-by']).toBeUndefined();
    expect(told.server).toBeUndefined();
  }
});
