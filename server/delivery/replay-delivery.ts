import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { DESTINATION_KINDS } from '../destinations/destination.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';
import type { WakeUps } from './wake-ups.ts';

export const DELIVERY_GONE = {
  en: 'There is no such delivery, or it was erased. Please load the page again.',
  de: 'Diese Zustellung gibt es nicht, oder sie wurde gelöscht. Bitte laden Sie die Seite neu.',
};

/**
 * Puts a dead or held delivery back at the start of its schedule, with a new three days. One that waits is only hurried.
 * Throws `delivery_not_found`, or `delivery_not_replayable` when it is delivered, cancelled or under way.
 */
export async function replayDelivery(
  services: { db: Db; clock: Clock; wakeUps: WakeUps },
  portalId: number,
  deliveryId: string,
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('deliveries')
      .select(['destination', 'state'])
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', deliveryId)
      .forUpdate()
      .executeTakeFirst();
    if (!row)
      throw new AppError('delivery_not_found', {
        status: 404,
        userMessage: DELIVERY_GONE,
      });
    if (!['dead', 'held', 'waiting'].includes(row.state)) {
      throw new AppError('delivery_not_replayable', {
        status: 409,
        userMessage: {
          en: 'This delivery is already done or under way. Please load the page again.',
          de: 'Diese Zustellung ist schon erledigt oder unterwegs. Bitte laden Sie die Seite neu.',
        },
      });
    }
    await tx
      .updateTable('deliveries')
      // One that waits keeps its place, its three days and its reason: what is blocked is so still.
      .set(row.state === 'waiting' ? { due_at: now, updated_at: now } : backInLine(now, LANE.replay))
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', deliveryId)
      .execute();
    await unblockFreed(tx, portalId, now);
    await services.wakeUps.add(
      tx,
      portalId,
      DESTINATION_KINDS.filter((kind) => kind === row.destination),
    );
  });
}
