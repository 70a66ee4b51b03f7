import type { Path } from '@flowella/shared/compile/compute-path.ts';
import type { Program, ProgramConfirmation, ProgramScreen } from '@flowella/shared/compile/program.ts';
import type { ConfirmCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import type { ScreenTime } from '@flowella/shared/form/screen-times.ts';
import type { FreeTimes } from '../destinations/calendar/free-times.ts';
import type { CheckContext } from './check-answer.ts';
import { checkMessage } from './check-messages.ts';
import { checkScreen, pathOf, type ScreenProblem } from './check-screen.ts';
import { isOnConfirmation, readWish, type ConfirmOutcome, type ConfirmWish } from './confirmation/wish.ts';
import type { FlowRequest } from './decrypt-request.ts';
import { noticeScreen, type NoticeCode } from './notice-screen.ts';
import { hasFiles, screenData } from './screen-data.ts';
import type { RawValues, SessionState } from './session-state.ts';

export { answersFromComplete } from './answers-from-complete.ts';
export { noticeScreen, type NoticeCode } from './notice-screen.ts';

/** Where a person is: the screen's place on the path as it is known now, and how long that path is. */
export type Progress = { number: number; count: number };

export type Decision =
  | { kind: 'screen'; screen: string; data: Record<string, JsonValue>; session: SessionState; progress: Progress }
  /** Everything is answered: the caller accepts the answers, once, and answers SUCCESS. */
  | { kind: 'finish'; answers: Answers; screens: ScreenTime[]; session: SessionState; progress: Progress }
  /** Who answers is not confirmed: the caller carries the wish out and answers by `answerConfirmation`. */
  | { kind: 'confirm'; wish: ConfirmWish }
  /** Nothing is saved; `screen` and `data` are the whole answer. */
  | { kind: 'notice'; screen: string; data: Record<string, JsonValue> };

/** A decision that is the whole answer. */
export type Settled = Exclude<Decision, { kind: 'confirm' }>;

export type AnswerRequestInput = {
  program: Program;
  session: SessionState | null;
  /** The contact's values, from the send. */
  prefill: Answers;
  request: FlowRequest;
  now: Date;
  /** ISO 3166-1 alpha-2 of the person's own number, for phone numbers typed without a country code. */
  country?: string;
  /** Free times of the appointment that the program offers, as far as they are known. */
  freeTimes?: FreeTimes;
  /** Our own machinery failed: draw the same screen again, with what was sent, and say so. Decides nothing else. */
  redrawWith?: 'our-fault';
};

/** The run as one request sees it. */
type Run = Omit<AnswerRequestInput, 'session'> & { session: SessionState; today: string; context: CheckContext };

/**
 * Decides everything about one decrypted request of a connected flow, and does no I/O: what to check, which screen comes
 * next, when the answers are complete (flow-rules.md sections 1, 2 and 6). `ping` and error notices are answered before.
 */
export function answerRequest(input: AnswerRequestInput): Decision {
  const run = toRun(input);
  const { program, request, session } = run;
  if (typeof request.data.v === 'string' && request.data.v !== program.version) return notice(run, 'unknown-version');
  const before = program.confirmation && beforeQuestions(run, program.confirmation);
  if (before) return before;
  if (request.action === 'INIT') return show(run, program.entry, { errorMessage: faultText(run) });
  if (request.action === 'BACK') return goBack(run);
  if (request.screen === program.notice) return closeNotice(request);
  const screen = program.screens.find((one) => one.id === (request.screen || request.data.s));
  if (!screen) return notice(run, 'start-again');
  const raw = withKeptFiles(program, screen, ownValues(program, screen, request.data), session.sent[screen.id]);
  if (input.redrawWith) return redraw(run, screen, raw, { errorMessage: faultText(run) });
  // Only what was shown can be answered; Back on the phone is silent, so any earlier screen may come.
  if (!session.shown.includes(screen.id)) return notice(run, 'start-again');
  return takeAnswers(run, screen, raw);
}

function toRun(input: AnswerRequestInput): Run {
  const { program, now, country, freeTimes } = input;
  const session = input.session ?? newSession(program, now);
  return { ...input, session, today: now.toISOString().slice(0, 10), context: { country, freeTimes } };
}

function newSession(program: Program, now: Date): SessionState {
  return {
    format: 1,
    openedAt: now.toISOString(),
    accepted: {},
    sent: {},
    // A flow that was sent with `navigate` comes here first with the answers of its entry screen.
    shown: program.confirmation ? [] : [program.entry],
    current: program.entry,
  };
}

// --- who answers ------------------------------------------------------------------------------------------------------------

/**
 * Nothing of the flow is shown to somebody who is not confirmed, whatever the phone claims to be on and to do. Null, only for who is
 * confirmed, where the request goes on as in any other flow. To INIT the first screen is the answer even afterwards (flow-rules.md section 1.8): with nothing of
 * the person on it.
 */
function beforeQuestions(run: Run, confirmation: ProgramConfirmation): Decision | null {
  const { request, session, program } = run;
  const isOpening = request.action === 'INIT';
  if (run.redrawWith) {
    const isHere = isOpening || isOnConfirmation(request, confirmation);
    return isHere ? drawConfirmation(run, confirmation, confirmation.channel) : null;
  }
  if (session.confirmedAt !== undefined) {
    if (isOpening) return drawConfirmation(run, confirmation, 'confirmed');
    return isOnConfirmation(request, confirmation) ? show(run, firstScreen(program)) : null;
  }
  if (request.screen === program.notice && request.action === 'data_exchange') return closeNotice(request);
  const wish = readWish(request, confirmation);
  return wish ? { kind: 'confirm', wish } : notice(run, 'start-again');
}

/** The answer to a `confirm` decision, once its wish has been carried out. Pure, as `answerRequest` is. */
export function answerConfirmation(input: AnswerRequestInput, wish: ConfirmWish, outcome: ConfirmOutcome): Settled {
  const run = toRun(input);
  const { program } = run;
  const { confirmation } = program;
  if (!confirmation) return notice(run, 'start-again');
  if (outcome.kind === 'confirmed') {
    const confirmed: Run = { ...run, session: { ...run.session, confirmedAt: input.now.toISOString() } };
    if (wish.kind === 'open') return drawConfirmation(confirmed, confirmation, 'confirmed');
    return show(confirmed, firstScreen(program));
  }
  if (outcome.kind === 'asked') return drawConfirmation(run, confirmation, outcome.say);
  const text = flowWords(program.language).confirm.locked;
  // INIT is answered with the entry screen alone; from there the notice closes the flow.
  if (wish.kind === 'open' || !program.notice) return drawConfirmation(run, confirmation, 'locked');
  return { kind: 'notice', screen: program.notice, data: { text } };
}

function drawConfirmation(run: Run, { screen }: ProgramConfirmation, say: ConfirmCode): Settled {
  const { program, today, context } = run;
  const session = { ...run.session, current: screen };
  const errorMessage = faultText(run);
  const data: Record<string, JsonValue> = {
    text: flowWords(program.language).confirm[say],
    ask: say !== 'locked' && say !== 'confirmed',
    ...(errorMessage ? { error_message: errorMessage } : {}),
  };
  const path = pathOf(program, session.accepted, today, context);
  return { kind: 'screen', screen, data, session, progress: progressOn(program, path, screen) };
}

function firstScreen(program: Program): string {
  return program.confirmation ? (program.screens[0]?.id ?? program.entry) : program.entry;
}

// --- answers ----------------------------------------------------------------------------------------------------------------

function takeAnswers(run: Run, screen: ProgramScreen, raw: RawValues): Settled {
  const { program, session, today, context, now } = run;
  const before = answersBefore(run, session, screen.id);
  const { problems } = checkScreen(program, screen, raw, before, today, context);
  const sent = { ...session.sent, [screen.id]: raw };
  if (problems.length > 0) return redraw({ ...run, session: { ...session, sent } }, screen, raw, { problems });
  const accepted = { ...session.accepted, [screen.id]: raw };
  const acceptedAt = { ...session.acceptedAt, [screen.id]: now.toISOString() };
  const updated: Run = { ...run, session: { ...session, sent, accepted, acceptedAt, current: screen.id } };
  const path = pathOf(program, accepted, today, context);
  const nextId = path.screens[path.screens.indexOf(screen.id) + 1];
  if (!screen.terminal && nextId !== undefined && path.screens.includes(screen.id)) return show(updated, nextId);
  if (!screen.terminal || hasOpenScreen(updated, path))
    return redraw(updated, screen, raw, { errorMessage: flowWords(program.language).snackbar['go-back'] });
  return {
    kind: 'finish',
    answers: path.answers,
    screens: screenTimes(program, path, acceptedAt),
    session: updated.session,
    progress: progressOn(program, path, screen.id),
  };
}

/** Of the screens whose answers are handed on, in their order. */
function screenTimes(program: Program, path: Path, acceptedAt: Record<string, string>): ScreenTime[] {
  return path.screens.flatMap((id) => {
    const at = acceptedAt[id];
    const title = program.screens.find((one) => one.id === id)?.title;
    return at === undefined || title === undefined ? [] : [{ screen: id, title, at }];
  });
}

/** A screen of the path that was never answered, or whose answers no longer pass since an earlier one changed. */
function hasOpenScreen({ program, session, today, context }: Run, path: Path): boolean {
  const known: Answers = {};
  return path.screens.some((id) => {
    const screen = program.screens.find((one) => one.id === id);
    const raw = session.accepted[id];
    if (!screen || !raw) return true;
    const { answers, problems } = checkScreen(program, screen, raw, known, today, context);
    Object.assign(known, answers);
    return problems.length > 0;
  });
}

// --- drawing ----------------------------------------------------------------------------------------------------------------

type Extras = { problems?: readonly ScreenProblem[]; errorMessage?: string };

/** Draws a screen with everything restored. */
function show(run: Run, screenId: string, extras: Extras = {}): Settled {
  const screen = run.program.screens.find((one) => one.id === screenId);
  if (!screen) return notice(run, 'start-again');
  return draw(run, screen, run.session.sent[screenId], extras);
}

/** Draws the same screen again with what was just sent. */
function redraw(run: Run, screen: ProgramScreen, raw: RawValues, extras: Extras): Settled {
  return draw(run, screen, raw, extras);
}

function draw(run: Run, screen: ProgramScreen, sent: RawValues | undefined, extras: Extras): Settled {
  const { program, prefill, today, context } = run;
  const session = withShown(run.session, screen.id);
  const data = screenData({
    program,
    screen,
    sent,
    prefill,
    errors: errorsOf(extras.problems ?? [], program.language),
    answersBefore: answersBefore(run, session, screen.id),
    freeTimes: run.freeTimes,
    today,
    errorMessage: extras.errorMessage,
  });
  const path = pathOf(program, session.accepted, today, context);
  return { kind: 'screen', screen: screen.id, data, session, progress: progressOn(program, path, screen.id) };
}

function withShown(session: SessionState, screenId: string): SessionState {
  const shown = session.shown.includes(screenId) ? session.shown : [...session.shown, screenId];
  return { ...session, shown, current: screenId };
}

function errorsOf(problems: readonly ScreenProblem[], language: Program['language']): Record<string, string> {
  return Object.fromEntries(
    problems.map(({ input, code, errorMaxLength }) => [input, checkMessage(code, language, errorMaxLength)]),
  );
}

function answersBefore({ program, today, context }: Run, session: SessionState, screenId: string): Answers {
  const index = program.screens.findIndex((screen) => screen.id === screenId);
  const earlier = new Set(program.screens.slice(0, index).map((screen) => screen.id));
  const accepted = Object.fromEntries(Object.entries(session.accepted).filter(([id]) => earlier.has(id)));
  return pathOf(program, accepted, today, context).answers;
}

/** BACK has no payload: the path decides what is shown (flow-rules.md section 1.7). */
function goBack(run: Run): Settled {
  const { program, session, today, context, request } = run;
  const path = pathOf(program, session.accepted, today, context).screens;
  const index = path.indexOf(request.screen || session.current);
  return show(run, path[Math.max(0, index - 1)] ?? firstScreen(program));
}

/** What the phone sent for the inputs of one screen; literals and whatever else came along are left out. */
export function ownValues(program: Program, screen: ProgramScreen, data: Record<string, JsonValue>): RawValues {
  const raw: RawValues = {};
  for (const field of program.fields) {
    if (field.screen !== screen.id) continue;
    for (const { name } of field.inputs) {
      const value = data[name];
      if (value !== undefined && value !== null) raw[name] = value;
    }
  }
  return raw;
}

/**
 * A picker forgets its files when its screen is drawn again, so an empty one says nothing: what was sent before is kept, and
 * the screen says so (flow-rules.md section 2).
 */
function withKeptFiles(
  program: Program,
  screen: ProgramScreen,
  raw: RawValues,
  sent: RawValues | undefined,
): RawValues {
  const kept = program.fields
    .filter((field) => field.screen === screen.id && field.question.kind === 'file')
    .flatMap((field) => field.inputs)
    .flatMap(({ name }) =>
      !hasFiles(raw[name]) && hasFiles(sent?.[name]) ? [[name, sent?.[name] ?? []] as const] : [],
    );
  return kept.length === 0 ? raw : { ...raw, ...Object.fromEntries(kept) };
}

function faultText({ redrawWith, program }: Run): string | undefined {
  return redrawWith && flowWords(program.language).snackbar[redrawWith];
}

function notice({ program }: Run, code: NoticeCode): Settled {
  const shown = noticeScreen(program, code);
  // A light flow has no endpoint: whoever asks all the same gets its entry screen and nothing else.
  return { kind: 'notice', ...(shown ?? { screen: program.entry, data: {} }) };
}

/** The notice has been read: the flow closes without answers. */
function closeNotice(request: FlowRequest): Settled {
  const params = { flow_token: request.flow_token, notice: true };
  return { kind: 'notice', screen: 'SUCCESS', data: { extension_message_response: { params } } };
}

// --- progress -----------------------------------------------------------------------------------------------------------------

/** The screen that confirms who answers is the first of them where there is one. */
function progressOn({ confirmation }: Program, path: Path, screenId: string): Progress {
  const screens = [...(confirmation ? [confirmation.screen] : []), ...path.screens];
  return { number: Math.max(0, screens.indexOf(screenId)) + 1, count: Math.max(1, screens.length) };
}

/** Which screen of how many the person is on, for the card: counted on the path that the answers so far lead along. */
export function screenProgress(program: Program, session: SessionState, now: Date): Progress {
  return progressOn(program, pathOf(program, session.accepted, now.toISOString().slice(0, 10)), session.current);
}
