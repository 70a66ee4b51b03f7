import type { Answer, Answers } from './answers.ts';
import type { Condition } from './form.ts';

/**
 * Whether a condition holds. A question without an answer satisfies no comparison; `not` turns that round, so readers write
 * "answered and not …" for the tools' negative operators. Free text is compared without regard to case and outer space,
 * choices by their id, numbers and dates by their value. `today` is `YYYY-MM-DD`.
 */
export function evaluateCondition(condition: Condition, answers: Answers, today: string): boolean {
  switch (condition.op) {
    case 'and':
      return condition.conditions.every((part) => evaluateCondition(part, answers, today));
    case 'or':
      return condition.conditions.some((part) => evaluateCondition(part, answers, today));
    case 'not':
      return !evaluateCondition(condition.condition, answers, today);
    default: {
      const answer = answers[condition.question];
      return answer !== undefined && compare(condition, answer, today);
    }
  }
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

/** Ids of all questions a condition looks at. */
export function questionsOf(condition: Condition): string[] {
  switch (condition.op) {
    case 'and':
    case 'or':
      return condition.conditions.flatMap(questionsOf);
    case 'not':
      return questionsOf(condition.condition);
    default:
      return [condition.question];
  }
}
