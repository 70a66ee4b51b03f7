import { afterEach, beforeEach, expect, test } from 'vitest';
import { holds } from '../../../server/sandbox/hubspot/forms/holds.ts';
import { EMAIL, ENTERPRISE, FREE, SEED, field, formWith, testStandIn, type TestStandIn } from './support.ts';

const options = (...values: string[]) => ({
  options: values.map((value, displayOrder) => ({ label: value, value, displayOrder })),
  defaultValues: [],
});
const condition = { value: '', values: [] as string[], rangeStart: '', rangeEnd: '' };

const FORMS = [
  formWith('f-open', [EMAIL, field('firstname', 'single_line_text')]),
  formWith('f-anonymous', [field('firstname', 'single_line_text', { required: true })]),
  formWith('f-types', [
    EMAIL,
    field('guests', 'number', { validation: { minAllowedDigits: 1, maxAllowedDigits: 2 } }),
    field('visit_reason', 'multiple_checkboxes', options('a', 'b')),
    field('country', 'dropdown', options('DE', 'AT')),
    field('arrival', 'datepicker'),
    field('website', 'file', { allowMultipleFiles: false }),
    field('name', 'single_line_text', { objectTypeId: '0-2' }),
  ]),
  formWith('f-dependent', [
    EMAIL,
    field('country', 'dropdown', {
      ...options('DE', 'AT'),
      dependentFields: [
        {
          dependentCondition: { ...condition, operator: 'set_any', values: ['AT'] },
          dependentField: field('city', 'single_line_text', { required: true }),
        },
      ],
    }),
  ]),
  formWith('f-explicit', [EMAIL], {
    legalConsentOptions: {
      type: 'explicit_consent_to_process',
      consentToProcessText: 'x',
      consentToProcessCheckboxLabel: 'x',
      privacyText: 'x',
      communicationsCheckboxes: [{ subscriptionTypeId: 5, label: 'News', required: true }],
    },
  }),
  formWith('f-interest', [EMAIL], {
    legalConsentOptions: {
      type: 'legitimate_interest',
      lawfulBasis: 'lead',
      subscriptionTypeIds: [5],
      privacyText: 'x',
    },
  }),
  formWith('f-captcha', [EMAIL], { configuration: { recaptchaEnabled: true } }),
  formWith('f-captured', [EMAIL], { formType: 'captured' }),
];

let hubspot: TestStandIn;
beforeEach(async () => {
  const portals = (SEED.portals ?? []).map((portal) => ({ ...portal, forms: FORMS }));
  hubspot = await testStandIn({}, { ...SEED, portals });
});
afterEach(() => hubspot.close());

type Fields = { objectTypeId?: string; name: string; value: string }[];
const email = (value: string) => ({ objectTypeId: '0-1', name: 'email', value });
const submit = (form: string, fields: Fields, more: Record<string, unknown> = {}, portalId = ENTERPRISE) =>
  hubspot.call(
    'POST',
    `/submissions/v3/integration/secure/submit/${portalId}/${form}`,
    { fields, ...more },
    { forms: true, portalId },
  );
const errorTypes = async (answer: ReturnType<typeof submit>): Promise<string[]> => {
  const { status, body } = await answer;
  expect(status).toBe(400);
  expect(body.message).toBe('The request is not valid');
  return body.errors.map((one: { errorType: string }) => one.errorType);
};
const contactByEmail = (address: string) =>
  hubspot.call(
    'GET',
    `/crm/objects/2026-09/contacts/${address}?idProperty=email&properties=firstname,num_conversion_events`,
  );

test('a submission is accepted at once and reaches the contact only after a while', async () => {
  expect(await submit('f-open', [email('new@person.test'), { name: 'firstname', value: 'New' }])).toMatchObject({
    status: 200,
    body: { inlineMessage: 'Thanks' },
  });
  expect((await contactByEmail('new@person.test')).status).toBe(404);
  hubspot.advance(300);
  expect((await contactByEmail('new@person.test')).body.properties).toMatchObject({
    firstname: 'New',
    num_conversion_events: '1',
  });
});

test('a submission changes the contact that has the e-mail, and stands on its timeline', async () => {
  await submit('f-open', [email('ADA@example.test'), { name: 'firstname', value: 'Augusta' }], {
    context: { pageName: 'WhatsApp: lead', pageUri: 'https://f.test/wa?sid=sub_1' },
  });
  hubspot.advance(300);
  const page = await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts/11`);
  expect(page.properties.firstname).toBe('Augusta');
  expect(page.timeline).toMatchObject([{ kind: 'form-submission', title: 'Form f-open', body: 'WhatsApp: lead' }]);
});

test('submissions are listed newest first with conversion id and page address, after their lag', async () => {
  const read = async () => (await hubspot.call('GET', '/form-integrations/v1/submissions/forms/f-open?limit=1')).body;
  await submit('f-open', [email('one@person.test')], { context: { pageUri: 'https://f.test/wa?sid=1' } });
  expect((await read()).results).toEqual([]);
  await submit('f-open', [email('two@person.test')], { context: { pageUri: 'https://f.test/wa?sid=2' } });
  hubspot.advance(200);
  const first = await read();
  expect(first.results).toMatchObject([
    {
      pageUrl: 'https://f.test/wa?sid=2',
      conversionId: expect.any(String),
      values: [{ name: 'email', value: 'two@person.test', objectTypeId: '0-1' }],
    },
  ]);
  const second = await hubspot.call(
    'GET',
    `/form-integrations/v1/submissions/forms/f-open?limit=1&after=${encodeURIComponent(first.paging.next.after)}`,
  );
  expect(second.body.results[0].pageUrl).toBe('https://f.test/wa?sid=1');
  expect(second.body.paging).toBeUndefined();
});

test('an address of example.com is accepted and dropped without a word', async () => {
  expect((await submit('f-open', [email('someone@example.com')])).status).toBe(200);
  hubspot.advance(1_000);
  expect((await contactByEmail('someone@example.com')).status).toBe(404);
  expect((await hubspot.call('GET', '/form-integrations/v1/submissions/forms/f-open')).body.results).toEqual([]);
});

test('a submission without an e-mail is kept but tied to nobody', async () => {
  const before = (await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts`)).contacts.length;
  expect((await submit('f-anonymous', [{ name: 'firstname', value: 'Nobody' }])).status).toBe(200);
  hubspot.advance(1_000);
  expect((await hubspot.call('GET', '/form-integrations/v1/submissions/forms/f-anonymous')).body.results).toHaveLength(
    1,
  );
  expect((await hubspot.control('GET', `/portals/${ENTERPRISE}/contacts`)).contacts).toHaveLength(before);
});

test('each wrong value is refused with its own error type', async () => {
  const wrong = (name: string, value: string) => errorTypes(submit('f-types', [email('a@b.test'), { name, value }]));
  expect(await errorTypes(submit('f-types', []))).toEqual(['REQUIRED_FIELD']);
  expect(await errorTypes(submit('f-types', [email('not an address')]))).toEqual(['INVALID_EMAIL']);
  expect(await errorTypes(submit('f-types', [email('a@blocked.test')]))).toEqual(['BLOCKED_EMAIL']);
  expect(await wrong('lastname', 'x')).toEqual(['FIELD_NOT_IN_FORM_DEFINITION']);
  expect(await wrong('guests', 'many')).toEqual(['INVALID_NUMBER']);
  expect(await wrong('guests', '100')).toEqual(['NUMBER_OUT_OF_RANGE']);
  expect(await wrong('visit_reason', 'a;c')).toEqual(['VALUE_NOT_IN_FIELD_DEFINITION']);
  expect(await wrong('country', 'FR')).toEqual(['VALUE_NOT_IN_FIELD_DEFINITION']);
  expect(await wrong('arrival', '2026-02-30')).toEqual(['VALUE_NOT_IN_FIELD_DEFINITION']);
  expect(await wrong('website', 'not an address')).toEqual(['VALUE_NOT_IN_FIELD_DEFINITION']);
  expect(await wrong('guests', '1'.repeat(70_000))).toEqual(['INPUT_TOO_LARGE']);
  const many = Array.from({ length: 1_001 }, () => email('a@b.test'));
  expect(await errorTypes(submit('f-types', many))).toEqual(['MAX_NUMBER_OF_SUBMITTED_VALUES_EXCEEDED']);
});

test('values of every type reach the contact and its company', async () => {
  await submit('f-types', [
    email('full@person.test'),
    { name: 'guests', value: '2' },
    { name: 'visit_reason', value: 'a;b' },
    { name: 'arrival', value: '1795392000000' },
    { objectTypeId: '0-2', name: 'name', value: 'Full Ltd' },
  ]);
  hubspot.advance(300);
  const contact = await hubspot.call(
    'GET',
    '/crm/objects/2026-09/contacts/full@person.test?idProperty=email&properties=guests,visit_reason,arrival&associations=companies',
  );
  expect(contact.body.properties).toMatchObject({ guests: '2', visit_reason: 'a;b', arrival: '2026-11-23' });
  expect(contact.body.associations.companies.results).toHaveLength(1);
});

test('a dependent field is required only while its condition holds', async () => {
  expect((await submit('f-dependent', [email('a@b.test'), { name: 'country', value: 'DE' }])).status).toBe(200);
  expect(await errorTypes(submit('f-dependent', [email('a@b.test'), { name: 'country', value: 'AT' }]))).toEqual([
    'REQUIRED_FIELD',
  ]);
  expect(
    (
      await submit('f-dependent', [
        email('a@b.test'),
        { name: 'country', value: 'AT' },
        { name: 'city', value: 'Wien' },
      ])
    ).status,
  ).toBe(200);
});

test('consent is demanded as the form defines it', async () => {
  const consent = (given: unknown) => submit('f-explicit', [email('a@b.test')], { legalConsentOptions: given });
  const news = { value: true, subscriptionTypeId: 5, text: 'News' };
  expect(await errorTypes(submit('f-explicit', [email('a@b.test')]))).toEqual(['MISSING_PROCESSING_CONSENT']);
  expect(
    await errorTypes(consent({ consent: { consentToProcess: false, text: 'I agree', communications: [news] } })),
  ).toEqual(['MISSING_PROCESSING_CONSENT']);
  expect(await errorTypes(consent({ consent: { consentToProcess: true, communications: [news] } }))).toEqual([
    'MISSING_PROCESSING_CONSENT_TEXT',
  ]);
  expect(
    await errorTypes(
      consent({ consent: { consentToProcess: true, text: 'I agree', communications: [{ ...news, text: '' }] } }),
    ),
  ).toEqual(['MISSING_COMMUNICATION_CONSENT_TEXT']);
  expect(
    await errorTypes(consent({ consent: { consentToProcess: true, text: 'I agree', communications: [news, news] } })),
  ).toEqual(['DUPLICATE_SUBSCRIPTION_TYPE_ID']);
  expect(
    await errorTypes(consent({ consent: { consentToProcess: true, text: 'I agree', communications: [] } })),
  ).toEqual(['REQUIRED_FIELD']);
  expect(await errorTypes(consent({ agreed: true }))).toEqual(['INVALID_LEGAL_OPTION_FORMAT']);
  expect((await consent({ consent: { consentToProcess: true, text: 'I agree', communications: [news] } })).status).toBe(
    200,
  );
  const interest = (text?: string) =>
    submit('f-interest', [email('a@b.test')], {
      legalConsentOptions: { legitimateInterest: { value: true, subscriptionTypeId: 5, legalBasis: 'LEAD', text } },
    });
  expect(await errorTypes(interest())).toEqual(['MISSING_LEGITIMATE_INTEREST_TEXT']);
  expect((await interest('We have a legitimate interest')).status).toBe(200);
});

test('what the host cannot verify about the visit is refused', async () => {
  const context = (given: Record<string, string>) =>
    errorTypes(submit('f-open', [email('a@b.test')], { context: given }));
  expect(await context({ hutk: '60c2ccdfe4892f0fa0593940b12c11aa' })).toEqual(['INVALID_HUTK']);
  expect(await context({ ipAddress: '300.1.1.1' })).toEqual(['INVALID_IP_ADDRESS']);
  expect(await context({ pageUri: 'nowhere' })).toEqual(['INVALID_PAGE_URI']);
  const at = (ms: number) => submit('f-open', [email('a@b.test')], { submittedAt: hubspot.now().getTime() + ms });
  expect(await errorTypes(at(-40 * 86_400_000))).toEqual(['INVALID_METADATA']);
  expect(await errorTypes(at(3_600_000))).toEqual(['INVALID_METADATA']);
  expect((await at(-86_400_000)).status).toBe(200);
});

test('forms with reCAPTCHA, captured forms, unknown forms and other accounts are refused', async () => {
  expect(await errorTypes(submit('f-captcha', [email('a@b.test')]))).toEqual(['FORM_HAS_RECAPTCHA_ENABLED']);
  expect((await submit('f-captured', [email('a@b.test')])).status).toBe(404);
  expect((await submit('f-nowhere', [email('a@b.test')])).status).toBe(404);
  const foreign = await hubspot.call(
    'POST',
    `/submissions/v3/integration/secure/submit/${FREE}/f-open`,
    { fields: [email('a@b.test')] },
    { forms: true },
  );
  expect(foreign.status).toBe(403);
  expect((await submit('f-open', [email('a@b.test')], { surprise: 1 })).status).toBe(400);
});

test('a free account gets 100 submissions in ten seconds, and ten refusals within one second block the address for a minute', async () => {
  for (let n = 0; n < 100; n++) expect((await submit('f-open', [email('a@b.test')], {}, FREE)).status).toBe(200);
  for (let n = 0; n < 10; n++) expect((await submit('f-open', [email('a@b.test')], {}, FREE)).status).toBe(429);
  expect((await submit('f-open', [email('a@b.test')], {}, ENTERPRISE)).status).toBe(429);
  hubspot.advance(30_000);
  expect((await submit('f-open', [email('a@b.test')], {}, ENTERPRISE)).status).toBe(429);
  hubspot.advance(31_000);
  expect((await submit('f-open', [email('a@b.test')], {}, ENTERPRISE)).status).toBe(200);
});

test('forms are listed in pages, of HubSpot type unless asked otherwise, at both addresses', async () => {
  for (const base of ['/marketing/v3/forms', '/marketing/forms/2026-09-beta']) {
    const names: string[] = [];
    let after: string | undefined;
    do {
      const page = await hubspot.call(
        'GET',
        `${base}?limit=3${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`,
      );
      names.push(...page.body.results.map((one: { id: string }) => one.id));
      after = page.body.paging?.next.after;
    } while (after !== undefined);
    expect(names).toEqual(FORMS.map((one) => one.id).filter((id) => id !== 'f-captured'));
    expect((await hubspot.call('GET', `${base}?formTypes=captured`)).body.results).toHaveLength(1);
    expect((await hubspot.call('GET', `${base}?archived=true`)).body.results).toEqual([]);
    expect((await hubspot.call('GET', `${base}/f-open`)).body).toEqual(FORMS[0]);
    expect((await hubspot.call('GET', `${base}/f-nowhere`)).status).toBe(404);
  }
});

test('every condition operator of dependent fields is told apart', () => {
  const now = Date.parse('2026-11-23T00:00:00Z');
  const told = (operator: string, given: Record<string, unknown>, yes: string, no: string): void => {
    expect([operator, holds({ operator, ...given }, yes, now), holds({ operator, ...given }, no, now)]).toEqual([
      operator,
      true,
      false,
    ]);
  };
  told('eq', { value: 'A' }, 'a', 'b');
  told('neq', { value: 'a' }, 'b', 'a');
  told('contains', { value: 'ell' }, 'Hello', 'Help');
  told('doesnt_contain', { value: 'ell' }, 'Help', 'Hello');
  told('str_starts_with', { value: 'he' }, 'Hello', 'Oh');
  told('str_ends_with', { value: 'lo' }, 'Hello', 'Help');
  told('lt', { value: '10' }, '9', '10');
  told('lte', { value: '10' }, '10', '11');
  told('gt', { value: '9' }, '10', '9');
  told('gte', { value: '10' }, '10', '9');
  told('between', { rangeStart: '1', rangeEnd: '10' }, '2', '11');
  told('not_between', { rangeStart: '1', rangeEnd: '10' }, '11', '2');
  told('within_time', { value: '2' }, '2026-11-24', '2026-11-30');
  told('within_time_reverse', { value: '2' }, '2026-11-22', '2026-11-24');
  told('set_any', { values: ['a', 'b'] }, 'c;b', 'c');
  told('set_not_any', { values: ['a'] }, 'c', 'a;c');
  told('set_all', { values: ['a', 'b'] }, 'b;a;c', 'a');
  told('set_not_all', { values: ['a', 'b'] }, 'a', 'a;b');
  told('set_eq', { values: ['a', 'b'] }, 'b;a', 'a;b;c');
  told('set_neq', { values: ['a', 'b'] }, 'a', 'b;a');
  told('is_not_empty', {}, 'x', '');
});
