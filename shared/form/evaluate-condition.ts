import type { Answer, Answers } from './answers.ts';
import { evaluateExpression, type Value } from './evaluate-expression.ts';
import type { Condition, Definitions, Expression } from './form.ts';

export const NO_DEFINITIONS: Definitions = { conditions: {}, values: {} };

/**
 * Whether a condition holds. A question without an answer satisfies no comparison; `not` turns that round, so readers write
 * "answered and not …" for the tools' negative operators. Free text is compared without regard to case and outer space,
 * choices by their id, numbers and dates by their value. `today` is `YYYY-MM-DD`.
 */
export function evaluateCondition(
  condition: Condition,
  answers: Answers,
  today: string,
  definitions: Definitions = NO_DEFINITIONS,
): boolean {
  return createEvaluator(answers, today, definitions).holds(condition);
}

/** The value of an expression with these answers; see `evaluateCondition`. */
export function computeValue(
  expression: Expression,
  answers: Answers,
  today: string,
  definitions: Definitions = NO_DEFINITIONS,
): Value {
  return createEvaluator(answers, today, definitions).valueOf(expression);
}

/** Reads every definition once, however often it is looked at: rules that build on each other stay cheap. */
function createEvaluator(answers: Answers, today: string, definitions: Definitions) {
  const known = new Map<string, boolean>();
  const values = new Map<string, Value>();
  const valueOf = (expression: Expression): Value =>
    evaluateExpression(expression, {
      answer: (id) => plainValue(answers[id]),
      holds,
      ref: (name) => remember(values, name, () => valueOf(definitions.values[name] ?? { op: 'text', value: '' })),
    });
  const holds = (condition: Condition): boolean => {
    switch (condition.op) {
      case 'and':
        return condition.conditions.every(holds);
      case 'or':
        return condition.conditions.some(holds);
      case 'not':
        return !holds(condition.condition);
      case 'constant':
        return condition.value;
      case 'ref':
        return remember(known, condition.name, () => {
          const definition = definitions.conditions[condition.name];
          return definition !== undefined && holds(definition);
        });
      case 'compare':
        return compareValues(condition.comparison, valueOf(condition.left), valueOf(condition.right));
      default: {
        const answer = answers[condition.question];
        return answer !== undefined && compare(condition, answer, today);
      }
    }
  };
  return { holds, valueOf };
}

function remember<T>(known: Map<string, T>, name: string, compute: () => T): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const value = compute();
  known.set(name, value);
  return value;
}

type Comparison = Extract<Condition, { op: 'compare' }>['comparison'];

function compareValues(comparison: Comparison, left: Value, right: Value): boolean {
  const numbers = [toNumber(left), toNumber(right)] as const;
  const [a, b] = numbers;
  const difference = a !== null && b !== null ? a - b : fold(String(left)).localeCompare(fold(String(right)), 'en');
  switch (comparison) {
    case 'equals':
      return difference === 0;
    case 'less':
      return difference < 0;
    case 'less-or-equal':
      return difference <= 0;
    case 'greater':
      return difference > 0;
    case 'greater-or-equal':
      return difference >= 0;
  }
}

function toNumber(value: Value): number | null {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? null : number;
}

/** An answer as a value to calculate with: a number where it is one, else text; lists are joined with commas. */
function plainValue(answer: Answer | undefined): Value | null {
  if (answer === undefined) return null;
  if (answer.kind === 'number') return Number(answer.value);
  if (answer.kind === 'duration') return answer.seconds;
  return valuesOf(answer).join(', ');
}

type Leaf = Extract<Condition, { question: string }>;

function compare(condition: Leaf, answer: Answer, today: string): boolean {
  const values = valuesOf(answer);
  const first = values[0] ?? '';
  switch (condition.op) {
    case 'answered':
      return values.length > 0;
    case 'equals':
      return values.length === 1 && same(answer, first, condition.value);
    case 'contains':
      return isList(answer)
        ? values.some((value) => same(answer, value, condition.value))
        : fold(first).includes(fold(condition.value));
    case 'starts-with':
      return fold(first).startsWith(fold(condition.value));
    case 'ends-with':
      return fold(first).endsWith(fold(condition.value));
    case 'less':
      return order(answer, first, condition.value, (difference) => difference < 0);
    case 'less-or-equal':
      return order(answer, first, condition.value, (difference) => difference <= 0);
    case 'greater':
      return order(answer, first, condition.value, (difference) => difference > 0);
    case 'greater-or-equal':
      return order(answer, first, condition.value, (difference) => difference >= 0);
    case 'includes-any':
      return condition.values.some((wanted) => values.some((value) => same(answer, value, wanted)));
    case 'includes-all':
      return condition.values.every((wanted) => values.some((value) => same(answer, value, wanted)));
    case 'is-exactly':
      return (
        values.length === new Set(condition.values).size &&
        condition.values.every((wanted) => values.some((value) => same(answer, value, wanted)))
      );
    case 'date-within-days': {
      const days = daysBetween(today, first);
      return days !== null && days >= condition.from && days <= condition.to;
    }
  }
}

/** The answer as comparable strings. */
function valuesOf(answer: Answer): string[] {
  switch (answer.kind) {
    case 'choice':
      return [answer.choiceId];
    case 'choices':
    case 'ranking':
      return answer.choiceIds;
    case 'boolean':
      return [String(answer.value)];
    case 'duration':
      return [String(answer.seconds)];
    case 'files':
      return answer.files.map((file) => file.mediaId);
    default:
      return [answer.value];
  }
}

function isList(answer: Answer): boolean {
  return answer.kind === 'choices' || answer.kind === 'ranking' || answer.kind === 'choice';
}

function same(answer: Answer, value: string, wanted: string): boolean {
  if (isList(answer)) return value === wanted;
  if (answer.kind === 'number') return order(answer, value, wanted, (difference) => difference === 0);
  if (answer.kind === 'phone') return value.replace(/\D/g, '') === wanted.replace(/\D/g, '');
  if (answer.kind === 'date') return value === toDay(wanted);
  return fold(value) === fold(wanted);
}

function fold(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

function order(answer: Answer, value: string, wanted: string, holds: (difference: number) => boolean): boolean {
  if (answer.kind === 'date' || answer.kind === 'date-time' || answer.kind === 'time') {
    const other = answer.kind === 'date' ? toDay(wanted) : wanted;
    return other !== null && holds(value < other ? -1 : value > other ? 1 : 0);
  }
  const left = Number(value);
  const right = Number(wanted);
  if (value.trim() === '' || wanted.trim() === '' || Number.isNaN(left) || Number.isNaN(right)) return false;
  return holds(left - right);
}

/** `YYYY-MM-DD` of a date that a tool states as such, as ISO time or as epoch milliseconds; null when it is none. */
export function toDay(text: string): string | null {
  const trimmed = text.trim();
  if (/^\d{4}-\d{2}-\d{2}(?:$|T)/.test(trimmed)) return trimmed.slice(0, 10);
  if (!/^-?\d{6,15}$/.test(trimmed)) return null;
  return new Date(Number(trimmed)).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number | null {
  const milliseconds = Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`);
  return Number.isNaN(milliseconds) ? null : Math.round(milliseconds / 86_400_000);
}

/** Ids of all questions a condition looks at, also through definitions; each once. */
export function questionsOf(condition: Condition, definitions: Definitions = NO_DEFINITIONS): string[] {
  const found = new Set<string>();
  collectQuestions(condition, definitions, found, new Set());
  return [...found];
}

/** Ids of all questions an expression looks at. */
export function questionsOfValue(expression: Expression, definitions: Definitions = NO_DEFINITIONS): string[] {
  const found = new Set<string>();
  collectFromValue(expression, definitions, found, new Set());
  return [...found];
}

function collectQuestions(condition: Condition, definitions: Definitions, found: Set<string>, seen: Set<string>): void {
  switch (condition.op) {
    case 'and':
    case 'or':
      condition.conditions.forEach((part) => collectQuestions(part, definitions, found, seen));
      return;
    case 'not':
      collectQuestions(condition.condition, definitions, found, seen);
      return;
    case 'constant':
      return;
    case 'compare':
      collectFromValue(condition.left, definitions, found, seen);
      collectFromValue(condition.right, definitions, found, seen);
      return;
    case 'ref': {
      const key = `condition ${condition.name}`;
      const definition = definitions.conditions[condition.name];
      if (definition === undefined || seen.has(key)) return;
      seen.add(key);
      collectQuestions(definition, definitions, found, seen);
      return;
    }
    default:
      found.add(condition.question);
  }
}

function collectFromValue(value: Expression, definitions: Definitions, found: Set<string>, seen: Set<string>): void {
  switch (value.op) {
    case 'answer':
      found.add(value.question);
      return;
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
      collectFromValue(value.left, definitions, found, seen);
      collectFromValue(value.right, definitions, found, seen);
      return;
    case 'concat':
      value.parts.forEach((part) => collectFromValue(part, definitions, found, seen));
      return;
    case 'if':
      collectQuestions(value.condition, definitions, found, seen);
      collectFromValue(value.then, definitions, found, seen);
      collectFromValue(value.else, definitions, found, seen);
      return;
    case 'ref': {
      const key = `value ${value.name}`;
      const definition = definitions.values[value.name];
      if (definition === undefined || seen.has(key)) return;
      seen.add(key);
      collectFromValue(definition, definitions, found, seen);
      return;
    }
    default:
  }
}
