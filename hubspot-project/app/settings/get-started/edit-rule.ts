import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import { askedQuestions, type AskedQuestion } from './question-labels.ts';

type Rules = NonNullable<FlowDetail['design']['shownWhen']>;
export type Rule = NonNullable<Rules[string]>;
export type Part = Rule['parts'][number];
export type PartKind = Part['is'];
/** `form`: as the form says; `always`: for everybody; or a rule of the customer's own. */
export type RuleChoice = 'form' | 'always' | Rule;

const KINDS: readonly string[] = ['answered', 'unanswered', 'one-of', 'none-of', 'at-least', 'at-most'];
export const isPartKind = (kind: unknown): kind is PartKind => typeof kind === 'string' && KINDS.includes(kind);

export function ruleOf(flow: FlowDetail, question: string): RuleChoice {
  const rule = flow.design.shownWhen?.[question];
  if (rule === undefined) return 'form';
  return rule ?? 'always';
}

/** The design with the rule of one question; `form` takes the customer's own back. */
export function withRule(design: FlowDetail['design'], question: string, choice: RuleChoice): FlowDetail['design'] {
  const { [question]: _before, ...others } = design.shownWhen ?? {};
  const rules: Rules = choice === 'form' ? others : { ...others, [question]: choice === 'always' ? null : choice };
  const { shownWhen: _rules, ...rest } = design;
  return Object.keys(rules).length > 0 ? { ...rest, shownWhen: rules } : rest;
}

/** Questions that come before this one and whose answers a rule can look at. */
export function earlierQuestions(flow: FlowDetail, question: string): AskedQuestion[] {
  const asked = askedQuestions(flow);
  const place = asked.findIndex((one) => one.question === question);
  return asked.slice(0, Math.max(place, 0)).filter((one) => one.comparisons.length > 0);
}

export function newPart(asked: AskedQuestion): Part {
  const [kind = 'answered'] = asked.comparisons;
  return withPartKind({ question: asked.question, is: 'answered' }, kind, asked);
}

/** The part with another comparison; what was chosen stays where it still means something. */
export function withPartKind(part: Part, kind: PartKind, asked: AskedQuestion): Part {
  const { question } = part;
  switch (kind) {
    case 'answered':
    case 'unanswered':
      return { question, is: kind };
    case 'at-least':
    case 'at-most':
      return { question, is: kind, value: 'value' in part ? part.value : '' };
    case 'one-of':
    case 'none-of':
      return { question, is: kind, values: 'values' in part ? part.values : firstValues(asked) };
  }
}

function firstValues(asked: AskedQuestion): string[] {
  if (asked.kind === 'yes-no' || asked.kind === 'checkbox') return ['true'];
  const [first] = asked.choices;
  return first ? [first.id] : [];
}

/** What is still missing before a rule can be saved. */
export function isComplete(choice: RuleChoice, earlier: AskedQuestion[]): boolean {
  if (typeof choice === 'string') return true;
  return choice.parts.every((part) => {
    const asked = earlier.find((one) => one.question === part.question);
    if (!asked) return false;
    if ('values' in part) return part.values.length > 0;
    if (!('value' in part)) return true;
    return asked.kind === 'date' ? /^\d{4}-\d{2}-\d{2}$/.test(part.value) : /^-?\d+(\.\d+)?$/.test(part.value);
  });
}
