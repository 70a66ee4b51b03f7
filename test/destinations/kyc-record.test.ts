import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { KYC_PROPERTIES } from '../../server/destinations/kyc-record/kyc-properties.ts';
import {
  createKycRecordDestination,
  prepareKycRecord,
} from '../../server/destinations/kyc-record/kyc-record-destination.ts';
import { lastCharacters } from '../../server/destinations/kyc-record/to-kyc-record.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { CONTACT_ID, deliveryItem, mapping, rawForm, startPortal, type Portal } from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
const kyc = createKycRecordDestination();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
afterEach(() => portal.close());

const item = (overrides: Partial<DeliveryItem> = {}) => deliveryItem(portal, overrides);
const deliver = (...items: DeliveryItem[]) => kyc.deliver(portal.context, items);
const notes = async (id = CONTACT_ID) => JSON.stringify((await portal.contact(id)).timeline);
const count = (text: string, what: string) => text.split(what).length - 1;
const fields = mapping().kycRecord.fields;

describe('a record on the contact', () => {
  beforeEach(async () => {
    portal = await startPortal(database);
  });

  test('is properties in our own group and one note, and never holds the document number', async () => {
    const one = item();
    expect(await deliver(one)).toMatchObject([{ kind: 'delivered', remoteId: expect.stringMatching(/^\d+$/) }]);
    const { properties, timeline } = await portal.contact(CONTACT_ID);
    expect(properties).toMatchObject({
      flowella_kyc_status: 'submitted',
      flowella_kyc_legal_name: 'Ada <b> Lovelace',
      flowella_kyc_birth_date: '1990-12-10',
      flowella_kyc_document_last4: 'T478',
      flowella_kyc_consent: 'true',
      flowella_kyc_reference: one.submissionId,
      flowella_kyc_submitted_at: one.finishedAt.toISOString(),
    });
    expect(JSON.stringify({ properties, timeline })).not.toContain('C01X00T478');
    expect(count(JSON.stringify(timeline), one.submissionId)).toBeGreaterThan(0);
    expect(JSON.stringify(timeline)).not.toContain('Lovelace');
  });

  test('makes its properties once per portal', async () => {
    await prepareKycRecord(portal.context, mapping());
    const before = (await portal.calls()).filter((call) => call === 'POST /crm/properties/2026-09/contacts').length;
    expect(before).toBe(KYC_PROPERTIES.length);
    await deliver(item());
    expect((await portal.calls()).filter((call) => call.startsWith('POST /crm/properties'))).toHaveLength(before + 1);
  });

  test('makes its properties anew when someone archived one', async () => {
    await deliver(item());
    await portal.client.call(portal.portalId, {
      method: 'DELETE',
      path: '/crm/properties/2026-09/contacts/flowella_kyc_legal_name',
      schema: (await import('zod')).z.unknown(),
      priority: 'card',
      idempotent: true,
    });
    expect(await deliver(item())).toMatchObject([{ kind: 'dead', code: 'value_refused' }]);
    expect(await deliver(item())).toMatchObject([{ kind: 'delivered' }]);
  });

  test('whose note got no answer is found by our id and not written twice', async () => {
    const one = item();
    await portal.fault({ route: 'POST /crm/objects/2026-09/notes', kind: 'drop' });
    expect(await deliver(one)).toMatchObject([{ kind: 'unknown' }]);
    expect(await kyc.readBack?.(portal.context, one)).toBeNull();
    const [delivered] = await deliver(one);
    expect(await kyc.readBack?.(portal.context, one)).toMatchObject({
      kind: 'delivered',
      remoteId: delivered?.kind === 'delivered' ? delivered.remoteId : '',
    });
  });

  test('many at once are one batch of properties and one of notes, each with its own', async () => {
    const items = [item(), item({ contactId: '502' }), item({ contactId: '503' })];
    const outcomes = await deliver(...items);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(new Set(outcomes.map((outcome) => (outcome.kind === 'delivered' ? outcome.remoteId : '')))).toHaveProperty(
      'size',
      3,
    );
    for (const [index, id] of [CONTACT_ID, '502', '503'].entries()) {
      expect(await notes(id)).toContain(items[index]?.submissionId);
    }
    const calls = await portal.calls();
    expect(calls.filter((call) => call.endsWith('/contacts/batch/update'))).toHaveLength(1);
    expect(calls.filter((call) => call.endsWith('/notes/batch/create'))).toHaveLength(1);
  });

  test('of a contact that was deleted does not stop the others', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/erase-contact`, { contactId: '502' });
    expect(await deliver(item({ contactId: '502' }), item())).toMatchObject([
      { kind: 'dead', code: 'contact_gone' },
      { kind: 'delivered' },
    ]);
  });

  test('of nobody is a dead letter that says what to do', async () => {
    expect(await deliver(item({ contactId: null }))).toMatchObject([{ kind: 'dead', code: 'no_contact' }]);
  });
});

describe('a record as a custom object', () => {
  const custom = mapping({ kycRecord: { enabled: true, home: 'custom-object', fields } });

  test('is made once per portal, tied to the contact, and twice is once', async () => {
    portal = await startPortal(database, { tier: 'enterprise' });
    expect(await kyc.check(portal.context, toForm(rawForm), custom)).toEqual([]);
    const one = item({ mapping: custom });
    const [first] = await deliver(one);
    const [second] = await deliver(one, item({ mapping: custom }));
    expect(first).toMatchObject({ kind: 'delivered', detail: { objectTypeId: expect.stringMatching(/^2-/) } });
    expect(second).toEqual(first);
    const calls = await portal.calls();
    expect(calls.filter((call) => call === 'POST /crm-object-schemas/2026-09/schemas')).toHaveLength(1);
    expect(
      calls.some(
        (call) =>
          call.startsWith('PUT /crm/objects/2026-09/2-') &&
          call.endsWith(`/associations/default/contacts/${CONTACT_ID}`),
      ),
    ).toBe(true);
  });

  test('is refused before publishing where the account has none, with the way out', async () => {
    portal = await startPortal(database, { tier: 'pro' });
    const problems = await kyc.check(portal.context, toForm(rawForm), custom);
    expect(problems).toMatchObject([
      { code: 'custom_objects_unavailable', message: expect.stringContaining('Choose contact properties') },
    ]);
    expect(await deliver(item({ mapping: custom }))).toMatchObject([
      { kind: 'dead', code: 'custom_objects_unavailable' },
    ]);
  });
});

describe('before publishing', () => {
  beforeEach(async () => {
    portal = await startPortal(database);
  });
  const check = (kycFields: typeof fields) =>
    kyc.check(
      portal.context,
      toForm(rawForm),
      mapping({ kycRecord: { enabled: true, home: 'contact', fields: kycFields } }),
    );

  test('a mapping that works has no problems', async () => {
    expect(await check(fields)).toEqual([]);
  });

  test('a birth date that is no date, a question that is gone and an empty record are refused', async () => {
    expect(await check({ birthDate: ['0-1/firstname'] })).toMatchObject([
      { code: 'not_a_date', question: '0-1/firstname' },
    ]);
    expect(await check({ legalName: ['0-1/gone'] })).toMatchObject([{ code: 'unknown_question' }]);
    expect(await check({})).toMatchObject([{ code: 'kyc_empty' }]);
  });

  test('what the form works out can be a part of the record, but no date and no consent', async () => {
    const form = { ...toForm(rawForm), variables: [{ id: 'kind', type: 'text' as const, initial: '' }] };
    const checkComputed = (kycFields: typeof fields) =>
      kyc.check(portal.context, form, mapping({ kycRecord: { enabled: true, home: 'contact', fields: kycFields } }));
    expect(await checkComputed({ documentType: ['computed/kind'] })).toEqual([]);
    expect(await checkComputed({ birthDate: ['computed/kind'] })).toMatchObject([{ code: 'not_a_date' }]);
    expect(await checkComputed({ consent: ['computed/kind'] })).toMatchObject([{ code: 'not_a_consent' }]);
  });
});

describe('the last characters of a document number', () => {
  beforeEach(async () => {
    portal = await startPortal(database);
  });

  test('are never more than four and never more than half of it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (number) => {
        const plain = number.replace(/[^\p{L}\p{N}]/gu, '');
        const shown = lastCharacters(number);
        return shown.length <= 4 && shown.length <= plain.length / 2 && plain.endsWith(shown);
      }),
    );
  });
});
