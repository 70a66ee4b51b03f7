import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { buildConnector, Client } from 'undici';
import { addressKind } from './address-kind.ts';
import { checkUrl, hostOf, type UrlProblem, type UrlRules } from './check-url.ts';

export type SafeRequest = {
  url: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Over all of it: looking up, connecting, sending, head and body. */
  deadlineMs: number;
  /** Of the response's body; what comes after is not read. */
  maxBytes: number;
  /** Ends the request earlier. */
  signal?: AbortSignal;
};

/**
 * What came back, or why nothing did. `refused`: not called, for a reason of ours. `unreached`: certainly not sent. `lost`: it
 * may have arrived. A response cut at `maxBytes`, or by the deadline after its head, is an answer with `truncated`.
 */
export type SafeAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: Buffer; truncated: boolean }
  | { kind: 'refused'; why: UrlProblem }
  | { kind: 'unreached'; why: 'deadline' | 'connection' | 'certificate' }
  | { kind: 'lost'; why: 'deadline' | 'connection' };

export type SafeFetch = (request: SafeRequest) => Promise<SafeAnswer>;

export type SafeFetchOptions = UrlRules & {
  /** Addresses of a name, empty when there are none; DNS by default. Asked at every connection. */
  resolve?: (name: string) => Promise<string[]>;
  /** For tests: the certificate authority to trust, PEM, and the port to dial where the address says none. */
  ca?: string;
  port?: (address: string) => number;
};

/** A name with more addresses than this is tried at these only. */
const MAX_ADDRESSES = 4;
const CONNECT_MS = 5_000;

/**
 * Calls addresses that customers give us, and nothing inside our own network (server-side request forgery; Standard Webhooks,
 * *Server Side Request Forgery*). The name is looked up here, every address is checked, and the connection goes to a checked
 * address and no other: an answer of DNS that changes between check and connection (rebinding) changes nothing. One address
 * that is not public refuses the name. No redirect is followed, no connection is reused, no proxy of the environment is used,
 * nothing is repeated. Never throws.
 */
export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const resolve = options.resolve ?? resolveName;
  return async (request) => {
    const checked = checkUrl(request.url, options);
    if (checked.kind === 'refused') return checked;
    const progress = { connected: false };
    const deadline = AbortSignal.any([
      AbortSignal.timeout(request.deadlineMs),
      ...(request.signal ? [request.signal] : []),
    ]);
    const connect = connectorOf(options, resolve, checked.url, { progress, deadline });
    const client = new Client(checked.url.origin, { connect });
    try {
      return await callOnce(client, checked.url, request, deadline);
    } catch (err) {
      if (err instanceof RefusedAddress) return { kind: 'refused', why: err.why };
      const why = deadline.aborted ? 'deadline' : 'connection';
      if (progress.connected) return { kind: 'lost', why };
      return { kind: 'unreached', why: isCertificateFault(err) ? 'certificate' : why };
    } finally {
      void client.destroy().catch(() => {});
    }
  };
}

class RefusedAddress extends Error {
  readonly why: UrlProblem;
  constructor(why: UrlProblem) {
    super(why);
    this.why = why;
  }
}

/** Looks the host up, checks what it finds, and dials that. TLS still proves the name, not the address. */
function connectorOf(
  options: SafeFetchOptions,
  resolve: (name: string) => Promise<string[]>,
  url: URL,
  { progress, deadline }: { progress: { connected: boolean }; deadline: AbortSignal },
): buildConnector.connector {
  const dial = buildConnector({ timeout: CONNECT_MS, allowH2: false, ...(options.ca ? { ca: options.ca } : {}) });
  const name = hostOf(url);
  const dialOne = (to: buildConnector.Options, address: string): Promise<buildConnector.CallbackArgs> =>
    new Promise((done) => {
      // A literal address has no server name (RFC 6066 section 3); over plain HTTP undici would dial it in place of the address.
      const serverName = url.protocol === 'https:' && isIP(name) === 0 ? { servername: name } : {};
      const port = options.port ? { port: String(options.port(address)) } : {};
      dial({ ...to, hostname: address, ...serverName, ...port }, (...result) => done(result));
    });
  const connect = async (to: buildConnector.Options): Promise<buildConnector.CallbackArgs> => {
    const addresses = await checkedAddresses(name, options, resolve);
    let last: buildConnector.CallbackArgs = [new RefusedAddress('not_resolved'), null];
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      last = await dialOne(to, address);
      const [fault, socket] = last;
      if (fault) continue;
      progress.connected = true;
      // What the kernel says it is connected to, whatever was asked for.
      if (isAllowed(socket.remoteAddress ?? '', options)) return last;
      socket.destroy();
      progress.connected = false;
      return [new RefusedAddress('not_public'), null];
    }
    return last;
  };
  return (to, callback) => {
    let open = true;
    const settle: buildConnector.Callback = (...[fault, socket]) => {
      if (open && fault) callback(fault, null);
      else if (open && socket) callback(null, socket);
      else socket?.destroy();
      open = false;
    };
    // undici ends a request that waits for its connection only once there is one.
    deadline.addEventListener('abort', () => settle(new Error('deadline'), null), { once: true });
    connect(to).then(
      (result) => settle(...result),
      (err: unknown) => settle(err instanceof Error ? err : new Error(String(err)), null),
    );
  };
}

async function checkedAddresses(
  name: string,
  rules: UrlRules,
  resolve: (name: string) => Promise<string[]>,
): Promise<string[]> {
  const addresses = isIP(name) === 0 ? await resolve(name) : [name];
  if (addresses.length === 0) throw new RefusedAddress('not_resolved');
  if (!addresses.every((address) => isAllowed(address, rules))) throw new RefusedAddress('not_public');
  return addresses;
}

function isAllowed(address: string, rules: UrlRules): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'loopback' && rules.allowLoopback);
}

/**
 * Both families from DNS alone, IPv4 first: no hosts file, no search domain, and not the thread pool, which a slow name server
 * could fill.
 */
async function resolveName(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return found.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
}

async function callOnce(client: Client, url: URL, request: SafeRequest, signal: AbortSignal): Promise<SafeAnswer> {
  const response = await client.request({
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: request.headers ?? {},
    body: request.body ?? null,
    reset: true,
    signal,
    headersTimeout: request.deadlineMs,
    bodyTimeout: request.deadlineMs,
  });
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return {
    kind: 'answer',
    status: response.statusCode,
    headers,
    ...(await readBounded(response.body, request.maxBytes)),
  };
}

/** Leaving the loop early ends the transfer. The head has said what became of the request: a body that breaks off changes nothing. */
async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let truncated = false;
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.byteLength;
      truncated = bytes > maxBytes;
      if (truncated) break;
    }
  } catch {
    truncated = true;
  }
  return { body: Buffer.concat(chunks), truncated };
}

/** Codes of OpenSSL and of Node's own check of the name; what ends a handshake before a byte of ours was sent. */
function isCertificateFault(err: unknown): boolean {
  const code = err instanceof Error && 'code' in err ? String(err.code) : '';
  return /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/.test(code);
}
