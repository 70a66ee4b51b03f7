import { findContactBy, findContactByEmail, findContactsByPhone } from '../../hubspot/contacts.ts';
import type { HubSpotClient } from '../../hubspot/client.ts';
import type { Language } from '../../hubspot/language.ts';
import { upsertObject } from '../../hubspot/objects.ts';
import { ensureProperties, OUR_PREFIX, type PropertySpec } from '../../hubspot/properties.ts';
import type { DeliveryItem, DeliveryOutcome, DestinationContext } from '../destination.ts';
import { dead, isTaken } from '../outcomes.ts';
import { findThing, rememberThing } from '../things.ts';

/** Ties a contact we made to the person on WhatsApp: made twice, it is still one. */
const PERSON_ID: PropertySpec = {
  name: `${OUR_PREFIX}person_id`,
  label: 'Flowella person id',
  type: 'string',
  fieldType: 'text',
  description: 'The person on WhatsApp this contact was made for. Do not change.',
  unique: true,
};

export type FoundContact = { kind: 'found'; contactId: string } | { kind: 'outcome'; outcome: DeliveryOutcome };

/**
 * The contact of a person whom the send did not know: by our own id, then by number, then by e-mail address, each only where
 * it names exactly one; else a new one. Throws what the HubSpot client throws.
 */
export async function findOrCreateContact(
  context: DestinationContext,
  item: DeliveryItem,
  language: Language,
): Promise<FoundContact> {
  const where = { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
  const email = answeredEmail(item);
  if ((await findThing(context, 'contact-property', PERSON_ID.name)) !== null) {
    const own = await findContactBy(where, PERSON_ID.name, ownId(item));
    if (own) return found(own.contactId);
  }
  const byPhone = item.person.phone ? await findContactsByPhone(where, item.person.phone) : [];
  const [first, second] = byPhone;
  if (first && !second) return found(first.contactId);
  if (second) {
    const both = byPhone.filter((contact) => email !== null && contact.emails.includes(email));
    const [one, other] = both;
    return one && !other ? found(one.contactId) : { kind: 'outcome', outcome: dead('several_contacts', language) };
  }
  const byEmail = email === null ? null : await findContactByEmail(where, email);
  if (byEmail) return found(byEmail.contactId);
  return create(where, context, item, { email, language });
}

/** The e-mail address among the answers: the one mapped to the contact's, else the form's own contact e-mail. */
export function answeredEmail(item: DeliveryItem): string | null {
  const mapped = item.mapping.contact.properties.find((line) => line.property === 'email')?.question;
  for (const id of [mapped, '0-1/email']) {
    const answer = id === undefined ? undefined : item.answers[id];
    if (answer?.kind === 'email' || answer?.kind === 'text') return answer.value.trim().toLowerCase();
  }
  return null;
}

async function create(
  where: { hubspot: HubSpotClient; portalId: number; priority: 'delivery' },
  context: DestinationContext,
  item: DeliveryItem,
  { email, language }: { email: string | null; language: Language },
): Promise<FoundContact> {
  if ((await findThing(context, 'contact-property', PERSON_ID.name)) === null) {
    await ensureProperties(context.hubspot, context.portalId, 'contacts', [PERSON_ID], 'delivery');
    await rememberThing(context, { kind: 'contact-property', name: PERSON_ID.name, remoteId: null });
  }
  const properties = {
    ...(item.person.phone ? { mobilephone: item.person.phone } : {}),
    ...(email === null ? {} : { email }),
  };
  try {
    const contact = await upsertObject(where, 'contacts', { idProperty: PERSON_ID.name, id: ownId(item), properties });
    return found(contact.id);
  } catch (err) {
    if (isTaken(err)) return { kind: 'outcome', outcome: dead('email_of_other_contact', language) };
    throw err;
  }
}

function ownId(item: DeliveryItem): string {
  return item.person.personId || item.submissionId;
}

function found(contactId: string): FoundContact {
  return { kind: 'found', contactId };
}
