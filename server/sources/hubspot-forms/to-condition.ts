import { questionsOf, toDay } from '@flowella/shared/form/evaluate-condition.ts';
import type { Condition, Question } from '@flowella/shared/form/form.ts';
import type { DependentCondition } from './definition.ts';

/**
 * HubSpot's dependent condition over its parent's answer (21 operators, hubspot-platform.md 5.7); null when the operator is
 * not known. A parent without an answer shows nothing, so negative operators also ask for an answer.
 */
export function toCondition(parent: Pick<Question, 'id' | 'kind'>, condition: DependentCondition): Condition | null {
  const question = parent.id;
  const value = condition.value ?? condition.values[0] ?? '';
  const isMulti = parent.kind === 'multi-choice';
  const values = condition.values.length > 0 ? condition.values : joined(condition.value, isMulti);
  const equals: Condition = isMulti ? { op: 'is-exactly', question, values } : { op: 'equals', question, value };
  const start = condition.rangeStart ?? values[0] ?? '';
  const end = condition.rangeEnd ?? values[1] ?? '';
  const between: Condition = {
    op: 'and',
    conditions: [
      { op: 'greater-or-equal', question, value: start },
      { op: 'less-or-equal', question, value: end },
    ],
  };
  switch (condition.operator.toLowerCase()) {
    case 'eq':
      return equals;
    case 'neq':
      return answeredAndNot(equals);
    case 'contains':
      return { op: 'contains', question, value };
    case 'doesnt_contain':
      return answeredAndNot({ op: 'contains', question, value });
    case 'str_starts_with':
      return { op: 'starts-with', question, value };
    case 'str_ends_with':
      return { op: 'ends-with', question, value };
    case 'lt':
      return { op: 'less', question, value };
    case 'lte':
      return { op: 'less-or-equal', question, value };
    case 'gt':
      return { op: 'greater', question, value };
    case 'gte':
      return { op: 'greater-or-equal', question, value };
    case 'between':
      return between;
    case 'not_between':
      return answeredAndNot(between);
    case 'within_time':
      return isPeriod(start, end) ? between : withinTime(question, condition);
    case 'within_time_reverse':
      return answeredAndNot(isPeriod(start, end) ? between : withinTime(question, condition));
    case 'set_any':
      return { op: 'includes-any', question, values };
    case 'set_not_any':
      return answeredAndNot({ op: 'includes-any', question, values });
    case 'set_all':
      return { op: 'includes-all', question, values };
    case 'set_not_all':
      return answeredAndNot({ op: 'includes-all', question, values });
    case 'set_eq':
      return { op: 'is-exactly', question, values };
    case 'set_neq':
      return answeredAndNot({ op: 'is-exactly', question, values });
    case 'is_not_empty':
      return parent.kind === 'checkbox' ? { op: 'equals', question, value: 'true' } : { op: 'answered', question };
    default:
      return null;
  }
}

/** Several values in one text stand with semicolons between them, as in answers. */
function joined(value: string | undefined, isMulti: boolean): string[] {
  if (value === undefined) return [];
  return isMulti ? value.split(';').filter((one) => one !== '') : [value];
}

/** Every operator but `is_not_empty` compares; one that is negated must not hold for an unanswered parent. */
function answeredAndNot(condition: Condition): Condition {
  return {
    op: 'and',
    conditions: [
      { op: 'answered', question: questionsOf(condition)[0] ?? '' },
      { op: 'not', condition },
    ],
  };
}

/** A range of dates rather than of days from today. */
function isPeriod(start: string, end: string): boolean {
  return toDay(start) !== null && toDay(end) !== null;
}

/**
 * The specification names the operator and no unit. Read as HubSpot's list filters word it: the date lies within the last
 * `value` days, or within `rangeStart` to `rangeEnd` days from today where a range is given; `reverse` is its opposite.
 */
function withinTime(question: string, condition: DependentCondition): Condition {
  const start = Number(condition.rangeStart ?? NaN);
  const end = Number(condition.rangeEnd ?? NaN);
  const days = Number(condition.value ?? condition.values[0] ?? NaN);
  if (Number.isFinite(start) && Number.isFinite(end))
    return { op: 'date-within-days', question, from: Math.min(start, end), to: Math.max(start, end) };
  const reach = Number.isFinite(days) ? Math.round(days) : 0;
  return reach < 0
    ? { op: 'date-within-days', question, from: 0, to: -reach }
    : { op: 'date-within-days', question, from: -reach, to: 0 };
}
