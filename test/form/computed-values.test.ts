import { compile } from '@flowella/shared/compile/compile.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { computedAnswers, computedId, computedQuestions, ENDING_ID } from '@flowella/shared/form/computed-values.ts';
import type { Expression, Form, Rule } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { toContactUpdate } from '../../server/destinations/contact/to-contact-update.ts';
import { checkContactMapping } from '../../server/destinations/contact/check-contact-mapping.ts';
import { toKycRecord } from '../../server/destinations/kyc-record/to-kyc-record.ts';
import type { DeliveryItem } from '../../server/destinations/destination.ts';
import { toCommunication } from '../../server/destinations/timeline/timeline-destination.ts';
import { toSubmissionEvent } from '../../server/destinations/webhook/to-event.ts';
import type { Property } from '../../server/hubspot/properties.ts';
import { toForm } from '../../server/sources/typeform/to-form.ts';

const TODAY = '2026-11-29';
const isYes = {
  op: 'is',
  vars: [
    { type: 'field', value: 'adult' },
    { type: 'constant', value: true },
  ],
};
const form = toForm({
  id: 'quiz',
  title: 'Quiz',
  fields: [{ id: 'adult', ref: 'adult', type: 'yes_no', title: 'Are you of age?', validations: { required: true } }],
  variables: { score: 1 },
  thankyou_screens: [
    { ref: 'usual', title: 'Too young' },
    { ref: 'winner', title: 'Come in', properties: { description: 'We are glad.' } },
  ],
  logic: [
    {
      type: 'field',
      ref: 'adult',
      actions: [
        {
          action: 'add',
          details: { target: { type: 'variable', value: 'score' }, value: { type: 'constant', value: 41 } },
          condition: isYes,
        },
        { action: 'jump', details: { to: { type: 'thankyou', value: 'winner' } }, condition: isYes },
        {
          action: 'jump',
          details: { to: { type: 'thankyou', value: 'usual' } },
          condition: { op: 'always', vars: [] },
        },
      ],
    },
  ],
});
const compiled = compile({ form, design: {}, locale: 'en' });
const given = (value: boolean): Answers => ({ adult: { kind: 'boolean', value } });
const workedOut = (value: boolean) => computedAnswers(form, compiled.program, given(value), TODAY);

const mapping: Mapping = {
  formSubmission: { enabled: false },
  contact: {
    enabled: true,
    properties: [
      { question: computedId('score'), property: 'flowella_score', create: false },
      { question: ENDING_ID, property: 'flowella_ending', create: false },
    ],
  },
  kycRecord: { enabled: false, home: 'contact', fields: {} },
  timeline: { enabled: true },
};
const at = new Date(`${TODAY}T10:00:00Z`);
const item: DeliveryItem = {
  deliveryId: 'd',
  submissionId: 's',
  attempt: 1,
  flowId: 'f',
  flowName: 'Quiz',
  versionId: 'v',
  form,
  answers: { ...given(true), ...workedOut(true) },
  mapping,
  contactId: '1',
  person: { personId: 'p', phone: null, bsuid: null },
  acceptedAt: at,
  finishedAt: at,
  origin: { channel: 'card', locale: 'en', openedAt: null, screens: [], sentAt: null, versionNumber: 1 },
  remoteId: null,
};
const property = (name: string, type: string): Property =>
  ({ name, label: name, type, fieldType: type === 'number' ? 'number' : 'text', options: [] }) as unknown as Property;

describe('what a form works out from the answers', () => {
  test('is its variables and the title of the ending that these answers lead to', () => {
    expect(workedOut(true)).toEqual({
      [computedId('score')]: { kind: 'number', value: '42' },
      [ENDING_ID]: { kind: 'text', value: 'Come in' },
    });
    expect(workedOut(false)).toEqual({
      [computedId('score')]: { kind: 'number', value: '1' },
      [ENDING_ID]: { kind: 'text', value: 'Too young' },
    });
    expect(computedQuestions(form).map(({ id, kind }) => [id, kind])).toEqual([
      [computedId('score'), 'number'],
      [ENDING_ID, 'short-text'],
    ]);
  });

  test('is called so that a marketer knows it, in both languages', () => {
    const variables = [...(form.variables ?? []), { id: 'price', type: 'number' as const, initial: '0' }];
    const names = (language: 'en' | 'de') =>
      computedQuestions({ ...form, variables }, language).map(({ label }) => label);
    expect(names('en')).toEqual([
      'Score (worked out by the form)',
      '“price” (worked out by the form)',
      'Ending of the form that was reached',
    ]);
    expect(names('de')).toEqual([
      'Punktzahl (vom Formular berechnet)',
      '„price“ (vom Formular berechnet)',
      'Erreichtes Ende des Formulars',
    ]);
  });

  test('cannot be chosen where it holds the full number of a document, however it got there', () => {
    const number = { id: 'doc', label: 'Passport number', kind: 'short-text' as const, required: false, origin: {} };
    const set = (variable: string, value: Expression): Rule => {
      return { kind: 'calculate', after: 'doc', variable, operator: 'set', value };
    };
    const text = (id: string) => ({ id, type: 'text' as const, initial: '' });
    const leaking: Form = {
      ...form,
      endings: [],
      pages: [{ id: 'p', items: [number] }],
      variables: [text('copy'), text('copy_of_copy'), text('other')],
      rules: [
        set('copy_of_copy', {
          op: 'concat',
          parts: [
            { op: 'text', value: 'No. ' },
            { op: 'variable', name: 'copy' },
          ],
        }),
        set('copy', { op: 'answer', question: 'doc' }),
        set('other', { op: 'text', value: 'fine' }),
      ],
    };
    expect(computedQuestions(leaking).map(({ id }) => id)).toEqual([computedId('other')]);
  });

  test('is checked for its type like an answer', () => {
    const check = (type: string) =>
      checkContactMapping(form, mapping, new Map([['flowella_score', property('flowella_score', type)]]), {
        language: 'en',
      });
    expect(check('number').map(({ code }) => code)).toEqual(['unknown_property']);
    expect(check('date').map(({ question, code }) => [question, code])).toEqual([
      [computedId('score'), 'wrong_type'],
      [ENDING_ID, 'unknown_property'],
    ]);
  });

  test('is never a consent in a KYC record, which only the person can give', () => {
    const kycRecord = {
      enabled: true,
      home: 'contact' as const,
      fields: { consent: [ENDING_ID], documentType: [ENDING_ID] },
    };
    const record = toKycRecord({ ...item, mapping: { ...mapping, kycRecord } });
    expect(record).toMatchObject({ flowella_kyc_document_type: 'Come in' });
    expect(record).not.toHaveProperty('flowella_kyc_consent');
  });

  test('goes into contact properties like an answer', () => {
    const catalog = new Map([
      ['flowella_score', property('flowella_score', 'number')],
      ['flowella_ending', property('flowella_ending', 'string')],
    ]);
    expect(toContactUpdate(item, catalog, '')).toEqual({
      properties: { flowella_score: '42', flowella_ending: 'Come in' },
      affected: [],
    });
  });

  test('stands beside the answers in the body of a webhook, never among them', () => {
    const { data } = toSubmissionEvent(item, 'en');
    expect(data).toMatchObject({ computed: { score: '42' }, ending: 'Come in' });
    expect(Object.keys(data.answers as object)).toEqual(['adult']);
  });

  test('is no answer that the timeline counts; the ending is named', () => {
    const body = toCommunication(item, 'en').hs_communication_body;
    expect(body).toContain('1 answer.');
    expect(body).toContain('Ending of the form: Come in');
  });

  test('is said in the report, and so is what WhatsApp cannot show after sending', () => {
    const codes = compiled.report.map((line) => line.code);
    expect(codes).toEqual(expect.arrayContaining(['several_endings', 'variable_computed', 'thank_you_not_shown']));
  });
});
