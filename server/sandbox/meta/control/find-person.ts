import { invalidParameter } from '../graph-error.ts';
import { BSUID_PATTERN, personByBsuid, personByPhone, savePerson, type Person } from '../people/people.ts';
import type { World } from '../world.ts';
import { z } from 'zod';

const businessRow = z.object({ id: z.string() });

/** A person by number, or by their id in any portfolio. */
export function findPerson(world: World, address: string): Person | undefined {
  if (!BSUID_PATTERN.test(address)) return personByPhone(world.store, address.replace(/\D/g, ''));
  const businesses = world.store.all(businessRow, 'select id from businesses order by rowid');
  for (const business of businesses) {
    const person = personByBsuid(world.store, business.id, address);
    if (person) return person;
  }
  return undefined;
}

/** Who writes is on WhatsApp: an unknown number becomes a person, an unknown id cannot. */
export function findOrMakePerson(world: World, businessId: string, address: string): Person {
  if (BSUID_PATTERN.test(address)) {
    const person = personByBsuid(world.store, businessId, address);
    if (!person) throw invalidParameter('Nobody has this user ID in the portfolio of the business number');
    return person;
  }
  const waId = address.replace(/\D/g, '');
  if (!/^[1-9]\d{6,14}$/.test(waId))
    throw invalidParameter('from must be a phone number with country code or a user ID');
  return personByPhone(world.store, waId) ?? savePerson(world.store, { waId, name: `+${waId}` });
}
