import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Database } from './schema.ts';

export type Db = Kysely<Database>;
/** A transaction in which the portal is set: the only handle a repository takes. */
export type PortalTx = Transaction<Database>;
/** One HubSpot account, by HubSpot's own number. */
export type PortalId = number;

/**
 * Opens the pool as the role that serves portals.
 * `max` is sized on purpose: the pools of all processes together stay below the server's `max_connections`.
 */
export function openDb(options: {
  connectionString: string;
  max: number;
  applicationName: string;
  onError: (err: Error) => void;
}): { db: Db; pool: pg.Pool; close: () => Promise<void> } {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max,
    application_name: options.applicationName,
    options: '-c search_path=flowella,public',
    connectionTimeoutMillis: 5_000,
    // A statement that runs longer than this is a bug or a lock: the caller's own deadline has passed by then.
    statement_timeout: 20_000,
    idle_in_transaction_session_timeout: 30_000,
  });
  // Without listeners the process dies when PostgreSQL restarts: the pool hears idle connections only, and one that breaks between
  // two statements of a transaction speaks for itself.
  pool.on('error', options.onError);
  pool.on('connect', (client) => void client.on('error', options.onError));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/**
 * Runs `work` in one transaction that can see and change only this portal's rows (row-level security, forced).
 * `asyncCommit` is for session progress only: it may lose the last few milliseconds when PostgreSQL crashes.
 */
export async function withPortal<T>(
  db: Db,
  portalId: PortalId,
  work: (tx: PortalTx) => Promise<T>,
  options: { asyncCommit?: boolean } = {},
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('app.portal_id', ${String(portalId)}, true)`.execute(tx);
    if (options.asyncCommit) await sql`set local synchronous_commit = off`.execute(tx);
    return work(tx);
  });
}
