import type { FlowDetail } from '@flowella/shared/contract/api.ts';

export type Design = FlowDetail['design'];
type Screens = FlowDetail['screens'];
export type Move = 'up' | 'down' | 'new-screen' | 'join-screen';

type QuestionParts = { label: string; help: string; required: boolean };

/**
 * The design with what was changed of one question's texts and duty; an empty text goes back to the form's own. What was left as
 * it is does not become the customer's own by that, so that a changed form can still change it.
 */
export function withQuestion(design: Design, question: string, before: QuestionParts, after: QuestionParts): Design {
  return {
    ...design,
    ...(after.label === before.label ? {} : { labels: withText(design.labels, question, after.label) }),
    ...(after.help === before.help ? {} : { help: withText(design.help, question, after.help) }),
    ...(after.required === before.required ? {} : { required: { ...design.required, [question]: after.required } }),
  };
}

export function withoutQuestion(design: Design, question: string): Design {
  return { ...design, omitted: [...(design.omitted ?? []).filter((one) => one !== question), question] };
}

export function withQuestionAgain(design: Design, question: string): Design {
  return { ...design, omitted: (design.omitted ?? []).filter((one) => one !== question) };
}

/** The design with a question moved by one place, or a screen begun or joined at it. The order is that of the built screens. */
export function withMove(design: Design, screens: Screens, question: string, move: Move): Design {
  const drawn = screens
    .map((screen) => ({ title: screen.title, questions: screen.questions.map((one) => one.question) }))
    .filter((screen) => screen.questions.length > 0);
  const at = drawn.findIndex((screen) => screen.questions.includes(question));
  const screen = drawn[at];
  if (!screen) return design;
  const place = screen.questions.indexOf(question);
  const moved = MOVES[move](drawn, at, place).filter((one) => one.questions.length > 0);
  return { ...design, screens: moved.map((one) => (one.title ? one : { questions: one.questions })) };
}

/** What can be done with a question where it stands. */
export function movesOf(screens: Screens, question: string): Move[] {
  const drawn = screens.filter((screen) => screen.questions.length > 0);
  const at = drawn.findIndex((screen) => screen.questions.some((one) => one.question === question));
  const questions = drawn[at]?.questions ?? [];
  const place = questions.findIndex((one) => one.question === question);
  const first = at === 0 && place === 0;
  const last = at === drawn.length - 1 && place === questions.length - 1;
  return [
    ...(first ? [] : (['up'] as const)),
    ...(last ? [] : (['down'] as const)),
    ...(place > 0 ? (['new-screen'] as const) : []),
    ...(place === 0 && at > 0 ? (['join-screen'] as const) : []),
  ];
}

type Drawn = { title: string; questions: string[] };

const MOVES: Record<Move, (screens: Drawn[], at: number, place: number) => Drawn[]> = {
  up: (screens, at, place) => moveBy(screens, at, place, -1),
  down: (screens, at, place) => moveBy(screens, at, place, 1),
  'new-screen': (screens, at, place) =>
    screens.flatMap((screen, index) =>
      index === at
        ? [
            { ...screen, questions: screen.questions.slice(0, place) },
            { title: '', questions: screen.questions.slice(place) },
          ]
        : [screen],
    ),
  'join-screen': (screens, at) =>
    screens.flatMap((screen, index) => {
      const next = screens[at];
      if (index === at - 1 && next) return [{ ...screen, questions: [...screen.questions, ...next.questions] }];
      return index === at ? [] : [screen];
    }),
};

/** Within its screen a question changes places; at the edge it goes to the neighbouring screen. */
function moveBy(screens: Drawn[], at: number, place: number, by: -1 | 1): Drawn[] {
  const copy = screens.map((screen) => ({ ...screen, questions: [...screen.questions] }));
  const screen = copy[at];
  const question = screen?.questions[place];
  if (!screen || question === undefined) return copy;
  screen.questions.splice(place, 1);
  const to = place + by;
  if (to >= 0 && to <= screen.questions.length) {
    screen.questions.splice(to, 0, question);
    return copy;
  }
  const neighbour = copy[at + by];
  if (by === -1) neighbour?.questions.push(question);
  else neighbour?.questions.unshift(question);
  return copy;
}

function withText(
  texts: Record<string, string> | undefined,
  question: string,
  text: string,
): Record<string, string> | undefined {
  const rest = Object.entries(texts ?? {}).filter(([id]) => id !== question);
  if (text.trim() !== '') rest.push([question, text.trim()]);
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
