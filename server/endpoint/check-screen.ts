import { computePath, type Path } from '@flowella/shared/compile/compute-path.ts';
import type { Program, ProgramField, ProgramScreen } from '@flowella/shared/compile/program.ts';
import { withShare } from '@flowella/shared/compile/question-shares.ts';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import { localDay } from '../destinations/calendar/free-times.ts';
import { checkAnswer, ofAllShares, type Checked, type CheckContext } from './check-answer.ts';
import type { CheckCode } from './check-messages.ts';
import { fieldsOf } from './screen-data.ts';
import type { RawValues } from './session-state.ts';

export type ScreenProblem = { question: string; input: string; errorMaxLength: number; code: CheckCode };
export type CheckedScreen = { answers: Answers; problems: ScreenProblem[] };

/**
 * The typed answers of one screen, hidden questions left out. A refused answer is in `problems`, and in `answers` too when
 * `keepRefused` is set, as light flows need it.
 */
export function checkScreen(
  program: Program,
  screen: ProgramScreen,
  raw: RawValues,
  answersBefore: Answers,
  today: string,
  options: CheckContext & { keepRefused?: boolean } = {},
): CheckedScreen {
  const known: Answers = { ...answersBefore };
  const result: CheckedScreen = { answers: {}, problems: [] };
  for (const field of fieldsOf(program, screen)) {
    const { question } = field;
    if (question.visibleWhen && !evaluateCondition(question.visibleWhen, known, today, program.definitions)) continue;
    const own = ofItsDay(field, checkAnswer(field, raw, options), known);
    const checked = ofAllShares(field, own, known[question.id], options);
    if (checked.kind === 'empty') continue;
    if (checked.kind === 'problem') {
      const errorMaxLength = field.inputs.find((input) => input.name === checked.input)?.errorMaxLength ?? 30;
      result.problems.push({ question: question.id, input: checked.input, errorMaxLength, code: checked.code });
      if (!options.keepRefused || !checked.answer) continue;
    }
    if (!checked.answer) continue;
    known[question.id] = checked.answer;
    result.answers[question.id] = checked.answer;
  }
  return result;
}

/** A time belongs to the day that was chosen before it, also when that was changed since. */
function ofItsDay(field: ProgramField, checked: Checked, known: Answers): Checked {
  if (checked.kind !== 'answer' || checked.answer.kind !== 'appointment') return checked;
  const day = known[APPOINTMENT.day];
  const { value, timeZone } = checked.answer;
  if (day?.kind === 'date' && localDay(value, timeZone) === day.value) return checked;
  return { kind: 'problem', code: 'choice', input: field.inputs[0]?.name ?? '' };
}

/** The path and the answers that count, from what each screen sent last and was accepted (flow-rules.md section 1.6). */
export function pathOf(
  program: Program,
  accepted: Record<string, RawValues>,
  today: string,
  context: CheckContext = {},
): Path {
  const typed = (screenId: string): Answers => {
    const raw = accepted[screenId];
    if (!raw) return {};
    const answers: Answers = {};
    for (const field of program.fields) {
      if (field.screen !== screenId) continue;
      const checked = checkAnswer(field, raw, context);
      if (checked.kind !== 'answer') continue;
      const { id } = field.question;
      answers[id] = field.share ? withShare(answers[id], checked.answer) : checked.answer;
    }
    return answers;
  };
  return computePath(program, typed, today);
}
