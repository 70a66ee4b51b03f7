import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Faults } from './control/faults.ts';
import type { RateLimits } from './rate-limits.ts';
import { storedApp, storedPortal, type SeededApp, type StoredPortal } from './seed.ts';
import { jsonColumn, type Store } from './store.ts';

/** Delays of HubSpot's own, in milliseconds, on the stand-in's clock. */
export type Lags = {
  /** A write is found by search only after it. */
  searchIndexMs: number;
  /** A form submission reaches the contact only after it. */
  submissionProcessingMs: number;
  /** A form submission is listed by the reading API only after it. */
  submissionReadingMs: number;
};

/** What every route of the stand-in works with. */
export type StandIn = {
  store: Store;
  /** The base clock moved by what the control surface asked for. */
  clock: Clock;
  /** Never moved: signatures must be fresh for the receiver, whose clock nobody moves. */
  baseClock: Clock;
  lags: Lags;
  faults: Faults;
  limits: RateLimits;
  /** Address of this server, known once it listens. */
  apiUrl(): string;
  /** To be called when work has been put off: fires what is due at that time of the moved clock. */
  wakeAt(dueAtMs: number): void;
};

export function findApp(store: Store, by: { appId: number } | { clientId: string }): SeededApp | undefined {
  const row = z.object({ app: jsonColumn(storedApp) });
  return 'appId' in by
    ? store.first(row, 'select app from apps where app_id = ?', by.appId)?.app
    : store.first(row, 'select app from apps where client_id = ?', by.clientId)?.app;
}

export function findPortal(store: Store, portalId: number): StoredPortal | undefined {
  return store.first(
    z.object({ portal: jsonColumn(storedPortal) }),
    'select portal from portals where portal_id = ?',
    portalId,
  )?.portal;
}

export function listPortals(store: Store): StoredPortal[] {
  return store
    .all(z.object({ portal: jsonColumn(storedPortal) }), 'select portal from portals order by portal_id')
    .map((row) => row.portal);
}

const OFFSET = 'clockOffsetMs';

/** Kept in the store: a restarted stand-in goes on at the same time. */
export function readClockOffset(store: Store): number {
  return Number(
    store.first(z.object({ value: z.string() }), 'select value from settings where name = ?', OFFSET)?.value ?? 0,
  );
}

export function writeClockOffset(store: Store, offsetMs: number): void {
  store.run('insert or replace into settings (name, value) values (?, ?)', OFFSET, String(offsetMs));
}
