import { z } from 'zod';

/** Vendors of identity checks. Stored, so the names stay. */
export const IDENTITY_VENDORS = ['onfido', 'persona', 'veriff', 'stripe'] as const;
export type IdentityVendor = (typeof IDENTITY_VENDORS)[number];

/** Where a check stands. The last four are final: nothing reopens one. Stored and written to HubSpot, so the names stay. */
export const CHECK_STATES = [
  'requested',
  'link_sent',
  'in_progress',
  'needs_review',
  'approved',
  'declined',
  'expired',
  'cancelled',
] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** What the customer can choose to be a risk. */
export const RISK_RULES = [
  'declined',
  'needs_review',
  'expired',
  'cancelled',
  'name_mismatch',
  'birth_date_mismatch',
] as const;
export type RiskRule = (typeof RISK_RULES)[number];

const questions = z.array(z.string().min(1)).min(1).max(6).optional();

/** Which questions hold what the vendor is told. Nothing that is not named here leaves for the vendor. */
const identityFieldsSchema = z.object({
  firstName: questions,
  lastName: questions,
  birthDate: questions,
  email: questions,
  phone: questions,
  street: questions,
  city: questions,
  postalCode: questions,
  country: questions,
});

/** The identity check of one flow. */
export const identityMappingSchema = z.object({
  enabled: z.boolean(),
  serviceId: z.string().regex(/^ids_[0-9a-z]{20}$/),
  /** Onfido: the workflow's id; Persona: the inquiry template's; Stripe: a verification flow's, or none; Veriff: none. */
  template: z.string().trim().max(100).default(''),
  fields: identityFieldsSchema.default({}),
  riskWhen: z
    .array(z.enum(RISK_RULES))
    .max(RISK_RULES.length)
    .default(['declined', 'name_mismatch', 'birth_date_mismatch']),
  /** The chat message that carries the link; our own words where absent. The button's limit is WhatsApp's. */
  message: z.object({ body: z.string().trim().min(1).max(900), button: z.string().trim().min(1).max(20) }).optional(),
});
export type IdentityMapping = z.infer<typeof identityMappingSchema>;
export type IdentityField = keyof IdentityMapping['fields'];

const isoTime = z.iso.datetime();
const idempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);
const name = z.string().trim().min(1).max(80);
const secret = z.string().trim().min(8).max(400);
const linkTemplate = z.object({
  /** As Meta knows it. */
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/),
});

/** A vendor's account as the settings page shows it; a key or a secret never is. */
export const identityServiceSchema = z.object({
  serviceId: z.string(),
  vendor: z.enum(IDENTITY_VENDORS),
  name: z.string(),
  region: z.string().nullable(),
  /** Where the vendor must send its events: to be copied into the vendor's dashboard. */
  callbackUrl: z.string(),
  hasWebhookSecret: z.boolean(),
  linkTemplate: linkTemplate.nullable(),
  /** Names of the flows that use it. */
  flows: z.array(z.string()),
  createdAt: isoTime,
});
/** GET /api/identity-services */
export const identityServicesResponse = z.object({ services: z.array(identityServiceSchema) });
/** POST /api/identity-services → identityServiceSchema */
export const addIdentityServiceRequest = z.object({
  idempotencyKey,
  vendor: z.enum(IDENTITY_VENDORS),
  name,
  region: z.string().trim().max(200).nullable().default(null),
  apiKey: secret,
  webhookSecret: secret.nullable().default(null),
  linkTemplate: linkTemplate.nullable().default(null),
});
/** PATCH /api/identity-services/:serviceId → identityServiceSchema. What is left out stays; a new key sends what was held. */
export const changeIdentityServiceRequest = z.object({
  idempotencyKey,
  name: name.optional(),
  apiKey: secret.optional(),
  webhookSecret: secret.optional(),
  linkTemplate: linkTemplate.nullable().optional(),
});
/** POST /api/identity-services/:serviceId/delete → identityServicesResponse; …/test → identityTestResponse */
export const identityServiceActionRequest = z.object({ idempotencyKey });
export const identityTestResponse = z.object({ works: z.boolean(), message: z.string() });

/** A check as the submission's card shows it. */
export const identityCheckSchema = z.object({
  state: z.enum(CHECK_STATES),
  vendor: z.enum(IDENTITY_VENDORS),
  reference: z.string().nullable(),
  at: isoTime,
  /** In words: where it stands and what the rep can do. */
  status: z.string(),
  reasons: z.array(z.string()),
  /** To hand on by the rep; null when the person has it, or when it is over. */
  link: z.string().nullable(),
  note: z.string().nullable(),
  /** It expired, and a new link can be sent: POST /api/contacts/:contactId/submissions/:submissionId/identity-link */
  canRenew: z.boolean(),
});

/** POST /api/contacts/:contactId/submissions/:submissionId/identity-link. An expired check alone; the link goes out by itself. */
export const renewCheckRequest = z.object({ idempotencyKey });
export const renewCheckResponse = z.object({ checkId: z.string() });

export type RenewedCheck = z.infer<typeof renewCheckResponse>;
export type IdentityServiceView = z.infer<typeof identityServiceSchema>;
export type IdentityServicesResponse = z.infer<typeof identityServicesResponse>;
export type AddIdentityService = z.infer<typeof addIdentityServiceRequest>;
export type ChangeIdentityService = z.infer<typeof changeIdentityServiceRequest>;
export type IdentityTestResponse = z.infer<typeof identityTestResponse>;
export type IdentityCheckView = z.infer<typeof identityCheckSchema>;
export type LinkTemplate = z.infer<typeof linkTemplate>;
