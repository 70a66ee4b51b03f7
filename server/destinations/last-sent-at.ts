import { withPortal } from '../db/db.ts';
import type { DeliveryItem, DestinationContext } from './destination.ts';

/** An attempt whose worker died can have sent its call until the worker's own deadline. */
const LONGEST_ATTEMPT_MS = 45_000;
/**
 * What was sent and not answered may take effect, or be shown, this much later: before this, absence proves nothing. HubSpot lists a
 * form submission some seconds after it took it, and a connection that broke on our side can be whole on HubSpot's.
 */
export const SETTLED_AFTER_MS = 30_000;
/** An attempt that ended so has only looked, or not begun. */
const SENT_NOTHING = ['not_listed_yet', 'no_time_left'];

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
      .where((eb) => eb.or([eb('code', 'is', null), eb('code', 'not in', SENT_NOTHING)]))
      .orderBy('number', 'desc')
      .executeTakeFirst(),
  );
  if (!row) return null;
  return row.finished_at ?? new Date(row.started_at.getTime() + LONGEST_ATTEMPT_MS);
}

/** True when an earlier attempt that cannot be found by now has certainly not taken effect. */
export async function isSettled(
  context: Pick<DestinationContext, 'db' | 'portalId' | 'clock'>,
  item: Pick<DeliveryItem, 'deliveryId' | 'attempt'>,
): Promise<boolean> {
  const sentAt = await lastSentAt(context, item);
  return sentAt === null || context.clock.now().getTime() - sentAt.getTime() >= SETTLED_AFTER_MS;
}
