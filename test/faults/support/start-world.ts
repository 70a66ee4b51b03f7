import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../server/db/embedded-postgres.ts';
import { migrate } from '../../../server/db/migrate.ts';
import { freePort } from '../../../server/free-port.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../../server/hubspot/scopes.ts';
import { SANDBOX_PORTAL_A, SANDBOX_PORTALS } from '../../../server/sandbox/hubspot/sandbox-seed.ts';
import { SANDBOX_WABAS } from '../../../server/sandbox/meta/sandbox-seed.ts';
import { seedSandbox } from '../../../server/sandbox/seed-sandbox.ts';
import { startStandIns, type StandIns } from '../../../server/sandbox/start-stand-ins.ts';
import { control, type World } from '../../support/outside.ts';
import { until } from '../../support/until.ts';
import type { ServeOrder } from '../serve.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

/** The product with its server in a process of its own and a database of its own: both can be killed. */
export type MortalWorld = World & {
  flowId: string;
  accountId: string;
  appSecret: string;
  wabaId: string;
  /** An access token to look around HubSpot with. */
  hubspotToken: string;
  hubspotApiUrl: string;
  /** The process the server runs in now. */
  serverPid(): number;
  /** kill -9, at whatever it is doing, and a new start. */
  killServer(): Promise<void>;
  /** kill -9 of the postmaster, and a new start. */
  killDatabase(): Promise<void>;
  /** Both vendors and a newly started server are this far ahead: leases, back-offs and listing delays are over. */
  restartLater(offsetMs: number): Promise<void>;
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** What the server's processes wrote to their terminals. */
  output(): string;
  close(): Promise<void>;
};

const READY_DEADLINE_MS = 30_000;
const ROOT = path.resolve(import.meta.dirname, '../../..');

export async function startWorld(): Promise<MortalWorld> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-faults-'));
  await chmod(dir, 0o755);
  const secrets = {
    databasePassword: randomBytes(12).toString('base64url'),
    hubspotClientSecret: randomBytes(18).toString('hex'),
    metaAppSecret: randomBytes(16).toString('hex'),
    metaToken: `EAAG${randomBytes(48).toString('base64url')}`,
  };
  // Durable: what was committed must survive the kill, as it does in production.
  const startPostgres = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dir: path.join(dir, 'pg'), durable: true });
  let postgres = await startPostgres();
  const ownerUrl = await makeDatabase(postgres, secrets.databasePassword);
  const port = await freePort();
  const serverUrl = `http://127.0.0.1:${port}`;
  const standIns = await startStandIns({
    dataDir: dir,
    pagesDir: path.join(ROOT, '.data', 'pages'),
    ports: { page: 0, meta: 0, hubspot: 0, hubspotForms: 0 },
    serverUrl,
    secrets,
    requiredScopes: [...REQUIRED_SCOPES],
    optionalScopes: [...OPTIONAL_SCOPES],
  });
  const order: ServeOrder = {
    config: {
      mode: 'sandbox',
      publicUrl: serverUrl,
      host: '127.0.0.1',
      port,
      logLevel: 'error',
      databaseUrl: postgres.urlFor({ user: 'flowella_app', password: secrets.databasePassword, database: 'flowella' }),
      databasePool: 10,
      masterKeys: [{ id: 'k1', base64: randomBytes(32).toString('base64') }],
      keyRotationDays: 90,
      hubspot: standIns.hubspotConfig,
      meta: standIns.metaConfig,
      pagesDir: path.join(ROOT, '.data', 'pages'),
    },
    clockOffsetMs: 0,
  };
  const lines: string[] = [];
  const start = (): Promise<ServerProcess> => startServerProcess(path.join(dir, 'order.json'), order, lines);
  let server = await start();
  const sample = await seedSandbox({ serverUrl, standIns, secrets }).catch((err: unknown) => {
    throw new Error(`The world could not be made. The server said:\n${lines.join('').slice(-3_000)}`, { cause: err });
  });
  return {
    ...(await factsOf(standIns)),
    serverUrl,
    flowId: sample.flowId,
    accountId: sample.flowEndpointUrl.split('/').at(-1) ?? '',
    appSecret: secrets.metaAppSecret,
    serverPid: () => server.pid,
    output: () => lines.join(''),
    async killServer() {
      await server.kill();
      server = await start();
    },
    async killDatabase() {
      const pid = Number((await readFile(path.join(postgres.dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      // Until the last backend has noticed, a new postmaster refuses the old one's shared memory.
      await until(
        () =>
          startPostgres().then(
            (started) => (postgres = started) !== null,
            () => false,
          ),
        READY_DEADLINE_MS,
      );
    },
    async restartLater(offsetMs) {
      await server.kill();
      order.clockOffsetMs = offsetMs;
      const { metaUrl, hubspotUrl } = { metaUrl: standIns.meta.url, hubspotUrl: standIns.hubspot.apiUrl };
      for (const url of [metaUrl, hubspotUrl]) await control(`${url}/_standin/clock`, { offsetMs });
      server = await start();
    },
    query: (text, values) => queryOnce(ownerUrl, text, values),
    async close() {
      await server.kill();
      await standIns.close();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function makeDatabase(postgres: EmbeddedPostgres, appPassword: string): Promise<string> {
  await queryOnce(postgres.adminUrl, 'create database flowella');
  const owner = new URL(postgres.adminUrl);
  owner.pathname = '/flowella';
  await migrate({ ownerUrl: owner.toString(), appPassword });
  return owner.toString();
}

async function factsOf(standIns: StandIns) {
  const [{ wabaId, phoneNumberId }] = SANDBOX_WABAS;
  const portal = SANDBOX_PORTALS.find((one) => one.portalId === SANDBOX_PORTAL_A);
  const { hubspot } = await standIns.describe();
  return {
    metaControlUrl: `${standIns.meta.url}/_standin`,
    hubspotControlUrl: `${standIns.hubspot.apiUrl}/_standin`,
    hubspotApiUrl: standIns.hubspot.apiUrl,
    hubspotToken: String('accessToken' in hubspot ? hubspot.accessToken : ''),
    wabaId,
    phoneNumberId,
    portalId: SANDBOX_PORTAL_A,
    userId: portal?.users[0]?.userId ?? 0,
  };
}

export async function queryOnce<Row>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
