import { consentQuestions, PROCESSING_CONSENT_ID } from '../form/consent-questions.ts';
import type { Design } from '../form/design.ts';
import { questionsOf } from '../form/evaluate-condition.ts';
import type { Consent, Form, HiddenField, Question, Statement } from '../form/form.ts';
import type { FlowLanguage } from './flow-texts.ts';
import { InputNamer } from './input-namer.ts';
import { planQuestion, type Plan } from './plan-question.ts';
import { resolveCondition, type Standing } from './resolve-condition.ts';

/** Text that stands before or after a question and is no question itself. */
export type TextPiece = { style: 'heading' | 'body' | 'caption'; text: string };

/** A question that will be asked, in its final place of the order. */
export type Asked = {
  plan: Plan;
  before: TextPiece[];
  after: TextPiece[];
  isConsent: boolean;
  /** Index of the screen in the design; undefined where the compiler decides. */
  designScreen?: number;
  /** A screen should rather start here than a little later: a page or a text of its own begins. */
  startsSection: boolean;
};

export type Refused = { question: Question; code: string };
export type Prepared = { asked: Asked[]; refused: Refused[]; closing: TextPiece[] };

type Entry = {
  question: Question;
  before: TextPiece[];
  after: TextPiece[];
  isConsent: boolean;
  startsSection: boolean;
};

/**
 * Everything that is asked, in order: design applied, dependants after the questions they hang on, conditions freed of what
 * is known beforehand, and everything that cannot be asked set aside with its reason.
 */
export function prepareQuestions(form: Form, design: Design, language: FlowLanguage): Prepared {
  const { entries, closing } = readEntries(form, design);
  const legal = form.consent ? consentEntries(form.consent) : { entries: [], closing: [] };
  const ordered = afterTheirParents(inDesignOrder(entries, design));
  const prepared: Prepared = { asked: [], refused: [], closing: [...closing, ...legal.closing] };
  const screenOf = designScreens(design);
  const standings = new Map<string, Standing>(form.hidden.map((field) => [field.id, { kind: 'hidden', field }]));
  const namer = new InputNamer();
  let texts: TextPiece[] = [];
  for (const entry of [...ordered, ...legal.entries]) {
    const decided = decide(entry, design, standings, namer, language);
    texts.push(...entry.before);
    if (decided.kind === 'refused') {
      prepared.refused.push(decided.refused);
      standings.set(entry.question.id, decided.standing);
      texts.push(...entry.after);
      continue;
    }
    standings.set(entry.question.id, { kind: 'asked', question: entry.question });
    prepared.asked.push({
      plan: decided.plan,
      before: texts,
      after: entry.after,
      isConsent: entry.isConsent,
      designScreen: screenOf.get(entry.question.id),
      startsSection: entry.startsSection,
    });
    texts = [];
  }
  prepared.closing.unshift(...texts);
  return prepared;
}

type Decided = { kind: 'asked'; plan: Plan } | { kind: 'refused'; refused: Refused; standing: Standing };

function decide(
  entry: Entry,
  design: Design,
  standings: ReadonlyMap<string, Standing>,
  namer: InputNamer,
  language: FlowLanguage,
): Decided {
  const { question } = entry;
  if (design.omitted?.includes(question.id) && !entry.isConsent) return refuse(question, 'left_out');
  const { visibleWhen } = question;
  const resolved = visibleWhen
    ? resolveCondition(visibleWhen, (id) => standings.get(id) ?? { kind: 'not-asked' })
    : null;
  if (resolved && !resolved.condition && !resolved.holds)
    return refuse(question, 'never_shown', neverAnswered(question));
  const shown: Question = { ...question, visibleWhen: resolved?.condition ?? undefined };
  // Asked of people whom the form would not have asked: they must be able to pass it by.
  const asked = resolved?.isLost ? optional(shown) : shown;
  const plan = planQuestion(asked, language, namer);
  if (plan.kind === 'refused') return refuse(question, plan.code);
  if (resolved?.isLost) plan.changes.unshift('condition_lost');
  return { kind: 'asked', plan };
}

/** The same question, but nobody has to answer it. */
export function optional(question: Question): Question {
  const relaxed = { ...question, required: false };
  return relaxed.kind === 'checkbox' ? { ...relaxed, mustAccept: false } : relaxed;
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

function readEntries(form: Form, design: Design): { entries: Entry[]; closing: TextPiece[] } {
  const entries: Entry[] = [];
  let texts = form.welcome ? piecesOf(form.welcome) : [];
  for (const page of form.pages) {
    let startsSection = true;
    if (page.title) texts.push({ style: 'heading', text: page.title });
    for (const item of page.items) {
      if (item.kind === 'statement') {
        texts.push(...piecesOf(item));
        startsSection = true;
        continue;
      }
      entries.push({ question: designed(item, design), before: texts, after: [], isConsent: false, startsSection });
      texts = [];
      startsSection = false;
    }
  }
  return { entries, closing: texts };
}

function piecesOf(statement: Statement): TextPiece[] {
  const pieces: TextPiece[] = [];
  if (statement.title) pieces.push({ style: 'heading', text: statement.title });
  if (statement.text) pieces.push({ style: 'body', text: statement.text });
  return pieces;
}

/** The question with the customer's own words and rules; a tick that must be given stays one. */
function designed(question: Question, design: Design): Question {
  const required = design.required?.[question.id] ?? question.required;
  const changed = {
    ...question,
    label: design.labels?.[question.id] ?? question.label,
    help: design.help?.[question.id] ?? question.help,
    required,
  };
  return changed.kind === 'checkbox' ? { ...changed, mustAccept: required } : changed;
}

/** The consent as it is read: text, box, footer; then the boxes for communications; then what else is said. */
function consentEntries(consent: Consent): { entries: Entry[]; closing: TextPiece[] } {
  const piece = (style: TextPiece['style'], text: string | undefined): TextPiece[] => (text ? [{ style, text }] : []);
  const entries = consentQuestions(consent).map((question): Entry => {
    return { question, before: [], after: [], isConsent: true, startsSection: false };
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
function afterTheirParents(entries: Entry[]): Entry[] {
  const present = new Set(entries.map((entry) => entry.question.id));
  const placed = new Set<string>();
  const ordered: Entry[] = [];
  let waiting: Entry[] = [];
  const isReady = ({ question }: Entry) =>
    !question.visibleWhen || questionsOf(question.visibleWhen).every((id) => !present.has(id) || placed.has(id));
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
