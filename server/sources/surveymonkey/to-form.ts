import type {
  Choice,
  Condition,
  Form,
  FormNotice,
  Image,
  Item,
  Question,
  QuestionGroup,
  Rule,
  Statement,
} from '@flowella/shared/form/form.ts';
import { withoutRecallMarks } from '@flowella/shared/form/recall.ts';
import { canonicalHash } from '../hubspot-forms/canonical-hash.ts';
import { RESERVED_IDS } from '../reserved-ids.ts';
import { readDefinition, type Definition, type RawOther, type RawQuestion, type RawRow } from './definition.ts';
import {
  baseOf,
  selectionLimits,
  toChoices,
  toDateTime,
  toDemographic,
  toTextQuestion,
  type Origin,
} from './to-question.ts';

/** The variable that counts the points of a quiz. */
export const SCORE = 'score';

/**
 * A SurveyMonkey survey (API v3, `/surveys/{id}/details`) in our own model. Throws `not_a_form` on input that is none and
 * never on a strange one: what is not known becomes a question that cannot be asked, with its raw type named.
 */
export function toForm(raw: unknown): Form {
  const definition = readDefinition(raw);
  const reader = new SurveyReader();
  const pages = definition.pages.map((page, index) => reader.page(page, index));
  const { title, nickname, language, custom_variables, buttons_text } = definition;
  return {
    source: 'surveymonkey',
    sourceFormId: definition.id ?? '',
    name: nickname || title || definition.id || 'Survey',
    language: language ?? '',
    revision: canonicalHash(withoutAddresses(raw), [
      ...['date_created', 'date_modified', 'response_count', 'preview', 'summary_url'],
      ...['collect_url', 'edit_url', 'analyze_url', 'languages'],
    ]),
    ...(title ? { welcome: { kind: 'statement', id: 'survey-title', title } } : {}),
    ...(buttons_text?.done_button ? { submitLabel: buttons_text.done_button } : {}),
    pages,
    hidden: Object.entries(custom_variables ?? {}).map(([name, label]) => ({
      id: name,
      label: withoutRecallMarks(typeof label === 'string' && label !== '' ? label : name),
      origin: {},
    })),
    ...(reader.groups.length > 0 ? { groups: reader.groups } : {}),
    ...(reader.rules.length > 0
      ? { rules: reader.rules, variables: [{ id: SCORE, type: 'number' as const, initial: '0' }] }
      : {}),
    notices: noticesOf(definition),
  };
}

/** Every page and question carries its address, which differs between SurveyMonkey's hosts and says nothing of the content. */
function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddresses);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (key === 'href' ? [] : [[key, withoutAddresses(member)]])),
  );
}

type RawPage = Definition['pages'][number];
type Around = { page: string; items: Item[] };

class SurveyReader {
  readonly groups: QuestionGroup[] = [];
  readonly rules: Rule[] = [];
  readonly #ids = new Set<string>([...RESERVED_IDS, SCORE, 'survey-title']);

  page(raw: RawPage, index: number): Form['pages'][number] {
    const id = raw.id ?? `page-${index + 1}`;
    const items: Item[] = [];
    const pageId = this.#newId(`page-${id}`);
    if (raw.description) items.push({ kind: 'statement', id: this.#newId(`${pageId}/text`), text: raw.description });
    raw.questions.forEach((question, position) =>
      this.#question(question, `${index + 1}.${position + 1}`, { page: id, items }),
    );
    return { id: pageId, ...(raw.title ? { title: raw.title } : {}), items };
  }

  #newId(...wanted: (string | undefined)[]): string {
    const start = wanted.find((id) => id !== undefined && id !== '') ?? 'item';
    let id = start;
    for (let number = 2; this.#ids.has(id); number += 1) id = `${start}/${number}`;
    this.#ids.add(id);
    return id;
  }

  #question(raw: RawQuestion, position: string, around: Around): void {
    const id = this.#newId(raw.id, position);
    const label = raw.headings[0]?.heading ?? '';
    const start = around.items.length;
    const groups = this.groups.length;
    this.#read(raw, id, label, around);
    this.#comment(raw, id, around);
    const added = around.items.slice(start);
    const members = added.flatMap((item) => (item.kind === 'statement' ? [] : [item.id]));
    if (members.length > 0 && !members.includes(id) && this.groups.length === groups)
      this.groups.push({ id, label: label || id, kind: groupKind(raw), members, ...headingIn(added) });
    if (raw.visible === false)
      // SurveyMonkey does not show it, and neither do we; its line says so.
      added.forEach((item, index) => {
        const isQuestion = item.kind !== 'statement';
        const remarks = isQuestion ? { remarks: [...(item.remarks ?? []), 'hidden_in_tool'] } : {};
        around.items[start + index] = { ...item, ...remarks, visibleWhen: { op: 'constant', value: false } } as Item;
      });
  }

  #read(raw: RawQuestion, id: string, label: string, { page, items }: Around): void {
    const origin: Origin = { page, question: raw.id ?? id };
    const url = raw.headings.find((heading) => heading.image?.url)?.image?.url;
    const help = raw.headings[0]?.description;
    const picture = url ? { image: { url } } : {};
    const facts = { id, label, origin, help, ...picture };
    const choices = toChoices(raw.answers?.choices ?? []);
    const rows = (raw.answers?.rows ?? []).filter((row) => row.visible !== false);
    const other = hasOtherChoice(raw) ? raw.answers?.other : undefined;
    const named = other && !isPlainOther(other) ? this.#namedOther(other, id, facts.origin) : undefined;
    if (named) choices.push(named.choice);
    const allowOther = other && !named ? { allowOther: true } : {};
    const withOther = other ? { other: otherIdOf(other, id), ...(named ? { otherText: named.text.id } : {}) } : {};
    const base = { ...baseOf(raw, facts), origin: { ...origin, ...withOther } };
    switch (raw.family) {
      case 'single_choice': {
        const style = raw.subtype === 'menu' ? { style: 'menu' as const } : {};
        const question: Question = { ...base, kind: 'single-choice', choices, ...allowOther, ...style };
        items.push(question, ...(named ? [named.text] : []));
        return this.#score(raw, id);
      }
      case 'multiple_choice':
        items.push({ ...base, kind: 'multi-choice', choices, ...allowOther, ...selectionLimits(raw) });
        if (named) items.push(named.text);
        return this.#score(raw, id);
      case 'open_ended':
        return this.#openEnded(raw, facts, base, rows, items);
      case 'matrix':
        return this.#matrix(raw, facts, rows, items);
      case 'demographic':
        return this.#rows(raw, facts, rows, items, (row, own) => toDemographic(raw, row, own));
      case 'datetime':
        return this.#rows(raw, facts, rows, items, (_, own) => toDateTime(raw, own));
      case 'presentation': {
        const linked = raw.video ? { linkUrl: raw.video } : {};
        items.push({ ...textOf(facts), ...picture, ...linked, id, isListed: true });
        return;
      }
      default:
        items.push({
          ...base,
          kind: 'unsupported',
          rawType: [raw.family, raw.subtype].filter(Boolean).join('/'),
        });
    }
  }

  #openEnded(
    raw: RawQuestion,
    facts: Parameters<typeof baseOf>[1],
    base: ReturnType<typeof baseOf>,
    rows: readonly RawRow[],
    items: Item[],
  ): void {
    if (raw.subtype === 'multi' || raw.subtype === 'numerical')
      return this.#rows(raw, facts, rows, items, (_, own) =>
        toTextQuestion(raw, baseOf(raw, own), raw.subtype === 'numerical'),
      );
    const display = raw.display_options?.display_type ?? '';
    if (display === 'file_upload' || raw.subtype === 'file_upload') {
      items.push({ ...base, kind: 'file', multiple: false });
      return;
    }
    if (display !== 'slider') {
      items.push(toTextQuestion(raw, base, false));
      return;
    }
    const { left_label, right_label, custom_options } = raw.display_options ?? {};
    const slider = toTextQuestion(raw, base, true);
    const { min, max } = slider.kind === 'number' ? slider : {};
    const end = (label: string, value: number | undefined): string =>
      label && value !== undefined ? `${value} = ${label}` : label;
    const ends = [end(left_label ?? '', min), end(right_label ?? '', max)].filter(Boolean).join(' … ');
    items.push({
      ...slider,
      ...(slider.help || !ends ? {} : { help: ends }),
      ...(custom_options?.step_size ? { step: custom_options.step_size } : {}),
    });
  }

  /** A question for each row, below the heading; one row alone is the question itself. */
  #rows(
    raw: RawQuestion,
    facts: Parameters<typeof baseOf>[1],
    rows: readonly RawRow[],
    items: Item[],
    make: (row: RawRow, facts: Parameters<typeof baseOf>[1]) => Question,
  ): void {
    const [only] = rows;
    if (!only) {
      // A date without rows is asked as it is; anything else has nothing to ask.
      const isWhole = raw.family === 'datetime' || raw.family === 'open_ended' || raw.family === 'matrix';
      items.push(
        isWhole
          ? make({ choices: [] } as unknown as RawRow, facts)
          : { ...baseOf(raw, facts), kind: 'unsupported', rawType: `${raw.family ?? ''}/${raw.subtype ?? ''}` },
      );
      return;
    }
    if (rows.length === 1) {
      const label = facts.label || (only.text ?? '');
      // What stands at the field is part of the question: "Date of birth" under the heading "You".
      const help = facts.help ?? (only.text && only.text !== label ? only.text : undefined);
      const origin = { ...facts.origin, row: only.id ?? `${facts.id}/1` };
      items.push(make(only, { ...facts, label, help, origin }));
      return;
    }
    items.push({ ...headingOf(facts), id: this.#newId(`${facts.id}/title`) });
    rows.forEach((row, index) => {
      const place = row.id ?? `${facts.id}/${index + 1}`;
      const id = this.#newRowId(place, facts.id);
      const origin = { ...facts.origin, row: place };
      items.push(make(row, { id, label: row.text ?? '', group: facts.id, origin }));
    });
  }

  #matrix(raw: RawQuestion, facts: Parameters<typeof baseOf>[1], rows: readonly RawRow[], items: Item[]): void {
    const choices = toChoices(raw.answers?.choices ?? []);
    const cols = (raw.answers?.cols ?? []).filter((col) => col.visible !== false);
    switch (raw.subtype) {
      case 'ranking': {
        // "N/A" is offered beside the places and is none of them.
        const ranks = toChoices((raw.answers?.choices ?? []).filter((one) => one.is_na !== true)).map((one) => one.id);
        const ranked = toChoices(rows.map((row) => ({ id: row.id, text: row.text })));
        items.push({ ...baseOf(raw, facts), kind: 'ranking', choices: ranked, origin: { ...facts.origin, ranks } });
        return;
      }
      case 'menu':
        return this.#menu(raw, facts, rows, cols, items);
      case 'multi':
        return this.#rows(raw, facts, rows, items, (_, own) => ({
          ...baseOf(raw, own),
          kind: 'multi-choice',
          choices,
        }));
      default: {
        const own = choices.length > 0 ? choices : cols.flatMap((col) => toChoices([col as never]));
        return this.#rows(raw, facts, rows, items, (_, one) => ({
          ...baseOf(raw, one),
          kind: 'single-choice',
          choices: own,
        }));
      }
    }
  }

  /** A menu for each row and column. */
  #menu(
    raw: RawQuestion,
    facts: Parameters<typeof baseOf>[1],
    rows: readonly RawRow[],
    cols: readonly RawRow[],
    items: Item[],
  ): void {
    items.push({ ...headingOf(facts), id: this.#newId(`${facts.id}/title`) });
    const start = items.length;
    rows.forEach((row, rowIndex) =>
      cols.forEach((col, colIndex) => {
        const rowId = row.id ?? `${facts.id}/${rowIndex + 1}`;
        const colId = col.id ?? `column-${colIndex + 1}`;
        const label = [row.text, col.text].filter(Boolean).join(' – ');
        const own = {
          id: this.#newRowId(`${rowId}/${colId}`, facts.id),
          label,
          group: facts.id,
          origin: { ...facts.origin, row: rowId, col: colId },
        };
        items.push({ ...baseOf(raw, own), kind: 'single-choice', choices: toChoices(col.choices), style: 'menu' });
      }),
    );
    if (items.length > start) return;
    items.push({ ...baseOf(raw, facts), kind: 'unsupported', rawType: 'matrix/menu' });
  }

  /** A comment field beside the choices is a question of its own: `other` that is no answer choice (form-tools.md 4.2). */
  #comment(raw: RawQuestion, id: string, { page, items }: Around): void {
    const { other } = raw.answers ?? {};
    if (!other || other.visible === false || hasOtherChoice(raw)) return;
    const otherId = otherIdOf(other, id);
    items.push({
      kind: 'long-text',
      id: this.#newId(otherId),
      label: other.text || 'Comment',
      required: false,
      group: id,
      origin: { page, question: raw.id ?? id, other: otherId },
    });
  }

  #newRowId(row: string, question: string): string {
    return this.#newId(this.#ids.has(row) ? `${question}/${row}` : row);
  }

  /** "Yes, namely": a choice with its own name keeps it, with a field for the words that belong to it. */
  #namedOther(other: RawOther, question: string, origin: Origin): { choice: Choice; text: Question } {
    const choice = { id: otherIdOf(other, question), label: other.text ?? '' };
    const text: Question = {
      kind: (other.num_lines ?? 1) > 1 ? 'long-text' : 'short-text',
      id: this.#newId(`${choice.id}/text`),
      label: choice.label,
      // SurveyMonkey does not take the choice without words.
      required: true,
      visibleWhen: { op: 'includes-any', question, values: [choice.id] },
      group: question,
      origin: { ...origin, isOtherText: true },
    };
    return { choice, text };
  }

  #score(raw: RawQuestion, id: string): void {
    if (raw.quiz_options?.scoring_enabled === false) return;
    for (const choice of raw.answers?.choices ?? []) {
      const points = choice.quiz_options?.score ?? 0;
      if (points === 0 || !choice.id) continue;
      const when: Condition = { op: 'includes-any', question: id, values: [choice.id] };
      const value = { op: 'number', value: points } as const;
      this.rules.push({ kind: 'calculate', after: id, when, variable: SCORE, operator: 'add', value });
    }
  }
}

/** The statement that its words became, where they stand above its questions. */
function headingIn(items: readonly Item[]): { heading?: string } {
  const first = items.find((item) => item.kind === 'statement');
  return first ? { heading: first.id } : {};
}

type Heading = { label: string; help?: string; image?: Image };

/** The heading above several questions, with what belongs to it. */
function headingOf({ label, help, image }: Heading): Omit<Statement, 'id'> {
  return {
    kind: 'statement',
    ...(label ? { title: label } : {}),
    ...(help ? { text: help } : {}),
    ...(image ? { image } : {}),
  };
}

/** A text that stands by itself, as long as it may be. */
function textOf({ label, help, image }: Heading): Omit<Statement, 'id'> {
  const text = [label, help].filter(Boolean).join('\n\n');
  return { kind: 'statement', ...(text ? { text } : {}), ...(image ? { image } : {}) };
}

function otherIdOf(other: RawOther, question: string): string {
  return other.id ?? `${question}/other`;
}

/** "Other", "Other (please specify)" in the languages that surveys are mostly in; it has its own words in ours. */
const PLAIN_OTHER =
  /^(?:other|others|andere[rs]?|sonstige[rs]?|autre|autres|otro|otra|otros|altro|altra|outro|outra|anders|annat|andet|inne)\b[\s\p{P}]*(?:[(:,–-].*)?$/isu;

function isPlainOther(other: RawOther): boolean {
  return !other.text || isPlainOtherText(other.text);
}

export function isPlainOtherText(text: string): boolean {
  return PLAIN_OTHER.test(text);
}

function groupKind(raw: RawQuestion): QuestionGroup['kind'] {
  if (raw.family === 'demographic') return 'address';
  return raw.family === 'matrix' ? 'matrix' : 'group';
}

/** "Other, please specify" as one of the choices; beside a grid it is always a comment. */
function hasOtherChoice(raw: RawQuestion): boolean {
  const isChoice = raw.family === 'single_choice' || raw.family === 'multiple_choice';
  const { other } = raw.answers ?? {};
  return isChoice && other !== undefined && other.visible !== false && other.is_answer_choice === true;
}

function noticesOf({ pages }: Definition): FormNotice[] {
  const notices: FormNotice[] = [
    {
      code: 'surveymonkey_logic_not_exposed',
      message:
        'SurveyMonkey gives apps neither the skip logic nor the piping of a survey, so all questions are asked in their order.',
      advice: 'If the survey skips questions, leave out here what should not be asked of everyone.',
    },
  ];
  const hasVariants = pages.some((page) => page.questions.some((question) => question.headings.length > 1));
  if (hasVariants)
    notices.push({
      code: 'surveymonkey_first_variant',
      message: 'Some questions have several wordings in SurveyMonkey; on WhatsApp everyone reads the first.',
      advice: '',
    });
  return notices;
}
