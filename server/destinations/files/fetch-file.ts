import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import type { PortalId } from '../../db/db.ts';

/**
 * Answers the bytes of a file that a person sent, verified. Throws AppError: `file_gone` (the vendor no longer has it),
 * `file_broken` (it does not agree with its hashes), `fetch_too_large`, `address_refused`; retryable ones for what may pass;
 * `meta_…` and `whatsapp_account_not_found` for what an admin must mend.
 */
export type FetchFile = (o: {
  portalId: PortalId;
  submissionId: string;
  file: FileAnswer;
  signal: AbortSignal;
}) => Promise<Buffer>;
