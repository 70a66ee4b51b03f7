import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../server/db/embedded-postgres.ts';

test(
  'data survives a parent that was killed: the next start attaches to the server it left behind',
  { timeout: 60_000 },
  async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'flowella-orphan-'));
    const script = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(path.resolve('server/db/embedded-postgres.ts'))});
    const { default: pg } = await import('pg');
    const server = await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)}, durable: true });
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    await client.query('create table kept (n int)');
    await client.query('insert into kept values (42)');
    process.stdout.write('ready');
    setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));

    const server = await startEmbeddedPostgres({ dir, durable: true });
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    expect((await client.query('select n from kept')).rows).toEqual([{ n: 42 }]);
    await client.end();
    await server.stop();

    const again = await startEmbeddedPostgres({ dir, durable: true });
    await again.stop();
    await rm(dir, { recursive: true, force: true });
  },
);
