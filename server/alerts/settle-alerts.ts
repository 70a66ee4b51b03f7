import { sql, type Selectable } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import { newId } from '../ids.ts';
import type { Log } from '../observe/log.ts';
import { isAlertKind, type AlertKind, type Condition } from './alert-kinds.ts';
import { chosenWays, readAlertSettings, type Way } from './alert-settings.ts';

export type SettleServices = { db: Db; clock: Clock; log: Log };
type AlertRow = Selectable<Database['alerts']>;

const HOUR_MS = 3_600_000;
/** A reminder a day at most, and after two weeks none: whoever did not act by then knows of it, and the page goes on showing it. */
export const REMIND_EVERY_MS = 24 * HOUR_MS;
const MAX_REMINDERS = 14;
/** A thing that is fine for a moment is not mended. */
export const MEND_AFTER_MS = 5 * 60_000;
/** What comes and goes all day must stay away longer each time before it counts as mended: no storm from a loose contact. */
const LONGEST_MEND_MS = 6 * HOUR_MS;
const FLAPS_WITHIN_MS = 24 * HOUR_MS;
/** Long enough to look back at; their notices go with them. */
const KEPT_MS = 90 * 24 * HOUR_MS;

export type Settled = { opened: number; reminded: number; mended: number };

/**
 * Brings the alerts of one portal in line with what is wrong now: one row per kind and subject, whatever the number of things behind
 * it. A new one opens with one notice per chosen way, one that goes on is reminded of once a day, one that is gone is mended with one
 * notice. `kinds` are those that were looked for; the others are left alone. Safe in several processes at once.
 */
export async function settleAlerts(
  services: SettleServices,
  portalId: PortalId,
  look: { kinds: ReadonlySet<AlertKind>; conditions: readonly Condition[] },
): Promise<Settled> {
  const now = services.clock.now();
  const settled: Settled = { opened: 0, reminded: 0, mended: 0 };
  await withPortal(services.db, portalId, async (tx) => {
    // Two processes that look at the same time would both open and both remind.
    await sql`select pg_advisory_xact_lock(hashtext('flowella alerts'), ${portalId % 2_147_483_647}::integer)`.execute(
      tx,
    );
    const ways = chosenWays(await readAlertSettings(tx, portalId));
    const open = await openAlerts(tx, portalId);
    const keyOf = (one: { kind: string; subject: string }): string => `${one.kind}/${one.subject}`;
    const present = new Map(look.conditions.map((condition) => [keyOf(condition), condition]));
    const known = new Map(open.map((alert) => [keyOf(alert), alert]));
    for (const [key, condition] of present) {
      const alert = known.get(key);
      if (!alert) {
        await openAlert(tx, portalId, { condition, ways, now });
        settled.opened += 1;
      } else if (await keepAlert(tx, portalId, { alert, condition, ways, now })) settled.reminded += 1;
    }
    for (const alert of open) {
      if (present.has(keyOf(alert)) || !isAlertKind(alert.kind) || !look.kinds.has(alert.kind)) continue;
      if (await mendAlert(tx, portalId, { alert, now })) settled.mended += 1;
    }
    if (settled.mended > 0) await forgetOld(tx, portalId, now);
  });
  if (settled.opened + settled.mended > 0) services.log.info({ portalId, ...settled }, 'alerts changed');
  return settled;
}

function openAlerts(tx: PortalTx, portalId: PortalId): Promise<AlertRow[]> {
  return tx
    .selectFrom('alerts')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .where('mended_at', 'is', null)
    .execute();
}

async function openAlert(
  tx: PortalTx,
  portalId: PortalId,
  o: { condition: Condition; ways: readonly Way[]; now: Date },
): Promise<void> {
  const { condition, now } = o;
  const alertId = newId('alert');
  await tx
    .insertInto('alerts')
    .values({
      portal_id: portalId,
      alert_id: alertId,
      kind: condition.kind,
      subject: condition.subject,
      amount: condition.amount,
      figure: condition.figure,
      latest_at: condition.latest,
      opened_at: now,
      last_seen_at: now,
      noticed_at: now,
    })
    .execute();
  for (const way of o.ways) await addNotice(tx, portalId, { alertId, event: 'opened', way, now });
}

/** Notes what the alert is like now; answers whether somebody is reminded. */
async function keepAlert(
  tx: PortalTx,
  portalId: PortalId,
  o: { alert: AlertRow; condition: Condition; ways: readonly Way[]; now: Date },
): Promise<boolean> {
  const { alert, condition, now } = o;
  const reminds = isReminderDue(alert, condition, now);
  await tx
    .updateTable('alerts')
    .set({
      amount: condition.amount,
      figure: condition.figure,
      latest_at: condition.latest,
      last_seen_at: now,
      ...(reminds ? { noticed_at: now, reminders: alert.reminders + 1 } : {}),
    })
    .where('portal_id', '=', String(portalId))
    .where('alert_id', '=', alert.alert_id)
    .execute();
  const told = await waysTold(tx, portalId, alert.alert_id);
  for (const way of o.ways) {
    // A way that was chosen after the alert opened hears of it now.
    if (!told.has(way)) await addNotice(tx, portalId, { alertId: alert.alert_id, event: 'opened', way, now });
    else if (reminds) await addNotice(tx, portalId, { alertId: alert.alert_id, event: 'reminded', way, now });
  }
  return reminds;
}

function isReminderDue(alert: AlertRow, condition: Condition, now: Date): boolean {
  if (alert.reminders >= MAX_REMINDERS) return false;
  if (now.getTime() - alert.noticed_at.getTime() < REMIND_EVERY_MS) return false;
  return alert.quiet_at === null || (condition.latest !== null && condition.latest > alert.quiet_at);
}

async function waysTold(tx: PortalTx, portalId: PortalId, alertId: string): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('alert_notices')
    .select('way')
    .distinct()
    .where('portal_id', '=', String(portalId))
    .where('alert_id', '=', alertId)
    .execute();
  return new Set(rows.map((row) => row.way));
}

/** Answers whether it counts as mended now. Who was never told that it opened is not told that it is over. */
async function mendAlert(tx: PortalTx, portalId: PortalId, o: { alert: AlertRow; now: Date }): Promise<boolean> {
  const { alert, now } = o;
  const awayMs = now.getTime() - alert.last_seen_at.getTime();
  if (awayMs < MEND_AFTER_MS) return false;
  if (awayMs < Math.min(LONGEST_MEND_MS, MEND_AFTER_MS * 2 ** (await flapsOf(tx, portalId, alert, now)))) return false;
  await tx
    .updateTable('alerts')
    .set({ mended_at: now })
    .where('portal_id', '=', String(portalId))
    .where('alert_id', '=', alert.alert_id)
    .execute();
  const waiting = await tx
    .deleteFrom('alert_notices')
    .where('portal_id', '=', String(portalId))
    .where('alert_id', '=', alert.alert_id)
    .where('state', '=', 'waiting')
    .where('attempt', '=', 0)
    .returning(['way', 'event'])
    .execute();
  const unheard = new Set(waiting.filter((notice) => notice.event === 'opened').map((notice) => notice.way));
  for (const way of await waysTold(tx, portalId, alert.alert_id)) {
    if (way !== 'webhook' && way !== 'task') continue;
    if (!unheard.has(way)) await addNotice(tx, portalId, { alertId: alert.alert_id, event: 'mended', way, now });
  }
  return true;
}

async function flapsOf(tx: PortalTx, portalId: PortalId, alert: AlertRow, now: Date): Promise<number> {
  const row = await tx
    .selectFrom('alerts')
    .select((eb) => eb.fn.countAll<string>().as('flaps'))
    .where('portal_id', '=', String(portalId))
    .where('kind', '=', alert.kind)
    .where('subject', '=', alert.subject)
    .where('mended_at', '>', new Date(now.getTime() - FLAPS_WITHIN_MS))
    .executeTakeFirstOrThrow();
  return Math.min(Number(row.flaps), 20);
}

async function addNotice(
  tx: PortalTx,
  portalId: PortalId,
  o: { alertId: string; event: 'opened' | 'reminded' | 'mended'; way: Way; now: Date },
): Promise<void> {
  await tx
    .insertInto('alert_notices')
    .values({
      portal_id: portalId,
      notice_id: newId('notice'),
      alert_id: o.alertId,
      event: o.event,
      way: o.way,
      due_at: o.now,
      created_at: o.now,
    })
    .execute();
}

async function forgetOld(tx: PortalTx, portalId: PortalId, now: Date): Promise<void> {
  await tx
    .deleteFrom('alerts')
    .where('portal_id', '=', String(portalId))
    .where('mended_at', '<', new Date(now.getTime() - KEPT_MS))
    .execute();
}
