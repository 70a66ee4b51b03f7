import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { askForResult } from './ask-for-result.ts';

/** After each look of our own the next one: vendors' calls come in seconds, so these find only what was lost. */
const PAUSES_MS = [3_600_000, 6 * 3_600_000, 24 * 3_600_000];
/** A review that nobody has ended by then is looked at only when the vendor calls. */
const LOOKED_AT_FOR_MS = 90 * 24 * 3_600_000;
/** Vendors repeat a call for three days at most; a month is more than any of them. */
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;
const BATCH = 100;

/**
 * Asks for the results of checks that nobody has called us about, and forgets old calls. Answers how many checks are looked at. Safe
 * in several processes at once.
 */
export async function tendIdentityChecks(services: { db: Db; clock: Clock; wakeUps: WakeUps }): Promise<number> {
  const now = services.clock.now();
  const { rows } = await sql<{
    portal: string;
  }>`select portals_with_due_identity_checks(${now}) as portal`.execute(services.db);
  let looked = 0;
  for (const { portal } of rows) looked += await lookAtDue(services, Number(portal), now);
  const before = new Date(now.getTime() - EVENTS_KEPT_MS);
  const old = await sql<{
    portal: string;
  }>`select portals_with_identity_events(${before}) as portal`.execute(services.db);
  for (const { portal } of old.rows) await forgetEvents(services.db, Number(portal), before);
  return looked;
}

async function lookAtDue(services: { db: Db; wakeUps: WakeUps }, portalId: PortalId, now: Date): Promise<number> {
  return withPortal(services.db, portalId, async (tx) => {
    const due = await tx
      .selectFrom('identity_checks')
      .select(['check_id', 'submission_id', 'created_at', 'looks'])
      .where('portal_id', '=', String(portalId))
      .where('look_at', '<=', now)
      .orderBy('look_at')
      .limit(BATCH)
      .forUpdate()
      .skipLocked()
      .execute();
    for (const check of due) {
      const isOld = now.getTime() - check.created_at.getTime() > LOOKED_AT_FOR_MS;
      const pauseMs = PAUSES_MS[Math.min(check.looks, PAUSES_MS.length - 1)] ?? 0;
      await tx
        .updateTable('identity_checks')
        .set({ looks: check.looks + 1, look_at: isOld ? null : new Date(now.getTime() + pauseMs) })
        .where('portal_id', '=', String(portalId))
        .where('check_id', '=', check.check_id)
        .execute();
      await askForResult(tx, { wakeUps: services.wakeUps, now }, { portalId, submissionId: check.submission_id });
    }
    return due.length;
  });
}

async function forgetEvents(db: Db, portalId: PortalId, before: Date): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .deleteFrom('identity_events')
      .where('portal_id', '=', String(portalId))
      .where('received_at', '<', before)
      .execute(),
  );
}
