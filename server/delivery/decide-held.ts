import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { HELD_FOR_FORM } from '../destinations/form-submission/form-submission-destination.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';
import type { WakeUps } from './wake-ups.ts';

/**
 * Carries out what the customer decided about submissions that their form does not take as it is now (flow-rules.md section 7):
 * all of the flow are tried `again` as they are, or `without-removed`, which stays with each until it is delivered. Answers how
 * many it was.
 */
export async function decideHeld(
  services: { db: Db; clock: Clock; wakeUps: WakeUps },
  portalId: number,
  flowId: string,
  decision: 'again' | 'without-removed',
): Promise<number> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const decided = await tx
      .updateTable('deliveries as d')
      .set({
        ...backInLine(now, LANE.replay),
        detail: sql`d.detail || jsonb_build_object('leaveOutRemoved', ${decision === 'without-removed'}::boolean)`,
      })
      .where('d.portal_id', '=', String(portalId))
      .where('d.destination', '=', 'form-submission')
      .where('d.state', '=', 'held')
      .where('d.reason_code', 'in', HELD_FOR_FORM)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('submissions as s')
            .select('s.submission_id')
            .whereRef('s.portal_id', '=', 'd.portal_id')
            .whereRef('s.submission_id', '=', 'd.submission_id')
            .where('s.flow_id', '=', flowId),
        ),
      )
      .executeTakeFirst();
    const count = Number(decided.numUpdatedRows);
    if (count === 0) return 0;
    await unblockFreed(tx, portalId, now);
    await services.wakeUps.add(tx, portalId, ['form-submission']);
    return count;
  });
}
