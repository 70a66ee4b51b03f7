import { z } from 'zod';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContactDestination } from '../../server/destinations/contact/contact-destination.ts';
import { prepareContactProperties } from '../../server/destinations/contact/prepare-contact-properties.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { listProperties } from '../../server/hubspot/properties.ts';
import { toForm } from '../../server/sources/hubspot-forms/to-form.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import {
  CONTACT_ID,
  deliveryItem,
  EVERY_ANSWER,
  mapping,
  rawForm,
  startPortal,
  type Portal,
} from './support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
const contact = createContactDestination();
const properties = (...lines: [question: string, property: string][]) =>
  mapping({
    contact: {
      enabled: true,
      properties: lines.map(([question, property]) => ({ question, property, create: false })),
    },
  });

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
});
afterEach(() => portal.close());

const deliver = (...items: DeliveryItem[]) => contact.deliver(portal.context, items);
const item = (overrides: Partial<DeliveryItem> = {}) => deliveryItem(portal, overrides);

describe('a known contact', () => {
  test('gets every mapped answer in the type of its property, and twice is the same as once', async () => {
    const one = item();
    for (let n = 0; n < 2; n += 1) {
      expect(await deliver(one)).toEqual([
        { kind: 'delivered', remoteId: CONTACT_ID, contactId: CONTACT_ID, detail: { properties: 3 } },
      ]);
    }
    expect((await portal.contact(CONTACT_ID)).properties).toMatchObject({
      firstname: 'Ada <b>',
      birthday: '1990-12-10',
      hs_lead_status: 'OPEN',
    });
    expect(await portal.contacts()).toHaveLength(3);
  });

  test('keeps what was not answered', async () => {
    await deliver(item({ answers: { '0-1/birthday': { kind: 'date', value: '1990-12-10' } } }));
    expect((await portal.contact(CONTACT_ID)).properties.firstname).toBe('Ada');
  });

  test('never moves back in its lifecycle, but moves forward', async () => {
    const stage = (value: string) =>
      item({
        mapping: properties(['0-1/firstname', 'lifecyclestage']),
        form: toForm({
          ...rawForm,
          fieldGroups: [
            {
              groupType: 'default_group',
              fields: [
                {
                  objectTypeId: '0-1',
                  name: 'firstname',
                  label: 'Stage',
                  fieldType: 'dropdown',
                  options: ['lead', 'evangelist'].map((option) => ({ label: option, value: option })),
                },
              ],
            },
          ],
        }),
        answers: { '0-1/firstname': { kind: 'choice', choiceId: value } },
      });
    expect(await deliver(stage('lead'))).toMatchObject([{ kind: 'delivered', detail: { properties: 0 } }]);
    expect((await portal.contact(CONTACT_ID)).properties.lifecyclestage).toBe('customer');
    await deliver(stage('evangelist'));
    expect((await portal.contact(CONTACT_ID)).properties.lifecyclestage).toBe('evangelist');
  });

  test('does not get a full document number unless the customer allowed it', async () => {
    const numbered = properties(['0-1/passport_number', 'passport_number']);
    await deliver(item({ mapping: numbered }));
    expect((await portal.contact(CONTACT_ID)).properties.passport_number).toBeUndefined();
    await deliver(item({ mapping: numbered, allowDocumentNumber: ['0-1/passport_number'] }));
    expect((await portal.contact(CONTACT_ID)).properties.passport_number).toBe('C01X00T478');
  });

  test('of another address is refused with the reason when the address belongs to someone else', async () => {
    const [outcome] = await deliver(
      item({
        mapping: properties(['0-1/email', 'email']),
        answers: { '0-1/email': { kind: 'email', value: 'bob@acme.test' } },
      }),
    );
    expect(outcome).toMatchObject({
      kind: 'dead',
      code: 'email_of_other_contact',
      reason: expect.stringContaining('merge the two contacts'),
    });
  });

  test('that was deleted is a dead letter, and is not made anew', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/erase-contact`, { contactId: CONTACT_ID });
    expect(await deliver(item())).toMatchObject([{ kind: 'dead', code: 'contact_gone' }]);
    expect(await portal.contacts()).toHaveLength(2);
  });

  test('that was merged into another is found there', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/contacts/merge`, {
      primaryObjectId: '502',
      objectIdToMerge: CONTACT_ID,
    });
    const [outcome] = await deliver(item());
    expect(outcome).toMatchObject({ kind: 'delivered', contactId: '502' });
    expect((await portal.contact('502')).properties.hs_lead_status).toBe('OPEN');
  });

  test('gets everything else when one property changed, and the delivery is held', async () => {
    const [outcome] = await deliver(
      item({ mapping: properties(['0-1/firstname', 'firstname'], ['0-1/birthday', 'gone']) }),
    );
    expect(outcome).toMatchObject({
      kind: 'held',
      code: 'property_changed',
      contactId: CONTACT_ID,
      reason: expect.stringContaining('"gone"'),
    });
    expect((await portal.contact(CONTACT_ID)).properties.firstname).toBe('Ada <b>');
  });
});

test('a property that was corrected takes the answer at the very next try', async () => {
  const real = portal.context.hubspot;
  let isChanged = true;
  const call: typeof real.call = async (portalId, request) => {
    const answer = await real.call(portalId, request);
    const list = z.object({ results: z.array(z.looseObject({ name: z.string() })) }).safeParse(answer);
    if (!isChanged || !request.path.endsWith('/properties/2026-09/contacts') || !list.success) return answer;
    const results = list.data.results.map((one) => (one.name === 'birthday' ? { ...one, type: 'bool' } : one));
    return request.schema.parse({ results });
  };
  const context = { ...portal.context, hubspot: { call } };
  const one = item({ mapping: properties(['0-1/birthday', 'birthday']) });
  expect(await contact.deliver(context, [one])).toMatchObject([{ kind: 'held', code: 'property_changed' }]);
  isChanged = false;
  expect(await contact.deliver(context, [one])).toMatchObject([{ kind: 'delivered' }]);
});

describe('many at once', () => {
  test('are written in one batch, and one that HubSpot refuses does not hold the others', async () => {
    const good = item({ contactId: '502' });
    const bad = item({
      mapping: properties(['0-1/email', 'email']),
      answers: { '0-1/email': { kind: 'email', value: 'bob@acme.test' } },
    });
    const outcomes = await deliver(bad, good);
    expect(outcomes).toMatchObject([
      { kind: 'dead', code: 'email_of_other_contact' },
      { kind: 'delivered', contactId: '502' },
    ]);
    expect((await portal.calls()).filter((call) => call.endsWith('/batch/update'))).toHaveLength(1);
  });

  test('of one person: the one that was finished last stands', async () => {
    const older = item({
      answers: {
        '0-1/firstname': { kind: 'text', value: 'Older' },
        '0-1/hs_lead_status': { kind: 'choice', choiceId: 'NEW' },
      },
    });
    const newer = item({
      answers: { '0-1/firstname': { kind: 'text', value: 'Newer' } },
      finishedAt: new Date(older.finishedAt.getTime() + 1_000),
    });
    await deliver(newer, older);
    expect((await portal.contact(CONTACT_ID)).properties).toMatchObject({ firstname: 'Newer', hs_lead_status: 'NEW' });
  });
});

describe('a person without a known contact', () => {
  const stranger = (overrides: Partial<DeliveryItem> = {}) =>
    item({
      contactId: null,
      person: { personId: 'psn_stranger', phone: '+4915155555555', bsuid: null },
      answers: { ...EVERY_ANSWER, '0-1/email': { kind: 'email', value: 'new@acme.test' } },
      ...overrides,
    });

  test('is found by number', async () => {
    const [outcome] = await deliver(item({ contactId: null }));
    expect(outcome).toMatchObject({ kind: 'delivered', contactId: CONTACT_ID });
  });

  test('is found by e-mail address when no contact has the number', async () => {
    const [outcome] = await deliver(stranger({ answers: EVERY_ANSWER }));
    expect(outcome).toMatchObject({ kind: 'delivered', contactId: CONTACT_ID });
  });

  test('becomes one new contact, however often it is tried', async () => {
    const one = stranger();
    const [first] = await deliver(one);
    const [second] = await deliver(one);
    expect(first).toMatchObject({ kind: 'delivered' });
    expect(second).toEqual(first);
    const created = (await portal.contacts()).filter(({ properties: { email } }) => email === 'new@acme.test');
    expect(created).toHaveLength(1);
    expect(created[0]?.properties).toMatchObject({
      mobilephone: '+4915155555555',
      firstname: 'Ada <b>',
      flowella_person_id: 'psn_stranger',
    });
  });

  test('with two submissions in one batch becomes one contact', async () => {
    const [a, b] = await deliver(stranger(), stranger());
    expect(a).toMatchObject({ kind: 'delivered' });
    expect(b).toMatchObject({ contactId: a?.kind === 'delivered' ? a.contactId : '' });
    expect(await portal.contacts()).toHaveLength(4);
  });

  test('becomes one contact when HubSpot made it but the answer was lost', async () => {
    await portal.fault({ route: 'POST /crm/objects/2026-09/contacts/batch/upsert', kind: '500', times: 2 });
    expect(await deliver(stranger())).toMatchObject([{ kind: 'delivered' }]);
    expect(await portal.contacts()).toHaveLength(4);
  });

  test('whose number two contacts have is not guessed at', async () => {
    await portal.control('PATCH', `/portals/${portal.portalId}/contacts/502`, {
      properties: { mobilephone: '015112345678' },
    });
    const [outcome] = await deliver(item({ contactId: null, answers: {} }));
    expect(outcome).toMatchObject({ kind: 'dead', code: 'several_contacts' });
    const [byEmail] = await deliver(item({ contactId: null }));
    expect(byEmail).toMatchObject({ kind: 'delivered', contactId: CONTACT_ID });
  });

  test('known by business-scoped id alone becomes a contact without a number', async () => {
    const [outcome] = await deliver(stranger({ person: { personId: 'psn_hidden', phone: null, bsuid: 'DE.1' } }));
    expect(outcome).toMatchObject({ kind: 'delivered' });
    expect(await portal.contacts()).toHaveLength(4);
  });
});

describe('when HubSpot does not take it', () => {
  test('a limit means waiting for as long as HubSpot says', async () => {
    await portal.fault({ route: 'PATCH /crm/objects/2026-09/contacts', kind: '429', times: 1 });
    const [outcome] = await deliver(item());
    expect(outcome).toMatchObject({ kind: 'retry', code: 'hubspot_rate_limited' });
    expect(outcome?.kind === 'retry' && outcome.retryAfterMs).toBeGreaterThan(1_000);
  });

  test('an uninstalled app holds the delivery until the account comes back', async () => {
    await portal.control('POST', `/portals/${portal.portalId}/uninstall`, {});
    expect(await deliver(item(), item())).toMatchObject([
      { kind: 'held', code: 'portal_disconnected' },
      { kind: 'held', code: 'portal_disconnected' },
    ]);
  });
});

describe('before publishing', () => {
  const check = (map: ReturnType<typeof mapping>, design = {}) =>
    contact.check(portal.context, toForm(rawForm), map, design);

  test('a mapping that works has no problems', async () => {
    expect(await check(mapping())).toEqual([]);
  });

  test.each([
    ['a property that HubSpot does not have', [['0-1/firstname', 'nowhere']], 'unknown_property'],
    ['a question that the form does not have', [['0-1/nothing', 'firstname']], 'unknown_question'],
    ['a property of another type', [['0-1/firstname', 'birthday']], 'wrong_type'],
    ['a property that lacks a choice', [['0-1/hs_lead_status', 'numemployees']], 'option_missing'],
    ['a property that cannot be written', [['0-1/firstname', 'num_conversion_events']], 'read_only'],
    ['a full document number', [['0-1/passport_number', 'passport_number']], 'document_number'],
  ] as const)('%s is refused with the reason', async (_what, lines, code) => {
    const problems = await check(
      properties(...lines.map(([question, property]): [string, string] => [question, property])),
    );
    expect(problems).toMatchObject([{ code, question: lines[0]?.[0], message: expect.stringMatching(/\.$/) }]);
  });

  test('two answers for one property are refused', async () => {
    const problems = await check(properties(['0-1/firstname', 'message'], ['0-1/lastname', 'message']));
    expect(problems).toMatchObject([{ code: 'property_twice', question: '0-1/lastname' }]);
  });

  test('a document number is let through when the customer allowed it', async () => {
    const design = { allowDocumentNumber: ['0-1/passport_number'] };
    expect(await check(properties(['0-1/passport_number', 'passport_number']), design)).toEqual([]);
  });

  test('asked-for properties are made in our group, once, with type and options of the question', async () => {
    const map = mapping({
      contact: {
        enabled: true,
        properties: [
          { question: '0-1/hs_lead_status', property: 'flowella_interest', create: true },
          { question: '0-1/birthday', property: 'flowella_birth', create: true },
        ],
      },
    });
    expect(await check(map)).toEqual([]);
    for (let n = 0; n < 2; n += 1) await prepareContactProperties(portal.context, toForm(rawForm), map);
    expect(await deliver(item({ mapping: map }))).toMatchObject([{ kind: 'delivered', detail: { properties: 2 } }]);
    expect((await portal.contact(CONTACT_ID)).properties).toMatchObject({
      flowella_interest: 'OPEN',
      flowella_birth: '1990-12-10',
    });
    expect((await portal.calls()).filter((call) => call === 'POST /crm/properties/2026-09/contacts')).toHaveLength(2);
  });

  test('a property for what the form works out says in its label whose score it is', async () => {
    const form = { ...toForm(rawForm), variables: [{ id: 'score', type: 'number' as const, initial: '0' }] };
    const line = { question: 'computed/score', property: 'flowella_score_quiz', create: true };
    await prepareContactProperties(portal.context, form, mapping({ contact: { enabled: true, properties: [line] } }));
    const made = (await listProperties(portal.context.hubspot, portal.portalId, 'contacts', 'card')).get(line.property);
    expect(made).toMatchObject({ label: `${form.name}: Score (worked out by the form)`, type: 'number' });
  });

  test('an existing property of our name and another type is a conflict, not overwritten', async () => {
    const map = (question: string) =>
      mapping({ contact: { enabled: true, properties: [{ question, property: 'flowella_x', create: true }] } });
    await prepareContactProperties(portal.context, toForm(rawForm), map('0-1/birthday'));
    await expect(prepareContactProperties(portal.context, toForm(rawForm), map('0-1/firstname'))).rejects.toMatchObject(
      {
        code: 'property_type_conflict',
        userMessage: expect.stringContaining('flowella_x'),
      },
    );
  });
});
