import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../server/db/embedded-postgres.ts';
import { migrate } from '../../server/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { adminUrl: string; appPassword: string };
  }
}

/** One throw-away cluster for the whole run, with one migrated template database that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // As `preflight.mjs` has it: commands that tests start by the dozen compile their code once.
  process.env.NODE_COMPILE_CACHE ??= path.resolve(import.meta.dirname, '../../node_modules/.cache/node');
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-test-'));
  const postgres = await startEmbeddedPostgres({ dir, durable: false, maxConnections: 200 });
  const appPassword = randomBytes(12).toString('base64url');
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query('create database flowella_template');
  await migrate({ ownerUrl: withDatabase(postgres.adminUrl, 'flowella_template'), appPassword });
  await admin.query(`alter database flowella_template with allow_connections false is_template true`);
  await admin.end();
  project.provide('postgres', { adminUrl: postgres.adminUrl, appPassword });
  return async () => {
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  };
}

function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.toString();
}
