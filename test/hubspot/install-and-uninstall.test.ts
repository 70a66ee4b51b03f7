import cookie from '@fastify/cookie';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { listProperties } from '../../server/hubspot/properties.ts';
import { readContact } from '../../server/hubspot/contacts.ts';
import { releaseHeld } from '../../server/delivery/release-held.ts';
import { oauthRoutes } from '../../server/hubspot/oauth-routes.ts';
import { createLog } from '../../server/observe/log.ts';
import { CONTACT_ID, PUBLIC_URL, startPortal, type Portal } from '../destinations/support/hubspot-portal.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let portal: Portal;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
});
afterEach(() => portal.close());

/** Walks the install as a browser would: our start, HubSpot's page, the grant, our callback. */
async function install() {
  const app = fastify();
  await app.register(cookie);
  oauthRoutes(app, {
    config: {
      publicUrl: PUBLIC_URL,
      masterKeys: database.keyring,
      hubspot: {
        appId: '9',
        clientId: 'client',
        clientSecret: 'secret',
        apiUrl: portal.standIn.apiUrl,
        formsUrl: portal.standIn.formsUrl,
        appUrl: portal.standIn.appUrl,
      },
    },
    db: database.db,
    keys: database.keys,
    clock: portal.clock,
    log: createLog({ level: 'silent' }),
    releaseHeld,
  });
  const start = await app.inject({ url: '/oauth/start' });
  const page = await (await fetch(start.headers.location ?? '')).text();
  const inputs = [...page.matchAll(/<input type="(?:hidden|radio)" name="([^"]+)"(?: id="[^"]*")? value="([^"]*)"/g)];
  const form = new URLSearchParams(inputs.map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]));
  const grant = await fetch(`${portal.standIn.appUrl}/oauth/grant`, { method: 'POST', body: form, redirect: 'manual' });
  const back = new URL(grant.headers.get('location') ?? '');
  const response = await app.inject({
    url: back.pathname + back.search,
    cookies: { '__Host-flowella_oauth': start.cookies[0]?.value ?? '' },
  });
  await app.close();
  return response;
}

test("an install through HubSpot's own page connects the account, and its API answers", async () => {
  await portal.control('POST', `/portals/${portal.portalId}/uninstall`, {});
  const response = await install();
  expect(response.statusCode).toBe(200);
  expect(response.body).toContain('is connected');
  expect((await listProperties(portal.client, portal.portalId, 'contacts', 'card')).get('email')).toMatchObject({
    type: 'string',
  });
  const row = await withPortal(database.db, portal.portalId, (tx) =>
    tx.selectFrom('portals').select(['time_zone', 'hub_domain']).executeTakeFirstOrThrow(),
  );
  expect(row).toEqual({ time_zone: 'Europe/Berlin', hub_domain: 'acme.example' });
});

test('an uninstalled account is recognised at the next call, stops, and goes on after it was installed again', async () => {
  const read = () => readContact({ hubspot: portal.client, portalId: portal.portalId, priority: 'card' }, CONTACT_ID);
  expect(await read()).toMatchObject({ displayName: 'Ada', numbers: [{ property: 'phone', value: '+4915112345678' }] });
  await portal.control('POST', `/portals/${portal.portalId}/uninstall`, {});
  await expect(read()).rejects.toMatchObject({ code: 'portal_disconnected' });
  const before = (await portal.calls()).length;
  await expect(read()).rejects.toMatchObject({ code: 'portal_disconnected' });
  expect(await portal.calls()).toHaveLength(before);
  expect((await install()).body).toContain('still there');
  expect(await read()).toMatchObject({ contactId: CONTACT_ID });
});

test('a token that ran out is refreshed, and the call goes through', async () => {
  portal.clock.advance(29 * 60_000);
  const contact = await readContact(
    { hubspot: portal.client, portalId: portal.portalId, priority: 'card' },
    CONTACT_ID,
  );
  expect(contact.emails).toEqual(['ada@acme.test']);
  expect(await portal.calls()).toContain('POST /oauth/2026-09/token');
});
