import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { AppError } from './app-error.ts';
import type { Config } from './config.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './db/embedded-postgres.ts';
import { migrate } from './db/migrate.ts';
import { freePort } from './free-port.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from './hubspot/scopes.ts';
import { runServer } from './run-server.ts';
import { seedSandbox } from './sandbox/seed-sandbox.ts';
import { startStandIns, type StandIns } from './sandbox/start-stand-ins.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PAGES_DIR = path.join(ROOT, '.data', 'pages');
/** Asked for first, so that the address stays the same for most people; another one is taken when it is in use. */
const FIRST_PORT = 8_080;
const MAX_PORT = 65_535;

type Secrets = {
  masterKey: string;
  databasePassword: string;
  hubspotClientSecret: string;
  metaAppSecret: string;
  metaToken: string;
};
type Ports = {
  page: number;
  server: number;
  meta: number;
  hubspot: number;
  hubspotForms: number;
  webhooks: number;
  identity: number;
};

/**
 * Everything without any account: embedded PostgreSQL with migrations, the stand-ins, the server and the page that shows them
 * side by side. State lies in `dataDir`, so a later start goes on where this one stopped. `sandbox.json` is written last, when
 * all is ready, for programs that drive it from outside.
 */
export async function runSandbox(
  options: { dataDir?: string; quiet?: boolean; port?: number | null } = {},
): Promise<{ close(): Promise<void>; pageUrl: string; sandboxFile: string }> {
  const dataDir = options.dataDir ?? path.join(ROOT, '.data');
  const say = (text: string): void => void (options.quiet || process.stdout.write(`${text}\n`));
  await mkdir(dataDir, { recursive: true });
  const unlock = await lock(path.join(dataDir, 'sandbox.lock'));
  const sandboxFile = path.join(dataDir, 'sandbox.json');
  await rm(sandboxFile, { force: true });
  const secrets = await keep<Secrets>(path.join(dataDir, 'secrets.json'), makeSecrets);
  const ports = await choosePorts(path.join(dataDir, 'ports.json'), options.port ?? null);

  const opened: (() => Promise<void>)[] = [unlock];
  const close = async (): Promise<void> => {
    await rm(sandboxFile, { force: true });
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    say('Starting the database …');
    const postgres = await startEmbeddedPostgres({ dir: path.join(dataDir, 'postgres'), durable: true });
    opened.push(() => postgres.stop());
    const databaseUrl = await prepareDatabase(postgres, secrets.databasePassword);
    say('Starting the stand-ins for HubSpot, Meta and the identity vendors …');
    const standIns = await startStandIns({
      dataDir,
      pagesDir: PAGES_DIR,
      ports,
      serverUrl: origin(ports.server),
      secrets,
      requiredScopes: [...REQUIRED_SCOPES],
      optionalScopes: [...OPTIONAL_SCOPES],
    });
    opened.push(() => standIns.close());
    const config = sandboxConfig({
      ports,
      secrets,
      databaseUrl,
      standIns,
      logLevel: options.quiet ? 'silent' : 'warn',
    });
    const server = await runServer(config);
    opened.push(() => server.close());
    say('Preparing the sample account and the page …');
    const [sample, pageUrl] = await Promise.all([
      seedSandbox({ serverUrl: config.publicUrl, standIns, secrets }),
      standIns.startPage(),
    ]);
    const facts = {
      server: { url: config.publicUrl, flowEndpointUrl: sample.flowEndpointUrl, flowId: sample.flowId, pageUrl },
      ...(await standIns.describe()),
    };
    await writeWhole(sandboxFile, JSON.stringify(facts, null, 2), 0o600);
    say(
      `\nFlowella is ready:  ${pageUrl}\n\nStop it with Ctrl-C; what you did is kept in ${path.relative(process.cwd(), dataDir) || dataDir}.`,
    );
    return { pageUrl, sandboxFile, close };
  } catch (err) {
    await close();
    throw err;
  }
}

/** One sandbox per folder: two would share a database and fight over its state. A lock whose process is gone is taken over. */
async function lock(file: string): Promise<() => Promise<void>> {
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (holder && holder !== process.pid && isAlive(holder)) {
    throw new AppError('sandbox_runs', {
      message: `The sandbox is already running here (process ${holder}). Use it, or stop it with Ctrl-C in its window first.`,
    });
  }
  await writeWhole(file, String(process.pid));
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function makeSecrets(): Secrets {
  return {
    masterKey: `k1:${randomBytes(32).toString('base64')}`,
    databasePassword: randomBytes(18).toString('base64url'),
    hubspotClientSecret: randomBytes(18).toString('hex'),
    metaAppSecret: randomBytes(16).toString('hex'),
    metaToken: `EAAG${randomBytes(48).toString('base64url')}`,
  };
}

async function prepareDatabase(postgres: EmbeddedPostgres, password: string): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  const { rowCount } = await admin.query("select 1 from pg_database where datname = 'flowella'");
  if (!rowCount) await admin.query('create database flowella');
  await admin.end();
  const owner = new URL(postgres.adminUrl);
  owner.pathname = '/flowella';
  await migrate({ ownerUrl: owner.toString(), appPassword: password });
  return postgres.urlFor({ user: 'flowella_app', password, database: 'flowella' });
}

function sandboxConfig(o: {
  ports: Ports;
  secrets: Secrets;
  databaseUrl: string;
  standIns: StandIns;
  logLevel: string;
}): Config {
  const [id = '', key = ''] = o.secrets.masterKey.split(':');
  return {
    mode: 'sandbox',
    publicUrl: `http://127.0.0.1:${o.ports.server}`,
    host: '127.0.0.1',
    port: o.ports.server,
    logLevel: o.logLevel,
    databaseUrl: o.databaseUrl,
    databasePool: 10,
    masterKeys: [{ id, key: Buffer.from(key, 'base64') }],
    keyRotationDays: 90,
    hubspot: o.standIns.hubspotConfig,
    meta: o.standIns.metaConfig,
    pagesDir: PAGES_DIR,
    ...(o.standIns.identity ? { identityStandInUrl: o.standIns.identity.url } : {}),
  };
}

const PORT_NAMES = ['page', 'server', 'meta', 'hubspot', 'hubspotForms', 'webhooks', 'identity'] as const;
const origin = (port: number): string => `http://127.0.0.1:${port}`;

/** The page's where one is asked for; else the ports of last time where they are free, so that addresses in the stand-ins' state stay true. */
async function choosePorts(file: string, page: number | null): Promise<Ports> {
  const last = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Partial<Ports>,
    () => ({}) as Partial<Ports>,
  );
  const taken = new Set<number>();
  const ports = {} as Ports;
  for (const [index, name] of PORT_NAMES.entries()) {
    const wanted = (name === 'page' ? page : null) ?? last[name] ?? (page ?? FIRST_PORT) + index;
    ports[name] = await freePort(wanted > MAX_PORT ? undefined : wanted, taken);
    if (name === 'page' && page !== null && ports.page !== page)
      throw new AppError('port_in_use', {
        message: `PORT is ${page}, which something on this machine listens on. Choose another one, or leave PORT out`,
      });
    taken.add(ports[name]);
  }
  await writeWhole(file, JSON.stringify(ports));
  return ports;
}

async function keep<T>(file: string, make: () => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text !== null) return JSON.parse(text) as T; // written by this function only
  const value = make();
  await writeWhole(file, JSON.stringify(value), 0o600);
  return value;
}

/** Whole or not at all: a program that waits for the file never reads half of it. */
async function writeWhole(file: string, text: string, mode = 0o644): Promise<void> {
  await writeFile(`${file}.part`, text, { mode });
  await rename(`${file}.part`, file);
}
