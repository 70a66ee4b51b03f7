import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { sql } from 'kysely';
import type { PortalTx } from '../db/db.ts';
import { LANE, type Lane } from '../delivery/lanes.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { Destination, DestinationKind } from '../destinations/destination.ts';
import { newId } from '../ids.ts';
import { sealAnswers } from '../keys/answer-keys.ts';
import { hashOf, keepRepeat } from './repeats.ts';

export type Acceptance = {
  portalId: number;
  sendId: string;
  flowId: string;
  versionId: string;
  formId: string;
  formRevision: string;
  contactId: string | null;
  personId: string;
  mapping: Mapping;
  answers: Answers;
  acceptedFrom: 'endpoint' | 'nfm_reply';
  locale: string | null;
  openedAt: Date | null;
  finishedAt: Date;
  /** `backfill` for what nobody waits for, such as an import; `live` where left out. */
  lane?: Lane;
};

export type Accepted = { submissionId: string; first: boolean };

/**
 * Accepts the answers of a finished session once (design, *Accept once*): the submission, its deliveries and their wake-ups in
 * the caller's transaction, which must commit before the phone hears SUCCESS. The first acceptance of a send wins; a repeat
 * finds it, and one whose answers differ is recorded beside it.
 */
export async function acceptSubmission(
  tx: PortalTx,
  tools: { wakeUps: WakeUps; destinations: readonly Destination[]; dataKey: Buffer; now: Date },
  acceptance: Acceptance,
): Promise<Accepted> {
  const portalId = String(acceptance.portalId);
  const submissionId = newId('submission');
  const hash = hashOf(tools.dataKey, acceptance.answers);
  const { sealed, wrappedKey } = sealAnswers(tools.dataKey, submissionId, acceptance.answers);
  const kinds = new Set(Object.values(acceptance.answers).map(({ kind }) => kind));
  const asked = { files: kinds.has('files'), appointment: kinds.has('appointment') };
  const wanted = tools.destinations.filter((destination) => destination.wanted(acceptance.mapping, asked));
  const inserted = await tx
    .insertInto('submissions')
    .values({
      portal_id: portalId,
      submission_id: submissionId,
      send_id: acceptance.sendId,
      flow_id: acceptance.flowId,
      version_id: acceptance.versionId,
      form_id: acceptance.formId,
      form_revision: acceptance.formRevision,
      contact_id: acceptance.contactId,
      person_id: acceptance.personId,
      accepted_from: acceptance.acceptedFrom,
      answers_sealed: sealed,
      answers_key_wrapped: wrappedKey,
      answers_hash: hash,
      question_count: Object.keys(acceptance.answers).length,
      locale: acceptance.locale,
      opened_at: acceptance.openedAt,
      finished_at: acceptance.finishedAt,
      accepted_at: tools.now,
      destinations: wanted.map((destination) => destination.kind),
    })
    .onConflict((conflict) => conflict.columns(['portal_id', 'send_id']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n)
    return { submissionId: await keepRepeat(tx, tools, acceptance), first: false };

  await addDeliveries(tx, { acceptance, submissionId, wanted, now: tools.now });
  await closeSession(tx, { portalId, sendId: acceptance.sendId, now: tools.now });
  await tools.wakeUps.add(
    tx,
    acceptance.portalId,
    wanted.map((destination) => destination.kind),
  );
  return { submissionId, first: true };
}

async function addDeliveries(
  tx: PortalTx,
  o: { acceptance: Acceptance; submissionId: string; wanted: readonly Destination[]; now: Date },
): Promise<void> {
  if (o.wanted.length === 0) return;
  const ids = new Map<DestinationKind, string>(o.wanted.map((destination) => [destination.kind, newId('delivery')]));
  await tx
    .insertInto('deliveries')
    .values(
      o.wanted.map((destination) => ({
        portal_id: String(o.acceptance.portalId),
        person_id: o.acceptance.personId,
        contact_id: o.acceptance.contactId,
        lane: LANE[o.acceptance.lane ?? 'live'],
        delivery_id: ids.get(destination.kind) ?? newId('delivery'),
        submission_id: o.submissionId,
        destination: destination.kind,
        depends_on: destination.dependsOn ? (ids.get(destination.dependsOn) ?? null) : null,
        state: 'waiting' as const,
        due_at: o.now,
        created_at: o.now,
        updated_at: o.now,
      })),
    )
    .execute();
}

/** Partial answers die with the session; the send stops being open. */
async function closeSession(tx: PortalTx, o: { portalId: string; sendId: string; now: Date }): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ finished_at: o.now, state_sealed: null, last_seen_at: o.now })
    .where('portal_id', '=', o.portalId)
    .where('send_id', '=', o.sendId)
    .execute();
  await tx
    .updateTable('sends')
    .set({ open: false, closed_reason: 'finished', prefill_sealed: null })
    .where('portal_id', '=', o.portalId)
    .where('send_id', '=', o.sendId)
    .execute();
}

/** The submission of a send, when it was accepted: a finished token must answer SUCCESS again. */
export async function submissionOfSend(tx: PortalTx, portalId: number, sendId: string): Promise<string | null> {
  const { rows } = await sql<{
    submission_id: string;
  }>`select submission_id from submissions where portal_id = ${portalId} and send_id = ${sendId}`.execute(tx);
  return rows[0]?.submission_id ?? null;
}
