import { z } from 'zod';

const user = z.strictObject({
  userId: z.number().int().positive(),
  email: z.email(),
  firstName: z.string(),
  lastName: z.string(),
  /** `super-admin` may connect apps; further names are HubSpot's permission strings as a card's context shows them. */
  permissions: z.array(z.string()),
  /** HubSpot's owner id, different from the user id; null for a user who owns nothing. */
  ownerId: z.string().nullable(),
  /** Left the company: still named by contacts, offered no more. */
  ownerArchived: z.boolean().default(false),
});

const propertyOption = z.strictObject({ label: z.string(), value: z.string() });

const property = z.strictObject({
  name: z.string(),
  label: z.string(),
  type: z.enum(['string', 'number', 'enumeration', 'bool', 'date', 'datetime', 'phone_number']),
  fieldType: z.enum([
    'text',
    'textarea',
    'number',
    'select',
    'radio',
    'checkbox',
    'booleancheckbox',
    'date',
    'file',
    'phonenumber',
    'html',
  ]),
  groupName: z.string().default('contactinformation'),
  description: z.string().default(''),
  options: z.array(propertyOption).default([]),
  hasUniqueValue: z.boolean().default(false),
});

const contact = z.strictObject({
  id: z.string().regex(/^\d+$/),
  properties: z.record(z.string(), z.string()),
});

/** A page on which meetings are booked; hours are those of the account's time zone. */
const meetingLink = z.strictObject({
  id: z.string(),
  slug: z.string().min(1),
  name: z.string(),
  type: z.enum(['GROUP_CALENDAR', 'PERSONAL_LINK', 'ROUND_ROBIN_CALENDAR']).default('PERSONAL_LINK'),
  organizerUserId: z.number().int(),
  userIds: z.array(z.number().int()).min(1),
  minutes: z.array(z.number().int().positive()).min(1),
  /** 0 is Sunday. */
  weekdays: z.array(z.number().int().min(0).max(6)).default([1, 2, 3, 4, 5]),
  fromMinute: z.number().int().default(540),
  toMinute: z.number().int().default(1_020),
  weeksToAdvertise: z.number().int().positive().default(4),
  formFields: z.array(z.strictObject({ name: z.string(), label: z.string(), isRequired: z.boolean() })).default([]),
  legalConsentEnabled: z.boolean().default(false),
  location: z.string().nullable().default(null),
});

const portal = z.strictObject({
  portalId: z.number().int().positive(),
  domain: z.string(),
  accountName: z.string(),
  tier: z.enum(['free', 'pro', 'enterprise']),
  timeZone: z.string(),
  currency: z.string().default('EUR'),
  users: z.array(user).min(1),
  /** Custom properties that exist already, of contacts. */
  properties: z.array(property).default([]),
  contacts: z.array(contact).default([]),
  meetingLinks: z.array(meetingLink).default([]),
  /** Raw v3 definitions as `GET /marketing/v3/forms/{id}` returns them. `formType: "captured"` is a non-HubSpot form. */
  forms: z.array(z.looseObject({ id: z.string(), name: z.string(), formType: z.string() })).default([]),
});

const app = z.strictObject({
  appId: z.number().int().positive(),
  name: z.string(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  redirectUrls: z.array(z.string()),
  requiredScopes: z.array(z.string()),
  optionalScopes: z.array(z.string()).default([]),
  conditionallyRequiredScopes: z.array(z.string()).default([]),
  /** Prefixes that `hubspot.fetch` may call; https is not asked of loopback addresses here. */
  permittedUrls: z.array(z.string()),
  /** Where the app's webhooks go; absent: none are sent. */
  webhookUrl: z.string().optional(),
});

/** What the stand-in starts with; seeding the same again changes nothing that has changed since. */
export const hubSpotSeed = z.strictObject({ apps: z.array(app).default([]), portals: z.array(portal).default([]) });

export type HubSpotSeed = z.input<typeof hubSpotSeed>;
export type SeededApp = z.output<typeof app>;
export type SeededPortal = z.output<typeof portal>;
export type SeededMeetingLink = z.output<typeof meetingLink>;
export type SeededUser = z.output<typeof user>;

export const storedApp = app;
/** Contacts, forms and properties have tables of their own; the portal's row keeps the rest. */
export const storedPortal = portal.omit({ properties: true, contacts: true, forms: true });
export type StoredPortal = z.output<typeof storedPortal>;
