import { computeVariables, endingOf } from '../compile/compute-path.ts';
import type { Program } from '../compile/program.ts';
import type { Answer, Answers } from './answers.ts';
import type { Form, Question } from './form.ts';

/**
 * What a form works out from the answers: its variables (a score, a price) and the ending that was reached. They stand beside the
 * answers under ids of their own, so that a mapping can name them like questions.
 */
const PREFIX = 'computed/';
/** A slash more than a variable can have, so that one of the name "ending" stays apart. */
export const ENDING_ID = `${PREFIX}/ending`;

export function computedId(variable: string): string {
  return `${PREFIX}${variable}`;
}

export function isComputedId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** The variables and the ending as questions that nobody is asked: with them a mapping can be checked and written. */
export function computedQuestions(form: Form): Question[] {
  const base = { required: false, origin: {} };
  const variables = (form.variables ?? []).map(({ id, type }): Question => {
    return { ...base, id: computedId(id), label: id, kind: type === 'number' ? 'number' : 'short-text' };
  });
  const hasEndings = (form.endings ?? []).length > 1;
  return hasEndings ? [...variables, { ...base, id: ENDING_ID, label: 'Ending', kind: 'short-text' }] : variables;
}

/** Their values with the answers that count, on the day they were given (`YYYY-MM-DD`); an ending by its title. */
export function computedAnswers(form: Form, program: Program, answers: Answers, today: string): Answers {
  const values = computeVariables(program, answers, today);
  const found: [string, Answer][] = (form.variables ?? []).flatMap(({ id, type }): [string, Answer][] => {
    const value = values[id];
    if (value === undefined || value === '') return [];
    return [[computedId(id), { kind: type === 'number' && isNumber(value) ? 'number' : 'text', value }]];
  });
  const ending = endingTitle(form, program, answers, today);
  if (ending !== null) found.push([ENDING_ID, { kind: 'text', value: ending }]);
  return Object.fromEntries(found);
}

function endingTitle(form: Form, program: Program, answers: Answers, today: string): string | null {
  if ((form.endings ?? []).length < 2) return null;
  const id = endingOf(program, answers, today);
  const ending = form.endings?.find((one) => one.id === id);
  return ending ? ending.title?.trim() || ending.id : null;
}

function isNumber(value: string): boolean {
  return value.trim() !== '' && Number.isFinite(Number(value));
}
