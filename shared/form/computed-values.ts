import { computeVariables, endingOf } from '../compile/compute-path.ts';
import type { Program } from '../compile/program.ts';
import type { Answer, Answers } from './answers.ts';
import { looksLikeDocumentNumber } from './looks-like-document-number.ts';
import type { Expression, Form, Question } from './form.ts';

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

/** The id without what sets it apart from questions: the variable's own, or `/ending`. */
export function computedName(id: string): string {
  return id.slice(PREFIX.length);
}

/** What a variable is called where an id alone says little; the quizzes of all four tools keep their points under this one. */
const SCORE = 'score';
const NAMES = {
  en: {
    score: 'Score (worked out by the form)',
    variable: (id: string) => `“${id}” (worked out by the form)`,
    ending: 'Ending of the form that was reached',
  },
  de: {
    score: 'Punktzahl (vom Formular berechnet)',
    variable: (id: string) => `„${id}“ (vom Formular berechnet)`,
    ending: 'Erreichtes Ende des Formulars',
  },
} as const;

/**
 * The variables and the ending as questions that nobody is asked: with them a mapping can be chosen, checked and written. Not among
 * them is a variable that holds the full number of a document: it would go to HubSpot under a name that nobody suspects.
 */
export function computedQuestions(form: Form, language: keyof typeof NAMES = 'en'): Question[] {
  const base = { required: false, origin: {} };
  const names = NAMES[language];
  const secret = variablesWithDocumentNumber(form);
  const variables = (form.variables ?? [])
    .filter(({ id }) => !secret.has(id))
    .map(({ id, type }): Question => {
      const label = id === SCORE ? names.score : names.variable(id);
      return { ...base, id: computedId(id), label, kind: type === 'number' ? 'number' : 'short-text' };
    });
  const hasEndings = (form.endings ?? []).length > 1;
  return hasEndings ? [...variables, { ...base, id: ENDING_ID, label: names.ending, kind: 'short-text' }] : variables;
}

/** Variables that take their value from a document number, straight or through another variable. */
function variablesWithDocumentNumber(form: Form): Set<string> {
  const numbers = new Set(
    form.pages.flatMap((page) =>
      page.items.flatMap((item) => (item.kind !== 'statement' && looksLikeDocumentNumber(item) ? [item.id] : [])),
    ),
  );
  const found = new Set<string>();
  if (numbers.size === 0) return found;
  const calculations = (form.rules ?? []).filter((rule) => rule.kind === 'calculate');
  // Each round finds one more, or is the last.
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const rule of calculations) if (takesFrom(rule.value, numbers, found)) found.add(rule.variable);
  }
  return found;
}

function takesFrom(value: Expression, numbers: ReadonlySet<string>, variables: ReadonlySet<string>): boolean {
  const within = (part: Expression): boolean => takesFrom(part, numbers, variables);
  switch (value.op) {
    case 'answer':
      return numbers.has(value.question);
    case 'variable':
      return variables.has(value.name);
    case 'concat':
      return value.parts.some(within);
    case 'if':
      return within(value.then) || within(value.else);
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
      return within(value.left) || within(value.right);
    default:
      return false;
  }
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
