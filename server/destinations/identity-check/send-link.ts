import type { LinkTemplate } from '@flowella/shared/contract/identity.ts';
import type { PortalId } from '../../db/db.ts';

/** What became of the message with the link. `later`: the reply that opens the chat is still on its way. */
export type LinkSent =
  | { kind: 'accepted' }
  /** It may have arrived: never sent again. */
  | { kind: 'unknown' }
  | { kind: 'failed'; code: string }
  /** Nothing may or can be sent; the rep has the link. */
  | { kind: 'by_rep'; code: string }
  | { kind: 'later'; retryAfterMs: number }
  /** Another attempt was faster. */
  | { kind: 'taken' };

/**
 * Sends the hosted link to a person: a message with a button inside the 24-hour window, else the customer's template. `claim` is
 * asked right before Meta is called and writes that it is: false when somebody else has. The check's id comes back with every status.
 */
export type SendLink = (o: {
  portalId: PortalId;
  flowId: string;
  personId: string;
  checkId: string;
  link: string;
  message: { body: string; button: string };
  template: LinkTemplate | null;
  acceptedAt: Date;
  claim: () => Promise<boolean>;
}) => Promise<LinkSent>;
