import { appendAudit } from '../audit/audit.ts';
import type { AlertsResponse, AlertView } from '@flowella/shared/contract/api.ts';
import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { listWebhooks, type WebhookServices } from '../destinations/webhook/webhooks.ts';
import { percentileMs } from '../endpoint/judge-windows.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { readAlertSettings } from './alert-settings.ts';
import { describeAlerts, type AlertRow, type DescribedAlert } from './describe-alert.ts';
import { noticeProblemText, reportText } from './report-texts.ts';

export type ViewServices = Pick<WebhookServices, 'db' | 'keys' | 'clock'>;

/** More than anybody reads; what is beyond it comes up when the first ones are mended. */
const MAX_OPEN = 50;
const MAX_MENDED = 10;
const MENDED_FOR_MS = 7 * 86_400_000;
const MAX_REPORTS = 20;
const MEASURED_MS = 30 * 60_000;

/** Everything the settings page shows under *What needs you*. */
export async function viewAlerts(
  services: ViewServices,
  portalId: PortalId,
  language: Language,
): Promise<AlertsResponse> {
  const now = services.clock.now();
  const webhooks = await listWebhooks(services, portalId);
  return withPortal(services.db, portalId, async (tx) => {
    const open = await readAlerts(tx, portalId, { kind: 'open' });
    const mended = await readAlerts(tx, portalId, { kind: 'mended', since: new Date(now.getTime() - MENDED_FOR_MS) });
    const settings = await readAlertSettings(tx, portalId);
    const view = async (rows: AlertRow[]): Promise<AlertView[]> =>
      (await describeAlerts(tx, portalId, rows, language)).map(toView);
    return {
      open: (await view(open)).toSorted((a, b) => a.severity.localeCompare(b.severity)),
      mended: await view(mended),
      ways: {
        webhookId: webhooks.some((one) => one.webhookId === settings.webhookId) ? settings.webhookId : null,
        task: settings.task,
        taskHasOwner: settings.taskOwnerId !== null,
        webhooks: webhooks.map(({ webhookId, name, state }) => ({ webhookId, name, state })),
        problem: await lastProblem(tx, portalId, language),
      },
      reports: await readReports(tx, portalId, language),
      measures: await readMeasures(tx, portalId, new Date(now.getTime() - MEASURED_MS)),
    };
  });
}

/** How many are open, for the tab's name. */
export async function countAlerts(services: Pick<ViewServices, 'db'>, portalId: PortalId): Promise<number> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('alerts')
      .select((eb) => eb.fn.countAll<string>().as('count'))
      .where('portal_id', '=', String(portalId))
      .where('mended_at', 'is', null)
      .executeTakeFirstOrThrow(),
  );
  return Math.min(Number(row.count), MAX_OPEN);
}

function readAlerts(
  tx: PortalTx,
  portalId: PortalId,
  which: { kind: 'open' } | { kind: 'mended'; since: Date },
): Promise<AlertRow[]> {
  const query = tx.selectFrom('alerts').selectAll().where('portal_id', '=', String(portalId));
  return which.kind === 'open'
    ? query.where('mended_at', 'is', null).orderBy('opened_at', 'desc').limit(MAX_OPEN).execute()
    : query.where('mended_at', '>', which.since).orderBy('mended_at', 'desc').limit(MAX_MENDED).execute();
}

function toView(alert: DescribedAlert): AlertView {
  const { row } = alert;
  return {
    alertId: alert.alertId,
    kind: alert.kind,
    severity: alert.severity,
    title: alert.title,
    happened: alert.happened,
    todo: alert.todo,
    openedAt: row.opened_at.toISOString(),
    mendedAt: row.mended_at?.toISOString() ?? null,
    quiet: row.quiet_at !== null && (row.latest_at === null || row.latest_at <= row.quiet_at),
  };
}

/** The last notice that was settled speaks for its way; one that was dropped because the way was changed says nothing. */
async function lastProblem(tx: PortalTx, portalId: PortalId, language: Language): Promise<string | null> {
  const row = await tx
    .selectFrom('alert_notices')
    .select(['way', 'reason_code'])
    .where('portal_id', '=', String(portalId))
    .where('attempt', '>', 0)
    .where((eb) => eb.or([eb('reason_code', 'is', null), eb('reason_code', 'not in', ['way_not_chosen', 'no_task'])]))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.reason_code ? noticeProblemText(row.way, language) : null;
}

async function readReports(tx: PortalTx, portalId: PortalId, language: Language): Promise<AlertsResponse['reports']> {
  const rows = await tx
    .selectFrom('flow_events as e')
    .leftJoin('flows as f', (join) =>
      join.onRef('f.portal_id', '=', 'e.portal_id').onRef('f.meta_flow_id', '=', 'e.meta_flow_id'),
    )
    .select(['e.received_at', 'e.event', 'e.alert_state', 'e.detail', 'e.meta_flow_id', 'f.name'])
    .where('e.portal_id', '=', String(portalId))
    .orderBy('e.received_at', 'desc')
    .orderBy('e.event_id')
    .limit(MAX_REPORTS)
    .execute();
  return rows.map((row) => ({
    at: row.received_at.toISOString(),
    flowName: row.name ?? row.meta_flow_id ?? '–',
    text: reportText({ event: row.event, alertState: row.alert_state, detail: row.detail }, language),
  }));
}

async function readMeasures(tx: PortalTx, portalId: PortalId, since: Date): Promise<AlertsResponse['measures']> {
  const { rows } = await sql<{
    name: string;
    requests: number;
    faults: number;
    unavailable: number;
    latency: number[];
  }>`
    select f.name, sum(m.requests)::integer as requests, sum(m.faults + m.unreadable)::integer as faults,
           sum(m.unavailable)::integer as unavailable,
           array[${sql.join(Array.from({ length: 11 }, (_, place) => sql`sum(m.latency[${sql.lit(place + 1)}])::integer`))}] as latency
    from endpoint_measures m join flows f on f.portal_id = m.portal_id and f.flow_id = m.flow_id
    where m.portal_id = ${String(portalId)} and m.minute > ${since}
    group by f.flow_id, f.name order by requests desc limit 50`.execute(tx);
  return rows.map((row) => ({
    flowName: row.name,
    requests: row.requests,
    p90Ms: percentileMs(row.latency, 0.9),
    errorPercent: share(row.faults, row.requests),
    unansweredPercent: share(row.unavailable, row.requests + row.unavailable),
  }));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1_000) / 10;
}

const NOT_FOUND: Texts = {
  en: 'This alert is no longer there. Please load the page again.',
  de: 'Diese Meldung gibt es nicht mehr. Bitte laden Sie die Seite neu.',
};

/** Somebody has seen it: no reminder until more of it happens. Throws `alert_not_found`. */
export async function quietAlert(
  services: Pick<ViewServices, 'db' | 'clock'>,
  portalId: PortalId,
  alertId: string,
  o: { userId: number | null; language: Language },
): Promise<void> {
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const done = await tx
      .updateTable('alerts')
      .set({ quiet_at: now })
      .where('portal_id', '=', String(portalId))
      .where('alert_id', '=', alertId)
      .executeTakeFirst();
    if (done.numUpdatedRows === 0n)
      throw new AppError('alert_not_found', { status: 404, userMessage: NOT_FOUND[o.language] });
    await appendAudit(tx, portalId, now, { actor: `user:${o.userId}`, action: 'alert.quieted', subject: alertId });
  });
}
