import { compile } from '@flowella/shared/compile/compile.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { describe, expect, test } from 'vitest';
import { checkAnswer, type Checked } from '../../server/endpoint/check-answer.ts';
import { checkMessage, type CheckCode } from '../../server/endpoint/check-messages.ts';
import { normalizePhone } from '../../server/endpoint/normalize-phone.ts';
import { toInputs } from '../../server/endpoint/to-inputs.ts';

const base = { id: 'q', label: 'Question', required: false, origin: {} };

function fieldOf(question: Question) {
  const form = {
    source: 'typeform' as const,
    sourceFormId: 'f',
    name: 'F',
    language: 'en',
    revision: '',
    hidden: [],
    notices: [],
  };
  const { program } = compile({ form: { ...form, pages: [{ id: 'p', items: [question] }] }, design: {}, locale: 'en' });
  const [field] = program.fields;
  if (!field) throw new Error('not asked');
  return field;
}

function check(question: Question, value: JsonValue, country?: string): Checked {
  const field = fieldOf(question);
  return checkAnswer(field, { [field.inputs[0]?.name ?? '']: value }, { country });
}

function codeOf(checked: Checked): CheckCode | 'ok' | 'empty' {
  return checked.kind === 'problem' ? checked.code : checked.kind === 'answer' ? 'ok' : 'empty';
}

function valueOf(checked: Checked): unknown {
  return checked.kind === 'answer' && 'value' in checked.answer ? checked.answer.value : null;
}

describe('e-mail', () => {
  const email: Question = { ...base, kind: 'email', blockedDomains: ['@competitor.example'], blockFreeProviders: true };

  test.each([
    ['ada@firm.test', 'ok'],
    ['ada.lovelace+flows@sub.firm.co.uk', 'ok'],
    ['用户@例子.测试', 'ok'],
    ['ada@firm', 'email'],
    ['ada@@firm.test', 'email'],
    ['ada @firm.test', 'email'],
    ['.ada@firm.test', 'email'],
    ['a..b@firm.test', 'email'],
    ['ada@-firm.test', 'email'],
    ['ada@COMPETITOR.example', 'email-blocked'],
    ['ada@mail.competitor.example', 'email-blocked'],
    ['ada@notcompetitor.example', 'ok'],
    ['ada@gmail.com', 'email-blocked'],
    ['', 'empty'],
  ])('%s is %s', (text, code) => expect(codeOf(check(email, text))).toBe(code));
});

describe('phone numbers', () => {
  const phone: Question = { ...base, kind: 'phone' };

  test.each([
    ['+49 (151) 234-56789', undefined, '+4915123456789'],
    ['0049 151 23456789', undefined, '+4915123456789'],
    ['0151 23456789', 'DE', '+4915123456789'],
    ['(415) 555-2671', 'US', '+14155552671'],
    ['+971 50 123 4567', 'DE', '+971501234567'],
    ['٠١٥١٢٣٤٥٦٧٨٩', 'DE', '+4915123456789'],
  ])('%s of %s is %s', (text, country, e164) => expect(normalizePhone(text, country)).toEqual({ kind: 'phone', e164 }));

  test('without a country the number is not guessed', () => {
    expect(codeOf(check(phone, '0151 23456789'))).toBe('phone-country');
    expect(valueOf(check(phone, '0151 23456789', 'DE'))).toBe('+4915123456789');
    expect(codeOf(check(phone, '+49 12'))).toBe('phone');
    expect(codeOf(check(phone, 'call me'))).toBe('phone');
    expect(codeOf(check({ ...phone, maxDigits: 10 }, '+4915123456789'))).toBe('phone-digits');
  });
});

describe('numbers', () => {
  test.each([
    ['42', '42'],
    ['1.234,50', '1234.50'],
    ['1,234.50', '1234.50'],
    ['3,5', '3.5'],
    ['1 000 000', '1000000'],
    ["1'000", '1000'],
    ['-7', '-7'],
    ['.5', '0.5'],
    ['1e5', null],
    ['12abc', null],
    ['', null],
  ])('%s is read as %s', (text, value) => expect(valueOf(check({ ...base, kind: 'number' }, text))).toBe(value));

  test('digits and range are checked', () => {
    const question: Question = { ...base, kind: 'number', minDigits: 2, maxDigits: 4 };
    expect(['7', '77', '7777', '77777'].map((text) => codeOf(check(question, text)))).toEqual([
      'number-digits',
      'ok',
      'ok',
      'number-digits',
    ]);
    expect(codeOf(check({ ...base, kind: 'number', max: 5, integer: true }, '6'))).toBe('number-range');
    expect(codeOf(check({ ...base, kind: 'number', integer: true }, '1.5'))).toBe('number');
  });
});

describe('dates, web addresses and texts', () => {
  test.each([
    ['2026-02-28', 'ok'],
    ['2026-02-29', 'date'],
    ['28.02.2026', 'date'],
    ['2019-12-31', 'date-range'],
  ])('the date %s is %s', (text, code) =>
    expect(codeOf(check({ ...base, kind: 'date', min: '2020-01-01' }, text))).toBe(code),
  );

  test.each([
    ['www.example.com/a?b=c', 'https://www.example.com/a?b=c'],
    ['http://example.com', 'http://example.com'],
    ['javascript:alert(1)', null],
    ['not a page', null],
    ['localhost', null],
  ])('the address %s is read as %s', (text, value) =>
    expect(valueOf(check({ ...base, kind: 'url' }, text))).toBe(value),
  );

  test('lengths and patterns are checked, outer space and null bytes are left out', () => {
    const question: Question = { ...base, kind: 'short-text', minLength: 2, maxLength: 4, pattern: '[a-z]+' };
    expect(['a', 'ab', 'abcde', 'AB'].map((text) => codeOf(check(question, text)))).toEqual([
      'too-short',
      'ok',
      'too-long',
      'format',
    ]);
    expect(valueOf(check({ ...base, kind: 'short-text' }, '  Ada\u0000 '))).toBe('Ada');
  });
});

describe('choices', () => {
  const choices = Array.from({ length: 249 }, (_, index) => ({ id: `c${index}`, label: `Choice ${index}` }));

  test('only the section that was chosen counts', () => {
    const field = fieldOf({ ...base, kind: 'single-choice', choices });
    const [group, first, second] = field.inputs;
    if (!group || !first || !second) throw new Error('no sections');
    const raw = { [group.name]: 'section_2', [first.name]: 'c3', [second.name]: 'c90' };
    expect(checkAnswer(field, raw)).toEqual({ kind: 'answer', answer: { kind: 'choice', choiceId: 'c90' } });
    expect(codeOf(checkAnswer(field, { [group.name]: 'section_1' }))).toBe('required');
    expect(checkAnswer(field, {})).toEqual({ kind: 'empty' });
  });

  test('at least one over all groups of a split list is asked for when the question is required', () => {
    const field = fieldOf({ ...base, required: true, kind: 'multi-choice', choices: choices.slice(0, 27) });
    expect(codeOf(checkAnswer(field, {}))).toBe('required');
    const second = field.inputs[1]?.name ?? '';
    expect(checkAnswer(field, { [second]: ['c20', 'c26'] })).toMatchObject({ answer: { choiceIds: ['c20', 'c26'] } });
  });

  test('a ranking takes each choice once', () => {
    const field = fieldOf({ ...base, kind: 'ranking', choices: choices.slice(0, 3) });
    const rank = (...ids: string[]) =>
      Object.fromEntries(field.inputs.map((input, index) => [input.name, ids[index] ?? '']));
    expect(codeOf(checkAnswer(field, rank('c1', 'c1', 'c0')))).toBe('same-place');
    expect(checkAnswer(field, rank('c2', 'c0', 'c1'))).toMatchObject({ answer: { choiceIds: ['c2', 'c0', 'c1'] } });
  });

  test('"other" needs its text', () => {
    const field = fieldOf({ ...base, kind: 'single-choice', choices: choices.slice(0, 2), allowOther: true });
    const [list, other] = field.inputs;
    const id = list?.options?.at(-1)?.id ?? '';
    expect(codeOf(checkAnswer(field, { [list?.name ?? '']: id }))).toBe('required');
    expect(checkAnswer(field, { [list?.name ?? '']: id, [other?.name ?? '']: 'mine' })).toMatchObject({
      answer: { otherText: 'mine' },
    });
  });

  test('a tick that must be given is asked for, one that need not is answered with no', () => {
    expect(codeOf(check({ ...base, required: true, kind: 'checkbox', mustAccept: true }, false))).toBe('must-accept');
    expect(valueOf(check({ ...base, kind: 'checkbox', mustAccept: false }, false))).toBe(false);
  });
});

test('every answer turns into inputs and back without a change', () => {
  const choices = Array.from({ length: 230 }, (_, index) => ({ id: `id ${index}; ü`, label: `Choice ${index}` }));
  const cases: [Question, Answer][] = [
    [
      { ...base, kind: 'single-choice', choices },
      { kind: 'choice', choiceId: 'id 201; ü' },
    ],
    [
      { ...base, kind: 'single-choice', choices: choices.slice(0, 3) },
      { kind: 'choice', choiceId: 'id 1; ü' },
    ],
    [
      { ...base, kind: 'multi-choice', choices: choices.slice(0, 30) },
      { kind: 'choices', choiceIds: ['id 1; ü', 'id 24; ü'] },
    ],
    [
      { ...base, kind: 'multi-choice', choices: choices.slice(0, 1) },
      { kind: 'choices', choiceIds: ['id 0; ü'] },
    ],
    [
      { ...base, kind: 'yes-no' },
      { kind: 'boolean', value: false },
    ],
    [
      { ...base, kind: 'scale', min: 0, max: 10 },
      { kind: 'number', value: '0' },
    ],
    [
      { ...base, kind: 'ranking', choices: choices.slice(0, 2) },
      { kind: 'ranking', choiceIds: ['id 1; ü', 'id 0; ü'] },
    ],
    [
      { ...base, kind: 'date-time' },
      { kind: 'date-time', value: '2026-11-23T09:05' },
    ],
    [
      { ...base, kind: 'duration' },
      { kind: 'duration', seconds: 5_400 },
    ],
    [
      { ...base, kind: 'phone' },
      { kind: 'phone', value: '+4915123456789' },
    ],
    [
      { ...base, kind: 'time' },
      { kind: 'time', value: '23:59' },
    ],
  ];
  for (const [question, answer] of cases) {
    const field = fieldOf(question);
    const raw = toInputs(field, answer);
    expect(raw).not.toBeNull();
    expect(checkAnswer(field, raw ?? {})).toEqual({ kind: 'answer', answer });
  }
});

test('no error is longer than WhatsApp shows under a text field, and none has to be cut', () => {
  const codes: CheckCode[] = [
    'required',
    'must-accept',
    'too-long',
    'too-short',
    'format',
    'email',
    'email-blocked',
    'phone',
    'phone-country',
    'phone-digits',
    'url',
    'number',
    'number-digits',
    'number-range',
    'choice',
    'too-few-choices',
    'too-many-choices',
    'same-place',
    'date',
    'date-range',
    'time',
  ];
  for (const code of codes) {
    for (const language of ['en', 'de'] as const) {
      expect(checkMessage(code, language, 30)).toBe(checkMessage(code, language, 1_000));
    }
  }
});

describe('duration', () => {
  const field = fieldOf({ ...base, kind: 'duration' });
  const [hours, minutes] = field.inputs.map(({ name }) => name);

  test.each([
    ['1.5', '', 5_400],
    ['1,5', '15', 6_300],
    ['٢٫٥', '', 9_000],
    ['', '0.5', 30],
    ['.5', '', 1_800],
    ['2', '90', 12_600],
    ['.', '', null],
    ['1.2.3', '', null],
    ['-1', '', null],
    ['12345', '', null],
    ['1', 'x', null],
  ])('%s hours and %s minutes are %s seconds', (inHours, inMinutes, seconds) => {
    const checked = checkAnswer(field, { [hours ?? '']: inHours, [minutes ?? '']: inMinutes }, {});
    if (seconds === null) expect(checked.kind).toBe('problem');
    else expect(checked).toEqual({ kind: 'answer', answer: { kind: 'duration', seconds } });
  });
});
