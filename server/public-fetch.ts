import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { AppError } from './app-error.ts';

export type PublicRequest = {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Over the whole call: look-up, connection, head and body. */
  deadlineMs: number;
  /** A longer answer is cut off and refused. */
  maxBytes: number;
  signal?: AbortSignal;
};
export type PublicAnswer = { status: number; headers: Record<string, string>; body: Buffer };

/**
 * One request to an address that a stranger named; redirects are not followed, nothing is repeated. Throws AppError:
 * - `address_refused`: not https, credentials in it, or a name that leads anywhere but into the public internet
 * - `fetch_unreached` (retryable): no connection, so it certainly had no effect
 * - `fetch_lost` (retryable): no answer within the deadline, or cut; `fetch_too_large`: longer than `maxBytes`
 */
export type PublicFetch = (request: PublicRequest) => Promise<PublicAnswer>;

/** Addresses of IPv4 that are not of the public internet (IANA special-purpose registry, RFC 6890 and its successors). */
const NOT_PUBLIC_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  // Azure's host with its metadata: in no special range, and never a customer's.
  ['168.63.129.16', 32],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Within 2000::/3 these lead elsewhere: protocol assignments with Teredo, documentation, 6to4, which holds an IPv4 address. */
const NOT_PUBLIC_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refusedV4 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_V4) refusedV4.addSubnet(net, bits, 'ipv4');
const refusedV6 = new BlockList();
for (const [net, bits] of NOT_PUBLIC_V6) refusedV6.addSubnet(net, bits, 'ipv6');
// All that is given out lies here; mapped, translated, local and multicast addresses do not.
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** Whether an address lies in the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refusedV4.check(address, 'ipv4');
    case 6:
      return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

export type PublicFetchOptions = {
  /** The sandbox only, where the vendors are stand-ins on this machine: http and loopback addresses are allowed. */
  allowLoopback?: boolean;
  /** Tests replace it. */
  lookup?: LookupFunction;
};

/**
 * A fetch for addresses from outside that reaches the public internet only. The addresses are checked where the connection is
 * made, so that a name which answers differently the second time leads nowhere either.
 */
export function createPublicFetch(options: PublicFetchOptions = {}): PublicFetch {
  const { allowLoopback = false } = options;
  const isAllowed = (address: string): boolean => isPublicAddress(address) || (allowLoopback && isLoopback(address));
  const agent = new Agent({
    connect: { lookup: checkedLookup(options.lookup ?? dnsLookup, isAllowed) },
    // Each host is somebody else's: a connection kept open would only wait to be closed.
    pipelining: 0,
  });
  return async (wanted) => {
    const url = checkedUrl(wanted.url, { allowLoopback, isAllowed });
    const deadline = AbortSignal.timeout(wanted.deadlineMs);
    const signal = wanted.signal ? AbortSignal.any([deadline, wanted.signal]) : deadline;
    try {
      const { method = 'GET', headers, body } = wanted;
      const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
        ),
        body: await readBounded(answer.body, wanted.maxBytes),
      };
    } catch (err) {
      throw toFetchError(err);
    }
  };
}

function checkedUrl(text: string, o: { allowLoopback: boolean; isAllowed: (address: string) => boolean }): URL {
  if (!URL.canParse(text)) throw refused('it is no address');
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocalHttp = o.allowLoopback && url.protocol === 'http:' && (host === 'localhost' || isLoopback(host));
  if (url.protocol !== 'https:' && !isLocalHttp) throw refused('it is not https');
  if (url.username !== '' || url.password !== '') throw refused('it carries credentials');
  // A literal address is connected to without a look-up.
  if (isIP(host) !== 0 && !o.isAllowed(host)) throw refused('it is not in the public internet');
  return url;
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** Every address of the name must be allowed: one that is not would be tried when the others do not answer. */
function checkedLookup(lookup: LookupFunction, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (err, found) => {
      if (err) return callback(err, '');
      const addresses = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isAllowed(address)))
        return callback(refused('its name leads out of the public internet'), '');
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

async function readBounded(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      body.destroy();
      throw new AppError('fetch_too_large', { message: `The answer is longer than ${maxBytes} bytes`, status: 502 });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refused(why: string): AppError {
  return new AppError('address_refused', {
    status: 400,
    message: `The address is not called: ${why}`,
    userMessage: 'This address cannot be called. Use a public https address.',
  });
}

/** Faults before the first byte was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function toFetchError(err: unknown): AppError {
  if (err instanceof AppError) return err;
  const chain = [err, err instanceof Error ? err.cause : undefined];
  const ours = chain.find((one) => one instanceof AppError);
  if (ours) return ours;
  const neverSent = chain.some(
    (one) =>
      one instanceof Error && 'code' in one && (NEVER_SENT.has(String(one.code)) || isTlsFault(String(one.code))),
  );
  const code = neverSent ? 'fetch_unreached' : 'fetch_lost';
  return new AppError(code, { status: 502, retryable: true, message: 'The address did not answer', cause: err });
}

function isTlsFault(code: string): boolean {
  return code.startsWith('CERT_') || code.startsWith('ERR_TLS_') || /SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO/.test(code);
}
