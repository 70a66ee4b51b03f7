import type { PortalId, PortalTx } from '../db/db.ts';
import { textOf } from '../destinations/texts.ts';
import { languageWithin } from '../hubspot/language.ts';
import { isId } from '../ids.ts';
import { ARRIVED, type WebhookStatus } from './webhook-body.ts';

type Row = { state: string; reason_code: string | null; remote_id: string | null };
type Change = { state: 'dead' | 'delivered'; code: string | null; reason: string | null; deliveredAt: Date | null };

/**
 * Writes what became of calendar files, whose messages carry their delivery's id: that one was not delivered which Meta had taken, and
 * that one arrived whose answer was lost. Answers the statuses that came before the outcome of the call was written.
 */
export async function applyFileStatuses(
  tx: PortalTx,
  now: Date,
  portalId: PortalId,
  statuses: readonly WebhookStatus[],
): Promise<ReadonlySet<WebhookStatus>> {
  const early = new Set<WebhookStatus>();
  for (const status of statuses) {
    const deliveryId = status.biz_opaque_callback_data;
    if (!isId('delivery', deliveryId)) continue;
    const row = await tx
      .selectFrom('deliveries')
      .select(['state', 'reason_code', 'remote_id'])
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', deliveryId)
      .where('destination', '=', 'invitation')
      .forUpdate()
      .executeTakeFirst();
    if (row?.state === 'delivering') early.add(status);
    const change = row && (await changeOf(tx, portalId, { row, status, now }));
    if (!change) continue;
    await tx
      .updateTable('deliveries')
      .set({
        state: change.state,
        reason_code: change.code,
        reason: change.reason,
        remote_id: status.id,
        delivered_at: change.deliveredAt,
        updated_at: now,
      })
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', deliveryId)
      .execute();
  }
  return early;
}

/** Null where it says nothing new, or belongs to a message before the one that counts. */
async function changeOf(
  tx: PortalTx,
  portalId: PortalId,
  { row, status, now }: { row: Row; status: WebhookStatus; now: Date },
): Promise<Change | null> {
  const isUnknown = row.state === 'dead' && row.reason_code === 'invitation_unknown';
  if (ARRIVED.includes(status.status))
    return isUnknown ? { state: 'delivered', code: null, reason: null, deliveredAt: now } : null;
  const isOfThis = isUnknown || (row.state === 'delivered' && row.remote_id === status.id);
  if (status.status !== 'failed' || !isOfThis) return null;
  const code = `meta:${status.errors?.[0]?.code ?? 0}`;
  const reason = textOf('invitation_not_arrived', await languageWithin(tx, portalId), { code });
  return { state: 'dead', code: 'invitation_not_arrived', reason, deliveredAt: null };
}
