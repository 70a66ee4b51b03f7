import type { Choice, Question } from '@flowella/shared/form/form.ts';
import type { RawChoice, RawQuestion, RawRow } from './definition.ts';

/** Where an answer goes in a response (API v3, `POST /collectors/{id}/responses`; form-tools.md 4.3). */
export type Origin = {
  page: string;
  question: string;
  row?: string;
  col?: string;
  other?: string;
  /** The row asks for a rank: ids of the choices that stand for first, second … */
  ranks?: string[];
  /** How a date is written. */
  dates?: 'us' | 'intl';
};

export type QuestionFacts = { id: string; label: string; group?: string; origin: Origin; help?: string };

type Base = Pick<Question, 'id' | 'label' | 'required' | 'origin'> & {
  group?: string;
  help?: string;
  remarks?: string[];
};

export function baseOf(raw: RawQuestion, facts: QuestionFacts): Base {
  return {
    id: facts.id,
    label: facts.label || facts.id,
    ...(facts.label ? {} : { remarks: ['label_missing'] }),
    ...(facts.help ? { help: facts.help } : {}),
    ...(facts.group ? { group: facts.group } : {}),
    required: raw.required !== undefined && raw.required !== null,
    origin: facts.origin,
  };
}

/** Choices by SurveyMonkey's id; what people do not see there is not offered here. */
export function toChoices(choices: readonly RawChoice[]): Choice[] {
  const used = new Set<string>();
  return choices
    .filter((choice) => choice.visible !== false)
    .map((choice, index) => {
      const start = choice.id ?? `choice-${index + 1}`;
      let id = start;
      for (let number = 2; used.has(id); number += 1) id = `${start}/${number}`;
      used.add(id);
      const url = choice.image?.url;
      return { id, label: choice.text ?? '', ...(url ? { image: { url } } : {}) };
    });
}

/** "At least 1", "exactly 2", "1,3" (form-tools.md 4.2, `required`). */
export function selectionLimits(raw: RawQuestion): { minSelected?: number; maxSelected?: number } {
  const [first, second] = (raw.required?.amount ?? '').split(',').map(Number);
  const amount = first !== undefined && Number.isInteger(first) && first > 0 ? first : undefined;
  if (amount === undefined) return {};
  switch (raw.required?.type) {
    case 'at_least':
      return { minSelected: amount };
    case 'at_most':
      return { maxSelected: amount };
    case 'exactly':
      return { minSelected: amount, maxSelected: amount };
    case 'range':
      return { minSelected: amount, ...(second && second >= amount ? { maxSelected: second } : {}) };
    default:
      return {};
  }
}

/** A text field with the rules that it has in SurveyMonkey. */
export function toTextQuestion(raw: RawQuestion, base: Base, isNumeric: boolean): Question {
  const { validation } = raw;
  const [min, max] = [numberOf(validation?.min), numberOf(validation?.max)];
  const limits = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  switch (validation?.type) {
    case 'integer':
      return { ...base, kind: 'number', integer: true, ...limits };
    case 'decimal':
      return { ...base, kind: 'number', ...limits };
    case 'email':
      return { ...base, kind: 'email' };
    case 'date_us':
    case 'date_intl':
      return { ...base, kind: 'date', origin: { ...base.origin, dates: validation.type.slice(5) } };
    default:
      break;
  }
  if (isNumeric) return { ...base, kind: 'number' };
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

function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const DEMOGRAPHIC: Record<string, 'email' | 'phone'> = { email: 'email', phone: 'phone' };

export function toDemographic(raw: RawQuestion, row: RawRow, facts: QuestionFacts): Question {
  const kind = DEMOGRAPHIC[row.type ?? ''] ?? 'short-text';
  return { ...baseOf(raw, facts), required: row.required ?? false, kind };
}

export function toDateTime(raw: RawQuestion, facts: QuestionFacts): Question {
  const dates = raw.validation?.type === 'date_intl' ? 'intl' : 'us';
  const base = { ...baseOf(raw, facts), origin: { ...facts.origin, dates } };
  if (raw.subtype === 'time_only') return { ...base, kind: 'time' };
  return raw.subtype === 'date_only' ? { ...base, kind: 'date' } : { ...base, kind: 'date-time' };
}
