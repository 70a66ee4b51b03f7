import type { Condition, Question } from '../form/form.ts';
import { COMFORT, LIMITS } from './limits.ts';
import type { Asked, TextPiece } from './prepare-questions.ts';
import { sayCondition } from './say-condition.ts';

/** Questions that are shown at once, before they become Flow JSON. */
export type PackedScreen = {
  asked: Asked[];
  /** Texts after the last question. */
  closing: TextPiece[];
  /** False when every question on it hangs on earlier screens. */
  isCertain: boolean;
  designScreen?: number;
};

/** How often the comfortable size may be exceeded before a form has more questions than a flow can hold. */
const CAPACITIES = [COMFORT.questionsPerScreen, 8, 12, 20, 60];

/**
 * Spreads the questions over screens: a handful of related ones at once (rows, and what hangs on an answer, stay together),
 * as even as they come, never over Meta's limits. A condition is decided by the phone when all it looks at stands on the
 * same screen and can be said there; otherwise its question goes to a later screen, where earlier answers decide.
 */
export function packScreens(asked: readonly Asked[], maxScreens: number): PackedScreen[] {
  const blocks = wholeSections(toBlocks(asked));
  for (const capacity of CAPACITIES) {
    const screens = packBlocks(blocks, capacity);
    if (screens.length > maxScreens) continue;
    return capacity === COMFORT.questionsPerScreen ? balance(blocks, capacity, screens) : screens;
  }
  return packBlocks(blocks, COMFORT.questionsPerScreen * 100);
}

/** The smallest capacity that needs no more screens: 3 and 3 instead of 5 and 1. */
function balance(blocks: Asked[][], capacity: number, screens: PackedScreen[]): PackedScreen[] {
  for (let smaller = 2; smaller < capacity; smaller += 0.5) {
    const tried = packBlocks(blocks, smaller);
    if (tried.length <= screens.length) return tried;
  }
  return screens;
}

/** Questions that belong together, as long as one screen can hold them. */
function toBlocks(asked: readonly Asked[]): Asked[][] {
  const blocks: Asked[][] = [];
  for (const one of asked) {
    const block = blocks.at(-1);
    if (block && belongsTo(one, block) && canJoin([one], block, COMFORT.questionsPerScreen + 3)) block.push(one);
    else blocks.push([one]);
  }
  return evenRows(blocks);
}

/** A grid of ten rows is five and five, not seven and three. */
function evenRows(blocks: readonly Asked[][]): Asked[][] {
  const even: Asked[][] = [];
  for (let index = 0; index < blocks.length;) {
    const block = blocks[index] ?? [];
    const group = groupOf(block);
    const isOfRun = (other: readonly Asked[]): boolean =>
      groupOf(other) === group && other[0]?.designScreen === block[0]?.designScreen;
    let end = index + 1;
    while (group !== undefined && isOfRun(blocks[end] ?? [])) end += 1;
    const run = blocks.slice(index, end);
    const rows = run.flat();
    const size = Math.ceil(rows.length / run.length);
    const parts = run.map((_, part) => rows.slice(part * size, (part + 1) * size)).filter((part) => part.length > 0);
    const fit = parts.every(([first, ...rest]) => first && canJoin(rest, [first], COMFORT.questionsPerScreen + 3));
    even.push(...(run.length > 1 && fit ? parts : run));
    index = end;
  }
  return even;
}

/** The group that all questions of a block are of. */
function groupOf(block: readonly Asked[]): string | undefined {
  const groups = new Set(block.map((one) => one.plan.question.group));
  const [group] = groups;
  return groups.size === 1 && !block.some((one) => isContinued(one)) ? group : undefined;
}

function belongsTo(one: Asked, block: readonly Asked[]): boolean {
  const last = block.at(-1);
  if (!last || one.designScreen !== last.designScreen || one.isConsent !== last.isConsent) return false;
  if (isContinued(one)) return false;
  if (one.isConsent) return true;
  const { group } = one.plan.question;
  if (group !== undefined && group === last.plan.question.group) return true;
  // A text stands with the question it introduces.
  if (last.isNote && measuresOf(one).condition === measuresOf(last).condition) return true;
  if (one.startsSection) return false;
  const inBlock = idsOf(block);
  return one.parts.some((part) => part.questions.some((id) => inBlock.has(id)));
}

function isContinued({ plan: { share } }: Asked): boolean {
  return share !== undefined && share.number > 1;
}

function packBlocks(blocks: readonly Asked[][], capacity: number): PackedScreen[] {
  const screens: Asked[][] = [];
  for (const block of blocks) {
    const screen = screens.at(-1);
    if (screen && mayShare(block, screen, capacity)) screen.push(...block);
    else screens.push([...block]);
  }
  return screens.map(toScreen);
}

/** A page of the form that fits on one screen stays together. */
function wholeSections(blocks: readonly Asked[][]): Asked[][] {
  const joined: Asked[][] = [];
  for (let index = 0; index < blocks.length;) {
    let end = index + 1;
    while (blocks[end] && !blocks[end]?.[0]?.startsSection && !blocks[end]?.[0]?.isConsent) end += 1;
    const section = blocks.slice(index, end);
    const [first = [], ...rest] = section;
    const designScreens = new Set(section.flat().map((one) => one.designScreen));
    const isWhole = designScreens.size === 1 && canJoin(rest.flat(), first, COMFORT.questionsPerScreen);
    joined.push(...(isWhole ? [section.flat()] : section));
    index = end;
  }
  return joined;
}

function mayShare(block: readonly Asked[], screen: readonly Asked[], capacity: number): boolean {
  const [first] = block;
  const last = screen.at(-1);
  if (!first || !last || first.designScreen !== last.designScreen) return false;
  // More boxes of the same question come on a screen of their own, wherever the customer's screens break.
  if (isContinued(first) && first.owner === last.owner && capacity <= COMFORT.questionsPerScreen) return false;
  if (first.designScreen !== undefined) return canJoin(block, screen, Infinity);
  if (first.isConsent && textLength(block) > 600) return false;
  if (first.startsSection && !first.isConsent && weightOf(screen) >= COMFORT.questionsPerScreen / 2) return false;
  return canJoin(block, screen, capacity);
}

function toScreen(asked: Asked[]): PackedScreen {
  return {
    asked,
    closing: [],
    isCertain: isCertain(asked),
    designScreen: asked[0]?.designScreen,
  };
}

export function isCertain(asked: readonly Asked[]): boolean {
  return asked.some((one) => one.plan.question.visibleWhen === undefined);
}

// --- what fits ----------------------------------------------------------------------------------------------------------

function canJoin(added: readonly Asked[], screen: readonly Asked[], capacity: number): boolean {
  const all = [...screen, ...added];
  return (
    weightOf(all) <= capacity &&
    componentsOf(all) <= LIMITS.componentsPerScreen &&
    all.reduce((sum, one) => sum + one.plan.optIns, 0) <= LIMITS.optInsPerScreen &&
    (all.length === 1 || !all.some(standsAlone)) &&
    countOf(all, 'links') <= LIMITS.linksPerScreen &&
    countOf(all, 'images') <= LIMITS.imagesPerScreen &&
    all.every((one) => !one.recalls.some((id) => all.some((other) => other.plan.question.id === id))) &&
    added.every((one) => conditionsFit(one, all))
  );
}

/**
 * A picker has a screen of its own: it forgets its files when the screen is drawn again (flow-rules.md section 2). So have the free
 * times of a day, which only the server knows.
 */
function standsAlone(one: Asked): boolean {
  return one.plan.question.kind === 'file' || one.plan.question.kind === 'appointment';
}

/** Each part of the condition is either wholly about this screen and can be said by the phone, or wholly about earlier ones. */
function conditionsFit(one: Asked, screen: readonly Asked[]): boolean {
  const ids = idsOf(screen);
  return one.parts.every(({ condition, questions }) => {
    const here = questions.filter((id) => ids.has(id));
    if (here.length === 0) return true;
    return here.length === questions.length && sayOnScreen(condition, screen, one) !== null;
  });
}

/** A part of the condition of `one` in the words of the phone, when it looks at nothing but this screen. */
export function sayOnScreen(condition: Condition, screen: readonly Asked[], one: Asked): string | null {
  return sayCondition(condition, (id) => {
    const asked = screen.find((other) => other.plan.question.id === id);
    const plan = asked?.plan;
    return plan
      ? { question: knownFor(one, asked), inputs: plan.inputs, reference: `form.${plan.inputs[0]?.name ?? ''}` }
      : null;
  });
}

/** The question as it is looked at from `one`, whose own condition may already say that it is shown. */
export function knownFor(one: Asked, looked: Asked): Question {
  const { question } = looked.plan;
  const own = new Set(one.parts.map((part) => JSON.stringify(part.condition)));
  if (!looked.parts.every((part) => own.has(JSON.stringify(part.condition)))) return question;
  const { visibleWhen: _when, ...shown } = question;
  return shown;
}

function idsOf(asked: readonly Asked[]): Set<string> {
  return new Set(asked.map((one) => one.plan.question.id));
}

/** What is shown only sometimes counts half, but what then comes with it counts in full; long texts count too. */
function weightOf(asked: readonly Asked[]): number {
  const conditions = new Set<string>();
  return asked.reduce((sum, one) => {
    const { condition, text } = measuresOf(one);
    const isFirst = condition !== 'null' && !conditions.has(condition);
    conditions.add(condition);
    return sum + one.plan.weight * (isFirst ? 0.5 : 1) + Math.min(2, text / 500);
  }, 0);
}

/** What packing asks of every question again and again, as long as a form is: looked at once. */
type Measures = { condition: string; text: number; components: number; links: number; images: number };
const measures = new WeakMap<Asked, Measures>();

function measuresOf(one: Asked): Measures {
  const known = measures.get(one);
  if (known) return known;
  const pieces = [...one.before, ...one.after];
  const count = (style: TextPiece['style'], type: string) =>
    pieces.filter((piece) => piece.style === style).length +
    one.plan.components.filter(({ component }) => component.type === type).length;
  const measured: Measures = {
    condition: JSON.stringify(one.plan.question.visibleWhen ?? null),
    text: pieces.reduce((sum, piece) => sum + piece.text.length, 0),
    components: one.plan.components.length + countPieces(pieces),
    links: count('link', 'EmbeddedLink'),
    images: count('image', 'Image'),
  };
  measures.set(one, measured);
  return measured;
}

/** Whether a screen with these questions takes these texts below them as well. */
export function takesPieces(asked: readonly Asked[], pieces: readonly TextPiece[]): boolean {
  const added = (style: 'image' | 'link') => pieces.filter((piece) => piece.style === style).length;
  return (
    !asked.some(standsAlone) &&
    componentsOf(asked) + countPieces(pieces) <= LIMITS.componentsPerScreen &&
    countOf(asked, 'links') + added('link') <= LIMITS.linksPerScreen &&
    countOf(asked, 'images') + added('image') <= LIMITS.imagesPerScreen
  );
}

/** Pictures or links among the texts: a screen takes only so many. */
function countOf(asked: readonly Asked[], style: 'links' | 'images'): number {
  return asked.reduce((sum, one) => sum + measuresOf(one)[style], 0);
}

function textLength(asked: readonly Asked[]): number {
  return asked.reduce((sum, one) => sum + measuresOf(one).text, 0);
}

/** Components of a screen with its footer and the texts around the questions. */
export function componentsOf(asked: readonly Asked[]): number {
  return asked.reduce((sum, one) => sum + measuresOf(one).components, 1);
}

export function countPieces(pieces: readonly TextPiece[]): number {
  return pieces.reduce((sum, piece) => sum + Math.max(1, Math.ceil(piece.text.length / (LIMITS.body / 2))), 0);
}

// --- routing ------------------------------------------------------------------------------------------------------------

/**
 * Keeps every screen within ten branches (flow-rules.md section 1.3): a row of conditional screens longer than `maxRun` is
 * first joined, then broken by a screen that everyone sees.
 */
export function limitBranches(screens: readonly PackedScreen[], maxRun: number): PackedScreen[] {
  const limited: PackedScreen[] = [];
  let index = 0;
  while (index < screens.length) {
    const screen = screens[index];
    if (!screen) break;
    let end = index;
    while (screens[end] && !screens[end]?.isCertain) end += 1;
    if (end === index) limited.push(screen);
    else limited.push(...shortened(screens.slice(index, end), maxRun));
    index = Math.max(end, index + 1);
  }
  return limited;
}

function shortened(run: readonly PackedScreen[], maxRun: number): PackedScreen[] {
  if (run.length <= maxRun) return [...run];
  const tries = [...CAPACITIES, Infinity].map((capacity) => joinedRun(run, capacity));
  const joined = tries.find((tried) => tried.length <= maxRun) ?? tries.at(-1) ?? [];
  return joined.flatMap((screen, index) => {
    const needsBreak = index > 0 && index % maxRun === 0;
    return needsBreak ? [{ asked: [], closing: [], isCertain: true }, screen] : [screen];
  });
}

function joinedRun(run: readonly PackedScreen[], capacity: number): PackedScreen[] {
  const joined: PackedScreen[] = [];
  for (const screen of run) {
    const last = joined.at(-1);
    if (last && canJoin(screen.asked, last.asked, capacity))
      joined[joined.length - 1] = toScreen([...last.asked, ...screen.asked]);
    else joined.push(screen);
  }
  return joined;
}
