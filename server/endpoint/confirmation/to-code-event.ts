import type { WebhookEvent } from '../../destinations/webhook/to-event.ts';

/**
 * What the customer's system mails to the person. Names are part of the contract: never changed. The only place outside of the
 * person's own hands where a code stands. Pure.
 */
export function toCodeEvent(o: {
  code: string;
  email: string;
  issuedAt: Date;
  expiresAt: Date;
  locale: string;
  sendId: string;
  contactId: string | null;
  flow: { id: string; name: string; version: number; versionId: string };
}): WebhookEvent {
  return {
    type: 'identity.code.requested',
    timestamp: o.issuedAt.toISOString(),
    data: {
      code: o.code,
      expires_at: o.expiresAt.toISOString(),
      email: o.email,
      locale: o.locale,
      send_id: o.sendId,
      flow: { id: o.flow.id, name: o.flow.name, version: o.flow.version, version_id: o.flow.versionId },
      person: { hubspot_contact_id: o.contactId },
    },
  };
}
