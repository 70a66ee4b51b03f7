import type { PgBoss } from 'pg-boss';
import { sql } from 'kysely';
import { AWAITS, DESTINATION_KINDS } from '../destinations/destination.ts';
import { DELIVERY_QUEUE } from '../db/job-schema.ts';
import { repeat } from '../observe/repeat.ts';
import { checkBalance } from './check-balance.ts';
import { createTurns, type Turn } from './turns.ts';
import { wakeUpSchema } from './wake-ups.ts';
import { workBatch, workDeliveries, type DeliveryServices } from './work-deliveries.ts';

/** How often the sweeper looks for due rows that no job woke: back-offs that ended, workers that died, jobs that were lost. */
const SWEEP_EVERY_MS = 1_000;
/** The whole of both tables is counted: often enough to be told the same day, seldom enough to cost nothing. */
const BALANCE_EVERY_MS = 30_000;
/** At a million submissions counting takes seconds: it may have a twentieth of one core of the database, in each process. */
const BALANCE_RESTS_TIMES = 20;
/** A job only puts its portal in line, so that fetching many at once costs nothing. */
const WORK_OPTIONS = {
  batchSize: 50,
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 5,
  burstWhenBatchFull: true,
} as const;

/** Batches to receivers of customers under way in one process: each may take its whole deadline. */
const OUTSIDE_SLOTS = 6;

/**
 * Starts the worker and the sweeper. Receivers of customers have slots of their own: one that answers nobody must not keep
 * HubSpot's deliveries waiting. `stop` takes no new delivery, lets what HubSpot is being asked end, and writes what came of it;
 * what a batch had not begun is due again at once for another process.
 */
export async function startDelivery(services: DeliveryServices, boss: PgBoss): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const work = (turn: Turn): Promise<number> => workTurn(services, turn, stopping.signal);
  const [ours, outside] = [createTurns(work), createTurns(work, OUTSIDE_SLOTS)];
  const ask = (turn: Turn): void => {
    const isOutside = services.destinations.some((one) => one.kind === turn.destination && one.isOutside === true);
    (isOutside ? outside : ours).ask(turn);
  };
  await boss.work(DELIVERY_QUEUE, WORK_OPTIONS, async (jobs) => {
    for (const job of jobs) {
      const wakeUp = wakeUpSchema.safeParse(job.data).data;
      if (wakeUp) ask(wakeUp);
    }
  });
  const sweeper = repeat('delivery sweeper', SWEEP_EVERY_MS, services.log, async () => {
    for (const turn of await dueTurns(services)) ask(turn);
  });
  const balance = repeat('delivery balance', BALANCE_EVERY_MS, services.log, () => checkBalance(services), {
    restTimes: BALANCE_RESTS_TIMES,
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all([balance.stop(), sweeper.stop(), boss.offWork(DELIVERY_QUEUE), ours.stop(), outside.stop()]);
    },
  };
}

async function workTurn(services: DeliveryServices, turn: Turn, stopping: AbortSignal): Promise<number> {
  try {
    return await workBatch(services, turn.portalId, turn.destination, stopping);
  } catch (err) {
    // The rows are due again when their lease ends, and the sweeper finds them; the other portals go on.
    services.log.error({ err, portalId: turn.portalId, destination: turn.destination }, 'a batch of deliveries failed');
    return 0;
  }
}

/** What is due now, by portal and destination, most urgent first. */
export async function dueTurns(services: DeliveryServices): Promise<Turn[]> {
  const { rows } = await sql<{
    portal_id: string;
    destination: string;
  }>`select * from due_deliveries(${services.clock.now()}, ${JSON.stringify(AWAITS)}::jsonb)`.execute(services.db);
  return rows.flatMap((row) => {
    const destination = DESTINATION_KINDS.find((kind) => kind === row.destination);
    return destination ? [{ portalId: Number(row.portal_id), destination }] : [];
  });
}

/** Works everything that is due now, in every portal, once; answers how many deliveries it settled. */
export async function sweepDeliveries(services: DeliveryServices): Promise<number> {
  let settled = 0;
  for (const turn of await dueTurns(services)) {
    try {
      settled += await workDeliveries(services, turn.portalId, turn.destination);
    } catch (err) {
      services.log.error({ err, portalId: turn.portalId }, 'a batch of deliveries failed');
    }
  }
  return settled;
}
