import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import { systemClock } from '../clock.ts';
import type { OperatorConfig } from '../config.ts';
import { openDb, type Db, type PortalId } from '../db/db.ts';
import { pendingMigrations } from '../db/migrate.ts';
import { PortalKeys } from '../keys/portal-keys.ts';
import type { MasterKey } from '../keys/vault.ts';
import { createLog } from '../observe/log.ts';
import { portalOfAccount } from '../whatsapp/accounts.ts';
import { GraphClient } from '../whatsapp/graph-client.ts';
import type { RotationServices } from '../whatsapp/rotate-flow-key.ts';

/** What the operator's commands work with: the database as the server's own role, the keyring, Meta. */
export type OperatorServices = RotationServices & { keyring: readonly MasterKey[] };

/** Opens what a command needs, runs it, and closes it again. Throws `schema_too_old` before anything else is read. */
export async function withOperator<T>(
  config: OperatorConfig,
  work: (services: OperatorServices) => Promise<T>,
): Promise<T> {
  const log = createLog({ level: 'silent' });
  const { db, close } = openDb({
    connectionString: config.databaseUrl,
    max: 2,
    applicationName: 'flowella operator',
    onError: () => {},
  });
  try {
    await refuseUnreadable(db);
    return await work({
      db,
      log,
      clock: systemClock,
      keyring: config.masterKeys,
      keys: new PortalKeys(db, config.masterKeys),
      graph: new GraphClient(config.meta),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  } finally {
    await close();
  }
}

async function refuseUnreadable(db: Db): Promise<void> {
  try {
    await sql`select 1`.execute(db);
  } catch (err) {
    throw new AppError('database_unreachable', {
      message: `The database does not answer: ${err instanceof Error ? err.message : String(err)}. Check DATABASE_URL, or run "flowella doctor"`,
      cause: err,
    });
  }
  const missing = await pendingMigrations(async (text) => ({
    rows: (await sql.raw<{ name: string }>(text).execute(db)).rows,
  }));
  if (missing.length === 0) return;
  throw new AppError('schema_too_old', {
    message: `The database lacks ${missing.join(', ')}: run "flowella migrate" with DATABASE_OWNER_URL first`,
  });
}

/** Every portal whose data can still be read, the disconnected ones too. */
export async function portalsWithDataKey(services: Pick<OperatorServices, 'db'>): Promise<PortalId[]> {
  const { rows } = await sql<{ portal: string }>`select portals_with_data_key() as portal`.execute(services.db);
  return rows.map((row) => Number(row.portal));
}

/** Every portal that ever was, the erased ones too. */
export async function portalsWithAudit(services: Pick<OperatorServices, 'db'>): Promise<PortalId[]> {
  const { rows } = await sql<{ portal: string }>`select portals_with_audit() as portal`.execute(services.db);
  return rows.map((row) => Number(row.portal));
}

/** The portal of a connected account; throws `whatsapp_account_not_found` with what to do. */
export async function portalOf(services: Pick<OperatorServices, 'db'>, accountId: string): Promise<PortalId> {
  const portalId = await portalOfAccount(services, accountId);
  if (portalId !== null) return portalId;
  throw new AppError('whatsapp_account_not_found', {
    message: `There is no connected account ${accountId}: "flowella keys list" prints them all`,
  });
}
