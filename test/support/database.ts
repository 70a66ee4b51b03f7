import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { inject } from 'vitest';
import { openDb, withPortal, type Db } from '../../server/db/db.ts';
import { PortalKeys } from '../../server/keys/portal-keys.ts';
import { wrapNewDataKey, type MasterKey } from '../../server/keys/vault.ts';

export type TestDatabase = {
  db: Db;
  pool: pg.Pool;
  keys: PortalKeys;
  keyring: MasterKey[];
  /** Connection string of the app's role on this clone. */
  url: string;
  /** Connection string of the owner on this clone: for looking at what the app may not see. */
  ownerUrl: string;
  /** Makes a connected portal with its data key and answers its id. */
  addPortal(portalId?: number): Promise<number>;
  close(): Promise<void>;
};

let nextPortal = 1_000;

/**
 * A database of this test file's own: a clone of the migrated template. The cluster is thrown away after the run. `prepared` plans
 * each statement once per connection: for tests that repeat the same ones many thousand times, where planning is most of the time.
 */
export async function testDatabase(options: { poolSize?: number; prepared?: boolean } = {}): Promise<TestDatabase> {
  const { adminUrl, appPassword } = inject('postgres');
  const name = `t_${randomBytes(8).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${name} template flowella_template`);
  await admin.end();
  const owner = new URL(adminUrl);
  owner.pathname = `/${name}`;
  const app = new URL(owner);
  app.username = 'flowella_app';
  app.password = appPassword;
  const { db, pool, close } = openDb({
    connectionString: app.toString(),
    max: options.poolSize ?? 5,
    applicationName: 'test',
    onError: () => {},
  });
  if (options.prepared) prepareStatements(pool);
  const keyring: MasterKey[] = [{ id: 'k1', key: randomBytes(32) }];
  const keys = new PortalKeys(db, keyring);
  return {
    db,
    pool,
    keys,
    keyring,
    url: app.toString(),
    ownerUrl: owner.toString(),
    close,
    async addPortal(portalId = (nextPortal += 1)) {
      const now = new Date();
      const { wrapped } = wrapNewDataKey(keyring, portalId);
      await withPortal(db, portalId, async (tx) => {
        await tx
          .insertInto('portals')
          .values({ portal_id: portalId, data_key_wrapped: wrapped, created_at: now, updated_at: now })
          .execute();
        await sql`select 1`.execute(tx);
      });
      return portalId;
    },
  };
}

/** Gives every statement with parameters a name, under which PostgreSQL keeps its plan. */
function prepareStatements(pool: pg.Pool): void {
  const names = new Map<string, string>();
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    void query('set plan_cache_mode = force_generic_plan');
    const prepared = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
      if (typeof text !== 'string' || !Array.isArray(values)) return query(text, values, ...rest);
      const name = names.get(text) ?? `s${names.size}`;
      names.set(text, name);
      return query({ name, text, values }, ...rest);
    };
    Object.assign(client, { query: prepared });
  });
}
