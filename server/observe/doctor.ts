import pg from 'pg';
import { toAppError } from '../app-error.ts';
import { readConfig, type Config } from '../config.ts';
import { pendingMigrations } from '../db/migrate.ts';
import { unwrapDataKey, wrappingKeyId } from '../keys/vault.ts';

export type Finding = { state: 'ok' | 'warning' | 'wrong'; what: string; remedy?: string };

const DEADLINE_MS = 5_000;
const MIN_POSTGRES = 15;
/** Deliveries are safe up to 5 s (docs/failure-modes.md); the query itself takes some of it. */
const MAX_CLOCK_APART_MS = 2_000;

/** Looks at everything a start needs, from the outside in, and names the remedy of each fault. Changes nothing. */
export async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const findings: Finding[] = [nodeVersion()];
  let config: Config;
  try {
    config = readConfig(env);
    findings.push({ state: 'ok', what: 'Every setting is there and well-formed' });
  } catch (err) {
    return [
      ...findings,
      {
        state: 'wrong',
        what: toAppError(err).message,
        remedy: 'Set the variables named above, then run "flowella doctor" again',
      },
    ];
  }
  findings.push(...(await examineDatabase(config)));
  for (const [name, url] of [
    ['HubSpot', config.hubspot.apiUrl],
    ['Meta', config.meta.graphUrl],
    ['Our own public address', `${config.publicUrl}/healthz`],
  ] as const) {
    findings.push(await reachable(name, url));
  }
  return findings;
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { state: 'ok', what: `Node ${process.version}` }
    : {
        state: 'wrong',
        what: `Node ${process.version} is too old`,
        remedy: 'Run "npm install": it brings Node 24, and npm scripts use it',
      };
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  const client = new pg.Client({
    connectionString: config.databaseUrl,
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: DEADLINE_MS,
  });
  try {
    await client.connect();
  } catch (err) {
    return [
      {
        state: 'wrong',
        what: `The database does not answer: ${err instanceof Error ? err.message : String(err)}`,
        remedy: 'Check DATABASE_URL, and that the database runs and lets this machine in',
      },
    ];
  }
  try {
    return [
      await version(client),
      await encryption(client, config),
      await role(client),
      await migrations(client),
      await masterKeys(client, config),
      await connections(client, config),
      await clocks(client),
    ];
  } finally {
    await client.end();
  }
}

async function version(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const found = rows[0]?.server_version ?? '';
  return parseInt(found, 10) >= MIN_POSTGRES
    ? { state: 'ok', what: `PostgreSQL ${found}` }
    : { state: 'wrong', what: `PostgreSQL ${found} is too old`, remedy: `Use PostgreSQL ${MIN_POSTGRES} or newer` };
}

async function encryption(client: pg.Client, config: Config): Promise<Finding> {
  const { rows } = await client.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  return judgeEncryption(config.databaseUrl, rows[0]?.ssl ?? false);
}

/** Answers are sealed before they get there; the role's password, and who was sent what when, are not. */
export function judgeEncryption(databaseUrl: string, isEncrypted: boolean): Finding {
  const host = new URL(databaseUrl).hostname;
  if (isEncrypted) return { state: 'ok', what: 'The connection to the database is encrypted' };
  if (['', 'localhost', '127.0.0.1', '[::1]'].includes(host))
    return { state: 'ok', what: 'The database is on this machine' };
  return {
    state: 'warning',
    what: `The connection to the database at ${host} is not encrypted`,
    remedy:
      'Add sslmode=verify-full to DATABASE_URL, with sslrootcert=FILE where its certificate is not from a public authority, unless only these two machines share the network',
  };
}

/** Leases are counted by each process's own clock: two that are far apart could both deliver one submission. */
async function clocks(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
  const apartMs = Math.abs(Date.now() - (rows[0]?.now.getTime() ?? 0));
  return apartMs <= MAX_CLOCK_APART_MS
    ? { state: 'ok', what: "This machine's clock and the database's agree" }
    : {
        state: 'warning',
        what: `This machine's clock and the database's are ${Math.round(apartMs / 1_000)} s apart`,
        remedy: 'Turn on time synchronisation (NTP) on every machine',
      };
}

async function role(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string; bypass: boolean }>(
    'select current_user as name, rolsuper or rolbypassrls as bypass from pg_roles where rolname = current_user',
  );
  return rows[0]?.bypass
    ? {
        state: 'wrong',
        what: `DATABASE_URL connects as "${rows[0].name}", which can read every customer's rows`,
        remedy: 'Connect as flowella_app ("flowella migrate" makes the role)',
      }
    : { state: 'ok', what: `The server's database role cannot bypass row-level security` };
}

async function migrations(client: pg.Client): Promise<Finding> {
  const missing = await pendingMigrations((sql) => client.query(sql));
  return missing.length === 0
    ? { state: 'ok', what: "The database has this version's schema" }
    : {
        state: 'wrong',
        what: `The database lacks ${missing.join(', ')}`,
        remedy: 'Run "flowella migrate" with DATABASE_OWNER_URL',
      };
}

/** A master key that left the keyring too early, or another one under its id, makes portals unreadable. */
async function masterKeys(client: pg.Client, config: Config): Promise<Finding> {
  const { rows } = await client
    .query<{ portal: string }>('select flowella.portals_with_data_key()::text as portal')
    .catch(() => ({ rows: [] }));
  const unreadable = new Set<string>();
  for (const { portal } of rows) {
    await client.query('begin');
    await client.query("select set_config('app.portal_id', $1, true)", [portal]);
    const found = await client.query<{ data_key_wrapped: Buffer | null }>(
      'select data_key_wrapped from flowella.portals',
    );
    await client.query('commit');
    const wrapped = found.rows[0]?.data_key_wrapped;
    if (wrapped && !opens(config, Number(portal), wrapped)) unreadable.add(wrappingKeyId(wrapped));
  }
  return unreadable.size === 0
    ? { state: 'ok', what: `The keyring opens the data keys of all ${rows.length} portals` }
    : {
        state: 'wrong',
        what: `Portals are wrapped with the master key ${[...unreadable].join(', ')}, which is not in FLOWELLA_MASTER_KEYS, or is another one under that id`,
        remedy: 'Put the right one back into the list, after the active one',
      };
}

function opens({ masterKeys: keyring }: Config, portalId: number, wrapped: Buffer): boolean {
  try {
    unwrapDataKey(keyring, portalId, wrapped);
    return true;
  } catch {
    return false;
  }
}

async function connections(client: pg.Client, config: Config): Promise<Finding> {
  const { rows } = await client.query<{ max_connections: string }>('show max_connections');
  const max = Number(rows[0]?.max_connections ?? 0);
  const perProcess = config.databasePool + 4;
  return perProcess * 2 < max
    ? {
        state: 'ok',
        what: `${Math.floor(max / perProcess)} server processes fit into the database's ${max} connections`,
      }
    : {
        state: 'warning',
        what: `One process uses ${perProcess} of the database's ${max} connections`,
        remedy: 'Lower DATABASE_POOL or raise max_connections',
      };
}

async function reachable(name: string, url: string): Promise<Finding> {
  try {
    await fetch(url, { method: 'GET', signal: AbortSignal.timeout(DEADLINE_MS), redirect: 'manual' });
    return { state: 'ok', what: `${name} can be reached` };
  } catch (err) {
    return {
      state: 'warning',
      what: `${name} cannot be reached from here (${new URL(url).host}): ${err instanceof Error ? err.message : String(err)}`,
      remedy: "Check this machine's way out (DNS, proxy, firewall)",
    };
  }
}
