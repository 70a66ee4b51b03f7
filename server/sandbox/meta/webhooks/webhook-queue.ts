import { z } from 'zod';
import type { Log } from '../../../observe/log.ts';
import { jsonColumn, type Store } from '../store.ts';
import type { StandInClock } from '../stand-in-clock.ts';
import { OVERRIDABLE_FIELDS, type WebhookField } from './webhook-fields.ts';
import { callOnce } from './call-once.ts';
import { signBody, toWireJson } from './sign-body.ts';

export type WebhookEvent = {
  wabaId: string;
  field: WebhookField;
  value: unknown;
  /** Events of one lane are not under way at the same time; so statuses of one message leave in order unless one is retried. */
  lane: string;
};

/** Meta tries again with falling frequency for seven days (whatsapp-flows.md section 10); its exact steps are not published. */
export const META_RETRY_DELAYS_MS = [
  1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 57_600_000,
  86_400_000, 86_400_000, 86_400_000, 86_400_000,
];
const DEADLINE_MS = 20_000;
const MAX_AT_ONCE = 8;
/** setTimeout cannot wait longer; the queue looks again then. */
const MAX_TIMER_MS = 2_000_000_000;

const dueSchema = z.object({
  n: z.number(),
  app_id: z.string(),
  url: z.string(),
  lane: z.string(),
  body: z.string(),
  attempt: z.number(),
});
const targetSchema = z.object({
  app_id: z.string(),
  override_uri: z.string().nullable(),
  callback_url: z.string().nullable(),
  webhook_fields: jsonColumn(z.array(z.string())),
});
type Due = z.infer<typeof dueSchema>;

/** Posts webhooks from the store, signed, at least once, and keeps trying until the receiver answers 200. */
export class WebhookQueue {
  #store: Store;
  #clock: StandInClock;
  #retryDelaysMs: readonly number[];
  #log: Log | null;
  #busyLanes = new Map<string, Promise<void>>();
  #waiters = new Map<number, (status: number) => void>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: { store: Store; clock: StandInClock; retryDelaysMs?: readonly number[]; log: Log | null }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#retryDelaysMs = options.retryDelaysMs ?? META_RETRY_DELAYS_MS;
    this.#log = options.log;
  }

  /** Stores one call per subscribed app; nothing leaves before `pump`. Answers the calls' numbers. */
  enqueue(event: WebhookEvent): number[] {
    const body = toWireJson({
      object: 'whatsapp_business_account',
      entry: [{ id: event.wabaId, changes: [{ value: event.value, field: event.field }] }],
    });
    const now = this.#clock.nowMs();
    return this.#targets(event).map(({ appId, url }) => {
      const row = this.#store.first(
        z.object({ n: z.number() }),
        `insert into webhooks (app_id, url, lane, body, attempt, first_at, due_at) values (?, ?, ?, ?, 0, ?, ?) returning n`,
        appId,
        url,
        event.lane,
        body,
        now,
        now,
      );
      return row?.n ?? 0;
    });
  }

  /** Sends at once and answers the HTTP status of the first call's first try: 0 for none, null if nobody is subscribed. */
  async deliverNow(numbers: number[]): Promise<number | null> {
    const first = numbers[0];
    if (first === undefined) return null;
    const answered = new Promise<number>((resolve) => this.#waiters.set(first, resolve));
    this.pump();
    return answered;
  }

  /** Starts what is due. Calls may end in any order across lanes. */
  pump(upToMs = this.#clock.nowMs()): void {
    if (this.#isClosed) return;
    const due = this.#store.all(
      dueSchema,
      `select n, app_id, url, lane, body, attempt from webhooks where due_at is not null and due_at <= ? order by n limit 500`,
      upToMs,
    );
    for (const call of due) {
      if (this.#busyLanes.size >= MAX_AT_ONCE) break;
      if (this.#busyLanes.has(call.lane)) continue;
      this.#start(call, upToMs);
    }
    this.#schedule();
  }

  /** Waits for what is under way; the rest stays in the store for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await Promise.all(this.#busyLanes.values());
    for (const resolve of this.#waiters.values()) resolve(0);
  }

  #start(call: Due, upToMs: number): void {
    const work = this.#post(call).then((status) => {
      this.#busyLanes.delete(call.lane);
      this.#record(call, status);
      this.#waiters.get(call.n)?.(status);
      this.#waiters.delete(call.n);
      this.pump(Math.max(upToMs, this.#clock.nowMs()));
    });
    this.#busyLanes.set(call.lane, work);
  }

  #targets(event: WebhookEvent): { appId: string; url: string }[] {
    const rows = this.#store.all(
      targetSchema,
      `select s.app_id, s.override_uri, a.callback_url, a.webhook_fields
       from subscriptions s join apps a on a.id = s.app_id where s.waba_id = ?`,
      event.wabaId,
    );
    return rows.flatMap((row) => {
      const url = (OVERRIDABLE_FIELDS.has(event.field) ? row.override_uri : null) ?? row.callback_url;
      return url && row.webhook_fields.includes(event.field) ? [{ appId: row.app_id, url }] : [];
    });
  }

  async #post(call: Due): Promise<number> {
    const app = this.#store.first(
      z.object({ secret: z.string() }),
      'select secret from apps where id = ?',
      call.app_id,
    );
    if (!app) return 0;
    try {
      const answer = await callOnce({
        url: call.url,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': signBody(call.body, app.secret) },
        body: call.body,
        deadlineMs: DEADLINE_MS,
        maxBytes: 65_536,
      });
      return answer.status;
    } catch {
      return 0;
    }
  }

  #record(call: Due, status: number): void {
    if (status === 200) {
      this.#store.run('update webhooks set due_at = null, last_status = ? where n = ?', status, call.n);
      return;
    }
    const delay = this.#retryDelaysMs[call.attempt];
    this.#log?.warn({ status, attempt: call.attempt + 1, givenUp: delay === undefined }, 'webhook not taken');
    const dueAt = delay === undefined ? null : this.#clock.nowMs() + delay;
    this.#store.run(
      'update webhooks set due_at = ?, attempt = attempt + 1, last_status = ? where n = ?',
      dueAt,
      status,
      call.n,
    );
  }

  #schedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const now = this.#clock.nowMs();
    const next = this.#store.first(
      z.object({ at: z.number().nullable() }),
      'select min(due_at) as at from webhooks where due_at > ?',
      now,
    )?.at;
    if (next === null || next === undefined) return;
    // The timer stands for its due time, so that a clock that a test holds still does not stop the retries.
    this.#timer = setTimeout(() => this.pump(next), Math.min(next - now, MAX_TIMER_MS));
    this.#timer.unref();
  }
}
