import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { moveCheck } from '../destinations/identity-check/checks.ts';
import { askForResult } from './ask-for-result.ts';

const BATCH = 500;

/**
 * Ends the checks that nothing can start any more: never begun at the vendor, and the answers that they would be begun with are deleted.
 * The KYC record hears it. Answers how many.
 */
export async function endUnstartedChecks(
  services: { db: Db; clock: Clock; wakeUps: WakeUps },
  portalId: PortalId,
): Promise<number> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const { rows } = await sql<{ check_id: string; submission_id: string }>`
      select c.check_id, c.submission_id from identity_checks c
      join submissions s on s.portal_id = c.portal_id and s.submission_id = c.submission_id
      where c.portal_id = ${portalId} and c.state = 'requested' and c.vendor_reference is null and c.erased_at is null
        and s.answers_key_wrapped is null
        and not exists (select 1 from deliveries d where d.portal_id = c.portal_id and d.submission_id = c.submission_id
                        and d.destination = 'identity-check' and d.state in ('waiting', 'delivering', 'held'))
      order by c.check_id limit ${BATCH} for update of c skip locked`.execute(tx);
    for (const { check_id: checkId, submission_id: submissionId } of rows) {
      await moveCheck(tx, portalId, { checkId, to: 'cancelled', now });
      await askForResult(tx, { wakeUps: services.wakeUps, now }, { portalId, submissionId });
    }
    return rows.length;
  });
}
