import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runServer, type RunningServer } from '../server/run-server.ts';
import { testDatabase, type TestDatabase } from './support/database.ts';

let t: TestDatabase;
let server: RunningServer;
beforeAll(async () => {
  t = await testDatabase();
  server = await runServer({
    mode: 'production',
    publicUrl: 'https://api.flowella.test',
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    databaseUrl: t.url,
    databasePool: 4,
    pagesDir: tmpdir(),
    masterKeys: [{ id: 'k1', key: randomBytes(32) }],
    keyRotationDays: 90,
    hubspot: {
      appId: '1',
      clientId: 'c',
      clientSecret: 's',
      apiUrl: 'http://127.0.0.1:9',
      formsUrl: 'http://127.0.0.1:9',
      appUrl: 'https://app.hubspot.com',
    },
    meta: { graphUrl: 'http://127.0.0.1:9', graphVersion: 'v23.0' },
  });
});
afterAll(async () => {
  await server.close();
  await t.close();
});

const get = (path: string) => fetch(`${server.address}${path}`);

test('a configured server is alive, ready and describes its own routes', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect(await (await get('/readyz')).json()).toEqual({ status: 'ready' });
  const described = (await (await get('/api/openapi.json')).json()) as { paths: Record<string, unknown> };
  for (const path of [
    '/flow/{accountId}',
    '/api/setup',
    '/api/contacts/{contactId}/sends',
    '/webhooks/whatsapp/{accountId}',
  ]) {
    expect(Object.keys(described.paths)).toContain(path);
  }
});

test('what is unknown or unsigned is refused in one shape, without details', async () => {
  for (const [path, status] of [
    ['/api/setup', 401],
    ['/nowhere', 404],
  ] as const) {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({
      error: { code: expect.any(String), message: expect.any(String), requestId: expect.any(String) },
    });
  }
});

test('a server whose database lacks a migration refuses to start and says what to run', async () => {
  const { default: pg } = await import('pg');
  const other = await testDatabase();
  const owner = new pg.Client({ connectionString: other.ownerUrl });
  await owner.connect();
  await owner.query("delete from flowella.migrations where name like '002%'");
  await owner.end();
  await expect(runServer({ ...server.config, databaseUrl: other.url })).rejects.toThrow(/002-.*flowella migrate/);
  await other.close();
});
