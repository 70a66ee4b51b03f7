import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import { backInLine } from '../delivery/back-in-line.ts';
import { LANE } from '../delivery/lanes.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { newId } from '../ids.ts';

/**
 * Has a check's result read and written, in the caller's transaction: makes the submission's delivery of it, or puts the one that is
 * there back to the start of its schedule. One that runs is due again when its worker has written what came of it.
 */
export async function askForResult(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; now: Date },
  o: { portalId: PortalId; submissionId: string },
): Promise<void> {
  const { now } = tools;
  const portal = String(o.portalId);
  const present = await tx
    .selectFrom('deliveries')
    .select(['delivery_id', 'state'])
    .where('portal_id', '=', portal)
    .where('submission_id', '=', o.submissionId)
    .where('destination', '=', 'identity-result')
    .forUpdate()
    .executeTakeFirst();
  // What was erased is not written any more.
  if (present?.state === 'cancelled') return;
  if (!present) await insertDelivery(tx, o, now);
  else {
    await tx
      .updateTable('deliveries')
      .set(
        present.state === 'delivering'
          ? { asked_again: true, updated_at: now }
          : { ...backInLine(now), delivered_at: null },
      )
      .where('portal_id', '=', portal)
      .where('delivery_id', '=', present.delivery_id)
      .execute();
  }
  await tools.wakeUps.add(tx, o.portalId, ['identity-result']);
}

/** Counted in what the submission was accepted for, so that the equation of the deliveries holds (design, section 3). */
async function insertDelivery(tx: PortalTx, o: { portalId: PortalId; submissionId: string }, now: Date): Promise<void> {
  const portal = String(o.portalId);
  const submission = await tx
    .updateTable('submissions')
    .set({ destinations: sql<string[]>`array_append(destinations, 'identity-result')` })
    .where('portal_id', '=', portal)
    .where('submission_id', '=', o.submissionId)
    .returning(['person_id', 'contact_id'])
    .executeTakeFirstOrThrow();
  const record = await tx
    .selectFrom('deliveries')
    .select('delivery_id')
    .where('portal_id', '=', portal)
    .where('submission_id', '=', o.submissionId)
    .where('destination', '=', 'kyc-record')
    .executeTakeFirst();
  await tx
    .insertInto('deliveries')
    .values({
      portal_id: portal,
      delivery_id: newId('delivery'),
      submission_id: o.submissionId,
      destination: 'identity-result',
      person_id: submission.person_id,
      contact_id: submission.contact_id,
      lane: LANE.live,
      depends_on: record?.delivery_id ?? null,
      state: 'waiting',
      due_at: now,
      created_at: now,
      updated_at: now,
    })
    .execute();
}
