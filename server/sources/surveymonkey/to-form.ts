import type { Condition, Form, FormNotice, Item, Question, QuestionGroup, Rule } from '@flowella/shared/form/form.ts';
import { canonicalHash } from '../hubspot-forms/canonical-hash.ts';
import { readDefinition, type Definition, type RawQuestion, type RawRow } from './definition.ts';
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
    language: language || 'en',
    revision: canonicalHash(raw, [
      ...['date_created', 'date_modified', 'response_count', 'href', 'preview', 'summary_url'],
      ...['collect_url', 'edit_url', 'analyze_url'],
    ]),
    ...(title ? { welcome: { kind: 'statement', id: 'survey-title', title } } : {}),
    ...(buttons_text?.done_button ? { submitLabel: buttons_text.done_button } : {}),
    pages,
    hidden: Object.keys(custom_variables ?? {}).map((name) => ({ id: name, label: name, origin: {} })),
    ...(reader.groups.length > 0 ? { groups: reader.groups } : {}),
    ...(reader.rules.length > 0
      ? { rules: reader.rules, variables: [{ id: SCORE, type: 'number' as const, initial: '0' }] }
      : {}),
    notices: noticesOf(definition),
  };
}

type RawPage = Definition['pages'][number];
type Around = { page: string; items: Item[] };

class SurveyReader {
  readonly groups: QuestionGroup[] = [];
  readonly rules: Rule[] = [];
  readonly #ids = new Set<string>([SCORE, 'survey-title']);

  page(raw: RawPage, index: number): Form['pages'][number] {
    const id = raw.id ?? `page-${index + 1}`;
    const items: Item[] = [];
    const pageId = this.#newId(`page-${id}`);
    if (raw.description) items.push({ kind: 'statement', id: `${pageId}/text`, text: raw.description });
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
      this.groups.push({ id, label: label || id, kind: groupKind(raw), members });
    if (raw.visible === false)
      // SurveyMonkey does not show it, and neither do we; its line says so.
      added.forEach(
        (item, index) => (around.items[start + index] = { ...item, visibleWhen: { op: 'constant', value: false } }),
      );
  }

  #read(raw: RawQuestion, id: string, label: string, { page, items }: Around): void {
    const origin: Origin = { page, question: raw.id ?? id };
    const url = raw.headings.find((heading) => heading.image?.url)?.image?.url;
    const help = raw.headings[0]?.description;
    const facts = { id, label, origin, help };
    const picture = url ? { image: { url } } : {};
    const choices = toChoices(raw.answers?.choices ?? []);
    const rows = (raw.answers?.rows ?? []).filter((row) => row.visible !== false);
    const allowOther = hasOtherChoice(raw) ? { allowOther: true } : {};
    const withOther = allowOther.allowOther && raw.answers?.other?.id ? { other: raw.answers.other.id } : {};
    const base = { ...baseOf(raw, facts), ...picture, origin: { ...origin, ...withOther } };
    switch (raw.family) {
      case 'single_choice': {
        const style = raw.subtype === 'menu' ? { style: 'menu' as const } : {};
        const question: Question = { ...base, kind: 'single-choice', choices, ...allowOther, ...style };
        items.push(question);
        return this.#score(raw, id);
      }
      case 'multiple_choice':
        items.push({ ...base, kind: 'multi-choice', choices, ...allowOther, ...selectionLimits(raw) });
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
        const linked = url ? { image: { url } } : {};
        items.push({
          kind: 'statement',
          id,
          ...(label ? { text: label } : {}),
          ...linked,
          isListed: true,
        });
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
    const ends = [left_label, right_label].filter(Boolean).join(' … ');
    const slider = toTextQuestion(raw, base, true);
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
      items.push(
        raw.family === 'datetime' || raw.family === 'open_ended'
          ? make({ choices: [] } as unknown as RawRow, facts)
          : { ...baseOf(raw, facts), kind: 'unsupported', rawType: `${raw.family ?? ''}/${raw.subtype ?? ''}` },
      );
      return;
    }
    if (rows.length === 1) {
      const label = facts.label || (only.text ?? '');
      const origin = { ...facts.origin, ...(only.id ? { row: only.id } : {}) };
      items.push(make(only, { ...facts, label, origin }));
      return;
    }
    items.push({ kind: 'statement', id: `${facts.id}/title`, ...(facts.label ? { text: facts.label } : {}) });
    rows.forEach((row, index) => {
      const id = this.#newId(row.id, `${facts.id}/${index + 1}`);
      const origin = { ...facts.origin, ...(row.id ? { row: row.id } : {}) };
      items.push(make(row, { id, label: row.text ?? '', group: facts.id, origin }));
    });
  }

  #matrix(raw: RawQuestion, facts: Parameters<typeof baseOf>[1], rows: readonly RawRow[], items: Item[]): void {
    const choices = toChoices(raw.answers?.choices ?? []);
    const cols = (raw.answers?.cols ?? []).filter((col) => col.visible !== false);
    switch (raw.subtype) {
      case 'ranking': {
        const ranks = choices.map((choice) => choice.id);
        const ranked = rows.map((row, index) => ({ id: row.id ?? `row-${index + 1}`, label: row.text ?? '' }));
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
    items.push({ kind: 'statement', id: `${facts.id}/title`, ...(facts.label ? { text: facts.label } : {}) });
    const start = items.length;
    rows.forEach((row, rowIndex) =>
      cols.forEach((col, colIndex) => {
        const [rowId, colId] = [row.id ?? String(rowIndex + 1), col.id ?? String(colIndex + 1)];
        const label = [row.text, col.text].filter(Boolean).join(' – ');
        const own = {
          id: this.#newId(`${rowId}/${colId}`),
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
    if (!other?.id || other.visible === false || hasOtherChoice(raw)) return;
    items.push({
      kind: 'long-text',
      id: this.#newId(other.id),
      label: other.text || 'Comment',
      required: false,
      group: id,
      origin: { page, question: raw.id ?? id, other: other.id },
    });
  }

  #score(raw: RawQuestion, id: string): void {
    for (const choice of raw.answers?.choices ?? []) {
      const points = choice.quiz_options?.score ?? 0;
      if (points === 0 || !choice.id) continue;
      const when: Condition = { op: 'includes-any', question: id, values: [choice.id] };
      const value = { op: 'number', value: points } as const;
      this.rules.push({ kind: 'calculate', after: id, when, variable: SCORE, operator: 'add', value });
    }
  }
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
