import { compile } from '@flowella/shared/compile/compile.ts';
import { computeVariables } from '@flowella/shared/compile/compute-path.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toForm } from '../../../server/sources/google-forms/to-form.ts';
import { toSubmission } from '../../../server/sources/google-forms/to-submission.ts';
import { writeBack } from '../../../server/sources/google-forms/write-back.ts';
import { choiceItem, definitionOf, graded, questionItem, QUIZ } from './definitions.ts';
import { readBack } from './read-back.ts';

const many = process.env.PROPERTY_RUNS;
const runs = many === undefined ? { numRuns: 200, seed: 20_261_129 } : { numRuns: Number(many) };

function respond(raw: unknown, answers: Answers, computed: Record<string, string> = {}) {
  const finishedAt = new Date('2026-11-29T10:00:00Z');
  return toSubmission({ form: toForm(raw), answers, computed, submissionId: 's', startedAt: finishedAt, finishedAt });
}

const valuesOf = (response: ReturnType<typeof respond>, id: string) =>
  response.answers[id]?.textAnswers.answers.map(({ value }) => value);

describe('answers in the formats of the Forms API', () => {
  it('leaves the year out of a moment where the form has none', () => {
    const at = (dateQuestion: unknown) =>
      valuesOf(
        respond(definitionOf([questionItem('01', { dateQuestion })]), {
          '01': { kind: 'date-time', value: '2026-05-19T14:51' },
        }),
        '01',
      );
    expect(at({ includeTime: true })).toEqual(['05-19 14:51']);
    expect(at({ includeTime: true, includeYear: true })).toEqual(['2026-05-19 14:51']);
  });

  it('writes any duration as hours and minutes, with seconds only where there are some, and it reads the same again', () => {
    const raw = definitionOf([questionItem('01', { timeQuestion: { duration: true } })]);
    const written = (seconds: number) => respond(raw, { '01': { kind: 'duration', seconds } });
    expect(valuesOf(written(5_400), '01')).toEqual(['01:30']);
    expect(valuesOf(written(5_401), '01')).toEqual(['01:30:01']);
    expect(valuesOf(written(0), '01')).toEqual(['00:00']);
    fc.assert(
      fc.property(fc.nat({ max: 9_999 * 3_660 }), (seconds) => {
        expect(readBack(raw, written(seconds)).get('01')).toEqual([String(seconds)]);
      }),
      runs,
    );
  });

  it('sends the value that stands twice as Google knows it', () => {
    const raw = definitionOf([choiceItem('01', 'RADIO', [{ value: 'A' }, { value: 'A', goToAction: 'SUBMIT_FORM' }])]);
    expect(valuesOf(respond(raw, { '01': { kind: 'choice', choiceId: 'A #2' } }), '01')).toEqual(['A']);
  });

  it('gives the address that the form collects as that of the respondent, and as no answer', () => {
    const raw = definitionOf([], { settings: { emailCollectionType: 'RESPONDER_INPUT' } });
    const response = respond(raw, { respondentEmail: { kind: 'email', value: 'a@example.com' } });
    expect(response).toMatchObject({ respondentEmail: 'a@example.com', answers: {} });
  });
});

describe('grades', () => {
  const raw = definitionOf(
    [
      choiceItem(
        '01',
        'RADIO',
        [{ value: 'A' }, { value: 'B' }, { value: 'B', goToAction: 'SUBMIT_FORM' }],
        graded(2, 'B'),
      ),
      choiceItem('02', 'CHECKBOX', [{ value: 'X' }, { value: 'Y' }, { value: 'Z' }], graded(3, 'X', 'Y')),
      questionItem('03', { textQuestion: { paragraph: true } }, graded(5)),
    ],
    QUIZ,
  );
  const wrong = { score: 0, correct: false };

  it('stand at each answer that Google grades by itself, and at no other', () => {
    const response = respond(raw, {
      '01': { kind: 'choice', choiceId: 'B' },
      '02': { kind: 'choices', choiceIds: ['X'] },
      '03': { kind: 'text', value: 'long' },
    });
    expect(Object.values(response.answers).map(({ grade }) => grade)).toEqual([
      { score: 2, correct: true },
      wrong,
      undefined,
    ]);
  });

  it('are the same for two choices of one value', () => {
    const response = respond(raw, { '01': { kind: 'choice', choiceId: 'B #2' } });
    expect(response.answers['01']?.grade).toEqual({ score: 2, correct: true });
  });

  it('add up to the score that the flow counts', () => {
    const form = toForm(raw);
    const { program } = compile({ form, design: {}, locale: 'en' });
    const one = fc.constantFrom('A', 'B');
    fc.assert(
      fc.property(one, fc.subarray(['X', 'Y', 'Z'], { minLength: 1 }), (choiceId, choiceIds) => {
        const given: Answers = { '01': { kind: 'choice', choiceId }, '02': { kind: 'choices', choiceIds } };
        const computed = computeVariables(program, given, '2026-11-29');
        const { answers, totalScore } = respond(raw, given, computed);
        const right = (choiceId === 'B' ? 2 : 0) + (choiceIds.join('') === 'XY' ? 3 : 0);
        expect(Object.values(answers).reduce((sum, { grade }) => sum + (grade?.score ?? 0), 0)).toBe(right);
        expect(totalScore).toBe(right);
      }),
      runs,
    );
  });
});

describe('what is said about writing back', () => {
  const reasonsOf = (items: Parameters<typeof definitionOf>[0], more: Record<string, unknown> = {}) =>
    writeBack(definitionOf(items, more))
      .reasons.map((reason) => reason.en)
      .join('\n');

  it('names everything that will be missing in Google, once', () => {
    const file = questionItem('01', { fileUploadQuestion: {} }, { required: true });
    expect(reasonsOf([file])).toContain('"Title 01" is required');
    expect(reasonsOf([], { settings: { emailCollectionType: 'RESPONDER_INPUT' } })).toMatch(/script cannot fill/);
    expect(reasonsOf([], { settings: { emailCollectionType: 'RESPONDER_INPUT' } })).not.toMatch(/Make it optional/);
    expect(reasonsOf([], { settings: { emailCollectionType: 'VERIFIED' } })).toMatch(/verified address/);
    expect(reasonsOf([], { publishSettings: { publishState: {} } })).toMatch(/not published/);
    expect(reasonsOf([questionItem('01', { textQuestion: {} }, graded(1))], QUIZ)).toMatch(/one question.*by hand/);
  });

  it('says nothing of it where nothing is missing', () => {
    const { reasons, unsupportedQuestionIds } = writeBack(definitionOf([questionItem('01', { textQuestion: {} })]));
    expect(reasons).toHaveLength(1);
    expect(unsupportedQuestionIds).toEqual([]);
  });

  it('counts a list without choices among what cannot be answered', () => {
    expect(writeBack(definitionOf([choiceItem('01', 'RADIO', [])])).unsupportedQuestionIds).toEqual(['01']);
    expect(writeBack(definitionOf([choiceItem('01', 'RADIO', [{ isOther: true }])])).unsupportedQuestionIds).toEqual(
      [],
    );
  });
});
