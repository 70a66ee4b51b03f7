import type { Condition, Question } from './form.ts';

/** The customer's own rule of when a question is shown: all parts must hold, or one of them. */
export type ShownWhen = { match: 'all' | 'any'; parts: ShownPart[] };

/** `values` are choice ids, `true` or `false`, or what is typed; a `value` is a decimal number or a date `YYYY-MM-DD`. */
export type ShownPart =
  | { question: string; is: 'answered' | 'unanswered' }
  | { question: string; is: 'one-of' | 'none-of'; values: string[] }
  | { question: string; is: 'at-least' | 'at-most'; value: string };

export type PartKind = ShownPart['is'];

/** What can be asked of an answer of this kind; empty where a rule cannot look at it. */
export function partKindsOf(kind: Question['kind']): readonly PartKind[] {
  switch (kind) {
    case 'yes-no':
    case 'checkbox':
      return ['one-of'];
    case 'single-choice':
    case 'multi-choice':
      return ['one-of', 'none-of', 'answered', 'unanswered'];
    case 'number':
    case 'scale':
      return ['at-least', 'at-most', 'one-of', 'none-of', 'answered', 'unanswered'];
    case 'date':
      return ['at-least', 'at-most', 'answered', 'unanswered'];
    case 'short-text':
    case 'email':
    case 'phone':
    case 'url':
      return ['one-of', 'none-of', 'answered', 'unanswered'];
    case 'long-text':
    case 'time':
    case 'date-time':
    case 'duration':
      return ['answered', 'unanswered'];
    case 'appointment':
    case 'appointment-day':
    case 'ranking':
    case 'file':
    case 'unsupported':
      return [];
  }
}

/**
 * The rule as a condition over answers. As in the form tools, `none-of` speaks of an answer that was given. `kindOf` says what
 * a question is; one that is not there leaves the part to the compiler, which finds that it is not asked.
 */
export function toShownCondition(rule: ShownWhen, kindOf: (id: string) => Question['kind'] | undefined): Condition {
  const conditions = rule.parts.map((part) => toPartCondition(part, kindOf(part.question)));
  const [first] = conditions;
  if (!first) return { op: 'constant', value: true };
  if (conditions.length === 1) return first;
  return { op: rule.match === 'all' ? 'and' : 'or', conditions };
}

function toPartCondition(part: ShownPart, kind: Question['kind'] | undefined): Condition {
  const { question } = part;
  const answered: Condition = { op: 'answered', question };
  switch (part.is) {
    case 'answered':
      return answered;
    case 'unanswered':
      return { op: 'not', condition: answered };
    case 'one-of':
      return oneOf(question, part.values, kind);
    case 'none-of':
      return { op: 'and', conditions: [answered, { op: 'not', condition: oneOf(question, part.values, kind) }] };
    case 'at-least':
      return { op: 'greater-or-equal', question, value: part.value };
    case 'at-most':
      return { op: 'less-or-equal', question, value: part.value };
  }
}

function oneOf(question: string, values: string[], kind: Question['kind'] | undefined): Condition {
  if (kind === 'multi-choice') return { op: 'includes-any', question, values };
  const conditions = values.map((value): Condition => ({ op: 'equals', question, value }));
  const [first] = conditions;
  return first && conditions.length === 1 ? first : { op: 'or', conditions };
}

/** Why a rule cannot work, and the question that it is about. */
export type RuleFault = {
  code: 'unknown-question' | 'looks-at-itself' | 'wrong-comparison' | 'unknown-choice' | 'not-a-number' | 'not-a-date';
  question: string;
};

/** Checks a rule against the questions of the form: what it looks at is there, and what it asks can be asked of such an answer. */
export function findRuleFaults(
  rule: ShownWhen,
  shown: string,
  questionOf: (id: string) => Question | undefined,
): RuleFault[] {
  return rule.parts.flatMap((part): RuleFault[] => {
    const code = faultOf(part, shown, questionOf(part.question));
    return code ? [{ code, question: part.question }] : [];
  });
}

function faultOf(part: ShownPart, shown: string, question: Question | undefined): RuleFault['code'] | null {
  if (!question) return 'unknown-question';
  if (question.id === shown) return 'looks-at-itself';
  if (!partKindsOf(question.kind).includes(part.is)) return 'wrong-comparison';
  const values = 'values' in part ? part.values : 'value' in part ? [part.value] : [];
  switch (question.kind) {
    case 'single-choice':
    case 'multi-choice': {
      const known = new Set(question.choices.map(({ id }) => id));
      return values.every((value) => known.has(value)) ? null : 'unknown-choice';
    }
    case 'yes-no':
    case 'checkbox':
      return values.every((value) => value === 'true' || value === 'false') ? null : 'unknown-choice';
    case 'number':
    case 'scale':
      return values.every((value) => /^-?\d+(\.\d+)?$/.test(value)) ? null : 'not-a-number';
    case 'date':
      return values.every(isDay) ? null : 'not-a-date';
    default:
      return null;
  }
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}
