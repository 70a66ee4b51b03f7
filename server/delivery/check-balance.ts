import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/db.ts';
import { DESTINATION_KINDS } from '../destinations/destination.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';

const STATES = ['waiting', 'delivering', 'held', 'delivered', 'dead', 'cancelled'] as const;
type State = (typeof STATES)[number];

/** The equation for one portal and destination: `accepted` is counted from the submissions, the states from the deliveries. */
export type Balance = { portalId: number; destination: string; accepted: number; oldestDueAt: Date | null } & Record<
  State,
  number
>;

/** Every portal's and destination's counts in one snapshot, so that what moves between states meanwhile is counted once. */
export async function readBalance(db: Db): Promise<Balance[]> {
  const { rows } = await sql<
    Record<State | 'portal_id' | 'accepted', string> & { destination: string; oldest_due: Date | null }
  >`select * from delivery_balance()`.execute(db);
  return rows.map((row) => ({
    portalId: Number(row.portal_id),
    destination: row.destination,
    accepted: Number(row.accepted),
    oldestDueAt: row.oldest_due,
    waiting: Number(row.waiting),
    delivering: Number(row.delivering),
    held: Number(row.held),
    delivered: Number(row.delivered),
    dead: Number(row.dead),
    cancelled: Number(row.cancelled),
  }));
}

/** True when accepted = waiting + delivering + held + delivered + dead + cancelled (design, section 3, *Delivery*). */
export function isBalanced(balance: Balance): boolean {
  return balance.accepted === STATES.reduce((sum, state) => sum + balance[state], 0);
}

/** Looks whether every count adds up, says so in the log where one does not, and hands the sums to the metrics. */
export async function checkBalance(services: {
  db: Db;
  clock: Clock;
  log: Log;
  metrics?: Metrics;
}): Promise<{ unbalanced: Balance[] }> {
  const all = await readBalance(services.db);
  const unbalanced = all.filter((balance) => !isBalanced(balance));
  for (const balance of unbalanced) {
    services.log.error({ ...balance }, 'the deliveries of a destination do not add up to what was accepted for it');
  }
  if (services.metrics) {
    const { rows } = await sql<{ destination: string; paused: number }>`
      select * from paused_destinations()`.execute(services.db);
    setMetrics(services.metrics, all, {
      now: services.clock.now(),
      unbalanced: unbalanced.length,
      paused: new Map(rows.map((row) => [row.destination, row.paused])),
    });
  }
  return { unbalanced };
}

function setMetrics(
  metrics: Metrics,
  all: readonly Balance[],
  o: { now: Date; unbalanced: number; paused: ReadonlyMap<string, number> },
): void {
  metrics.unbalanced.set(o.unbalanced);
  for (const destination of DESTINATION_KINDS) {
    const own = all.filter((balance) => balance.destination === destination);
    const sum = (of: State | 'accepted'): number => own.reduce((total, balance) => total + balance[of], 0);
    metrics.accepted.set({ destination }, sum('accepted'));
    for (const state of STATES) metrics.deliveries.set({ destination, state }, sum(state));
    metrics.paused.set({ destination }, o.paused.get(destination) ?? 0);
    const oldest = Math.min(...own.flatMap(({ oldestDueAt }) => (oldestDueAt ? [oldestDueAt.getTime()] : [])));
    metrics.oldestDueSeconds.set({ destination }, Math.max(0, (o.now.getTime() - oldest) / 1_000));
  }
}
