import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import { toDay } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition, Expression, Question } from '@flowella/shared/form/form.ts';
import type { RawCondition, RawVar } from './definition.ts';
import type { FieldOrigin } from './to-question.ts';

/** Where a condition finds what it looks at; undefined and false mean that the form has no such thing. */
export type ConditionScope = {
  question: (ref: unknown) => Question | undefined;
  hasHidden: (name: string) => boolean;
  hasVariable: (name: string) => boolean;
};

type Test = 'equals' | 'contains' | 'starts-with' | 'ends-with' | Order | 'answered';
type Order = 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';

const TESTS: Readonly<Record<string, Test>> = {
  is: 'equals',
  equal: 'equals',
  on: 'equals',
  contains: 'contains',
  begins_with: 'starts-with',
  ends_with: 'ends-with',
  lower_than: 'less',
  lower_equal_than: 'less-or-equal',
  greater_than: 'greater',
  greater_equal_than: 'greater-or-equal',
  earlier_than: 'less',
  earlier_than_or_on: 'less-or-equal',
  later_than: 'greater',
  later_than_or_on: 'greater-or-equal',
  answered: 'answered',
};
const NEGATIVES: Readonly<Record<string, Test>> = {
  is_not: 'equals',
  not_equal: 'equals',
  not_on: 'equals',
  not_contains: 'contains',
  not_begins_with: 'starts-with',
  not_ends_with: 'ends-with',
  not_answered: 'answered',
  is_not_answered: 'answered',
  unanswered: 'answered',
};

/**
 * A condition of Typeform's logic (Create API, "Logic Jumps"; form-tools.md 3.2); null when it cannot be read. The negative
 * operators hold for a field without an answer, so they are a plain `not`.
 */
export function toCondition(raw: RawCondition | null | undefined, scope: ConditionScope): Condition | null {
  if (raw === undefined) return { op: 'constant', value: true };
  if (raw === null) return null;
  const op = raw.op.toLowerCase();
  if (op === 'always') return { op: 'constant', value: true };
  if (op === 'and' || op === 'or') {
    const parts = raw.vars.map((part) => ('op' in part ? toCondition(part, scope) : null));
    const conditions = parts.filter((part) => part !== null);
    return parts.length === 0 || conditions.length < parts.length ? null : { op, conditions };
  }
  const negative = Object.hasOwn(NEGATIVES, op) ? NEGATIVES[op] : undefined;
  const test = negative ?? (Object.hasOwn(TESTS, op) ? TESTS[op] : undefined);
  const vars = raw.vars.flatMap((part): RawVar[] => ('op' in part ? [] : [part]));
  if (!test || vars.length < raw.vars.length) return null;
  const condition = toTest(test, vars, scope);
  return condition && negative ? { op: 'not', condition } : condition;
}

function toTest(test: Test, [subject, ...objects]: RawVar[], scope: ConditionScope): Condition | null {
  if (subject === undefined) return null;
  if (subject.type !== 'field') return toComparison(test, toExpression(subject, scope), objects, scope);
  const question = scope.question(subject.value);
  if (!question) return null;
  if (test === 'answered') {
    const answered: Condition = { op: 'answered', question: question.id };
    return objects[0]?.value === false ? { op: 'not', condition: answered } : answered;
  }
  const isFixed = objects.every((object) => object.type === 'constant' || object.type === 'choice');
  if (!isFixed) {
    // A choice is known by its id and a hidden field holds words: they cannot be compared.
    if ('choices' in question) return null;
    const compared = toComparison(test, { op: 'answer', question: question.id }, objects, scope);
    // A comparison never holds for a field without an answer, which would count as 0 here.
    return compared && { op: 'and', conditions: [{ op: 'answered', question: question.id }, compared] };
  }
  if ('choices' in question && question.kind !== 'ranking') return toChoiceTest(test, question, objects);
  const leaves = objects.map((object) => toLeaf(test, question, object));
  const known = leaves.filter((leaf) => leaf !== null);
  if (known.length === 0 || known.length < leaves.length) return null;
  return known.length === 1 ? (known[0] ?? null) : { op: 'or', conditions: known };
}

type ChoiceQuestion = Extract<Question, { kind: 'single-choice' | 'multi-choice' }>;

/** A choice by its `ref`; words are looked for in the labels, since an answer holds no words. */
function toChoiceTest(test: Test, question: ChoiceQuestion, objects: RawVar[]): Condition | null {
  const found = objects.map((object) => choicesMeant(test, question, object));
  const ids = [...new Set(found.flat())];
  if (ids.length === 0 || found.some((one) => one.length === 0)) return null;
  const [only] = ids;
  return ids.length === 1 && only !== undefined && question.kind === 'single-choice'
    ? { op: 'equals', question: question.id, value: only }
    : { op: 'includes-any', question: question.id, values: ids };
}

function choicesMeant(test: Test, question: ChoiceQuestion, object: RawVar): string[] {
  const wanted = plain(object.value);
  if (wanted === null) return [];
  if (test === 'equals' || object.type === 'choice') {
    if (test !== 'equals' && test !== 'contains') return [];
    const id = choiceIdOf(question, wanted);
    return id === undefined ? [] : [id];
  }
  const holds = labelTest(test, fold(wanted));
  return holds ? question.choices.filter((choice) => holds(fold(choice.label))).map((choice) => choice.id) : [];
}

function labelTest(test: Test, wanted: string): ((label: string) => boolean) | null {
  if (test === 'contains') return (label) => label.includes(wanted);
  if (test === 'starts-with') return (label) => label.startsWith(wanted);
  if (test === 'ends-with') return (label) => label.endsWith(wanted);
  return null;
}

function choiceIdOf(question: ChoiceQuestion, wanted: string): string | undefined {
  // Written by this source when it read the field.
  const { choices = [] } = question.origin as FieldOrigin;
  const found =
    choices.find((choice) => choice.ref === wanted) ??
    choices.find((choice) => choice.id === wanted) ??
    choices.find((choice) => fold(choice.label) === fold(wanted));
  if (found) return found.id;
  return question.allowOther && fold(wanted) === 'other' ? OTHER_CHOICE : undefined;
}

function toLeaf(test: Exclude<Test, 'answered'>, question: Question, object: RawVar): Condition | null {
  const value = valueFor(question, object.value);
  if (value === null) return null;
  switch (question.kind) {
    case 'yes-no':
    case 'checkbox':
      return test === 'equals' ? { op: 'equals', question: question.id, value } : null;
    case 'date':
      return isWord(test) ? null : { op: test, question: question.id, value };
    case 'ranking':
    case 'file':
      return null;
    default:
      return { op: test, question: question.id, value };
  }
}

/** The constant in the canonical form of an answer to the question; null when no answer can be compared with it. */
function valueFor(question: Question, raw: unknown): string | null {
  const value = plain(raw);
  if (value === null) return null;
  switch (question.kind) {
    case 'yes-no':
    case 'checkbox': {
      const word = value.trim().toLowerCase();
      if (['true', 'yes', '1'].includes(word)) return 'true';
      return ['false', 'no', '0'].includes(word) ? 'false' : null;
    }
    case 'number':
    case 'scale':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? value.trim() : null;
    case 'date':
      return toDay(value);
    default:
      return value;
  }
}

/** A comparison with a hidden field, a variable or another answer: only what can be said about two values. */
function toComparison(test: Test, left: Expression | null, objects: RawVar[], scope: ConditionScope): Condition | null {
  if (!left) return null;
  if (test === 'answered') {
    // A variable always has a value; a hidden field has one when it is not empty.
    if (left.op !== 'hidden') return { op: 'constant', value: true };
    const isEmpty: Condition = { op: 'compare', comparison: 'equals', left, right: { op: 'text', value: '' } };
    return objects[0]?.value === false ? isEmpty : { op: 'not', condition: isEmpty };
  }
  if (isWord(test)) return null;
  const [object] = objects;
  const right = object && objects.length === 1 ? toExpression(object, scope) : null;
  return right && { op: 'compare', comparison: test, left, right };
}

function isWord(test: Test): test is 'contains' | 'starts-with' | 'ends-with' {
  return test === 'contains' || test === 'starts-with' || test === 'ends-with';
}

/** A value of a condition or a calculation; null when it cannot be read. */
export function toExpression(raw: RawVar, scope: ConditionScope): Expression | null {
  switch (raw.type) {
    case 'constant': {
      if (typeof raw.value === 'number' && Number.isFinite(raw.value)) return { op: 'number', value: raw.value };
      const value = plain(raw.value);
      return value === null ? null : { op: 'text', value };
    }
    case 'hidden':
      return typeof raw.value === 'string' && scope.hasHidden(raw.value) ? { op: 'hidden', field: raw.value } : null;
    case 'variable':
      return typeof raw.value === 'string' && scope.hasVariable(raw.value) ? { op: 'variable', name: raw.value } : null;
    case 'field': {
      const question = scope.question(raw.value);
      return question && !('choices' in question) ? { op: 'answer', question: question.id } : null;
    }
    case 'evaluation':
      return toEvaluation(raw.value, scope);
    default:
      return null;
  }
}

const OPERATORS: Readonly<Record<string, 'add' | 'subtract' | 'multiply' | 'divide'>> = {
  add: 'add',
  subtract: 'subtract',
  multiply: 'multiply',
  divide: 'divide',
};

/** `{op, vars}` over several values, from left to right. */
function toEvaluation(raw: unknown, scope: ConditionScope): Expression | null {
  if (typeof raw !== 'object' || raw === null || !('op' in raw) || !('vars' in raw)) return null;
  const operator = typeof raw.op === 'string' && Object.hasOwn(OPERATORS, raw.op) ? OPERATORS[raw.op] : undefined;
  if (!operator || !Array.isArray(raw.vars) || raw.vars.length === 0) return null;
  const values = raw.vars.map((one: unknown) => toExpression(toVar(one), scope));
  return values.reduce<Expression | null>(
    (left, right, index) => (index === 0 ? right : left && right && { op: operator, left, right }),
    null,
  );
}

function toVar(raw: unknown): RawVar {
  if (typeof raw !== 'object' || raw === null) return {};
  if ('op' in raw) return { type: 'evaluation', value: raw };
  return { type: String(Reflect.get(raw, 'type')), value: Reflect.get(raw, 'value') };
}

function plain(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function fold(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
