import { sql } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import { DESTINATION_KINDS } from '../destinations/destination.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';
import type { WakeUps } from './wake-ups.ts';

/** Of one transaction: nobody waits long for its locks. */
const BATCH = 500;
/** Of one call: HubSpot gives a page's call 15 seconds. */
const MAX_BATCHES = 20;

/** What is replayed: one kind, or everything that stopped. */
export type StoppedFilter = { destination: string; code: string } | null;
type ReplayServices = { db: Db; clock: Clock; wakeUps: WakeUps };

/**
 * Puts dead and held deliveries back at the start of their schedule, oldest first, in the lane behind what is submitted now: those of
 * one kind, or all. Batch by batch, each with its line in the audit log; what stops again meanwhile is not taken a second time.
 * Answers how many were put back, and how many are left when one call was not enough.
 */
export async function replayStopped(
  services: ReplayServices,
  portalId: PortalId,
  o: { filter: StoppedFilter; actor: string; batch?: number; maxBatches?: number },
): Promise<{ replayed: number; remaining: number }> {
  const limit = o.batch ?? BATCH;
  let after = '0';
  let replayed = 0;
  for (let n = 0; n < (o.maxBatches ?? MAX_BATCHES); n += 1) {
    const round = { filter: o.filter, actor: o.actor, after, limit, now: services.clock.now() };
    const batch = await withPortal(services.db, portalId, (tx) => replayBatch(tx, services.wakeUps, portalId, round));
    replayed += batch.count;
    after = batch.last ?? after;
    if (batch.last === null) return { replayed, remaining: 0 };
  }
  const remaining = await withPortal(services.db, portalId, (tx) => countStopped(tx, portalId, o.filter, after));
  return { replayed, remaining };
}

type Round = { filter: StoppedFilter; actor: string; after: string; limit: number; now: Date };

async function replayBatch(
  tx: PortalTx,
  wakeUps: WakeUps,
  portalId: PortalId,
  { filter, actor, after, limit, now }: Round,
): Promise<{ count: number; last: string | null }> {
  const rows = await stopped(tx, portalId, filter, after)
    .select(['d.delivery_id', 'd.destination', 'd.seq'])
    .orderBy('d.seq')
    .limit(limit)
    .forUpdate()
    // Somebody else has just pressed: theirs.
    .skipLocked()
    .execute();
  if (rows.length === 0) return { count: 0, last: null };
  await tx
    .updateTable('deliveries')
    .set(backInLine(now, LANE.replay))
    .where('portal_id', '=', String(portalId))
    .where(
      'delivery_id',
      'in',
      rows.map((row) => row.delivery_id),
    )
    .execute();
  await unblockFreed(tx, portalId, now);
  const kinds = new Set(rows.map((row) => row.destination));
  await wakeUps.add(
    tx,
    portalId,
    DESTINATION_KINDS.filter((kind) => kinds.has(kind)),
  );
  await appendAudit(tx, portalId, now, {
    actor,
    action: 'deliveries.replayed',
    subject: filter ? `${filter.destination} ${filter.code}` : 'all',
    detail: { count: rows.length },
  });
  return { count: rows.length, last: rows.at(-1)?.seq ?? null };
}

async function countStopped(tx: PortalTx, portalId: PortalId, filter: StoppedFilter, after: string): Promise<number> {
  const { count } = await stopped(tx, portalId, filter, after)
    .select(sql<string>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Dead and held deliveries of a kind, or all, accepted after this place in the order. */
export function stopped(tx: PortalTx, portalId: PortalId, filter: StoppedFilter, after: string) {
  const all = tx
    .selectFrom('deliveries as d')
    .where('d.portal_id', '=', String(portalId))
    .where('d.state', 'in', ['dead', 'held'])
    .where('d.seq', '>', after);
  return filter ? all.where('d.destination', '=', filter.destination).where('d.reason_code', '=', filter.code) : all;
}
