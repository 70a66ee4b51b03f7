import { sql, type Expression, type SqlBool } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import { identityPurpose, identitySchema, type Identity } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { inboxPurpose } from './webhook-routes.ts';

/** Where the data of one contact stands, for erasing it and for handing it out. */
export type PersonData = {
  owner: Owner;
  personIds: string[];
  sendIds: string[];
  submissionIds: string[];
  identities: Identity[];
};

/** Everything that hangs on the contact. A person who is linked to another contact by now stays that contact's. */
export async function findPersonData(
  tx: PortalTx,
  keys: PortalKeys,
  portalId: PortalId,
  contactId: string,
): Promise<PersonData> {
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
        await keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed),
      ),
    })),
  );
  // A row that an earlier erasure has blanked is found again by its sends, and left as it is.
  const named = known.filter(({ contactId: linked, identity }) => linked !== null || Object.keys(identity).length > 0);
  return {
    owner: { contactId, personIds },
    personIds: named.map(({ personId }) => personId),
    identities: named.map(({ identity }) => identity),
    sendIds: sends,
    submissionIds: submissions,
  };
}

/** A contact, and the people who were theirs before anybody knew whose number it is. */
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

/** What they have submitted, as far as it is accepted by now. */
export async function submissionsOf(tx: PortalTx, portalId: PortalId, owner: Owner): Promise<string[]> {
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

/** Webhooks whose body is still here, because they wait or because of a problem, and that name one of these people. */
export async function webhooksNaming(
  tx: PortalTx,
  keys: PortalKeys,
  portalId: PortalId,
  identities: readonly Identity[],
): Promise<{ inboxId: string; receivedAt: Date; text: string }[]> {
  const names = identities.flatMap(({ phone, bsuid }) => [
    ...(phone ? [phone.replace(/^\+/, '')] : []),
    ...(bsuid ? [bsuid] : []),
  ]);
  if (names.length === 0) return [];
  const kept = await tx
    .selectFrom('inbox')
    .select(['inbox_id', 'received_at', 'body_sealed'])
    .where('portal_id', '=', String(portalId))
    .where('body_sealed', '<>', Buffer.alloc(0))
    .execute();
  const found: { inboxId: string; receivedAt: Date; text: string }[] = [];
  for (const row of kept) {
    const text = (await keys.open(portalId, inboxPurpose(row.inbox_id), row.body_sealed)).toString('utf8');
    if (names.some((name) => text.includes(name)))
      found.push({ inboxId: row.inbox_id, receivedAt: row.received_at, text });
  }
  return found;
}
