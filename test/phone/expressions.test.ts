import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluateCondition,
  evaluateNested,
  ExpressionError,
  type PhoneValue,
  type Scope,
} from '@flowella/shared/phone/expressions.ts';
import { resolve } from '@flowella/shared/phone/bindings.ts';

const form: Record<string, PhoneValue> = {
  name: 'Ana',
  age: '18',
  age2: '9',
  five: '5',
  rating: '1.5',
  irish: "O'Neil",
  accept: true,
  empty: '',
  zero: 0,
  list: ['x', 'y'],
};
const data: Record<string, PhoneValue> = { total: 90, customer: { city: 'Lima' }, tricky: '${form.name}' };
const scope: Scope = {
  form: (path) => form[path[0] ?? ''],
  data: (path) => (path[0] === 'customer' && path[1] === 'city' ? 'Lima' : data[path[0] ?? '']),
  otherScreen: (screenId, store, path) => (screenId === 'START' ? `${store}:${path.join('.')}` : undefined),
};

describe('nested expressions give what Meta documents', () => {
  test.each<[string, PhoneValue]>([
    ["`'Hello ' ${form.name}`", 'Hello Ana'],
    ["`${form.name} ' you are ' ${form.age} ' years old.'`", 'Ana you are 18 years old.'],
    ["`'born in ' (2024 - ${form.age}) ' or ' (2023 - ${form.age})`", 'born in 2006 or 2005'],
    ["`'The amount per person is: ' ${data.total} / 3`", 'The amount per person is: 30'],
    ['`${form.age} > 18`', false],
    ['`${form.age} >= 18`', true],
    ['`(${form.age} >= 18) && ${form.accept}`', true],
    ["`(${form.name} != '') || (${form.empty} != '')`", true],
    ['`${form.age} == 18`', true],
    ['`${data.total} / ${form.zero}`', 0],
    ['`${data.total} % 0`', 0],
    ['`${data.total} / ${form.missing}`', 0],
    ['`7 % 4 + 1`', 4],
    ['`10 - 4 - 3`', 3],
    ["`'it\\\\'s ' 'a \\\\` tick'`".replaceAll('\\\\', '\\'), "it's a ` tick"],
    ["`${form.missing} == ''`", true],
  ])('%s', (expression, expected) => {
    expect(evaluateNested(expression, scope)).toEqual(expected);
  });
});

describe('where the pages are silent, expressions give what WhatsApp’s own client gives', () => {
  test.each<[string, PhoneValue]>([
    // Operands side by side are joined last of all.
    ["`'same: ' ${form.name} == 'Ana'`", 'same: true'],
    // Nothing is neither less nor more, and two texts have no order.
    ['`${form.empty} < 5`', false],
    ['`${form.missing} <= 0`', false],
    ['`${form.age} > ${form.age2}`', false],
    ['`${form.age} > 9`', true],
    // Results are rounded to two places.
    ['`10 / 3`', 3.33],
    ['`2 * 3 + 1`', 7],
    ['`+5 - -2`', 7],
    ['`-${data.total} + 100`', 10],
    // An opt-in that nobody has touched has no value.
    ['`!${form.missing}`', true],
    ['`${form.missing} != true`', true],
    ['`${form.missing} || ${form.accept}`', true],
    ["`'a' ${form.missing} 'b' ${form.list}`", 'abx,y'],
    ['`' + String.raw`'one\ntwo' "'"` + '`', "one\ntwo'"],
    ["`'18' == '18.0'`", false],
    ["`18 == '18.0'`", true],
  ])('%s', (expression, expected) => {
    expect(evaluateNested(expression, scope)).toEqual(expected);
  });

  test.each<[string, boolean]>([
    // Numbers count by their whole part, also where they stand in texts.
    ["${form.rating} == '1.9'", true],
    ['${form.rating} > 1', false],
    ['${form.age} >= 18', true],
    ["'05' == ${form.five}", true],
    ["${form.missing} == ''", true],
    ["${form.missing} != ''", false],
    ["(${form.name} == 'Bo') || (${form.accept} == true )", true],
    ['${form.missing} != true', true],
    // Only false has an opposite.
    ['!${form.missing}', false],
    ["!(${form.name} == 'Bo')", true],
    // A backslash keeps the quote from ending the text, and stays in it.
    ["${form.irish} == 'O\\'Neil'", false],
    ["${form.name} < 'B'", false],
  ])('the condition %s', (condition, expected) => {
    expect(evaluateCondition(condition, scope)).toBe(expected);
  });
});

describe('expressions', () => {
  test('a condition is written without backticks and knows not', () => {
    expect(evaluateCondition("!(${form.name} == 'Bo') && ${form.accept}", scope)).toBe(true);
    expect(evaluateCondition('`${form.age} > 17`', scope)).toBe(true);
    expect(evaluateCondition('${form.name}', scope)).toBe(false);
  });

  test.each(['`${form.a} *`', "`'open`", '`(1 + 2`', '`1 2)`', '`form.name`', '``'])(
    'what cannot be read is an error and never a value: %s',
    (expression) => {
      expect(() => evaluateNested(expression, scope)).toThrow(ExpressionError);
    },
  );

  test('whole numbers add, subtract and compare as in arithmetic', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 9999 }), (a, b) => {
        expect(evaluateNested(`\`${a} + ${b}\``, scope)).toBe(a + b);
        expect(evaluateNested(`\`${a} - ${b}\``, scope)).toBe(a - b);
        expect(evaluateNested(`\`${a} < ${b}\``, scope)).toBe(a < b);
        expect(evaluateNested(`\`${a} % ${b}\``, scope)).toBe(b === 0 ? 0 : a % b);
      }),
    );
  });

  test('any text survives being written as a literal, but for closing braces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const literal = `\`'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'\``;
        expect(evaluateNested(literal, scope)).toBe(text.replaceAll('}', ''));
      }),
    );
  });
});

describe('bindings', () => {
  test('a reference counts only as the whole value and keeps its type', () => {
    expect(resolve('${form.accept}', scope)).toBe(true);
    expect(resolve('${data.customer.city}', scope)).toBe('Lima');
    expect(resolve('${screen.START.form.name}', scope)).toBe('form:name');
    expect(resolve('Hello ${form.name}', scope)).toBe('Hello ${form.name}');
    expect(resolve('${form.missing}', scope)).toBeUndefined();
  });

  test('what a reference brings in is never read as an expression again', () => {
    expect(resolve('${data.tricky}', scope)).toBe('${form.name}');
  });

  test('objects and lists are resolved inside', () => {
    expect(resolve({ a: ['${form.name}', 1], b: { c: '${form.age}' } }, scope)).toEqual({
      a: ['Ana', 1],
      b: { c: '18' },
    });
  });
});
