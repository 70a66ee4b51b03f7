import type { PortalId } from '../../db/db.ts';

export type SentDocument =
  | { kind: 'sent'; messageId: string | null }
  /** The person has not written within 24 hours. */
  | { kind: 'window-closed' }
  | { kind: 'opted-out' }
  /** No number to send from, nobody to send to, or an account that an admin must mend. */
  | { kind: 'account' };

/**
 * Sends a small file into the chat of the person who submitted, once. Throws `meta_…`: `meta_outcome_unknown` and
 * `meta_answer_unreadable` where it may have arrived, everything else where it certainly has not.
 */
export type SendDocument = (o: {
  portalId: PortalId;
  submissionId: string;
  /** Comes back with every status of the message. */
  deliveryId: string;
  fileName: string;
  /** One of the types that WhatsApp takes (Meta, "Document messages", supported types). */
  mimeType: string;
  content: string;
  caption: string;
}) => Promise<SentDocument>;
