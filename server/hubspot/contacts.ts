import parsePhoneNumber from 'libphonenumber-js/max';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';
import { objectSchema, readObject, type CrmObject } from './objects.ts';

/** Where a WhatsApp number may stand, best first (hubspot-platform.md section 5.1). */
export const NUMBER_PROPERTIES = ['hs_whatsapp_phone_number', 'mobilephone', 'phone'] as const;
export type NumberProperty = (typeof NUMBER_PROPERTIES)[number];
const CONTACT_PROPERTIES = [
  'firstname',
  'lastname',
  'email',
  'hs_additional_emails',
  'company',
  'country',
  ...NUMBER_PROPERTIES,
];

export type Contact = {
  contactId: string;
  /** Name, else e-mail address, else the id. */
  displayName: string;
  email: string | null;
  /** All addresses HubSpot knows the contact by, in lower case. */
  emails: string[];
  /** As they stand at HubSpot, best first; not parsed. */
  numbers: { property: NumberProperty; value: string }[];
  /** Every property that was asked for, '' where there is none. */
  properties: Record<string, string>;
};

type Where = { hubspot: HubSpotClient; portalId: PortalId; priority: HubSpotPriority };

/** One contact by its id. Throws `hubspot_not_found`. A merged contact answers under the id it was merged into. */
export async function readContact(
  where: Where,
  contactId: string,
  properties: readonly string[] = [],
): Promise<Contact> {
  const wanted = [...new Set([...CONTACT_PROPERTIES, ...properties])];
  return toContact(await readObject(where, 'contacts', contactId, { properties: wanted }), wanted);
}

/** The contact with this e-mail address (main or additional), read directly and not by search; null when there is none. */
export async function findContactByEmail(where: Where, email: string): Promise<Contact | null> {
  return findBy(where, 'email', email);
}

/** The contact that carries this value in one of our own unique properties. */
export async function findContactBy(where: Where, idProperty: string, value: string): Promise<Contact | null> {
  return findBy(where, idProperty, value);
}

/**
 * Every contact with this number. HubSpot finds by the local number without country code, so that several countries answer;
 * what it finds is compared in full here. Its index lags a few seconds behind writes.
 */
export async function findContactsByPhone({ hubspot, portalId, priority }: Where, e164: string): Promise<Contact[]> {
  const number = parsePhoneNumber(e164);
  if (!number) return [];
  // A number that was typed without its country code may be kept as it stands: with its leading zero, or with the code but no plus.
  const values = [
    ...new Set([number.nationalNumber, number.formatNational(), number.number].map((text) => text.replace(/\D/g, ''))),
  ];
  const answer = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objectSearch('contacts'),
    body: {
      filterGroups: ['hs_searchable_calculated_phone_number', 'hs_searchable_calculated_mobile_number'].map(
        (propertyName) => ({
          filters: [{ propertyName, operator: 'IN', values }],
        }),
      ),
      properties: CONTACT_PROPERTIES,
      sorts: [],
      limit: 20,
      after: '0',
    },
    schema: z.object({ results: z.array(objectSchema) }),
    priority,
    idempotent: true,
  });
  return answer.results
    .map((object) => toContact(object, CONTACT_PROPERTIES))
    .filter((contact) =>
      // A number without country code is read as one of the number's own country.
      contact.numbers.some(
        ({ value }) => parsePhoneNumber(value, { defaultCountry: number.country })?.number === number.number,
      ),
    );
}

export function toContact(object: CrmObject, wanted: readonly string[]): Contact {
  const properties = Object.fromEntries(wanted.map((name) => [name, object.properties[name] ?? '']));
  const email = properties.email || null;
  const name = [properties.firstname, properties.lastname].filter(Boolean).join(' ');
  const others = (properties.hs_additional_emails ?? '').split(';').filter(Boolean);
  return {
    contactId: object.id,
    displayName: name || email || object.id,
    email,
    emails: [...(email ? [email] : []), ...others].map((address) => address.trim().toLowerCase()),
    numbers: NUMBER_PROPERTIES.flatMap((property) => {
      const value = properties[property];
      return value ? [{ property, value }] : [];
    }),
    properties,
  };
}

async function findBy(where: Where, idProperty: string, value: string): Promise<Contact | null> {
  try {
    const object = await readObject(where, 'contacts', value, { properties: CONTACT_PROPERTIES, idProperty });
    return toContact(object, CONTACT_PROPERTIES);
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return null;
    throw err;
  }
}
