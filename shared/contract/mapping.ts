import { z } from 'zod';
import { identityMappingSchema } from './identity.ts';

const kycQuestions = z.array(z.string().min(1)).min(1).max(12).optional();

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
  webhook: z.object({ enabled: z.boolean(), webhookId: z.string().regex(/^whk_[0-9a-z]{20}$/) }).optional(),
  /** An identity check at a vendor; absent in mappings of before there were any. */
  identityCheck: identityMappingSchema.optional(),
});
export type Mapping = z.infer<typeof mappingSchema>;
export type KycField = keyof Mapping['kycRecord']['fields'];
