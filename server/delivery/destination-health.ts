import { sql } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import type { PortalTx } from '../db/db.ts';
import { PERSON_ASKED, followersOf, type DeliveryOutcome } from '../destinations/destination.ts';
import { languageWithin, type Texts } from '../hubspot/language.ts';
import type { Log } from '../observe/log.ts';
import { backInLine } from './back-in-line.ts';
import { LANE } from './lanes.ts';
import { unblockFreed } from './unblock.ts';

/** After five days without a single success a destination is paused: more trying would only hide that somebody must act. */
export const PAUSE_AFTER_MS = 5 * 86_400_000;
/** Fewer failures prove nothing about a destination that is hardly used. */
const MIN_FAILURES = 5;
/** Our own waiting, or a person's, not the destination's fault. */
const OUR_OWN = new Set([
  'no_time_left',
  'not_listed_yet',
  'hubspot_rate_limited',
  'no_outcome',
  'internal',
  'invitation_window',
  'slot_window_opens',
  'slot_later',
  PERSON_ASKED,
]);
export const PAUSED = 'destination_paused';
/** So long without a single success and the vendor was away, not one submission unlucky. */
const AWAY_MS = 60_000;
/** What a delivery waits for that was tried while HubSpot was away; whoever waits for a time that it named, goes on waiting. */
const BECAUSE_AWAY = ['hubspot_unavailable', 'hubspot_outcome_unknown', 'not_listed_yet'];

const REASON: Texts = {
  en: 'This destination has failed for five days, so we paused it. Mend it, then try this delivery again: when it arrives, all others follow.',
  de: 'Dieses Ziel war fünf Tage lang nicht erreichbar, deshalb haben wir es angehalten. Beheben Sie den Fehler und stellen Sie diese Zustellung erneut zu: Kommt sie an, folgen alle anderen.',
};

type Where = { portalId: number; destination: string; now: Date };

/**
 * Takes note of what came of a batch. The first success ends a pause and releases what was held, and after a minute of failures alone
 * it hurries what waits for HubSpot's return; five days of failures begin a pause, with an entry in the audit log. A dead delivery says
 * nothing: the destination answered. Answers true when some are due again.
 */
export async function noteOutcomes(
  tx: PortalTx,
  log: Log,
  where: Where,
  outcomes: readonly DeliveryOutcome[],
): Promise<boolean> {
  if (outcomes.some((outcome) => outcome.kind === 'delivered')) return noteSuccess(tx, log, where);
  for (const outcome of outcomes) {
    if ((outcome.kind === 'retry' || outcome.kind === 'unknown') && !OUR_OWN.has(outcome.code)) {
      await noteFailure(tx, log, where, outcome.code);
      return false;
    }
  }
  return false;
}

async function noteFailure(tx: PortalTx, log: Log, { portalId, destination, now }: Where, code: string): Promise<void> {
  const { rows } = await sql<{ failing_since: Date; failures: number; paused_at: Date | null }>`
    insert into destination_health (portal_id, destination, failing_since, failures, reason_code, updated_at)
    values (${portalId}, ${destination}, ${now}, 1, ${code}, ${now})
    on conflict (portal_id, destination) do update set
      failing_since = coalesce(destination_health.failing_since, excluded.failing_since),
      failures = destination_health.failures + 1, reason_code = excluded.reason_code, updated_at = excluded.updated_at
    returning failing_since, failures, paused_at`.execute(tx);
  const [row] = rows;
  if (!row || row.paused_at || row.failures < MIN_FAILURES) return;
  if (now.getTime() - row.failing_since.getTime() < PAUSE_AFTER_MS) return;
  await sql`update destination_health set paused_at = ${now}
            where portal_id = ${portalId} and destination = ${destination}`.execute(tx);
  await appendAudit(tx, portalId, now, {
    actor: 'system',
    action: 'destination.paused',
    subject: destination,
    detail: { failingSince: row.failing_since.toISOString(), failures: row.failures, code },
  });
  log.warn({ portalId, destination, code, failures: row.failures }, 'a destination has failed for five days: paused');
}

async function noteSuccess(tx: PortalTx, log: Log, { portalId, destination, now }: Where): Promise<boolean> {
  const before = await tx
    .selectFrom('destination_health')
    .select(['paused_at', 'failing_since'])
    .where('portal_id', '=', String(portalId))
    .where('destination', '=', destination)
    .forUpdate()
    .executeTakeFirst();
  if (!before) return false;
  await tx
    .deleteFrom('destination_health')
    .where('portal_id', '=', String(portalId))
    .where('destination', '=', destination)
    .execute();
  if (!before.paused_at) {
    const isBack = before.failing_since !== null && now.getTime() - before.failing_since.getTime() >= AWAY_MS;
    return isBack && (await hurryWaiting(tx, { portalId, destination, now }));
  }
  const released = await tx
    .updateTable('deliveries')
    .set(backInLine(now, LANE.backfill))
    .where('portal_id', '=', String(portalId))
    .where('destination', '=', destination)
    .where('state', '=', 'held')
    .where('reason_code', '=', PAUSED)
    .returning('delivery_id')
    .execute();
  await unblockFreed(tx, portalId, now);
  await appendAudit(tx, portalId, now, {
    actor: 'system',
    action: 'destination.resumed',
    subject: destination,
    detail: { released: released.length },
  });
  log.info({ portalId, destination, released: released.length }, 'a paused destination works again');
  return released.length > 0;
}

/**
 * What failed while HubSpot was away need not wait for the end of a back-off that grew to hours meanwhile: it is due now, behind what
 * is submitted now, with a back-off that begins anew and the three days it had. Answers true when there was any.
 */
async function hurryWaiting(tx: PortalTx, { portalId, destination, now }: Where): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({ due_at: now, lane: LANE.backfill, attempts_before: sql<number>`attempt`, updated_at: now })
    .where('portal_id', '=', String(portalId))
    .where('delivery_id', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('delivery_id')
        .where('portal_id', '=', String(portalId))
        .where('destination', '=', destination)
        .where('state', '=', 'waiting')
        .where('due_at', '>', now)
        .where('reason_code', 'in', BECAUSE_AWAY)
        // Whoever holds one of them is about to try it.
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Holds what waits for a paused destination, except what a person just asked to have tried again: that is the probe. Answers true
 * when the destination is paused.
 */
export async function holdIfPaused(tx: PortalTx, where: Where): Promise<boolean> {
  const { portalId, destination, now } = where;
  const health = await tx
    .selectFrom('destination_health')
    .select('paused_at')
    .where('portal_id', '=', String(portalId))
    .where('destination', '=', destination)
    .executeTakeFirst();
  if (!health?.paused_at) return false;
  const reason = REASON[await languageWithin(tx, portalId)];
  const held = await tx
    .updateTable('deliveries')
    .set({ state: 'held', reason_code: PAUSED, reason, updated_at: now })
    .where('portal_id', '=', String(portalId))
    .where('destination', '=', destination)
    .where('state', '=', 'waiting')
    .where('reason_code', 'is distinct from', 'blocked')
    .where((eb) => eb.or([eb('lane', '<>', LANE.replay), eb('tried_since', 'is not', null)]))
    .returning(['delivery_id', 'submission_id'])
    .execute();
  if (held.length > 0) await explainHeld(tx, where, held, reason);
  return true;
}

/** What depends on a held delivery, or awaits its end, says so too: it is no silent queue, and holds up nothing later. */
async function explainHeld(
  tx: PortalTx,
  { portalId, destination, now }: Where,
  held: readonly { delivery_id: string; submission_id: string }[],
  reason: string,
): Promise<void> {
  const ids = held.map((row) => row.delivery_id);
  const submissionIds = held.map((row) => row.submission_id);
  // An empty name, since a list of none is no SQL.
  const followers = [...followersOf(destination), ''];
  await tx
    .updateTable('deliveries')
    .set({ reason_code: 'blocked', reason, updated_at: now })
    .where('portal_id', '=', String(portalId))
    .where('state', '=', 'waiting')
    .where((eb) =>
      eb.or([
        eb('depends_on', 'in', ids),
        eb.and([eb('submission_id', 'in', submissionIds), eb('destination', 'in', followers)]),
      ]),
    )
    .execute();
}
