import { z } from 'zod';

/** What is known of a person on WhatsApp, sealed in `persons.identity_sealed` (whatsapp-users.md section 8). */
export const identitySchema = z.object({
  bsuid: z.string().optional(),
  parentBsuid: z.string().optional(),
  /** E.164. */
  phone: z.string().optional(),
  username: z.string().optional(),
  name: z.string().optional(),
});
export type Identity = z.infer<typeof identitySchema>;

/** Purpose of `sends.sent_by_email_sealed`. */
export const sentByPurpose = (sendId: string): string => `sends.sent_by_email:${sendId}`;

export const identityPurpose = (personId: string): string => `persons.identity:${personId}`;
