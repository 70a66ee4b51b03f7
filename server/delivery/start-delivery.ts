import type { PgBoss } from 'pg-boss';
import { sql } from 'kysely';
import { DESTINATION_KINDS } from '../destinations/destination.ts';
import { DELIVERY_QUEUE } from '../db/job-schema.ts';
import { repeat } from '../observe/repeat.ts';
import { wakeUpSchema, type WakeUp } from './wake-ups.ts';
import { workDeliveries, type DeliveryServices } from './work-deliveries.ts';

/** How often the sweeper looks for due rows that no job woke: back-offs that ended, workers that died, jobs that were lost. */
const SWEEP_EVERY_MS = 1_000;
/** Two batches of two wake-ups a process at once: more would only wait for the portals' budgets. */
const WORK_OPTIONS = {
  batchSize: 4,
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 5,
  burstWhenBatchFull: true,
} as const;

/** Starts the worker and the sweeper; the answer stops both and waits for what is under way. */
export async function startDelivery(services: DeliveryServices, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  await boss.work(DELIVERY_QUEUE, WORK_OPTIONS, async (jobs) => {
    await workWakeUps(
      services,
      jobs.flatMap((job) => wakeUpSchema.safeParse(job.data).data ?? []),
    );
  });
  const sweeper = repeat('delivery sweeper', SWEEP_EVERY_MS, services.log, () => sweepDeliveries(services));
  return {
    async stop() {
      await sweeper.stop();
      await boss.offWork(DELIVERY_QUEUE);
    },
  };
}

/** One look per portal and destination, whatever the number of jobs that asked for it. */
async function workWakeUps(services: DeliveryServices, wakeUps: WakeUp[]): Promise<void> {
  const once = new Map(wakeUps.map((wakeUp) => [`${wakeUp.portalId}:${wakeUp.destination}`, wakeUp]));
  await Promise.all(
    [...once.values()].map(async (wakeUp) => {
      try {
        await workDeliveries(services, wakeUp.portalId, wakeUp.destination);
      } catch (err) {
        // The rows stay due: the sweeper takes them up again.
        services.log.error({ err, portalId: wakeUp.portalId, destination: wakeUp.destination }, 'a wake-up failed');
      }
    }),
  );
}

/** Works everything that is due now, in every portal; answers how many deliveries it settled. */
export async function sweepDeliveries(services: DeliveryServices): Promise<number> {
  const { rows } = await sql<{
    portal_id: string;
    destination: string;
  }>`select * from portals_with_due_deliveries(${services.clock.now()})`.execute(services.db);
  let settled = 0;
  for (const row of rows) {
    const destination = DESTINATION_KINDS.find((kind) => kind === row.destination);
    if (destination) settled += await workDeliveries(services, Number(row.portal_id), destination);
  }
  return settled;
}
