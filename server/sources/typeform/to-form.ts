import type { Ending, Form, Question, Statement, Variable } from '@flowella/shared/form/form.ts';
import { withoutRecallMarks, type Recall } from '@flowella/shared/form/recall.ts';
import { canonicalHash } from '../hubspot-forms/canonical-hash.ts';
import { readDefinition, type Definition, type RawCondition, type RawVar, type Screen } from './definition.ts';
import { allFields, FieldIndex, isEndingField, isQuestion } from './field-index.ts';
import { createNotices } from './notices.ts';
import { toPages, type Pages } from './to-pages.ts';
import { imageOf, optional, videoOf, webAddress, type TextReader } from './to-question.ts';
import { toRules, type Rules } from './to-rules.ts';
import { toLine, toText } from './to-text.ts';

/** What says nothing about the content: dates, addresses and the look of the form. */
const VOLATILE = ['created_at', 'last_updated_at', 'published_at', '_links', 'self', 'workspace', 'theme'];

/**
 * A Typeform definition (Create API, `GET /forms/{id}`; form-tools.md 3.2) in our own model. Throws `not_a_form` on input that
 * is none and never on a strange one: what is not known becomes a question that cannot be asked, with its raw type named.
 */
export function toForm(raw: unknown): Form {
  const definition = readDefinition(raw);
  const variables = variablesOf(definition);
  const index = new FieldIndex(definition, variables.keys());
  const reader = readerOf(definition, index, variables);
  const notices = createNotices(definition);
  const pages = toPages(definition.fields, index, reader, notices.recallLost);
  const screens = endingsOf(definition, pages, reader, notices.recallLost);
  const rules = toRules(definition.logic, {
    question: (ref) => pages.questionOf(index.find(ref)),
    hasHidden: (name) => definition.hidden.includes(name),
    hasVariable: (name) => variables.has(name),
    position: (ref) => pages.positionOf(index.find(ref)),
    ending: (ref) => screens.idOf(ref),
  });
  remark(rules, pages, index, notices.logicLost);
  if (rules.hasEarlyJumps) notices.earlyJump();
  const welcome = welcomeOf(definition, reader, notices.recallLost);
  const { thankYou, endings } = screens;
  return {
    source: 'typeform',
    sourceFormId: definition.id,
    name: toLine(definition.title, () => null).text || definition.id,
    language: languageOf(definition),
    revision: canonicalHash(raw, VOLATILE),
    ...(welcome ? { welcome } : {}),
    ...(thankYou ? { thankYou } : {}),
    pages: pages.pages,
    hidden: [...new Set(definition.hidden)].map((name) => ({ id: name, label: name, origin: {} })),
    ...listed('rules', [...rules.rules, ...screens.stops]),
    ...listed('variables', [...variables.values()]),
    ...listed('endings', endings),
    ...listed('groups', pages.groups),
    notices: notices.list(),
  };
}

function listed<K extends string, T>(key: K, members: T[]): { [key in K]?: T[] } {
  return members.length === 0 ? {} : ({ [key]: members } as { [key in K]: T[] });
}

function languageOf({ settings }: Definition): string {
  return typeof settings.language === 'string' ? settings.language : '';
}

/** Texts with their recalls resolved: only a question, a declared hidden field or a variable can be shown later. */
function readerOf(definition: Definition, index: FieldIndex, variables: Map<string, Variable>): TextReader {
  const resolve = (kind: Recall['kind'], name: string): Recall | null => {
    if (kind === 'hidden') return definition.hidden.includes(name) ? { kind, id: name } : null;
    if (kind === 'variable') return variables.has(name) ? { kind, id: name } : null;
    const field = index.find(name);
    return field && isQuestion(field) ? { kind, id: index.idOf(field) } : null;
  };
  return { text: (raw) => toText(raw, resolve), line: (raw) => toLine(raw, resolve) };
}

/** Variables as declared, and those that logic changes or looks at: `GET /forms/{id}` may leave the declaration out. */
function variablesOf(definition: Definition): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [name, initial] of Object.entries(definition.variables)) {
    const id = withoutRecallMarks(name);
    if (id !== '' && !variables.has(id))
      variables.set(id, { id, type: typeof initial === 'number' ? 'number' : 'text', initial: String(initial) });
  }
  const add = (name: unknown, isText: boolean) => {
    if (typeof name !== 'string' || name === '' || name !== withoutRecallMarks(name) || variables.has(name)) return;
    variables.set(name, isText ? { id: name, type: 'text', initial: '' } : { id: name, type: 'number', initial: '0' });
  };
  for (const { action, details, condition } of definition.logic.flatMap(({ actions }) => actions)) {
    if (action !== 'jump' && details?.target?.type === 'variable')
      add(details.target.value, action === 'set' && isWords(details.value));
    for (const one of condition ? varsOf(condition) : []) if (one.type === 'variable') add(one.value, false);
  }
  // The score and the price exist in every form, so a text may show them without any calculation.
  const texts = JSON.stringify([definition.fields, definition.welcome_screens, definition.thankyou_screens]);
  for (const name of ['score', 'price'])
    if (new RegExp(`\\{\\{\\s*var(?:iables?)?\\s*:\\s*${name}\\s*\\}\\}`, 'i').test(texts)) add(name, false);
  return variables;
}

/** A constant that is no number: the variable it is given to holds text. */
function isWords(value: RawVar | undefined): boolean {
  return value?.type === 'constant' && typeof value.value === 'string' && !Number.isFinite(Number(value.value));
}

function varsOf(condition: RawCondition): RawVar[] {
  return condition.vars.flatMap((part) => ('op' in part ? varsOf(part) : [part]));
}

function welcomeOf(definition: Definition, reader: TextReader, recallLost: () => void): Statement | undefined {
  const parts = definition.welcome_screens.map((screen) => screenTexts(screen, reader, recallLost));
  const [screen] = definition.welcome_screens;
  const [first, ...others] = parts;
  if (!screen || !first) return undefined;
  // Typeform has one welcome screen; should there be more, their words stand below.
  const text = [first.text, ...others.flatMap((one) => [one.title, one.text])].filter((one) => one !== '').join('\n\n');
  const image = imageOf(screen);
  const linkUrl = videoOf(screen);
  if (first.title === '' && text === '' && !image && linkUrl === undefined) return undefined;
  return {
    kind: 'statement',
    id: screen.id ?? screen.ref ?? 'welcome',
    ...optional('title', first.title),
    ...optional('text', text),
    ...(image ? { image } : {}),
    ...(linkUrl !== undefined ? { linkUrl } : {}),
  };
}

function screenTexts(screen: Screen, reader: TextReader, recallLost: () => void): { title: string; text: string } {
  const title = reader.text(screen.title);
  const text = reader.text(screen.properties?.description);
  if (title.isLost || text.isLost) recallLost();
  return { title: title.text, text: text.text };
}

type Screens = {
  endings: Ending[];
  thankYou: Form['thankYou'];
  /** Rules that end the form where a screen stands between the fields. */
  stops: NonNullable<Form['rules']>;
  idOf: (ref: unknown) => string | null | undefined;
};

const DEFAULT_SCREEN = 'default_tys';

function endingsOf(definition: Definition, pages: Pages, reader: TextReader, recallLost: () => void): Screens {
  const inFields = allFields(definition.fields).filter(isEndingField);
  const ids = new Map<string, string>();
  const used = new Set<string>();
  const endings: Ending[] = [];
  const kept: Screen[] = [];
  for (const screen of [...definition.thankyou_screens, ...inFields]) {
    if ((screen.ref !== undefined && ids.has(screen.ref)) || (screen.id !== undefined && ids.has(screen.id))) continue;
    const wanted = screen.id ?? screen.ref ?? `ending-${endings.length + 1}`;
    let id = wanted;
    for (let number = 2; used.has(id); number += 1) id = `${wanted}-${number}`;
    used.add(id);
    for (const name of [screen.ref, screen.id, id]) if (name !== undefined && !ids.has(name)) ids.set(name, id);
    endings.push(toEnding(screen, id, reader, recallLost));
    kept.push(screen);
  }
  const usual = Math.max(
    0,
    kept.findIndex((screen) => screen.ref !== DEFAULT_SCREEN),
  );
  const ending = endings[usual];
  const idOf = (ref: unknown): string | null | undefined => {
    const id = typeof ref === 'string' || typeof ref === 'number' ? ids.get(String(ref)) : undefined;
    return id ?? (ref === DEFAULT_SCREEN ? null : undefined);
  };
  return {
    endings,
    thankYou: ending && thankYouOf(ending),
    stops: inFields.flatMap((field) => {
      const after = pages.before(field);
      const end = idOf(field.ref ?? field.id);
      return after === undefined || end === undefined ? [] : [{ kind: 'jump' as const, after, to: { end } }];
    }),
    idOf,
  };
}

function thankYouOf(ending: Ending): Form['thankYou'] {
  const text = [ending.title ?? '', ending.text ?? ''].filter((one) => one !== '').join('\n\n');
  const { redirectUrl } = ending;
  if (text === '' && redirectUrl === undefined) return undefined;
  return { ...optional('text', text), ...(redirectUrl !== undefined ? { redirectUrl } : {}) };
}

function toEnding(screen: Screen, id: string, reader: TextReader, recallLost: () => void): Ending {
  if (isAdvertisement(screen)) return { id };
  const { title, text } = screenTexts(screen, reader, recallLost);
  const { button_mode: mode, redirect_url: address } = screen.properties ?? {};
  const isRedirect = screen.type === 'url_redirect' || mode === 'redirect';
  // A recalled value cannot stand in an address that is fixed when the flow is built.
  const fixed = address?.replace(/\{\{[^{}]*\}\}/g, '');
  if (isRedirect && fixed !== address) recallLost();
  const redirectUrl = isRedirect ? webAddress(fixed, ['https:', 'http:']) : undefined;
  return {
    id,
    ...optional('title', title),
    ...optional('text', text),
    ...(redirectUrl !== undefined ? { redirectUrl } : {}),
  };
}

/** Typeform's own last screen invites people to make a typeform; that is not what the customer has to say. */
function isAdvertisement(screen: Screen): boolean {
  const { button_mode: mode, redirect_url: address } = screen.properties ?? {};
  if (screen.ref !== DEFAULT_SCREEN) return false;
  return mode === 'default_redirect' || /^https:\/\/(?:[a-z]+\.)?typeform\.com\//.test(address ?? '');
}

/** Logic that was left out is said at the question, or of the whole form where it follows something else. */
function remark(rules: Rules, pages: Pages, index: FieldIndex, logicLost: () => void): void {
  for (const { code, ref } of rules.lost) {
    const field = index.find(ref);
    const place: Pick<Question, 'remarks'> | undefined = pages.questionOf(field) ?? pages.groupOf(field);
    if (place) place.remarks = [...new Set([...(place.remarks ?? []), code])];
    else logicLost();
  }
}
