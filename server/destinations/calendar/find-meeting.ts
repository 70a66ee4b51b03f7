import { findContactByEmail, readContact } from '../../hubspot/contacts.ts';
import { readNewest } from '../../hubspot/objects.ts';
import { answeredEmail } from '../contact/find-or-create-contact.ts';
import type { DeliveryItem, DestinationContext } from '../destination.ts';

export type Attendee = {
  email: string;
  firstName: string;
  lastName: string;
  /** Whose meeting it becomes; null where the address belongs to nobody yet. */
  contactId: string | null;
};

export type FoundMeeting = { id: string; title: string; location: string; outcome: string };

/**
 * Who the meeting is booked for: the contact with its own address, so that the meeting is the contact's; else with the answered one.
 * HubSpot wants both names: where one is not known, what stands before the @, and a dash. Null without any address.
 */
export async function attendeeOf(context: DestinationContext, item: DeliveryItem): Promise<Attendee | null> {
  if (item.contactId === null) return null;
  const where = whereOf(context);
  const contact = await readContact(where, item.contactId);
  const email = contact.email ?? answeredEmail(item);
  if (email === null || email === '') return null;
  const owner = contact.email === null ? await findContactByEmail(where, email) : contact;
  return {
    email,
    firstName: contact.properties.firstname || (email.split('@')[0] ?? email),
    lastName: contact.properties.lastname || '-',
    contactId: owner?.contactId ?? null,
  };
}

/** What somebody called off stands there all the same. */
export function isBooked(meeting: FoundMeeting | null): meeting is FoundMeeting {
  return meeting !== null && meeting.outcome !== 'CANCELED';
}

/**
 * The meeting of a contact that begins at this moment, whoever booked it: one that is booked, of which there can be only one, else one
 * that was called off.
 */
export async function findMeeting(
  context: DestinationContext,
  contactId: string,
  start: string,
): Promise<FoundMeeting | null> {
  const properties = ['hs_meeting_start_time', 'hs_meeting_title', 'hs_meeting_location', 'hs_meeting_outcome'];
  const meetings = await readNewest(whereOf(context), 'meetings', contactId, properties);
  const then = meetings
    .filter((one) => Date.parse(one.properties.hs_meeting_start_time ?? '') === Date.parse(start))
    .map(({ id, properties: read }) => ({
      id,
      title: read.hs_meeting_title ?? '',
      location: read.hs_meeting_location ?? '',
      outcome: read.hs_meeting_outcome ?? '',
    }));
  return then.find(isBooked) ?? then[0] ?? null;
}

export function whereOf(context: DestinationContext) {
  return { hubspot: context.hubspot, portalId: context.portalId, priority: 'delivery' as const };
}
