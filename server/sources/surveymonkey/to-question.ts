import type { Choice, Image, Question } from '@flowella/shared/form/form.ts';
import type { RawChoice, RawQuestion, RawRow } from './definition.ts';

/** Where an answer goes in a response (API v3, `POST /collectors/{id}/responses`; form-tools.md 4.3). */
export type Origin = {
  page: string;
  question: string;
  row?: string;
  col?: string;
  other?: string;
  /** The question that holds what is written beside the choice `other`. */
  otherText?: string;
  /** Written together with the choice that it belongs to. */
  isOtherText?: true;
  /** The row asks for a rank: ids of the choices that stand for first, second … */
  ranks?: string[];
  /** How a date is written. */
  dates?: 'us' | 'intl';
};

export type QuestionFacts = {
  id: string;
  label: string;
  group?: string;
  origin: Origin;
  help?: string;
  image?: Image;
};

type Base = Pick<Question, 'id' | 'label' | 'required' | 'origin'> & {
  group?: string;
  help?: string;
  image?: Image;
  remarks?: string[];
};

/** What every question has, with what the report must say of it. */
export function baseOf(raw: RawQuestion, facts: QuestionFacts): Base {
  const remarks = [
    ...(facts.label ? [] : ['label_missing']),
    ...(raw.isPiped ? ['recall_lost'] : []),
    ...limitsLost(raw),
    ...(raw.display_options?.display_type === 'emoji' ? ['symbols_as_list'] : []),
    ...(offered(raw).some((choice) => !choice.text) ? ['choice_label_missing'] : []),
  ];
  return {
    id: facts.id,
    label: facts.label || facts.id,
    ...(remarks.length > 0 ? { remarks } : {}),
    ...(facts.help ? { help: facts.help } : {}),
    ...(facts.image ? { image: facts.image } : {}),
    ...(facts.group ? { group: facts.group } : {}),
    required: isRequired(raw),
    origin: facts.origin,
  };
}

/** Choices by SurveyMonkey's id; what people do not see there is not offered here. */
export function toChoices(choices: readonly Partial<RawChoice>[]): Choice[] {
  const used = new Set<string>();
  return choices
    .filter((choice) => choice.visible !== false)
    .map((choice, index) => {
      const start = choice.id ?? `choice-${index + 1}`;
      let id = start;
      for (let number = 2; used.has(id); number += 1) id = `${start}/${number}`;
      used.add(id);
      const url = choice.image?.url;
      return { id, label: choice.text || String(index + 1), ...(url ? { image: { url } } : {}) };
    });
}

function offered(raw: RawQuestion): RawChoice[] {
  const { choices = [], cols = [] } = raw.answers ?? {};
  return [...choices, ...cols.flatMap((col) => col.choices)].filter((choice) => choice.visible !== false);
}

/**
 * `required` of a question with rows says how many of them must be answered (form-tools.md 4.2). "At least 2" of 5 cannot be
 * said of any one row, so none is required then: `limitsLost` names the loss. Only if it comes to all of them, each is.
 */
function isRequired(raw: RawQuestion): boolean {
  if (!raw.required) return false;
  const rows = (raw.answers?.rows ?? []).filter((row) => row.visible !== false);
  if (!countsRows(raw)) return true;
  const [least = 0] = amounts(raw);
  return rows.length <= 1 || least >= rows.length;
}

function countsRows(raw: RawQuestion): boolean {
  const isInRows = raw.family === 'matrix' || raw.family === 'open_ended' || raw.family === 'datetime';
  return isInRows && (raw.answers?.rows ?? []).length > 0 && PART_OF_ROWS.has(raw.required?.type ?? '');
}

const PART_OF_ROWS: ReadonlySet<string> = new Set(['at_least', 'at_most', 'exactly', 'range']);

/** Rules over several rows together, and patterns, which the API names without saying what they are. */
function limitsLost(raw: RawQuestion): string[] {
  const { validation } = raw;
  const isRowCountLost = countsRows(raw) && !isRequired(raw);
  const hasSum = raw.subtype === 'numerical' && numberOf(validation?.sum) !== undefined;
  const isForced = raw.forced_ranking === true && raw.family === 'matrix' && raw.subtype !== 'ranking';
  return isRowCountLost || hasSum || isForced || validation?.type === 'regex' ? ['surveymonkey_limit_lost'] : [];
}

function amounts(raw: RawQuestion): number[] {
  return (raw.required?.amount ?? '').split(',').map(Number);
}

/** "At least 1", "exactly 2", "1,3" (form-tools.md 4.2, `required`). */
export function selectionLimits(raw: RawQuestion): { minSelected?: number; maxSelected?: number } {
  const [first, second] = amounts(raw);
  const { other } = raw.answers ?? {};
  const count = offered(raw).length + (other?.is_answer_choice === true && other.visible !== false ? 1 : 0);
  // More than there are could never be ticked.
  const amount = first !== undefined && Number.isInteger(first) && first > 0 ? Math.min(first, count) : undefined;
  if (!amount) return {};
  switch (raw.required?.type) {
    case 'at_least':
      return { minSelected: amount };
    case 'at_most':
      return { maxSelected: amount };
    case 'exactly':
      return { minSelected: amount, maxSelected: amount };
    case 'range':
      return {
        minSelected: amount,
        ...(second && Number.isInteger(second) && second >= amount ? { maxSelected: second } : {}),
      };
    default:
      return {};
  }
}

/** A text field with the rules that it has in SurveyMonkey. */
export function toTextQuestion(raw: RawQuestion, base: Base, isNumeric: boolean): Question {
  const { validation } = raw;
  const [min, max] = [numberOf(validation?.min), numberOf(validation?.max)];
  const limits = isCrossed(min, max)
    ? {}
    : { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  switch (validation?.type) {
    case 'integer':
      return { ...base, kind: 'number', integer: true, ...limits };
    case 'decimal':
      return { ...base, kind: 'number', ...limits };
    case 'email':
      return { ...base, kind: 'email' };
    case 'date_us':
    case 'date_intl':
      return { ...base, kind: 'date', ...daysOf(raw), origin: { ...base.origin, dates: validation.type.slice(5) } };
    default:
      break;
  }
  if (isNumeric) return { ...base, kind: 'number', ...limits };
  if (raw.subtype === 'essay') return { ...base, kind: 'long-text', ...lengthOf(validation?.type, max) };
  return {
    ...base,
    kind: 'short-text',
    ...lengthOf(validation?.type, max),
    ...(validation?.type === 'text_length' && min ? { minLength: Math.round(min) } : {}),
  };
}

function lengthOf(type: string | undefined, max: number | undefined): { maxLength?: number } {
  return type === 'text_length' && max !== undefined && max >= 1 ? { maxLength: Math.round(max) } : {};
}

function isCrossed(min: number | undefined, max: number | undefined): boolean {
  return min !== undefined && max !== undefined && min > max;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The first and last day that SurveyMonkey takes, where they are readable as days. */
function daysOf(raw: RawQuestion): { min?: string; max?: string } {
  const isIntl = raw.validation?.type === 'date_intl';
  const [min, max] = [toDay(raw.validation?.min, isIntl), toDay(raw.validation?.max, isIntl)];
  if (min && max && min > max) return {};
  return { ...(min ? { min } : {}), ...(max ? { max } : {}) };
}

function toDay(value: unknown, isIntl: boolean): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, first = '', second = '', last = ''] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(value) ?? [];
  const day = last ? `${last}-${isIntl ? second : first}-${isIntl ? first : second}` : value.slice(0, 10);
  const date = /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00:00Z`) : new Date(NaN);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? undefined : day;
}

const DEMOGRAPHIC: Record<string, 'email' | 'phone'> = { email: 'email', phone: 'phone' };

/** A row of a demographic question; each says for itself whether it is required. */
export function toDemographic(raw: RawQuestion, row: RawRow, facts: QuestionFacts): Question {
  const kind = Object.hasOwn(DEMOGRAPHIC, row.type ?? '') ? DEMOGRAPHIC[row.type ?? ''] : undefined;
  return { ...baseOf(raw, facts), required: row.required ?? false, kind: kind ?? 'short-text' };
}

/** A date, a time or both, by the subtype of the question. */
export function toDateTime(raw: RawQuestion, facts: QuestionFacts): Question {
  const dates = raw.validation?.type === 'date_intl' ? 'intl' : 'us';
  const base = { ...baseOf(raw, facts), origin: { ...facts.origin, dates } };
  if (raw.subtype === 'time_only') return { ...base, kind: 'time' };
  return raw.subtype === 'date_only' ? { ...base, kind: 'date', ...daysOf(raw) } : { ...base, kind: 'date-time' };
}
