import { questionsById } from './compare-forms.ts';
import { movedQuestions } from './compare-layout.ts';
import { isConsentId } from './consent-questions.ts';
import type { Design } from './design.ts';
import type { Form, Question } from './form.ts';

/**
 * What became of one decision of the customer. `-dropped`: its question is gone. `own-…-kept`: the form has something else
 * now, the customer's own stays. `placed`: a new question got its place in the customer's order, behind `text`.
 */
export type DesignLine = {
  code:
    | 'label-dropped'
    | 'help-dropped'
    | 'required-dropped'
    | 'rule-dropped'
    | 'rule-shortened'
    | 'omitted-dropped'
    | 'document-number-dropped'
    | 'place-dropped'
    | 'screen-dropped'
    | 'own-label-kept'
    | 'own-help-kept'
    | 'own-required-kept'
    | 'own-rule-kept'
    | 'own-order-kept'
    | 'placed';
  /** Id of the question; of a screen its title. */
  question: string;
  label: string;
  /** The customer's text, or the label of the question it stands behind now. */
  text?: string;
};

type Facts = { before: ReadonlyMap<string, Question>; after: ReadonlyMap<string, Question> };
type Outcome<Part> = { value: Part | undefined; lines: DesignLine[] };
type Screens = NonNullable<Design['screens']>;

/**
 * The customer's design for the changed form: every decision about a question that is still there stays as it is, every other
 * one is dropped with a line, and new questions stand where the form has them. Pure; the same forms change nothing.
 */
export function reconcileDesign(design: Design, before: Form, after: Form): { design: Design; lines: DesignLine[] } {
  const facts: Facts = { before: questionsById(before), after: questionsById(after) };
  const lines: DesignLine[] = [];
  const entries = Object.entries(PARTS).flatMap(([part, reconcile]) => {
    const outcome = (reconcile as (design: Design, facts: Facts) => Outcome<unknown>)(design, facts);
    lines.push(...outcome.lines);
    return outcome.value === undefined ? [] : [[part, outcome.value] as const];
  });
  // Each part answers its own type, which the table's type holds.
  return { design: Object.fromEntries(entries) as Design, lines };
}

/** One entry per part of a design: a part that is added there must say here what a changed form does to it. */
const PARTS: { [Part in keyof Required<Design>]: (design: Design, facts: Facts) => Outcome<Design[Part]> } = {
  labels: ({ labels }, facts) => textsOf(labels, facts, 'label'),
  help: ({ help }, facts) => textsOf(help, facts, 'help'),
  required: ({ required }, facts) => {
    const lines = entriesGone(required, facts).map(([id]) => lineOf('required-dropped', id, facts));
    for (const [id, own] of entriesThere(required, facts)) {
      const [was, is] = [facts.before.get(id), facts.after.get(id)];
      if (was && is && was.required !== is.required && own !== is.required)
        lines.push(lineOf('own-required-kept', id, facts));
    }
    return { value: required && Object.fromEntries(entriesThere(required, facts)), lines };
  },
  shownWhen: ({ shownWhen }, facts) => rulesOf(shownWhen, facts),
  omitted: ({ omitted }, facts) => listOf(omitted, facts, 'omitted-dropped'),
  allowDocumentNumber: ({ allowDocumentNumber }, facts) =>
    listOf(allowDocumentNumber, facts, 'document-number-dropped'),
  screens: ({ screens }, facts) => screensOf(screens, facts),
  appointment: ({ appointment }) => ({ value: appointment, lines: [] }),
  submitLabel: ({ submitLabel }) => ({ value: submitLabel, lines: [] }),
  confirmIdentity: ({ confirmIdentity }) => ({ value: confirmIdentity, lines: [] }),
  mode: ({ mode }) => ({ value: mode, lines: [] }),
};

function lineOf(code: DesignLine['code'], id: string, facts: Facts, text?: string): DesignLine {
  const label = (facts.after.get(id) ?? facts.before.get(id))?.label ?? id;
  return { code, question: id, label, ...(text === undefined ? {} : { text }) };
}

function entriesThere<Value>(record: Record<string, Value> | undefined, { after }: Facts): [string, Value][] {
  return Object.entries(record ?? {}).filter(([id]) => after.has(id));
}

function entriesGone<Value>(record: Record<string, Value> | undefined, { after }: Facts): [string, Value][] {
  return Object.entries(record ?? {}).filter(([id]) => !after.has(id));
}

function textsOf(
  texts: Record<string, string> | undefined,
  facts: Facts,
  key: 'label' | 'help',
): Outcome<Record<string, string>> {
  const lines = entriesGone(texts, facts).map(([id, text]) => lineOf(`${key}-dropped`, id, facts, text));
  for (const [id, text] of entriesThere(texts, facts)) {
    const [was, is] = [facts.before.get(id), facts.after.get(id)];
    if (was && is && was[key] !== is[key] && is[key] !== text) lines.push(lineOf(`own-${key}-kept`, id, facts, text));
  }
  return { value: texts && Object.fromEntries(entriesThere(texts, facts)), lines };
}

/**
 * Own rules of when a question is shown. A part that looks at a question that is gone goes; a rule without any part left goes
 * too, and the form decides again: nobody misses a question because of it.
 */
function rulesOf(rules: Design['shownWhen'], facts: Facts): Outcome<NonNullable<Design['shownWhen']>> {
  const lines = entriesGone(rules, facts).map(([id]) => lineOf('rule-dropped', id, facts));
  const kept = entriesThere(rules, facts).flatMap(([id, rule]) => {
    const parts = rule?.parts.filter((part) => facts.after.has(part.question)) ?? [];
    if (rule && parts.length === 0) {
      lines.push(lineOf('rule-dropped', id, facts));
      return [];
    }
    if (rule && parts.length < rule.parts.length) lines.push(lineOf('rule-shortened', id, facts));
    else if (hasOtherRule(facts.before.get(id), facts.after.get(id))) lines.push(lineOf('own-rule-kept', id, facts));
    return [[id, rule && { ...rule, parts }] as const];
  });
  return { value: rules && Object.fromEntries(kept), lines };
}

function hasOtherRule(was: Question | undefined, is: Question | undefined): boolean {
  return was !== undefined && JSON.stringify(was.visibleWhen) !== JSON.stringify(is?.visibleWhen);
}

function listOf(ids: string[] | undefined, facts: Facts, code: DesignLine['code']): Outcome<string[]> {
  const gone = (ids ?? []).filter((id) => !facts.after.has(id));
  return {
    value: ids?.filter((id) => facts.after.has(id)),
    lines: gone.map((id) => lineOf(code, id, facts)),
  };
}

// --- screens ----------------------------------------------------------------------------------------------------------

function screensOf(screens: Screens | undefined, facts: Facts): Outcome<Screens> {
  if (!screens) return { value: undefined, lines: [] };
  const named = screens.flatMap((screen) => screen.questions);
  const lines = named.filter((id) => !facts.after.has(id)).map((id) => lineOf('place-dropped', id, facts));
  const kept: Screens = [];
  for (const screen of screens) {
    const questions = screen.questions.filter((id) => facts.after.has(id));
    if (questions.length > 0 || screen.questions.length === 0) kept.push({ ...screen, questions });
    else if (screen.title) lines.push({ code: 'screen-dropped', question: screen.title, label: screen.title });
  }
  const moved = movedQuestions([...facts.before.keys()], [...facts.after.keys()]);
  for (const id of named) if (moved.has(id)) lines.push(lineOf('own-order-kept', id, facts));
  return { value: kept, lines: [...lines, ...placeAdded(kept, facts)] };
}

/**
 * Puts new questions behind the nearest one before them in the form that has a place, else before the nearest one after
 * them. Consent always comes last by itself. Changes `screens`.
 */
function placeAdded(screens: Screens, facts: Facts): DesignLine[] {
  const order = [...facts.after.keys()];
  return order.flatMap((id, index): DesignLine[] => {
    const hasPlace = (one: string): boolean => screens.some(({ questions }) => questions.includes(one));
    if (facts.before.has(id) || isConsentId(id) || hasPlace(id)) return [];
    const previous = order.slice(0, index).findLast(hasPlace);
    const next = order.slice(index + 1).find(hasPlace);
    const neighbour = previous ?? next;
    const screen = neighbour && screens.find(({ questions }) => questions.includes(neighbour));
    if (!screen) return [];
    screen.questions.splice(screen.questions.indexOf(neighbour) + (previous ? 1 : 0), 0, id);
    return [lineOf('placed', id, facts, previous && (facts.after.get(previous)?.label ?? previous))];
  });
}
