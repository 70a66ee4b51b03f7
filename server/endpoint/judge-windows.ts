import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../db/db.ts';
import { LATENCY_BOUNDS_MS } from './endpoint-meter.ts';

/** What was counted for one flow (or, with an empty `flowId`, for what of an account belongs to no known flow) in a span of time. */
export type MeasuredWindow = {
  portalId: number;
  accountId: string;
  flowId: string;
  minutes: number;
  requests: number;
  faults: number;
  unsigned: number;
  unreadable: number;
  unavailable: number;
  clientErrors: number;
  /** Calls by duration, in the order of `LATENCY_BOUNDS_MS`, the slower ones last. */
  latency: number[];
};

export type EndpointProblem =
  | { kind: 'endpoint_slow'; p90Ms: number; requests: number }
  | { kind: 'endpoint_failing'; percent: number; requests: number }
  | { kind: 'endpoint_unavailable'; percent: number; requests: number }
  | { kind: 'phone_errors'; percent: number; requests: number }
  | { kind: 'key_mismatch'; requests: number }
  | { kind: 'signature_mismatch'; requests: number };

/**
 * Meta warns at a p90 of 1 s and 5 % errors within 30 minutes, 90 % availability within 10, 5 % client errors within 60
 * (whatsapp-flows.md section 6.9). We are told at half of that, over Meta's window and over half of it, whichever is first: what a
 * call needs on its way to us, which we cannot see, comes on top of our figures.
 */
export const OUR_LIMITS = {
  p90Ms: 500,
  errorPercent: 2,
  unavailablePercent: 3,
  clientErrorPercent: 2,
  /** Fewer calls prove nothing: one slow call of three is no p90. */
  minRequests: 20,
  /** And neither does a single failure. */
  minFailures: 3,
} as const;
/** Calls that nobody we know has signed come from strangers too: only many of them, and no good one beside them, are a wrong secret. */
const MIN_UNSIGNED = 10;

const WINDOWS = { latency: [15, 30], errors: [15, 30], availability: [5, 10], client: [30, 60] } as const;
/** Every window that is looked at, in minutes. */
export const WINDOW_MINUTES = [...new Set(Object.values(WINDOWS).flat())].toSorted((a, b) => a - b);

/** The problems that one flow's windows show, the worst figure of each kind. Pure. */
export function judgeWindows(windows: readonly MeasuredWindow[]): EndpointProblem[] {
  const of = (minutes: readonly number[]): MeasuredWindow[] => windows.filter((one) => minutes.includes(one.minutes));
  return [
    worst(of(WINDOWS.latency).map(slow), (one) => one.p90Ms),
    worst(of(WINDOWS.errors).map(failing), (one) => one.percent),
    worst(of(WINDOWS.availability).map(unavailable), (one) => one.percent),
    worst(of(WINDOWS.client).map(phoneErrors), (one) => one.percent),
    worst(of(WINDOWS.errors).map(keyMismatch), (one) => one.requests),
    worst(of(WINDOWS.errors).map(signatureMismatch), (one) => one.requests),
  ].filter((problem) => problem !== null);
}

function worst<T>(problems: readonly (T | null)[], badness: (one: T) => number): T | null {
  const found = problems.filter((one) => one !== null);
  return found.toSorted((a, b) => badness(b) - badness(a))[0] ?? null;
}

function slow(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'endpoint_slow' }> | null {
  const p90Ms = percentileMs(window.latency, 0.9);
  if (window.requests < OUR_LIMITS.minRequests || p90Ms <= OUR_LIMITS.p90Ms) return null;
  return { kind: 'endpoint_slow', p90Ms, requests: window.requests };
}

/** The upper bound of the bucket that a share of the calls does not exceed; twice the last bound where it is slower than all. Pure. */
export function percentileMs(latency: readonly number[], share: number): number {
  const total = latency.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [place, count] of latency.entries()) {
    seen += count;
    if (seen >= total * share && total > 0) return LATENCY_BOUNDS_MS[place] ?? (LATENCY_BOUNDS_MS.at(-1) ?? 0) * 2;
  }
  return 0;
}

function failing(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'endpoint_failing' }> | null {
  const failures = window.faults + window.unreadable;
  const percent = percentOf(failures, window.requests);
  if (failures < OUR_LIMITS.minFailures || percent < OUR_LIMITS.errorPercent) return null;
  return { kind: 'endpoint_failing', percent, requests: window.requests };
}

function unavailable(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'endpoint_unavailable' }> | null {
  // What never reached us is in Meta's notices alone, so it is counted on both sides.
  const missed = window.faults + window.unavailable;
  const tried = window.requests + window.unavailable;
  const percent = percentOf(missed, tried);
  if (missed < OUR_LIMITS.minFailures || percent < OUR_LIMITS.unavailablePercent) return null;
  return { kind: 'endpoint_unavailable', percent, requests: tried };
}

function phoneErrors(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'phone_errors' }> | null {
  const percent = percentOf(window.clientErrors, window.requests);
  if (window.clientErrors < OUR_LIMITS.minFailures || percent < OUR_LIMITS.clientErrorPercent) return null;
  return { kind: 'phone_errors', percent, requests: window.requests };
}

function keyMismatch(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'key_mismatch' }> | null {
  if (window.unreadable < OUR_LIMITS.minFailures) return null;
  return percentOf(window.unreadable, window.requests) < OUR_LIMITS.errorPercent
    ? null
    : { kind: 'key_mismatch', requests: window.unreadable };
}

function signatureMismatch(window: MeasuredWindow): Extract<EndpointProblem, { kind: 'signature_mismatch' }> | null {
  if (window.unsigned < MIN_UNSIGNED || window.requests > 0) return null;
  return { kind: 'signature_mismatch', requests: window.unsigned };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 10;
}

const count = z.coerce.number();
const rowSchema = z.object({
  portal_id: count,
  account_id: z.string(),
  flow_id: z.string(),
  minutes: z.number(),
  requests: count,
  faults: count,
  unsigned: count,
  unreadable: count,
  unavailable: count,
  client_errors: count,
  latency: z.array(count),
});

/** Every flow's windows that end now, over all processes and portals. */
export async function readWindows(db: Db, now: Date): Promise<MeasuredWindow[]> {
  const { rows } = await sql<unknown>`select * from endpoint_windows(${now}, ${WINDOW_MINUTES}::integer[])`.execute(db);
  return rows.map((raw) => {
    const row = rowSchema.parse(raw);
    return {
      portalId: row.portal_id,
      accountId: row.account_id,
      flowId: row.flow_id,
      minutes: row.minutes,
      requests: row.requests,
      faults: row.faults,
      unsigned: row.unsigned,
      unreadable: row.unreadable,
      unavailable: row.unavailable,
      clientErrors: row.client_errors,
      latency: row.latency,
    };
  });
}

export type Judged = { portalId: number; accountId: string; flowId: string | null; problem: EndpointProblem };

/**
 * The problems of every flow, and of an account as a whole where no single flow shows it: many flows that are used a little each are
 * judged together, with pings and what could not be opened. Pure.
 */
export function judgeAll(windows: readonly MeasuredWindow[]): Judged[] {
  const byAccount = Map.groupBy(windows, (one) => `${one.portalId}/${one.accountId}`);
  return [...byAccount.values()].flatMap((own) => {
    const byFlow = Map.groupBy(own, (one) => one.flowId);
    byFlow.delete('');
    const found = [...byFlow].flatMap(([flowId, one]) =>
      judgeWindows(one).map((problem) => toJudged(own, flowId, problem)),
    );
    const together = WINDOW_MINUTES.map((minutes) => sumOf(own.filter((one) => one.minutes === minutes))).filter(
      (one) => one !== null,
    );
    const seen = new Set(found.map((one) => one.problem.kind));
    const wide = judgeWindows(together).filter((problem) => !seen.has(problem.kind));
    return [...found, ...wide.map((problem) => toJudged(own, null, problem))];
  });
}

function toJudged(own: readonly MeasuredWindow[], flowId: string | null, problem: EndpointProblem): Judged {
  const [first] = own;
  return { portalId: first?.portalId ?? 0, accountId: first?.accountId ?? '', flowId, problem };
}

function sumOf(windows: readonly MeasuredWindow[]): MeasuredWindow | null {
  const [first, ...others] = windows;
  if (!first) return null;
  return others.reduce(
    (sum, one) => ({
      ...sum,
      requests: sum.requests + one.requests,
      faults: sum.faults + one.faults,
      unsigned: sum.unsigned + one.unsigned,
      unreadable: sum.unreadable + one.unreadable,
      unavailable: sum.unavailable + one.unavailable,
      clientErrors: sum.clientErrors + one.clientErrors,
      latency: sum.latency.map((count, place) => count + (one.latency[place] ?? 0)),
    }),
    { ...first, flowId: '' },
  );
}
