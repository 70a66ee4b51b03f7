import { z } from 'zod';
import { conditionSchema } from '../form/form-schema.ts';
import { identityMappingSchema } from './identity.ts';

const kycQuestions = z.array(z.string().min(1)).min(1).max(12).optional();

const ownerId = z.string().regex(/^\d{1,20}$/);

/** Who becomes the contact's owner: a person, the next of several in turn, or whoever it is already. */
export const ownerChoiceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('owner'), ownerId }),
  z.object({ kind: z.literal('round-robin'), ownerIds: z.array(ownerId).min(1).max(50) }),
  z.object({ kind: z.literal('keep') }),
]);
export type OwnerChoice = z.infer<typeof ownerChoiceSchema>;

/** The first rule whose condition holds counts; one without a condition always holds. */
export const ownerRuleSchema = z.object({ when: conditionSchema.optional(), choose: ownerChoiceSchema });
export type OwnerRule = z.infer<typeof ownerRuleSchema>;

/** Which answer goes to which place at HubSpot. Stored with the flow and copied into each version. */
export const mappingSchema = z.object({
  /** Write the answers back into the form they came from. */
  formSubmission: z.object({ enabled: z.boolean() }),
  /** Contact properties: one line per question that goes to one. */
  contact: z.object({
    enabled: z.boolean(),
    properties: z.array(
      z.object({
        question: z.string(),
        property: z.string().regex(/^[a-z][a-z0-9_]*$/),
        create: z.boolean().default(false),
      }),
    ),
  }),
  kycRecord: z.object({
    enabled: z.boolean(),
    /** Contact properties and a note (every account) or a custom object (where the account has them). */
    home: z.enum(['contact', 'custom-object']).default('contact'),
    /** Which questions hold which part of the identity; several are joined in this order, such as street, postal code and city. */
    fields: z
      .object({
        legalName: kycQuestions,
        birthDate: kycQuestions,
        address: kycQuestions,
        nationality: kycQuestions,
        documentType: kycQuestions,
        documentNumber: kycQuestions,
        documentExpiry: kycQuestions,
        consent: kycQuestions,
      })
      .default({}),
  }),
  timeline: z.object({ enabled: z.boolean() }),
  /** The customer's own system; absent in mappings of before there were webhooks. */
  /** Who becomes the contact's owner. */
  owner: z.object({ enabled: z.boolean(), rules: z.array(ownerRuleSchema).max(50) }).optional(),
  /** A task for the contact's owner, or a note, after each submission. Answers stand in the texts as `{{question id}}`. */
  task: z
    .object({
      enabled: z.boolean(),
      kind: z.enum(['task', 'note']),
      title: z.string().trim().max(200),
      text: z.string().trim().max(2_000).default(''),
      /** Whole days after the submission; of tasks only. */
      dueInDays: z.number().int().min(0).max(365).default(1),
      priority: z.enum(['NONE', 'LOW', 'MEDIUM', 'HIGH']).default('NONE'),
    })
    .optional(),
  /** What else becomes of an appointment that the design offers, which is always booked: a calendar file in the chat. */
  calendar: z.object({ invitation: z.boolean() }).optional(),
  webhook: z.object({ enabled: z.boolean(), webhookId: z.string().regex(/^whk_[0-9a-z]{20}$/) }).optional(),
  /** An identity check at a vendor; absent in mappings of before there were any. */
  identityCheck: identityMappingSchema.optional(),
});
export type Mapping = z.infer<typeof mappingSchema>;
export type KycField = keyof Mapping['kycRecord']['fields'];
