import { PERSON_ASKED } from '../destinations/destination.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import { takeChosen } from '../destinations/calendar/offers.ts';
import { backInLine } from './back-in-line.ts';
import { unblockFreed } from './unblock.ts';
import type { WakeUps } from './wake-ups.ts';

/** What waited for the person's choice, or had just given it up. */
const AWAITED_IT = [PERSON_ASKED, 'slot_not_chosen', 'slot_not_arrived'];

/**
 * Takes the time that a person tapped, once, and puts the booking back in line with it, in the caller's transaction. Does nothing for a
 * list that is over, was used, or has a newer one.
 */
export async function takeChoice(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; now: Date },
  o: { portalId: PortalId; submissionId: string; offerId: string; index: number; tappedAt: Date; dataKey: Buffer },
): Promise<void> {
  const booking = await tx
    .selectFrom('deliveries')
    .select('state')
    .where('portal_id', '=', String(o.portalId))
    .where('submission_id', '=', o.submissionId)
    .where('destination', '=', 'calendar')
    .executeTakeFirst();
  // What is booked already is not booked a second time, and must not be shown as if it were this time.
  if (!booking || booking.state === 'delivered' || booking.state === 'cancelled') return;
  if (await takeChosen(tx, o.portalId, { ...o, now: tools.now })) await hurryBooking(tx, tools, o);
}

/** Has the booking of a submission looked at now: its worker, where one is at it, goes on by itself. */
export async function hurryBooking(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; now: Date },
  o: { portalId: PortalId; submissionId: string },
): Promise<void> {
  // Locked before it is judged: a worker that takes it up in this very moment would be missed by an update that asks for its state.
  const booking = await tx
    .selectFrom('deliveries')
    .select(['delivery_id', 'state', 'reason_code'])
    .where('portal_id', '=', String(o.portalId))
    .where('submission_id', '=', o.submissionId)
    .where('destination', '=', 'calendar')
    .forUpdate()
    .executeTakeFirst();
  if (!booking) return;
  const stopped = booking.state === 'waiting' || booking.state === 'dead';
  const isAwaiting = stopped && AWAITED_IT.includes(booking.reason_code ?? '');
  if (booking.state === 'delivering' || isAwaiting) {
    await tx
      .updateTable('deliveries')
      .set(isAwaiting ? backInLine(tools.now) : { asked_again: true })
      .where('portal_id', '=', String(o.portalId))
      .where('delivery_id', '=', booking.delivery_id)
      .execute();
  }
  await unblockFreed(tx, o.portalId, tools.now);
  await tools.wakeUps.add(tx, o.portalId, ['calendar']);
}
