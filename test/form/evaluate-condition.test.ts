import type { Answer } from '@flowella/shared/form/answers.ts';
import { evaluateCondition, toDay } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';

const TODAY = '2026-11-23';
const holds = (condition: Condition, answer?: Answer) =>
  evaluateCondition(condition, answer ? { q: answer } : {}, TODAY);
const text = (value: string): Answer => ({ kind: 'text', value });
const number = (value: string): Answer => ({ kind: 'number', value });
const choices = (...choiceIds: string[]): Answer => ({ kind: 'choices', choiceIds });
const date = (value: string): Answer => ({ kind: 'date', value });
const q = { question: 'q' };

test('a question without an answer satisfies nothing but a negation', () => {
  expect(holds({ op: 'equals', ...q, value: '' })).toBe(false);
  expect(holds({ op: 'answered', ...q })).toBe(false);
  expect(holds({ op: 'not', condition: { op: 'answered', ...q } })).toBe(true);
});

describe('comparisons', () => {
  test.each<[Condition, Answer, boolean]>([
    [{ op: 'equals', ...q, value: 'CEO' }, text(' ceo '), true],
    [{ op: 'contains', ...q, value: 'MANAGER' }, text('Sales manager'), true],
    [{ op: 'starts-with', ...q, value: 'Head' }, text('ahead'), false],
    [{ op: 'ends-with', ...q, value: 'é' }, text('cafe\u0301'), true],
    [{ op: 'equals', ...q, value: '10' }, number('10.0'), true],
    [{ op: 'less', ...q, value: '10' }, number('9'), true],
    [{ op: 'greater', ...q, value: '10' }, number('9'), false],
    [{ op: 'greater-or-equal', ...q, value: '' }, number('9'), false],
    [{ op: 'includes-any', ...q, values: ['a', 'z'] }, choices('a', 'b'), true],
    [{ op: 'includes-all', ...q, values: ['a', 'z'] }, choices('a', 'b'), false],
    [{ op: 'is-exactly', ...q, values: ['b', 'a'] }, choices('a', 'b'), true],
    [{ op: 'is-exactly', ...q, values: ['a'] }, choices('a', 'b'), false],
    [{ op: 'includes-any', ...q, values: ['A'] }, { kind: 'choice', choiceId: 'a' }, false],
    [{ op: 'equals', ...q, value: 'true' }, { kind: 'boolean', value: true }, true],
    [{ op: 'less', ...q, value: '1767225600000' }, date('2025-12-31'), true],
    [{ op: 'date-within-days', ...q, from: -30, to: 0 }, date('2026-10-24'), true],
    [{ op: 'date-within-days', ...q, from: -30, to: 0 }, date('2026-10-23'), false],
    [{ op: 'date-within-days', ...q, from: 0, to: 7 }, date('2026-11-30'), true],
  ])('%j over %j is %s', (condition, answer, expected) => expect(holds(condition, answer)).toBe(expected));
});

test('dates are read as days from ISO time and epoch milliseconds', () => {
  expect(toDay('2026-11-23T23:59:00Z')).toBe('2026-11-23');
  expect(toDay('1767225600000')).toBe('2026-01-01');
  expect(toDay('tomorrow')).toBeNull();
});
