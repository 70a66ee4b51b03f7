import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import {
  PERSON_ASKED,
  DESTINATION_KINDS,
  followersOf,
  type DeliveryOutcome,
  type DestinationKind,
} from '../destinations/destination.ts';
import type { DeliveryRow } from './deliveries.ts';
import type { Settlement } from './settlement-of.ts';
import { unblockFreed } from './unblock.ts';

/** What came of one claimed delivery: of its attempt, of its row, and the contact that was found or made meanwhile. */
export type Settled = {
  row: DeliveryRow;
  attempted: DeliveryOutcome['kind'];
  settlement: Settlement;
  contactId?: string;
};

/**
 * Writes what came of the deliveries of one destination that were claimed together, and what it means for those that wait for them, in
 * a handful of statements however many they are. Fenced by the attempt's number: a worker that was thought dead cannot overwrite what
 * its successor did, and what was erased meanwhile stays so; the others of the batch are written all the same. What was asked for again
 * meanwhile is due again in place of an end. Answers the destinations whose turn may have come.
 */
export async function settleDeliveries(
  tx: PortalTx,
  o: { portalId: PortalId; destination: DestinationKind; settled: readonly Settled[]; now: Date },
): Promise<DestinationKind[]> {
  const states = await writeOutcomes(tx, o.portalId, o.settled, o.now);
  const inTime = o.settled.flatMap((one) => {
    const state = states.get(one.row.delivery_id);
    return state === undefined ? [] : [{ ...one, state }];
  });
  const linked = inTime.filter(({ contactId }) => contactId !== undefined);
  if (linked.length > 0) await linkContacts(tx, o.portalId, linked);

  const goesOn = inTime.filter(({ state, contactId }) => state === 'delivered' || (state === 'held' && contactId));
  const stopped = inTime.filter(({ state, contactId }) => state === 'dead' || (state === 'held' && !contactId));
  const cancelled = inTime.filter(({ state }) => state === 'cancelled');
  if (stopped.length > 0) await explainBlocked(tx, o, stopped);
  if (cancelled.length > 0) await cancelDependants(tx, o, cancelled);
  // What awaits an end goes on whichever way it ended; what depends on a delivery only when that arrived.
  const over = inTime.filter(({ state }) => ['delivered', 'dead', 'cancelled'].includes(state));
  const waiting = await waitingFor(tx, o, { goesOn, over });
  if (waiting.some(({ isBlocked }) => isBlocked)) await unblockFreed(tx, o.portalId, o.now);
  return DESTINATION_KINDS.filter((kind) => waiting.some(({ destination }) => destination === kind));
}

type InTime = Settled & { state: DeliveryRow['state'] };
type Where = { portalId: PortalId; destination: DestinationKind; now: Date };

/** The state of each that is in, by delivery; the others came too late. */
async function writeOutcomes(
  tx: PortalTx,
  portalId: PortalId,
  settled: readonly Settled[],
  now: Date,
): Promise<Map<string, DeliveryRow['state']>> {
  const column = <T>(of: (one: Settled) => T): T[] => settled.map(of);
  const ids = column(({ row }) => row.delivery_id);
  // A choice that came while it was still being asked for is not waited for. By their ids as well: without statistics a join alone may read the whole account.
  const { rows } = await sql<{ delivery_id: string; state: DeliveryRow['state'] }>`
    with outcome as materialized (
      select * from unnest(
        ${ids}::text[], ${column(({ row }) => row.attempt)}::int[], ${column(({ attempted }) => attempted)}::text[],
        ${column(({ settlement }) => settlement.state)}::text[], ${column(({ settlement }) => settlement.dueAt)}::timestamptz[],
        ${column(({ settlement }) => settlement.code)}::text[], ${column(({ settlement }) => settlement.reason)}::text[],
        ${column(({ row, settlement }) => settlement.remoteId ?? row.remote_id)}::text[],
        ${column((one) => JSON.stringify(detailAfter(one)))}::text[]
      ) as o (delivery_id, attempt, attempted, state, due_at, code, reason, remote_id, detail)
    ), attempted as (
      update attempts a set finished_at = ${now}, outcome = o.attempted, code = o.code, reason = o.reason
      from outcome o
      where a.portal_id = ${portalId} and a.delivery_id = any (${ids}) and a.delivery_id = o.delivery_id and a.number = o.attempt
        and a.outcome is null
    )
    update deliveries d set
      state = case when d.asked_again and o.state in ('delivered', 'dead', 'held') then 'waiting' else o.state end,
      due_at = case when d.asked_again and o.code = ${PERSON_ASKED} then ${now}::timestamptz else o.due_at end, lease_until = null,
      reason_code = o.code, reason = o.reason, remote_id = o.remote_id, detail = o.detail::jsonb, updated_at = ${now},
      delivered_at = case when o.state = 'delivered' and not d.asked_again then ${now}::timestamptz end
    from outcome o
    where d.portal_id = ${portalId} and d.delivery_id = any (${ids}) and d.delivery_id = o.delivery_id and d.attempt = o.attempt
      and d.state = 'delivering'
    returning d.delivery_id, d.state`.execute(tx);
  return new Map(rows.map((row) => [row.delivery_id, row.state]));
}

/** What the customer decided for a delivery stays until it is delivered, beside what an attempt leaves for the next one. */
function detailAfter({ row, settlement }: Settled): Record<string, unknown> {
  if (settlement.state === 'delivered') return settlement.detail;
  const before = typeof row.detail === 'object' ? row.detail : {};
  return { ...before, ...settlement.detail };
}

/** The contact that the first delivery found or made is the submission's and the person's from then on; mostly it is known already. */
async function linkContacts(tx: PortalTx, portalId: PortalId, linked: readonly InTime[]): Promise<void> {
  const submissionIds = linked.map(({ row }) => row.submission_id);
  await sql`
    with found as materialized (
      select s.submission_id, s.person_id, s.contact_id as known, l.contact_id
      from unnest(${submissionIds}::text[], ${linked.map(({ contactId }) => contactId)}::bigint[]) as l (submission_id, contact_id)
      join submissions s on s.portal_id = ${portalId} and s.submission_id = l.submission_id
      where s.submission_id = any (${submissionIds})
    ), of_submissions as (
      update submissions s set contact_id = f.contact_id from found f
      where s.portal_id = ${portalId} and s.submission_id = f.submission_id and f.known is distinct from f.contact_id
    ), of_persons as (
      update persons p set contact_id = f.contact_id from found f
      where p.portal_id = ${portalId} and p.person_id = f.person_id and p.contact_id is null
    )
    update deliveries d set contact_id = f.contact_id from found f
    where d.portal_id = ${portalId} and d.submission_id = f.submission_id and d.contact_id is distinct from f.contact_id`.execute(
    tx,
  );
}

/** Says on what depends on a delivery that stopped, or awaits the end of one that is held, why it waits: the card shows no silent queue. */
async function explainBlocked(tx: PortalTx, where: Where, stopped: readonly InTime[]): Promise<void> {
  const submissionIds = stopped.map(({ row }) => row.submission_id);
  await sql`
    update deliveries d set reason_code = 'blocked', reason = s.reason, updated_at = ${where.now}
    from unnest(
      ${stopped.map(({ row }) => row.delivery_id)}::text[], ${submissionIds}::text[],
      ${stopped.map(({ state }) => state === 'held')}::boolean[], ${stopped.map(({ settlement }) => settlement.reason ?? '')}::text[]
    ) as s (delivery_id, submission_id, is_held, reason)
    where d.portal_id = ${where.portalId} and d.submission_id = any (${submissionIds}) and d.submission_id = s.submission_id
      and d.state = 'waiting'
      and (d.depends_on = s.delivery_id or (s.is_held and d.destination = any (${followersOf(where.destination)})))`.execute(
    tx,
  );
}

/** What can never be delivered because its submission is gone says so, instead of waiting for ever. */
async function cancelDependants(tx: PortalTx, where: Where, cancelled: readonly InTime[]): Promise<void> {
  const submissionIds = cancelled.map(({ row }) => row.submission_id);
  await sql`
    update deliveries d set state = 'cancelled', reason_code = c.code, reason = c.reason, updated_at = ${where.now}
    from unnest(
      ${cancelled.map(({ row }) => row.delivery_id)}::text[], ${cancelled.map(({ settlement }) => settlement.code)}::text[],
      ${cancelled.map(({ settlement }) => settlement.reason)}::text[]
    ) as c (delivery_id, code, reason)
    where d.portal_id = ${where.portalId} and d.submission_id = any (${submissionIds}) and d.depends_on = c.delivery_id
      and d.state in ('waiting', 'held')`.execute(tx);
}

/** What waits for these, by destination, and whether some of it says that it is blocked. */
async function waitingFor(
  tx: PortalTx,
  where: Where,
  { goesOn, over }: { goesOn: readonly InTime[]; over: readonly InTime[] },
): Promise<{ destination: string; isBlocked: boolean }[]> {
  if (goesOn.length === 0 && over.length === 0) return [];
  const { rows } = await sql<{ destination: string; is_blocked: boolean }>`
    select destination, coalesce(bool_or(reason_code = 'blocked'), false) as is_blocked from deliveries
    where portal_id = ${where.portalId} and submission_id = any (${[...goesOn, ...over].map(({ row }) => row.submission_id)})
      and state = 'waiting'
      and (depends_on = any (${goesOn.map(({ row }) => row.delivery_id)})
           or (destination = any (${followersOf(where.destination)})
               and submission_id = any (${over.map(({ row }) => row.submission_id)})))
    group by destination`.execute(tx);
  return rows.map((row) => ({ destination: row.destination, isBlocked: row.is_blocked }));
}
