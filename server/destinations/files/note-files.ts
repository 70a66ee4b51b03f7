import { sql } from 'kysely';
import { withPortal } from '../../db/db.ts';
import type { DeliveryItem, DestinationContext } from '../destination.ts';
import type { FilesDetail, StoredFile } from './stored-files.ts';

/**
 * Notes in the delivery's row what lies at HubSpot, or may, before and after each file: an erasure of the person finds it there,
 * whatever became of the attempt. False when the person was erased meanwhile: nothing is noted then. A successor's row is left alone.
 */
export async function noteFiles(
  { db, portalId }: Pick<DestinationContext, 'db' | 'portalId'>,
  item: Pick<DeliveryItem, 'deliveryId' | 'attempt'>,
  detail: FilesDetail,
): Promise<boolean> {
  return withPortal(db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('deliveries')
      .select(['state', 'reason_code', 'attempt'])
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', item.deliveryId)
      .forUpdate()
      .executeTakeFirst();
    if (row?.state === 'cancelled' && row.reason_code === 'erased') return false;
    if (row?.state === 'delivering' && row.attempt === item.attempt)
      await tx
        .updateTable('deliveries')
        .set({ detail: sql<string>`detail || ${JSON.stringify(detail)}::jsonb` })
        .where('portal_id', '=', String(portalId))
        .where('delivery_id', '=', item.deliveryId)
        .execute();
    return true;
  });
}

/** Notes files that an erasure did not find and that could not be deleted since: the next erasure of the person finds them. */
export async function noteLeftFiles(
  { db, portalId }: Pick<DestinationContext, 'db' | 'portalId'>,
  item: Pick<DeliveryItem, 'deliveryId'>,
  files: readonly StoredFile[],
): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .updateTable('deliveries')
      .set({ detail: JSON.stringify({ files }) })
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', item.deliveryId)
      .execute(),
  );
}
