import type { ExpressionBuilder } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import type { Clock } from '../clock.ts';
import { forgetOffers } from '../destinations/calendar/offers.ts';
import { forgetChecks, lockChecks } from '../destinations/identity-check/checks.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { portalLanguage, type Texts } from '../hubspot/language.ts';
import { identityPurpose, type Identity } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { eraseStoredFiles, type ErasedFiles } from './erase-stored-files.ts';
import { beginErasure } from './hold-contact.ts';
import { findPersonData, submissionsOf, webhooksNaming } from './person-data.ts';
import { identityHash } from './persons.ts';

export type EraseServices = { db: Db; keys: PortalKeys; clock: Clock; log: Log; hubspot: HubSpotClient };

/** How many rows of each kind were blanked or deleted. */
export type ErasedCounts = ErasedFiles &
  Record<'persons' | 'sends' | 'sessions' | 'submissions' | 'deliveries' | 'webhooks', number>;

const REASON: Texts = {
  en: "The contact's data was erased. Nothing is delivered any more.",
  de: 'Die Daten des Kontakts wurden gelöscht. Es wird nichts mehr zugestellt.',
};

/**
 * Erases what is known of one contact after HubSpot erased it (`contact.privacyDeletion`, hubspot-platform.md sections 2 and 5.9):
 * who the persons are, what was prefilled, who sent, partial and accepted answers with their keys. Rows stay as counts and
 * ids; opt-outs stay as keyed hashes, so that nobody is written to again. Pending deliveries are cancelled, and the files we put
 * into the account are deleted: HubSpot does not know whose they are. Repeatable;
 * does nothing for a portal that is unknown or erased itself, and answers null.
 */
export async function eraseContact(
  services: EraseServices,
  portalId: PortalId,
  contactId: string,
  actor: 'system' | 'operator' = 'system',
): Promise<ErasedCounts | null> {
  if (!(await isReadable(services, portalId))) return null;
  const reason = REASON[await portalLanguage(services.db, portalId)];
  const now = services.clock.now();
  const changed = await withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    await beginErasure(tx, portalId, { contactId, clock: services.clock });
    const found = await findPersonData(tx, services.keys, portalId, contactId);
    const closed = {
      persons: await blankPersons(tx, services, portalId, found.personIds, now),
      sends: await blankSends(tx, portalId, found.sendIds),
      sessions: await dropSessions(tx, portalId, found.sendIds),
      confirmations: await dropConfirmations(tx, portalId, found.sendIds),
    };
    // Only now: an acceptance that was under way has ended, and no other can begin.
    const submissionIds = await submissionsOf(tx, portalId, found.owner);
    await lockChecks(tx, portalId, submissionIds);
    const counts = {
      ...closed,
      submissions: await destroyAnswers(tx, portalId, submissionIds),
      checks: await forgetChecks(tx, portalId, { submissionIds, now }),
      offers: await forgetOffers(tx, portalId, submissionIds),
      deliveries: await cancelDeliveries(tx, portalId, { ids: submissionIds, reason, now }),
      webhooks: await forgetWebhooks(tx, services, portalId, { identities: found.identities, now }),
    };
    await forgetOptIns(tx, services, portalId, { contactId, identities: found.identities });
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    // What a person asked for is on record even when there was nothing to erase.
    if (total > 0 || actor === 'operator') {
      await appendAudit(tx, portalId, now, {
        actor,
        action: 'contact.erased',
        subject: `contact:${contactId}`,
        detail: counts,
      });
    }
    return { ...counts, submissionIds };
  });
  const { submissionIds, ...erased } = changed;
  const files = await eraseStoredFiles(services, portalId, submissionIds);
  services.log.info({ portalId, erased, files, actor }, 'a contact was erased');
  return { ...erased, ...files };
}

async function isReadable(services: EraseServices, portalId: PortalId): Promise<boolean> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx.selectFrom('portals').select('data_key_wrapped').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return row !== undefined && row.data_key_wrapped !== null;
}

async function blankPersons(
  tx: PortalTx,
  services: EraseServices,
  portalId: PortalId,
  ids: string[],
  now: Date,
): Promise<number> {
  for (const id of ids) {
    await tx
      .updateTable('persons')
      .set({
        identity_sealed: await services.keys.sealJson(portalId, identityPurpose(id), {}),
        phone_hash: null,
        bsuid_hash: null,
        contact_id: null,
        phone_source: null,
        phone_at: null,
        last_inbound_at: null,
        last_inbound_number: null,
        updated_at: now,
      })
      .where('portal_id', '=', String(portalId))
      .where('person_id', '=', id)
      .execute();
  }
  return ids.length;
}

async function blankSends(tx: PortalTx, portalId: PortalId, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const done = await tx
    .updateTable('sends')
    .set({ open: false, closed_reason: 'erased', prefill_sealed: null, sent_by_email_sealed: null })
    .where('portal_id', '=', String(portalId))
    .where('send_id', 'in', ids)
    .where((where) => where.or([where('closed_reason', 'is', null), where('closed_reason', '<>', 'erased')]))
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

async function dropSessions(tx: PortalTx, portalId: PortalId, sendIds: string[]): Promise<number> {
  if (sendIds.length === 0) return 0;
  const done = await tx
    .deleteFrom('sessions')
    .where('portal_id', '=', String(portalId))
    .where('send_id', 'in', sendIds)
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}

async function dropConfirmations(tx: PortalTx, portalId: PortalId, sendIds: string[]): Promise<number> {
  if (sendIds.length === 0) return 0;
  const of = { portal: String(portalId), sendIds };
  await tx
    .deleteFrom('confirmation_codes')
    .where('portal_id', '=', of.portal)
    .where('send_id', 'in', of.sendIds)
    .execute();
  const done = await tx
    .deleteFrom('confirmations')
    .where('portal_id', '=', of.portal)
    .where('send_id', 'in', of.sendIds)
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}

/** The key goes with the answers: copies in backups cannot be read either (engineering notes, *Privacy, said honestly*). */
async function destroyAnswers(tx: PortalTx, portalId: PortalId, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0;
  await tx
    .deleteFrom('submission_repeats')
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', ids)
    .execute();
  const done = await tx
    .updateTable('submissions')
    // The hash could confirm a guess of the answers to whoever holds the portal's key.
    .set({ answers_sealed: null, answers_key_wrapped: null, screens_sealed: null, answers_hash: Buffer.alloc(0) })
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', ids)
    .where('answers_key_wrapped', 'is not', null)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** A worker that holds one of these rows cannot settle it any more: settling asks for the state `delivering`. */
async function cancelDeliveries(
  tx: PortalTx,
  portalId: PortalId,
  o: { ids: string[]; reason: string; now: Date },
): Promise<number> {
  if (o.ids.length === 0) return 0;
  const done = await tx
    .updateTable('deliveries')
    .set({ state: 'cancelled', reason_code: 'erased', reason: o.reason, lease_until: null, updated_at: o.now })
    .where('portal_id', '=', String(portalId))
    .where('submission_id', 'in', o.ids)
    .where('state', 'in', ['waiting', 'delivering', 'held', 'dead'])
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

async function forgetOptIns(
  tx: PortalTx,
  services: EraseServices,
  portalId: PortalId,
  { contactId, identities }: { contactId: string; identities: Identity[] },
): Promise<void> {
  const hashes = await Promise.all(
    identities.flatMap(({ phone, bsuid, parentBsuid }) => [
      ...(phone ? [identityHash(services.keys, portalId, { kind: 'phone', value: phone })] : []),
      ...[bsuid, parentBsuid].flatMap((value) =>
        value ? [identityHash(services.keys, portalId, { kind: 'bsuid', value })] : [],
      ),
    ]),
  );
  const theirs = (eb: ExpressionBuilder<Database, 'consents'>) =>
    eb.or([eb('contact_id', '=', contactId), ...(hashes.length > 0 ? [eb('identity_hash', 'in', hashes)] : [])]);
  await tx
    .deleteFrom('consents')
    .where('portal_id', '=', String(portalId))
    .where(theirs)
    .where('state', '=', 'opted_in')
    .execute();
  await tx
    .updateTable('consents')
    .set({ note_sealed: null })
    .where('portal_id', '=', String(portalId))
    .where(theirs)
    .execute();
  await tx
    .updateTable('consents')
    .set({ contact_id: null })
    .where('portal_id', '=', String(portalId))
    .where('contact_id', '=', contactId)
    .execute();
}

/** Webhooks that name somebody who is erased lose their body, and those that wait are done: they would bring the person back. */
async function forgetWebhooks(
  tx: PortalTx,
  services: EraseServices,
  portalId: PortalId,
  o: { identities: Identity[]; now: Date },
): Promise<number> {
  const theirs = await webhooksNaming(tx, services.keys, portalId, o.identities);
  if (theirs.length === 0) return 0;
  await tx
    .updateTable('inbox')
    .set((eb) => ({ body_sealed: Buffer.alloc(0), processed_at: eb.fn.coalesce('processed_at', eb.val(o.now)) }))
    .where('portal_id', '=', String(portalId))
    .where(
      'inbox_id',
      'in',
      theirs.map((row) => row.inboxId),
    )
    .execute();
  return theirs.length;
}
