import { CHECK_STATES, IDENTITY_VENDORS, RISK_RULES, type CheckState } from '@flowella/shared/contract/identity.ts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../../server/db/db.ts';
import type { DeliveryItem } from '../../../server/destinations/destination.ts';
import { isFinal, movesOn, risksOf } from '../../../server/destinations/identity-check/check-state.ts';
import { applyResult, moveCheck, withoutNumbers } from '../../../server/destinations/identity-check/checks.ts';
import { mismatchesOf, toExpected } from '../../../server/destinations/identity-check/expected.ts';
import { viewIdentityCheck } from '../../../server/destinations/identity-check/view-check.ts';
import { kycObjectType } from '../../../server/destinations/kyc-record/kyc-object.ts';
import { createKycRecordDestination } from '../../../server/destinations/kyc-record/kyc-record-destination.ts';
import { readObject } from '../../../server/hubspot/objects.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { CONTACT_ID, mapping, startPortal, type Portal } from '../support/hubspot-portal.ts';
import { startVendors, type Vendors } from './support/vendor-fixture.ts';

let database: TestDatabase;
let portal: Portal;
let vendors: Vendors;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database, { tier: 'enterprise' });
  vendors = await startVendors(database, portal);
});
afterEach(async () => {
  await vendors.close();
  await portal.close();
});

/** What each status of each vendor is here; every one that the vendor documents. */
const STATUSES: Record<(typeof IDENTITY_VENDORS)[number], [string, CheckState | null][]> = {
  onfido: [
    ['awaiting_input', null],
    ['processing', 'in_progress'],
    ['approved', 'approved'],
    ['declined', 'declined'],
    ['review', 'needs_review'],
    ['abandoned', 'expired'],
    ['error', 'needs_review'],
    ['something_new', null],
  ],
  persona: [
    ['created', null],
    ['pending', 'in_progress'],
    ['completed', 'needs_review'],
    ['needs_review', 'needs_review'],
    ['approved', 'approved'],
    ['declined', 'declined'],
    ['failed', 'declined'],
    ['expired', 'expired'],
    ['something_new', null],
  ],
  veriff: [
    ['created', null],
    ['started', null],
    ['resubmission_requested', 'in_progress'],
    ['review', 'needs_review'],
    ['approved', 'approved'],
    ['declined', 'declined'],
    ['expired', 'expired'],
    ['abandoned', 'expired'],
    ['something_new', null],
  ],
  stripe: [
    ['requires_input', null],
    ['processing', 'in_progress'],
    ['verified', 'approved'],
    ['canceled', 'cancelled'],
    ['redacted', null],
    ['something_new', null],
  ],
};

async function started(vendor: (typeof IDENTITY_VENDORS)[number], home: 'contact' | 'custom-object' = 'contact') {
  const made = await vendors.item(vendor, await vendors.add(vendor));
  const item: DeliveryItem = {
    ...made,
    answers: { ...made.answers, '0-1/firstname': { kind: 'text', value: 'Ada' } },
    mapping: mapping({ ...made.mapping, kycRecord: { ...made.mapping.kycRecord, home } }),
  };
  await createKycRecordDestination().deliver(portal.context, [item]);
  await vendors.start.deliver(portal.context, [item]);
  return item;
}
const resultOf = async (item: DeliveryItem) => (await vendors.result.deliver(portal.context, [item]))[0];
const propertiesOf = async () => (await portal.contact(CONTACT_ID)).properties;
const notesOf = async () =>
  (await portal.contact(CONTACT_ID)).timeline
    .map((entry) => JSON.stringify(entry))
    .filter((text) => text.includes('Identity check by'));

describe.each(IDENTITY_VENDORS)('a result of %s', (vendor) => {
  test.each(STATUSES[vendor])('%s is read as %s', async (status, expected) => {
    const item = await started(vendor);
    await vendors.decide(vendors.session(vendor).id, { status, silent: true });
    expect(await resultOf(item)).toMatchObject({ kind: 'delivered' });
    expect(await vendors.check(item)).toMatchObject({ state: expected ?? 'link_sent' });
    expect(await propertiesOf()).toMatchObject({ flowella_kyc_check_status: expected ?? 'link_sent' });
  });

  test('that is final stays, whatever the vendor says afterwards, and the card shows what it said', async () => {
    const item = await started(vendor);
    const { id } = vendors.session(vendor);
    await vendors.decide(id, { outcome: 'approve', firstName: 'Ada', lastName: 'Lovelace', silent: true });
    await resultOf(item);
    const other = vendor === 'stripe' ? 'cancel' : 'decline';
    await vendors.decide(id, { outcome: other, silent: true });
    expect(await resultOf(item)).toMatchObject({ kind: 'delivered', detail: { state: 'approved' } });
    const check = await vendors.check(item);
    expect(check).toMatchObject({ state: 'approved', link_sealed: null, expected_sealed: null, look_at: null });
    expect(await propertiesOf()).toMatchObject({
      flowella_kyc_status: 'verified',
      flowella_kyc_check_status: 'approved',
      flowella_kyc_risk_flag: 'false',
    });
    const card = viewIdentityCheck(check, {
      dataKey: await database.keys.dataKey(portal.portalId),
      hasAnswers: true,
      language: 'en',
    });
    expect(card).toMatchObject({ state: 'approved', link: null, note: expect.stringContaining('stays as it was') });
  });
});

test('Stripe’s failed attempt needs review, and a later success approves it', async () => {
  const item = await started('stripe');
  const { id } = vendors.session('stripe');
  await vendors.decide(id, { outcome: 'retry', silent: true });
  await resultOf(item);
  expect(await propertiesOf()).toMatchObject({
    flowella_kyc_status: 'in_review',
    flowella_kyc_check_status: 'needs_review',
    flowella_kyc_check_reasons: 'document_unverified_other',
    flowella_kyc_risk_flag: 'true',
  });
  await vendors.decide(id, {
    outcome: 'approve',
    firstName: 'ADA',
    lastName: 'LOVELACE',
    birthDate: '1990-12-10',
    silent: true,
  });
  await resultOf(item);
  expect(await propertiesOf()).toMatchObject({ flowella_kyc_status: 'verified', flowella_kyc_risk_flag: 'false' });
  expect(await notesOf()).toHaveLength(2);
});

test('Stripe’s key that may not read the document still tells the status', async () => {
  const item = await started('stripe');
  vendors.standIn.world.stripeMayReadOutputs = false;
  await vendors.decide(vendors.session('stripe').id, { outcome: 'approve', silent: true });
  expect(await resultOf(item)).toMatchObject({ kind: 'delivered', detail: { state: 'approved' } });
});

describe('the KYC record', () => {
  test('says what was checked, by whom, when and why, and raises the risk flag by the chosen rules', async () => {
    const item = await started('veriff');
    const { id } = vendors.session('veriff');
    await vendors.decide(id, {
      status: 'declined',
      firstName: 'GRACE',
      lastName: 'HOPPER',
      birthDate: '1906-12-09',
      reasons: ['Document C01X00T478 suspected'],
      silent: true,
    });
    await resultOf(item);
    expect(await propertiesOf()).toMatchObject({
      flowella_kyc_status: 'rejected',
      flowella_kyc_check_status: 'declined',
      flowella_kyc_check_vendor: 'Veriff',
      flowella_kyc_check_reference: id,
      flowella_kyc_check_reasons: expect.stringContaining('suspected'),
      flowella_kyc_risk_flag: 'true',
      flowella_kyc_risk_reasons: [
        'The identity check was declined',
        'The name is not the one on the document',
        'The date of birth is not the one on the document',
      ].join('\n'),
    });
    const [note] = await notesOf();
    expect(note).toContain('Declined');
    // Nothing of the document: neither who it says they are nor its number.
    for (const text of [note, JSON.stringify(await propertiesOf())])
      expect(text).not.toMatch(/GRACE|HOPPER|1906|C01X00T47/);
  });

  test('as a custom object is the one of the submission', async () => {
    const item = await started('persona', 'custom-object');
    await vendors.decide(vendors.session('persona').id, { outcome: 'approve', silent: true });
    expect(await resultOf(item)).toMatchObject({ kind: 'delivered' });
    const type = await kycObjectType(portal.context);
    const where = { hubspot: portal.client, portalId: portal.portalId, priority: 'card' } as const;
    const record = await readObject(where, type ?? '', item.submissionId, {
      idProperty: 'flowella_kyc_reference',
      properties: ['flowella_kyc_check_status', 'flowella_kyc_status', 'flowella_kyc_risk_flag'],
    });
    expect(record.properties).toMatchObject({
      flowella_kyc_check_status: 'approved',
      flowella_kyc_status: 'verified',
      flowella_kyc_risk_flag: 'false',
    });
  });

  test('of a newer submission of the same contact is left alone; the note is written all the same', async () => {
    const older = await started('persona');
    const olderSession = vendors.session('persona');
    portal.clock.advance(60_000);
    const newer = await started('persona');
    await vendors.decide(olderSession.id, { outcome: 'decline', silent: true });
    expect(await resultOf(older)).toMatchObject({ kind: 'delivered', detail: { state: 'declined' } });
    expect(await propertiesOf()).toMatchObject({
      flowella_kyc_reference: newer.submissionId,
      flowella_kyc_status: 'submitted',
    });
    expect((await propertiesOf()).flowella_kyc_check_status).toBeUndefined();
    expect(await notesOf()).toHaveLength(1);
  });

  test('is written, and noted once, when HubSpot fails or loses its answer on the way', async () => {
    const item = await started('persona');
    await vendors.decide(vendors.session('persona').id, { outcome: 'decline', silent: true });
    await portal.fault({ route: 'PATCH /crm/objects', kind: '500', times: 4 });
    expect((await resultOf(item))?.kind).not.toBe('delivered');
    await portal.fault({ route: 'POST /crm/objects/2026-09/notes', kind: 'timeout-after-success' });
    expect(await resultOf({ ...item, attempt: 2 })).toMatchObject({ kind: 'unknown' });
    portal.clock.advance(60_000);
    expect(await resultOf({ ...item, attempt: 3 })).toMatchObject({ kind: 'delivered' });
    await resultOf({ ...item, attempt: 4 });
    expect(await notesOf()).toHaveLength(1);
  }, 30_000);
});

test('a look that finds nothing new leaves HubSpot alone', async () => {
  const item = await started('persona');
  await vendors.decide(vendors.session('persona').id, { outcome: 'review', silent: true });
  const first = await resultOf(item);
  const writes = async () => (await portal.calls()).filter((call) => !call.startsWith('GET')).length;
  const before = await writes();
  expect(await resultOf({ ...item, attempt: 2, detail: first?.detail })).toMatchObject({ kind: 'delivered' });
  expect(await writes()).toBe(before);
  await vendors.decide(vendors.session('persona').id, { outcome: 'approve', silent: true });
  await resultOf({ ...item, attempt: 3, detail: first?.detail });
  expect(await propertiesOf()).toMatchObject({ flowella_kyc_check_status: 'approved' });
});

test('a result goes on without the answers, and without a vendor when it is final', async () => {
  const item = await started('persona');
  await vendors.decide(vendors.session('persona').id, { outcome: 'approve', silent: true });
  await resultOf({ ...item, answers: {} });
  expect(vendors.result.needsNoAnswers).toBe(true);
  await vendors.fault({ route: 'GET /persona', kind: 'status', status: 404, times: 5 });
  expect(await resultOf(item)).toMatchObject({ kind: 'delivered', detail: { state: 'approved' } });
});

test.each([
  [{ kind: 'status', status: 503 }, 'retry', 'identity_unavailable'],
  [{ kind: 'drop' }, 'retry', 'identity_no_answer'],
  [{ kind: 'garbage' }, 'retry', 'identity_unreadable'],
  [{ kind: 'status', status: 401 }, 'held', 'identity_key_refused'],
  [{ kind: 'status', status: 404 }, 'dead', 'identity_not_found'],
])('a read that ends in %o is %s and changes nothing', async (fault, kind, code) => {
  const item = await started('veriff');
  await vendors.fault({ route: 'GET /veriff', ...fault });
  expect(await resultOf(item)).toMatchObject({ kind, code });
  expect(await vendors.check(item)).toMatchObject({ state: 'link_sent' });
});

test('a check without a result after thirty days has expired; one in review waits on', async () => {
  const item = await started('onfido');
  portal.clock.advance(31 * 24 * 3_600_000);
  await resultOf(item);
  expect(await vendors.check(item)).toMatchObject({ state: 'expired' });
  const review = await started('onfido');
  await vendors.decide(vendors.session('onfido').id, { outcome: 'review', silent: true });
  portal.clock.advance(31 * 24 * 3_600_000);
  await resultOf(review);
  expect(await vendors.check(review)).toMatchObject({ state: 'needs_review' });
});

describe('the states', () => {
  test('only ever go forward, and no sequence of reads reopens a final one', async () => {
    const item = await started('veriff');
    const where = { ...portal.context, keys: database.keys };
    const reset = () =>
      withPortal(database.db, portal.portalId, (tx) =>
        tx.updateTable('identity_checks').set({ state: 'requested', later_status: null }).execute(),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...CHECK_STATES), { minLength: 1, maxLength: 8 }), async (states) => {
        await reset();
        let expected: CheckState = 'requested';
        for (const state of states) {
          const before: CheckState = expected;
          const now = portal.clock.now();
          const check = await vendors.check(item);
          await (states.length % 2 === 0
            ? applyResult(where, check, { status: state, state, reasons: [], found: {} })
            : withPortal(database.db, portal.portalId, (tx) =>
                moveCheck(tx, portal.portalId, { checkId: check.check_id, to: state, now }),
              ));
          if (movesOn(before, state)) expected = state;
          if (isFinal(before)) expect(expected).toBe(before);
          expect((await vendors.check(item)).state).toBe(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('written at once by two processes end in one final result', async () => {
    const item = await started('veriff');
    const where = { ...portal.context, keys: database.keys };
    const check = await vendors.check(item);
    const say = (state: CheckState) => applyResult(where, check, { status: state, state, reasons: [], found: {} });
    const ends = await Promise.all([say('approved'), say('declined'), say('expired')]);
    const [final] = [await vendors.check(item)];
    expect(isFinal(final.state)).toBe(true);
    expect(new Set(ends.map((end) => end.state))).toEqual(new Set([final.state]));
  });

  test('raise a flag for the chosen rules alone', () => {
    for (const state of CHECK_STATES) {
      expect(risksOf({ state, mismatches: ['name_mismatch'] }, [])).toEqual([]);
      const all = risksOf({ state, mismatches: [] }, RISK_RULES);
      expect(all).toEqual(['declined', 'needs_review', 'expired', 'cancelled'].filter((rule) => rule === state));
    }
    expect(risksOf({ state: 'approved', mismatches: ['birth_date_mismatch'] }, ['birth_date_mismatch'])).toEqual([
      'birth_date_mismatch',
    ]);
  });
});

describe('what is compared', () => {
  const key = Buffer.alloc(32, 7);
  const compare = (said: [string, string, string?], found: [string, string, string?]) =>
    mismatchesOf(
      key,
      toExpected(key, { firstName: said[0], lastName: said[1], ...(said[2] ? { birthDate: said[2] } : {}) }),
      {
        firstName: found[0],
        lastName: found[1],
        birthDate: found[2],
      },
    );
  test.each([
    [
      ['Ada', 'Lovelace'],
      ['ADA MARIE', 'LOVELACE'],
    ],
    [
      ['Jürgen', 'Müller'],
      ['JUERGEN', 'MUELLER'],
    ],
    [
      ['José', 'Nuñez'],
      ['JOSE', 'NUNEZ'],
    ],
    [
      ['Anna-Lena', 'Weiß'],
      ['ANNA LENA', 'WEISS'],
    ],
    [
      ['Lovelace', 'Ada'],
      ['Ada', 'Lovelace'],
    ],
    [
      ['Ada', 'Lovelace', '1990-12-10'],
      ['Ada', 'Lovelace', '1990-12-10T00:00:00Z'],
    ],
  ] as const)('%j is the person of %j', (said, found) => {
    expect(compare([...said], [...found])).toEqual([]);
  });
  test.each([
    [['Ada', 'Lovelace'], ['GRACE', 'HOPPER'], ['name_mismatch']],
    [['Ada', 'Lovelace'], ['ADA', 'HOPPER'], ['name_mismatch']],
    [['Ada', 'Lovelace', '1990-12-10'], ['ADA', 'LOVELACE', '1990-10-12'], ['birth_date_mismatch']],
  ] as const)('%j is not the person of %j', (said, found, expected) => {
    expect(compare([...said], [...found])).toEqual([...expected]);
  });
  test('what nobody said is no mismatch', () => {
    expect(mismatchesOf(key, toExpected(key, {}), { firstName: 'Ada', birthDate: '1990-12-10' })).toEqual([]);
    expect(mismatchesOf(key, toExpected(key, { firstName: 'Ada', birthDate: '1990-12-10' }), {})).toEqual([]);
  });
  test('is kept as hashes that say nothing without the portal’s key', () => {
    const kept = JSON.stringify(toExpected(key, { firstName: 'Ada', lastName: 'Lovelace', birthDate: '1990-12-10' }));
    expect(kept).not.toMatch(/ada|lovelace|1990/i);
    expect(JSON.stringify(toExpected(Buffer.alloc(32, 8), { firstName: 'Ada' }))).not.toContain(
      toExpected(key, { firstName: 'Ada' }).first[0],
    );
  });
  test('a reason keeps its words and loses what could be a document’s number', () => {
    expect(withoutNumbers(['Document C01X00T478 expired', 'code 106', 'L8981234567 is fake'])).toEqual([
      'Document … expired',
      'code 106',
      '… is fake',
    ]);
  });
});
