import type { Phone } from './run-flow.ts';
import type { DisplayView, FieldValue, InputView, PhoneView, ScreenView } from './screen-view.ts';

/** Answers by field name, or a function that looks at the field; `undefined` leaves a field as it is. */
export type Answers = Record<string, FieldValue> | ((input: InputView, screen: ScreenView) => FieldValue | undefined);

export type NavigationListView = Extract<DisplayView, { kind: 'navigation-list' }>;
/** Id of the item to press; `undefined`: the first one that can be pressed. */
export type Choose = (list: NavigationListView, screen: ScreenView) => string | undefined;

/** Where a walk came along and how it ended: `view` is the last thing the phone showed. */
export type Walk = {
  view: PhoneView;
  visited: string[];
  /** Why the walk could not go on, else `null`. */
  stuck: { screen: string; errors: Record<string, string>; notice: string | null } | null;
};

/** More presses than any flow needs: 100 screens at most, each answered again after errors. */
const MAX_PRESSES = 300;
/** An answer can bring a new field into view, that field the next one; at most 50 components stand on a screen. */
const MAX_ROUNDS = 50;

/**
 * Fills every visible field with the given answers and presses the button, or an item where a list stands in its place, screen
 * after screen, until the flow ends or a screen does not let go. For tests: nothing is waited for but the phone itself.
 */
export async function walkFlow(phone: Phone, answers: Answers, choose: Choose = itemIn(answers)): Promise<Walk> {
  const visited: string[] = [];
  await phone.settled();
  for (let presses = 0; presses < MAX_PRESSES; presses += 1) {
    const view = phone.view();
    if (view.kind !== 'screen') return { view, visited, stuck: null };
    const { screen } = view;
    visited.push(screen.id);
    await fillScreen(phone, answers);
    const filled = currentScreen(phone);
    // A choice may ask the endpoint, which may lead to another screen or end the flow.
    if (filled?.id !== screen.id) continue;
    const press = wayOn(filled, choose);
    if (!press) return stuckAt(phone, screen.id, visited);
    await phone.press(...press);
    const after = currentScreen(phone);
    if (after?.id === screen.id && !isAskedAnew(filled, after)) return stuckAt(phone, screen.id, visited);
  }
  return stuckAt(phone, visited.at(-1) ?? '', visited);
}

/** The button, or an item of a list on a screen that has none (whatsapp-flows.md 2.4); null where neither can be pressed. */
function wayOn(screen: ScreenView, choose: Choose): [id: string, item?: string] | null {
  if (screen.footer) return screen.footer.enabled ? [screen.footer.id] : null;
  for (const list of screen.components) {
    if (list.kind !== 'navigation-list') continue;
    const open = list.items.filter((item) => item.enabled);
    const wanted = choose(list, screen);
    const item = wanted === undefined ? open[0] : open.find(({ id }) => id === wanted);
    if (item) return [list.id, item.id];
  }
  return null;
}

/** With answers by name, the id that stands under the name of the list. */
function itemIn(answers: Answers): Choose {
  return ({ name }) => {
    const wanted = typeof answers === 'function' ? undefined : ownAnswer(answers, name);
    return typeof wanted === 'string' ? wanted : undefined;
  };
}

/** The endpoint drew the same screen with something else on it, and nothing on it says that an answer was wrong. */
function isAskedAnew(before: ScreenView, after: ScreenView): boolean {
  const hasErrors = after.components.some((component) => 'value' in component && component.error !== null);
  return after.notice === null && !hasErrors && JSON.stringify(before.components) !== JSON.stringify(after.components);
}

/** Answers the fields of the current screen, including those that other answers bring into view. */
export async function fillScreen(phone: Phone, answers: Answers): Promise<void> {
  const done = new Set<string>();
  const id = currentScreen(phone)?.id;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const screen = currentScreen(phone);
    const next = screen?.components.find(
      (component): component is InputView => 'value' in component && component.enabled && !done.has(component.name),
    );
    if (screen === null || screen.id !== id || next === undefined) return;
    done.add(next.name);
    const value = typeof answers === 'function' ? answers(next, screen) : ownAnswer(answers, next.name);
    if (value !== undefined) await phone.setValue(next.name, value);
  }
}

function ownAnswer(answers: Record<string, FieldValue>, name: string): FieldValue | undefined {
  return Object.hasOwn(answers, name) ? answers[name] : undefined;
}

function currentScreen(phone: Phone): ScreenView | null {
  const view = phone.view();
  return view.kind === 'screen' ? view.screen : null;
}

function stuckAt(phone: Phone, screen: string, visited: string[]): Walk {
  const current = currentScreen(phone);
  const errors: Record<string, string> = {};
  for (const component of current?.components ?? []) {
    if ('value' in component && component.error !== null) errors[component.name] = component.error;
  }
  return { view: phone.view(), visited, stuck: { screen, errors, notice: current?.notice ?? null } };
}
