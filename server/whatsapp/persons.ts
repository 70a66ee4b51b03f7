import { AppError } from '../app-error.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import { newId } from '../ids.ts';
import { identityPurpose, identitySchema, type Identity } from '../keys/identity.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';

export type { Identity } from '../keys/identity.ts';

export type Person = {
  personId: string;
  portfolioId: string;
  identity: Identity;
  contactId: string | null;
  lastInboundAt: Date | null;
  lastInboundNumber: string | null;
};

/**
 * What a webhook or a send says about a person. With both phone and id the pair is proved: from an incoming message, a
 * status of a message to that phone, or a card that WhatsApp itself filled in (whatsapp-users.md section 8, rule 3).
 */
export type Sighting = Identity & { portfolioId: string; phoneSource: string; at: Date };

type Tools = { keys: PortalKeys };

/** Keyed hash by which an identity is found again; equal for consents and persons. */
export function identityHash(
  keys: PortalKeys,
  portalId: PortalId,
  identity: { kind: 'phone' | 'bsuid'; value: string },
): Promise<Buffer> {
  return keys.hash(portalId, identity.kind, identity.value);
}

/**
 * The row of the person who was seen, made or completed (whatsapp-users.md section 8). Null when neither phone nor id is
 * known. The caller's transaction should have the portal's key in the cache (`keys.dataKey(portalId, tx)`).
 *
 * A phone-only row and an id-only row that turn out to be one person become one; a phone that moved to another id (numbers
 * are recycled) leaves its old row; contacts are never moved from one to another.
 */
export async function meetPerson(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  seen: Sighting,
): Promise<Person | null> {
  if (seen.phone === undefined && seen.bsuid === undefined) return null;
  await tools.keys.dataKey(portalId, tx);
  const [byPhone, byBsuid] = await findBoth(tx, tools, portalId, seen);
  if (byPhone && byBsuid && byPhone.personId !== byBsuid.personId) {
    return joinRows(tx, tools, portalId, { byPhone, byBsuid, seen });
  }
  const found = byBsuid ?? byPhone;
  if (!found) return insertPerson(tx, tools, portalId, seen);
  const isRecycled =
    !byBsuid && seen.bsuid !== undefined && found.identity.bsuid !== undefined && found.identity.bsuid !== seen.bsuid;
  if (isRecycled) {
    await dropPhone(tx, tools, portalId, found);
    return insertPerson(tx, tools, portalId, seen);
  }
  return completePerson(tx, tools, portalId, found, seen);
}

async function findBoth(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  seen: Sighting,
): Promise<[Person | null, Person | null]> {
  return [
    seen.phone === undefined ? null : await findBy(tx, tools, portalId, seen.portfolioId, { phone: seen.phone }),
    seen.bsuid === undefined ? null : await findBy(tx, tools, portalId, seen.portfolioId, { bsuid: seen.bsuid }),
  ];
}

const PERSON_COLUMNS = [
  'person_id',
  'portfolio_id',
  'identity_sealed',
  'contact_id',
  'last_inbound_at',
  'last_inbound_number',
] as const;

/** A living row by phone (E.164) or business-scoped id within one portfolio. */
export async function findBy(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  portfolioId: string,
  key: { phone: string } | { bsuid: string },
): Promise<Person | null> {
  const [column, hash] =
    'phone' in key
      ? (['phone_hash', await identityHash(tools.keys, portalId, { kind: 'phone', value: key.phone })] as const)
      : (['bsuid_hash', await identityHash(tools.keys, portalId, { kind: 'bsuid', value: key.bsuid })] as const);
  const row = await tx
    .selectFrom('persons')
    .select(PERSON_COLUMNS)
    .where('portal_id', '=', String(portalId))
    .where('portfolio_id', '=', portfolioId)
    .where(column, '=', hash)
    .where('superseded_by', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  return row ? toPerson(tools, portalId, row) : null;
}

/** The living row behind an id, following what superseded it. */
export async function readPerson(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  personId: string,
): Promise<Person | null> {
  let next: string | null = personId;
  // A chain is as long as the person's changes of number; the bound ends a loop that must not exist.
  for (let step = 0; next !== null && step < 20; step += 1) {
    const id: string = next;
    const row = await tx
      .selectFrom('persons')
      .select([...PERSON_COLUMNS, 'superseded_by'])
      .where('portal_id', '=', String(portalId))
      .where('person_id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    if (row.superseded_by === null) return toPerson(tools, portalId, row);
    next = row.superseded_by;
  }
  return null;
}

/** Living rows that were linked to a contact, the most recently active first. */
export async function personsOfContact(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  contactId: string,
): Promise<Person[]> {
  const rows = await tx
    .selectFrom('persons')
    .select(PERSON_COLUMNS)
    .where('portal_id', '=', String(portalId))
    .where('contact_id', '=', contactId)
    .where('superseded_by', 'is', null)
    .orderBy('last_inbound_at', (order) => order.desc().nullsLast())
    .orderBy('updated_at', 'desc')
    .limit(20)
    .execute();
  return Promise.all(rows.map((row) => toPerson(tools, portalId, row)));
}

async function toPerson(
  tools: Tools,
  portalId: PortalId,
  row: {
    person_id: string;
    portfolio_id: string;
    identity_sealed: Buffer;
    contact_id: string | null;
    last_inbound_at: Date | null;
    last_inbound_number: string | null;
  },
): Promise<Person> {
  const identity = identitySchema.parse(
    await tools.keys.openJson(portalId, identityPurpose(row.person_id), row.identity_sealed),
  );
  return {
    personId: row.person_id,
    portfolioId: row.portfolio_id,
    identity,
    contactId: row.contact_id,
    lastInboundAt: row.last_inbound_at,
    lastInboundNumber: row.last_inbound_number,
  };
}

async function sealedColumns(
  tools: Tools,
  portalId: PortalId,
  personId: string,
  identity: Identity,
): Promise<{ identity_sealed: Buffer; phone_hash: Buffer | null; bsuid_hash: Buffer | null }> {
  const { phone, bsuid } = identity;
  return {
    identity_sealed: await tools.keys.sealJson(portalId, identityPurpose(personId), identity),
    phone_hash: phone ? await identityHash(tools.keys, portalId, { kind: 'phone', value: phone }) : null,
    bsuid_hash: bsuid ? await identityHash(tools.keys, portalId, { kind: 'bsuid', value: bsuid }) : null,
  };
}

async function insertPerson(tx: PortalTx, tools: Tools, portalId: PortalId, seen: Sighting): Promise<Person> {
  const personId = newId('person');
  const identity = knownParts(seen);
  await tx
    .insertInto('persons')
    .values({
      portal_id: portalId,
      person_id: personId,
      portfolio_id: seen.portfolioId,
      ...(await sealedColumns(tools, portalId, personId, identity)),
      phone_source: identity.phone ? seen.phoneSource : null,
      phone_at: identity.phone ? seen.at : null,
      created_at: seen.at,
      updated_at: seen.at,
    })
    .execute();
  return {
    personId,
    portfolioId: seen.portfolioId,
    identity,
    contactId: null,
    lastInboundAt: null,
    lastInboundNumber: null,
  };
}

function knownParts(seen: Identity): Identity {
  return identitySchema.parse(JSON.parse(JSON.stringify(seen)));
}

async function completePerson(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  person: Person,
  seen: Sighting,
): Promise<Person> {
  const identity = { ...person.identity, ...knownParts(seen) };
  if (sameIdentity(identity, person.identity)) return person;
  const hasNewPhone = identity.phone !== person.identity.phone;
  await tx
    .updateTable('persons')
    .set({
      ...(await sealedColumns(tools, portalId, person.personId, identity)),
      ...(hasNewPhone ? { phone_source: seen.phoneSource, phone_at: seen.at } : {}),
      updated_at: seen.at,
    })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', person.personId)
    .execute();
  return { ...person, identity };
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return (['bsuid', 'parentBsuid', 'phone', 'username', 'name'] as const).every((key) => a[key] === b[key]);
}

/** The number belongs to somebody else now: the row keeps its id and its history, not the number. */
async function dropPhone(tx: PortalTx, tools: Tools, portalId: PortalId, person: Person): Promise<void> {
  const { phone: _dropped, ...identity } = person.identity;
  await tx
    .updateTable('persons')
    .set({
      ...(await sealedColumns(tools, portalId, person.personId, identity)),
      phone_source: null,
      phone_at: null,
    })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', person.personId)
    .execute();
}

/** A number and an id that stood on two rows belong to one person: the row with the id stays. */
async function joinRows(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  o: { byPhone: Person; byBsuid: Person; seen: Sighting },
): Promise<Person> {
  const isPhoneOnly = o.byPhone.identity.bsuid === undefined;
  await dropPhone(tx, tools, portalId, o.byPhone);
  if (!isPhoneOnly) return completePerson(tx, tools, portalId, o.byBsuid, o.seen);
  const isSameContact =
    o.byPhone.contactId === null || o.byBsuid.contactId === null || o.byPhone.contactId === o.byBsuid.contactId;
  // Two contacts of the CRM that are one person: a matter for a person, never merged here (rule 6).
  if (!isSameContact) return completePerson(tx, tools, portalId, o.byBsuid, o.seen);
  await supersede(tx, portalId, { from: o.byPhone, to: o.byBsuid, at: o.seen.at });
  const contactId = o.byBsuid.contactId ?? o.byPhone.contactId;
  const lastInbound = laterInbound(o.byBsuid, o.byPhone);
  return completePerson(tx, tools, portalId, { ...o.byBsuid, contactId, ...lastInbound }, o.seen);
}

function laterInbound(a: Person, b: Person): Pick<Person, 'lastInboundAt' | 'lastInboundNumber'> {
  const later = (a.lastInboundAt?.getTime() ?? 0) >= (b.lastInboundAt?.getTime() ?? 0) ? a : b;
  return { lastInboundAt: later.lastInboundAt, lastInboundNumber: later.lastInboundNumber };
}

/** Closes a row in favour of another: link, window and open sends follow (rule 7). */
async function supersede(tx: PortalTx, portalId: PortalId, o: { from: Person; to: Person; at: Date }): Promise<void> {
  const inbound = laterInbound(o.to, o.from);
  await tx
    .updateTable('persons')
    .set({ superseded_by: o.to.personId, updated_at: o.at })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', o.from.personId)
    .execute();
  await tx
    .updateTable('persons')
    .set({
      contact_id: o.to.contactId ?? o.from.contactId,
      last_inbound_at: inbound.lastInboundAt,
      last_inbound_number: inbound.lastInboundNumber,
      updated_at: o.at,
    })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', o.to.personId)
    .execute();
  await tx
    .updateTable('sends')
    .set({ person_id: o.to.personId })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', o.from.personId)
    .where('open', '=', true)
    .execute();
}

/**
 * A person changed number: a new id, the old one superseded; repeatable, in any order (whatsapp-users.md sections 3 and 8).
 * The new phone is learnt for messages only; the contact in the CRM keeps its number until somebody changes it.
 */
export async function changeIdentity(
  tx: PortalTx,
  tools: Tools,
  portalId: PortalId,
  change: {
    portfolioId: string;
    previous: { phone?: string; bsuid?: string };
    next: { phone?: string; bsuid?: string; parentBsuid?: string };
    at: Date;
  },
): Promise<{ previous: Person; next: Person } | null> {
  await tools.keys.dataKey(portalId, tx);
  const { phone, bsuid } = change.previous;
  const previous =
    (bsuid ? await findBy(tx, tools, portalId, change.portfolioId, { bsuid }) : null) ??
    (phone ? await findBy(tx, tools, portalId, change.portfolioId, { phone }) : null);
  const next = await meetPerson(tx, tools, portalId, {
    ...change.next,
    portfolioId: change.portfolioId,
    phoneSource: 'identity-change',
    at: change.at,
  });
  if (!previous || !next || previous.personId === next.personId) return null;
  const isOtherContact =
    previous.contactId !== null && next.contactId !== null && previous.contactId !== next.contactId;
  if (isOtherContact) return null;
  await supersede(tx, portalId, { from: previous, to: next, at: change.at });
  return { previous, next: { ...next, contactId: next.contactId ?? previous.contactId } };
}

/** An incoming message opens the 24-hour window of one number; an older one arriving late does not shorten it. */
export async function noteInbound(
  tx: PortalTx,
  portalId: PortalId,
  o: { personId: string; phoneNumberId: string; at: Date },
): Promise<void> {
  await tx
    .updateTable('persons')
    .set({ last_inbound_at: o.at, last_inbound_number: o.phoneNumberId })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', o.personId)
    .where((where) => where.or([where('last_inbound_at', 'is', null), where('last_inbound_at', '<', o.at)]))
    .execute();
}

/** Links a person to a contact unless another one is linked; answers whether it is linked now. Logged by the caller. */
export async function linkContact(
  tx: PortalTx,
  portalId: PortalId,
  o: { personId: string; contactId: string; now: Date },
): Promise<boolean> {
  if (!/^\d{1,20}$/.test(o.contactId)) throw new AppError('bad_contact_id', { status: 400 });
  const done = await tx
    .updateTable('persons')
    .set({ contact_id: o.contactId, updated_at: o.now })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', o.personId)
    .where((where) => where.or([where('contact_id', 'is', null), where('contact_id', '=', o.contactId)]))
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}
