import type { PortalId, PortalTx } from '../db/db.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';

/** What waited only because the portal was gone goes on, with its three days anew, and what waited for it is in line again. */
export async function releaseHeld(tx: PortalTx, portalId: PortalId, now: Date): Promise<void> {
  await tx
    .updateTable('deliveries')
    // What piled up meanwhile lets what is submitted now go first.
    .set(backInLine(now, LANE.backfill))
    .where('portal_id', '=', String(portalId))
    .where('state', '=', 'held')
    .where('reason_code', '=', 'portal_disconnected')
    .execute();
  await unblockFreed(tx, portalId, now);
}
