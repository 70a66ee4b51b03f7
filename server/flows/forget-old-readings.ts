import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';

/** A definition weighs up to half a megabyte: few in one transaction. */
const BATCH = 50;
/** Of one portal in one round; what is left has an hour to wait. */
const MAX_BATCHES = 10;
/** Whoever is about to use a reading, such as a flow being made of it, has done so by then. */
const LEAVE_ALONE_MS = 24 * 3_600_000;

/**
 * Removes the readings of forms that nobody refers to any more: no version of a flow was made of them, no submission was answered with
 * them, no difference waits to be taken over, and a newer one of the same form is there. The newest of each form stays, whoever
 * refers to it. Answers how many it removed.
 */
export async function forgetOldReadings(services: { db: Db; clock: Clock }, portalId: PortalId): Promise<number> {
  const before = new Date(services.clock.now().getTime() - LEAVE_ALONE_MS);
  let removed = 0;
  for (let n = 0; n < MAX_BATCHES; n += 1) {
    const count = await removeBatch(services.db, portalId, before);
    removed += count;
    if (count < BATCH) break;
  }
  return removed;
}

async function removeBatch(db: Db, portalId: PortalId, before: Date): Promise<number> {
  return withPortal(db, portalId, async (tx) => {
    const { numAffectedRows } = await sql`
      with unused as (
        select f.form_id, f.revision from forms f
        where f.portal_id = ${portalId} and f.read_at < ${before}
          and exists (select 1 from forms n where n.portal_id = f.portal_id and n.form_id = f.form_id
                      and (n.read_at, n.revision) > (f.read_at, f.revision))
          and not exists (select 1 from flow_versions v where v.portal_id = f.portal_id and v.form_id = f.form_id
                          and v.form_revision = f.revision)
          and not exists (select 1 from form_checks c where c.portal_id = f.portal_id and c.form_id = f.form_id
                          and c.revision = f.revision)
        order by f.read_at limit ${BATCH}
      ), answered as materialized (
        -- One pass over the submissions for all of them, and none where nothing is unused.
        select distinct s.form_id, s.form_revision from submissions s
        where s.portal_id = ${portalId} and exists (select 1 from unused)
          and (s.form_id, s.form_revision) in (select form_id, revision from unused)
      )
      delete from forms f using unused u
      where f.portal_id = ${portalId} and f.form_id = u.form_id and f.revision = u.revision
        and not exists (select 1 from answered a where a.form_id = u.form_id and a.form_revision = u.revision)`.execute(
      tx,
    );
    return Number(numAffectedRows ?? 0n);
  });
}
