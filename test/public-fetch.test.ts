import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPublicFetch, isPublicAddress } from '../server/public-fetch.ts';

let server: Server;
let port: number;
let calls: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    calls.push(request.url ?? '');
    if (request.url === '/redirect') return void response.writeHead(302, { location: '/secret' }).end();
    if (request.url === '/large') return void response.end(Buffer.alloc(2_000));
    if (request.url === '/slow') return;
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answering =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
const call = (url: string, lookup?: LookupFunction) =>
  createPublicFetch({ lookup })({ url, deadlineMs: 2_000, maxBytes: 1_000 });
const local = createPublicFetch({ allowLoopback: true });
const ask = (path: string) => local({ url: `http://127.0.0.1:${port}${path}`, deadlineMs: 500, maxBytes: 1_000 });

describe('an address that a stranger named', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'not an address',
  ])('%s is not of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    'http://example.com/',
    'ftp://example.com/',
    'https://user:secret@example.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    // Other spellings of 127.0.0.1 that a URL parser understands.
    'https://2130706433/',
    'https://0x7f.1/',
    'https://127.1/',
    'no address',
  ])('%s is refused without a connection', async (url) => {
    await expect(call(url)).rejects.toMatchObject({ code: 'address_refused' });
  });

  test('a name is refused when any of its addresses is private', async () => {
    await expect(call('https://example.test/', answering('10.0.0.1'))).rejects.toMatchObject({
      code: 'address_refused',
    });
    await expect(call('https://example.test/', answering('8.8.8.8', '127.0.0.1'))).rejects.toMatchObject({
      code: 'address_refused',
    });
    await expect(call('https://example.test/', answering())).rejects.toMatchObject({ code: 'address_refused' });
  });

  test('a name that changes its address is checked at every connection', async () => {
    let lookups = 0;
    const rebinding: LookupFunction = (name, options, callback) => {
      lookups += 1;
      answering('127.0.0.1')(name, options, callback);
    };
    const fetchPublic = createPublicFetch({ lookup: rebinding });
    for (let n = 0; n < 2; n += 1) {
      await expect(
        fetchPublic({ url: `https://rebind.test:${port}/`, deadlineMs: 1_000, maxBytes: 10 }),
      ).rejects.toMatchObject({ code: 'address_refused' });
    }
    expect(lookups).toBe(2);
    expect(calls).toEqual([]);
  });
});

describe('a call', () => {
  test('answers status, headers and body', async () => {
    const answer = await ask('/');
    expect([answer.status, answer.body.toString()]).toEqual([200, 'here']);
  });

  test('does not follow a redirect', async () => {
    calls = [];
    expect((await ask('/redirect')).status).toBe(302);
    expect(calls).toEqual(['/redirect']);
  });

  test('ends at its bound and at its deadline', async () => {
    await expect(ask('/large')).rejects.toMatchObject({ code: 'fetch_too_large' });
    await expect(ask('/slow')).rejects.toMatchObject({ code: 'fetch_lost', retryable: true });
  });

  test('says when nothing was sent', async () => {
    await expect(local({ url: 'http://127.0.0.1:1/', deadlineMs: 1_000, maxBytes: 10 })).rejects.toMatchObject({
      code: 'fetch_unreached',
      retryable: true,
    });
  });
});
