import type { SafeAnswer, SafeFetch } from '../../../safe-fetch/safe-fetch.ts';
import type { VendorAnswer } from './vendor.ts';

/** Two calls of one start and a message fit into a worker's 45 s. */
const DEADLINE_MS = 10_000;
/** A result with its extracted data is some kilobytes. */
const MAX_BYTES = 512 * 1_024;

export type VendorCall = {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** A repeat does no harm: a read, or a call with the vendor's own idempotency key. */
  idempotent: boolean;
};
/** Sends one call and answers its parsed body. Retry rule: never here; the delivery's schedule repeats. */
export type CallVendor = (call: VendorCall) => Promise<VendorAnswer<unknown>>;

/** Calls vendors over the one safe way out, with deadline and bounded body. */
export function vendorCaller(safeFetch: SafeFetch, o: { now: () => Date; signal?: AbortSignal }): CallVendor {
  return async (call) => {
    const answer = await safeFetch({
      url: call.url,
      method: call.method,
      headers: { accept: 'application/json', 'user-agent': 'Flowella/1', ...call.headers },
      ...(call.body === undefined ? {} : { body: call.body }),
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_BYTES,
      ...(o.signal ? { signal: o.signal } : {}),
    });
    return meaningOf(answer, call, o.now());
  };
}

/** What an answer means for a delivery. A POST without idempotency that failed on the vendor's side may have taken effect. Pure. */
export function meaningOf(
  answer: SafeAnswer,
  call: Pick<VendorCall, 'method' | 'idempotent'>,
  now: Date,
): VendorAnswer<unknown> {
  const lost = call.idempotent ? 'retry' : 'unknown';
  switch (answer.kind) {
    case 'refused':
      return answer.why === 'not_resolved'
        ? { kind: 'retry', code: 'identity_unreachable', status: 0 }
        : { kind: 'dead', code: 'identity_url_refused', status: 0 };
    case 'unreached':
      return { kind: 'retry', code: 'identity_unreachable', status: 0 };
    case 'lost':
      return { kind: lost, code: 'identity_no_answer', status: 0 };
    case 'answer':
      return meaningOfStatus(answer, lost, now);
  }
}

function meaningOfStatus(
  answer: Extract<SafeAnswer, { kind: 'answer' }>,
  lost: 'retry' | 'unknown',
  now: Date,
): VendorAnswer<unknown> {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const value = answer.truncated ? undefined : readJson(answer.body);
    return value === undefined ? { kind: lost, code: 'identity_unreadable', status } : { kind: 'ok', value };
  }
  const pauseMs = retryAfterMs(answer.headers['retry-after'], now);
  const pause = pauseMs === undefined ? {} : { retryAfterMs: pauseMs };
  if (status === 429) return { kind: 'retry', code: 'identity_slow_down', status, ...pause };
  // Another call with the same idempotency key is still at work.
  if (status === 409) return { kind: 'retry', code: 'identity_slow_down', status, ...pause };
  if (status >= 500 || status === 408) return { kind: lost, code: 'identity_unavailable', status, ...pause };
  if (status === 401 || status === 403) return { kind: 'held', code: 'identity_key_refused', status };
  if (status === 404 || status === 410) return { kind: 'dead', code: 'identity_not_found', status };
  return { kind: 'dead', code: 'identity_refused', status };
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return ms > 0 ? ms : undefined;
}

/** An answer of another shape than the vendor documents: of a POST it may have taken effect. */
export function unreadable(idempotent: boolean): Extract<VendorAnswer<never>, { code: string }> {
  return { kind: idempotent ? 'retry' : 'unknown', code: 'identity_unreadable', status: 200 };
}
