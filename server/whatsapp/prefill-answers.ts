import type { Program, ProgramField } from '@flowella/shared/compile/program.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { formatNumber, parseNumber } from './recipient.ts';

/** HubSpot's own fields of a contact: `0-1/email` is the property `email`. */
const CONTACT_FIELD = /^0-1\/([a-z][a-z0-9_]*)$/;

/** The contact property that knows a question's answer: the mapped one, else the form field's own. */
export function propertyOf(questionId: string, mapping: Mapping): string | null {
  const line = mapping.contact.properties.find((entry) => entry.question === questionId);
  if (line) return line.create ? null : line.property;
  return CONTACT_FIELD.exec(questionId)?.[1] ?? null;
}

/** Names of all properties that could fill something in. */
export function prefillProperties(program: Program, mapping: Mapping): string[] {
  const names = program.fields
    .filter((field) => field.mayPrefill && !field.isConsent)
    .map((field) => propertyOf(field.question.id, mapping));
  return [...new Set(names.filter((name) => name !== null))];
}

/**
 * What is known of a contact, as answers (flow-rules.md section 3). A value is left out when its choice is gone, it is too
 * long or out of range; consent and document numbers are never filled in.
 */
export function prefillAnswers(
  program: Program,
  mapping: Mapping,
  properties: Record<string, string | null | undefined>,
  country: string | null,
): Answers {
  const answers: Answers = {};
  for (const field of program.fields) {
    if (!field.mayPrefill || field.isConsent) continue;
    const property = propertyOf(field.question.id, mapping);
    const raw = property === null ? null : properties[property];
    const answer = raw ? toAnswer(field, raw.trim(), country) : null;
    if (answer) answers[field.question.id] = answer;
  }
  return answers;
}

function toAnswer(field: ProgramField, raw: string, country: string | null): Answer | null {
  if (raw === '') return null;
  const { question } = field;
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
      return raw.length <= longest(field, question.maxLength) ? { kind: 'text', value: raw } : null;
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(raw) && raw.length <= longest(field, undefined)
        ? { kind: 'email', value: raw }
        : null;
    case 'phone': {
      const value = parseNumber(raw, question.defaultCountry ?? country);
      return value ? { kind: 'phone', value } : null;
    }
    case 'url':
      return raw.length <= longest(field, undefined) ? { kind: 'url', value: raw } : null;
    case 'number':
      return numberAnswer(raw, question);
    case 'scale':
      return numberAnswer(raw, { min: question.min, max: question.max, integer: true });
    case 'yes-no':
      return booleanAnswer(raw);
    case 'checkbox':
      return question.mustAccept ? null : booleanAnswer(raw);
    case 'single-choice':
      return question.choices.some((choice) => choice.id === raw) ? { kind: 'choice', choiceId: raw } : null;
    case 'multi-choice':
      return choicesAnswer(raw, question);
    case 'date':
      return dateAnswer(raw, question);
    case 'ranking':
    case 'time':
    case 'date-time':
    case 'duration':
    case 'appointment-day':
    case 'appointment':
    case 'file':
    case 'unsupported':
      return null;
  }
}

function longest(field: ProgramField, ofQuestion: number | undefined): number {
  return Math.min(ofQuestion ?? Infinity, field.inputs[0]?.maxLength ?? Infinity);
}

function numberAnswer(raw: string, o: { min?: number; max?: number; integer?: boolean }): Answer | null {
  if (!/^-?\d+(\.\d+)?$/.test(raw)) return null;
  const value = Number(raw);
  if (o.integer && !Number.isInteger(value)) return null;
  return value < (o.min ?? -Infinity) || value > (o.max ?? Infinity) ? null : { kind: 'number', value: raw };
}

function booleanAnswer(raw: string): Answer | null {
  if (raw === 'true') return { kind: 'boolean', value: true };
  return raw === 'false' ? { kind: 'boolean', value: false } : null;
}

function choicesAnswer(raw: string, question: Extract<Question, { kind: 'multi-choice' }>): Answer | null {
  const wanted = raw.split(';').map((id) => id.trim());
  const choiceIds = question.choices.map((choice) => choice.id).filter((id) => wanted.includes(id));
  return choiceIds.length === 0 || choiceIds.length > (question.maxSelected ?? Infinity)
    ? null
    : { kind: 'choices', choiceIds };
}

/** HubSpot gives dates as `YYYY-MM-DD`, and old ones as milliseconds at midnight UTC. */
function dateAnswer(raw: string, o: { min?: string; max?: string }): Answer | null {
  const value = /^-?\d{9,14}$/.test(raw) ? new Date(Number(raw)).toISOString().slice(0, 10) : raw;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return null;
  return value < (o.min ?? '0000') || value > (o.max ?? '9999') ? null : { kind: 'date', value };
}

/** Prefilled answers as a rep reads them, in the order in which they are asked. */
export function describePrefill(
  program: Program,
  answers: Answers,
  words: { yes: string; no: string },
): { label: string; value: string }[] {
  const questions = new Map(program.fields.map(({ question }) => [question.id, question]));
  return [...questions.values()].flatMap((question) => {
    const answer = answers[question.id];
    return answer ? [{ label: question.label, value: describe(question, answer, words) }] : [];
  });
}

function describe(question: Question, answer: Answer, words: { yes: string; no: string }): string {
  const labelOf = (id: string): string =>
    'choices' in question ? (question.choices.find((choice) => choice.id === id)?.label ?? id) : id;
  switch (answer.kind) {
    case 'boolean':
      return answer.value ? words.yes : words.no;
    case 'choice':
      return labelOf(answer.choiceId);
    case 'choices':
    case 'ranking':
      return answer.choiceIds.map(labelOf).join(', ');
    case 'phone':
      return formatNumber(answer.value);
    case 'duration':
      return String(answer.seconds);
    case 'files':
      return answer.files.map((file) => file.fileName).join(', ');
    case 'text':
    case 'email':
    case 'url':
    case 'number':
    case 'date':
    case 'time':
    case 'date-time':
    case 'appointment':
      return answer.value;
  }
}
