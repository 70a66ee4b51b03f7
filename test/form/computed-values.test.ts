import { compile } from '@flowella/shared/compile/compile.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { computedAnswers, computedId, computedQuestions, ENDING_ID } from '@flowella/shared/form/computed-values.ts';
import { describe, expect, test } from 'vitest';
import { toContactUpdate } from '../../server/destinations/contact/to-contact-update.ts';
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
  origin: { channel: 'card', locale: 'en', openedAt: null, versionNumber: 1 },
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
