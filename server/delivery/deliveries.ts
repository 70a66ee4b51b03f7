import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import { PERSON_ASKED, AWAITS, type DestinationKind } from '../destinations/destination.ts';
import { newId } from '../ids.ts';

export type DeliveryRow = Selectable<Database['deliveries']>;
/** A claimed delivery, and whether an earlier attempt may have taken effect without our knowing. */
export type ClaimedDelivery = { delivery: DeliveryRow; outcomeUnknown: boolean };

/** What a worker that died holds is taken up after this; a living one renews it (`hold-lease.ts`). */
export const LEASE_MS = 45_000;

/**
 * Takes due deliveries of one kind and one lane for this worker: waiting ones whose time has come, whose dependency is delivered
 * and for which nothing is awaited, and those whose worker died (lease over), the oldest of a person or contact first and
 * alone. Each gets an open attempt, so that a crash leaves a trace.
 */
export async function claimDeliveries(
  tx: PortalTx,
  options: { portalId: number; destination: DestinationKind; now: Date; limit: number },
): Promise<ClaimedDelivery[]> {
  // One after the other, each along its own index: in one question a backlog would be read and sorted as a whole every time.
  const isThere = await lookForWork(tx, options);
  const orphans = isThere.orphans
    ? await lockDue(tx, options, sql`d.state = 'delivering' and d.lease_until < ${options.now}`)
    : [];
  const waiting =
    orphans.length === 0 && isThere.due
      ? await lockDue(tx, options, sql`d.state = 'waiting' and d.due_at <= ${options.now}`)
      : [];
  const all = orphans.length > 0 ? orphans : waiting;
  // One lane at a time: what a person waits for does not share its calls with what nobody waits for.
  const due = all.filter((row) => row.lane === all[0]?.lane);
  if (due.length === 0) return [];
  const ids = due.map((row) => row.delivery_id);
  const claimed = await beginAttempts(tx, { ...options, ids });
  const order = new Map(ids.map((id, index) => [id, index]));
  return claimed.toSorted(
    (a, b) => (order.get(a.delivery.delivery_id) ?? 0) - (order.get(b.delivery.delivery_id) ?? 0),
  );
}

type Line = { portalId: number; destination: DestinationKind; now: Date };

/** Whether a worker died over anything here, and whether anything is due: mostly one is not, and the long question costs more to plan than to answer. */
async function lookForWork(
  tx: PortalTx,
  { portalId, destination, now }: Line,
): Promise<{ orphans: boolean; due: boolean }> {
  const { rows } = await sql<{ orphans: boolean; due: boolean }>`
    select
      exists (select from deliveries where portal_id = ${portalId} and destination = ${destination} and state = 'delivering'
              and lease_until < ${now}) as orphans,
      exists (select from deliveries where portal_id = ${portalId} and destination = ${destination} and state = 'waiting'
              and due_at <= ${now}) as due`.execute(tx);
  return rows[0] ?? { orphans: false, due: false };
}

/** Puts locked deliveries under this worker's lease, each with an attempt that is open; the last one before tells whether it may have arrived. */
async function beginAttempts(tx: PortalTx, o: Line & { ids: readonly string[] }): Promise<ClaimedDelivery[]> {
  const { portalId, now, ids } = o;
  const { rows } = await sql<DeliveryRow & { is_unknown: boolean }>`
    with taken as (
      update deliveries d set
        state = 'delivering', lease_until = ${new Date(now.getTime() + LEASE_MS)}, attempt = attempt + 1, asked_again = false,
        tried_since = coalesce(tried_since, ${now}), updated_at = ${now}
      where portal_id = ${portalId} and delivery_id = any (${ids})
      returning d.*, coalesce((
        select a.outcome is null or a.outcome = 'unknown' from attempts a
        where a.portal_id = d.portal_id and a.delivery_id = d.delivery_id order by a.number desc limit 1), false) as is_unknown
    ), begun as (
      insert into attempts (portal_id, attempt_id, delivery_id, number, started_at)
      select t.portal_id, n.attempt_id, t.delivery_id, t.attempt, ${now}
      from taken t join unnest(${ids}::text[], ${ids.map(() => newId('attempt'))}::text[]) as n (delivery_id, attempt_id) using (delivery_id)
    )
    select * from taken`.execute(tx);
  return rows.map(({ is_unknown: outcomeUnknown, ...delivery }) => ({ delivery, outcomeUnknown }));
}

async function lockDue(
  tx: PortalTx,
  options: { portalId: number; destination: DestinationKind; limit: number },
  isDue: RawBuilder<boolean>,
): Promise<{ delivery_id: string; lane: number }[]> {
  return tx
    .selectFrom('deliveries as d')
    .select(['d.delivery_id', 'd.lane'])
    .where('d.portal_id', '=', String(options.portalId))
    .where('d.destination', '=', options.destination)
    .where(isDue)
    .where((eb) =>
      eb.or([
        eb('d.depends_on', 'is', null),
        eb.exists(
          eb
            .selectFrom('deliveries as first')
            .select(sql`1`.as('one'))
            .whereRef('first.portal_id', '=', 'd.portal_id')
            .whereRef('first.delivery_id', '=', 'd.depends_on')
            // One that is held only in part has its contact: what depends on it need not wait for the rest.
            .where((first) =>
              first.or([
                first('first.state', '=', 'delivered'),
                first.and([first('first.state', '=', 'held'), first('first.remote_id', 'is not', null)]),
              ]),
            ),
        ),
      ]),
    )
    .where(hasNothingToAwait(options.destination))
    .where(isFirstInLine)
    .orderBy('d.lane')
    .orderBy('d.due_at')
    .orderBy('d.seq')
    .limit(options.limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** The destination of the same submission that this one awaits is over, whichever way. Asked row by row, as below. */
function hasNothingToAwait(destination: DestinationKind): RawBuilder<boolean> {
  const awaited = AWAITS[destination];
  if (!awaited) return sql<boolean>`true`;
  return sql<boolean>`(
    select 1 from deliveries as awaited
    where awaited.portal_id = d.portal_id and awaited.submission_id = d.submission_id and awaited.destination = ${awaited}
      and awaited.state in ('waiting', 'delivering', 'held') limit 1) is null`;
}

/**
 * Nothing earlier of the same person, or of the same contact, is still on its way to this destination: an older answer never
 * overwrites a newer one. What is blocked behind a dead delivery, or waits for its person's choice, holds nobody up. Asked row by row (`limit`), since an anti-join planned
 * without statistics, which a sudden backlog has none of, compared every row with every other.
 */
const isFirstInLine = sql<boolean>`${sql.join(
  (['person_id', 'contact_id'] as const).map(
    (key) => sql`(
      select 1 from deliveries as earlier
      where earlier.portal_id = d.portal_id and earlier.destination = d.destination and ${sql.ref(`earlier.${key}`)} = ${sql.ref(`d.${key}`)}
        and earlier.seq < d.seq and earlier.state in ('waiting', 'delivering') and coalesce(earlier.reason_code, '') not in ('blocked', ${PERSON_ASKED})
      order by earlier.seq limit 1) is null`,
  ),
  sql` and `,
)}`;
