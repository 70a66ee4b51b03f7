import type { PortalId, PortalTx } from '../db/db.ts';
import type { DestinationKind } from '../destinations/destination.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';
import type { WakeUps } from './wake-ups.ts';

/**
 * Puts held deliveries back at the start of their schedule, with a new three days, in the caller's transaction: what they waited
 * for has been decided. Answers how many were still held.
 */
export async function releaseDeliveries(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; now: Date },
  o: { portalId: PortalId; destination: DestinationKind; deliveryIds: readonly string[] },
): Promise<number> {
  if (o.deliveryIds.length === 0) return 0;
  const { now } = tools;
  const released = await tx
    .updateTable('deliveries')
    .set(backInLine(now, LANE.replay))
    .where('portal_id', '=', String(o.portalId))
    .where('delivery_id', 'in', o.deliveryIds)
    .where('state', '=', 'held')
    .executeTakeFirst();
  await unblockFreed(tx, o.portalId, now);
  await tools.wakeUps.add(tx, o.portalId, [o.destination]);
  return Number(released.numUpdatedRows);
}
