import { messageError, invalidParameter } from '../graph-error.ts';
import type { PhoneNumber, Waba } from '../accounts/accounts.ts';
import { BSUID_PATTERN, personByBsuid, personByPhone, type Person } from '../people/people.ts';
import type { World } from '../world.ts';

/** Whom a message goes to. `lost`: accepted with an id and never delivered, as Meta does with a BSUID in `to`. */
export type Recipient = {
  /** The digits or the id in its stored form. */
  address: string;
  input: string;
  addressed: 'phone' | 'bsuid';
  person: Person | null;
  isLost: boolean;
};

/** Whatsapp-users.md section 4: `to` takes a phone, `recipient` an id, and `to` wins. */
export function findRecipient(
  world: World,
  o: { number: PhoneNumber; waba: Waba; to?: string; recipient?: string },
): Recipient {
  if (o.to !== undefined) return byPhone(world, o.number, o.to);
  if (o.recipient === undefined) throw messageError(131008, 'The parameter to or recipient is required.');
  if (!BSUID_PATTERN.test(o.recipient)) throw messageError(131009, 'recipient must be a business-scoped user ID');
  return {
    address: o.recipient,
    input: o.recipient,
    addressed: 'bsuid',
    person: personByBsuid(world.store, o.waba.business_id, o.recipient) ?? null,
    isLost: false,
  };
}

function byPhone(world: World, number: PhoneNumber, to: string): Recipient {
  if (BSUID_PATTERN.test(to)) return { address: to, input: to, addressed: 'phone', person: null, isLost: true };
  const digits = to.replace(/[\s().+-]/g, '');
  if (!/^[1-9]\d{6,14}$/.test(digits)) throw invalidParameter('Param to must be a phone number with country code');
  if (digits === number.digits) throw messageError(131021, 'The recipient and the sender are the same number.');
  return {
    address: digits,
    input: to,
    addressed: 'phone',
    person: personByPhone(world.store, digits) ?? null,
    isLost: false,
  };
}
