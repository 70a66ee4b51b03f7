import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import type { Config } from '../../../server/config.ts';
import { openDb, type Db } from '../../../server/db/db.ts';
import { startEmbeddedPostgres } from '../../../server/db/embedded-postgres.ts';
import { migrate } from '../../../server/db/migrate.ts';
import { PortalKeys } from '../../../server/keys/portal-keys.ts';
import type { MasterKey } from '../../../server/keys/vault.ts';
import { postgresCpuMs } from './processor-time.ts';

/** A migrated database of this run's own, with durable commits as in production, and a way to fill it. */
export type BenchDatabase = {
  appUrl: string;
  ownerUrl: string;
  db: Db;
  keys: PortalKeys;
  keyring: MasterKey[];
  /** Processor time of PostgreSQL so far. */
  cpuMs(): Promise<number>;
  /** What autovacuum does within its first minute: without statistics PostgreSQL may take an index that reads a whole account. */
  analyze(): Promise<void>;
  /** As the owner, who sees every account. */
  rows(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** As the owner, without looking foreign keys up: for rows by the million. */
  bulk(text: string, values: unknown[]): Promise<void>;
  close(): Promise<void>;
};

export async function startDatabase(): Promise<BenchDatabase> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-bench-'));
  await chmod(dir, 0o755);
  const postgres = await startEmbeddedPostgres({ dir: path.join(dir, 'pg'), durable: true });
  const password = randomBytes(12).toString('base64url');
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query('create database flowella');
  await admin.end();
  const ownerUrl = postgres.adminUrl.replace(/\/postgres$/, '/flowella');
  await migrate({ ownerUrl, appPassword: password });
  const appUrl = postgres.urlFor({ user: 'flowella_app', password, database: 'flowella' });
  const { db, close } = openDb({ connectionString: appUrl, max: 3, applicationName: 'bench', onError: () => {} });
  const keyring: MasterKey[] = [{ id: 'k1', key: randomBytes(32) }];
  return {
    appUrl,
    ownerUrl,
    db,
    keyring,
    keys: new PortalKeys(db, keyring),
    cpuMs: () => postgresCpuMs(postgres.dataDir),
    analyze: async () => void (await asOwner(ownerUrl, 'analyze')),
    rows: (text, values = []) => asOwner(ownerUrl, text, values),
    bulk: async (text, values) => void (await asOwner(ownerUrl, text, values, '-c session_replication_role=replica')),
    async close() {
      await close();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function asOwner(
  ownerUrl: string,
  text: string,
  values: unknown[] = [],
  options = '',
): Promise<Record<string, unknown>[]> {
  const owner = new pg.Client({ connectionString: ownerUrl, options: `-c search_path=flowella,public ${options}` });
  await owner.connect();
  try {
    return (await owner.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await owner.end();
  }
}

/** What HubSpot would call; requests are signed over it. */
export const PUBLIC_URL = 'https://api.flowella.test';

const figuresSchema = z.object({
  rssMb: z.number(),
  cpuMs: z.number(),
  loopP99Ms: z.number(),
  loopMaxMs: z.number(),
});
export type Figures = z.output<typeof figuresSchema>;

export type ServerProcess = {
  url: string;
  clientSecret: string;
  /** Of the time since the last call: memory, processor time, event-loop delay. */
  figures(): Promise<Figures>;
  /** False from the moment it is told to end. */
  isListening(): boolean;
  /** kill -9, at whatever it is doing. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

/** `runServer` in a process of its own, in sandbox mode: the only difference is that loopback has no rate limit. */
export async function startServer(
  database: BenchDatabase,
  options: { background?: boolean; hubspot?: Config['hubspot'] } = {},
): Promise<ServerProcess> {
  const child = fork(path.join(import.meta.dirname, 'serve.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = (order: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null): void => reject(new Error(`The server ended with ${code}`));
      child.once('exit', gone);
      child.once('message', (answer) => {
        child.off('exit', gone);
        resolve(answer);
      });
      child.send(order);
    });
  const clientSecret = randomBytes(16).toString('hex');
  const { address } = z.object({ address: z.string() }).parse(
    await ask({
      kind: 'start',
      background: options.background ?? false,
      masterKey: database.keyring[0]?.key.toString('base64'),
      config: {
        ...serverConfig(database.appUrl, clientSecret),
        ...(options.hubspot ? { hubspot: options.hubspot } : {}),
      },
    }),
  );
  let isListening = true;
  return {
    url: address,
    clientSecret,
    isListening: () => isListening,
    async kill() {
      isListening = false;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
    figures: async () => figuresSchema.parse(await ask({ kind: 'figures' })),
    async close() {
      isListening = false;
      if (child.exitCode === null && child.signalCode === null) await ask({ kind: 'close' });
    },
  };
}

function serverConfig(databaseUrl: string, clientSecret: string): Omit<Config, 'masterKeys'> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    mode: 'sandbox',
    publicUrl: PUBLIC_URL,
    host: '127.0.0.1',
    port: 0,
    logLevel: 'error',
    databaseUrl,
    keyRotationDays: null,
    databasePool: 10,
    pagesDir: path.resolve(import.meta.dirname, '../../../.data/pages'),
    hubspot: {
      appId: '1',
      clientId: 'c',
      clientSecret,
      apiUrl: nowhere,
      formsUrl: nowhere,
      appUrl: nowhere,
    },
    meta: { graphUrl: nowhere, graphVersion: 'v23.0' },
  };
}
