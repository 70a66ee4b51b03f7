import { withPortal } from '../db/db.ts';
import type { DeliveryItem, DestinationContext } from './destination.ts';

/** An attempt whose worker died can have sent its call until the worker's own deadline. */
const LONGEST_ATTEMPT_MS = 45_000;

/** The latest moment at which an earlier attempt of this delivery can have reached the vendor; null when there was none. */
export async function lastSentAt(
  context: Pick<DestinationContext, 'db' | 'portalId'>,
  item: Pick<DeliveryItem, 'deliveryId' | 'attempt'>,
): Promise<Date | null> {
  const row = await withPortal(context.db, context.portalId, (tx) =>
    tx
      .selectFrom('attempts')
      .select(['started_at', 'finished_at'])
      .where('portal_id', '=', String(context.portalId))
      .where('delivery_id', '=', item.deliveryId)
      .where('number', '<', item.attempt)
      .orderBy('number', 'desc')
      .executeTakeFirst(),
  );
  if (!row) return null;
  return row.finished_at ?? new Date(row.started_at.getTime() + LONGEST_ATTEMPT_MS);
}
