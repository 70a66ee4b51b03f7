import type { Answer } from '../form/answers.ts';
import { evaluateCondition, questionsOf } from '../form/evaluate-condition.ts';
import type { Condition, HiddenField, Question } from '../form/form.ts';

/** What is known of a question when a condition looks at it. */
export type Standing =
  /** With the question itself, a condition over a choice that is not offered is found to be false. */
  { kind: 'asked'; question?: Question } | { kind: 'hidden'; field: HiddenField } | { kind: 'not-asked' };

/**
 * A condition with everything decided that is known before anybody answers. `holds` is a constant where nothing is left;
 * `isLost` says that a part looked at a question that is not asked, and was taken as true so that nobody misses a question.
 */
export type Resolved = { condition: Condition | null; holds: boolean; isLost: boolean };

const ALWAYS: Resolved = { condition: null, holds: true, isLost: false };

export function resolveCondition(condition: Condition, standingOf: (questionId: string) => Standing): Resolved {
  switch (condition.op) {
    case 'and':
      return resolveAnd(condition.conditions.map((part) => resolveCondition(part, standingOf)));
    case 'or':
      return resolveOr(condition.conditions.map((part) => resolveCondition(part, standingOf)));
    case 'not':
      return resolveNot(resolveCondition(condition.condition, standingOf));
    case 'constant':
      return { condition: null, holds: condition.value, isLost: false };
    // Made from rules: what they look at is absent where it is not asked, as in the tool.
    case 'compare':
    case 'ref':
      return { condition, holds: false, isLost: false };
    default:
      return resolveLeaf(condition, standingOf(condition.question));
  }
}

type Leaf = Extract<Condition, { question: string }>;

function resolveLeaf(condition: Leaf, standing: Standing): Resolved {
  switch (standing.kind) {
    case 'asked':
      if (standing.question && !canHold(condition, standing.question))
        return { condition: null, holds: false, isLost: false };
      return { condition, holds: false, isLost: false };
    case 'not-asked':
      return { ...ALWAYS, isLost: true };
    case 'hidden':
      return resolveHidden(condition, standing.field);
  }
}

/** False when no answer to the question satisfies the condition: its choice is gone, or was never there. */
function canHold(condition: Leaf, question: Question): boolean {
  if (condition.op === 'answered' || condition.op === 'date-within-days') return true;
  const holds = (answer: Answer) => evaluateCondition(condition, { [question.id]: answer }, '1970-01-01');
  switch (question.kind) {
    case 'yes-no':
    case 'checkbox':
      return [true, false].some((value) => holds({ kind: 'boolean', value }));
    case 'single-choice':
      return question.allowOther === true || question.choices.some(({ id }) => holds({ kind: 'choice', choiceId: id }));
    case 'multi-choice': {
      if (question.allowOther || !('values' in condition)) return true;
      const offered = new Set(question.choices.map(({ id }) => id));
      const found = condition.values.filter((value) => offered.has(value)).length;
      return condition.op === 'includes-any' ? found > 0 : found === condition.values.length;
    }
    default:
      return true;
  }
}

function resolveNot(inner: Resolved): Resolved {
  if (inner.isLost) return { ...ALWAYS, isLost: true };
  if (inner.condition) return { condition: { op: 'not', condition: inner.condition }, holds: false, isLost: false };
  return { condition: null, holds: !inner.holds, isLost: false };
}

function resolveAnd(parts: Resolved[]): Resolved {
  const isLost = parts.some((part) => part.isLost);
  if (parts.some((part) => !part.condition && !part.holds)) return { condition: null, holds: false, isLost };
  const left = parts.flatMap((part) => (part.condition ? [part.condition] : []));
  const [first] = left;
  if (!first) return { ...ALWAYS, isLost };
  return { condition: left.length === 1 ? first : { op: 'and', conditions: left }, holds: false, isLost };
}

function resolveOr(parts: Resolved[]): Resolved {
  const constant = parts.find((part) => !part.condition && part.holds);
  if (constant) return { ...ALWAYS, isLost: constant.isLost };
  const left = parts.flatMap((part) => (part.condition ? [part.condition] : []));
  const isLost = parts.some((part) => part.isLost);
  const [first] = left;
  if (!first) return { condition: null, holds: false, isLost };
  return { condition: left.length === 1 ? first : { op: 'or', conditions: left }, holds: false, isLost };
}

/** A hidden field's value never changes. Relative dates over one are the only thing that cannot be decided ahead. */
function resolveHidden(condition: Leaf, field: HiddenField): Resolved {
  if (condition.op === 'date-within-days') return { ...ALWAYS, isLost: true };
  const isSet = condition.op === 'includes-any' || condition.op === 'includes-all' || condition.op === 'is-exactly';
  const answer: Answer | null =
    field.value === undefined
      ? null
      : isSet
        ? { kind: 'choices', choiceIds: field.value.split(';') }
        : { kind: 'text', value: field.value };
  const holds = evaluateCondition(condition, answer ? { [field.id]: answer } : {}, '1970-01-01');
  return { condition: null, holds, isLost: false };
}

/** The parts that must all hold. */
export function conjunctsOf(condition: Condition | undefined): Condition[] {
  if (!condition) return [];
  return condition.op === 'and' ? condition.conditions.flatMap(conjunctsOf) : [condition];
}

export function allOf(conditions: readonly Condition[]): Condition | undefined {
  return conditions.length > 1 ? { op: 'and', conditions: [...conditions] } : conditions[0];
}

/** True when the condition looks at one of these questions. */
export function looksAt(condition: Condition, questionIds: ReadonlySet<string>): boolean {
  return questionsOf(condition).some((id) => questionIds.has(id));
}
