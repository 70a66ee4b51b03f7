import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../server/app.ts';
import { systemClock } from '../../server/clock.ts';
import { createLimits } from '../../server/limits.ts';
import type { Services } from '../../server/services.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

/** The server as production composes it; what the routes under test never touch is absent. */
function production(): ReturnType<typeof buildApp> {
  return buildApp({
    config: {
      mode: 'production',
      publicUrl: 'https://api.flowella.test',
      masterKeys: t.keyring,
      keyRotationDays: 90,
      pagesDir: '/nonexistent',
      hubspot: { appId: '1', clientId: 'c', clientSecret: 's'.repeat(36), apiUrl: '', formsUrl: '', appUrl: '' },
    },
    log: pino({ level: 'silent' }),
    clock: systemClock,
    db: t.db,
    keys: t.keys,
    keyring: t.keyring,
    limits: createLimits(),
  } as unknown as Services);
}

test('whoever scans for addresses is stopped after sixty a minute', async () => {
  const app = await production();
  const statuses: number[] = [];
  for (let n = 0; n < 70; n += 1)
    statuses.push((await app.inject({ url: `/scan/${n}`, remoteAddress: '203.0.113.7' })).statusCode);
  expect(statuses.filter((status) => status === 404)).toHaveLength(60);
  const refused = await app.inject({ url: '/scan/x', remoteAddress: '203.0.113.7' });
  expect([refused.statusCode, refused.json().error.code]).toEqual([429, 'too_many_requests']);
  const neighbour = await app.inject({ url: '/scan/x', remoteAddress: '203.0.113.8' });
  expect(neighbour.statusCode).toBe(404);
  await app.close();
});

test('a stranger who invents an X-Forwarded-For for every call is still one stranger', async () => {
  const app = await production();
  for (let n = 0; n < 60; n += 1)
    await app.inject({ url: '/scan', remoteAddress: '203.0.113.7', headers: { 'x-forwarded-for': `198.51.100.${n}` } });
  const answer = await app.inject({
    url: '/scan',
    remoteAddress: '203.0.113.7',
    headers: { 'x-forwarded-for': '198.51.100.200' },
  });
  expect(answer.statusCode).toBe(429);
  await app.close();
});

test('behind a proxy in a private network each client counts for itself, and what a client puts in front is not believed', async () => {
  const app = await production();
  const from = (forwarded: string): Promise<{ statusCode: number }> =>
    app.inject({ url: '/scan', remoteAddress: '10.0.0.2', headers: { 'x-forwarded-for': forwarded } });
  for (let n = 0; n < 60; n += 1) await from(`192.0.2.${n}, 203.0.113.7`);
  expect((await from('192.0.2.200, 203.0.113.7')).statusCode).toBe(429);
  expect((await from('203.0.113.9')).statusCode).toBe(404);
  await app.close();
});

test('whoever hammers the address of identity vendors is stopped after six hundred a minute', async () => {
  const app = await production();
  const statuses: number[] = [];
  for (let n = 0; n < 610; n += 1) {
    const url = '/identity/ids_00000000000000000000';
    statuses.push((await app.inject({ method: 'POST', url, payload: '{}', remoteAddress: '203.0.113.7' })).statusCode);
  }
  expect(statuses.filter((status) => status === 404)).toHaveLength(600);
  expect(statuses.slice(600)).toEqual(Array.from({ length: 10 }, () => 429));
  await app.close();
});

test('production serves pages to be framed by HubSpot alone, and cookies over https alone', async () => {
  const app = await production();
  const start = await app.inject({ url: '/oauth/start', remoteAddress: '203.0.113.20' });
  expect(start.headers['set-cookie']).toMatch(/HttpOnly; Secure; SameSite=Lax/);
  expect(start.headers['set-cookie']).toMatch(/^__Host-flowella_oauth=.*Path=\/;/);
  const over = await app.inject({ url: '/preview/none', remoteAddress: '203.0.113.20' });
  expect(over.statusCode).toBe(410);
  expect(over.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(over.headers['referrer-policy']).toBe('no-referrer');
  await app.close();
});
