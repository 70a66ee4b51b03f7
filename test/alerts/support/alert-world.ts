import { sql } from 'kysely';
import { pino } from 'pino';
import { z } from 'zod';
import { writeAlertSettings, type AlertSettings } from '../../../server/alerts/alert-settings.ts';
import { lookAtConditions } from '../../../server/alerts/read-conditions.ts';
import { settleAlerts, type Settled } from '../../../server/alerts/settle-alerts.ts';
import { workNotices, type NoticeServices } from '../../../server/alerts/work-notices.ts';
import { withPortal } from '../../../server/db/db.ts';
import { addWebhook, findWebhook } from '../../../server/destinations/webhook/webhooks.ts';
import { createMetrics } from '../../../server/observe/metrics.ts';
import { createSafeFetch } from '../../../server/safe-fetch/safe-fetch.ts';
import { seedFlow } from '../../delivery/support/seed-flow.ts';
import { MAPPING } from '../../delivery/support/engine.ts';
import { startPortal } from '../../destinations/support/hubspot-portal.ts';
import { startReceiver } from '../../destinations/webhook/support/receiver.ts';
import type { TestDatabase } from '../../support/database.ts';

const urlRules = { allowLoopback: true };
const taskSchema = z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) });
export type Task = z.infer<typeof taskSchema>;

/** A portal with a flow at the strict HubSpot stand-in, and a strict receiver of its webhook; the clock is moved by hand. */
export async function startAlertWorld(t: TestDatabase) {
  const portal = await startPortal(t);
  const { portalId, clock } = portal;
  const receiver = await startReceiver(clock);
  await seedFlow(t, portalId, { now: clock.now(), mapping: MAPPING, persons: 1 });
  const webhookServices = { db: t.db, keys: t.keys, clock, urlRules };
  const webhookId = await addWebhook(webhookServices, portalId, { name: 'Pager', url: receiver.hook('pager') }, 'en');
  await receiver.knows('pager', (await findWebhook(webhookServices, portalId, webhookId))?.secrets ?? []);
  const services: NoticeServices & { metrics: ReturnType<typeof createMetrics> } = {
    db: t.db,
    keys: t.keys,
    clock,
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    hubspot: portal.client,
    safeFetch: createSafeFetch(urlRules),
    metrics: createMetrics(),
  };
  const inPortal = <T>(work: Parameters<typeof withPortal<T>>[2]): Promise<T> => withPortal(t.db, portalId, work);
  const look = async (): Promise<Settled> => {
    const { kinds, byPortal } = await lookAtConditions(t.db, clock.now());
    return settleAlerts(services, portalId, { kinds, conditions: byPortal.get(portalId) ?? [] });
  };
  const tell = (): Promise<number> => workNotices(services, portalId);
  return {
    t,
    portal,
    portalId,
    clock,
    receiver,
    services,
    webhookId,
    webhookServices,
    inPortal,
    look,
    tell,
    /** One minute's round of a process, as the server does it. */
    async round() {
      const settled = await look();
      await tell();
      return settled;
    },
    choose: (settings: Partial<AlertSettings>) =>
      inPortal((tx) =>
        writeAlertSettings(tx, portalId, { webhookId: null, task: false, taskOwnerId: null, ...settings }, clock.now()),
      ),
    conditions: async () => (await lookAtConditions(t.db, clock.now())).byPortal.get(portalId) ?? [],
    alerts: () =>
      inPortal((tx) => tx.selectFrom('alerts').selectAll().orderBy('opened_at').orderBy('alert_id').execute()),
    notices: () => inPortal((tx) => tx.selectFrom('alert_notices').selectAll().orderBy('seq').execute()),
    events: () => receiver.taken().map((call) => call.body as { type: string; data: Record<string, unknown> }),
    types: () => receiver.taken().map((call) => (call.body as { type: string }).type),
    /** Submissions with one delivery each to the contact, in this state, since now. */
    submissions: (count: number, state: 'dead' | 'waiting', from = 0) =>
      inPortal(async (tx) => {
        const now = clock.now();
        await sql`
          insert into submissions (portal_id, submission_id, send_id, flow_id, version_id, form_id, form_revision, person_id,
                                   accepted_from, answers_hash, question_count, finished_at, accepted_at)
          select ${portalId}, 'sub_' || n, 'snd_' || n, 'flw_1', 'ver_1', 'frm_1', 'r1', 'psn_1', 'endpoint', '', 1, ${now}, ${now}
          from generate_series(${from}::integer + 1, ${from}::integer + ${count}::integer) n`.execute(tx);
        await sql`
          insert into deliveries (portal_id, delivery_id, submission_id, destination, state, due_at, reason, created_at, updated_at)
          select ${portalId}, 'dlv_' || n, 'sub_' || n, 'contact', ${state}, ${now}, 'Ada Lovelace +4915112345678', ${now}, ${now}
          from generate_series(${from}::integer + 1, ${from}::integer + ${count}::integer) n`.execute(tx);
      }),
    /** Every dead one arrives after all. */
    replayAll: () =>
      inPortal((tx) =>
        sql`update deliveries set state = 'delivered' where portal_id = ${portalId} and state = 'dead'`.execute(tx),
      ),
    async tasks(): Promise<Task[]> {
      const answer = await portal.client.call(portalId, {
        method: 'GET',
        path: '/crm/objects/2026-09/tasks',
        query: {
          properties: ['hs_task_subject', 'hs_task_body', 'hs_task_status', 'hs_task_priority', 'hubspot_owner_id'],
        },
        schema: z.object({ results: z.array(taskSchema) }),
        priority: 'background',
        idempotent: true,
      });
      return answer.results;
    },
    async close() {
      await receiver.close();
      await portal.close();
    },
  };
}
export type AlertWorld = Awaited<ReturnType<typeof startAlertWorld>>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
