import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { Log } from '../observe/log.ts';
import type { Bucket, Budgets } from './budgets.ts';
import type { HubSpotClient, HubSpotRequest } from './client.ts';
import { sendRequest, type SendOptions, type SendResult } from './send-request.ts';
import { hubSpotError, readHubSpotError, toHubSpotError } from './to-hubspot-error.ts';
import type { HubSpotTokens } from './tokens.ts';

const DEFAULT_DEADLINE_MS = 10_000;
/** HubSpot's largest useful answer is a page of form definitions; beyond this something is wrong. */
const MAX_BYTES = 8 * 1_048_576;
/** Longest wait for the portal's budget inside one call; a longer one is the caller's to schedule. */
const MAX_BUDGET_WAIT_MS = 5_000;
/** A read or an upsert is tried this often on a connection fault or 5xx. */
const MAX_TRIES = 3;

type Answer = Extract<SendResult, { kind: 'answer' }>;
type Step<T> =
  | { kind: 'done'; value: T }
  | { kind: 'again'; afterMs: number; rejectedToken?: string; error: Error }
  | { kind: 'failed'; error: Error };

export type HubSpotClientOptions = {
  apiUrl: string;
  formsUrl: string;
  db: Db;
  tokens: HubSpotTokens;
  budgets: Budgets;
  clock: Clock;
  log: Log;
  /** Tests replace it, so that no test sleeps. */
  wait?: (ms: number) => Promise<unknown>;
  random?: () => number;
};

/** The client every room uses to reach HubSpot; see `HubSpotClient` for the errors it throws. */
export function createHubSpotClient(options: HubSpotClientOptions): HubSpotClient {
  const { tokens, log } = options;
  const wait = options.wait ?? sleep;
  const random = options.random ?? Math.random;

  async function payFor(portalId: PortalId, request: HubSpotRequest<unknown>): Promise<void> {
    let waitedMs = 0;
    for (;;) {
      const { waitMs } = await options.budgets.spend(portalId, bucketsOf(request), request.priority);
      if (waitMs === 0) return;
      if (waitedMs + waitMs > MAX_BUDGET_WAIT_MS) {
        throw hubSpotError('hubspot_rate_limited', { context: { retryAfterMs: waitMs, own: true } });
      }
      // Spread, so that callers that wait together do not come back together.
      const ms = Math.ceil(waitMs * (1 + random() * 0.2));
      waitedMs += ms;
      await wait(ms);
    }
  }

  async function attempt<T>(portalId: PortalId, request: HubSpotRequest<T>, rejected?: string): Promise<Step<T>> {
    // The token first: a portal that is gone must not wait for a budget.
    const accessToken = await tokens.accessToken(portalId, rejected);
    await payFor(portalId, request);
    const result = await sendRequest({
      baseUrl: request.host === 'forms' ? options.formsUrl : options.apiUrl,
      method: request.method,
      path: request.path,
      query: request.query,
      accessToken,
      body: bodyOf(request),
      deadlineMs: request.deadlineMs ?? DEFAULT_DEADLINE_MS,
      maxBytes: MAX_BYTES,
    });
    if (result.kind !== 'answer') return unanswered(request, result);
    await learn(portalId, request, result);
    if (result.status === 401 && rejected === undefined) {
      return { kind: 'again', afterMs: 0, rejectedToken: accessToken, error: toHubSpotError(401, result.body, 0) };
    }
    return judge(portalId, request, result);
  }

  async function judge<T>(portalId: PortalId, request: HubSpotRequest<T>, answer: Answer): Promise<Step<T>> {
    const { status } = answer;
    if (status >= 200 && status < 300) return accepted(request, answer);
    logFailure(portalId, request, answer);
    if (status === 429) return limited(portalId, request, answer);
    if (status >= 500) return serverFault(request);
    return { kind: 'failed', error: toHubSpotError(status, answer.body, retryAfterMs(answer.headers, 2_000)) };
  }

  /** A 429 had no effect: it is repeated when the pause is short, whatever the request. */
  async function limited<T>(portalId: PortalId, request: HubSpotRequest<T>, answer: Answer): Promise<Step<T>> {
    const { policyName, message } = readHubSpotError(answer.body);
    const pauseMs = Math.ceil(await pauseFor(portalId, policyName, message, answer.headers));
    const bucket = /secondly limit/i.test(message) ? 'hubspot-search' : mainBucket(request);
    await options.budgets.pause(portalId, bucket, pauseMs);
    const error = hubSpotError('hubspot_rate_limited', { context: { retryAfterMs: pauseMs, own: false } });
    return pauseMs <= 1_500 ? { kind: 'again', afterMs: pauseMs, error } : { kind: 'failed', error };
  }

  async function pauseFor(portalId: PortalId, policy: string, message: string, headers: Headers): Promise<number> {
    if (policy === 'DAILY') return msUntilMidnight(options.clock.now(), await timeZoneOf(options.db, portalId));
    if (policy === 'SECONDLY' || /secondly limit/i.test(message)) return retryAfterMs(headers, 1_000) + random() * 200;
    return retryAfterMs(headers, 10_000) + random() * 1_000;
  }

  async function learn(portalId: PortalId, request: HubSpotRequest<unknown>, { headers }: Answer): Promise<void> {
    const max = Number(headers.get('x-hubspot-ratelimit-max') ?? Number.NaN);
    const remaining = Number(headers.get('x-hubspot-ratelimit-remaining') ?? Number.NaN);
    const windowMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? 10_000);
    if (!Number.isFinite(max) || !Number.isFinite(remaining) || max < 1 || windowMs !== 10_000) return;
    await options.budgets.observe(portalId, mainBucket(request), { max, remaining });
  }

  function logFailure(portalId: PortalId, request: HubSpotRequest<unknown>, { status, body }: Answer): void {
    const { category, correlationId, policyName } = readHubSpotError(body);
    // Only the first part of the path: the rest can hold a record's id or an e-mail address.
    const area = request.path.split('/').slice(0, 3).join('/');
    log.warn(
      { portalId, method: request.method, area, status, category, correlationId, policyName },
      'HubSpot refused a call',
    );
  }

  return {
    async call(portalId, request) {
      let rejected: string | undefined;
      for (let tries = 1; ; tries += 1) {
        const step = await attempt(portalId, request, rejected);
        if (step.kind === 'done') return step.value;
        if (step.kind === 'failed' || tries >= MAX_TRIES) throw step.error;
        rejected = step.rejectedToken ?? rejected;
        const backOffMs = step.rejectedToken ? 0 : Math.max(step.afterMs, random() * 200 * 2 ** tries);
        if (backOffMs > 0) await wait(Math.ceil(backOffMs));
      }
    },
  };
}

function bodyOf(request: HubSpotRequest<unknown>): SendOptions['body'] {
  if (request.upload) return { kind: 'multipart', value: request.upload };
  return request.body === undefined ? { kind: 'none' } : { kind: 'json', value: request.body };
}

function accepted<T>(request: HubSpotRequest<T>, answer: Answer): Step<T> {
  const parsed = request.schema.safeParse(answer.body);
  if (parsed.success) return { kind: 'done', value: parsed.data };
  // It took effect, but we cannot read what came of it.
  const code = request.idempotent ? 'hubspot_unavailable' : 'hubspot_outcome_unknown';
  return {
    kind: 'failed',
    error: hubSpotError(code, { context: { why: 'unexpected_answer', status: answer.status } }),
  };
}

function serverFault<T>(request: HubSpotRequest<T>): Step<T> {
  if (request.idempotent) return { kind: 'again', afterMs: 200, error: hubSpotError('hubspot_unavailable') };
  return { kind: 'failed', error: hubSpotError('hubspot_outcome_unknown', { context: { why: 'server_error' } }) };
}

function unanswered<T>(request: HubSpotRequest<T>, result: Exclude<SendResult, Answer>): Step<T> {
  if (result.kind === 'unreached') {
    return {
      kind: 'again',
      afterMs: 200,
      error: hubSpotError('hubspot_unavailable', { context: { why: 'unreached' } }),
    };
  }
  if (!request.idempotent) {
    return { kind: 'failed', error: hubSpotError('hubspot_outcome_unknown', { context: { why: result.why } }) };
  }
  const error = hubSpotError('hubspot_unavailable', { context: { why: result.why } });
  // A call that used up its whole deadline is not repeated here: the caller's time is over too.
  return result.why === 'connection' ? { kind: 'again', afterMs: 200, error } : { kind: 'failed', error };
}

function mainBucket(request: HubSpotRequest<unknown>): Bucket {
  return request.host === 'forms' ? 'hubspot-forms' : 'hubspot-api';
}

/** A search counts against its own limit and against the account's. */
function bucketsOf(request: HubSpotRequest<unknown>): Bucket[] {
  if (request.host === 'forms') return ['hubspot-forms'];
  return request.method === 'POST' && request.path.endsWith('/search')
    ? ['hubspot-api', 'hubspot-search']
    : ['hubspot-api'];
}

/** `Retry-After` in seconds, as HubSpot sends it on 429, 423 and 477. */
function retryAfterMs(headers: Headers, fallbackMs: number): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : fallbackMs;
}

async function timeZoneOf(db: Db, portalId: PortalId): Promise<string> {
  const row = await withPortal(db, portalId, (tx) =>
    tx.selectFrom('portals').select('time_zone').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return row?.time_zone ?? 'UTC';
}

/** A daily limit ends at midnight of the portal's time zone (hubspot-platform.md section 5.10). */
export function msUntilMidnight(now: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return 86_400_000 - ((read('hour') * 60 + read('minute')) * 60 + read('second')) * 1_000;
}
