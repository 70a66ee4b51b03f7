import { z } from 'zod';
import { findApp, findPortal, type StandIn } from '../stand-in.ts';
import { signRequest } from './sign-request.ts';

/** A card's call, as HubSpot's own proxy receives it. */
export const fetchInput = z.strictObject({
  userId: z.number().int(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  url: z.url(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** Which app's card calls; needed only where several are installed. */
  appId: z.number().int().optional(),
  timeoutMs: z.number().int().min(1).max(120_000).default(15_000),
});
export type FetchInput = z.output<typeof fetchInput>;
export type FetchAnswer = { status: number; body: string; headers: Record<string, string> };

const MAX_BYTES = 1_000_000;
const MAX_CONCURRENT = 20;
const PASSED_BACK = ['content-type', 'retry-after', 'etag', 'cache-control'];

type Outgoing = { url: string; method: string; body: string; headers: Record<string, string>; clientSecret: string };
type Attempt =
  { kind: 'answered'; answer: FetchAnswer } | { kind: 'unreachable' } | { kind: 'timeout' } | { kind: 'too-large' };

/**
 * `hubspot.fetch` as HubSpot runs it on its servers (hubspot-platform.md section 3.1): permitted addresses only, caller appended to the
 * query, version 3 signature, 15 s, one retry on a connection failure or 5xx, 1 MB each way, 20 at once per app and account.
 */
export function createHubSpotFetch(standIn: StandIn): (portalId: number, input: FetchInput) => Promise<FetchAnswer> {
  const running = new Map<string, number>();
  return async (portalId, input) => {
    const prepared = prepare(standIn, portalId, input);
    if ('status' in prepared) return prepared;
    const key = `${portalId} ${prepared.clientSecret}`;
    const count = running.get(key) ?? 0;
    if (count >= MAX_CONCURRENT) return refusal(429, `At most ${MAX_CONCURRENT} requests may run at once.`);
    running.set(key, count + 1);
    try {
      const first = await attempt(standIn, prepared, input.timeoutMs);
      const again = first.kind === 'unreachable' || (first.kind === 'answered' && first.answer.status >= 500);
      return toAnswer(again ? await attempt(standIn, prepared, input.timeoutMs) : first);
    } finally {
      running.set(key, (running.get(key) ?? 1) - 1);
    }
  };
}

function prepare(standIn: StandIn, portalId: number, input: FetchInput): Outgoing | FetchAnswer {
  const portal = findPortal(standIn.store, portalId);
  const user = portal?.users.find((one) => one.userId === input.userId);
  if (!portal || !user) return refusal(403, 'The user does not belong to this account.');
  const installed = standIn.store.all(
    z.object({ app_id: z.number() }),
    'select app_id from installs where portal_id = ? order by app_id',
    portalId,
  );
  const appId = input.appId ?? installed[0]?.app_id ?? firstAppId(standIn);
  const app = appId === undefined ? undefined : findApp(standIn.store, { appId });
  if (!app) return refusal(404, 'No app is installed in this account.');
  const foreign = Object.keys(input.headers).find((name) => name.toLowerCase() !== 'authorization');
  if (foreign !== undefined)
    return refusal(400, `The header ${foreign} is not allowed: hubspot.fetch passes only Authorization.`);
  if (!app.permittedUrls.some((permitted) => isWithin(permitted, input.url))) {
    return refusal(400, `The address ${new URL(input.url).origin} is not among the app's permittedUrls.fetch.`);
  }
  if (!input.url.startsWith('https://') && !isLoopback(input.url))
    return refusal(400, 'hubspot.fetch calls https addresses only.');
  const hasBody = input.body !== undefined && input.body !== null;
  const body = hasBody ? JSON.stringify(input.body) : '';
  if (Buffer.byteLength(body) > MAX_BYTES) return refusal(413, 'The request body is larger than 1 MB.');
  return {
    url: withCaller(input.url, { userId: user.userId, portalId, userEmail: user.email, appId: app.appId }),
    method: input.method,
    body,
    headers: { ...input.headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    clientSecret: app.clientSecret,
  };
}

/** A card may be shown before its app is connected (the set-up page): then the only app there is signs. */
function firstAppId(standIn: StandIn): number | undefined {
  return standIn.store.first(z.object({ app_id: z.number() }), 'select app_id from apps order by app_id')?.app_id;
}

function withCaller(url: string, caller: Record<string, string | number>): string {
  const [address = ''] = url.split('#');
  const added = Object.entries(caller).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const separator = address.includes('?') ? (/[?&]$/.test(address) ? '' : '&') : '?';
  return `${address}${separator}${added.join('&')}`;
}

async function attempt(standIn: StandIn, outgoing: Outgoing, timeoutMs: number): Promise<Attempt> {
  const { pathname, search } = new URL(outgoing.url);
  const fault = standIn.faults.take(`FETCH ${outgoing.method} ${pathname}${search}`);
  if (fault?.kind === 'drop') return { kind: 'unreachable' };
  if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (fault?.kind === '429' || fault?.kind === '500')
    return { kind: 'answered', answer: refusal(Number(fault.kind), 'A fault was asked for.') };
  const result = await send(standIn, outgoing, timeoutMs);
  return fault?.kind === 'timeout-after-success' ? { kind: 'unreachable' } : result;
}

async function send(standIn: StandIn, outgoing: Outgoing, timeoutMs: number): Promise<Attempt> {
  const signature = signRequest(outgoing.clientSecret, { ...outgoing, timestamp: standIn.baseClock.now().getTime() });
  try {
    const answer = await fetch(outgoing.url, {
      method: outgoing.method,
      headers: { ...outgoing.headers, ...signature },
      body: outgoing.body === '' ? null : outgoing.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(answer);
    if (text === null) return { kind: 'too-large' };
    const headers = Object.fromEntries(
      PASSED_BACK.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name) ?? '']] : [])),
    );
    return { kind: 'answered', answer: { status: answer.status, body: text, headers } };
  } catch (thrown) {
    return thrown instanceof Error && thrown.name === 'TimeoutError' ? { kind: 'timeout' } : { kind: 'unreachable' };
  }
}

async function readBounded(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > MAX_BYTES) {
      await reader?.cancel();
      return null;
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toAnswer(attempted: Attempt): FetchAnswer {
  switch (attempted.kind) {
    case 'answered':
      return attempted.answer;
    case 'unreachable':
      return refusal(502, 'The app could not be reached.');
    case 'timeout':
      return refusal(504, 'The app did not answer in time.');
    case 'too-large':
      return refusal(502, "The app's answer is larger than 1 MB.");
  }
}

function refusal(status: number, message: string): FetchAnswer {
  return {
    status,
    body: JSON.stringify({ status: 'error', message }),
    headers: { 'content-type': 'application/json' },
  };
}

/** A prefix that ends at a boundary: `http://127.0.0.1:80` does not permit port 8080. */
function isWithin(permitted: string, url: string): boolean {
  if (!url.startsWith(permitted)) return false;
  return permitted.endsWith('/') || url.length === permitted.length || '/?#'.includes(url.charAt(permitted.length));
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
