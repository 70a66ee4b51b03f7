import { withPortal } from '../../../server/db/db.ts';
import { expectedPurpose, linkPurpose } from '../../../server/destinations/identity-check/checks.ts';
import { emailPurpose } from '../../../server/endpoint/confirmation/confirmations.ts';
import { prefillPurpose, sessionPurpose } from '../../../server/endpoint/runs.ts';
import { openAnswers, openScreens } from '../../../server/keys/answer-keys.ts';
import { identityPurpose, sentByPurpose } from '../../../server/keys/identity.ts';
import { unseal } from '../../../server/keys/vault.ts';
import { consentNotePurpose } from '../../../server/whatsapp/consents.ts';
import { inboxPurpose } from '../../../server/whatsapp/webhook-routes.ts';
import { withOwner, type Json, type Product } from './product.ts';

type Opener = (row: Json, dataKey: Buffer) => string;
const answers: Opener = (row, key) => JSON.stringify(openAnswers(key, row as Parameters<typeof openAnswers>[1]));
const under =
  (purpose: (id: string) => string, id: string, column: string): Opener =>
  (row, key) =>
    unseal(key, purpose(row[id]), row[column]).toString('utf8');

/** How every sealed column that may hold something about a person is opened. */
export const OPENERS: Record<string, Opener> = {
  'persons.identity_sealed': under(identityPurpose, 'person_id', 'identity_sealed'),
  'consents.note_sealed': (row, key) =>
    unseal(key, consentNotePurpose(row.identity_hash), row.note_sealed).toString('utf8'),
  'sends.prefill_sealed': under(prefillPurpose, 'send_id', 'prefill_sealed'),
  'sends.sent_by_email_sealed': under(sentByPurpose, 'send_id', 'sent_by_email_sealed'),
  'confirmations.email_sealed': under(emailPurpose, 'send_id', 'email_sealed'),
  'identity_checks.link_sealed': under(linkPurpose, 'check_id', 'link_sealed'),
  'identity_checks.expected_sealed': under(expectedPurpose, 'check_id', 'expected_sealed'),
  'sessions.state_sealed': under(sessionPurpose, 'send_id', 'state_sealed'),
  'inbox.body_sealed': under(inboxPurpose, 'inbox_id', 'body_sealed'),
  'submissions.answers_sealed': answers,
  'submissions.screens_sealed': (row, key) =>
    JSON.stringify(openScreens(key, row as Parameters<typeof openScreens>[1])),
  'submission_repeats.answers_sealed': answers,
  'appointment_offers.answers_sealed': answers,
};
/** Sealed columns that hold secrets of the customer's and nothing about a person. */
export const OF_NO_PERSON = [
  'flow_events.raw_sealed',
  'flow_keys.private_key_sealed',
  'hubspot_tokens.access_token_sealed',
  'identity_services.api_key_sealed',
  'identity_services.webhook_secret_sealed',
  'hubspot_tokens.refresh_token_sealed',
  'wa_accounts.access_token_sealed',
  'wa_accounts.app_secret_old_sealed',
  'wa_accounts.app_secret_sealed',
  'webhooks.secret_old_sealed',
  'webhooks.secret_sealed',
  'webhooks.url_sealed',
];

/** Every sealed value of a portal in clear, with its place, as somebody with the database and the keys would see it. */
export async function openEverything(product: Product, portalId: number): Promise<{ place: string; text: string }[]> {
  const dataKey = await withPortal(product.t.db, portalId, (tx) => product.t.keys.dataKey(portalId, tx));
  return withOwner(product.t.ownerUrl, async (client) => {
    const found: { place: string; text: string }[] = [];
    for (const [place, open] of Object.entries(OPENERS)) {
      const [table = '', column = ''] = place.split('.');
      const { rows } = await client.query(`select * from flowella.${table} where portal_id = $1`, [portalId]);
      for (const row of rows as Json[]) if (row[column]?.length > 0) found.push({ place, text: open(row, dataKey) });
    }
    return found;
  });
}
