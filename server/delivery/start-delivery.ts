import type { PgBoss } from 'pg-boss';
import { sql } from 'kysely';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/destination.ts';
import { DELIVERY_QUEUE } from '../db/job-schema.ts';
import { repeat } from '../observe/repeat.ts';
import { createLane } from './lane.ts';
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

/** Receivers of one process that are called at the same time: each may take its whole deadline. */
const OUTSIDE_AT_ONCE = 6;

/**
 * Starts the worker and the sweeper; the answer stops both and waits for what is under way. Destinations of customers run in a
 * lane of their own: a receiver that answers nobody must not keep HubSpot's deliveries waiting.
 */
export async function startDelivery(services: DeliveryServices, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  const lane = createLane(OUTSIDE_AT_ONCE);
  const isOutside = (kind: DestinationKind): boolean =>
    services.destinations.some((one) => one.kind === kind && one.isOutside === true);
  const addToLane = (wakeUp: WakeUp): void => lane.add(keyOf(wakeUp), () => workWakeUp(services, wakeUp));
  await boss.work(DELIVERY_QUEUE, WORK_OPTIONS, async (jobs) => {
    const wakeUps = jobs.flatMap((job) => wakeUpSchema.safeParse(job.data).data ?? []);
    wakeUps.filter(({ destination }) => isOutside(destination)).forEach(addToLane);
    await workWakeUps(
      services,
      wakeUps.filter(({ destination }) => !isOutside(destination)),
    );
  });
  const sweeper = repeat('delivery sweeper', SWEEP_EVERY_MS, services.log, async () => {
    const due = await dueWakeUps(services);
    due.filter(({ destination }) => isOutside(destination)).forEach(addToLane);
    await workAll(
      services,
      due.filter(({ destination }) => !isOutside(destination)),
    );
  });
  return {
    async stop() {
      await sweeper.stop();
      await boss.offWork(DELIVERY_QUEUE);
      await lane.stop();
    },
  };
}

const keyOf = (wakeUp: WakeUp): string => `${wakeUp.portalId}:${wakeUp.destination}`;

/** One look per portal and destination, whatever the number of jobs that asked for it. */
async function workWakeUps(services: DeliveryServices, wakeUps: WakeUp[]): Promise<void> {
  const once = new Map(wakeUps.map((wakeUp) => [keyOf(wakeUp), wakeUp]));
  await Promise.all([...once.values()].map((wakeUp) => workWakeUp(services, wakeUp)));
}

async function workWakeUp(services: DeliveryServices, wakeUp: WakeUp): Promise<void> {
  try {
    await workDeliveries(services, wakeUp.portalId, wakeUp.destination);
  } catch (err) {
    // The rows stay due: the sweeper takes them up again.
    services.log.error({ err, portalId: wakeUp.portalId, destination: wakeUp.destination }, 'a wake-up failed');
  }
}

/** Works everything that is due now, in every portal; answers how many deliveries it settled. */
export async function sweepDeliveries(services: DeliveryServices): Promise<number> {
  return workAll(services, await dueWakeUps(services));
}

async function workAll(services: DeliveryServices, wakeUps: WakeUp[]): Promise<number> {
  let settled = 0;
  for (const { portalId, destination } of wakeUps) settled += await workDeliveries(services, portalId, destination);
  return settled;
}

async function dueWakeUps(services: DeliveryServices): Promise<WakeUp[]> {
  const { rows } = await sql<{
    portal_id: string;
    destination: string;
  }>`select * from portals_with_due_deliveries(${services.clock.now()})`.execute(services.db);
  return rows.flatMap((row) => {
    const destination = DESTINATION_KINDS.find((kind) => kind === row.destination);
    return destination ? [{ portalId: Number(row.portal_id), destination }] : [];
  });
}
