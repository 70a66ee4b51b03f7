import type { Selectable } from 'kysely';
import { AppError, toAppError } from '../app-error.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { Database } from '../db/schema.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { callWebhook } from '../destinations/webhook/call-webhook.ts';
import { findWebhook, switchOffGone } from '../destinations/webhook/webhooks.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { languageWithin } from '../hubspot/language.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { SafeFetch } from '../safe-fetch/safe-fetch.ts';
import { readAlertSettings, type AlertSettings } from './alert-settings.ts';
import { createAlertTask, findAlertTask, updateAlertTask } from './alert-task.ts';
import { describeAlerts, type DescribedAlert } from './describe-alert.ts';
import { toAlertEvent } from './to-alert-event.ts';

export type NoticeServices = {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  log: Log;
  random: () => number;
  hubspot: HubSpotClient;
  safeFetch: SafeFetch;
  metrics?: Metrics;
};
type Notice = Selectable<Database['alert_notices']>;
type Job = { notice: Notice; alert: DescribedAlert; settings: AlertSettings; claimedAt: Date };

/** Longer than any call, and than HubSpot's search index lags behind a task whose answer was lost. */
const LEASE_MS = 120_000;
/** What is begun later than this could end after the lease, when another process does the same. */
const BEGIN_WITHIN_MS = 60_000;
/** A notice a day late tells nobody anything new: the next reminder is due by then. */
const GIVE_UP_MS = 24 * 3_600_000;
const MAX_NOTICES = 20;

type Outcome =
  | { kind: 'sent'; taskId?: string }
  | { kind: 'given_up'; code: string }
  /** `unknown`: it may have arrived. */
  | { kind: 'later'; code: string; unknown: boolean; retryAfterMs?: number };

/**
 * Hands over the portal's notices that are due, in the order of each alert and way, and answers how many were settled. One that
 * cannot be handed over is tried again with growing pauses for a day; the webhook's receiver knows a repeat by its `webhook-id`, a
 * task whose answer was lost is looked for before another is made. A process that dies leaves a lease that ends.
 */
export async function workNotices(services: NoticeServices, portalId: PortalId): Promise<number> {
  let settled = 0;
  for (let worked = 0; worked < MAX_NOTICES; worked += 1) {
    const job = await claimNotice(services, portalId);
    if (!job) break;
    const outcome = await handOver(services, portalId, job).catch((err: unknown) => toOutcome(services, portalId, err));
    if (await record(services, portalId, job, outcome)) settled += 1;
  }
  return settled;
}

/** One at a time: each has a lease of its own, whatever those before it took. */
async function claimNotice(services: NoticeServices, portalId: PortalId): Promise<Job | null> {
  const now = services.clock.now();
  return withPortal(services.db, portalId, async (tx) => {
    const notice = await tx
      .selectFrom('alert_notices as n')
      .selectAll('n')
      .where('n.portal_id', '=', String(portalId))
      .where('n.state', '=', 'waiting')
      .where('n.due_at', '<=', now)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('alert_notices as earlier')
              .select('earlier.notice_id')
              .whereRef('earlier.portal_id', '=', 'n.portal_id')
              .whereRef('earlier.alert_id', '=', 'n.alert_id')
              .whereRef('earlier.way', '=', 'n.way')
              .whereRef('earlier.seq', '<', 'n.seq')
              .where('earlier.state', '=', 'waiting'),
          ),
        ),
      )
      .orderBy('n.seq')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!notice) return null;
    await tx
      .updateTable('alert_notices')
      .set((eb) => ({ attempt: eb('attempt', '+', 1), due_at: new Date(now.getTime() + LEASE_MS), maybe_done: true }))
      .where('portal_id', '=', String(portalId))
      .where('notice_id', '=', notice.notice_id)
      .execute();
    const alerts = await tx
      .selectFrom('alerts')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('alert_id', '=', notice.alert_id)
      .execute();
    const settings = await readAlertSettings(tx, portalId);
    const [alert] = await describeAlerts(tx, portalId, alerts, await languageWithin(tx, portalId));
    return alert ? { notice, alert, settings, claimedAt: now } : null;
  });
}

function handOver(services: NoticeServices, portalId: PortalId, job: Job): Promise<Outcome> {
  return job.notice.way === 'webhook' ? toWebhook(services, portalId, job) : toTask(services, portalId, job);
}

async function toWebhook(services: NoticeServices, portalId: PortalId, job: Job): Promise<Outcome> {
  const { notice, alert, settings } = job;
  if (settings.webhookId === null) return { kind: 'given_up', code: 'way_not_chosen' };
  const webhook = await findWebhook(services, portalId, settings.webhookId);
  if (webhook?.state !== 'on') return { kind: 'given_up', code: 'webhook_off' };
  const answer = await callWebhook(services.safeFetch, {
    webhook,
    id: notice.notice_id,
    event: toAlertEvent(alert, notice.event, notice.created_at),
    at: services.clock.now(),
  });
  switch (answer.kind) {
    case 'delivered':
      return { kind: 'sent' };
    case 'gone':
      await switchOffGone(services, portalId, webhook);
      return { kind: 'given_up', code: answer.code };
    case 'dead':
      return { kind: 'given_up', code: answer.code };
    case 'retry':
    case 'unknown':
      return {
        kind: 'later',
        code: answer.code,
        unknown: answer.kind === 'unknown',
        ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
      };
  }
}

async function toTask(services: NoticeServices, portalId: PortalId, job: Job): Promise<Outcome> {
  const { notice, alert, settings } = job;
  const where = { hubspot: services.hubspot, portalId };
  const now = services.clock.now();
  if (notice.event !== 'opened') {
    if (alert.row.task_id === null) return { kind: 'given_up', code: 'no_task' };
    await updateAlertTask(where, alert.row.task_id, alert, { event: notice.event, now });
    return { kind: 'sent' };
  }
  if (alert.row.task_id !== null) return { kind: 'sent' };
  const made = notice.maybe_done ? await findAlertTask(where, alert) : null;
  if (made !== null) return { kind: 'sent', taskId: made };
  if (!settings.task) return { kind: 'given_up', code: 'way_not_chosen' };
  if (services.clock.now().getTime() - job.claimedAt.getTime() > BEGIN_WITHIN_MS)
    return { kind: 'later', code: 'no_time_left', unknown: false };
  return { kind: 'sent', taskId: await createAlertTask(where, alert, { ownerId: settings.taskOwnerId, now }) };
}

/** Access may come back, and so may a vendor; what HubSpot refuses for good stays refused. */
function toOutcome(services: NoticeServices, portalId: PortalId, thrown: unknown): Outcome {
  const err = toAppError(thrown);
  services.log.warn({ err: thrown, portalId }, 'a notice of an alert was not handed over');
  if (err.code === 'hubspot_outcome_unknown' || !(thrown instanceof AppError))
    return { kind: 'later', code: err.code, unknown: true };
  if (err.retryable || err.code === 'portal_disconnected') {
    const { retryAfterMs } = err.context;
    return {
      kind: 'later',
      code: err.code,
      unknown: false,
      ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    };
  }
  return { kind: 'given_up', code: err.code };
}

/** Answers whether the notice is settled. Whoever took it up since says what became of it. */
async function record(services: NoticeServices, portalId: PortalId, job: Job, outcome: Outcome): Promise<boolean> {
  const { notice, alert } = job;
  const now = services.clock.now();
  const isTooOld = now.getTime() - notice.created_at.getTime() >= GIVE_UP_MS;
  const state = outcome.kind === 'later' ? (isTooOld ? 'given_up' : 'waiting') : outcome.kind;
  const isOurs = await withPortal(services.db, portalId, async (tx) => {
    if (outcome.kind === 'sent' && outcome.taskId !== undefined) {
      await tx
        .updateTable('alerts')
        .set({ task_id: outcome.taskId })
        .where('portal_id', '=', String(portalId))
        .where('alert_id', '=', alert.alertId)
        .where('task_id', 'is', null)
        .execute();
    }
    const changed = await tx
      .updateTable('alert_notices')
      .set({
        state,
        reason_code: outcome.kind === 'sent' ? null : outcome.code,
        settled_at: state === 'waiting' ? null : now,
        ...(outcome.kind === 'later'
          ? { due_at: laterOf(services, notice, outcome), maybe_done: outcome.unknown || notice.maybe_done }
          : {}),
      })
      .where('portal_id', '=', String(portalId))
      .where('notice_id', '=', notice.notice_id)
      .where('state', '=', 'waiting')
      .where('attempt', '=', notice.attempt + 1)
      .executeTakeFirst();
    return changed.numUpdatedRows > 0n;
  });
  if (isOurs) services.metrics?.alertNotices.inc({ event: notice.event, way: notice.way, outcome: state });
  return isOurs && state !== 'waiting';
}

function laterOf(services: NoticeServices, notice: Notice, outcome: { unknown: boolean; retryAfterMs?: number }): Date {
  const pauseMs = backOffMs(notice.attempt + 1, services.random(), outcome.retryAfterMs);
  // A lost answer is looked for, and HubSpot's search knows of a new task only after a while.
  return new Date(services.clock.now().getTime() + (outcome.unknown ? Math.max(pauseMs, LEASE_MS) : pauseMs));
}
