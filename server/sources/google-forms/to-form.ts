import type { Condition, Form, Image, Item, Page, Question, QuestionGroup, Rule } from '@flowella/shared/form/form.ts';
import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import { canonicalHash } from '../hubspot-forms/canonical-hash.ts';
import { RESERVED_IDS } from '../reserved-ids.ts';
import { readDefinition, type Definition, type RawItem, type RawQuestion } from './definition.ts';
import { gradingOf, noticesOf } from './notices.ts';
import { altOf, distinctOptions, toChoices, toQuestion } from './to-question.ts';

/** The e-mail address that a form with `RESPONDER_INPUT` collects; Google gives it no question id. */
export const RESPONDENT_EMAIL = 'respondentEmail';
/** The variable that counts the points of a quiz. */
export const SCORE = 'score';
const FIRST_PAGE = 'start';

/**
 * A Google form (Forms API v1, `forms.get`) in our own model. Throws `not_a_form` on input that is none and never on a
 * strange one: what is not known becomes a question that cannot be asked, with its raw type named.
 */
export function toForm(raw: unknown): Form {
  const definition = readDefinition(raw);
  const reader = new ItemReader(definition);
  const form = reader.read();
  const { title, documentTitle, description } = definition.info ?? {};
  return {
    source: 'google-forms',
    sourceFormId: definition.formId,
    name: documentTitle || title || definition.formId,
    // Google states no language.
    language: '',
    revision: canonicalHash(withoutPictureAddresses(raw), [
      'revisionId',
      'linkedSheetId',
      'responderUri',
      'publishSettings',
    ]),
    ...(title || description
      ? { welcome: { kind: 'statement', id: 'info', ...textOf('title', title), ...textOf('text', description) } }
      : {}),
    ...form,
    hidden: [],
    notices: noticesOf(definition),
  };
}

/** Google gives each picture a new address every time the form is read (form-tools.md 2.2): that is no change of the form. */
function withoutPictureAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPictureAddresses);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'contentUri');
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutPictureAddresses(member)]));
}

function textOf<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value?.trim() ? ({ [key]: value } as Record<K, string>) : {};
}

class ItemReader {
  readonly #definition: Definition;
  readonly #ids = new Set<string>([...RESERVED_IDS, RESPONDENT_EMAIL, FIRST_PAGE, 'info', SCORE]);
  readonly #pages: Page[] = [{ id: FIRST_PAGE, items: [] }];
  readonly #groups: QuestionGroup[] = [];
  readonly #points: Rule[] = [];
  /** Ids of the sections after the first, in order. */
  #sections: string[] = [];
  /** Where the answers of a page lead, the last question first: Google goes by the last one that says where. */
  readonly #jumps = new Map<string, Rule[]>();

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  read(): Pick<Form, 'pages' | 'groups' | 'rules' | 'variables'> {
    // Jumps name sections by their ids, so these are settled before anything else takes one.
    const sectionIds = this.#definition.items.map((item) => (item.pageBreakItem ? this.#newId(item.itemId) : null));
    this.#sections = sectionIds.filter((id) => id !== null);
    if (this.#definition.settings?.emailCollectionType === 'RESPONDER_INPUT') this.#page().items.push(emailQuestion());
    this.#definition.items.forEach((item, index) => this.#item(item, sectionIds[index] ?? null));
    const rules = [...this.#points, ...[...this.#jumps.values()].flat()];
    return {
      pages: this.#pages,
      ...(this.#groups.length > 0 ? { groups: this.#groups } : {}),
      ...(rules.length > 0 ? { rules } : {}),
      ...(this.#points.length > 0 ? { variables: [{ id: SCORE, type: 'number', initial: '0' }] } : {}),
    };
  }

  #page(): Page {
    return this.#pages.at(-1) ?? { id: FIRST_PAGE, items: [] };
  }

  #newId(...wanted: (string | undefined)[]): string {
    const start = wanted.find((id) => id !== undefined && id !== '') ?? `item-${this.#ids.size - RESERVED_IDS.length}`;
    let id = start;
    for (let number = 2; this.#ids.has(id); number += 1) id = `${start}/${number}`;
    this.#ids.add(id);
    return id;
  }

  #item(item: RawItem, sectionId: string | null): void {
    if (sectionId !== null) {
      this.#pages.push({ id: sectionId, ...textOf('title', item.title), items: [] });
      if (item.description?.trim())
        this.#page().items.push({ kind: 'statement', id: `${sectionId}/text`, text: item.description });
      return;
    }
    const items = this.#page().items;
    if (item.questionGroupItem) return this.#grid(item, item.questionGroupItem, items);
    if (item.questionItem) return this.#question(item, item.questionItem.question, items);
    if (item.textItem || item.imageItem || item.videoItem) items.push(this.#statement(item));
    else {
      const id = this.#newId(item.itemId);
      const rawType = Object.keys(item).find((key) => key.endsWith('Item')) ?? '';
      const label = item.title || id;
      items.push({ kind: 'unsupported', rawType, id, label, required: false, origin: {} });
    }
  }

  #statement(item: RawItem): Item {
    const url = item.imageItem?.image?.contentUri;
    const link = secure(item.videoItem?.video?.youtubeUri);
    const caption = item.videoItem?.caption;
    return {
      kind: 'statement',
      id: this.#newId(item.itemId),
      ...textOf('title', item.title),
      ...textOf('text', [item.description, caption].filter(Boolean).join('\n')),
      ...(url ? { image: { url, ...altOf(item.imageItem?.image) } } : {}),
      ...(link ? { linkUrl: link } : {}),
      isListed: true,
    };
  }

  #question(item: RawItem, raw: RawQuestion, items: Item[]): void {
    const id = this.#newId(raw.questionId, item.itemId);
    const question = toQuestion(raw, {
      id,
      label: item.title ?? '',
      help: item.description,
      image: imageOf(item.questionItem?.image),
      origin: { questionId: raw.questionId ?? null },
    });
    items.push(question);
    this.#score(question, raw);
    this.#goTo(question, raw);
  }

  /** Each row is a question of Google's own; the title of the grid stands above the first (form-tools.md 2.2). */
  #grid(item: RawItem, grid: NonNullable<RawItem['questionGroupItem']>, items: Item[]): void {
    const id = this.#newId(item.itemId);
    const heading = `${id}/title`;
    items.push({
      kind: 'statement',
      id: heading,
      ...textOf('title', item.title),
      ...textOf('text', item.description),
      ...(imageOf(grid.image) ? { image: imageOf(grid.image) } : {}),
    });
    const rows = grid.questions.map((raw, index) => {
      const row = this.#newId(raw.questionId, `${id}/${index + 1}`);
      const facts = {
        id: row,
        label: raw.rowQuestion?.title ?? '',
        group: id,
        origin: { questionId: raw.questionId ?? null },
      };
      const question = toQuestion(raw, facts, grid);
      items.push(question);
      this.#score(question, raw);
      return row;
    });
    this.#groups.push({ id, label: item.title || id, kind: 'matrix', members: rows, heading });
  }

  /** Points for a right answer. What Google cannot grade by itself is graded by hand, and the report says so. */
  #score(question: Question, raw: RawQuestion): void {
    const grading = gradingOf(this.#definition, raw);
    if (!grading) return;
    const { points, right } = grading;
    if (right.length === 0) {
      question.remarks = [...(question.remarks ?? []), 'google_graded_by_hand'];
      return;
    }
    const when = rightAnswer(question, right);
    const value = { op: 'number', value: points } as const;
    this.#points.push({ kind: 'calculate', after: question.id, when, variable: SCORE, operator: 'add', value });
  }

  /** Google decides at the end of a section where its answers lead (Forms API v1, `Option.goToAction`). */
  #goTo(question: Question, raw: RawQuestion): void {
    const options = distinctOptions(raw.choiceQuestion?.options ?? []);
    if (!options.some((option) => option.goToAction || option.goToSectionId)) return;
    const page = this.#page();
    const next = this.#nextSection(page.id);
    const ids = toChoices(options).map((choice) => choice.id);
    let position = 0;
    const rules = options.flatMap((option): Rule[] => {
      const value = option.isOther ? OTHER_CHOICE : (ids[position++] ?? '');
      const to = target(option.goToAction, option.goToSectionId, next);
      if (!to) return [];
      if ('item' in to && to.item !== FIRST_PAGE && !this.#sections.includes(to.item)) {
        question.remarks = [...new Set([...(question.remarks ?? []), 'jump_lost'])];
        return [];
      }
      return [{ kind: 'jump', after: page.id, when: { op: 'equals', question: question.id, value }, to }];
    });
    this.#jumps.set(page.id, [...rules, ...(this.#jumps.get(page.id) ?? [])]);
  }

  #nextSection(pageId: string): string | null {
    return this.#sections[pageId === FIRST_PAGE ? 0 : this.#sections.indexOf(pageId) + 1] ?? null;
  }
}

function target(
  action: string | undefined,
  section: string | undefined,
  next: string | null,
): { item: string } | { end: null } | null {
  if (section) return { item: section };
  switch (action) {
    case 'SUBMIT_FORM':
      return { end: null };
    case 'RESTART_FORM':
      return { item: FIRST_PAGE };
    case 'NEXT_SECTION':
      return next ? { item: next } : { end: null };
    default:
      return null;
  }
}

/** Google compares what is written; two choices of one value are both right. */
function rightAnswer(question: Question, right: readonly string[]): Condition {
  const idsOf = (value: string): string[] => {
    const alike = 'choices' in question ? question.choices.filter((choice) => choice.label === value) : [];
    return alike.length > 0 ? alike.map((choice) => choice.id) : [value];
  };
  if (question.kind === 'multi-choice')
    return { op: 'is-exactly', question: question.id, values: right.map((value) => idsOf(value)[0] ?? value) };
  const conditions = right.flatMap(idsOf).map((value) => ({ op: 'equals', question: question.id, value }) as const);
  return { op: 'or', conditions };
}

/** YouTube's addresses come with and without a scheme, and all of them are there over https. */
function secure(address: string | undefined): string | undefined {
  const youtube = /^(?:http:)?(?:\/\/)?((?:www\.|m\.)?(?:youtube\.com|youtu\.be)\/.*)$/i.exec(address?.trim() ?? '');
  const url = URL.parse(youtube ? `https://${youtube[1] ?? ''}` : (address ?? ''));
  return url?.protocol === 'https:' ? url.href : undefined;
}

function imageOf(image: NonNullable<RawItem['questionItem']>['image']): Image | undefined {
  return image?.contentUri ? { url: image.contentUri, ...altOf(image) } : undefined;
}

function emailQuestion(): Question {
  const remarks = ['google_email_not_written'];
  return { kind: 'email', id: RESPONDENT_EMAIL, label: 'E-mail', required: true, remarks, origin: {} };
}
