import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { AppError } from '../app-error.ts';
import { DELIVERY_QUEUE, FORM_CHECK_QUEUE, JOB_SCHEMA, KEYS_QUEUE } from './job-schema.ts';

const MIGRATIONS_DIR = path.join(import.meta.dirname, 'migrations');
/** One number for all processes: whoever holds this advisory lock migrates, the others wait. */
const LOCK = 7_423_901;

/** Queues are made by the owner; a wake-up that fails is not retried by the queue, since the sweeper looks at the rows themselves. */
const JOB_QUEUES = [
  { name: DELIVERY_QUEUE, notify: true, retryLimit: 0, retentionSeconds: 3_600, deleteAfterSeconds: 600 },
  // One round waits or runs at a time, whatever the number of processes that ask for it.
  { name: KEYS_QUEUE, policy: 'exclusive', retryLimit: 0, expireInSeconds: 900, deleteAfterSeconds: 3_600 },
  { name: FORM_CHECK_QUEUE, notify: false, retryLimit: 0, retentionSeconds: 3_600, deleteAfterSeconds: 600 },
] as const;

/**
 * Brings the database to this build's schema, as its owner: roles, tables (numbered plain SQL, forward only, one
 * transaction each) and the job queue. Safe to run from several processes at once. Answers the names of what it applied.
 *
 * `appPassword` sets the password of the role that serves portals; null leaves it as the operator set it.
 */
export async function migrate(options: { ownerUrl: string; appPassword: string | null }): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await makeRoles(client, options.appPassword);
    await migrateJobs(client, options.ownerUrl);
    await grantJobs(client);
    return await applyAll(client);
  } finally {
    await client.end();
  }
}

/** Migrations that this build has and the database lacks; a running server refuses to serve until there are none. */
export async function pendingMigrations(
  query: (sql: string) => Promise<{ rows: { name: string }[] }>,
): Promise<string[]> {
  const wanted = await migrationFiles();
  const { rows } = await query('select name from flowella.migrations').catch(() => ({
    rows: [] as { name: string }[],
  }));
  const present = new Set(rows.map((row) => row.name));
  return wanted.filter((name) => !present.has(name));
}

async function makeRoles(client: pg.Client, appPassword: string | null): Promise<void> {
  for (const role of ['flowella_app', 'flowella_system']) {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role]);
    if (!rowCount) await client.query(`create role ${role} ${role === 'flowella_app' ? 'login' : 'nologin'}`);
  }
  if (appPassword !== null) {
    await client.query(`alter role flowella_app with login password ${client.escapeLiteral(appPassword)}`);
  }
  // The owner hands functions over to flowella_system, which needs membership where the owner is no superuser.
  await client.query('grant flowella_system to current_user');
  await client.query('create schema if not exists flowella');
  await client.query('grant usage on schema flowella to flowella_app, flowella_system');
  await client.query('grant create on schema flowella to flowella_system');
  await client.query(
    'create table if not exists flowella.migrations (name text primary key, applied_at timestamptz not null default now())',
  );
  await client.query('grant select on flowella.migrations to flowella_app');
}

async function applyAll(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from flowella.migrations');
  const present = new Set(rows.map((row) => row.name));
  const applied: string[] = [];
  for (const name of await migrationFiles()) {
    if (present.has(name)) continue;
    const text = await readFile(path.join(MIGRATIONS_DIR, name), 'utf8');
    try {
      await client.query('begin');
      await client.query('set local search_path = flowella, public');
      await client.query(text);
      await client.query('insert into flowella.migrations (name) values ($1)', [name]);
      await client.query('commit');
    } catch (err) {
      await client.query('rollback');
      throw new AppError('migration_failed', {
        status: 500,
        message: `Migration ${name} failed and was rolled back: ${err instanceof Error ? err.message : String(err)}`,
        cause: err,
      });
    }
    applied.push(name);
  }
  return applied;
}

async function migrationFiles(): Promise<string[]> {
  return (await readdir(MIGRATIONS_DIR)).filter((name) => name.endsWith('.sql')).sort();
}

async function migrateJobs(client: pg.Client, ownerUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: JOB_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
  });
  boss.on('error', () => {});
  await boss.start();
  for (const queue of JOB_QUEUES) {
    if (!(await boss.getQueue(queue.name))) await boss.createQueue(queue.name, queue);
  }
  const addJobs = await insertStatement(boss, DELIVERY_QUEUE);
  await boss.stop({ graceful: false });
  await keepAsFunction(client, addJobs);
}

/** The statement with which this version of pg-boss adds jobs to a queue; $1 are the jobs as JSON text. */
async function insertStatement(boss: PgBoss, queue: string): Promise<string> {
  let statement = '';
  const executeSql = (text: string): Promise<{ rows: [] }> => {
    statement = text;
    return Promise.resolve({ rows: [] });
  };
  await boss.insert(queue, [{}], { db: { executeSql } });
  return statement;
}

/** As the caller, and planned once for each connection: an acceptance adds its jobs without a round trip of their own (migration 160). */
async function keepAsFunction(client: pg.Client, statement: string): Promise<void> {
  await client.query(`
    create or replace function flowella.add_wake_ups(p_jobs text) returns setof uuid
    language plpgsql set search_path = pg_catalog, pg_temp as $add_wake_ups$
    begin
      return query ${statement};
    end $add_wake_ups$;
    revoke all on function flowella.add_wake_ups(text) from public;
    grant execute on function flowella.add_wake_ups(text) to flowella_app`);
}

/** The app's role works the queue; default privileges keep later upgrades of pg-boss working. */
async function grantJobs(client: pg.Client): Promise<void> {
  await client.query(`grant usage on schema ${JOB_SCHEMA} to flowella_app`);
  for (const things of ['tables', 'sequences', 'functions']) {
    await client.query(`grant all on all ${things} in schema ${JOB_SCHEMA} to flowella_app`);
    await client.query(`alter default privileges in schema ${JOB_SCHEMA} grant all on ${things} to flowella_app`);
  }
}
