import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstBrokenEntry } from '../../server/audit/audit.ts';
import { withPortal } from '../../server/db/db.ts';
import { readFlowToken } from '../../server/endpoint/flow-token.ts';
import { recordContactConsent } from '../../server/whatsapp/contact-flows.ts';
import { seedSandbox } from '../../server/sandbox/seed-sandbox.ts';
import { eraseContact } from '../../server/whatsapp/erase-contact.ts';
import { sendFlow } from '../../server/whatsapp/send-flow.ts';
import { until } from '../support/until.ts';
import { fillAnything } from './support/fill-anything.ts';
import {
  call,
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  sign,
  startProduct,
  untilDelivered,
  withOwner,
  type Answer,
  type Json,
  type Product,
} from './support/product.ts';

const WA_ID = '4915123456789';
const OTHER = { contactId: '102', waId: '905321234567' };
const PATH = '/webhooks/hubspot';

let product: Product;
let open: Json;

beforeAll(async () => {
  product = await startProduct();
  const finished = await product.send(CONTACT?.id ?? '', WA_ID);
  expect((await product.fillIn(finished.message, fillAnything)).stuck).toBeNull();
  const other = await product.send(OTHER.contactId, OTHER.waId);
  expect((await product.fillIn(other.message, fillAnything)).stuck).toBeNull();
  await untilDelivered(product);
  open = (await product.send(CONTACT?.id ?? '', WA_ID)).message;
}, 120_000);
afterAll(() => product?.close());

const rows = (sql: string, values: unknown[] = []): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => (await client.query(sql, values)).rows);

const event = (over: object = {}): object => ({
  eventId: 1,
  subscriptionId: 9_001,
  portalId: PORTAL_A,
  appId: 4_711_001,
  occurredAt: Date.now(),
  subscriptionType: 'contact.privacyDeletion',
  attemptNumber: 0,
  objectId: Number(CONTACT?.id),
  ...over,
});

function post(body: string, headers?: Record<string, string>): Promise<Answer> {
  const signed = sign(product.secrets.hubspotClientSecret, product.url, { method: 'POST', target: PATH, body });
  return call(product.url, { method: 'POST', target: PATH, body, headers: headers ?? signed });
}

const persons = (contactId: unknown): Promise<Json[]> =>
  rows('select * from flowella.persons where contact_id = $1', [contactId]);

test('an erasure without, with a wrong, an old or another address’s signature erases nothing', async () => {
  const body = JSON.stringify([event()]);
  const secret = product.secrets.hubspotClientSecret;
  const at = { method: 'POST', target: PATH, body };
  const wrong = [
    {},
    sign('x'.repeat(36), product.url, at),
    sign(secret, product.url, { ...at, timestamp: Date.now() - 301_000 }),
    sign(secret, product.url, { ...at, target: '/webhooks/other' }),
    sign(secret, product.url, { ...at, body: body.replace(CONTACT?.id ?? '', OTHER.contactId) }),
    { 'x-hubspot-signature': '00', 'x-hubspot-signature-version': 'v2' },
  ];
  for (const headers of wrong) {
    const answer = await post(body, headers as Record<string, string>);
    expect([answer.status, answer.json.error.code]).toEqual([401, 'signature_invalid']);
  }
  expect(await persons(CONTACT?.id)).toHaveLength(1);
});

test('a signed call that is no list of events, or one of more than 100, is refused and erases nothing', async () => {
  for (const body of [
    '{}',
    'nonsense',
    '[1]',
    '[{"__proto__":{"portalId":1}}]',
    JSON.stringify(Array(101).fill(event())),
  ])
    expect([(await post(body)).status, body.slice(0, 20)]).toEqual([400, body.slice(0, 20)]);
  expect(await persons(CONTACT?.id)).toHaveLength(1);
});

test('an event of another account or another kind erases nothing of this one', async () => {
  const others = [
    event({ portalId: PORTAL_B }),
    event({ portalId: 99 }),
    event({ subscriptionType: 'contact.propertyChange' }),
    event({ objectId: undefined }),
  ];
  expect((await post(JSON.stringify(others))).status).toBe(204);
  expect(await persons(CONTACT?.id)).toHaveLength(1);
});

test('a contact erased at HubSpot is erased here: identity, prefill, partial and accepted answers with their keys', async () => {
  const [person] = await persons(CONTACT?.id);
  const before = Date.now();
  await fetch(`${product.standIns.hubspot.apiUrl}/_standin/portals/${PORTAL_A}/erase-contact`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ contactId: CONTACT?.id }),
  });
  await until(async () => (await persons(CONTACT?.id)).length === 0, 5_000);
  expect(Date.now() - before).toBeLessThan(5_000);
  const [blank] = await rows('select * from flowella.persons where person_id = $1', [person.person_id]);
  expect(blank).toMatchObject({ phone_hash: null, bsuid_hash: null, contact_id: null, last_inbound_at: null });
  const identity = await product.server.services.keys.openJson(
    PORTAL_A,
    `persons.identity:${person.person_id}`,
    blank.identity_sealed,
  );
  expect(identity).toEqual({});
  const sends = await rows('select * from flowella.sends where contact_id = $1', [CONTACT?.id]);
  expect(sends.length).toBe(2);
  for (const send of sends)
    expect(send).toMatchObject({
      open: false,
      closed_reason: 'erased',
      prefill_sealed: null,
      sent_by_email_sealed: null,
    });
  const submissions = await rows('select * from flowella.submissions where contact_id = $1', [CONTACT?.id]);
  expect(submissions.length).toBe(1);
  expect(submissions[0]).toMatchObject({
    answers_sealed: null,
    answers_key_wrapped: null,
    answers_hash: Buffer.alloc(0),
  });
  const sessions = await rows(
    'select n.* from flowella.sessions n join flowella.sends s using (portal_id, send_id) where s.contact_id = $1',
    [CONTACT?.id],
  );
  expect(sessions).toEqual([]);
});

test('the card says that the answers went with the erased contact, not by the settings', async () => {
  const { json } = await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`);
  expect(json.submissions[0]).toMatchObject({ answers: null, answersNote: expect.stringContaining('was erased') });
});

test('the erasure stands in the audit log without saying who it was, and the chain holds', async () => {
  const audit = await rows(`select * from flowella.audit_log where action = 'contact.erased'`);
  expect(audit).toHaveLength(1);
  expect(audit[0]).toMatchObject({ actor: 'system', subject: `contact:${CONTACT?.id}` });
  expect(audit[0].detail).toMatchObject({ persons: 1, sends: 2, submissions: 1 });
  expect(await withPortal(product.t.db, PORTAL_A, (tx) => firstBrokenEntry(tx, PORTAL_A))).toBeNull();
});

test('another contact of the same account keeps everything', async () => {
  expect(await persons(OTHER.contactId)).toHaveLength(1);
  const [kept] = await rows('select * from flowella.submissions where contact_id = $1', [OTHER.contactId]);
  expect(kept.answers_sealed).not.toBeNull();
});

test('the same event again does nothing more, and a contact nobody wrote to is no error', async () => {
  const before = await product.rowCounts();
  expect((await post(JSON.stringify([event(), event({ objectId: 987_654_321 })]))).status).toBe(204);
  // For a day it is known that they were erased: what was read of them before is written no more.
  const erased = await rows('select contact_id from flowella.erased_contacts where contact_id = 987654321');
  expect(erased).toHaveLength(1);
  const { erased_contacts: _known, ...rest } = before;
  expect(await product.rowCounts()).toMatchObject(rest);
});

test('a message sent before the erasure opens nothing any more and brings nothing back', async () => {
  const before = await product.rowCounts();
  const walk = await product.fillIn(open, fillAnything);
  expect(walk.view.kind).not.toBe('screen');
  expect(await product.rowCounts()).toEqual(before);
  const token = readFlowToken(product.t.keyring, open.flow.flowToken);
  const [send] = await rows('select prefill_sealed from flowella.sends where send_id = $1', [token?.sendId]);
  expect(send.prefill_sealed).toBeNull();
});

test('deliveries that were still under way are cancelled, and the worker that holds one cannot bring it back', async () => {
  const [submission] = await rows('select * from flowella.submissions where contact_id = $1', [OTHER.contactId]);
  await rows(
    `update flowella.deliveries set state = case destination when 'contact' then 'delivering' when 'timeline' then 'dead' else 'waiting' end,
      due_at = now() + interval '1 hour', lease_until = now() + interval '1 hour' where submission_id = $1`,
    [submission.submission_id],
  );
  await eraseContact(product.server.services, PORTAL_A, OTHER.contactId);
  const after = await rows('select state, reason_code, lease_until from flowella.deliveries where submission_id = $1', [
    submission.submission_id,
  ]);
  expect(after).toHaveLength(4);
  for (const row of after) expect(row).toEqual({ state: 'cancelled', reason_code: 'erased', lease_until: null });
});

test('an opt-out outlives the erasure, an opt-in does not', async () => {
  const count = async (state: string): Promise<number> =>
    (await rows('select 1 from flowella.consents where state = $1', [state])).length;
  const third = { contactId: '103', waId: '8613123456789' };
  await product.send(third.contactId, third.waId);
  const optedIn = await count('opted_in');
  await eraseContact(product.server.services, PORTAL_A, third.contactId);
  expect(await count('opted_in')).toBeLessThan(optedIn);
  await product.send(third.contactId, third.waId);
  await product.api(PORTAL_A, 'POST', `/api/contacts/${third.contactId}/consent`, {
    idempotencyKey: 'k'.repeat(20),
    state: 'opted_out',
    note: 'Told me so at the fair',
  });
  const notes = () => rows('select 1 from flowella.consents where note_sealed is not null');
  const optedOut = await count('opted_out');
  expect(optedOut).toBeGreaterThan(0);
  expect(await notes()).not.toEqual([]);
  await eraseContact(product.server.services, PORTAL_A, third.contactId);
  expect(await count('opted_out')).toBe(optedOut);
  // Where and how the person said it is theirs, and goes.
  expect(await notes()).toEqual([]);
});

describe('a contact nobody has written to', () => {
  const contactId = '106';
  const consents = (): Promise<Json[]> => rows('select state, contact_id from flowella.consents');
  const told = async (state: string, key: string): Promise<void> => {
    const path = `/api/contacts/${contactId}/consent`;
    const { status } = await product.api(PORTAL_A, 'POST', path, { idempotencyKey: key.repeat(20), state });
    expect(status).toBe(200);
  };

  test('leaves no opt-in behind, and of an opt-out not whose it is', async () => {
    const ofContact = () => rows('select state from flowella.consents where contact_id = $1', [contactId]);
    const optedOut = async () => (await consents()).filter(({ state }) => state === 'opted_out').length;
    await told('opted_in', 'a');
    expect(await ofContact()).toEqual([{ state: 'opted_in' }]);
    const [all, out] = [(await consents()).length, await optedOut()];
    await eraseContact(product.server.services, PORTAL_A, contactId);
    expect((await consents()).length).toBe(all - 1);
    await told('opted_out', 'b');
    await eraseContact(product.server.services, PORTAL_A, contactId);
    expect([await ofContact(), await optedOut()]).toEqual([[], out + 1]);
  });

  test('who is erased while a send or a consent reads the contact is written to and recorded nowhere', async () => {
    const { services } = product.server;
    const erasedWhileRead: typeof services = {
      ...services,
      readContact: async (...of) => {
        const contact = await services.readContact(...of);
        await eraseContact(services, PORTAL_A, '105');
        return contact;
      },
    };
    await eraseContact(services, PORTAL_A, '105');
    const before = { consents: await consents(), counts: await product.rowCounts() };
    const to = { kind: 'contact' as const, contactId: '105' };
    const request = { portalId: PORTAL_A, flowId: product.flowId, to, channel: 'card', sentBy: null };
    await expect(sendFlow(erasedWhileRead, request)).rejects.toMatchObject({
      code: 'contact_not_found',
    });
    const consent = { contactId: '105', state: 'opted_in' as const, userId: 1, language: 'en' as const };
    await expect(recordContactConsent(erasedWhileRead, PORTAL_A, consent)).rejects.toMatchObject({
      code: 'contact_not_found',
    });
    expect(await consents()).toEqual(before.consents);
    expect(await product.rowCounts()).toMatchObject({ persons: before.counts.persons, sends: before.counts.sends });
  });
});

test('the sandbox starts again after HubSpot erased a contact of it', async () => {
  const { url, standIns, secrets } = product;
  expect((await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/flows`)).status).toBe(404);
  expect(await seedSandbox({ serverUrl: url, standIns, secrets })).toMatchObject({ flowId: product.flowId });
});
