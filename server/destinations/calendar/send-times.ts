import type { PortalId } from '../../db/db.ts';
import type { TimesMessage } from './times-message.ts';

export type SentTimes =
  | { kind: 'sent' }
  /** The person has not written within 24 hours. */
  | { kind: 'window-closed' }
  | { kind: 'opted-out' }
  /** No number to send from, nobody to send to, or an account that an admin must mend. */
  | { kind: 'account' }
  /** Somebody else was faster, or nothing may be sent for this submission any more. */
  | { kind: 'not-claimed' };

/**
 * Sends a list of times to the person who submitted, once. `claim` is asked right before Meta is called and writes that it is. The
 * offer's id comes back with every status. Throws `meta_…` as `SendDocument` does.
 */
export type SendTimes = (o: {
  portalId: PortalId;
  submissionId: string;
  offerId: string;
  message: TimesMessage;
  claim: () => Promise<boolean>;
}) => Promise<SentTimes>;
