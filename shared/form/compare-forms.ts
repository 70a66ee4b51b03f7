import { canonical } from './canonical.ts';
import { compareLayout, compareTexts, movedQuestions } from './compare-layout.ts';
import { consentQuestions } from './consent-questions.ts';
import type { Choice, Form, HiddenField, Question, QuestionKind, Rule } from './form.ts';

/** One thing about a question that is not what it was. Texts are as the tool has them. */
export type QuestionChange =
  | { code: 'added'; required: boolean }
  | { code: 'removed' }
  | { code: 'renamed'; from: string; to: string }
  | { code: 'kind-changed'; from: QuestionKind; to: QuestionKind }
  | { code: 'required-changed'; required: boolean }
  | { code: 'choice-added' | 'choice-removed'; choice: string }
  | { code: 'choice-renamed'; from: string; to: string }
  | { code: 'choices-moved' }
  | { code: 'moved'; after: string | null }
  /** When it is asked, or where the form goes on after it. */
  | { code: 'rules-changed' }
  | { code: 'help-changed' }
  /** Limits, default, formats: what is asked is the same, what is accepted may not be. */
  | { code: 'details-changed' };

/** What is not the same in the form as a whole. */
export type FormChange =
  | { code: 'form-renamed'; from: string; to: string }
  | { code: 'language-changed'; from: string; to: string }
  | { code: 'consent-changed' }
  | { code: 'hidden-added' | 'hidden-removed' | 'hidden-changed'; label: string }
  | { code: 'text-added' | 'text-removed' | 'text-changed'; text: string }
  | { code: 'ending-changed' }
  /** Jumps and calculations that belong to no question, variables, named conditions. */
  | { code: 'form-rules-changed' }
  /** Pages, and what stands together on them. */
  | { code: 'layout-changed' };

export type QuestionDifference = { question: string; label: string; changes: QuestionChange[] };
export type FormDifference = { questions: QuestionDifference[]; form: FormChange[] };

/**
 * What a person must know of a changed form: question by question by the tool's stable ids, in the order of the new form with
 * the removed ones where they stood, then what concerns the whole. Empty exactly when both forms would be asked and written
 * back alike, whatever their revision. Pure; never throws.
 */
export function compareForms(before: Form, after: Form): FormDifference {
  const old = questionsById(before);
  const young = questionsById(after);
  const moved = movedQuestions([...old.keys()], [...young.keys()]);
  const rules = { before: rulesByPlace(before), after: rulesByPlace(after) };
  const questions = inReadingOrder([...old.keys()], [...young.keys()]).flatMap((id): QuestionDifference[] => {
    const [was, is] = [old.get(id), young.get(id)];
    if (!is) return was ? [{ question: id, label: was.label, changes: [{ code: 'removed' }] }] : [];
    if (!was) return [{ question: id, label: is.label, changes: [{ code: 'added', required: is.required }] }];
    const changes = compareQuestions(was, is);
    if (rules.before.get(id) !== rules.after.get(id) && !changes.some(({ code }) => code === 'rules-changed'))
      changes.push({ code: 'rules-changed' });
    const after = moved.get(id);
    if (after !== undefined) changes.push({ code: 'moved', after: labelOf(after, young) });
    return changes.length > 0 ? [{ question: id, label: is.label, changes }] : [];
  });
  const stays = (id: string): boolean => old.has(id) && young.has(id) && !moved.has(id);
  return { questions, form: compareWholes(before, after, stays, rules) };
}

/** True when nothing changed that anybody would see, hear of or get. */
export function isSameForm(difference: FormDifference): boolean {
  return difference.questions.length === 0 && difference.form.length === 0;
}

/** Every question of a form by id, in its order, with the boxes of its consent at the end. A doubled id counts once. */
export function questionsById(form: Form): Map<string, Question> {
  const asked = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const found = new Map<string, Question>();
  for (const question of [...asked, ...(form.consent ? consentQuestions(form.consent) : [])])
    if (!found.has(question.id)) found.set(question.id, question);
  return found;
}

function labelOf(id: string | null, questions: ReadonlyMap<string, Question>): string | null {
  return id === null ? null : (questions.get(id)?.label ?? id);
}

/** The new order, with each removed question behind the one it stood behind. */
function inReadingOrder(before: readonly string[], after: readonly string[]): string[] {
  const order = [...after];
  const known = new Set(order);
  before.forEach((id, index) => {
    if (known.has(id)) return;
    const previous = before[index - 1];
    order.splice(previous === undefined ? 0 : order.indexOf(previous) + 1, 0, id);
    known.add(id);
  });
  return order;
}

// --- one question ---------------------------------------------------------------------------------------------------

function compareQuestions(was: Question, is: Question): QuestionChange[] {
  const changes: QuestionChange[] = [];
  if (was.label !== is.label) changes.push({ code: 'renamed', from: was.label, to: is.label });
  if (was.kind !== is.kind) changes.push({ code: 'kind-changed', from: was.kind, to: is.kind });
  if (was.required !== is.required) changes.push({ code: 'required-changed', required: is.required });
  changes.push(...compareChoices(choicesOf(was), choicesOf(is)));
  if (canonical(was.visibleWhen) !== canonical(is.visibleWhen)) changes.push({ code: 'rules-changed' });
  if (helpOf(was) !== helpOf(is)) changes.push({ code: 'help-changed' });
  // Another kind has other limits: that is said already.
  if (was.kind === is.kind && detailsOf(was, is) !== detailsOf(is, was)) changes.push({ code: 'details-changed' });
  return changes;
}

function choicesOf(question: Question): Choice[] {
  return 'choices' in question ? question.choices : [];
}

function compareChoices(before: readonly Choice[], after: readonly Choice[]): QuestionChange[] {
  const old = new Map(before.map((choice) => [choice.id, choice]));
  const young = new Map(after.map((choice) => [choice.id, choice]));
  const changes: QuestionChange[] = [];
  for (const { id, label } of after) {
    const was = old.get(id);
    if (!was) changes.push({ code: 'choice-added', choice: label });
    else if (was.label !== label) changes.push({ code: 'choice-renamed', from: was.label, to: label });
  }
  for (const { id, label } of before) if (!young.has(id)) changes.push({ code: 'choice-removed', choice: label });
  if (movedQuestions([...old.keys()], [...young.keys()]).size > 0) changes.push({ code: 'choices-moved' });
  return changes;
}

function helpOf(question: Question): string {
  return canonical([question.help, question.placeholder, question.image]);
}

/**
 * Everything else, so that nothing can change unseen; of choices those that the `other` one has too. Groups are places
 * (`compareLayout`): tools number them anew.
 */
function detailsOf(question: Question, other: Question): string {
  const {
    id: _id,
    label: _label,
    kind: _kind,
    required: _required,
    visibleWhen: _when,
    help: _help,
    placeholder: _placeholder,
    image: _image,
    group: _group,
    ...rest
  } = question;
  // A tick that must be given follows from being required, and is said there.
  const facts = 'mustAccept' in rest && rest.mustAccept === question.required ? { ...rest, mustAccept: null } : rest;
  const known = new Set(choicesOf(other).map((choice) => choice.id));
  const choices = choicesOf(question)
    .filter((choice) => known.has(choice.id))
    .map(({ label: _text, ...choice }) => choice)
    .sort(byId);
  return canonical({ ...facts, choices });
}

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1;
}

// --- the form as a whole ----------------------------------------------------------------------------------------------

type Rules = { before: ReadonlyMap<string, string>; after: ReadonlyMap<string, string> };

function compareWholes(before: Form, after: Form, stays: (id: string) => boolean, rules: Rules): FormChange[] {
  const changes: FormChange[] = [];
  const differ = (part: (form: Form) => unknown): boolean => canonical(part(before)) !== canonical(part(after));
  if (before.name !== after.name) changes.push({ code: 'form-renamed', from: before.name, to: after.name });
  if (before.language !== after.language)
    changes.push({ code: 'language-changed', from: before.language, to: after.language });
  if (differ(consentTextsOf)) changes.push({ code: 'consent-changed' });
  changes.push(...compareHidden(before.hidden, after.hidden));
  changes.push(...compareTexts(before, after));
  if (differ(({ thankYou, endings, submitLabel }) => [thankYou, endings ?? [], submitLabel]))
    changes.push({ code: 'ending-changed' });
  if (differ(({ variables, definitions }) => [variables ?? [], definitions]) || differsElsewhere(rules, stays))
    changes.push({ code: 'form-rules-changed' });
  if (compareLayout(before, after, stays)) changes.push({ code: 'layout-changed' });
  return changes;
}

/** The boxes are compared as questions; these are the words around them, and what the tool notes. */
function consentTextsOf({ consent }: Form): unknown {
  if (!consent) return null;
  const { textVersion: _version, communications, ...texts } = consent;
  return { ...texts, types: communications.map((box) => [box.id, box.subscriptionTypeId]).sort() };
}

function compareHidden(before: readonly HiddenField[], after: readonly HiddenField[]): FormChange[] {
  const old = new Map(before.map((field) => [field.id, field]));
  const young = new Map(after.map((field) => [field.id, field]));
  return [
    ...after.flatMap((field): FormChange[] => {
      const was = old.get(field.id);
      if (!was) return [{ code: 'hidden-added', label: field.label }];
      return canonical(was) === canonical(field) ? [] : [{ code: 'hidden-changed', label: field.label }];
    }),
    ...before.filter(({ id }) => !young.has(id)).map(({ label }): FormChange => ({ code: 'hidden-removed', label })),
  ];
}

/** Rules by the item they follow: only there does their order count. */
function rulesByPlace(form: Form): Map<string, string> {
  const places = Map.groupBy(form.rules ?? [], (rule: Rule) => rule.after ?? '');
  return new Map([...places].map(([place, rules]) => [place, canonical(rules)]));
}

/** Rules behind a page, a text or the start; those of a question that is new or gone are part of that. */
function differsElsewhere({ before, after }: Rules, stays: (id: string) => boolean): boolean {
  const places = new Set([...before.keys(), ...after.keys()]);
  return [...places].some((place) => !stays(place) && before.get(place) !== after.get(place));
}
