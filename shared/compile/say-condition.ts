import type { Answer } from '../form/answers.ts';
import { evaluateCondition, questionsOf } from '../form/evaluate-condition.ts';
import type { Condition, Question } from '../form/form.ts';
import type { ProgramInput } from './program.ts';

/** What the phone knows of a question: its input and how to refer to it, such as `form.country` or `screen.SCREEN_A.form.country`. */
export type Reachable = { question: Question; inputs: readonly ProgramInput[]; reference: string };

/** Looks a question up; its `visibleWhen` is left out where what is said already contains it. */
export type Reach = (questionId: string) => Reachable | null;

/** Longer chains of alternatives are left to the server: they would be harder to check than they are worth. */
const MAX_ALTERNATIVES = 24;

/**
 * The condition as a Flow JSON expression (whatsapp-flows.md 3.2), or null when it cannot be said exactly. A part over one
 * question with a fixed set of answers is tried against each of them, and said as "it is this one or that one": so every
 * operator works, and an empty field never satisfies it, whatever the phone holds for "nothing chosen".
 */
export function sayCondition(condition: Condition, reach: Reach): string | null {
  const questions = new Set(questionsOf(condition));
  const [only] = questions;
  if (questions.size === 1 && only !== undefined && isAboutAnswers(condition)) {
    const reachable = reach(only);
    return reachable && sayWhereShown(condition, reachable, reach);
  }
  if (condition.op !== 'and' && condition.op !== 'or') return null;
  const parts = condition.conditions.map((part) => sayCondition(part, reach));
  if (parts.length === 0 || parts.some((part) => part === null)) return null;
  return parts.map((part) => `(${part})`).join(condition.op === 'and' ? ' && ' : ' || ');
}

/**
 * A question that is shown only sometimes has no answer when it is not: the phone keeps the value of a hidden field, so its
 * own condition is said as well.
 */
function sayWhereShown(condition: Condition, reachable: Reachable, reach: Reach): string | null {
  const said = sayOverOne(condition, reachable);
  const { visibleWhen } = reachable.question;
  if (said === null || !visibleWhen) return said;
  const shown = sayCondition(visibleWhen, reach);
  if (shown === null) return null;
  const holdsUnanswered = evaluateCondition(condition, {}, '1970-01-01');
  return holdsUnanswered ? `(!(${shown})) || (${said})` : `(${shown}) && (${said})`;
}

function sayOverOne(condition: Condition, { question, inputs, reference }: Reachable): string | null {
  if (dependsOnToday(condition)) return null;
  const [input] = inputs;
  const isPlain = inputs.length === 1 && input !== undefined && input.role === 'value';
  const holds = (answer: Answer | null) =>
    evaluateCondition(condition, answer ? { [question.id]: answer } : {}, '1970-01-01');
  const operand = '${' + reference + '}';
  if (question.kind === 'checkbox' && isPlain) {
    const ticked = holds({ kind: 'boolean', value: true });
    const unticked = holds({ kind: 'boolean', value: false });
    // An unticked box is an answer too: no, not nothing.
    if (ticked === unticked) return null;
    // WhatsApp's reader of If conditions skips whatever stands directly behind the word, also a closing parenthesis.
    return ticked ? `${operand} == true ` : `${operand} != true `;
  }
  if (!isPlain || input.type !== 'string' || !input.options || holds(null)) return null;
  const satisfying = input.options.filter((option) => holds(answerOf(question, option.choice)));
  if (satisfying.length === 0 || satisfying.length > MAX_ALTERNATIVES) return null;
  const said = satisfying.map((option) => `${operand} == '${option.id}'`);
  return said.length === 1 ? (said[0] ?? null) : said.map((one) => `(${one})`).join(' || ');
}

function answerOf(question: Question, choice: string): Answer {
  if (question.kind === 'yes-no') return { kind: 'boolean', value: choice === 'true' };
  if (question.kind === 'scale') return { kind: 'number', value: choice };
  return { kind: 'choice', choiceId: choice };
}

/** False where computed values or named parts are looked at, which stand for questions that are not seen here. */
function isAboutAnswers(condition: Condition): boolean {
  if (condition.op === 'and' || condition.op === 'or') return condition.conditions.every(isAboutAnswers);
  if (condition.op === 'not') return isAboutAnswers(condition.condition);
  return condition.op !== 'compare' && condition.op !== 'ref';
}

function dependsOnToday(condition: Condition): boolean {
  if (condition.op === 'and' || condition.op === 'or') return condition.conditions.some(dependsOnToday);
  return condition.op === 'not' ? dependsOnToday(condition.condition) : condition.op === 'date-within-days';
}
