import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import { evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition, Question } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import type { RawCondition } from '../../../server/sources/typeform/definition.ts';
import { toCondition } from '../../../server/sources/typeform/to-condition.ts';
import { toForm } from '../../../server/sources/typeform/to-form.ts';
import { definitionOf, EVERY_TYPE, on, when } from './definitions.ts';

const questions = new Map<unknown, Question>(
  toForm(definitionOf(EVERY_TYPE))
    .pages.flatMap((page) => page.items)
    .flatMap((item) => (item.kind === 'statement' ? [] : [[item.origin.ref, item] as const])),
);
const scope = {
  question: (ref: unknown) => questions.get(ref),
  hasHidden: (name: string) => name === 'plan',
  hasVariable: (name: string) => name === 'score',
};
const read = (raw: unknown): Condition | null => toCondition(raw as RawCondition, scope);
const holds = (raw: unknown, answers: Answers): boolean | null => {
  const condition = read(raw);
  return condition && evaluateCondition(condition, answers, '2026-11-27');
};

const text = (value: string): Answer => ({ kind: 'text', value });
const number = (value: string): Answer => ({ kind: 'number', value });
const date = (value: string): Answer => ({ kind: 'date', value });
const one = (choiceId: string): Answer => ({ kind: 'choice', choiceId });
const many = (...choiceIds: string[]): Answer => ({ kind: 'choices', choiceIds });
const F = (ref: string) => on('field', ref);
const C = (value: unknown) => on('constant', value);
const choice = (ref: string) => on('choice', ref);

/** operator, variables, question id, answers for which it holds, answers for which it does not, and without an answer. */
const CASES: [string, ReturnType<typeof on>[], string, Answer[], Answer[], boolean][] = [
  ['is', [F('ref_multiple_choice'), choice('ref-red')], 'F_multiple_choice', [one('id-red')], [one('id-green')], false],
  [
    'is_not',
    [F('ref_multiple_choice'), choice('ref-red')],
    'F_multiple_choice',
    [one('id-green')],
    [one('id-red')],
    true,
  ],
  [
    'is',
    [F('ref_multi'), choice('ref-tea')],
    'F_multi',
    [many('id-tea'), many('id-milk', 'id-tea')],
    [many('id-milk')],
    false,
  ],
  ['is_not', [F('ref_multi'), choice('ref-tea')], 'F_multi', [many('id-milk')], [many('id-milk', 'id-tea')], true],
  ['contains', [F('ref_multi'), choice('ref-tea')], 'F_multi', [many('id-tea')], [many('id-milk')], false],
  ['is', [F('ref_multiple_choice'), choice('other')], 'F_multiple_choice', [one('__other__')], [one('id-red')], false],
  ['equal', [F('ref_dropdown'), C('basel')], 'F_dropdown', [one('id-basel')], [one('id-zurich')], false],
  ['begins_with', [F('ref_dropdown'), C('Zu')], 'F_dropdown', [one('id-zurich')], [one('id-basel')], false],
  [
    'is',
    [F('ref_yes_no'), C(true)],
    'F_yes_no',
    [{ kind: 'boolean', value: true }],
    [{ kind: 'boolean', value: false }],
    false,
  ],
  [
    'is_not',
    [F('ref_legal'), C(true)],
    'F_legal',
    [{ kind: 'boolean', value: false }],
    [{ kind: 'boolean', value: true }],
    true,
  ],
  ['equal', [F('ref_number'), C(5)], 'F_number', [number('5'), number('5.0')], [number('6')], false],
  ['not_equal', [F('ref_number'), C(5)], 'F_number', [number('6')], [number('5')], true],
  ['lower_than', [F('ref_number'), C(5)], 'F_number', [number('4')], [number('5')], false],
  ['lower_equal_than', [F('ref_nps'), C(5)], 'F_nps', [number('5')], [number('6')], false],
  ['greater_than', [F('ref_rating'), C(2)], 'F_rating', [number('3')], [number('2')], false],
  ['greater_equal_than', [F('ref_number'), C('10')], 'F_number', [number('10')], [number('9')], false],
  ['equal', [F('ref_short_text'), C('Yes')], 'F_short_text', [text(' yes ')], [text('no')], false],
  ['contains', [F('ref_long_text'), C('cat')], 'F_long_text', [text('A Cat')], [text('dog')], false],
  ['not_contains', [F('ref_long_text'), C('cat')], 'F_long_text', [text('dog')], [text('A Cat')], true],
  ['begins_with', [F('ref_short_text'), C('ab')], 'F_short_text', [text('Abc')], [text('cab')], false],
  ['ends_with', [F('ref_short_text'), C('bc')], 'F_short_text', [text('Abc')], [text('bcd')], false],
  ['on', [F('ref_date'), C('2025-01-01')], 'F_date', [date('2025-01-01')], [date('2025-01-02')], false],
  ['not_on', [F('ref_date'), C('2025-01-01T00:00:00Z')], 'F_date', [date('2025-01-02')], [date('2025-01-01')], true],
  ['earlier_than', [F('ref_date'), C('2025-01-01')], 'F_date', [date('2024-12-31')], [date('2025-01-01')], false],
  ['earlier_than_or_on', [F('ref_date'), C('2025-01-01')], 'F_date', [date('2025-01-01')], [date('2025-01-02')], false],
  ['later_than', [F('ref_date'), C('2025-01-01')], 'F_date', [date('2025-01-02')], [date('2025-01-01')], false],
  ['later_than_or_on', [F('ref_date'), C('2025-01-01')], 'F_date', [date('2025-01-01')], [date('2024-12-31')], false],
  ['answered', [F('ref_email')], 'F_email', [{ kind: 'email', value: 'a@b.example' }], [], false],
  ['not_answered', [F('ref_email')], 'F_email', [], [{ kind: 'email', value: 'a@b.example' }], true],
];

describe('every operator of the logic', () => {
  test.each(CASES)('%s', (op, vars, id, yes, no, withoutAnswer) => {
    const raw = when(op, ...vars);
    for (const answer of yes) expect(holds(raw, { [id]: answer })).toBe(true);
    for (const answer of no) expect(holds(raw, { [id]: answer })).toBe(false);
    expect(holds(raw, {})).toBe(withoutAnswer);
  });

  test('always, and, or', () => {
    const small = when('lower_than', F('ref_number'), C(3));
    const large = when('greater_than', F('ref_number'), C(8));
    expect(read(when('always'))).toEqual({ op: 'constant', value: true });
    expect(holds(when('or', small, large), { F_number: number('9') })).toBe(true);
    expect(holds(when('and', small, large), { F_number: number('9') })).toBe(false);
    expect(holds(when('and', small, when('always')), { F_number: number('1') })).toBe(true);
  });

  test('hidden fields, variables and other answers are compared as values', () => {
    const left = { op: 'hidden', field: 'plan' };
    const empty = { op: 'compare', comparison: 'equals', left, right: { op: 'text', value: '' } };
    expect(read(when('not_equal', on('hidden', 'plan'), C('gold')))).toEqual({
      op: 'not',
      condition: { op: 'compare', comparison: 'equals', left, right: { op: 'text', value: 'gold' } },
    });
    expect(read(when('answered', on('hidden', 'plan')))).toEqual({ op: 'not', condition: empty });
    expect(read(when('greater_equal_than', on('variable', 'score'), C(7)))).toEqual({
      op: 'compare',
      comparison: 'greater-or-equal',
      left: { op: 'variable', name: 'score' },
      right: { op: 'number', value: 7 },
    });
    expect(read(when('greater_than', F('ref_number'), on('variable', 'score')))).toEqual({
      op: 'and',
      conditions: [
        { op: 'answered', question: 'F_number' },
        {
          op: 'compare',
          comparison: 'greater',
          left: { op: 'answer', question: 'F_number' },
          right: { op: 'variable', name: 'score' },
        },
      ],
    });
  });

  test.each<[string, unknown]>([
    ['an operator that is not known', when('resembles', F('ref_email'), C('x'))],
    ['a name of every object', when('constructor', F('ref_email'), C('x'))],
    ['no variables', when('is')],
    ['no value', when('is', F('ref_email'))],
    ['and of nothing', when('and')],
    ['one part that cannot be read', when('and', when('always'), when('resembles'))],
    ['a choice that is gone', when('is', F('ref_dropdown'), choice('zz'))],
    ['an order of choices', when('lower_than', F('ref_dropdown'), choice('ref-basel'))],
    ['words in a hidden field', when('contains', on('hidden', 'plan'), C('x'))],
    ['a hidden field that is gone', when('equal', on('hidden', 'zz'), C('x'))],
    ['a variable that is gone', when('equal', on('variable', 'zz'), C('x'))],
    ['a group', when('answered', F('ref_group'))],
    ['an ending', when('is', on('end', 'x'), C('y'))],
    ['a number that is none', when('equal', F('ref_number'), C('five'))],
    ['a date that is none', when('on', F('ref_date'), C('someday'))],
    ['a value of no kind', when('equal', F('ref_email'), C({ a: 1 }))],
    ['null', null],
  ])('%s cannot be read', (_title, raw) => {
    expect(read(raw)).toBeNull();
  });
});
