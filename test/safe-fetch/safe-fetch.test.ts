import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { addressKind } from '../../server/safe-fetch/address-kind.ts';
import { checkUrl } from '../../server/safe-fetch/check-url.ts';
import { createSafeFetch, type SafeRequest } from '../../server/safe-fetch/safe-fetch.ts';
import { selfSigned } from '../destinations/webhook/support/certificate.ts';

const STRICT = { allowLoopback: false };
const SANDBOX = { allowLoopback: true };
const opened: (() => void)[] = [];
afterEach(() => opened.splice(0).forEach((close) => close()));

/** A server on this machine that counts who connects to it. */
async function listen(server: net.Server): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
const answering = (handler: http.RequestListener) => listen(http.createServer(handler));
const call = (url: string, more: Partial<SafeRequest> = {}): SafeRequest => ({
  url,
  method: 'POST',
  body: '{}',
  deadlineMs: 5_000,
  maxBytes: 1_000,
  ...more,
});

describe('addresses', () => {
  test.each([
    ['this network', '0.0.0.0'],
    ['private 10', '10.1.2.3'],
    ['carrier-grade NAT', '100.64.0.1'],
    ["Alibaba's metadata", '100.100.100.200'],
    ['metadata', '169.254.169.254'],
    ['link-local', '169.254.1.1'],
    ['private 172', '172.31.255.255'],
    ['private 192', '192.168.0.1'],
    ["Oracle's metadata", '192.0.0.192'],
    ["Azure's host", '168.63.129.16'],
    ['documentation', '203.0.113.9'],
    ['benchmarks', '198.19.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '250.1.1.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified v6', '::'],
    ['unique local', 'fd12::1'],
    ["AWS' metadata over v6", 'fd00:ec2::254'],
    ['link-local v6', 'fe80::1'],
    ['link-local v6 with a zone', 'fe80::1%eth0'],
    ['a global address with a zone', '2600::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast v6', 'ff02::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::10.0.0.1'],
    ['NAT64', '64:ff9b::a00:1'],
    ['local NAT64', '64:ff9b:1::1'],
    ['6to4 of 10.0.0.1', '2002:a00:1::1'],
    ['Teredo', '2001::1'],
    ['documentation v6', '2001:db8::1'],
    ['documentation v6, the newer', '3fff::1'],
    ['segment routing', '5f00::1'],
    ['not yet allocated', '4000::1'],
    ['no address', 'acme.io'],
    ['nothing', ''],
    ['short form', '127.1'],
  ])('%s is refused: %s', (_what, address) => {
    expect(addressKind(address)).toBe('refused');
  });

  test.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1'])('%s is this machine', (address) => {
    expect(addressKind(address)).toBe('loopback');
  });

  test.each(['8.8.8.8', '100.63.255.255', '100.128.0.1', '172.32.0.1', '11.0.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => {
      expect(addressKind(address)).toBe('public');
    },
  );
});

describe('what is refused before anything is looked up', () => {
  test.each([
    ['not_a_url', 'acme'],
    ['not_https', 'http://hooks.acme.io/'],
    ['not_https', 'ftp://hooks.acme.io/'],
    ['not_https', 'file:///etc/passwd'],
    ['has_credentials', 'https://user:word@hooks.acme.io/'],
    ['has_credentials', 'https://user@hooks.acme.io/'],
    ['other_port', 'https://hooks.acme.io:8443/'],
    ['other_port', 'https://hooks.acme.io:22/'],
    ['not_public', 'https://intranet/'],
    ['not_public', 'https://localhost/'],
    ['not_public', 'https://localhost./'],
    ['not_public', 'https://LOCALHOST/'],
    ['not_public', 'https://printer.local/'],
    ['not_public', 'https://metadata.google.internal/'],
    ['not_public', 'https://127.0.0.1/'],
    ['not_public', 'https://2130706433/'],
    ['not_public', 'https://0x7f.1/'],
    ['not_public', 'https://0177.0.0.1/'],
    ['not_public', 'https://127.1/'],
    ['not_public', 'https://①②⑦.0.0.1/'],
    ['not_public', 'https://[::1]/'],
    ['not_public', 'https://[::ffff:169.254.169.254]/'],
    ['not_public', 'https://169.254.169.254/latest/meta-data/'],
    ['too_long', `https://hooks.acme.io/${'a'.repeat(2_048)}`],
  ])('%s: %s', (why, url) => {
    expect(checkUrl(url, STRICT)).toEqual({ kind: 'refused', why });
  });

  test('an ordinary address passes, without its fragment', () => {
    const checked = checkUrl('https://hooks.acme.io:443/a?b=c#d', STRICT);
    expect(checked.kind === 'ok' && checked.url.href).toBe('https://hooks.acme.io/a?b=c');
  });

  test('the sandbox adds this machine and nothing else', () => {
    expect(checkUrl('http://127.0.0.1:9000/', SANDBOX).kind).toBe('ok');
    expect(checkUrl('http://[::1]:9000/', SANDBOX).kind).toBe('ok');
    for (const url of ['http://10.0.0.1/', 'http://hooks.acme.io/', 'https://192.168.0.1/', 'http://[::ffff:7f00:1]/'])
      expect(checkUrl(url, SANDBOX).kind).toBe('refused');
  });
});

describe('a connection goes only where it was checked', () => {
  test.each([
    ['loopback', ['127.0.0.1']],
    ['loopback v6', ['::1']],
    ['a private address', ['10.0.0.1']],
    ['metadata', ['169.254.169.254']],
    ['a public and a private address', ['8.8.8.8', '192.168.0.1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
  ])('a public name that leads to %s is refused', async (_what, addresses) => {
    const server = await answering((_request, response) => response.end());
    const safeFetch = createSafeFetch({ ...STRICT, resolve: () => Promise.resolve(addresses) });
    expect(await safeFetch(call('https://hooks.acme.io/'))).toEqual({ kind: 'refused', why: 'not_public' });
    expect(server.connections()).toBe(0);
  });

  test('a name that led to a public address and now leads to this machine is refused at that very connection', async () => {
    const { key, cert } = selfSigned('hooks.acme.io');
    const server = await listen(https.createServer({ key, cert }, (_request, response) => response.end()));
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['127.0.0.1']];
    let asked = 0;
    const safeFetch = createSafeFetch({ ...STRICT, ca: cert, resolve: () => Promise.resolve(answers[asked++] ?? []) });
    for (const _ of answers)
      expect(await safeFetch(call('https://hooks.acme.io/'))).toEqual({ kind: 'refused', why: 'not_public' });
    // Looked up once per connection: there is no second answer that could differ from the checked one.
    expect(asked).toBe(answers.length);
    expect(server.connections()).toBe(0);
  });

  test('the checked address is dialled, the name is what the receiver and its certificate are asked for', async () => {
    const { key, cert } = selfSigned('hooks.acme.io');
    const seen: unknown[] = [];
    const server = await listen(
      https.createServer({ key, cert }, (request, response) => {
        seen.push(request.headers.host, (request.socket as unknown as { servername: string }).servername);
        response.writeHead(204).end();
      }),
    );
    const { safeFetch, dialled } = throughTo(server.port, { ca: cert });
    expect(await safeFetch(call('https://hooks.acme.io/a?b'))).toMatchObject({ kind: 'answer', status: 204 });
    expect(seen).toEqual(['hooks.acme.io', 'hooks.acme.io']);
    expect(dialled).toEqual(['127.0.0.1']);
  });

  test.each([
    ['that nobody vouches for', 'hooks.acme.io', false],
    ['for another name', 'other.acme.io', true],
  ])('a certificate %s ends it before a byte is sent', async (_what, name, trusted) => {
    const { key, cert } = selfSigned(name);
    let requests = 0;
    const server = await listen(https.createServer({ key, cert }, () => (requests += 1)));
    const { safeFetch } = throughTo(server.port, trusted ? { ca: cert } : {});
    expect(await safeFetch(call('https://hooks.acme.io/'))).toEqual({ kind: 'unreached', why: 'certificate' });
    expect(requests).toBe(0);
  });

  test('a name without addresses is said to have none', async () => {
    const safeFetch = createSafeFetch({ ...STRICT, resolve: () => Promise.resolve([]) });
    expect(await safeFetch(call('https://hooks.acme.io/'))).toEqual({ kind: 'refused', why: 'not_resolved' });
  });
});

describe('what the other side may do to us', () => {
  const safeFetch = createSafeFetch(SANDBOX);

  test('a redirect is an answer and is not followed', async () => {
    const inner = await answering((_request, response) => response.end('secret'));
    const outer = await answering((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    expect(await safeFetch(call(`http://127.0.0.1:${outer.port}/`))).toMatchObject({ kind: 'answer', status: 302 });
    expect(inner.connections()).toBe(0);
  });

  test('an endless body is cut and the transfer ended', async () => {
    let ended = false;
    const server = await answering((_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => {
        clearInterval(timer);
        ended = true;
      });
    });
    const answer = await safeFetch(call(`http://127.0.0.1:${server.port}/`));
    expect(answer).toMatchObject({
      kind: 'answer',
      status: 200,
      truncated: true,
      body: Buffer.from('x'.repeat(1_000)),
    });
    await expect.poll(() => ended).toBe(true);
  });

  test('a head that never comes ends at the deadline, as lost: the request may have arrived', async () => {
    const server = await answering(() => {});
    const answer = await safeFetch(call(`http://127.0.0.1:${server.port}/`, { deadlineMs: 300 }));
    expect(answer).toEqual({ kind: 'lost', why: 'deadline' });
  });

  test('a body that trickles past the deadline is an answer all the same: its head has said enough', async () => {
    const server = await answering((_request, response) => response.writeHead(200).write('a'));
    const answer = await safeFetch(call(`http://127.0.0.1:${server.port}/`, { deadlineMs: 500 }));
    expect(answer).toMatchObject({ kind: 'answer', status: 200, truncated: true, body: Buffer.from('a') });
  });

  test('a connection that breaks after the request is lost, one that is refused was never made', async () => {
    const server = await answering((request) => request.socket.destroy());
    expect(await safeFetch(call(`http://127.0.0.1:${server.port}/`))).toEqual({ kind: 'lost', why: 'connection' });
    const closed = net.createServer();
    const { port } = await listen(closed);
    closed.close();
    expect(await safeFetch(call(`http://127.0.0.1:${port}/`))).toEqual({ kind: 'unreached', why: 'connection' });
  });

  test('a name server that does not answer ends at the deadline, with nothing sent', async () => {
    const slow = createSafeFetch({ ...STRICT, resolve: () => new Promise(() => {}) });
    expect(await slow(call('https://hooks.acme.io/', { deadlineMs: 200 }))).toEqual({
      kind: 'unreached',
      why: 'deadline',
    });
  });

  test("a caller's own end ends it", async () => {
    const server = await answering(() => {});
    const stop = new AbortController();
    const answer = safeFetch(call(`http://127.0.0.1:${server.port}/`, { signal: stop.signal }));
    await expect.poll(() => server.connections()).toBe(1);
    stop.abort();
    expect(await answer).toMatchObject({ kind: 'lost' });
  });

  test('what is no HTTP is lost, and a huge head is not read', async () => {
    const noise = await listen(net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.7\r\n')));
    expect(await safeFetch(call(`http://127.0.0.1:${noise.port}/`))).toMatchObject({ kind: 'lost' });
    const huge = await listen(
      net.createServer((socket) => {
        socket.on('error', () => {});
        socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`);
      }),
    );
    expect(await safeFetch(call(`http://127.0.0.1:${huge.port}/`))).toMatchObject({ kind: 'lost' });
  });
});

/** `https://hooks.acme.io` as it would be if the name led to this machine's test server. */
function throughTo(port: number, more: { ca?: string }) {
  const dialled: string[] = [];
  const safeFetch = createSafeFetch({
    ...SANDBOX,
    ...more,
    resolve: () => Promise.resolve(['127.0.0.1']),
    port: (address) => {
      dialled.push(address);
      return port;
    },
  });
  return { safeFetch, dialled };
}
