import type { SafeAnswer, SafeFetch } from '../../safe-fetch/safe-fetch.ts';
import { signWebhook } from './sign-webhook.ts';
import type { WebhookEvent } from './to-event.ts';
import type { WebhookTextCode } from './webhook-texts.ts';

/** Standard Webhooks: 15 to 30 s. Three rounds of it fit into a worker's 45 s. */
const DEADLINE_MS = 15_000;
/** Nothing of the answer's body is used. */
const MAX_BYTES = 16_384;
const USER_AGENT = 'Flowella-Webhooks/1';

export type WebhookAnswer = {
  /** `gone`: switch it off. `unknown`: it may have arrived; repeated with the same id all the same. */
  kind: 'delivered' | 'retry' | 'unknown' | 'dead' | 'gone';
  code: WebhookTextCode;
  /** The receiver's HTTP status; 0 where there was none. */
  status: number;
  retryAfterMs?: number;
};

/**
 * Sends one event and says what its answer means. Retry rule: never here; the caller repeats by its schedule with the same `id`, by
 * which the receiver knows a repeat. `at` is the time of this attempt.
 */
export async function callWebhook(
  safeFetch: SafeFetch,
  call: {
    webhook: { url: string; secrets: readonly string[] };
    id: string;
    event: WebhookEvent;
    at: Date;
    signal?: AbortSignal;
  },
): Promise<WebhookAnswer> {
  const body = JSON.stringify(call.event);
  const answer = await safeFetch({
    url: call.webhook.url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      ...signWebhook({ id: call.id, at: call.at, body, secrets: call.webhook.secrets }),
    },
    body,
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_BYTES,
    ...(call.signal ? { signal: call.signal } : {}),
  });
  return meaningOf(answer, call.at);
}

/** Standard Webhooks, *Delivery*: 2xx is success, 410 disables, 429, 502, 503 and 504 ask to slow down, redirects are failures. Pure. */
export function meaningOf(answer: SafeAnswer, now: Date): WebhookAnswer {
  switch (answer.kind) {
    case 'answer':
      return meaningOfStatus(answer.status, retryAfterMs(answer.headers['retry-after'], now));
    case 'refused':
      return answer.why === 'not_resolved'
        ? { kind: 'retry', code: 'webhook_no_address', status: 0 }
        : { kind: 'dead', code: 'webhook_url_refused', status: 0 };
    case 'unreached':
      return {
        kind: 'retry',
        code: answer.why === 'certificate' ? 'webhook_certificate' : 'webhook_unreachable',
        status: 0,
      };
    case 'lost':
      return {
        kind: 'unknown',
        code: answer.why === 'deadline' ? 'webhook_timeout' : 'webhook_connection_lost',
        status: 0,
      };
  }
}

function meaningOfStatus(status: number, pauseMs: number | undefined): WebhookAnswer {
  const pause = pauseMs === undefined ? {} : { retryAfterMs: pauseMs };
  if (status >= 200 && status < 300) return { kind: 'delivered', code: 'webhook_delivered', status };
  if (status === 410) return { kind: 'gone', code: 'webhook_gone', status };
  if (status === 429 || status === 503) return { kind: 'retry', code: 'webhook_slow_down', status, ...pause };
  // 408 and 425 say of themselves that a repeat may work.
  if (status >= 500 || status === 408 || status === 425)
    return { kind: 'retry', code: 'webhook_unavailable', status, ...pause };
  return { kind: 'dead', code: status >= 400 ? 'webhook_refused' : 'webhook_redirect', status };
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3); undefined when it is neither or lies in the past. */
function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return ms > 0 ? ms : undefined;
}
