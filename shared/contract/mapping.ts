import { z } from 'zod';

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
    /** Which question holds which part of the identity. */
    fields: z
      .object({
        legalName: z.string().optional(),
        birthDate: z.string().optional(),
        address: z.string().optional(),
        nationality: z.string().optional(),
        documentType: z.string().optional(),
        documentNumber: z.string().optional(),
        documentExpiry: z.string().optional(),
        consent: z.string().optional(),
      })
      .default({}),
  }),
  timeline: z.object({ enabled: z.boolean() }),
});
export type Mapping = z.infer<typeof mappingSchema>;
export type KycField = keyof Mapping['kycRecord']['fields'];
