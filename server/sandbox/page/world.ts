import { z } from 'zod';
import type { ExtensionRequest, ExtensionResponse } from '../card-host/protocol.ts';

const worldSchema = z.object({
  serverUrl: z.string(),
  metaUrl: z.string(),
  hubspotUrl: z.string(),
  appId: z.number(),
  accounts: z.array(
    z.object({
      portalId: z.number(),
      appId: z.string(),
      appSecret: z.string(),
      wabaId: z.string(),
      phoneNumberId: z.string(),
      accessToken: z.string(),
    }),
  ),
  cards: z.object({ worker: z.string(), entries: z.record(z.string(), z.string()) }),
});
export type World = z.infer<typeof worldSchema>;

const userSchema = z.object({
  userId: z.number(),
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  permissions: z.array(z.string()),
});
const portalSchema = z.object({
  portalId: z.number(),
  domain: z.string(),
  accountName: z.string(),
  timeZone: z.string(),
  users: z.array(userSchema).min(1),
  installedApps: z.array(z.number()),
});
export type Portal = z.infer<typeof portalSchema>;
export type User = z.infer<typeof userSchema>;

const contactSchema = z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) });
export type Contact = z.infer<typeof contactSchema>;
const timelineEntry = z.object({
  kind: z.string(),
  id: z.string(),
  at: z.string(),
  title: z.string(),
  body: z.string().nullish(),
});
const propertySchema = z.object({
  label: z.string(),
  options: z.array(z.object({ value: z.string(), label: z.string() })),
});
const recordSchema = contactSchema.extend({
  timeline: z.array(timelineEntry),
  definitions: z.record(z.string(), propertySchema),
});
export type ContactRecord = z.infer<typeof recordSchema>;
const personSchema = z.object({ waId: z.string(), name: z.string(), bsuid: z.string().nullable() });
export type Person = z.infer<typeof personSchema>;

async function readJson<T>(url: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
  const response = await fetch(
    url,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return schema.parse(await response.json());
}

export const readWorld = (): Promise<World> => readJson('./world.json', worldSchema);

/** What the page reads of the two vendors, and HubSpot's own proxy for the cards' calls. */
export function vendors(world: World) {
  const hubspot = `${world.hubspotUrl}/_standin`;
  return {
    portals: () =>
      readJson(`${hubspot}/portals`, z.object({ portals: z.array(portalSchema) })).then((answer) => answer.portals),
    contacts: (portalId: number) =>
      readJson(`${hubspot}/portals/${portalId}/contacts`, z.object({ contacts: z.array(contactSchema) })).then(
        (answer) => answer.contacts,
      ),
    contact: (portalId: number, id: string) => readJson(`${hubspot}/portals/${portalId}/contacts/${id}`, recordSchema),
    people: () =>
      readJson(`${world.metaUrl}/_standin/people`, z.object({ people: z.array(personSchema) })).then(
        (answer) => answer.people,
      ),
    cardFetch:
      (portalId: number, userId: number) =>
      (url: string, request: ExtensionRequest): Promise<ExtensionResponse> =>
        readJson(`${hubspot}/portals/${portalId}/fetch`, z.object({ status: z.number(), body: z.string() }), {
          userId,
          method: request.method,
          url,
          ...(request.body === null ? {} : { body: JSON.parse(request.body) as unknown }),
        }),
  };
}
export type Vendors = ReturnType<typeof vendors>;

/** Digits of a contact's number in the forms people write; the person on WhatsApp whose number ends in them. */
export function personOf(contact: Contact | null, people: Person[]): Person | null {
  if (!contact) return null;
  for (const property of ['hs_whatsapp_phone_number', 'mobilephone', 'phone']) {
    const digits = (contact.properties[property] ?? '').replace(/\D/g, '').replace(/^0+/, '');
    const person = digits.length > 5 ? people.find((one) => one.waId.endsWith(digits)) : undefined;
    if (person) return person;
  }
  return null;
}

export function nameOf(contact: Contact): string {
  const { firstname, lastname, email } = contact.properties;
  return [firstname, lastname].filter(Boolean).join(' ') || email || contact.id;
}
