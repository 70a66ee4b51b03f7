import { sql } from 'kysely';
import type { Db } from '../db/db.ts';
import type { Metrics } from '../observe/metrics.ts';
import { isUnavailable, knownErrorType } from './error-types.ts';

/** Upper bounds of the duration buckets in milliseconds; one more bucket takes what is slower. Stored by position: never changed. */
export const LATENCY_BOUNDS_MS = [50, 100, 200, 300, 400, 500, 750, 1_000, 5_000, 7_000] as const;
/** Flows and minutes of one process between two flushes; what comes on top is counted for the account as a whole. */
const MAX_ENTRIES = 5_000;
/** Sends whose flow is remembered, so that a notice about one needs no look at the database. */
const MAX_SENDS = 20_000;
const ROWS_PER_FLUSH = 500;
const MINUTE_MS = 60_000;

/** What became of one call: `fault` is ours, `unsigned` and `unreadable` say that secrets or keys do not fit. */
export type CallOutcome = 'ok' | 'fault' | 'unsigned' | 'unreadable';
type Account = { portalId: number; accountId: string };
type Entry = {
  portal_id: number;
  account_id: string;
  flow_id: string;
  minute: string;
  requests: number;
  faults: number;
  unsigned: number;
  unreadable: number;
  unavailable: number;
  client_errors: number;
  latency: number[];
};

/**
 * Counts what the endpoint does, per flow and minute, in memory alone: a request costs two look-ups and some additions, and no
 * call to the database. `flush` adds what was counted to the database, where all processes' counts meet; a process that dies
 * loses the seconds since its last flush and nothing else.
 */
export class EndpointMeter {
  #entries = new Map<string, Entry>();
  #flowOfSend = new Map<string, string>();
  #metrics: Metrics | null;

  constructor(metrics: Metrics | null = null) {
    this.#metrics = metrics;
  }

  /** One call that was answered. `ms`: from its arrival to its answer. */
  noteCall(account: Account, call: { flowId: string | null; outcome: CallOutcome; ms: number; at: Date }): void {
    const entry = this.#entryOf(account, call.flowId, call.at);
    this.#metrics?.endpointCalls.inc({ outcome: call.outcome });
    if (call.outcome === 'unsigned') {
      // Anybody can send these: they say nothing about how the endpoint serves Meta.
      entry.unsigned += 1;
      return;
    }
    this.#metrics?.endpointSeconds.observe(call.ms / 1_000);
    entry.requests += 1;
    if (call.outcome === 'fault') entry.faults += 1;
    if (call.outcome === 'unreadable') entry.unreadable += 1;
    const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => call.ms <= bound);
    const place = bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket;
    entry.latency[place] = (entry.latency[place] ?? 0) + 1;
  }

  /** Remembers which flow a send is of. */
  noteSend(sendId: string, flowId: string): void {
    if (this.#flowOfSend.get(sendId) === flowId) return;
    this.#flowOfSend.set(sendId, flowId);
    if (this.#flowOfSend.size <= MAX_SENDS) return;
    const oldest = this.#flowOfSend.keys().next();
    if (!oldest.done) this.#flowOfSend.delete(oldest.value);
  }

  flowOf(sendId: string): string | null {
    return this.#flowOfSend.get(sendId) ?? null;
  }

  /** An error notice of Meta: what went wrong on a phone or on the way to us. `type` as Meta wrote it. */
  noteClientError(account: Account, notice: { flowId: string | null; type: string; at: Date }): void {
    const entry = this.#entryOf(account, notice.flowId, notice.at);
    if (isUnavailable(notice.type)) entry.unavailable += 1;
    else entry.client_errors += 1;
    this.#metrics?.metaNotices.inc({ type: knownErrorType(notice.type) });
  }

  /** How many rows wait for the next flush. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds everything counted since the last flush to the database. What could not be written is counted on and written next time. */
  async flush(db: Db): Promise<number> {
    const taken = this.#entries;
    this.#entries = new Map();
    const rows = [...taken.values()];
    let written = 0;
    try {
      while (written < rows.length) {
        const batch = rows.slice(written, written + ROWS_PER_FLUSH);
        await sql`select add_endpoint_measures(${JSON.stringify(batch)}::jsonb)`.execute(db);
        written += batch.length;
      }
    } catch (err) {
      for (const row of rows.slice(written)) this.#giveBack(row);
      throw err;
    }
    return written;
  }

  #entryOf(account: Account, flowId: string | null, at: Date): Entry {
    const minute = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
    const wanted = `${account.accountId}/${flowId ?? ''}/${minute}`;
    const present = this.#entries.get(wanted);
    if (present) return present;
    if (this.#entries.size >= MAX_ENTRIES && flowId !== null) return this.#entryOf(account, null, at);
    const entry: Entry = {
      portal_id: account.portalId,
      account_id: account.accountId,
      flow_id: flowId ?? '',
      minute: new Date(minute).toISOString(),
      requests: 0,
      faults: 0,
      unsigned: 0,
      unreadable: 0,
      unavailable: 0,
      client_errors: 0,
      latency: new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0),
    };
    this.#entries.set(wanted, entry);
    return entry;
  }

  #giveBack(row: Entry): void {
    const entry = this.#entryOf(
      { portalId: row.portal_id, accountId: row.account_id },
      row.flow_id === '' ? null : row.flow_id,
      new Date(row.minute),
    );
    for (const key of COUNTS) entry[key] += row[key];
    entry.latency = entry.latency.map((count, place) => count + (row.latency[place] ?? 0));
  }
}

const COUNTS = ['requests', 'faults', 'unsigned', 'unreadable', 'unavailable', 'client_errors'] as const;
