import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { recordConsent } from '../../server/whatsapp/consents.ts';
import { linkContact, meetPerson } from '../../server/whatsapp/persons.ts';
import { writeConsents } from '../../server/whatsapp/write-consents.ts';
import { CONTACT_ID, startPortal } from '../destinations/support/hubspot-portal.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
let portal: Awaited<ReturnType<typeof startPortal>>;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  portal = await startPortal(t);
});
afterEach(() => portal.close());

const PHONE = '+4915123456789';
const services = () => ({
  db: t.db,
  clock: portal.context.clock,
  log: pino({ level: 'silent' }),
  hubspot: portal.context.hubspot,
});

async function meet(contactId: string | null): Promise<void> {
  const { portalId } = portal.context;
  const now = portal.context.clock.now();
  await withPortal(t.db, portalId, async (tx) => {
    const person = await meetPerson(tx, { keys: t.keys }, portalId, {
      phone: PHONE,
      portfolioId: 'p',
      phoneSource: 'crm',
      at: now,
    });
    if (person && contactId) await linkContact(tx, portalId, { personId: person.personId, contactId, now });
  });
}

async function say(state: 'opted_in' | 'opted_out', at: Date): Promise<void> {
  const { portalId } = portal.context;
  await withPortal(t.db, portalId, (tx) =>
    recordConsent(tx, { keys: t.keys }, portalId, { who: { phone: PHONE }, state, source: 'stop-word', at }),
  );
}

test('an opt-out stands on the contact with time and source, and is written once', async () => {
  await meet(CONTACT_ID);
  await say('opted_out', new Date('2026-11-23T09:00:00.000Z'));
  expect(await writeConsents(services(), portal.context.portalId)).toBe(1);
  expect((await portal.contact(CONTACT_ID)).properties).toMatchObject({
    flowella_whatsapp_consent: 'opted_out',
    flowella_whatsapp_consent_source: 'stop-word',
    flowella_whatsapp_consent_at: '2026-11-23T09:00:00.000Z',
  });
  expect(await writeConsents(services(), portal.context.portalId)).toBe(0);
});

test('a newer word replaces the older one on the contact', async () => {
  await meet(CONTACT_ID);
  await say('opted_out', new Date('2026-11-23T09:00:00.000Z'));
  await writeConsents(services(), portal.context.portalId);
  await say('opted_in', new Date(portal.context.clock.now().getTime() + 60_000));
  expect(await writeConsents(services(), portal.context.portalId)).toBe(1);
  expect((await portal.contact(CONTACT_ID)).properties).toMatchObject({ flowella_whatsapp_consent: 'opted_in' });
});

test('a person without a contact waits, and a contact that is gone does not block the others', async () => {
  await meet(null);
  await say('opted_out', new Date('2026-11-23T09:00:00.000Z'));
  expect(await writeConsents(services(), portal.context.portalId)).toBe(0);
  await meet('999999');
  expect(await writeConsents(services(), portal.context.portalId)).toBe(1);
  expect(await writeConsents(services(), portal.context.portalId)).toBe(0);
});
