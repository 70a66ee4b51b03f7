import type { Program, ProgramField, ProgramInput, ProgramScreen } from '@flowella/shared/compile/program.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { hasFilesKey } from '@flowella/shared/compile/build-flow-json.ts';
import { isolatedIn } from '@flowella/shared/flow-words/direction.ts';
import { LIMITS } from '@flowella/shared/compile/limits.ts';
import { cutText } from '@flowella/shared/form/cut-text.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import { answerText, numberText } from '@flowella/shared/form/answer-text.ts';
import { computeValue, evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import { NO_ANSWER } from '@flowella/shared/compile/say-recall.ts';
import type { Condition, Question } from '@flowella/shared/form/form.ts';
import type { TextPart } from '@flowella/shared/form/recall.ts';
import { daysOf, type FreeTimes } from '../destinations/calendar/free-times.ts';
import { liveData } from './live-data.ts';
import type { RawValues } from './session-state.ts';
import { toInputs } from './to-inputs.ts';

export type ScreenFacts = {
  program: Program;
  screen: ProgramScreen;
  /** What the phone last sent from this screen; undefined when it never did. */
  sent: RawValues | undefined;
  prefill: Answers;
  /** Messages by input name. */
  errors: Record<string, string>;
  /** Answers of the screens before, on the path. */
  answersBefore: Answers;
  today: string;
  /** Of the appointment the program offers; `starts` null where they are not known. */
  freeTimes?: FreeTimes;
  /** Shown in the snackbar; an undeclared key that every screen takes. */
  errorMessage?: string;
};

/**
 * The complete data model of a screen, for its first showing, the next, Back and a redraw alike: every declared key, exact
 * types, never null (flow-rules.md section 2).
 */
export function screenData(facts: ScreenFacts): Record<string, JsonValue> {
  const fields = fieldsOf(facts.program, facts.screen);
  const data: Record<string, JsonValue> = {};
  if (fields.length > 0) {
    if (fields.some(takesFirstValue)) data.init = initValues(fields, facts.sent, facts.prefill);
    data.errors = facts.errors;
    for (const { inputs } of fields.filter((field) => !takesFirstValue(field)))
      for (const { name } of inputs) data[hasFilesKey(name)] = hasFiles(facts.sent?.[name]);
  }
  Object.assign(data, liveData(fields, facts, data.init));
  const notes = facts.program.notes.filter((note) => note.screen === facts.screen.id);
  for (const one of [...fields, ...notes]) {
    if (one.showKey) data[one.showKey] = isShown(one, facts);
  }
  for (const field of fields) if (field.showKey && isWithoutDays(field, facts)) data[field.showKey] = false;
  for (const { screen, key, parts } of facts.program.texts) {
    if (screen === facts.screen.id) data[key] = recalledText(parts, facts);
  }
  if (facts.errorMessage) data.error_message = facts.errorMessage;
  return data;
}

function isWithoutDays({ question }: ProgramField, { freeTimes }: ScreenFacts): boolean {
  return question.kind === 'appointment-day' && (!freeTimes || daysOf(freeTimes).length === 0);
}

/** A picker takes none. */
function takesFirstValue({ question }: ProgramField): boolean {
  return question.kind !== 'file';
}

export function hasFiles(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

export function fieldsOf(program: Program, screen: ProgramScreen): ProgramField[] {
  return program.fields.filter((field) => field.screen === screen.id);
}

function isShown({ earlier }: { earlier?: Condition }, { program, answersBefore, today }: ScreenFacts): boolean {
  return !earlier || evaluateCondition(earlier, answersBefore, today, program.definitions);
}

/** A text with the answers given so far in their places. Never blank (flow-rules.md section 2). */
function recalledText(parts: readonly TextPart[], { program, answersBefore, today }: ScreenFacts): string {
  const text = parts.filter((part) => typeof part === 'string').join('');
  const said = parts.map((part) => {
    if (typeof part === 'string') return part;
    if (part.kind === 'variable') {
      const value = computeValue({ op: 'ref', name: part.id }, answersBefore, today, program.definitions);
      return isolatedIn(text, valueText(value, program.language)) || NO_ANSWER;
    }
    const answer = answersBefore[part.id];
    const question = program.fields.find((field) => field.question.id === part.id)?.question;
    return (answer && isolatedIn(text, answerText(question, answer, program.language))) || NO_ANSWER;
  });
  return cutText(said.join(''), LIMITS.body) || NO_ANSWER;
}

function valueText(value: number | string, language: Program['language']): string {
  return typeof value === 'number' ? numberText(String(value), language) : value;
}

/** What was sent before, else the contact's value, else the form's default; the first that fits (flow-rules.md section 3). */
export function initValues(
  fields: readonly ProgramField[],
  sent: RawValues | undefined,
  prefill: Answers,
): Record<string, JsonValue> {
  const init: Record<string, JsonValue> = {};
  for (const field of fields) {
    const raw = sent ?? (field.mayPrefill ? beforehand(field, prefill) : {});
    for (const input of field.inputs) {
      const value = typed(input, raw[input.name]);
      if (value !== undefined) init[input.name] = value;
    }
  }
  return init;
}

function beforehand(field: ProgramField, prefill: Answers): RawValues {
  const known = prefill[field.question.id];
  const byDefault = defaultAnswer(field.question);
  return (known && toInputs(field, known)) ?? (byDefault && toInputs(field, byDefault)) ?? {};
}

/** The value in exactly the declared type, or undefined: a wrong type closes the flow on the phone. */
function typed(input: ProgramInput, value: JsonValue | undefined): JsonValue | undefined {
  const isKnown = (id: string) => !input.options || input.options.some((option) => option.id === id);
  switch (input.type) {
    case 'files':
      return undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'strings': {
      const ids = Array.isArray(value) ? value.filter((id) => typeof id === 'string' && isKnown(id)) : [];
      return ids.length > 0 ? ids : undefined;
    }
    case 'string':
      return typeof value === 'string' && value !== '' && isKnown(value) ? value : undefined;
  }
}

/** The form's default as an answer. What does not fit the question is found when it is turned into inputs. */
function defaultAnswer(question: Question): Answer | null {
  const { defaultValue } = question;
  if (defaultValue === undefined) return null;
  if (typeof defaultValue === 'boolean') return { kind: 'boolean', value: defaultValue };
  if (Array.isArray(defaultValue)) return { kind: 'choices', choiceIds: defaultValue };
  switch (question.kind) {
    case 'single-choice':
      return { kind: 'choice', choiceId: defaultValue };
    case 'multi-choice':
      return { kind: 'choices', choiceIds: [defaultValue] };
    case 'yes-no':
    case 'checkbox':
      return { kind: 'boolean', value: defaultValue === 'true' };
    default:
      return { kind: 'text', value: defaultValue };
  }
}
