import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toForm } from '../../../server/sources/typeform/to-form.ts';
import { fileAddress, toSubmission } from '../../../server/sources/typeform/to-submission.ts';
import { writeBack } from '../../../server/sources/typeform/write-back.ts';
import { after, calculate, definitionOf, EVERY_TYPE, jump, LOGIC, on, when } from './definitions.ts';
import { readBack } from './read-back.ts';

const RAW = definitionOf(EVERY_TYPE, { logic: LOGIC });
const FORM = toForm(RAW);
const submit = (answers: Answers, form: Form = FORM, computed: Record<string, string> = {}) =>
  toSubmission({
    form,
    answers,
    computed,
    submissionId: 'sub-1',
    startedAt: new Date('2026-11-27T10:00:00.123Z'),
    finishedAt: new Date('2026-11-27T10:05:00.456Z'),
  });
const answerOf = (id: string, answer: Answer) => submit({ [id]: answer }).answers[0];
const file = { fileName: 'cv.pdf', mimeType: 'application/pdf', sha256: 'ab', mediaId: 'media/1:2' };

describe('one response in the shape of the webhook', () => {
  test.each<[string, Answer, object]>([
    ['F_short_text', { kind: 'text', value: 'Ada' }, { type: 'text', text: 'Ada' }],
    ['F_email', { kind: 'email', value: 'a@b.example' }, { type: 'email', email: 'a@b.example' }],
    ['F_phone_number', { kind: 'phone', value: '+4930123' }, { type: 'phone_number', phone_number: '+4930123' }],
    ['F_website', { kind: 'url', value: 'https://a.example' }, { type: 'url', url: 'https://a.example' }],
    ['F_number', { kind: 'number', value: '4.5' }, { type: 'number', number: 4.5 }],
    ['F_nps', { kind: 'number', value: '0' }, { type: 'number', number: 0 }],
    ['F_yes_no', { kind: 'boolean', value: false }, { type: 'boolean', boolean: false }],
    ['F_legal', { kind: 'boolean', value: true }, { type: 'boolean', boolean: true }],
    ['F_date', { kind: 'date', value: '2026-02-28' }, { type: 'date', date: '2026-02-28' }],
    [
      'F_multiple_choice',
      { kind: 'choice', choiceId: 'id-red' },
      { type: 'choice', choice: { id: 'id-red', ref: 'ref-red', label: 'Red' } },
    ],
    [
      'F_multiple_choice',
      { kind: 'choice', choiceId: '__other__', otherText: 'Blue' },
      { type: 'choice', choice: { other: 'Blue' } },
    ],
    [
      'F_multi',
      { kind: 'choices', choiceIds: ['id-tea', '__other__'], otherText: 'Water' },
      { type: 'choices', choices: { ids: ['id-tea'], refs: ['ref-tea'], labels: ['Tea'], other: 'Water' } },
    ],
    [
      'F_ranking',
      { kind: 'ranking', choiceIds: ['id-silver', 'id-gold'] },
      {
        type: 'choices',
        choices: { ids: ['id-silver', 'id-gold'], refs: ['ref-silver', 'ref-gold'], labels: ['Silver', 'Gold'] },
      },
    ],
    [
      'F_checkbox',
      { kind: 'boolean', value: true },
      { type: 'choices', choices: { ids: ['id-agreed'], refs: ['ref-agreed'], labels: ['Agreed'] } },
    ],
    ['F_checkbox', { kind: 'boolean', value: false }, { type: 'choices', choices: { ids: [], refs: [], labels: [] } }],
    ['F_file_upload', { kind: 'files', files: [file] }, { type: 'file_url', file_url: fileAddress('media/1:2') }],
    [
      'row1',
      { kind: 'choice', choiceId: 'id-low' },
      { type: 'choice', choice: { id: 'id-low', ref: 'ref-low', label: 'Low' } },
    ],
  ])('%s: %j', (id, answer, expected) => {
    const given = answerOf(id, answer);
    expect(given).toMatchObject(expected);
    expect(given?.field.id).toBe(id);
  });

  test('names the field by id, type and ref', () => {
    expect(answerOf('row1', { kind: 'choice', choiceId: 'id-low' })?.field).toEqual({
      id: 'row1',
      type: 'multiple_choice',
      ref: 'ref_row1',
    });
  });

  test('carries the form, the times, hidden fields, variables and the score', () => {
    const response = submit({}, FORM, { score: '7', tier: 'gold' });
    expect(response).toMatchObject({
      form_id: 'Form01',
      token: 'sub-1',
      landed_at: '2026-11-27T10:00:00Z',
      submitted_at: '2026-11-27T10:05:00Z',
      hidden: { source: '', plan: '' },
      calculated: { score: 7 },
      variables: [
        { key: 'score', type: 'number', number: 7 },
        { key: 'price', type: 'number', number: 10.5 },
        { key: 'tier', type: 'text', text: 'gold' },
      ],
      answers: [],
      definition: { id: 'Form01', title: 'A form', hidden: ['source', 'plan'] },
    });
    expect(response.definition.fields.find((field) => field.id === 'F_multi')).toEqual({
      id: 'F_multi',
      ref: 'ref_multi',
      type: 'multiple_choice',
      title: 'Title of multiple_choice',
      properties: {},
      allow_multiple_selections: true,
      allow_other_choice: true,
      choices: [
        { id: 'id-tea', ref: 'ref-tea', label: 'Tea' },
        { id: 'id-coffee', ref: 'ref-coffee', label: 'Coffee' },
        { id: 'id-milk', ref: 'ref-milk', label: 'Milk' },
      ],
    });
  });
});

describe('the ending that was reached', () => {
  test('follows jumps over choices and pages', () => {
    expect(submit({ F_multiple_choice: { kind: 'choice', choiceId: 'id-red' } }).ending).toEqual({ id: 'E1' });
    expect(submit({}).ending).toEqual({ id: 'E2' });
  });

  test('follows variables and hidden fields, and ends a walk in circles', () => {
    const fields = ['a', 'b'].map((ref) => ({ id: ref, ref, type: 'number', title: ref }));
    const scored = toForm(
      definitionOf(fields, {
        logic: [
          after('a', calculate('add', 'score', { type: 'field', value: 'a' })),
          after('b', jump('thankyou', 'end_two', when('greater_than', on('variable', 'score'), on('constant', 5)))),
        ],
      }),
    );
    expect(submit({ a: { kind: 'number', value: '6' } }, scored).ending).toEqual({ id: 'E2' });
    expect(submit({ a: { kind: 'number', value: '5' } }, scored).ending).toEqual({ id: 'E1' });
    const round = toForm(definitionOf(fields, { logic: [after('b', jump('field', 'a'))] }));
    expect(submit({}, round).ending).toEqual({ id: 'E1' });
  });
});

/** Any answer that the question can have, with its values as a person would say them. */
function answersTo(question: Question): fc.Arbitrary<[Answer, string[]]> | null {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  const ids = 'choices' in question ? question.choices.map((choice) => choice.id) : [];
  const ofText = (kind: 'text' | 'email' | 'phone' | 'url'): fc.Arbitrary<[Answer, string[]]> =>
    text.map((value) => [{ kind, value }, [value]]);
  const ofNumber = (numbers: fc.Arbitrary<number>): fc.Arbitrary<[Answer, string[]]> =>
    numbers.map((value) => [{ kind: 'number', value: String(value) }, [String(value)]]);
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
      return ofText('text');
    case 'email':
    case 'phone':
    case 'url':
      return ofText(question.kind);
    case 'number':
      return ofNumber(fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 100));
    case 'scale':
      return ofNumber(fc.integer({ min: question.min, max: question.max }));
    case 'yes-no':
    case 'checkbox':
      return fc.boolean().map((value) => [{ kind: 'boolean', value }, [String(value)]]);
    case 'date':
      return fc
        .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((day) => day.toISOString().slice(0, 10))
        .map((value) => [{ kind: 'date', value }, [value]]);
    case 'single-choice': {
      const other = text.map((otherText): [Answer, string[]] => [
        { kind: 'choice', choiceId: '__other__', otherText },
        [otherText],
      ]);
      const own = fc
        .constantFrom(...ids)
        .map((choiceId): [Answer, string[]] => [{ kind: 'choice', choiceId }, [choiceId]]);
      return question.allowOther ? fc.oneof(own, other) : own;
    }
    case 'multi-choice':
      return fc.subarray(ids, { minLength: 1 }).map((choiceIds) => [{ kind: 'choices', choiceIds }, choiceIds]);
    case 'ranking':
      return fc
        .shuffledSubarray(ids, { minLength: ids.length })
        .map((choiceIds) => [{ kind: 'ranking', choiceIds }, choiceIds]);
    case 'file':
      return text.map((mediaId) => [{ kind: 'files', files: [{ ...file, mediaId }] }, [mediaId]]);
    default:
      return null;
  }
}

test('whatever is answered stands in the response, under the id of its field, and nothing else does', () => {
  const questions = FORM.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const some = questions.flatMap((question) => {
    const answers = answersTo(question);
    return answers ? [fc.option(answers, { nil: undefined }).map((answer) => [question.id, answer] as const)] : [];
  });
  fc.assert(
    fc.property(fc.tuple(...some), (given) => {
      const answered = given.flatMap(([id, pair]) => (pair ? [[id, pair] as const] : []));
      const response = submit(Object.fromEntries(answered.map(([id, [answer]]) => [id, answer])));
      // As it arrives: through JSON.
      const arrived: unknown = JSON.parse(JSON.stringify({ event_type: 'form_response', form_response: response }));
      expect(readBack(RAW, arrived)).toEqual(new Map(answered.map(([id, [, values]]) => [id, values])));
    }),
    { numRuns: Number(process.env.FLOWELLA_RUNS ?? 200) },
  );
});

test('write-back says that nothing appears at Typeform and what the webhook goes without', () => {
  const back = writeBack(RAW);
  expect(back).toMatchObject({
    mode: 'compatible_webhook',
    native: false,
    verifiable: false,
    carriesSubmissionId: true,
    carriesOriginalTimestamp: true,
    unsupportedQuestionIds: ['F_payment', 'F_calendly', 'F_signature', 'F_video', 'F_hologram'],
  });
  expect(back.reasons).toHaveLength(3);
  expect(back.reasons[0]?.en).toContain('nothing appears in the results at Typeform');
  expect(back.reasons[2]?.en).toContain('"Title of hologram"');
  expect(() => writeBack({})).toThrow(expect.objectContaining({ code: 'not_a_form' }));
});
