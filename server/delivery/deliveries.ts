import { sql, type Selectable } from 'kysely';
import type { PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import type { DestinationKind, DeliveryOutcome } from '../destinations/destination.ts';
import { newId } from '../ids.ts';

export type DeliveryRow = Selectable<Database['deliveries']>;
/** A claimed delivery, and whether an earlier attempt may have taken effect without our knowing. */
export type ClaimedDelivery = { delivery: DeliveryRow; outcomeUnknown: boolean };

/** Longer than any deliver call may take, so that a lease never ends under a living worker. */
export const LEASE_MS = 60_000;

/**
 * Takes due deliveries of one kind for this worker: waiting ones whose time has come and whose dependency is met,
 * and those whose worker died (lease over). Each gets an open attempt, so that a crash leaves a trace.
 */
export async function claimDeliveries(
  tx: PortalTx,
  options: { portalId: number; destination: DestinationKind; now: Date; limit: number },
): Promise<ClaimedDelivery[]> {
  const { now } = options;
  const due = await tx
    .selectFrom('deliveries as d')
    .select(['d.delivery_id', 'd.state', 'd.attempt'])
    .where('d.portal_id', '=', String(options.portalId))
    .where('d.destination', '=', options.destination)
    .where((eb) =>
      eb.or([
        eb.and([eb('d.state', '=', 'waiting'), eb('d.due_at', '<=', now)]),
        eb.and([eb('d.state', '=', 'delivering'), eb('d.lease_until', '<', now)]),
      ]),
    )
    .where((eb) =>
      eb.or([
        eb('d.depends_on', 'is', null),
        eb.exists(
          eb
            .selectFrom('deliveries as first')
            .select(sql`1`.as('one'))
            .whereRef('first.portal_id', '=', 'd.portal_id')
            .whereRef('first.delivery_id', '=', 'd.depends_on')
            // One that is held only in part has its contact: what depends on it need not wait for the rest.
            .where((first) =>
              first.or([
                first('first.state', '=', 'delivered'),
                first.and([first('first.state', '=', 'held'), first('first.remote_id', 'is not', null)]),
              ]),
            ),
        ),
      ]),
    )
    .orderBy('d.due_at')
    .orderBy('d.created_at')
    .limit(options.limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (due.length === 0) return [];

  const ids = due.map((row) => row.delivery_id);
  const last = await tx
    .selectFrom('attempts')
    .select(['delivery_id', 'number', 'outcome'])
    .distinctOn('delivery_id')
    .where('portal_id', '=', String(options.portalId))
    .where('delivery_id', 'in', ids)
    .orderBy('delivery_id')
    .orderBy('number', 'desc')
    .execute();
  const unknown = new Set(
    last.filter((row) => row.outcome === null || row.outcome === 'unknown').map((row) => row.delivery_id),
  );

  const claimed = await tx
    .updateTable('deliveries')
    .set((eb) => ({
      state: 'delivering',
      lease_until: new Date(now.getTime() + LEASE_MS),
      attempt: eb('attempt', '+', 1),
      updated_at: now,
    }))
    .where('portal_id', '=', String(options.portalId))
    .where('delivery_id', 'in', ids)
    .returningAll()
    .execute();
  await tx
    .insertInto('attempts')
    .values(
      claimed.map((row) => ({
        portal_id: String(options.portalId),
        attempt_id: newId('attempt'),
        delivery_id: row.delivery_id,
        number: row.attempt,
        started_at: now,
      })),
    )
    .execute();
  const order = new Map(ids.map((id, index) => [id, index]));
  return claimed
    .toSorted((a, b) => (order.get(a.delivery_id) ?? 0) - (order.get(b.delivery_id) ?? 0))
    .map((delivery) => ({ delivery, outcomeUnknown: unknown.has(delivery.delivery_id) }));
}

export type Settlement = {
  state: 'waiting' | 'held' | 'delivered' | 'dead';
  dueAt: Date;
  code: string | null;
  reason: string | null;
  remoteId: string | null;
  detail: Record<string, unknown>;
};

/**
 * Writes the outcome of an attempt. Fenced by the attempt's number: a worker that was thought dead cannot overwrite what its
 * successor did. Answers false when it came too late.
 */
export async function settleDelivery(
  tx: PortalTx,
  options: { row: DeliveryRow; outcome: DeliveryOutcome; settlement: Settlement; now: Date },
): Promise<boolean> {
  const { row, outcome, settlement, now } = options;
  await tx
    .updateTable('attempts')
    .set({ finished_at: now, outcome: outcome.kind, code: settlement.code, reason: settlement.reason })
    .where('portal_id', '=', row.portal_id)
    .where('delivery_id', '=', row.delivery_id)
    .where('number', '=', row.attempt)
    .where('outcome', 'is', null)
    .execute();
  const result = await tx
    .updateTable('deliveries')
    .set({
      state: settlement.state,
      due_at: settlement.dueAt,
      lease_until: null,
      reason_code: settlement.code,
      reason: settlement.reason,
      remote_id: settlement.remoteId ?? row.remote_id,
      // What the customer decided about it stays until it is delivered.
      detail: JSON.stringify(settlement.state === 'delivered' ? settlement.detail : row.detail),
      updated_at: now,
      delivered_at: settlement.state === 'delivered' ? now : null,
    })
    .where('portal_id', '=', row.portal_id)
    .where('delivery_id', '=', row.delivery_id)
    .where('attempt', '=', row.attempt)
    .where('state', '=', 'delivering')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Kinds of the deliveries that were waiting for this one. */
export async function dependantKinds(tx: PortalTx, row: DeliveryRow): Promise<string[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('destination')
    .where('portal_id', '=', row.portal_id)
    .where('depends_on', '=', row.delivery_id)
    .where('state', '=', 'waiting')
    .execute();
  return rows.map((dependant) => dependant.destination);
}

/** Says on the dependants why they wait, so that the card does not show a silent queue. */
export async function explainBlocked(tx: PortalTx, row: DeliveryRow, reason: string, now: Date): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ reason_code: 'blocked', reason, updated_at: now })
    .where('portal_id', '=', row.portal_id)
    .where('depends_on', '=', row.delivery_id)
    .where('state', '=', 'waiting')
    .execute();
}
