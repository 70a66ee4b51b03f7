import { sql } from 'kysely';
import { PgBoss } from 'pg-boss';
import type { PortalId, PortalTx } from '../db/db.ts';
import { JOB_SCHEMA } from '../db/job-schema.ts';
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

/** By pg-boss's own statement, which `migrate` keeps as a function beside its tables. */
export const wakeUps: WakeUps = {
  async add(tx, portalId, destinations) {
    const jobs = [...new Set(destinations)];
    if (jobs.length > 0) await sql`select add_wake_ups(${wakeUpJobs(portalId, jobs)})`.execute(tx);
  },
};

/** As `add_wake_ups` takes them. */
export function wakeUpJobs(portalId: PortalId, destinations: readonly DestinationKind[]): string {
  return JSON.stringify(destinations.map((destination) => ({ data: { portalId, destination } satisfies WakeUp })));
}
