import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { Language } from '../hubspot/language.ts';

/** Longer than anything takes that was read of a contact before it is written. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Lets no erasure of the contact come in between until the transaction ends. False when it was erased after `readAt`: what was read
 * of it then must not be written any more.
 */
export async function holdContact(
  tx: PortalTx,
  portalId: PortalId,
  o: { contactId: string; readAt: Date },
): Promise<boolean> {
  await lockContact(tx, portalId, o.contactId);
  const erased = await tx
    .selectFrom('erased_contacts')
    .select('erased_at')
    .where('portal_id', '=', String(portalId))
    .where('contact_id', '=', o.contactId)
    .where('erased_at', '>=', o.readAt)
    .executeTakeFirst();
  return erased === undefined;
}

/** Begins an erasure: what others are writing of the contact has ended, and what they read before is written no more. */
export async function beginErasure(
  tx: PortalTx,
  portalId: PortalId,
  o: { contactId: string; clock: Clock },
): Promise<void> {
  await lockContact(tx, portalId, o.contactId);
  const now = o.clock.now();
  await tx
    .deleteFrom('erased_contacts')
    .where('portal_id', '=', String(portalId))
    .where('erased_at', '<', new Date(now.getTime() - KEPT_MS))
    .execute();
  await tx
    .insertInto('erased_contacts')
    .values({ portal_id: portalId, contact_id: o.contactId, erased_at: now })
    .onConflict((conflict) => conflict.columns(['portal_id', 'contact_id']).doUpdateSet({ erased_at: now }))
    .execute();
}

export function contactNotFound(language: Language): AppError {
  const texts = {
    en: 'This contact does not exist in HubSpot (any more).',
    de: 'Diesen Kontakt gibt es in HubSpot nicht (mehr).',
  };
  return new AppError('contact_not_found', { status: 404, userMessage: texts[language] });
}

async function lockContact(tx: PortalTx, portalId: PortalId, contactId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`contact:${portalId}:${contactId}`}, 0))`.execute(tx);
}
