import { fromKysely, PgBoss } from 'pg-boss';
import type { PortalId, PortalTx } from '../db/db.ts';
import { DELIVERY_QUEUE, JOB_SCHEMA } from '../db/job-schema.ts';
import { DESTINATION_KINDS, type DestinationKind } from '../destinations/destination.ts';
import { z } from 'zod';

/** A job says only "look at this portal's deliveries of this kind": the deliveries table is truth and schedule. */
export const wakeUpSchema = z.object({ portalId: z.number().int(), destination: z.enum(DESTINATION_KINDS) });
export type WakeUp = z.infer<typeof wakeUpSchema>;

export interface WakeUps {
  /** In the caller's transaction: the job exists exactly when the rows it is for do. */
  add(tx: PortalTx, portalId: PortalId, destinations: Iterable<DestinationKind>): Promise<void>;
}

/** pg-boss as the app's role; its tables are made by `migrate`, and its jobs carry ids only since they have no row-level security. */
export function openJobs(options: { connectionString: string; onError: (err: Error) => void }): PgBoss {
  const boss = new PgBoss({
    connectionString: options.connectionString,
    schema: JOB_SCHEMA,
    migrate: false,
    createSchema: false,
    max: 3,
    application_name: 'flowella jobs',
    useListenNotify: true,
    schedule: false,
  });
  // Without a listener the process dies when PostgreSQL restarts.
  boss.on('error', options.onError);
  return boss;
}

export function wakeUpsOver(boss: PgBoss): WakeUps {
  return {
    async add(tx, portalId, destinations) {
      const jobs = [...new Set(destinations)].map((destination) => ({
        data: { portalId, destination } satisfies WakeUp,
      }));
      if (jobs.length > 0) await boss.insert(DELIVERY_QUEUE, jobs, { db: fromKysely(tx) });
    },
  };
}
