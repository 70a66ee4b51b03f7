import type { Form, Question } from '../form/form.ts';
import { COMFORT, LIMITS } from './limits.ts';
import type { Mode } from './place-screens.ts';

/** How many files each question takes, by its id; absent: it cannot be asked in this flow. */
export type FileShares = ReadonlyMap<string, number>;

/**
 * Whether answers with files can go where the form's other answers go: HubSpot takes the address of an uploaded file, and
 * Typeform's webhooks carry one. Google and SurveyMonkey take no files from outside (form-tools.md 2.3 and 4.3).
 */
export const TAKES_FILES: Readonly<Record<Form['source'], boolean>> = {
  'hubspot-forms': true,
  typeform: true,
  'google-forms': false,
  surveymonkey: false,
};

/**
 * Shares the ten files that the one message of a light flow may carry among the questions that ask for files: each gets what
 * its form allows, and where that is too much, those with the most give way first. With more than ten such questions a flow
 * must be connected; where it may not, the last ones cannot be asked.
 */
export function shareFiles(questions: readonly Question[], mode: Mode | undefined): FileShares {
  const asking = questions.filter((question) => question.kind === 'file');
  const possible = mode === 'light' ? asking.slice(0, LIMITS.filesPerMessage) : asking;
  const shares = new Map(possible.map((question) => [question.id, wantedFiles(question)]));
  for (let sum = sumOf(shares); sum > LIMITS.filesPerMessage; sum -= 1) {
    const [largest] = [...shares].toSorted(([, one], [, other]) => other - one);
    if (!largest || largest[1] === 1) break;
    shares.set(largest[0], largest[1] - 1);
  }
  return shares;
}

function wantedFiles(question: Extract<Question, { kind: 'file' }>): number {
  if (!question.multiple) return 1;
  return Math.max(1, Math.min(question.maxFiles ?? COMFORT.filesPerQuestion, LIMITS.filesPerMessage));
}

function sumOf(shares: FileShares): number {
  return [...shares.values()].reduce((sum, share) => sum + share, 0);
}
