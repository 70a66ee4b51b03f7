import type { Answers } from '../form/answers.ts';
import { computeValue, evaluateCondition } from '../form/evaluate-condition.ts';
import type { Program, ProgramField, ProgramScreen } from './program.ts';
import { shareOf, withShare } from './question-shares.ts';

/** The screens a person passes with these answers, and the answers that count: those of visible questions on that path. */
export type Path = { screens: string[]; answers: Answers };

/**
 * Walks the screens in order. `answersOf` gives the typed answers of one screen as last accepted; answers of hidden
 * questions and of screens off the path are dropped, so that a condition never sees them (flow-rules.md section 1.6).
 */
export function computePath(program: Program, answersOf: (screenId: string) => Answers, today: string): Path {
  const path: Path = { screens: [], answers: {} };
  const fields = fieldsByScreen(program);
  for (const screen of program.screens) {
    const own = fields.get(screen.id) ?? [];
    if (!isScreenShown(program, screen, own, path.answers, today)) continue;
    path.screens.push(screen.id);
    const given = answersOf(screen.id);
    for (const field of own) {
      const { id, visibleWhen } = field.question;
      const answer = given[id] && shareOf(field, given[id]);
      if (!answer) continue;
      if (visibleWhen && !evaluateCondition(visibleWhen, path.answers, today, program.definitions)) continue;
      path.answers[id] = field.share ? withShare(path.answers[id], answer) : answer;
    }
  }
  return path;
}

/** A screen is shown when one of its questions or texts that does not hang on its neighbours is. */
export function isScreenShown(
  program: Program,
  screen: ProgramScreen,
  fields: readonly ProgramField[],
  answers: Answers,
  today: string,
): boolean {
  if (screen.certain) return true;
  const notes = program.notes.filter((note) => note.screen === screen.id);
  return [...fields, ...notes].some(
    ({ decidedOnPhone, earlier }) =>
      !decidedOnPhone && (!earlier || evaluateCondition(earlier, answers, today, program.definitions)),
  );
}

function fieldsByScreen(program: Program): Map<string, ProgramField[]> {
  const byScreen = new Map<string, ProgramField[]>();
  for (const field of program.fields) {
    const list = byScreen.get(field.screen);
    if (list) list.push(field);
    else byScreen.set(field.screen, [field]);
  }
  return byScreen;
}

/** The form's variables with the answers that count, as text. */
export function computeVariables(program: Program, answers: Answers, today: string): Record<string, string> {
  return Object.fromEntries(
    program.computed.map(({ id, value }) => [id, String(computeValue(value, answers, today, program.definitions))]),
  );
}

/** Id of the form's ending that these answers lead to; null for the one without a name. */
export function endingOf(program: Program, answers: Answers, today: string): string | null {
  const found = program.endings.find(({ when }) => evaluateCondition(when, answers, today, program.definitions));
  return found?.id ?? null;
}
