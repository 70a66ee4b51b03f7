import { sql } from 'kysely';
import { withPortal, type PortalId } from '../db/db.ts';
import type { WhatsappServices } from './services.ts';

/** Longer than any call to Meta: a send still `sending` after that lost its process. */
const STALE_MS = 120_000;

/**
 * Puts right what a crash or time left behind: sends whose call never came back become `unknown` (never sent again by
 * itself: their status webhook decides), and messages whose token has expired are closed. Answers how many of each.
 */
export async function recoverSends(
  services: Pick<WhatsappServices, 'db' | 'clock'>,
  portalId: PortalId,
): Promise<{ unknown: number; expired: number }> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const unknown = await tx
      .updateTable('sends')
      .set({ state: 'unknown' })
      .where('portal_id', '=', String(portalId))
      .where('state', 'in', ['queued', 'sending'])
      // What waits for Meta was certainly not sent.
      .where('waits_for', 'is', null)
      .where((eb) => eb(eb.fn.coalesce('sending_since', 'created_at'), '<', new Date(now.getTime() - STALE_MS)))
      .executeTakeFirst();
    const expired = await tx
      .updateTable('sends')
      .set({
        open: false,
        closed_reason: sql`case when waits_for is null then 'expired' else 'waited-too-long' end`,
        prefill_sealed: null,
      })
      .where('portal_id', '=', String(portalId))
      .where('open', '=', true)
      .where('token_expires_at', '<=', now)
      .executeTakeFirst();
    // Replaced, erased, opted out or waited too long: it is not sent any more.
    await tx
      .updateTable('sends')
      .set({ state: 'cancelled', waits_for: null })
      .where('portal_id', '=', String(portalId))
      .where('state', '=', 'queued')
      .where('waits_for', 'is not', null)
      .where('open', '=', false)
      .execute();
    return { unknown: Number(unknown.numUpdatedRows), expired: Number(expired.numUpdatedRows) };
  });
}
