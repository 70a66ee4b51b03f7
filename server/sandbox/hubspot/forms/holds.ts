import type { Condition } from './form-definition.ts';

/**
 * Whether a dependent field's condition holds for its parent's submitted value (21 operators, hubspot-platform.md section 5.7).
 * Multiple values come joined by ";". `nowMs` is for the two operators that look at a span before now.
 */
export function holds(condition: Condition, answer: string, nowMs: number): boolean {
  const chosen = answer.split(';').filter(Boolean);
  const wanted = condition.values?.length ? condition.values : [condition.value ?? ''];
  const value = condition.value ?? '';
  const lower = answer.toLowerCase();
  switch (condition.operator) {
    case 'eq':
      return answer !== '' && compare(answer, value) === 0;
    case 'neq':
      return compare(answer, value) !== 0;
    case 'contains':
      return answer !== '' && lower.includes(value.toLowerCase());
    case 'doesnt_contain':
      return !lower.includes(value.toLowerCase());
    case 'str_starts_with':
      return answer !== '' && lower.startsWith(value.toLowerCase());
    case 'str_ends_with':
      return answer !== '' && lower.endsWith(value.toLowerCase());
    case 'lt':
      return answer !== '' && compare(answer, value) < 0;
    case 'lte':
      return answer !== '' && compare(answer, value) <= 0;
    case 'gt':
      return answer !== '' && compare(answer, value) > 0;
    case 'gte':
      return answer !== '' && compare(answer, value) >= 0;
    case 'between':
      return isBetween(condition, answer);
    case 'not_between':
      return answer !== '' && !isBetween(condition, answer);
    case 'set_any':
    case 'set_eq':
      return condition.operator === 'set_any' ? chosen.some((one) => wanted.includes(one)) : sameSet(chosen, wanted);
    case 'set_not_any':
      return !chosen.some((one) => wanted.includes(one));
    case 'set_all':
      return wanted.every((one) => chosen.includes(one));
    case 'set_not_all':
      return !wanted.every((one) => chosen.includes(one));
    case 'set_neq':
      return !sameSet(chosen, wanted);
    case 'within_time':
    case 'within_time_reverse':
      return isWithinTime(condition, answer, nowMs);
    case 'is_not_empty':
      return answer !== '';
    default:
      return false;
  }
}

function isBetween(condition: Condition, answer: string): boolean {
  return (
    answer !== '' && compare(answer, condition.rangeStart ?? '') >= 0 && compare(answer, condition.rangeEnd ?? '') <= 0
  );
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  return left.size === new Set(b).size && b.every((one) => left.has(one));
}

/** Days from now: forward for `within_time`, back for `within_time_reverse`. The unit is not described anywhere; days are assumed. */
function isWithinTime(condition: Condition, answer: string, nowMs: number): boolean {
  const days = Number(condition.value);
  const at = /^\d+$/.test(answer) ? Number(answer) : Date.parse(answer);
  if (!Number.isFinite(days) || Number.isNaN(at)) return false;
  const distanceDays = (at - nowMs) / 86_400_000;
  return condition.operator === 'within_time'
    ? distanceDays >= 0 && distanceDays <= days
    : distanceDays <= 0 && -distanceDays <= days;
}

/** Numbers by value, dates by time, all else as text without regard to case. */
function compare(a: string, b: string): number {
  const [x, y] = [toMeasure(a), toMeasure(b)];
  if (x !== null && y !== null) return x - y;
  return a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0;
}

function toMeasure(text: string): number | null {
  if (text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : null;
}
