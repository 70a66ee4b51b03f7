import type { PortalId, PortalTx } from '../db/db.ts';
import { hurryBooking } from '../delivery/take-choice.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { isId } from '../ids.ts';
import { ARRIVED, type WebhookStatus } from './webhook-body.ts';

/**
 * Writes what became of lists of times: that one arrived whose answer was lost, and that one was not delivered, of which the booking
 * must know: nobody will choose.
 */
export async function applyOfferStatuses(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; now: Date },
  portalId: PortalId,
  statuses: readonly WebhookStatus[],
): Promise<void> {
  for (const status of statuses) {
    const offerId = status.biz_opaque_callback_data;
    if (!isId('timeOffer', offerId)) continue;
    const isFailed = status.status === 'failed';
    if (!isFailed && !ARRIVED.includes(status.status)) continue;
    const changed = await tx
      .updateTable('appointment_offers')
      .set({
        state: isFailed ? 'failed' : 'sent',
        error_code: isFailed ? `meta:${status.errors?.[0]?.code ?? 0}` : null,
        updated_at: tools.now,
      })
      .where('portal_id', '=', String(portalId))
      .where('offer_id', '=', offerId)
      .where('chosen_at', 'is', null)
      .where('over_at', 'is', null)
      // One that is known to have arrived can no longer fail.
      .where('state', 'in', isFailed ? ['sending', 'sent', 'unknown'] : ['sending', 'unknown'])
      .returning('submission_id')
      .executeTakeFirst();
    if (isFailed && changed) await hurryBooking(tx, tools, { portalId, submissionId: changed.submission_id });
  }
}
