import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { addHubSpotSignature } from '../../server/hubspot/signature-plugin.ts';
import { createLimits } from '../../server/limits.ts';
import { signV2, signV3 } from '../../server/hubspot/verify-request.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const clientSecret = 'a-client-secret';
const publicUrl = 'https://api.example.com';
const now = new Date('2026-11-23T12:00:00Z');

let database: TestDatabase;
let app: FastifyInstance;
let portalId: number;

beforeAll(async () => {
  database = await testDatabase();
  portalId = await database.addPortal();
  app = fastify();
  await app.register(async (scope) => {
    addHubSpotSignature(scope, {
      clientSecret,
      publicUrl,
      db: database.db,
      clock: { now: () => now },
      limits: createLimits(),
    });
    scope.get('/api/who', async (request) => request.hubspot);
    scope.post('/api/echo', async (request) => ({ body: request.body, portalId: request.hubspot.portalId }));
  });
  app.get('/open', async () => ({ ok: true }));
});
afterAll(async () => {
  await app.close();
  await database.close();
});

function call(options: { method?: 'GET' | 'POST'; path: string; body?: string; headers?: Record<string, string> }) {
  const method = options.method ?? 'GET';
  const timestamp = String(now.getTime());
  const body = Buffer.from(options.body ?? '');
  const signature = signV3(clientSecret, { method, url: `${publicUrl}${options.path}`, body, timestamp });
  return app.inject({
    method,
    url: options.path,
    payload: options.body,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      'x-hubspot-signature-v3': signature,
      'x-hubspot-request-timestamp': timestamp,
      ...options.headers,
    },
  });
}

describe('a guarded route', () => {
  test('knows portal and user from the signed address, whatever host the proxy shows', async () => {
    const response = await call({
      path: `/api/who?userId=7&portalId=${portalId}&userEmail=rep%40acme.com&appId=9`,
      headers: { host: 'internal:8080' },
    });
    expect(response.json()).toEqual({ portalId, userId: 7, userEmail: 'rep@acme.com', appId: 9 });
  });

  test('gets the body as it was signed, byte for byte', async () => {
    const response = await call({ method: 'POST', path: `/api/echo?portalId=${portalId}`, body: '{ "a" : "ü" }' });
    expect(response.json()).toEqual({ body: { a: 'ü' }, portalId });
  });

  test('refuses an unsigned call with 401 and no detail', async () => {
    const response = await app.inject({ url: `/api/who?portalId=${portalId}` });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({
      error: {
        code: 'signature_invalid',
        message: 'This call is not signed by HubSpot.',
        requestId: expect.any(String),
      },
    });
  });

  test('refuses a signed call whose portal was changed on the way', async () => {
    const response = await call({ path: `/api/who?portalId=${portalId}` });
    expect(response.statusCode).toBe(200);
    const forged = await app.inject({
      url: '/api/who?portalId=999',
      headers: { 'x-hubspot-signature-v3': 'x', 'x-hubspot-request-timestamp': String(now.getTime()) },
    });
    expect(forged.statusCode).toBe(401);
  });

  test('does not parse a body before the signature is right', async () => {
    const response = await app.inject({
      method: 'POST',
      url: `/api/echo?portalId=${portalId}`,
      payload: '{broken',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.statusCode).toBe(401);
  });

  test('answers a signed body that is no JSON with 400', async () => {
    const response = await call({ method: 'POST', path: `/api/echo?portalId=${portalId}`, body: '{broken' });
    expect(response.statusCode).toBe(400);
    expect(response.json().error.code).toBe('malformed_json');
  });

  test('does not read a body larger than HubSpot sends', async () => {
    const response = await call({
      method: 'POST',
      path: `/api/echo?portalId=${portalId}`,
      body: 'x'.repeat(1_048_577),
    });
    expect(response.statusCode).toBe(413);
  });

  test('refuses version 2 where it was not asked for', async () => {
    const path = `/api/who?portalId=${portalId}`;
    const response = await app.inject({
      url: path,
      headers: {
        'x-hubspot-signature': signV2(clientSecret, { method: 'GET', url: publicUrl + path, body: Buffer.alloc(0) }),
        'x-hubspot-signature-version': 'v2',
      },
    });
    expect(response.statusCode).toBe(401);
  });

  test('refuses a portal that never installed the app, in the language of the card', async () => {
    const response = await call({ path: '/api/who?portalId=77&locale=de-DE' });
    expect(response.statusCode).toBe(403);
    expect(response.json().error).toMatchObject({
      code: 'portal_not_connected',
      message: expect.stringContaining('erneut installieren'),
    });
  });

  test('refuses a portal that uninstalled the app', async () => {
    const gone = await database.addPortal();
    await withPortal(database.db, gone, (tx) => tx.updateTable('portals').set({ state: 'disconnected' }).execute());
    const response = await call({ path: `/api/who?portalId=${gone}`, headers: { 'accept-language': 'fr, de;q=0.5' } });
    expect(response.statusCode).toBe(403);
    expect(response.json().error.message).toContain('Super-Admin');
  });

  test('leaves routes outside its scope alone', async () => {
    expect((await app.inject({ url: '/open' })).json()).toEqual({ ok: true });
  });
});
