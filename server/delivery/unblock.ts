import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import { AWAITS } from '../destinations/destination.ts';

/**
 * Puts back in line what says that it is blocked and is so no longer: the delivery it depends on, or whose end it awaits, is neither
 * dead nor held any more. To be called in the transaction that put something stopped back, whichever way. Answers how many it was.
 */
export async function unblockFreed(tx: PortalTx, portalId: PortalId, now: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update deliveries d set reason_code = null, reason = null, updated_at = ${now}
    where d.portal_id = ${portalId} and d.state = 'waiting' and d.reason_code = 'blocked'
      and not exists (
        select 1 from deliveries f where f.portal_id = d.portal_id and f.delivery_id = d.depends_on
          and (f.state = 'dead' or (f.state = 'held' and f.remote_id is null)))
      and not exists (
        select 1 from deliveries a where a.portal_id = d.portal_id and a.submission_id = d.submission_id
          and a.destination = ${JSON.stringify(AWAITS)}::jsonb ->> d.destination and a.state = 'held')`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}
