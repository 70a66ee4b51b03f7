import type { Selectable } from 'kysely';
import { z } from 'zod';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import { withPortal, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Database } from '../../db/schema.ts';
import { openAnswers, sealAnswers } from '../../keys/answer-keys.ts';
import type { DestinationContext } from '../destination.ts';
import { appointmentOf, type Appointment } from './appointment-of.ts';

export type OfferRow = Selectable<Database['appointment_offers']>;
type Where = Pick<DestinationContext, 'db' | 'portalId' | 'clock'>;

const startsSchema = z.array(z.string()).catch([]);

/** The newest list of times that was sent for a submission; null when there was none. */
export async function newestOffer({ db, portalId }: Where, submissionId: string): Promise<OfferRow | null> {
  const row = await withPortal(db, portalId, (tx) => newestOf(tx, portalId, submissionId));
  return row ?? null;
}

function newestOf(tx: PortalTx, portalId: PortalId, submissionId: string): Promise<OfferRow | undefined> {
  return tx
    .selectFrom('appointment_offers')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('submission_id', '=', submissionId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The time that was tapped in a list; null as long as none was. */
export function chosenOf(dataKey: Buffer, offer: OfferRow | null | undefined): Appointment | null {
  const answers = offer && openAnswers(dataKey, offer);
  return answers ? appointmentOf({ answers }) : null;
}

/** What was tapped instead of the submitted time, by submission: in the newest list, which is what is booked. */
export async function chosenInstead(
  tx: PortalTx,
  portalId: PortalId,
  o: { submissionIds: readonly string[]; dataKey: Buffer },
): Promise<Map<string, Appointment>> {
  if (o.submissionIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('appointment_offers')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', o.submissionIds)
    .orderBy('number')
    .execute();
  const newest = new Map(rows.map((row) => [row.submission_id, row]));
  return new Map(
    [...newest].flatMap(([id, row]) => {
      const chosen = chosenOf(o.dataKey, row);
      return chosen ? [[id, chosen] as const] : [];
    }),
  );
}

/**
 * Writes that a list is about to be sent: false when another one of this number was, when the answers are gone, which an erasure may have
 * seen to meanwhile, or when a time was tapped in the list `before` since that was read: it is booked first.
 */
export async function claimOffer(
  { db, portalId, clock }: Where,
  o: {
    offerId: string;
    submissionId: string;
    number: number;
    starts: readonly string[];
    expiresAt: Date;
    before: OfferRow | null;
  },
): Promise<boolean> {
  const now = clock.now();
  return withPortal(db, portalId, async (tx) => {
    if (!(await lockSubmission(tx, portalId, o.submissionId))?.answers_key_wrapped) return false;
    if (o.before && !o.before.chosen_at && (await isChosen(tx, portalId, o.before.offer_id))) return false;
    const made = await tx
      .insertInto('appointment_offers')
      .values({
        portal_id: portalId,
        offer_id: o.offerId,
        submission_id: o.submissionId,
        number: o.number,
        starts: JSON.stringify(o.starts),
        expires_at: o.expiresAt,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
  });
}

/** Locked against a tap that is just being taken. */
async function isChosen(tx: PortalTx, portalId: PortalId, offerId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('appointment_offers')
    .select('chosen_at')
    .where('portal_id', '=', String(portalId))
    .where('offer_id', '=', offerId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined && row.chosen_at !== null;
}

/** A submission with its sealed answers, locked so that an erasure comes before what follows or finds it. */
function lockSubmission(tx: PortalTx, portalId: PortalId, submissionId: string) {
  return tx
    .selectFrom('submissions')
    .select(['submission_id', 'answers_sealed', 'answers_key_wrapped'])
    .where('portal_id', '=', String(portalId))
    .where('submission_id', '=', submissionId)
    .forShare()
    .executeTakeFirst();
}

/** What Meta said to the list. A status that was faster stays. */
export async function keepOffer(
  { db, portalId, clock }: Where,
  offerId: string,
  state: 'sent' | 'unknown' | 'failed',
): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .updateTable('appointment_offers')
      .set({ state, updated_at: clock.now() })
      .where('portal_id', '=', String(portalId))
      .where('offer_id', '=', offerId)
      .where('state', 'in', ['sending', 'unknown'])
      .execute(),
  );
}

/** Takes a list back that has certainly not left us, so that it may be sent later. */
export async function dropOffer({ db, portalId }: Where, offerId: string): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .deleteFrom('appointment_offers')
      .where('portal_id', '=', String(portalId))
      .where('offer_id', '=', offerId)
      .where('state', '=', 'sending')
      .execute(),
  );
}

/** Nobody waits for a choice any more: false when one came first. */
export async function closeOffer({ db, portalId, clock }: Where, offerId: string): Promise<boolean> {
  const now = clock.now();
  const closed = await withPortal(db, portalId, (tx) =>
    tx
      .updateTable('appointment_offers')
      .set({ over_at: now, updated_at: now })
      .where('portal_id', '=', String(portalId))
      .where('offer_id', '=', offerId)
      .where('chosen_at', 'is', null)
      .executeTakeFirst(),
  );
  return closed.numUpdatedRows > 0n;
}

/** Whose list it is, of which submission; null when there is none (any more). */
export async function ownerOfOffer(
  tx: PortalTx,
  portalId: PortalId,
  offerId: string,
): Promise<{ personId: string; submissionId: string } | null> {
  const row = await tx
    .selectFrom('appointment_offers as o')
    .innerJoin('submissions as s', (join) =>
      join.onRef('s.portal_id', '=', 'o.portal_id').onRef('s.submission_id', '=', 'o.submission_id'),
    )
    .select(['s.person_id', 's.submission_id'])
    .where('o.portal_id', '=', String(portalId))
    .where('o.offer_id', '=', offerId)
    .executeTakeFirst();
  return row ? { personId: row.person_id, submissionId: row.submission_id } : null;
}

/**
 * Takes the time that was tapped, once: of the newest list of a submission whose answers are still here, in time. Answers whether it
 * was taken; what was submitted stays as it was.
 */
export async function takeChosen(
  tx: PortalTx,
  portalId: PortalId,
  o: { submissionId: string; offerId: string; index: number; tappedAt: Date; dataKey: Buffer; now: Date },
): Promise<boolean> {
  const { submissionId, offerId } = o;
  const submission = await lockSubmission(tx, portalId, submissionId);
  const answers = submission && openAnswers(o.dataKey, submission);
  const submitted = answers && appointmentOf({ answers });
  const offer = await tx
    .selectFrom('appointment_offers')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('offer_id', '=', offerId)
    .forUpdate()
    .executeTakeFirst();
  const start = startsSchema.parse(offer?.starts)[o.index];
  if (!submitted || !offer || start === undefined || offer.chosen_at) return false;
  // One that was tapped in time counts, also when its webhook comes late.
  if (offer.over_at && o.tappedAt > offer.expires_at) return false;
  if ((await newestOf(tx, portalId, submissionId))?.offer_id !== offerId) return false;
  const chosen = { [APPOINTMENT.time]: { ...submitted, value: start } };
  const { sealed, wrappedKey } = sealAnswers(o.dataKey, submissionId, chosen);
  await tx
    .updateTable('appointment_offers')
    .set({ answers_sealed: sealed, answers_key_wrapped: wrappedKey, chosen_at: o.now, updated_at: o.now })
    .where('portal_id', '=', String(portalId))
    .where('offer_id', '=', offerId)
    .execute();
  return true;
}

/** Deletes the lists of these submissions with what was tapped; answers how many. */
export async function forgetOffers(
  tx: PortalTx,
  portalId: PortalId,
  submissionIds: readonly string[],
): Promise<number> {
  if (submissionIds.length === 0) return 0;
  const done = await tx
    .deleteFrom('appointment_offers')
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', submissionIds)
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}
