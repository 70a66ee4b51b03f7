import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { signRequest } from '../../../server/sandbox/hubspot/control/sign-request.ts';
import { SANDBOX_PORTALS, SANDBOX_PORTAL_A } from '../../../server/sandbox/hubspot/sandbox-seed.ts';
import { startHubSpotStandIn } from '../../../server/sandbox/hubspot/start-hubspot-stand-in.ts';
import { until } from '../../support/until.ts';
import { APP, ENTERPRISE, SEED, testStandIn, type TestStandIn } from './support.ts';

type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
let hubspot: TestStandIn;
let backend: Server;
let received: Received[];
let answers: { status: number; body: string }[];
let origin: string;

beforeEach(async () => {
  received = [];
  answers = [];
  backend = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const { status, body } = answers.shift() ?? { status: 200, body: '{"ok":true}' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  hubspot = await testStandIn(
    {},
    {
      ...SEED,
      apps: [{ ...APP, permittedUrls: [origin, 'http://localhost/api'], webhookUrl: `${origin}/webhooks/hubspot` }],
    },
  );
});
afterEach(async () => {
  await hubspot.close();
  backend.close();
  backend.closeAllConnections();
});

const cardFetch = (input: Record<string, unknown>) =>
  hubspot.control('POST', `/portals/${ENTERPRISE}/fetch`, { userId: 1, method: 'GET', ...input });

test('the signature is that of the published vectors, and decodes what the rule names', () => {
  const clientSecret = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy';
  const body = "{'example_field':'example_value'}";
  const sign = (method: string, url: string, text: string, timestamp: number) =>
    signRequest(clientSecret, { method, url, body: text, timestamp })['x-hubspot-signature-v3'];
  expect(sign('POST', 'https://www.example.com/webhook_uri', body, 15_000_000)).toBe(
    'HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=',
  );
  expect(sign('POST', 'https://www.example.com/webhook_uri', body, 1_693_657_560_000)).toBe(
    'K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=',
  );
  expect(
    sign(
      'GET',
      'https://api.example.com/api/flows?userId=7&portalId=123&userEmail=a%40b.com&appId=9',
      '',
      1_790_000_000_000,
    ),
  ).toBe('JTUEVIVBEiPrEg5O0P+xtPAfyrVEAfqIw2/0c7Dbw+g=');
});

test("a card's call reaches the app with the caller in the query, signed over the exact bytes", async () => {
  const answer = await cardFetch({
    method: 'POST',
    url: `${origin}/api/send?flow=f%201`,
    body: { contact: 'Zoë' },
    headers: { Authorization: 'Bearer x' },
  });
  expect(answer).toMatchObject({ status: 200, body: '{"ok":true}' });
  const [call] = received;
  expect(call?.url).toBe(`/api/send?flow=f%201&userId=1&portalId=${ENTERPRISE}&userEmail=user1%40portal.test&appId=7`);
  const timestamp = call?.headers['x-hubspot-request-timestamp'];
  const uri = `${origin}${call?.url}`.replace('%40', '@');
  expect(call?.headers['x-hubspot-signature-v3']).toBe(
    createHmac('sha256', APP.clientSecret).update(`POST${uri}${call?.body}${timestamp}`).digest('base64'),
  );
  expect(call?.body).toBe('{"contact":"Zoë"}');
});

test("a card's call is refused for other addresses, other headers, other people and large bodies", async () => {
  expect(await cardFetch({ url: 'https://elsewhere.test/x' })).toMatchObject({ status: 400 });
  expect(await cardFetch({ url: 'http://localhost/apis' })).toMatchObject({
    status: 400,
    body: expect.stringContaining('permittedUrls'),
  });
  expect(await cardFetch({ url: `${origin}/x`, headers: { 'X-Custom': '1' } })).toMatchObject({ status: 400 });
  expect(await cardFetch({ url: `${origin}/x`, userId: 3 })).toMatchObject({ status: 403 });
  expect(await cardFetch({ url: `${origin}/x`, method: 'POST', body: { text: 'x'.repeat(1_000_001) } })).toMatchObject({
    status: 413,
  });
  expect(received).toEqual([]);
});

test("a card's call is repeated once on a 5xx, and once when its answer is lost", async () => {
  answers = [{ status: 503, body: '{}' }];
  expect(await cardFetch({ url: `${origin}/x` })).toMatchObject({ status: 200 });
  expect(received).toHaveLength(2);
  answers = [
    { status: 500, body: '{}' },
    { status: 500, body: '{"second":1}' },
  ];
  expect(await cardFetch({ url: `${origin}/x` })).toMatchObject({ status: 500, body: '{"second":1}' });
  await hubspot.control('POST', '/faults', { route: 'FETCH POST /api/send', kind: 'timeout-after-success' });
  received = [];
  expect(await cardFetch({ url: `${origin}/api/send`, method: 'POST', body: {} })).toMatchObject({ status: 200 });
  expect(received).toHaveLength(2);
});

test('a fault asked for hits the named route that many times and no more', async () => {
  const patch = () =>
    hubspot.call('PATCH', '/crm/objects/2026-09/contacts/11', { properties: { firstname: 'Changed' } });
  const name = async () => (await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts/11`)).properties.firstname;
  await hubspot.control('POST', '/faults', { route: 'PATCH /crm/objects', kind: '500', times: 1 });
  await hubspot.control('POST', '/faults', { route: 'PATCH /crm/objects', kind: '429', retryAfterMs: 2_000 });
  await hubspot.control('POST', '/faults', { route: 'PATCH /crm/objects', kind: 'drop' });
  expect((await patch()).status).toBe(500);
  const limited = await patch();
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '2']);
  await expect(patch()).rejects.toThrow();
  expect(await name()).toBe('Ada');
  await hubspot.control('POST', '/faults', { route: 'PATCH /crm/objects', kind: 'timeout-after-success' });
  await expect(patch()).rejects.toThrow();
  expect(await name()).toBe('Changed');
  expect((await patch()).status).toBe(200);
});

test('the journal keeps requests and answers, and no secret', async () => {
  await hubspot.call('GET', '/crm/objects/2026-09/contacts/11?properties=firstname');
  const { entries } = await hubspot.control('GET', '/journal?since=0');
  expect(entries).toMatchObject([
    {
      host: 'api',
      method: 'GET',
      path: '/crm/objects/2026-09/contacts/11',
      query: { properties: ['firstname'] },
      status: 200,
      answer: { id: '11' },
    },
  ]);
  expect(JSON.stringify(entries)).not.toContain(hubspot.tokens[ENTERPRISE]?.accessToken);
});

test('erasing a contact tells the installed app by a signed webhook, tried again until it is taken', async () => {
  answers = [{ status: 500, body: '' }];
  await hubspot.control('POST', `/portals/${ENTERPRISE}/erase-contact`, { contactId: '11' });
  await until(() => received.length === 1);
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject([
    { subscriptionType: 'contact.privacyDeletion', portalId: ENTERPRISE, objectId: 11, attemptNumber: 0 },
  ]);
  expect(received[0]?.headers['x-hubspot-signature-v3']).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  await until(async () => {
    await hubspot.control('POST', '/clock', { offsetMs: 61_000 });
    return received.length === 2;
  });
  expect(JSON.parse(received[1]?.body ?? '')[0].attemptNumber).toBe(1);
  expect((await hubspot.call('GET', '/crm/objects/2026-09/contacts/11')).status).toBe(404);
});

test('pages on this machine may read the control surface, others may not', async () => {
  const allowed = async (from: string) =>
    (await fetch(`${hubspot.apiUrl}/_standin/portals`, { headers: { origin: from } })).headers.get(
      'access-control-allow-origin',
    );
  expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
  expect(await allowed('https://evil.test')).toBeNull();
  const preflight = await fetch(`${hubspot.apiUrl}/_standin/portals/1/fetch`, {
    method: 'OPTIONS',
    headers: { origin: 'http://127.0.0.1:1' },
  });
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
    204,
    'GET, POST, PATCH, DELETE',
  ]);
});

test('an uninstalled account is closed to all its tokens', async () => {
  await hubspot.control('POST', `/portals/${ENTERPRISE}/uninstall`, {});
  expect((await hubspot.call('GET', '/crm/objects/2026-09/contacts')).status).toBe(401);
});

test('seeding again brings nothing back and changes nothing', async () => {
  await hubspot.call('DELETE', '/crm/objects/2026-09/contacts/12');
  await hubspot.call('PATCH', '/crm/objects/2026-09/contacts/11', { properties: { firstname: 'Changed' } });
  hubspot.seed(SEED);
  const { contacts } = await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts`);
  expect(contacts).toMatchObject([{ id: '11', properties: { firstname: 'Changed' } }]);
});

test('the seed of the sandbox is accepted by its own rules and its forms take a submission', async () => {
  const sandbox = await testStandIn({}, { apps: [APP], portals: SANDBOX_PORTALS });
  const { contacts } = await sandbox.control('GET', `/portals/${SANDBOX_PORTAL_A}/contacts`);
  expect(contacts).toHaveLength(6);
  const forms = await sandbox.call('GET', '/marketing/v3/forms', undefined, { portalId: SANDBOX_PORTAL_A });
  expect(forms.body.results).toHaveLength(5);
  const event = forms.body.results.find((one: { name: string }) => one.name.startsWith('Anmeldung'));
  const fields = Object.entries({
    firstname: 'Zoë',
    lastname: 'Brandt',
    email: 'zoe@brandt.test',
    event_participation: 'ja',
    event_guests: '1',
    event_guest_names: 'Ole',
    event_diet: 'vegan',
    event_workshops: 'formulare',
  });
  const sent = await sandbox.call(
    'POST',
    `/submissions/v3/integration/secure/submit/${SANDBOX_PORTAL_A}/${event.id}`,
    {
      fields: fields.map(([name, value]) => ({ objectTypeId: '0-1', name, value })),
      legalConsentOptions: {
        legitimateInterest: { value: true, subscriptionTypeId: 23_704_465, legalBasis: 'LEAD', text: 'x' },
      },
    },
    { forms: true, portalId: SANDBOX_PORTAL_A },
  );
  expect(sent.status).toBe(200);
  sandbox.advance(300);
  const contact = await sandbox.call(
    'GET',
    '/crm/objects/2026-09/contacts/zoe@brandt.test?idProperty=email&properties=event_guests,event_workshops',
    undefined,
    { portalId: SANDBOX_PORTAL_A },
  );
  expect(contact.body.properties).toMatchObject({ event_guests: '1', event_workshops: 'formulare' });
  await sandbox.close();
});

test('what was acknowledged survives a kill -9, and an accepted submission is still processed after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubspot-stand-in-'));
  const databaseFile = join(folder, 'hubspot.db');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
    env: { ...process.env, DATABASE_FILE: databaseFile, SEED: JSON.stringify(SEED) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { apiUrl, formsUrl, token } = JSON.parse(
    await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))),
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const created = await fetch(`${apiUrl}/crm/objects/2026-09/contacts`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ properties: { email: 'kept@person.test' } }),
  });
  const submitted = await fetch(`${formsUrl}/submissions/v3/integration/secure/submit/${ENTERPRISE}/f-contact`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ fields: [{ name: 'email', value: 'later@person.test' }] }),
  });
  expect([created.status, submitted.status]).toEqual([201, 200]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  const again = await startHubSpotStandIn({
    apiPort: 0,
    formsPort: 0,
    databaseFile,
    lags: { submissionProcessingMs: 0 },
  });
  const status = async (email: string) =>
    (await fetch(`${again.apiUrl}/crm/objects/2026-09/contacts/${email}?idProperty=email`, { headers })).status;
  expect(await status('kept@person.test')).toBe(200);
  await until(async () => (await status('later@person.test')) === 200);
  await again.close();
  rmSync(folder, { recursive: true });
});

const CHILD = `
  const { startHubSpotStandIn } = await import(${JSON.stringify(new URL('../../../server/sandbox/hubspot/start-hubspot-stand-in.ts', import.meta.url).href)});
  const standIn = await startHubSpotStandIn({ apiPort: 0, formsPort: 0, databaseFile: process.env.DATABASE_FILE, lags: { submissionProcessingMs: 2000 } });
  standIn.seed(JSON.parse(process.env.SEED));
  const answer = await fetch(standIn.apiUrl + '/_standin/portals/${ENTERPRISE}/install', { method: 'POST' });
  process.stdout.write(JSON.stringify({ apiUrl: standIn.apiUrl, formsUrl: standIn.formsUrl, token: (await answer.json()).accessToken }));
`;
