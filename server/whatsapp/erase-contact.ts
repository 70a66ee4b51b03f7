import { sql, type Expression, type SqlBool } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { Clock } from '../clock.ts';
import { forgetChecks } from '../destinations/identity-check/checks.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { portalLanguage, type Texts } from '../hubspot/language.ts';
import { identityPurpose, identitySchema, type Identity } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { eraseStoredFiles } from './erase-stored-files.ts';
import { identityHash } from './persons.ts';
import { inboxPurpose } from './webhook-routes.ts';

export type EraseServices = { db: Db; keys: PortalKeys; clock: Clock; log: Log; hubspot: HubSpotClient };

const REASON: Texts = {
  en: "The contact's data was erased in HubSpot. Nothing is delivered any more.",
  de: 'Die Daten des Kontakts wurden in HubSpot gelöscht. Es wird nichts mehr zugestellt.',
};

type Found = { personIds: string[]; sendIds: string[]; submissionIds: string[]; identities: Identity[] };

/**
 * Erases what is known of one contact after HubSpot erased it (`contact.privacyDeletion`, hubspot-platform.md sections 2 and 5.9):
 * who the persons are, what was prefilled, who sent, partial and accepted answers with their keys. Rows stay as counts and
 * ids; opt-outs stay as keyed hashes, so that nobody is written to again. Pending deliveries are cancelled, and the files we put
 * into the account are deleted: HubSpot does not know whose they are. Repeatable;
 * does nothing for a portal that is unknown or erased itself.
 */
export async function eraseContact(services: EraseServices, portalId: PortalId, contactId: string): Promise<void> {
  if (!(await isReadable(services, portalId))) return;
  const reason = REASON[await portalLanguage(services.db, portalId)];
  const now = services.clock.now();
  const changed = await withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    const found = await findAll(tx, services, portalId, contactId);
    const counts = {
      persons: await blankPersons(tx, services, portalId, found.personIds, now),
      sends: await blankSends(tx, portalId, found.sendIds),
      sessions: await dropSessions(tx, portalId, found.sendIds),
      submissions: await destroyAnswers(tx, portalId, found.submissionIds),
      checks: await forgetChecks(tx, portalId, found.submissionIds),
      deliveries: await cancelDeliveries(tx, portalId, { ids: found.submissionIds, reason, now }),
      webhooks: await forgetWebhooks(tx, services, portalId, found.identities),
    };
    await forgetOptIns(tx, services, portalId, found.identities);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (total > 0) {
      await appendAudit(tx, portalId, now, {
        actor: 'system',
        action: 'contact.erased',
        subject: `contact:${contactId}`,
        detail: counts,
      });
    }
    return { ...counts, submissionIds: found.submissionIds };
  });
  const { submissionIds, ...erased } = changed;
  await eraseStoredFiles(services, portalId, submissionIds);
  services.log.info({ portalId, erased }, 'a contact was erased at HubSpot, and here');
}

async function isReadable(services: EraseServices, portalId: PortalId): Promise<boolean> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx.selectFrom('portals').select('data_key_wrapped').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return row !== undefined && row.data_key_wrapped !== null;
}

/** Everything that hangs on the contact. A person who is linked to another contact by now stays that contact's. */
async function findAll(tx: PortalTx, services: EraseServices, portalId: PortalId, contactId: string): Promise<Found> {
  const portal = String(portalId);
  const persons = await tx
    .withRecursive('gone', (with_) =>
      with_
        .selectFrom('persons as p')
        .select(['p.person_id', 'p.contact_id', 'p.identity_sealed'])
        .where('p.portal_id', '=', portal)
        .where((where) =>
          where.or([
            where('p.contact_id', '=', contactId),
            where.and([
              where('p.contact_id', 'is', null),
              where.exists(
                where
                  .selectFrom('sends as s')
                  .select('s.send_id')
                  .whereRef('s.portal_id', '=', 'p.portal_id')
                  .whereRef('s.person_id', '=', 'p.person_id')
                  .where('s.contact_id', '=', contactId),
              ),
            ]),
          ]),
        )
        .union(
          with_
            .selectFrom('persons as earlier')
            .innerJoin('gone', 'gone.person_id', 'earlier.superseded_by')
            .select(['earlier.person_id', 'earlier.contact_id', 'earlier.identity_sealed'])
            .where('earlier.portal_id', '=', portal),
        ),
    )
    .selectFrom('gone')
    .selectAll()
    .execute();
  const personIds = persons.map((row) => row.person_id);
  const sends = await sendsOf(tx, portalId, { contactId, personIds });
  const submissions = await submissionsOf(tx, portalId, { contactId, personIds });
  const known = await Promise.all(
    persons.map(async (row) => ({
      personId: row.person_id,
      contactId: row.contact_id,
      identity: identitySchema.parse(
        await services.keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed),
      ),
    })),
  );
  // A row that an earlier erasure has blanked is found again by its sends, and left as it is.
  const named = known.filter(({ contactId: linked, identity }) => linked !== null || Object.keys(identity).length > 0);
  return {
    personIds: named.map(({ personId }) => personId),
    identities: named.map(({ identity }) => identity),
    sendIds: sends,
    submissionIds: submissions,
  };
}

type Owner = { contactId: string; personIds: string[] };

/** What was sent to the contact, or to a person of theirs before anybody knew whose number it is. */
async function sendsOf(tx: PortalTx, portalId: PortalId, owner: Owner): Promise<string[]> {
  const rows = await tx
    .selectFrom('sends')
    .select('send_id')
    .where('portal_id', '=', String(portalId))
    .where((where) => where.or([where('contact_id', '=', owner.contactId), unlinkedOf(owner)]))
    .execute();
  return rows.map((row) => row.send_id);
}

async function submissionsOf(tx: PortalTx, portalId: PortalId, owner: Owner): Promise<string[]> {
  const rows = await tx
    .selectFrom('submissions')
    .select('submission_id')
    .where('portal_id', '=', String(portalId))
    .where((where) => where.or([where('contact_id', '=', owner.contactId), unlinkedOf(owner)]))
    .execute();
  return rows.map((row) => row.submission_id);
}

const unlinkedOf = (owner: Owner): Expression<SqlBool> =>
  sql<SqlBool>`contact_id is null and person_id = any(${owner.personIds})`;

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
    .set({ answers_sealed: null, answers_key_wrapped: null, answers_hash: Buffer.alloc(0) })
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
  identities: Identity[],
): Promise<void> {
  const hashes = await Promise.all(
    identities.flatMap(({ phone, bsuid, parentBsuid }) => [
      ...(phone ? [identityHash(services.keys, portalId, { kind: 'phone', value: phone })] : []),
      ...[bsuid, parentBsuid].flatMap((value) =>
        value ? [identityHash(services.keys, portalId, { kind: 'bsuid', value })] : [],
      ),
    ]),
  );
  if (hashes.length === 0) return;
  await tx
    .deleteFrom('consents')
    .where('portal_id', '=', String(portalId))
    .where('identity_hash', 'in', hashes)
    .where('state', '=', 'opted_in')
    .execute();
}

/** Webhooks kept with their body for a person to look at: those that name somebody who is erased lose it. */
async function forgetWebhooks(
  tx: PortalTx,
  services: EraseServices,
  portalId: PortalId,
  identities: Identity[],
): Promise<number> {
  const names = identities.flatMap(({ phone, bsuid }) => [
    ...(phone ? [phone.replace(/^\+/, '')] : []),
    ...(bsuid ? [bsuid] : []),
  ]);
  if (names.length === 0) return 0;
  const kept = await tx
    .selectFrom('inbox')
    .select(['inbox_id', 'body_sealed'])
    .where('portal_id', '=', String(portalId))
    .where('processed_at', 'is not', null)
    .where('problem', 'is not', null)
    .where('body_sealed', '<>', Buffer.alloc(0))
    .execute();
  const theirs: string[] = [];
  for (const row of kept) {
    const text = (await services.keys.open(portalId, inboxPurpose(row.inbox_id), row.body_sealed)).toString('utf8');
    if (names.some((name) => text.includes(name))) theirs.push(row.inbox_id);
  }
  if (theirs.length === 0) return 0;
  await tx
    .updateTable('inbox')
    .set({ body_sealed: Buffer.alloc(0) })
    .where('portal_id', '=', String(portalId))
    .where('inbox_id', 'in', theirs)
    .execute();
  return theirs.length;
}
