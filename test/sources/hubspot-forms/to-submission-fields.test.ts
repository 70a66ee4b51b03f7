import type { Answers } from '@flowella/shared/form/answers.ts';
import { describe, expect, test } from 'vitest';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { toSubmissionFields } from '../../../server/sources/hubspot-forms/to-submission-fields.ts';
import { writeBack } from '../../../server/sources/hubspot-forms/write-back.ts';
import { readFixture } from './read-fixture.ts';

function written(fixture: string, answers: Answers) {
  return toSubmissionFields(toForm(readFixture(fixture)), answers);
}

describe('values', () => {
  test('every kind is written as HubSpot takes it, hidden defaults go along, the unanswered stay out', () => {
    const { fields } = written('all-fields.json', {
      '0-1/email': { kind: 'email', value: 'ada@firm.test' },
      '0-1/phone': { kind: 'phone', value: '+4915123456789' },
      '0-1/seats': { kind: 'number', value: '12' },
      '0-1/terms': { kind: 'boolean', value: true },
      '0-1/topics': { kind: 'choices', choiceIds: ['Topic 1', 'Topic 27'] },
      '0-1/nation': { kind: 'choice', choiceId: 'C249' },
      '0-1/start': { kind: 'date', value: '2026-12-24' },
      '0-2/name': { kind: 'text', value: 'Firm; Ltd' },
    });
    expect(fields).toEqual([
      { objectTypeId: '0-1', name: 'email', value: 'ada@firm.test' },
      { objectTypeId: '0-1', name: 'phone', value: '+4915123456789' },
      { objectTypeId: '0-1', name: 'seats', value: '12' },
      { objectTypeId: '0-1', name: 'terms', value: 'true' },
      { objectTypeId: '0-1', name: 'topics', value: 'Topic 1;Topic 27' },
      { objectTypeId: '0-1', name: 'nation', value: 'C249' },
      { objectTypeId: '0-1', name: 'start', value: String(Date.UTC(2026, 11, 24)) },
      { objectTypeId: '0-2', name: 'name', value: 'Firm; Ltd' },
      { objectTypeId: '0-1', name: 'utm', value: 'spring & summer' },
      { objectTypeId: '0-1', name: 'tags', value: 'a;c' },
    ]);
  });

  test('a full document number stays out unless it is allowed', () => {
    const form = toForm({
      id: '1',
      fieldGroups: [{ fields: [{ name: 'passport_number', label: 'Passport number', fieldType: 'single_line_text' }] }],
    });
    const answers: Answers = { '0-1/passport_number': { kind: 'text', value: 'C01X00T47' } };
    expect(toSubmissionFields(form, answers).fields).toEqual([]);
    expect(toSubmissionFields(form, answers, { allowDocumentNumber: ['0-1/passport_number'] }).fields).toHaveLength(1);
  });
});

describe('consent', () => {
  test('explicit consent carries the ticks and the exact texts', () => {
    const { legalConsentOptions } = written('contact-request.json', {
      'consent/processing': { kind: 'boolean', value: true },
      'consent/41001': { kind: 'boolean', value: false },
    });
    expect(legalConsentOptions).toEqual({
      consent: {
        consentToProcess: true,
        text: 'I agree to allow Example Ltd to store and process my personal data.',
        communications: [{ value: false, subscriptionTypeId: 41001, text: 'I agree to receive news by e-mail.' }],
      },
    });
  });

  test('without its tick explicit consent is never claimed', () => {
    expect(written('contact-request.json', {}).legalConsentOptions).toMatchObject({
      consent: { consentToProcess: false },
    });
  });

  test('implicit consent and legitimate interest are said as such, and none means none', () => {
    expect(
      written('event-rsvp-de.json', { 'consent/52001': { kind: 'boolean', value: true } }).legalConsentOptions,
    ).toEqual({
      consent: {
        consentToProcess: true,
        text: 'Mit dem Absenden willigen Sie ein, dass wir Ihre Angaben für die Veranstaltung speichern.',
        communications: [
          { value: true, subscriptionTypeId: 52001, text: 'Ja, ich möchte Einladungen per E-Mail erhalten.' },
        ],
      },
    });
    expect(written('many-scripts.json', {}).legalConsentOptions).toEqual({
      legitimateInterest: { value: true, subscriptionTypeId: 61001, legalBasis: 'LEAD', text: 'نحن نحترم خصوصيتك.' },
    });
    expect(written('every-operator.json', {}).legalConsentOptions).toBeUndefined();
  });
});

describe('what can be written back', () => {
  const raw = readFixture('newsletter.json') as Record<string, unknown>;

  test('an ordinary form is native', () => {
    expect(writeBack(raw)).toMatchObject({ mode: 'native', native: true, reasons: [], unsupportedQuestionIds: [] });
  });

  test.each([
    [{ configuration: { recaptchaEnabled: true } }, 'captcha'],
    [{ formType: 'captured' }, 'own website'],
    [{ archived: true }, 'archived'],
    [
      { fieldGroups: [{ fields: [{ name: 'pay', label: 'Pay', fieldType: 'payment_link_radio', required: true }] }] },
      '"Pay"',
    ],
    [
      {
        fieldGroups: [
          { fields: [{ name: 'p', label: 'Passport number', fieldType: 'single_line_text', required: true }] },
        ],
      },
      'full document number',
    ],
  ])('%j is refused before publishing with the reason', (change, words) => {
    const result = writeBack({ ...raw, ...change });
    expect(result).toMatchObject({ mode: 'none', native: false });
    expect(result.reasons.map((reason) => reason.en).join(' ')).toContain(words);
  });

  test('an optional payment only stays out', () => {
    expect(writeBack(readFixture('all-fields.json'))).toMatchObject({
      mode: 'native',
      unsupportedQuestionIds: ['0-1/pay', '0-1/future'],
    });
  });

  test('a document number that the admin allows is written', () => {
    const fields = [{ name: 'p', label: 'Passport number', fieldType: 'single_line_text', required: true }];
    expect(writeBack({ ...raw, fieldGroups: [{ fields }] }, ['0-1/p']).mode).toBe('native');
  });
});

describe('what HubSpot would refuse or miss', () => {
  const field = (name: string, extra: object) => ({ name, label: name, fieldType: 'single_line_text', ...extra });
  const when = (operator: string, value: string, dependentField: object) => ({
    dependentCondition: { operator, value },
    dependentField,
  });

  test('a hidden field that depends on another hidden field is sent when that one has the value', () => {
    const child = (name: string) => field(name, { hidden: true, defaultValue: name });
    const parent = field('tier', {
      hidden: true,
      defaultValue: 'gold',
      dependentFields: [when('eq', 'gold', child('yes')), when('eq', 'silver', child('no'))],
    });
    const { fields } = toSubmissionFields(toForm({ id: '1', fieldGroups: [{ fields: [parent] }] }), {});
    expect(fields.map(({ name }) => name)).toEqual(['tier', 'yes']);
  });

  test('two boxes of one subscription type are one entry, and the ticked one speaks', () => {
    const box = (label: string) => ({ subscriptionTypeId: 7, label, required: false });
    const form = toForm({
      id: '1',
      fieldGroups: [],
      legalConsentOptions: { type: 'implicit_consent_to_process', communicationsCheckboxes: [box('A'), box('B')] },
    });
    const [, second] = form.consent?.communications ?? [];
    const { legalConsentOptions } = toSubmissionFields(form, {
      [`consent/${second?.id ?? ''}`]: { kind: 'boolean', value: true },
    });
    expect(legalConsentOptions).toMatchObject({
      consent: { communications: [{ value: true, subscriptionTypeId: 7, text: 'B' }] },
    });
  });
});
