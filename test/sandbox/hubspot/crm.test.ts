import { afterEach, beforeEach, expect, test } from 'vitest';
import { ENTERPRISE, FREE, testStandIn, type TestStandIn } from './support.ts';

let hubspot: TestStandIn;
beforeEach(async () => {
  hubspot = await testStandIn();
});
afterEach(() => hubspot.close());

const CONTACTS = '/crm/objects/2026-09/contacts';

test('a contact is created, read by id and by e-mail, changed and deleted', async () => {
  const created = await hubspot.call('POST', CONTACTS, {
    properties: { email: 'Eve@Example.TEST', firstname: 'Eve' },
    associations: [],
  });
  expect(created.status).toBe(201);
  expect(created.body.properties).toMatchObject({
    email: 'eve@example.test',
    firstname: 'Eve',
    lifecyclestage: 'lead',
  });
  const { id } = created.body;
  const byEmail = await hubspot.call(
    'GET',
    `${CONTACTS}/eve@example.test?idProperty=email&properties=firstname,nonsense`,
  );
  expect(byEmail.body).toMatchObject({ id, properties: { firstname: 'Eve' } });
  expect(byEmail.body.properties).not.toHaveProperty('nonsense');
  const changed = await hubspot.call('PATCH', `${CONTACTS}/${id}`, { properties: { firstname: 'Eva' } });
  expect(changed.body.properties.firstname).toBe('Eva');
  expect((await hubspot.call('DELETE', `${CONTACTS}/${id}`)).status).toBe(204);
  expect(await hubspot.call('GET', `${CONTACTS}/${id}`)).toMatchObject({
    status: 404,
    body: { category: 'OBJECT_NOT_FOUND', correlationId: expect.any(String) },
  });
});

test('a second contact with the same e-mail is refused with the id of the first', async () => {
  const answer = await hubspot.call('POST', CONTACTS, { properties: { email: 'ADA@example.test' }, associations: [] });
  expect(answer).toMatchObject({
    status: 409,
    body: { message: 'Contact already exists. Existing ID: 11', category: 'CONFLICT' },
  });
  expect((await hubspot.call('PATCH', `${CONTACTS}/12`, { properties: { email: 'ada@example.test' } })).status).toBe(
    409,
  );
});

test('every value is checked against its property, and all problems come at once', async () => {
  const answer = await hubspot.call('PATCH', `${CONTACTS}/11`, {
    properties: {
      nonsense: 'x',
      visit_reason: 'c',
      guests: 'many',
      arrival: '2026-02-30',
      email: 'not an address',
      hs_object_id: '5',
    },
  });
  expect(answer.status).toBe(400);
  expect(answer.body.category).toBe('VALIDATION_ERROR');
  expect(answer.body.errors.map((one: { code: string }) => one.code)).toEqual([
    'PROPERTY_DOESNT_EXIST',
    'INVALID_OPTION',
    'INVALID_NUMBER',
    'INVALID_LONG',
    'INVALID_EMAIL',
    'READ_ONLY_VALUE',
  ]);
  expect(answer.body.message).toMatch(/^Property values were not valid: \[\{"isValid":false/);
  expect(await hubspot.call('PATCH', `${CONTACTS}/11`, { properties: { arrival: '1790000000001' } })).toMatchObject({
    status: 400,
    body: { errors: [{ code: 'INVALID_DATE' }] },
  });
  expect(
    await hubspot.call('PATCH', `${CONTACTS}/11`, {
      properties: { arrival: '1795392000000', visit_reason: 'a;b', guests: '3' },
    }),
  ).toMatchObject({
    status: 200,
    body: { properties: { arrival: '2026-11-23', visit_reason: 'a;b', guests: '3' } },
  });
});

test('a lifecycle stage moves forward only, unless it is cleared first', async () => {
  const stage = async (value: string) =>
    (await hubspot.call('PATCH', `${CONTACTS}/12`, { properties: { lifecyclestage: value } })).body.properties
      .lifecyclestage;
  expect(await stage('lead')).toBe('customer');
  expect(await stage('evangelist')).toBe('evangelist');
  expect(await stage('')).toBeUndefined();
  expect(await stage('lead')).toBe('lead');
});

test('unknown body fields, wrong content types, unreadable JSON and unknown parameters are refused', async () => {
  expect(await hubspot.call('POST', CONTACTS, { properties: {}, associations: [], extra: 1 })).toMatchObject({
    status: 400,
    body: { category: 'VALIDATION_ERROR' },
  });
  expect(
    (await hubspot.call('POST', CONTACTS, 'a=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
      .status,
  ).toBe(415);
  expect((await hubspot.call('POST', CONTACTS, '{', {})).status).toBe(400);
  expect((await hubspot.call('GET', `${CONTACTS}?surprise=1`)).status).toBe(400);
  expect((await hubspot.call('GET', '/crm/objects/2026-09/unicorns')).status).toBe(404);
});

test('a token without the scope is told which scope it needs, and a foreign or expired one is refused', async () => {
  const owners = await hubspot.call('GET', '/crm/owners/2026-09');
  expect(owners).toMatchObject({
    status: 403,
    body: {
      category: 'MISSING_SCOPES',
      errors: [{ context: { requiredGranularScopes: ['crm.objects.owners.read'] } }],
    },
  });
  expect((await hubspot.call('GET', CONTACTS, undefined, { token: 'nonsense' })).body.category).toBe(
    'INVALID_AUTHENTICATION',
  );
  hubspot.advance(10_000_001_000);
  expect((await hubspot.call('GET', CONTACTS)).body.category).toBe('EXPIRED_AUTHENTICATION');
});

test('no account sees the records of another', async () => {
  expect((await hubspot.call('GET', `${CONTACTS}/11`, undefined, { portalId: FREE })).status).toBe(404);
  expect(
    (await hubspot.call('GET', CONTACTS, undefined, { portalId: FREE })).body.results.map(
      (one: { id: string }) => one.id,
    ),
  ).toEqual(['21']);
});

test('search finds a write only after the index has caught up, and finds phones without their country code', async () => {
  await hubspot.call('PATCH', `${CONTACTS}/12`, { properties: { mobilephone: '+44 7911 123456' } });
  const search = () =>
    hubspot.call('POST', `${CONTACTS}/search`, {
      filterGroups: [
        { filters: [{ propertyName: 'hs_searchable_calculated_phone_number', operator: 'EQ', value: '7911123456' }] },
        { filters: [{ propertyName: 'hs_searchable_calculated_mobile_number', operator: 'EQ', value: '7911123456' }] },
      ],
      properties: ['mobilephone'],
      sorts: [],
      limit: 10,
      after: '0',
    });
  expect((await search()).body.total).toBe(0);
  hubspot.advance(600);
  expect((await search()).body).toMatchObject({
    total: 1,
    results: [{ id: '12', properties: { mobilephone: '+44 7911 123456' } }],
  });
});

test('a sixth search within a second is refused in the words of the secondly limit, without rate headers', async () => {
  const search = () =>
    hubspot.call('POST', `${CONTACTS}/search`, { filterGroups: [], properties: [], sorts: [], limit: 1, after: '0' });
  for (let n = 0; n < 5; n++) expect((await search()).status).toBe(200);
  const refused = await search();
  expect(refused).toMatchObject({
    status: 429,
    body: { message: 'You have reached your secondly limit.', policyName: 'SECONDLY' },
  });
  expect(refused.headers.has('x-hubspot-ratelimit-max')).toBe(false);
  hubspot.advance(1_000);
  expect((await search()).status).toBe(200);
});

test('the 111th request within ten seconds of one account is refused, and another account is not', async () => {
  const first = await hubspot.call('GET', `${CONTACTS}/11`);
  expect(first.headers.get('x-hubspot-ratelimit-remaining')).toBe('109');
  for (let n = 0; n < 109; n++) expect((await hubspot.call('GET', `${CONTACTS}/11`)).status).toBe(200);
  expect(await hubspot.call('GET', `${CONTACTS}/11`)).toMatchObject({
    status: 429,
    body: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' },
  });
  expect((await hubspot.call('GET', CONTACTS, undefined, { portalId: FREE })).status).toBe(200);
  hubspot.advance(10_000);
  expect((await hubspot.call('GET', `${CONTACTS}/11`)).status).toBe(200);
});

test('a batch reports missing records beside the others, and bad values only when its inputs are traced', async () => {
  const read = await hubspot.call('POST', `${CONTACTS}/batch/read`, {
    inputs: [{ id: '11' }, { id: '999' }],
    properties: ['firstname'],
    propertiesWithHistory: [],
  });
  expect(read).toMatchObject({
    status: 207,
    body: {
      numErrors: 1,
      results: [{ id: '11' }],
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['999'] } }],
    },
  });
  const bad = { id: '11', properties: { guests: 'x' } };
  expect(
    (
      await hubspot.call('POST', `${CONTACTS}/batch/update`, {
        inputs: [{ id: '12', properties: { firstname: 'Changed' } }, bad],
      })
    ).status,
  ).toBe(400);
  expect((await hubspot.call('GET', `${CONTACTS}/12?properties=firstname`)).body.properties.firstname).toBe('Bo');
  const traced = await hubspot.call('POST', `${CONTACTS}/batch/update`, {
    inputs: [
      { id: '12', properties: { firstname: 'Changed' }, objectWriteTraceId: 'one' },
      { ...bad, objectWriteTraceId: 'two' },
    ],
  });
  expect(traced).toMatchObject({
    status: 207,
    body: {
      results: [{ id: '12', objectWriteTraceId: 'one' }],
      errors: [{ context: { objectWriteTraceId: ['two'] } }],
    },
  });
  expect(
    (
      await hubspot.call('POST', `${CONTACTS}/batch/update`, {
        inputs: Array.from({ length: 101 }, (_, n) => ({ id: String(n), properties: {} })),
      })
    ).status,
  ).toBe(400);
});

test('an upsert by a unique property creates once and changes afterwards', async () => {
  const upsert = () =>
    hubspot.call('POST', `${CONTACTS}/batch/upsert`, {
      inputs: [{ id: 'M-1', idProperty: 'member_no', properties: { firstname: 'Max' } }],
    });
  const first = await upsert();
  expect(first).toMatchObject({ status: 200, body: { results: [{ new: true, properties: { member_no: 'M-1' } }] } });
  expect((await upsert()).body.results[0]).toMatchObject({ new: false, id: first.body.results[0].id });
});

test('a merged contact answers under both ids', async () => {
  const merged = await hubspot.call('POST', `${CONTACTS}/merge`, { primaryObjectId: '11', objectIdToMerge: '12' });
  expect(merged.body).toMatchObject({
    id: '11',
    properties: { email: 'ada@example.test', hs_additional_emails: 'bo@example.test', hs_merged_object_ids: '12' },
  });
  expect((await hubspot.call('GET', `${CONTACTS}/12`)).body.id).toBe('11');
});

test('a note and a WhatsApp communication need their properties and stand on the contact with HubSpot type numbers', async () => {
  const incomplete = await hubspot.call('POST', '/crm/objects/2026-09/notes', {
    properties: { hs_note_body: 'x' },
    associations: [],
  });
  expect(incomplete).toMatchObject({ status: 400, body: { context: { properties: ['hs_timestamp'] } } });
  const wrongType = await hubspot.call('POST', '/crm/objects/2026-09/notes', {
    properties: { hs_timestamp: '2026-11-23T10:00:00Z' },
    associations: [{ to: { id: '11' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 81 }] }],
  });
  expect(wrongType.status).toBe(400);
  const sent = await hubspot.call('POST', '/crm/objects/2026-09/communications', {
    properties: {
      hs_communication_channel_type: 'WHATS_APP',
      hs_communication_logged_from: 'CRM',
      hs_communication_body: 'Hello',
      hs_timestamp: '2026-11-23T10:00:00Z',
    },
    associations: [{ to: { id: '11' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 81 }] }],
  });
  expect(sent.status).toBe(201);
  const contact = await hubspot.call('GET', `${CONTACTS}/11?associations=communications`);
  expect(contact.body.associations.communications.results).toEqual([
    { id: sent.body.id, type: 'contact_to_communication' },
  ]);
  const page = await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts/11`);
  expect(page.timeline).toMatchObject([{ kind: 'communication', body: 'Hello' }]);
});

test('a property is created once, in an existing group, with a field type that fits', async () => {
  const PROPERTIES = '/crm/properties/2026-09/contacts';
  const property = { name: 'flowella_state', label: 'State', type: 'string', fieldType: 'text', groupName: 'flowella' };
  expect((await hubspot.call('POST', PROPERTIES, property)).status).toBe(400);
  expect((await hubspot.call('POST', `${PROPERTIES}/groups`, { name: 'flowella', label: 'Flowella' })).status).toBe(
    201,
  );
  expect((await hubspot.call('POST', `${PROPERTIES}/groups`, { name: 'flowella', label: 'Flowella' })).status).toBe(
    409,
  );
  expect((await hubspot.call('POST', PROPERTIES, property)).status).toBe(201);
  expect((await hubspot.call('POST', PROPERTIES, property)).status).toBe(409);
  expect(
    (await hubspot.call('POST', PROPERTIES, { ...property, name: 'flowella_n', type: 'number', fieldType: 'text' }))
      .status,
  ).toBe(400);
  expect((await hubspot.call('POST', PROPERTIES, { ...property, name: 'Flowella-Bad' })).status).toBe(400);
  const batch = await hubspot.call('POST', `${PROPERTIES}/batch/create`, {
    inputs: [property, { ...property, name: 'flowella_two' }],
  });
  expect(batch).toMatchObject({ status: 207, body: { results: [{ name: 'flowella_two' }], numErrors: 1 } });
  expect((await hubspot.call('DELETE', `${PROPERTIES}/groups/flowella`)).status).toBe(400);
  expect((await hubspot.call('PATCH', `${CONTACTS}/11`, { properties: { flowella_state: 'sent' } })).status).toBe(200);
});

test('custom objects exist in Enterprise accounts only, with records, required properties and associations', async () => {
  const SCHEMAS = '/crm-object-schemas/2026-09/schemas';
  const schema = {
    name: 'kyc_record',
    labels: { singular: 'KYC record', plural: 'KYC records' },
    primaryDisplayProperty: 'reference',
    requiredProperties: ['reference'],
    searchableProperties: [],
    secondaryDisplayProperties: [],
    allowsSensitiveProperties: false,
    properties: [{ name: 'reference', label: 'Reference', type: 'string', fieldType: 'text' }],
    associatedObjects: ['CONTACT'],
  };
  expect((await hubspot.call('POST', SCHEMAS, schema, { portalId: FREE })).status).toBe(403);
  const created = await hubspot.call('POST', SCHEMAS, schema);
  expect(created).toMatchObject({
    status: 201,
    body: { fullyQualifiedName: `p${ENTERPRISE}_kyc_record`, objectTypeId: expect.stringMatching(/^2-\d+$/) },
  });
  const type = created.body.objectTypeId;
  const toContact = created.body.associations.find(
    (one: { fromObjectTypeId: string; toObjectTypeId: string }) =>
      one.fromObjectTypeId === type && one.toObjectTypeId === '0-1',
  );
  expect(
    (await hubspot.call('POST', `/crm/objects/2026-09/${type}`, { properties: {}, associations: [] })).status,
  ).toBe(400);
  const record = await hubspot.call('POST', `/crm/objects/2026-09/p_kyc_record`, {
    properties: { reference: 'R-1' },
    associations: [
      { to: { id: '11' }, types: [{ associationCategory: 'USER_DEFINED', associationTypeId: Number(toContact.id) }] },
    ],
  });
  expect(record.status).toBe(201);
  expect((await hubspot.call('GET', '/crm/limits/2026-09/custom-object-types')).body).toMatchObject({
    limit: 10,
    usage: 1,
  });
  const page = await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts/11`);
  expect(page.timeline).toMatchObject([{ kind: 'custom-object', title: 'KYC record', body: 'R-1' }]);
});

test('associations are written in both directions and can be read in a batch', async () => {
  const note = await hubspot.call('POST', '/crm/objects/2026-09/notes', {
    properties: { hs_timestamp: '2026-11-23T10:00:00Z' },
    associations: [],
  });
  const put = await hubspot.call('PUT', `/crm/objects/2026-09/notes/${note.body.id}/associations/default/contacts/11`);
  expect(
    put.body.results.map(
      (one: { associationSpec: { associationTypeId: number } }) => one.associationSpec.associationTypeId,
    ),
  ).toEqual([202, 201]);
  const read = await hubspot.call('POST', '/crm/associations/2026-09/contacts/notes/batch/read', {
    inputs: [{ id: '11' }, { id: '12' }],
  });
  expect(read).toMatchObject({
    status: 207,
    body: {
      results: [{ from: { id: '11' }, to: [{ toObjectId: note.body.id, associationTypes: [{ typeId: 201 }] }] }],
      numErrors: 1,
    },
  });
  expect(
    (await hubspot.call('PUT', `/crm/objects/2026-09/notes/${note.body.id}/associations/default/contacts/404`)).status,
  ).toBe(404);
});

test('the history of a property names the app that wrote it', async () => {
  await hubspot.call('PATCH', `${CONTACTS}/11`, { properties: { firstname: 'Augusta' } });
  const read = await hubspot.call('GET', `${CONTACTS}/11?propertiesWithHistory=firstname`);
  expect(read.body.propertiesWithHistory.firstname).toMatchObject([
    { value: 'Augusta', sourceType: 'INTEGRATION', sourceId: '7' },
    { value: 'Ada', sourceType: 'CRM_UI' },
  ]);
});

test('a task needs its due time and HubSpot’s own words for state and priority, is found by the search after its lag, and completed', async () => {
  const tasks = '/crm/objects/2026-09/tasks';
  const make = (properties: Record<string, string>) => hubspot.call('POST', tasks, { properties, associations: [] });
  expect((await make({ hs_task_subject: 'x' })).status).toBe(400);
  expect((await make({ hs_timestamp: '2026-11-23T10:00:00Z', hs_task_status: 'OPEN' })).status).toBe(400);
  expect((await make({ hs_timestamp: '2026-11-23T10:00:00Z', hs_task_priority: 'URGENT' })).status).toBe(400);
  expect((await make({ hs_timestamp: '2026-11-23T10:00:00Z', flowella_alert: 'x' })).status).toBe(400);
  const made = await make({
    hs_timestamp: '2026-11-23T10:00:00Z',
    hs_task_subject: 'Look at it',
    hs_task_body: '<p>Flowella alr_1</p>',
    hs_task_status: 'NOT_STARTED',
    hs_task_priority: 'HIGH',
    hs_task_type: 'TODO',
  });
  expect(made.status).toBe(201);
  const search = async () =>
    (
      await hubspot.call('POST', `${tasks}/search`, {
        filterGroups: [{ filters: [{ propertyName: 'hs_createdate', operator: 'GTE', value: '0' }] }],
        properties: ['hs_task_body'],
      })
    ).body.results.map((task: { id: string }) => task.id);
  expect(await search()).toEqual([]);
  hubspot.advance(60_000);
  expect(await search()).toEqual([made.body.id]);
  const done = await hubspot.call('PATCH', `${tasks}/${made.body.id}`, { properties: { hs_task_status: 'COMPLETED' } });
  expect(done.body.properties.hs_task_status).toBe('COMPLETED');
});
