import type { PortalId, PortalTx } from '../db/db.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { countryOfName } from './country-of-name.ts';
import { personsOfContact } from './persons.ts';
import { countryOfNumber, parseNumber, type Recipient } from './recipient.ts';
import type { SendableFlow } from './sendable-flow.ts';
import type { SendableContact } from './services.ts';

/** Where HubSpot keeps a contact's numbers, the one meant for WhatsApp first. */
export const NUMBER_PROPERTIES = ['hs_whatsapp_phone_number', 'mobilephone', 'phone'];

export type Addressee = {
  recipient: Recipient | null;
  /** The contact property the number comes from. */
  numberProperty: string | null;
  /** What to do when there is no recipient. */
  problem: string | null;
  /** For numbers without a prefix: the contact's own country, else the portal's, else that of the business number. */
  country: string | null;
};

const NO_NUMBER: Texts = {
  en: 'The contact has no phone number. Add one with its country code, such as +49 30 1234567.',
  de: 'Der Kontakt hat keine Telefonnummer. Ergänzen Sie eine mit Ländervorwahl, zum Beispiel +49 30 1234567.',
};
const BAD_NUMBER: Texts = {
  en: 'The phone number cannot be read. Write it with its country code, such as +49 30 1234567.',
  de: 'Die Telefonnummer ist nicht lesbar. Schreiben Sie sie mit Ländervorwahl, zum Beispiel +49 30 1234567.',
};

/** How a contact or a written number is reached: a number where one is known, else the business-scoped id of a linked person. */
export async function findAddressee(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  o: {
    to: { kind: 'contact'; contactId: string } | { kind: 'number'; number: string };
    contact: SendableContact | null;
    flow: Pick<SendableFlow, 'account'> | null;
    settings: { defaultCountry: string | null };
    language: Language;
  },
): Promise<Addressee> {
  const country = countryFor(o);
  if (o.to.kind === 'number') {
    // Of whom it is nobody knows: read as of a guessed country it would belong to a stranger.
    const e164 = parseNumber(o.to.number, null);
    return e164
      ? { recipient: { kind: 'phone', e164 }, numberProperty: null, problem: null, country }
      : { recipient: null, numberProperty: null, problem: BAD_NUMBER[o.language], country };
  }
  const written = NUMBER_PROPERTIES.map((property) => ({ property, text: o.contact?.properties[property] ?? '' }));
  for (const { property, text } of written) {
    const e164 = text ? parseNumber(text, country) : null;
    if (e164) return { recipient: { kind: 'phone', e164 }, numberProperty: property, problem: null, country };
  }
  const known = await linkedRecipient(tx, tools, portalId, o.to.contactId, o.flow?.account.portfolioId ?? null);
  if (known) return { recipient: known, numberProperty: null, problem: null, country };
  const hasText = written.some(({ text }) => text.trim() !== '');
  return {
    recipient: null,
    numberProperty: null,
    problem: (hasText ? BAD_NUMBER : NO_NUMBER)[o.language],
    country,
  };
}

/**
 * A contact's own country comes first, and one that says a country we cannot read has none: a number read as of another country
 * belongs to a stranger, who would get this person's message.
 */
function countryFor(o: {
  contact: SendableContact | null;
  flow: Pick<SendableFlow, 'account'> | null;
  settings: { defaultCountry: string | null };
}): string | null {
  const said = o.contact?.properties.country?.trim() ?? '';
  if (said !== '') return countryOfName(said);
  return o.settings.defaultCountry ?? countryOfNumber(o.flow?.account.numbers[0]?.displayNumber ?? '');
}

/** People who wrote to the business and were linked to the contact may have no number in the CRM, or show none at all. */
async function linkedRecipient(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  contactId: string,
  portfolioId: string | null,
): Promise<Recipient | null> {
  const persons = await personsOfContact(tx, tools, portalId, contactId);
  for (const person of persons) {
    if (portfolioId !== null && person.portfolioId !== portfolioId) continue;
    if (person.identity.phone) return { kind: 'phone', e164: person.identity.phone };
    if (person.identity.bsuid) return { kind: 'bsuid', bsuid: person.identity.bsuid };
  }
  return null;
}
