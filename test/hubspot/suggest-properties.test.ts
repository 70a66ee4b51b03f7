import { describe, expect, test } from 'vitest';
import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { Property } from '../../server/hubspot/properties.ts';
import { propertySpec, suggestProperties } from '../../server/hubspot/suggest-properties.ts';
import { propertyProblem, toPropertyValue } from '../../server/hubspot/to-property-value.ts';

const base = { required: false, origin: {} };
const choices = [
  { id: 'a', label: 'Apple' },
  { id: 'b', label: 'Pear' },
];
const property = (name: string, type: string, fieldType: string, more: Partial<Property> = {}): Property => ({
  name,
  label: name,
  type,
  fieldType,
  groupName: '',
  options: [],
  hidden: false,
  calculated: false,
  archived: false,
  ...more,
});
const options = (...values: string[]) => values.map((value) => ({ label: value, value, hidden: false }));

function suggest(questions: Question[], properties: Property[]) {
  const form: Form = {
    source: 'typeform',
    sourceFormId: 'f',
    name: 'F',
    language: 'en',
    revision: 'r',
    pages: [{ id: 'p', items: questions }],
    hidden: [],
    notices: [],
  };
  return suggestProperties(form, new Map(properties.map((one) => [one.name, one])));
}

describe('suggestions', () => {
  test("take the HubSpot form's own property, then one of the same name or label, then a new one of ours", () => {
    const result = suggest(
      [
        { ...base, kind: 'short-text', id: '0-1/firstname', label: 'How may we call you?' },
        { ...base, kind: 'short-text', id: 'q2', label: 'Job title' },
        { ...base, kind: 'short-text', id: 'q3', label: 'Größe & Farbe' },
        { ...base, kind: 'short-text', id: 'q4', label: '颜色' },
      ],
      [property('firstname', 'string', 'text'), property('jobtitle', 'string', 'text', { label: 'Job Title' })],
    );
    expect(result).toMatchObject([
      { property: 'firstname', create: false, reason: 'same-field' },
      { property: 'jobtitle', create: false, reason: 'same-name' },
      { property: 'flowella_grosse_farbe', create: true, reason: 'new' },
      { property: 'flowella_answer', create: true, reason: 'new' },
    ]);
  });

  test('never name a property twice, nor one that the answers do not fit', () => {
    const result = suggest(
      [
        { ...base, kind: 'number', id: 'q1', label: 'Age' },
        { ...base, kind: 'number', id: 'q2', label: 'age' },
        { ...base, kind: 'date', id: 'q3', label: 'Start' },
      ],
      [property('age', 'number', 'number'), property('start', 'number', 'number')],
    );
    expect(result.map((one) => one.property)).toEqual(['age', 'flowella_age', 'flowella_start']);
  });

  test('leave out files and full document numbers', () => {
    const result = suggest(
      [
        { ...base, kind: 'file', id: 'q1', label: 'Photo', multiple: false },
        { ...base, kind: 'short-text', id: 'q2', label: 'Passport number' },
      ],
      [],
    );
    expect(result).toEqual([]);
  });
});

describe('a value for a property', () => {
  const single: Question = { ...base, kind: 'single-choice', id: 'q', label: 'Fruit', choices };
  const multi: Question = { ...base, kind: 'multi-choice', id: 'q', label: 'Fruit', choices };

  test('a choice is found by the option’s value, else by its label, else it is a problem', () => {
    const answer = { kind: 'choice', choiceId: 'b' } as const;
    const value = (list: string[]) =>
      toPropertyValue(single, answer, property('p', 'enumeration', 'select', { options: options(...list) }));
    expect(value(['a', 'b'])).toEqual({ kind: 'value', value: 'b' });
    expect(value(['x', 'pear'])).toEqual({ kind: 'value', value: 'pear' });
    expect(value(['x'])).toEqual({ kind: 'problem', why: 'option_missing', missing: 'Pear' });
  });

  test('several choices are joined by a semicolon, in text by their labels', () => {
    const answer: Answer = { kind: 'choices', choiceIds: ['b', 'a'] };
    expect(
      toPropertyValue(multi, answer, property('p', 'enumeration', 'checkbox', { options: options('a', 'b') })),
    ).toEqual({
      kind: 'value',
      value: 'b;a',
    });
    expect(toPropertyValue(multi, answer, property('p', 'string', 'text'))).toEqual({
      kind: 'value',
      value: 'Pear; Apple',
    });
  });

  test('several choices do not fit a property that takes one', () => {
    expect(propertyProblem(multi, property('p', 'enumeration', 'select', { options: options('a', 'b') }))).toEqual({
      why: 'wrong_type',
    });
  });

  test('a date fits a moment at midnight UTC, but a moment does not fit a date', () => {
    const date: Question = { ...base, kind: 'date', id: 'q', label: 'Day' };
    const moment: Question = { ...base, kind: 'date-time', id: 'q', label: 'When' };
    expect(toPropertyValue(date, { kind: 'date', value: '2026-02-03' }, property('p', 'datetime', 'date'))).toEqual({
      kind: 'value',
      value: '2026-02-03T00:00:00Z',
    });
    expect(propertyProblem(moment, property('p', 'date', 'date'))).toEqual({ why: 'wrong_type' });
  });

  test('whatever property we would make takes every answer of its question', () => {
    const questions: Question[] = [
      { ...base, kind: 'short-text', id: 'q', label: 'L' },
      { ...base, kind: 'yes-no', id: 'q', label: 'L' },
      { ...base, kind: 'checkbox', id: 'q', label: 'L', mustAccept: false },
      { ...base, kind: 'scale', id: 'q', label: 'L', min: 0, max: 10 },
      { ...base, kind: 'ranking', id: 'q', label: 'L', choices },
      { ...base, kind: 'date', id: 'q', label: 'L' },
      { ...base, kind: 'date-time', id: 'q', label: 'L' },
      { ...base, kind: 'duration', id: 'q', label: 'L' },
      single,
      multi,
    ];
    for (const question of questions) {
      const spec = propertySpec(question);
      expect(spec).not.toBeNull();
      if (!spec) continue;
      const made = property(spec.name, spec.type, spec.fieldType, {
        options: (spec.options ?? []).map((option) => ({ ...option, hidden: false })),
      });
      expect([question.kind, propertyProblem(question, made)]).toEqual([question.kind, null]);
    }
  });

  test('options of a new property are distinct even where the form names two choices alike', () => {
    const twins: Question = {
      ...single,
      choices: [...choices, { id: 'c', label: 'Apple' }, { id: 'a', label: 'Again' }],
    };
    expect(propertySpec(twins)?.options).toEqual([
      { label: 'Apple', value: 'a' },
      { label: 'Pear', value: 'b' },
      { label: 'Apple_2', value: 'c' },
    ]);
  });
});
