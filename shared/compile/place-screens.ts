import { cutText } from '../form/cut-text.ts';
import type { Condition } from '../form/form.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import { LIMITS } from './limits.ts';
import { knownFor, sayOnScreen, type PackedScreen } from './pack-screens.ts';
import type { Asked, TextPiece } from './prepare-questions.ts';
import { allOf } from './resolve-condition.ts';
import { hasRecall } from '../form/recall.ts';
import { branchAfter, targetsOf, type Branch } from './say-branch.ts';
import { sayCondition } from './say-condition.ts';

/** When a question is visible, divided between who decides it. */
export type Visibility = {
  /** What earlier screens decide, evaluated by the server. */
  earlier?: Condition;
  showKey?: string;
  /** What the phone decides, as expressions that must all hold. */
  onPhone: string[];
  /** True when the phone looks at inputs of the same screen. */
  looksAtNeighbours: boolean;
  /** A light flow cannot say it: shown to everyone. */
  isUnsayable: boolean;
};

export type PlacedQuestion = { asked: Asked; visibility: Visibility };
export type PlacedScreen = {
  id: string;
  title: string;
  questions: PlacedQuestion[];
  /** Texts after the questions; on a screen without questions its only content. */
  closing: TextPiece[];
  isCertain: boolean;
  isTerminal: boolean;
  /** Ids of the statements that stand on it, also as its title. */
  sources: ReadonlySet<string>;
  initKey: string | null;
  /** Indexes of the screens that may follow. */
  next: number[];
  /** How the phone itself decides which one follows, in a light flow; absent where the next one always does. */
  branch?: Branch;
  /** A light flow may show it without any question on it: nothing before it can lead past it. */
  isEmptySometimes: boolean;
};

export type Mode = 'connected' | 'light';

/** Gives every screen its id, title and successors, and divides each condition between phone and server. */
export function placeScreens(
  packed: readonly PackedScreen[],
  mode: Mode,
  language: FlowLanguage,
  designTitles: readonly (string | undefined)[],
): PlacedScreen[] {
  const ids = packed.map((_, index) => screenId(index));
  const homes = new Map<string, number>();
  packed.forEach((screen, index) => screen.asked.forEach((one) => homes.set(one.plan.question.id, index)));
  const isBranching = packed.some((screen) => !screen.isCertain);
  const placed = packed.map((screen, index): PlacedScreen => {
    const { title, asked } = titled(screen, index, packed.length, isBranching, language, designTitles);
    const questions = asked.map((one) => ({
      asked: one,
      visibility: visibilityOf(one, index, packed, homes, ids, mode),
    }));
    return {
      id: ids[index] ?? screenId(index),
      title,
      questions,
      closing: screen.closing,
      isEmptySometimes: mode === 'light' && questions.length > 0 && questions.every(isHiddenSometimes),
      sources: sourcesOf(screen),
      isCertain: mode === 'light' || screen.isCertain,
      isTerminal: index === packed.length - 1,
      initKey: initKeyOf(asked, index, mode),
      next: mode === 'light' ? following(index, packed.length) : branches(packed, index),
    };
  });
  return mode === 'light' ? withBranches(placed, packed, homes, language) : placed;
}

/** Light flows lead past screens that nobody would be asked anything on, as far as the phone can say when. */
function withBranches(
  placed: readonly PlacedScreen[],
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  language: FlowLanguage,
): PlacedScreen[] {
  const ids = placed.map(({ id }) => id);
  const branching = placed.map((screen, index): PlacedScreen => {
    const branch = branchAfter(index, packed, homes, ids);
    return branch ? { ...screen, branch, next: targetsOf(branch) } : screen;
  });
  return branching.map((screen, index) => {
    const isLedPast = branching.some((other) => other.branch && other.next.includes(index));
    const isReachedBlindly = branching.some((other) => !other.branch && other.next.includes(index));
    if (!screen.isEmptySometimes || (isLedPast && !isReachedBlindly)) return { ...screen, isEmptySometimes: false };
    const hint = flowText(language, 'maybeNothing');
    return { ...screen, closing: [{ style: 'caption', text: hint }, ...screen.closing] };
  });
}

function sourcesOf(screen: PackedScreen): Set<string> {
  const pieces = [...screen.asked.flatMap((one) => [...one.before, ...one.after]), ...screen.closing];
  const inPlans = screen.asked.flatMap((one) => one.sources);
  return new Set([...pieces.flatMap((piece) => piece.source ?? []), ...inPlans]);
}

/** In a light flow: what the phone cannot decide is shown to everyone. */
function isHiddenSometimes({ visibility }: PlacedQuestion): boolean {
  return visibility.onPhone.length > 0;
}

/** `SCREEN_A` … `SCREEN_Z`, `SCREEN_AA`: letters and underscores only (whatsapp-flows.md 2.2). */
function screenId(index: number): string {
  return `SCREEN_${letters(index)}`;
}

function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

function initKeyOf(asked: readonly Asked[], index: number, mode: Mode): string | null {
  if (mode === 'connected') return asked.some((one) => one.plan.question.kind !== 'file') ? 'init' : null;
  if (!asked.some((one) => mayPrefill(one))) return null;
  return index === 0 ? 'init' : `init_${letters(index).toLowerCase()}`;
}

/** Never consent, files, a tick that must be given, or a document number (flow-rules.md section 3). */
export function mayPrefill(one: Asked): boolean {
  const { question, sensitive } = one.plan;
  if (['file', 'appointment-day', 'appointment'].includes(question.kind)) return false;
  return !one.isConsent && sensitive.length === 0 && !(question.kind === 'checkbox' && question.mustAccept);
}

/** Each following screen up to and including the first that is certainly shown (flow-rules.md section 1.2). */
function branches(packed: readonly PackedScreen[], index: number): number[] {
  const next: number[] = [];
  for (let later = index + 1; later < packed.length; later += 1) {
    next.push(later);
    if (packed[later]?.isCertain) break;
  }
  return next;
}

function following(index: number, count: number): number[] {
  return index + 1 < count ? [index + 1] : [];
}

// --- conditions -----------------------------------------------------------------------------------------------------------

function visibilityOf(
  one: Asked,
  index: number,
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  ids: readonly string[],
  mode: Mode,
): Visibility {
  const here = packed[index]?.asked ?? [];
  const earlier: Condition[] = [];
  const visibility: Visibility = { onPhone: [], looksAtNeighbours: false, isUnsayable: false };
  for (const { condition: part, questions } of one.parts) {
    if (questions.length > 0 && questions.every((id) => homes.get(id) === index)) {
      const said = sayOnScreen(part, here, one);
      if (said === null) visibility.isUnsayable = true;
      else visibility.onPhone.push(said);
      visibility.looksAtNeighbours = true;
    } else if (mode === 'connected') earlier.push(part);
    else {
      const said = sayAcross(part, index, packed, homes, ids, one);
      if (said === null) visibility.isUnsayable = true;
      else visibility.onPhone.push(said);
    }
  }
  // Whether there are free days to show, the server knows when it is asked.
  if (one.plan.question.kind === 'appointment-day') visibility.showKey = `show_${one.plan.inputs[0]?.name ?? ''}`;
  if (earlier.length > 0) {
    visibility.earlier = allOf(earlier);
    visibility.showKey = `show_${one.plan.inputs[0]?.name ?? `note_${letters(index).toLowerCase()}_${here.indexOf(one) + 1}`}`;
  }
  // Half a condition would hide the question from people who should see it.
  return visibility.isUnsayable ? { onPhone: [], looksAtNeighbours: false, isUnsayable: true } : visibility;
}

/** The condition as the phone can say it on screen `index`, over that screen and those before it. */
export function sayAcross(
  part: Condition,
  index: number,
  packed: readonly PackedScreen[],
  homes: ReadonlyMap<string, number>,
  ids: readonly string[],
  one: Asked,
): string | null {
  return sayCondition(part, (id) => {
    const home = homes.get(id);
    const asked = home === undefined ? undefined : packed[home]?.asked.find((other) => other.plan.question.id === id);
    const plan = asked?.plan;
    const [input] = plan?.inputs ?? [];
    if (home === undefined || !plan || !input || home > index) return null;
    const reference = home === index ? `form.${input.name}` : `screen.${ids[home] ?? ''}.form.${input.name}`;
    return { question: knownFor(one, asked), inputs: plan.inputs, reference };
  });
}

// --- titles -----------------------------------------------------------------------------------------------------------------

function titled(
  screen: PackedScreen,
  index: number,
  count: number,
  isBranching: boolean,
  language: FlowLanguage,
  designTitles: readonly (string | undefined)[],
): { title: string; asked: Asked[] } {
  const own = screen.designScreen === undefined ? undefined : designTitles[screen.designScreen]?.trim();
  if (own) return { title: cutText(own, LIMITS.screenTitle), asked: screen.asked };
  const [first, ...rest] = screen.asked;
  const [heading, ...texts] = first?.before ?? [];
  if (first && heading?.style === 'heading' && heading.text.length <= LIMITS.screenTitle && !hasRecall(heading.text))
    return { title: heading.text, asked: [{ ...first, before: texts }, ...rest] };
  return { title: ownTitle(screen, index, count, isBranching, language), asked: screen.asked };
}

/** The tool's name of the form is for colleagues ("Copy of lead form 3"), so it is never shown. */
function ownTitle(
  screen: PackedScreen,
  index: number,
  count: number,
  isBranching: boolean,
  language: FlowLanguage,
): string {
  const isConsent = screen.asked.length > 0 && screen.asked.every((one) => one.isConsent);
  if (isConsent) return flowText(language, 'consentTitle');
  if (screen.asked.length === 0) return flowText(language, index === count - 1 ? 'lastTitle' : 'moreDetails');
  if (count > 1 && !isBranching) return flowText(language, 'step', { number: index + 1, count });
  return flowText(language, index === 0 ? 'firstDetails' : 'moreDetails');
}
