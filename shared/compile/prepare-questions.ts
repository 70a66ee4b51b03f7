import { consentQuestions, PROCESSING_CONSENT_ID } from '../form/consent-questions.ts';
import type { Design } from '../form/design.ts';
import { questionsOf, questionsOfValue } from '../form/evaluate-condition.ts';
import type {
  Condition,
  Consent,
  Definitions,
  Form,
  HiddenField,
  Image,
  Page,
  Question,
  Statement,
} from '../form/form.ts';
import { hasRecall, splitRecall } from '../form/recall.ts';
import { toShownCondition } from '../form/shown-when.ts';
import { isLinkable } from '../form/link-in.ts';
import { ownMember } from '../form/own-member.ts';
import type { FlowLanguage } from './flow-texts.ts';
import { InputNamer } from './input-namer.ts';
import { LIMITS } from './limits.ts';
import type { Mode } from './place-screens.ts';
import { planNote, planQuestion, splitWords, type Plan, type PlannedQuestion } from './plan-question.ts';
import { aroundQuestion, spreadTexts } from './spread-texts.ts';
import { shareFiles, TAKES_FILES, type FileShares } from './share-files.ts';
import { conjunctsOf, resolveCondition, type Standing } from './resolve-condition.ts';
import { utf8Length } from './utf8-length.ts';

/**
 * What stands before or after a question and is no question itself. `source` is the id of the statement it comes from, for
 * its line in the report. A picture's `src` is base64.
 */
export type TextPiece = { text: string; source?: string } & (
  { style: 'heading' | 'body' | 'caption' } | { style: 'image'; src: string } | { style: 'link'; url: string }
);

/** Pictures by their address, as base64: they arrive beside the form, since the compiler does no I/O. */
export type Assets = Readonly<Record<string, string>>;

/** A question that will be asked, in its final place of the order. */
export type Asked = {
  plan: Plan;
  /** Id of the question it belongs to: its own, or that of the question whose text it is. */
  owner: string;
  before: TextPiece[];
  after: TextPiece[];
  /** Ids of the statements whose texts are among the components of the plan. */
  sources: string[];
  isConsent: boolean;
  /** A text of its own that hangs on a condition; nothing is asked. */
  isNote: boolean;
  /** What must all hold for it to be shown, and the questions each part looks at, also by way of definitions. */
  parts: { condition: Condition; questions: string[] }[];
  /** Ids of the questions whose answers are shown in its texts: they must stand on an earlier screen. */
  recalls: string[];
  /** Index of the screen in the design; undefined where the compiler decides. */
  designScreen?: number;
  /** A screen should rather start here than a little later: a page or a text of its own begins. */
  startsSection: boolean;
};

export type Refused = { question: Question; code: string };
/** `unseen`: ids of texts whose condition can never be met. */
export type Prepared = { asked: Asked[]; refused: Refused[]; closing: TextPiece[]; unseen: Set<string> };

type Entry = {
  question: Question;
  before: TextPiece[];
  after: TextPiece[];
  isConsent: boolean;
  isNote: boolean;
  startsSection: boolean;
};

/** What the whole compilation knows. */
export type Surroundings = {
  language: FlowLanguage;
  definitions: Definitions;
  unreachable: ReadonlySet<string>;
  assets: Assets;
  /** Where it is decided beforehand: a light flow takes fewer files. */
  mode?: Mode;
  /** What is left for questions and for pictures, in bytes of Flow JSON: used up as they are planned. */
  room: { questions: number; pictures: number };
};

/**
 * Everything that is asked, in order: design applied, dependants after the questions they hang on, conditions freed of what
 * is known beforehand, and everything that cannot be asked set aside with its reason.
 */
export function prepareQuestions(form: Form, design: Design, around: Surroundings): Prepared {
  const { definitions } = around;
  const { entries, closing } = readEntries(form, design, around);
  const legal = form.consent ? consentEntries(form.consent) : { entries: [], closing: [] };
  const ordered = afterTheirParents(inDesignOrder(entries, design), definitions);
  const prepared: Prepared = {
    asked: [],
    refused: [],
    closing: [...closing, ...legal.closing],
    unseen: new Set(),
  };
  const screenOf = designScreens(design);
  const standings = new Map<string, Standing>(form.hidden.map((field) => [field.id, { kind: 'hidden', field }]));
  const namer = new InputNamer();
  const files = TAKES_FILES[form.source]
    ? shareFiles(
        ordered.map(({ question }) => question),
        around.mode,
      )
    : new Map<string, number>();
  let texts: TextPiece[] = [];
  for (const entry of [...ordered, ...legal.entries]) {
    const decided = decide(entry, design, standings, namer, { ...around, files });
    const isRefused = decided.kind === 'refused';
    // The picture of a question that is not asked says nothing to anybody.
    texts.push(...entry.before.filter((piece) => !isRefused || piece.source !== entry.question.id));
    if (isRefused) {
      if (entry.isNote) prepared.unseen.add(entry.question.id);
      else prepared.refused.push(decided.refused);
      standings.set(entry.question.id, decided.standing);
      texts.push(...entry.after);
      continue;
    }
    if (!entry.isNote) standings.set(entry.question.id, { kind: 'asked', question: entry.question });
    const words = splitWords(decided.plan);
    const { continued } = decided;
    // What comes after the question comes after the last of its screens.
    const own = continued.length === 0 ? entry.after : [];
    // What stands before the question stands before its own words too.
    const { earlier, before, after, later } =
      words.above.length === 0
        ? aroundQuestion(texts, own, words.plan)
        : { ...aroundQuestion([], own, words.plan), earlier: spreadTexts(texts) };
    const designScreen = screenOf.get(entry.question.id);
    const place = { question: decided.plan.question, isConsent: entry.isConsent, designScreen };
    const above = [
      ...earlier.map((pieces) => ({ pieces, plan: null })),
      ...words.above.map((plan) => ({ pieces: [], plan })),
    ];
    prepared.asked.push(...above.map((part, index) => textsAbove(part, place, index, around)));
    const asked: Asked = {
      isNote: entry.isNote,
      sources: [],
      parts: partsOf(decided.plan.question.visibleWhen, definitions),
      recalls: recallsOf([...before, ...after], words.plan, definitions),
      plan: words.plan,
      owner: entry.question.id,
      before,
      after,
      isConsent: entry.isConsent,
      designScreen,
      startsSection: entry.startsSection,
    };
    prepared.asked.push(asked);
    texts = later;
    continued.forEach((plan, index) => {
      const { after, later } = aroundQuestion([], index === continued.length - 1 ? entry.after : [], plan);
      const recalls = recallsOf(after, plan, definitions);
      prepared.asked.push({ ...asked, plan, before: [], after, recalls, startsSection: false });
      texts = later;
    });
  }
  const closingTexts = withoutEmptyHeadings(form, prepared, texts);
  const parts = spreadTexts([...closingTexts, ...prepared.closing]);
  prepared.closing = parts.pop() ?? [];
  const end = { question: noteQuestion('closing', undefined), isConsent: false, designScreen: undefined };
  prepared.asked.push(...parts.map((pieces, index) => textsAbove({ pieces, plan: null }, end, index, around)));
  return prepared;
}

/**
 * The words above a group or a page none of whose questions can be asked would announce what does not come: nobody sees them.
 * A text that the tool counts as a field of its own is there for itself, and keeps its page.
 */
function withoutEmptyHeadings(
  { groups = [], pages }: Form,
  prepared: Prepared,
  texts: readonly TextPiece[],
): TextPiece[] {
  const refused = new Set(prepared.refused.map(({ question }) => question.id));
  const emptyPages = pages.filter(
    ({ items }) =>
      items.some((item) => item.kind !== 'statement') &&
      items.every((item) => (item.kind === 'statement' ? !item.isListed : refused.has(item.id))),
  );
  const headings = new Set([
    ...groups.flatMap(({ members, heading }) => (members.every((id) => refused.has(id)) ? (heading ?? []) : [])),
    ...emptyPages.flatMap((page) => [titleOf(page), ...page.items.map((item) => item.id)]),
  ]);
  const stays = (piece: TextPiece) => piece.source === undefined || !headings.has(piece.source);
  for (const one of prepared.asked) {
    one.before = one.before.filter(stays);
    one.after = one.after.filter(stays);
  }
  prepared.asked = prepared.asked.filter((one) => !one.isNote || !headings.has(one.owner));
  return texts.filter(stays);
}

/** Texts that a question's own screen cannot take, shown before it whenever it is. */
function textsAbove(
  { pieces, plan: planned }: { pieces: TextPiece[]; plan: Plan | null },
  { question, isConsent, designScreen }: Pick<Asked, 'isConsent' | 'designScreen'> & { question: Question },
  index: number,
  { language, definitions }: Surroundings,
): Asked {
  const note = noteQuestion(`${question.id}/above-${index + 1}`, question.visibleWhen);
  const plan = planned ? { ...planned, question: note } : planNote(note, pieces, language);
  return {
    plan,
    owner: question.id,
    before: [],
    after: [],
    sources: pieces.flatMap((piece) => piece.source ?? []),
    isConsent,
    isNote: true,
    parts: partsOf(question.visibleWhen, definitions),
    recalls: recallsOf(pieces, plan, definitions),
    designScreen,
    startsSection: true,
  };
}

function partsOf(visibleWhen: Condition | undefined, definitions: Definitions): Asked['parts'] {
  return conjunctsOf(visibleWhen).map((condition) => ({ condition, questions: questionsOf(condition, definitions) }));
}

type Decided =
  { kind: 'asked'; plan: Plan; continued: readonly Plan[] } | { kind: 'refused'; refused: Refused; standing: Standing };

function decide(
  entry: Entry,
  design: Design,
  standings: ReadonlyMap<string, Standing>,
  namer: InputNamer,
  { language, unreachable, assets, files, room }: Surroundings & { files: FileShares },
): Decided {
  const { question } = entry;
  if (unreachable.has(question.id) && ownMember(design.shownWhen ?? {}, question.id) === undefined)
    return refuse(question, 'unreachable', neverAnswered(question));
  if (design.omitted?.includes(question.id) && !entry.isConsent) return refuse(question, 'left_out');
  const { visibleWhen } = question;
  const resolved = visibleWhen
    ? resolveCondition(visibleWhen, (id) => standings.get(id) ?? { kind: 'not-asked' })
    : null;
  if (resolved && !resolved.condition && !resolved.holds)
    return refuse(question, isHiddenInTool(question) ? 'hidden_in_tool' : 'never_shown', neverAnswered(question));
  const shown: Question = { ...question, visibleWhen: resolved?.condition ?? undefined };
  if (entry.isNote) return { kind: 'asked', plan: planNote(shown, entry.before.splice(0), language), continued: [] };
  // Asked of people whom the form would not have asked: they must be able to pass it by.
  const asked = resolved?.isLost ? optional(shown) : shown;
  const picturesBefore = room.pictures;
  const plan = planQuestion(asked, language, namer, { assets, files, room });
  if (plan.kind === 'refused') return refuse(question, plan.code);
  // Without its consent a form cannot be sent: its words have room of their own, as pictures have.
  const size = entry.isConsent ? 0 : sizeOf(plan) - (picturesBefore - room.pictures);
  if (size > room.questions) return refuse(question, 'flow_too_large');
  room.questions -= size;
  if (resolved?.isLost) plan.changes.unshift('condition_lost');
  return { kind: 'asked', plan, continued: plan.continued };
}

/** Bytes in the Flow JSON, about: a character takes three at most, and a condition stands in two places. */
function sizeOf(planned: PlannedQuestion): number {
  const condition = JSON.stringify(planned.question.visibleWhen ?? '').length;
  return [planned, ...planned.continued].reduce(
    (sum, { components }) => sum + utf8Length(JSON.stringify(components)) + 2 * condition * components.length,
    0,
  );
}

/** The same question, but nobody has to answer it. */
export function optional(question: Question): Question {
  const relaxed = { ...question, required: false };
  return relaxed.kind === 'checkbox' ? { ...relaxed, mustAccept: false } : relaxed;
}

function isHiddenInTool({ remarks = [] }: Question): boolean {
  return remarks.includes('hidden_in_tool');
}

function refuse(question: Question, code: string, standing: Standing = { kind: 'not-asked' }): Decided {
  return { kind: 'refused', refused: { question, code }, standing };
}

/** A question that is never shown is never answered: conditions on it can be decided. */
function neverAnswered(question: Question): Standing {
  const field: HiddenField = { id: question.id, label: question.label, origin: {} };
  return { kind: 'hidden', field };
}

// --- reading --------------------------------------------------------------------------------------------------------

function readEntries(form: Form, design: Design, around: Surroundings): { entries: Entry[]; closing: TextPiece[] } {
  const entries: Entry[] = [];
  let texts = form.welcome ? piecesOf(form.welcome, around) : [];
  const kinds = new Map(form.pages.flatMap((page) => page.items.map((item) => [item.id, item.kind] as const)));
  const kindOf = (id: string) => {
    const kind = kinds.get(id);
    return kind === 'statement' ? undefined : kind;
  };
  const addNote = (id: string, pieces: TextPiece[], visibleWhen: Condition) => {
    spreadTexts(pieces).forEach((part, index) => {
      const question = noteQuestion(index === 0 ? id : `${id}/${index + 1}`, visibleWhen);
      entries.push({ question, before: part, after: [], isConsent: false, isNote: true, startsSection: index === 0 });
    });
  };
  for (const page of form.pages) {
    let startsSection = true;
    if (page.title) {
      const title: TextPiece = { style: 'heading', text: page.title, source: titleOf(page) };
      const [first] = page.items;
      // The title of a page that not everybody sees is not shown to everybody either.
      if (first?.visibleWhen) addNote(titleOf(page), [title], first.visibleWhen);
      else texts.push(title);
    }
    for (const item of page.items) {
      if (item.kind === 'statement') {
        startsSection = true;
        if (around.unreachable.has(item.id)) continue;
        if (item.visibleWhen) addNote(item.id, piecesOf(item, around), item.visibleWhen);
        else texts.push(...piecesOf(item, around));
        continue;
      }
      const asked = designed(item, design, kindOf);
      const before = asked.visibleWhen ? [] : texts;
      if (asked.visibleWhen) {
        // What stands above a question that is shown only sometimes is for everybody.
        const last = entries.at(-1);
        if (last && !last.question.visibleWhen) last.after.push(...texts);
        else before.push(...texts);
      }
      entries.push({
        question: asked,
        before: [...before, ...picturePieces(item.image, item.id, around)],
        after: [],
        isConsent: false,
        isNote: false,
        startsSection,
      });
      texts = [];
      startsSection = false;
    }
  }
  return { entries, closing: texts };
}

function titleOf(page: Page): string {
  return `${page.id}/title`;
}

/** A text of its own in the place of a question, so that conditions, screens and order treat it like one. */
function noteQuestion(id: string, visibleWhen: Condition | undefined): Question {
  return { kind: 'unsupported', rawType: 'note', id, label: '', required: false, visibleWhen, origin: {} };
}

function piecesOf(statement: Statement, around: Surroundings): TextPiece[] {
  const { id: source, title, text, linkUrl } = statement;
  const pieces: TextPiece[] = [];
  if (title) pieces.push({ style: 'heading', text: title, source });
  if (text) pieces.push({ style: 'body', text, source });
  pieces.push(...picturePieces(statement.image, source, around));
  if (linkUrl && isLinkable(linkUrl)) pieces.push({ style: 'link', text: '', url: linkUrl, source });
  return pieces;
}

/** The picture itself where its bytes are at hand, else a link to it. */
function picturePieces(image: Image | undefined, source: string, { assets, room }: Surroundings): TextPiece[] {
  if (!image) return [];
  const src = ownMember(assets, image.url);
  if (src !== undefined && src.length <= Math.min(LIMITS.imageBase64, room.pictures)) {
    room.pictures -= src.length;
    return [{ style: 'image', text: image.alt?.trim() ?? '', src, source }];
  }
  return isLinkable(image.url) ? [{ style: 'link', text: wordsOf(image.alt ?? ''), url: image.url, source }] : [];
}

/** Nothing for the name of a file, which tools take for the description of a picture when nobody writes one. */
function wordsOf(alt: string): string {
  const words = alt.trim();
  return /^\S*[-_.\d]\S*$/.test(words) ? '' : words;
}

/** Questions whose answers stand in these texts, also by way of a variable. */
function recallsOf(pieces: readonly TextPiece[], plan: Plan, definitions: Definitions): string[] {
  const texts = [...pieces.map((piece) => piece.text), ...plan.components.map((one) => JSON.stringify(one.component))];
  const places = texts.filter(hasRecall).flatMap(splitRecall);
  const ids = places.flatMap((part) => {
    if (typeof part === 'string' || part.kind === 'hidden') return [];
    return part.kind === 'answer' ? [part.id] : questionsOfValue({ op: 'ref', name: part.id }, definitions);
  });
  return [...new Set(ids)];
}

/** The question with the customer's own words and rules; a tick that must be given stays one. */
function designed(question: Question, design: Design, kindOf: (id: string) => Question['kind'] | undefined): Question {
  const { id } = question;
  const required = ownMember(design.required ?? {}, id) ?? question.required;
  const rule = ownMember(design.shownWhen ?? {}, id);
  const changed = {
    ...question,
    ...(rule === undefined ? {} : { visibleWhen: rule ? toShownCondition(rule, kindOf) : undefined }),
    label: ownMember(design.labels ?? {}, id) ?? question.label,
    help: ownMember(design.help ?? {}, id) ?? question.help,
    required,
  };
  return changed.kind === 'checkbox' ? { ...changed, mustAccept: required } : changed;
}

/** The consent as it is read: text, box, footer; then the boxes for communications; then what else is said. */
function consentEntries(consent: Consent): { entries: Entry[]; closing: TextPiece[] } {
  const piece = (style: 'body' | 'caption', text: string | undefined): TextPiece[] => (text ? [{ style, text }] : []);
  const entries = consentQuestions(consent).map((question): Entry => {
    return { question, before: [], after: [], isConsent: true, isNote: false, startsSection: false };
  });
  const processing = entries.find(({ question }) => question.id === PROCESSING_CONSENT_ID);
  const firstBox = entries.find(({ question }) => question.id !== PROCESSING_CONSENT_ID);
  const closing: TextPiece[] = [];
  if (firstBox) firstBox.before.push(...piece('body', consent.communicationText));
  else closing.push(...piece('body', consent.communicationText));
  if (processing) {
    // This box comes before those for communications, since nothing can be sent without it.
    const isLabel = consent.processingText === processing.question.label;
    processing.before.push(...piece('body', isLabel ? undefined : consent.processingText));
    processing.after.push(...piece('caption', consent.processingFooter));
  } else {
    closing.push(...piece('body', consent.processingText), ...piece('caption', consent.processingFooter));
  }
  closing.push(...piece('caption', consent.privacyText));
  const [first] = entries;
  if (first) first.startsSection = true;
  return { entries, closing };
}

// --- order ------------------------------------------------------------------------------------------------------------

function designScreens(design: Design): Map<string, number> {
  return new Map(design.screens?.flatMap((screen, index) => screen.questions.map((id) => [id, index] as const)));
}

function inDesignOrder(entries: Entry[], design: Design): Entry[] {
  if (!design.screens) return entries;
  const rank = new Map(design.screens.flatMap((screen) => screen.questions).map((id, index) => [id, index]));
  const last = rank.size;
  return entries.toSorted(
    (left, right) => (rank.get(left.question.id) ?? last) - (rank.get(right.question.id) ?? last),
  );
}

/** Puts each question behind the ones its condition looks at, and otherwise leaves the order alone. */
function afterTheirParents(entries: Entry[], definitions: Definitions): Entry[] {
  const present = new Set(entries.map((entry) => entry.question.id));
  const placed = new Set<string>();
  const ordered: Entry[] = [];
  let waiting: Entry[] = [];
  const isReady = ({ question }: Entry) =>
    !question.visibleWhen ||
    questionsOf(question.visibleWhen, definitions).every((id) => !present.has(id) || placed.has(id));
  const place = (entry: Entry) => {
    ordered.push(entry);
    placed.add(entry.question.id);
  };
  for (const entry of entries) {
    if (!isReady(entry)) {
      waiting.push(entry);
      continue;
    }
    place(entry);
    for (let ready = waiting.find(isReady); ready; ready = waiting.find(isReady)) {
      const found = ready;
      waiting = waiting.filter((other) => other !== found);
      place(found);
    }
  }
  // What is left waits for itself in a circle; its conditions are found to look at questions not asked yet.
  return [...ordered, ...waiting];
}
