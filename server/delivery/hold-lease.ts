import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import type { HubSpotClient, HubSpotRequest } from '../hubspot/client.ts';
import { hubSpotError } from '../hubspot/to-hubspot-error.ts';
import type { Log } from '../observe/log.ts';
import { LEASE_MS, type ClaimedDelivery } from './deliveries.ts';
import { LANE } from './lanes.ts';

const RENEW_EVERY_MS = 10_000;
/** A request that leaves with less than this left could still be under way when a successor takes the delivery up. */
const CALL_NEEDS_MS = 15_000;

/** Timers as an argument: the simulation moves its own clock. */
export type Timers = {
  /** Calls `work` every `ms` until the answer is called. */
  every(ms: number, work: () => void): () => void;
  /** Aborts after `ms`. */
  deadline(ms: number): AbortSignal;
};
export const systemTimers: Timers = {
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
  deadline: (ms) => AbortSignal.timeout(ms),
};

export type HeldLease = {
  /** False when a successor may take over before a call that starts now has ended. */
  isSure(): boolean;
  release(): void;
};

/**
 * Renews the lease of claimed deliveries for as long as this process lives, so that a slow vendor never makes two workers deliver
 * the same row. A process that was frozen finds that its lease is not sure any more, and makes no further call.
 */
export function holdLease(
  services: { db: Db; clock: Clock; log: Log; timers: Timers },
  portalId: number,
  claimed: ClaimedDelivery[],
  leaseUntil: Date,
): HeldLease {
  let until = leaseUntil;
  let released = false;
  async function renew(): Promise<void> {
    const next = new Date(services.clock.now().getTime() + LEASE_MS);
    const rows = await withPortal(services.db, portalId, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ lease_until: next })
        .where('portal_id', '=', String(portalId))
        .where('state', '=', 'delivering')
        .where((eb) =>
          eb.or(claimed.map(({ delivery: row }) => eb.and({ delivery_id: row.delivery_id, attempt: row.attempt }))),
        )
        .returning('delivery_id')
        .execute(),
    );
    // One that a successor took, or that was erased: this attempt makes no further call once its first lease is over.
    if (rows.length === claimed.length) until = next;
  }
  const stop = services.timers.every(RENEW_EVERY_MS, () => {
    if (released) return;
    renew().catch((err: unknown) => services.log.warn({ err, portalId }, 'a lease could not be renewed'));
  });
  return {
    isSure: () => until.getTime() - services.clock.now().getTime() >= CALL_NEEDS_MS,
    release: () => {
      released = true;
      stop();
    },
  };
}

/**
 * The client as a batch gets it: no call once its time is over or its lease is not sure, and what nobody waits for leaves room for
 * what somebody does. Throws `no_time_left` (retryable, no effect) beside what the client throws.
 */
export function clientFor(
  client: HubSpotClient,
  batch: { lane: number; signal: AbortSignal; lease: HeldLease },
): HubSpotClient {
  return {
    call: async <T>(portalId: number, request: HubSpotRequest<T>) => {
      const mayStart = (): boolean => !batch.signal.aborted && batch.lease.isSure();
      if (!mayStart()) throw hubSpotError('no_time_left');
      const isWaitedFor = batch.lane !== LANE.backfill || request.priority !== 'delivery';
      return client.call(portalId, {
        ...request,
        mayStart,
        ...(isWaitedFor ? {} : { priority: 'background' as const }),
      });
    },
  };
}
