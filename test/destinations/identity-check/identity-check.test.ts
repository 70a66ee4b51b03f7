import { IDENTITY_VENDORS, type IdentityVendor } from '@flowella/shared/contract/identity.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../../server/db/db.ts';
import type { DeliveryItem } from '../../../server/destinations/destination.ts';
import { forgetChecks, openLink } from '../../../server/destinations/identity-check/checks.ts';
import { createIdentityCheckDestination } from '../../../server/destinations/identity-check/identity-check-destination.ts';
import { createIdentityResultDestination } from '../../../server/destinations/identity-check/identity-result-destination.ts';
import { viewIdentityCheck } from '../../../server/destinations/identity-check/view-check.ts';
import { newId } from '../../../server/ids.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { CONTACT_ID, EVERY_ANSWER, mapping, startPortal, type Portal } from '../support/hubspot-portal.ts';
import { startVendors, type Vendors } from './support/vendor-fixture.ts';

let database: TestDatabase;
let portal: Portal;
let vendors: Vendors;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  vendors = await startVendors(database, portal);
});
afterEach(async () => {
  await vendors.close();
  await portal.close();
});

/** Whether a second start after a lost answer would be a second check: where it would, the first one is found. */
const ONE_SESSION: Record<IdentityVendor, boolean> = { onfido: true, persona: true, stripe: true, veriff: false };
const START: Record<IdentityVendor, string> = {
  onfido: 'POST /onfido/v3.6/workflow_runs',
  persona: 'POST /persona/api/v1/inquiries',
  veriff: 'POST /veriff/v1/sessions',
  stripe: 'POST /stripe/v1/identity/verification_sessions',
};

async function outcomeOf(item: DeliveryItem) {
  const [outcome] = await vendors.start.deliver(portal.context, [item]);
  if (!outcome) throw new Error('no outcome');
  return outcome;
}

/** The attempt of before, as the engine writes it: what was sent then decides what absence proves. */
async function noteAttempt(item: DeliveryItem, code: string) {
  await withPortal(database.db, portal.portalId, async (tx) => {
    const now = portal.clock.now();
    await tx
      .insertInto('deliveries')
      .values({
        portal_id: portal.portalId,
        delivery_id: item.deliveryId,
        submission_id: item.submissionId,
        destination: 'identity-check',
        state: 'delivering',
        due_at: now,
        created_at: now,
        updated_at: now,
      })
      .execute();
    await tx
      .insertInto('attempts')
      .values({
        portal_id: portal.portalId,
        attempt_id: newId('attempt'),
        delivery_id: item.deliveryId,
        number: 1,
        started_at: now,
        finished_at: now,
        outcome: 'unknown',
        code,
      })
      .execute();
  });
}

describe.each(IDENTITY_VENDORS)('a check at %s', (vendor) => {
  let item: DeliveryItem;
  beforeEach(async () => {
    item = await vendors.item(vendor, await vendors.add(vendor));
  });

  test('is started with what is mapped and our reference, and its link goes to the person once', async () => {
    expect(await outcomeOf(item)).toMatchObject({ kind: 'delivered' });
    const session = vendors.session(vendor);
    expect(session.reference).toBe(item.submissionId);
    // Stripe takes no name: what stands on the document is all it knows.
    if (vendor !== 'stripe')
      expect(session.person).toEqual({ firstName: 'Ada <b>', lastName: 'Lovelace', birthDate: '1990-12-10' });
    expect(vendors.sent).toHaveLength(1);
    expect(vendors.sent[0]).toMatchObject({ link: `${vendors.standIn.url}/hosted/${session.token}` });
    const check = await vendors.check(item);
    expect(check).toMatchObject({ state: 'link_sent', message_state: 'accepted', vendor_reference: session.id });
    await outcomeOf({ ...item, attempt: 2 });
    expect(vendors.sent).toHaveLength(1);
    expect(vendors.standIn.sessions(vendor)).toHaveLength(1);
  });

  test('whose answer was lost after it was made is found again and not made twice', async () => {
    await vendors.fault({ route: START[vendor], kind: 'timeout-after-success' });
    const outcome = await outcomeOf(item);
    expect(outcome).toMatchObject({ kind: 'unknown', code: 'identity_no_answer' });
    await noteAttempt(item, 'identity_no_answer');
    const again = { ...item, attempt: 2 };
    expect(await vendors.start.readBack?.(portal.context, again)).toBeNull();
    expect(await outcomeOf(again)).toMatchObject({ kind: 'delivered' });
    expect(vendors.standIn.sessions(vendor)).toHaveLength(ONE_SESSION[vendor] ? 1 : 2);
    expect(vendors.sent).toHaveLength(1);
  });

  test('a gateway page in place of an answer counts as a lost one', async () => {
    await vendors.fault({ route: START[vendor], kind: 'garbage' });
    expect(await outcomeOf(item)).toMatchObject({ kind: 'unknown', code: 'identity_unreadable' });
  });

  test('a refused key holds the submission, a busy vendor puts it off for as long as it says', async () => {
    await vendors.fault({ route: START[vendor], kind: 'status', status: 429, retryAfter: '7' });
    expect(await outcomeOf(item)).toMatchObject({ kind: 'retry', retryAfterMs: 7_000 });
    const wrong = await vendors.item(vendor, await vendors.add(vendor, { apiKey: 'some-other-key' }));
    expect(await outcomeOf(wrong)).toMatchObject({ kind: 'held', code: 'identity_key_refused' });
    expect(vendors.sent).toHaveLength(0);
  });

  test('the mapping is checked: a key that works, no key, no webhook secret, a deleted service', async () => {
    const problems = async (serviceId: string) =>
      (await vendors.start.check(portal.context, item.form, (await vendors.item(vendor, serviceId)).mapping)).map(
        (problem) => problem.code,
      );
    expect(await problems(await vendors.add(vendor))).toEqual([]);
    expect(await problems(await vendors.add(vendor, { apiKey: 'some-other-key' }))).toEqual(['identity_key_refused']);
    if (vendor !== 'veriff')
      expect(await problems(await vendors.add(vendor, { webhookSecret: null }))).toEqual([
        'identity_no_webhook_secret',
      ]);
    expect(await problems(newId('identityService'))).toEqual(['identity_service_gone']);
  });
});

test('a start that certainly did not arrive is tried again only when enough time has passed to be sure', async () => {
  const item = await vendors.item('stripe', await vendors.add('stripe'));
  await vendors.fault({ route: START.stripe, kind: 'drop' });
  expect(await outcomeOf(item)).toMatchObject({ kind: 'unknown' });
  await noteAttempt(item, 'identity_no_answer');
  const again = { ...item, attempt: 2 };
  expect(await vendors.start.readBack?.(portal.context, again)).toMatchObject({ kind: 'unknown' });
  portal.clock.advance(60_000);
  expect(await vendors.start.readBack?.(portal.context, again)).toBeNull();
  expect(await outcomeOf(again)).toMatchObject({ kind: 'delivered' });
  expect(vendors.standIn.sessions('stripe')).toHaveLength(1);
});

test('an applicant of Onfido is made once, also when its workflow run failed', async () => {
  const item = await vendors.item('onfido', await vendors.add('onfido'));
  await vendors.fault({ route: START.onfido, kind: 'status', status: 503 });
  expect(await outcomeOf(item)).toMatchObject({ kind: 'unknown', code: 'identity_unavailable' });
  expect(await outcomeOf({ ...item, attempt: 2 })).toMatchObject({ kind: 'delivered' });
  expect(vendors.standIn.calls().filter((call) => call === 'POST /onfido/v3.6/applicants')).toHaveLength(1);
});

test('a link of Persona that was lost is made anew for the same inquiry', async () => {
  const item = await vendors.item('persona', await vendors.add('persona'));
  await vendors.fault({ route: 'POST /persona/api/v1/inquiries/inq_', kind: 'drop' });
  expect(await outcomeOf(item)).toMatchObject({ kind: 'unknown' });
  expect(await vendors.start.readBack?.(portal.context, { ...item, attempt: 2 })).toBeNull();
  expect(await outcomeOf({ ...item, attempt: 2 })).toMatchObject({ kind: 'delivered' });
  expect(vendors.standIn.sessions('persona')).toHaveLength(1);
});

describe('a person who is erased', () => {
  const erase = (item: DeliveryItem) =>
    withPortal(database.db, portal.portalId, (tx) =>
      forgetChecks(tx, portal.portalId, { submissionIds: [item.submissionId], now: portal.clock.now() }),
    );
  /** Everything is there at the vendor, and its answer reaches us after the erasure. */
  const answeringLate = (item: DeliveryItem) => ({
    ...vendors.tools,
    safeFetch: async (request: Parameters<typeof vendors.tools.safeFetch>[0]) => {
      const answered = await vendors.tools.safeFetch(request);
      await erase(item);
      return answered;
    },
  });
  const FORGOTTEN = { vendor_reference: null, parts: {}, link_sealed: null, expected_sealed: null, look_at: null };

  test.each(IDENTITY_VENDORS)(
    'while %s starts the check leaves no reference and no link, and gets none',
    async (vendor) => {
      const item = await vendors.item(vendor, await vendors.add(vendor));
      await createIdentityCheckDestination(answeringLate(item)).deliver(portal.context, [item]);
      expect(vendors.standIn.calls().length).toBeGreaterThan(0);
      expect(await vendors.check(item)).toMatchObject({ ...FORGOTTEN, state: 'requested', message_state: null });
      expect(vendors.sent).toEqual([]);
    },
  );

  test('while the result is read leaves none', async () => {
    const item = await vendors.item('persona', await vendors.add('persona'));
    await outcomeOf(item);
    await vendors.decide(vendors.session('persona').id, { outcome: 'decline', reasons: ['Looks away'], silent: true });
    const timeline = JSON.stringify((await portal.contact(CONTACT_ID)).timeline);
    await createIdentityResultDestination(answeringLate(item)).deliver(portal.context, [item]);
    expect(await vendors.check(item)).toMatchObject({
      ...FORGOTTEN,
      state: 'link_sent',
      vendor_status: null,
      reasons: [],
      mismatches: [],
    });
    const contact = await portal.contact(CONTACT_ID);
    expect(contact.properties.flowella_kyc_check_status).toBeUndefined();
    expect(JSON.stringify(contact.timeline)).toBe(timeline);
  });

  test('before the check is made gets none', async () => {
    const item = await vendors.item('veriff', await vendors.add('veriff'));
    await withPortal(database.db, portal.portalId, (tx) =>
      tx
        .updateTable('submissions')
        .set({ answers_key_wrapped: null })
        .where('submission_id', '=', item.submissionId)
        .execute(),
    );
    await outcomeOf(item);
    expect(vendors.standIn.sessions('veriff')).toEqual([]);
    await expect(vendors.check(item)).rejects.toThrow('there is no check');
  });
});

test('a result that is asked for before the vendor’s answer to the start is here is asked for again', async () => {
  const item = await vendors.item('persona', await vendors.add('persona'));
  let early;
  const tools = {
    ...vendors.tools,
    safeFetch: async (request: Parameters<typeof vendors.tools.safeFetch>[0]) => {
      const answered = await vendors.tools.safeFetch(request);
      early ??= (await vendors.result.deliver(portal.context, [item]))[0];
      return answered;
    },
  };
  await createIdentityCheckDestination(tools).deliver(portal.context, [item]);
  expect(early).toMatchObject({ kind: 'retry', code: 'identity_not_started' });
  expect((await vendors.result.deliver(portal.context, [item]))[0]).toMatchObject({ kind: 'delivered' });
});

describe('the link', () => {
  const cardOf = async (item: DeliveryItem) =>
    viewIdentityCheck(await vendors.check(item), {
      dataKey: await database.keys.dataKey(portal.portalId),
      hasAnswers: true,
      language: 'en',
    });

  test('that may have been sent is never sent again, and the rep is told', async () => {
    const item = await vendors.item('veriff', await vendors.add('veriff'));
    vendors.messagesWill({ kind: 'unknown' });
    expect(await outcomeOf(item)).toMatchObject({ kind: 'delivered' });
    await outcomeOf({ ...item, attempt: 2 });
    expect(vendors.sent).toHaveLength(1);
    expect(await cardOf(item)).toMatchObject({
      state: 'requested',
      link: vendors.sent[0]?.link,
      note: expect.stringContaining('is not known'),
    });
  });

  test('whose sender died between claiming and the answer is not sent again', async () => {
    const item = await vendors.item('veriff', await vendors.add('veriff'));
    await outcomeOf(item);
    await withPortal(database.db, portal.portalId, (tx) =>
      tx.updateTable('identity_checks').set({ message_state: 'sending', state: 'requested' }).execute(),
    );
    expect(await outcomeOf({ ...item, attempt: 2 })).toMatchObject({ kind: 'delivered' });
    expect(vendors.sent).toHaveLength(1);
    expect(await vendors.check(item)).toMatchObject({ message_state: 'unknown' });
  });

  test('waits for the reply that opens the chat, and two attempts at once send one message', async () => {
    const item = await vendors.item('veriff', await vendors.add('veriff'));
    vendors.messagesWill({ kind: 'later', retryAfterMs: 5_000 });
    expect(await outcomeOf(item)).toMatchObject({ kind: 'retry', retryAfterMs: 5_000 });
    await Promise.all([outcomeOf({ ...item, attempt: 2 }), outcomeOf({ ...item, attempt: 3 })]);
    expect(vendors.sent).toHaveLength(1);
    expect(vendors.standIn.sessions('veriff')).toHaveLength(1);
  });

  test('that may not be sent stands on the card for the rep, with why', async () => {
    const item = await vendors.item('persona', await vendors.add('persona'));
    vendors.messagesWill({ kind: 'by_rep', code: 'window-closed' });
    expect(await outcomeOf(item)).toMatchObject({ kind: 'delivered' });
    const card = await cardOf(item);
    expect(card.note).toContain('24 hours');
    expect(card.link).toContain(vendors.session('persona').token);
  });

  test('lies sealed in the database', async () => {
    const item = await vendors.item('persona', await vendors.add('persona'));
    await outcomeOf(item);
    const check = await vendors.check(item);
    expect(JSON.stringify(check)).not.toContain(vendors.session('persona').token);
    expect(check.link_sealed?.toString('latin1')).not.toContain('hosted');
    expect(openLink(await database.keys.dataKey(portal.portalId), check)).toContain('/hosted/');
  });
});

test('only what is mapped leaves for the vendor', async () => {
  const item = await vendors.item(
    'persona',
    await vendors.add('persona'),
    {},
    { fields: { lastName: ['0-1/lastname'] } },
  );
  await outcomeOf(item);
  expect(vendors.session('persona').person).toEqual({ firstName: null, lastName: 'Lovelace', birthDate: null });
});

test('a name that Onfido needs and nobody gave is a dead letter with the reason, before anything is sent', async () => {
  const { '0-1/lastname': _, ...answers } = EVERY_ANSWER;
  const item = await vendors.item('onfido', await vendors.add('onfido'), { answers });
  expect(await outcomeOf(item)).toMatchObject({ kind: 'dead', code: 'identity_answers_missing' });
  expect(vendors.standIn.calls()).toEqual([]);
});

test('another account’s service is not used, whatever a mapping says', async () => {
  const other = await startPortal(database);
  const theirs = await startVendors(database, other);
  try {
    const item = await vendors.item('persona', await theirs.add('persona'));
    expect(await outcomeOf(item)).toMatchObject({ kind: 'dead', code: 'identity_service_gone' });
    expect(theirs.standIn.calls()).toEqual([]);
  } finally {
    await theirs.close();
    await other.close();
  }
});

test('a mapping without a KYC record, a template or the names that the vendor needs says what to do', async () => {
  const serviceId = await vendors.add('onfido');
  const item = await vendors.item('onfido', serviceId, {}, { template: '', fields: { birthDate: ['0-1/firstname'] } });
  const map = mapping({
    ...item.mapping,
    kycRecord: { ...item.mapping.kycRecord, enabled: false },
  });
  const problems = await vendors.start.check(portal.context, item.form, map);
  expect(problems.map((problem) => problem.code)).toEqual([
    'identity_not_a_date',
    'identity_needs_kyc',
    'identity_no_template',
    'identity_fields_missing',
  ]);
  for (const { message } of problems) expect(message).toMatch(/[.:] /);
});
