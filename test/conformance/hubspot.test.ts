import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { SANDBOX_PORTALS, SANDBOX_PORTAL_A } from '../../server/sandbox/hubspot/sandbox-seed.ts';
import { APP, testStandIn, type TestStandIn } from '../sandbox/hubspot/support.ts';
import { checkHubSpotJournal } from './check-hubspot.ts';

const SPECS = fileURLToPath(new URL('../../../shared/specs', import.meta.url));
const conformance = existsSync(SPECS) ? test : test.skip;
const because = existsSync(SPECS) ? '' : ` (skipped: HubSpot's API descriptions are not at ${SPECS})`;

const CONTACT = '/crm/objects/2026-09/contacts';

conformance(`the HubSpot stand-in answers every route as HubSpot's own descriptions say${because}`, async () => {
  const hubspot = await testStandIn({}, { apps: [APP], portals: SANDBOX_PORTALS });
  await tourObjects(hubspot);
  await tourProperties(hubspot);
  await tourCustomObjects(hubspot);
  await tourForms(hubspot);
  await tourScheduler(hubspot);
  await tourInstall(hubspot);
  const { entries } = await hubspot.control('GET', '/journal?since=0');
  const result = checkHubSpotJournal(entries, SPECS);
  await hubspot.close();
  expect(result.mismatches).toEqual([]);
  expect(result.checked).toBe(entries.length);
  expect(result.operations).toHaveLength(62);
});

conformance(`a request or answer that differs from the descriptions is found${because}`, async () => {
  const hubspot = await testStandIn({}, { apps: [APP], portals: SANDBOX_PORTALS });
  await as(hubspot)('POST', CONTACT, { properties: { firstname: 'x' } });
  await as(hubspot)('GET', `${CONTACT}/101`);
  const { entries } = await hubspot.control('GET', '/journal?since=0');
  await hubspot.close();
  const [create, read] = entries;
  const found = (entry: unknown) => checkHubSpotJournal([entry as never], SPECS).mismatches.map((one) => one.message);
  expect(found(create)).toEqual([expect.stringContaining("must have required property 'associations'")]);
  expect(found(read)).toEqual([]);
  expect(found({ ...read, answer: { ...read.answer, id: 101 } })).toEqual([
    expect.stringContaining('/id must be string'),
  ]);
  expect(found({ ...read, answer: { ...read.answer, surprise: 1 } })).toEqual([expect.stringContaining('surprise')]);
  expect(found({ ...read, status: 201 })).toEqual([expect.stringContaining('success is not described as 201')]);
  expect(found({ ...read, query: { surprise: ['1'] } })).toEqual(['unknown query parameter surprise']);
  expect(found({ ...read, path: '/crm/objects/2026-09' })).toEqual([expect.stringContaining('no description')]);
  expect(found({ ...create, headers: { 'content-type': 'text/plain' } })).toEqual([
    expect.stringContaining('content type text/plain'),
  ]);
});

/** Calls as the sandbox's first account. */
function as(hubspot: TestStandIn) {
  return async (method: string, path: string, body?: unknown, forms = false) => {
    // Every call on a second of its own: the tour is longer than the limit of ten seconds.
    hubspot.advance(1_000);
    return (await hubspot.call(method, path, body, { portalId: SANDBOX_PORTAL_A, forms })).body;
  };
}

async function tourObjects(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const search = {
    filterGroups: [{ filters: [{ propertyName: 'email', operator: 'HAS_PROPERTY' }] }],
    properties: ['email'],
    sorts: ['-createdate'],
    limit: 2,
    after: '0',
  };
  await call('GET', `${CONTACT}?limit=2&properties=email,phone&archived=false`);
  const made = await call('POST', CONTACT, {
    properties: { email: 'tour@person.test', firstname: 'Tour' },
    associations: [],
  });
  await call('POST', CONTACT, { properties: { email: 'tour@person.test' }, associations: [] });
  await call('POST', CONTACT, { properties: { nonsense: 'x', email: 'x' }, associations: [] });
  await call(
    'GET',
    `${CONTACT}/tour@person.test?idProperty=email&properties=email&propertiesWithHistory=firstname&associations=notes`,
  );
  await call('PATCH', `${CONTACT}/${made.id}`, { properties: { firstname: 'Tourist' } });
  await call('POST', `${CONTACT}/search`, search);
  await call('POST', `${CONTACT}/batch/read`, {
    inputs: [{ id: '101' }, { id: '999999' }],
    properties: ['email'],
    propertiesWithHistory: [],
  });
  const pair = await call('POST', `${CONTACT}/batch/create`, {
    inputs: ['a', 'b'].map((name) => ({
      properties: { email: `${name}@person.test` },
      associations: [],
      objectWriteTraceId: name,
    })),
  });
  await call('POST', `${CONTACT}/batch/update`, {
    inputs: [
      { id: '101', properties: { city: 'Bremen' } },
      { id: '102', properties: { hs_language: 'xx' }, objectWriteTraceId: 't' },
    ],
  });
  await call('POST', `${CONTACT}/batch/upsert`, {
    inputs: [{ id: 'up@person.test', idProperty: 'email', properties: { firstname: 'Up' } }],
  });
  await call('POST', `${CONTACT}/merge`, { primaryObjectId: pair.results[0].id, objectIdToMerge: pair.results[1].id });
  await call('POST', `${CONTACT}/gdpr-delete`, { objectId: pair.results[0].id });
  await tourActivities(hubspot);
  await call('POST', `${CONTACT}/batch/archive`, { inputs: [{ id: made.id }] });
  await call('DELETE', `${CONTACT}/${made.id}`);
  await call('GET', '/crm/owners/2026-09?limit=1');
  await call('GET', '/crm/owners/2026-09?archived=true');
}

async function tourScheduler(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const links = '/scheduler/2026-09/meetings/meeting-links';
  const { results } = await call('GET', `${links}?limit=5&type=PERSONAL_LINK`);
  const slug = String(results[0].slug);
  const page = `${links}/book/availability-page/${encodeURIComponent(slug)}`;
  await call('GET', `${links}/book/${encodeURIComponent(slug)}?timezone=Europe/Berlin`);
  await call('GET', `${page}?timezone=Europe/Berlin`);
  const { linkAvailability } = await call('GET', `${page}?timezone=Europe/Berlin&monthOffset=1`);
  const [slot] = linkAvailability.linkAvailabilityByDuration['1800000'].availabilities;
  const booking = {
    slug,
    duration: 1_800_000,
    startTime: new Date(slot.startMillisUtc).toISOString(),
    email: 'tour@person.test',
    firstName: 'Tour',
    lastName: '-',
    timezone: 'Europe/Berlin',
    locale: 'de',
    formFields: [],
    legalConsentResponses: [],
    likelyAvailableUserIds: ['51001'],
  };
  const { contactId } = await call('POST', `${links}/book`, booking);
  await call('POST', `${links}/book`, booking);
  await call('POST', `${links}/book`, { ...booking, slug: 'nobody/nothing' });
  await call('POST', `${links}/book`, { ...booking, email: 'x' });
  const read = await call('POST', '/crm/associations/2026-09/contacts/meetings/batch/read', {
    inputs: [{ id: contactId }],
  });
  await call('POST', '/crm/objects/2026-09/meetings/batch/read', {
    inputs: [{ id: String(read.results[0].to[0].toObjectId) }],
    properties: ['hs_meeting_start_time'],
    propertiesWithHistory: [],
  });
}

async function tourActivities(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const at = '2026-11-23T10:00:00Z';
  const toContact = (associationTypeId: number) => [
    { to: { id: '101' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }] },
  ];
  const communication = {
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: 'x',
    hs_timestamp: at,
  };
  await call('POST', '/crm/objects/2026-09/communications', { properties: communication, associations: toContact(81) });
  await call('POST', '/crm/objects/2026-09/tasks', {
    properties: { hs_task_subject: 'x', hs_timestamp: at },
    associations: toContact(204),
  });
  const note = await call('POST', '/crm/objects/2026-09/notes', {
    properties: { hs_note_body: 'x', hs_timestamp: at },
    associations: [],
  });
  await call('POST', '/crm/objects/2026-09/notes', { properties: {}, associations: [] });
  await call('PUT', `/crm/objects/2026-09/notes/${note.id}/associations/default/contacts/101`);
  await call('PUT', `/crm/objects/2026-09/notes/${note.id}/associations/contacts/102`, [
    { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 202 },
  ]);
  const batch = '/crm/associations/2026-09/notes/contacts/batch';
  const [from, to] = [{ id: note.id }, { id: '103' }];
  await call('POST', `${batch}/create`, {
    inputs: [{ from, to, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 202 }] }],
  });
  await call('POST', `${batch}/associate/default`, { inputs: [{ from, to }] });
  await call('POST', `${batch}/read`, { inputs: [{ id: note.id }, { id: '999999' }] });
  await call('POST', `${batch}/archive`, { inputs: [{ from, to: [to] }] });
  await call('DELETE', `/crm/objects/2026-09/notes/${note.id}/associations/contacts/102`);
  await call('GET', `/crm/objects/2026-09/notes/${note.id}?associations=contacts`);
}

async function tourProperties(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const base = '/crm/properties/2026-09/contacts';
  const property = {
    name: 'flowella_tour',
    label: 'Tour',
    type: 'enumeration',
    fieldType: 'select',
    groupName: 'flowella',
    options: [{ label: 'A', value: 'a', displayOrder: 0, hidden: false }],
  };
  await call('POST', `${base}/groups`, { name: 'flowella', label: 'Flowella' });
  await call('POST', `${base}/groups`, { name: 'flowella', label: 'Flowella' });
  await call('GET', `${base}/groups`);
  await call('GET', `${base}/groups/flowella`);
  await call('PATCH', `${base}/groups/flowella`, { label: 'Flowella answers' });
  await call('POST', base, property);
  await call('POST', base, property);
  await call('GET', base);
  await call('GET', `${base}/flowella_tour`);
  await call('GET', `${base}/nowhere`);
  await call('PATCH', `${base}/flowella_tour`, { label: 'Tours' });
  await call('POST', `${base}/batch/create`, { inputs: [property, { ...property, name: 'flowella_tour_two' }] });
  await call('POST', `${base}/batch/read`, {
    archived: false,
    dataSensitivity: 'non_sensitive',
    inputs: [{ name: 'flowella_tour' }, { name: 'nowhere' }],
  });
  await call('POST', `${base}/batch/archive`, { inputs: [{ name: 'flowella_tour_two' }] });
  await call('DELETE', `${base}/flowella_tour`);
  await call('DELETE', `${base}/groups/flowella`);
}

async function tourCustomObjects(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const schemas = '/crm-object-schemas/2026-09/schemas';
  const made = await call('POST', schemas, {
    name: 'kyc_record',
    labels: { singular: 'KYC record', plural: 'KYC records' },
    primaryDisplayProperty: 'reference',
    requiredProperties: ['reference'],
    searchableProperties: ['reference'],
    secondaryDisplayProperties: [],
    allowsSensitiveProperties: false,
    associatedObjects: ['CONTACT'],
    properties: [{ name: 'reference', label: 'Reference', type: 'string', fieldType: 'text' }],
  });
  await call('GET', schemas);
  await call('GET', `${schemas}/${made.objectTypeId}`);
  await call('POST', `${schemas}/${made.objectTypeId}/associations`, {
    fromObjectTypeId: made.objectTypeId,
    toObjectTypeId: '0-2',
    name: 'kyc_to_company',
  });
  await call('GET', '/crm/limits/2026-09/custom-object-types');
  const record = await call('POST', `/crm/objects/2026-09/${made.objectTypeId}`, {
    properties: { reference: 'R-1' },
    associations: [],
  });
  await call('PUT', `/crm/objects/2026-09/${made.objectTypeId}/${record.id}/associations/default/contacts/101`);
  await call('GET', `/crm/objects/2026-09/${made.objectTypeId}/${record.id}?properties=reference`);
  await call('DELETE', `/crm/objects/2026-09/${made.objectTypeId}/${record.id}`);
  await call('DELETE', `${schemas}/${made.objectTypeId}`);
}

async function tourForms(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  for (const base of ['/marketing/v3/forms', '/marketing/forms/2026-09-beta']) {
    const { results } = await call('GET', `${base}?limit=3&archived=false&formTypes=hubspot`);
    for (const { id } of results) await call('GET', `${base}/${id}`);
    await call('GET', `${base}/nowhere`);
  }
  const { results } = await call('GET', '/marketing/v3/forms');
  const [contactRequest] = results;
  const fields = Object.entries({
    firstname: 'A',
    lastname: 'B',
    email: 'ab@person.test',
    contact_reason: 'sales',
    message: 'x',
  }).map(([name, value]) => ({ objectTypeId: '0-1', name, value }));
  const submit = `/submissions/v3/integration/secure/submit/${SANDBOX_PORTAL_A}/${contactRequest.id}`;
  await call(
    'POST',
    submit,
    {
      fields,
      context: { pageUri: 'https://f.test/wa?sid=1', pageName: 'WhatsApp: x' },
      legalConsentOptions: { consent: { consentToProcess: true, text: 'I agree', communications: [] } },
    },
    true,
  );
  await call('POST', submit, { fields: [] }, true);
  await call('GET', `/form-integrations/v1/submissions/forms/${contactRequest.id}?limit=5`);
}

async function tourInstall(hubspot: TestStandIn): Promise<void> {
  const call = as(hubspot);
  const client = { client_id: APP.clientId, client_secret: APP.clientSecret };
  const post = (path: string, body: Record<string, string>) =>
    fetch(`${hubspot.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(body).toString(),
    });
  const { accessToken, refreshToken } = hubspot.tokens[SANDBOX_PORTAL_A] ?? { accessToken: '', refreshToken: '' };
  await post('/oauth/2026-09/token', { ...client, grant_type: 'refresh_token', refresh_token: refreshToken });
  await post('/oauth/2026-09/token', { ...client, grant_type: 'refresh_token', refresh_token: 'nonsense' });
  await post('/oauth/2026-09/token/introspect', { ...client, token: accessToken, token_type_hint: 'access_token' });
  await post('/oauth/2026-09/token/revoke', { ...client, token: refreshToken, token_type_hint: 'refresh_token' });
  await call('GET', '/account-info/2026-09/details');
  await call('DELETE', '/appinstalls/2026-03/external-install');
  await call('GET', '/account-info/2026-09/details');
}
