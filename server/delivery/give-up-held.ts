import { sql } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { HELD_FOR_FORM } from '../destinations/form-submission/form-submission-destination.ts';
import { textOf } from '../destinations/texts.ts';
import { languageWithin } from '../hubspot/language.ts';

/** The reason of a delivery that the customer ended because its form is gone for good. */
export const GIVEN_UP = 'given_up';

/**
 * Ends what waits for a form that the tool no longer knows: its answers will not go there. The deliveries stay as `cancelled` with
 * who, why and how many in the audit log; whatever else takes the submissions is not touched. Only where the last look found the form
 * gone, which the caller has had made just now: one that may come back is waited for. Answers how many it was.
 */
export async function giveUpHeld(
  services: { db: Db; clock: Clock },
  portalId: number,
  flowId: string,
  actor: string,
): Promise<number> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const reason = textOf('given_up', await languageWithin(tx, portalId));
    const { rows } = await sql<{ destination: string }>`
      update deliveries d set state = 'cancelled', reason_code = ${GIVEN_UP}, reason = ${reason}, updated_at = ${now}
      from submissions s
      join flows f on f.portal_id = s.portal_id and f.flow_id = s.flow_id
      join form_checks c on c.portal_id = f.portal_id and c.form_id = f.form_id and c.state = 'gone'
      where d.portal_id = ${portalId} and d.destination = 'form-submission' and d.state = 'held'
        and d.reason_code in (${sql.join(HELD_FOR_FORM)})
        and s.portal_id = d.portal_id and s.submission_id = d.submission_id and s.flow_id = ${flowId}
      returning d.destination`.execute(tx);
    if (rows.length === 0) return 0;
    await appendAudit(tx, portalId, now, {
      actor,
      action: 'flow.held-submissions-decided: give-up',
      subject: flowId,
      detail: { count: rows.length },
    });
    return rows.length;
  });
}
