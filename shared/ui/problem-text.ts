import type { ServerProblem } from './server-problem.ts';
import type { CommonTexts } from './texts/common-texts.ts';

/** The sentence to show: the server's own where it gave one. */
export function problemText(problem: ServerProblem, texts: CommonTexts): string {
  if (problem.message) return problem.message;
  return problem.code === 'network' ? texts.problem.network : texts.problem.unexpected;
}
