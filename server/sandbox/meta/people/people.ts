import { createHash } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';
import { flagColumn, type Store } from '../store.ts';

export type PersonInput = {
  /** Digits of the phone number, without plus. */
  waId: string;
  name: string;
  /** Their id in the first portfolio that exists; others, and this one when absent, are derived from the number. */
  bsuid?: string;
  username?: string;
  /** Withholds the number from businesses that have never messaged it (whatsapp-users.md section 2). */
  hidePhone?: boolean;
};

const rowSchema = z.object({
  id: z.number(),
  wa_id: z.string(),
  name: z.string(),
  username: z.string().nullable(),
  hide_phone: flagColumn,
});
const idRow = z.object({ id: z.string() });
const bsuidRow = z.object({ bsuid: z.string() });

export type Person = z.infer<typeof rowSchema>;

/** A business-scoped user id, also a parent one (whatsapp-users.md section 1). */
export const BSUID_PATTERN = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** Makes the person or changes them; who has an entry here is on WhatsApp. */
export function savePerson(store: Store, input: PersonInput): Person {
  return store.transaction(() => {
    const person = store.first(
      rowSchema,
      `insert into people (wa_id, name, username, hide_phone) values (?, ?, ?, ?)
       on conflict (wa_id) do update set name = excluded.name, username = excluded.username, hide_phone = excluded.hide_phone
       returning id, wa_id, name, username, hide_phone`,
      input.waId,
      input.name,
      input.username ?? null,
      input.hidePhone ? 1 : 0,
    );
    if (!person) throw new Error('SQLite returned no row for an upsert');
    const business = store.first(idRow, 'select id from businesses order by rowid limit 1');
    if (input.bsuid && business)
      store.run(
        `insert into person_ids (business_id, person_id, bsuid) values (?, ?, ?)
         on conflict (business_id, person_id) do update set bsuid = excluded.bsuid`,
        business.id,
        person.id,
        input.bsuid,
      );
    return person;
  });
}

export function listPeople(store: Store): Person[] {
  return store.all(rowSchema, 'select id, wa_id, name, username, hide_phone from people order by id');
}

export function personById(store: Store, id: number): Person | undefined {
  return store.first(rowSchema, 'select id, wa_id, name, username, hide_phone from people where id = ?', id);
}

export function personByPhone(store: Store, waId: string): Person | undefined {
  return store.first(rowSchema, 'select id, wa_id, name, username, hide_phone from people where wa_id = ?', waId);
}

/** Only ids of this portfolio are known here: an id of another one names nobody (whatsapp-users.md section 1). */
export function personByBsuid(store: Store, businessId: string, bsuid: string): Person | undefined {
  const found = store.first(
    rowSchema,
    `select p.id, p.wa_id, p.name, p.username, p.hide_phone from person_ids i join people p on p.id = i.person_id
     where i.business_id = ? and i.bsuid = ?`,
    businessId,
    bsuid,
  );
  if (found) return found;
  // Derived ids are written down the first time they are asked for, in either direction.
  return listPeople(store).find((person) => bsuidOf(store, businessId, person) === bsuid);
}

/** The person's id in one portfolio. */
export function bsuidOf(store: Store, businessId: string, person: Person): string {
  const known = store.first(
    bsuidRow,
    'select bsuid from person_ids where business_id = ? and person_id = ?',
    businessId,
    person.id,
  );
  if (known) return known.bsuid;
  const country = parsePhoneNumberFromString(`+${person.wa_id}`)?.country ?? 'US';
  const digest = createHash('sha256').update(`${businessId}:${person.wa_id}`).digest();
  const bsuid = `${country}.${digest.readBigUInt64BE(0).toString().padStart(20, '0')}`;
  store.run('insert into person_ids (business_id, person_id, bsuid) values (?, ?, ?)', businessId, person.id, bsuid);
  return bsuid;
}

/**
 * Whether a webhook shows this portfolio the person's number: always for who does not hide it, else only once the number is
 * in the portfolio's contact book (whatsapp-users.md section 2).
 */
export function isPhoneVisible(store: Store, businessId: string, person: Person): boolean {
  if (!person.hide_phone) return true;
  return isInContactBook(store, businessId, person.id);
}

export function isInContactBook(store: Store, businessId: string, personId: number): boolean {
  return (
    store.first(
      z.object({ person_id: z.number() }),
      'select person_id from contact_book where business_id = ? and person_id = ?',
      businessId,
      personId,
    ) !== undefined
  );
}

/** A message to or from the phone number itself enters the contact book. */
export function rememberContact(store: Store, businessId: string, personId: number): void {
  store.run('insert or ignore into contact_book (business_id, person_id) values (?, ?)', businessId, personId);
}
