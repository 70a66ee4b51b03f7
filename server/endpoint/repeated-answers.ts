import { computePath } from '@flowella/shared/compile/compute-path.ts';
import type { Program } from '@flowella/shared/compile/program.ts';
import { shareOf, withShare } from '@flowella/shared/compile/question-shares.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { ownValues } from './answer-request.ts';
import { checkScreen } from './check-screen.ts';
import type { FlowRequest } from './decrypt-request.ts';
import { hasFiles } from './screen-data.ts';

/**
 * All answers as they would be with the screen that a phone sent once more after everything was accepted; null when it is no
 * screen of questions, or would have been refused. The session is gone by then: the other screens' answers are those accepted.
 * Pure.
 */
export function repeatedAnswers(
  program: Program,
  request: FlowRequest,
  o: { accepted: Answers; now: Date; country: string | null },
): Answers | null {
  const screen = program.screens.find((one) => one.id === (request.screen || request.data.s));
  if (!screen) return null;
  const raw = ownValues(program, screen, request.data);
  const own = program.fields.filter((field) => field.screen === screen.id);
  const isOwn = new Set(own.map((field) => field.question.id));
  // A picker forgets its files when its screen is drawn again: an empty one says nothing.
  const kept = own
    .filter(({ question, inputs }) => question.kind === 'file' && !inputs.some(({ name }) => hasFiles(raw[name])))
    .map(({ question }) => question.id);
  // Of a question whose boxes are spread over screens, the others' ticks stay.
  const others = program.fields.filter(
    ({ share, screen: on, question }) => share && on !== screen.id && isOwn.has(question.id),
  );
  const elsewhere = Object.fromEntries(Object.entries(o.accepted).filter(([id]) => !isOwn.has(id)));
  for (const field of others) {
    const { id } = field.question;
    const ticked = o.accepted[id] && shareOf(field, o.accepted[id]);
    if (ticked) elsewhere[id] = withShare(elsewhere[id], ticked);
  }
  const today = o.now.toISOString().slice(0, 10);
  const { answers, problems } = checkScreen(program, screen, raw, elsewhere, today, {
    ...(o.country ? { country: o.country } : {}),
    areSharesKnown: true,
  });
  if (problems.some(({ question }) => !kept.includes(question))) return null;
  const keptAnswers = Object.fromEntries(Object.entries(o.accepted).filter(([id]) => kept.includes(id)));
  const typed = { ...answers, ...keptAnswers };
  return computePath(program, (id) => (id === screen.id ? typed : o.accepted), today).answers;
}
