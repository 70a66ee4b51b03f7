import { LIMITS } from '@flowella/shared/compile/limits.ts';
import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { ProgramField, ProgramInput } from '@flowella/shared/compile/program.ts';
import { withShare } from '@flowella/shared/compile/question-shares.ts';
import { asciiDigits } from '@flowella/shared/form/ascii-digits.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { daysOf, type FreeTimes } from '../destinations/calendar/free-times.ts';
import type { CheckCode } from './check-messages.ts';
import { FREE_MAIL_DOMAINS } from './free-mail-domains.ts';
import { normalizePhone } from './normalize-phone.ts';
import { readFileAnswer } from './read-file-answer.ts';
import type { RawValues } from './session-state.ts';

/**
 * What the phone sent for one question, as a typed answer. `empty` is an answer too, where the question may be left out.
 * `problem` names the input under which the message stands; `answer` beside it is what was said all the same, for light
 * flows, which cannot refuse (flow-rules.md section 4).
 */
export type Checked =
  | { kind: 'answer'; answer: Answer }
  | { kind: 'empty' }
  | { kind: 'problem'; code: CheckCode; input: string; answer?: Answer };

/**
 * `country`: ISO 3166-1 alpha-2 of the person's own number, for phone numbers typed without a country code. `freeTimes`: of the
 * appointment; where they are not known, what was offered before is taken. `areSharesKnown`: what is ticked on the other screens of a
 * question that is spread over several, also on later ones.
 */
export type CheckContext = { country?: string; freeTimes?: FreeTimes; areSharesKnown?: boolean };

export function checkAnswer(field: ProgramField, raw: RawValues, context: CheckContext = {}): Checked {
  const { question, inputs } = field;
  if (field.share) return readField({ ...field, question: withoutNumbers(question) }, raw, context);
  const checked = readField(field, raw, context);
  if (checked.kind !== 'empty' || !question.required) return checked;
  return { kind: 'problem', code: 'required', input: inputs[0]?.name ?? '' };
}

/** How many boxes are ticked is known only when those of the question's other screens are (`ofAllShares`). */
function withoutNumbers(question: Question): Question {
  return { ...question, required: false, minSelected: undefined, maxSelected: undefined } as Question;
}

/** The answer so far with what this screen adds to it, held against the numbers of the whole question. */
export function ofAllShares(
  { question, share, inputs }: ProgramField,
  checked: Checked,
  before: Answer | undefined,
  { areSharesKnown }: CheckContext,
): Checked {
  const [first] = inputs;
  if (!share || !first || question.kind !== 'multi-choice') return checked;
  const own = checked.kind === 'empty' ? undefined : checked.answer;
  const answer = own ? withShare(before, own) : before;
  if (checked.kind === 'problem') return { ...checked, answer };
  const isLast = areSharesKnown === true || share.number === share.count;
  if (answer?.kind !== 'choices') return isLast && question.required ? problem('required', first) : { kind: 'empty' };
  const { minSelected = 0, maxSelected = Infinity } = question;
  if (answer.choiceIds.length > maxSelected) return problem('too-many-choices', first, answer);
  if (isLast && answer.choiceIds.length < minSelected) return problem('too-few-choices', first, answer);
  return ok(answer);
}

function readField(field: ProgramField, raw: RawValues, context: CheckContext): Checked {
  const { question, inputs } = field;
  const [first] = inputs;
  if (!first) return { kind: 'empty' };
  switch (question.kind) {
    case 'checkbox':
      return checkTick(question, first, raw);
    case 'yes-no':
    case 'scale':
      return checkFixed(question, first, raw);
    case 'single-choice':
      return checkSingle(inputs, raw);
    case 'multi-choice':
      return checkMulti(question, inputs, raw);
    case 'ranking':
      return checkRanking(inputs, raw);
    case 'date-time':
      return checkDateTime(inputs, raw);
    case 'duration':
      return checkDuration(inputs, raw);
    case 'appointment-day':
      return checkDay(first, raw, context);
    case 'appointment':
      return checkAppointment(question, first, raw, context);
    case 'file':
      return checkFiles(question, first, raw);
    case 'unsupported':
      return { kind: 'empty' };
    default:
      return checkText(question, first, raw, context);
  }
}

/** The text of one input without outer space; null bytes, which no database text takes, are left out. */
function textOf(raw: RawValues, input: ProgramInput | undefined): string {
  const value = input ? raw[input.name] : undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.replaceAll('\u0000', '').trim() : '';
}

function problem(code: CheckCode, input: ProgramInput, answer?: Answer): Checked {
  return { kind: 'problem', code, input: input.name, answer };
}

function ok(answer: Answer): Checked {
  return { kind: 'answer', answer };
}

// --- text -------------------------------------------------------------------------------------------------------------------

type TextQuestion = Extract<
  Question,
  { kind: 'short-text' | 'long-text' | 'email' | 'phone' | 'url' | 'number' | 'date' | 'time' }
>;

function checkText(question: TextQuestion, input: ProgramInput, raw: RawValues, context: CheckContext): Checked {
  const text = textOf(raw, input);
  if (text === '') return { kind: 'empty' };
  if (input.maxLength !== undefined && text.length > input.maxLength)
    return problem('too-long', input, { kind: 'text', value: text });
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
      return checkPlain(question, input, text);
    case 'email':
      return checkEmail(question, input, text);
    case 'phone':
      return checkPhone(question, input, text, context);
    case 'url':
      return checkUrl(input, text);
    case 'number':
      return checkNumber(question, input, text);
    case 'date':
      return checkDate(question, input, text);
    case 'time': {
      const time = toTime(text);
      return time ? ok({ kind: 'time', value: time }) : problem('time', input, { kind: 'text', value: text });
    }
  }
}

function checkPlain(
  question: Extract<Question, { kind: 'short-text' | 'long-text' }>,
  input: ProgramInput,
  text: string,
): Checked {
  const answer: Answer = { kind: 'text', value: text };
  if (question.kind === 'long-text') return ok(answer);
  if (question.minLength !== undefined && text.length < question.minLength) return problem('too-short', input, answer);
  if (question.pattern !== undefined && !matches(question.pattern, text)) return problem('format', input, answer);
  return ok(answer);
}

/** A pattern that this engine cannot read is left to the phone. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    return true;
  }
}

const EMAIL =
  /^[^\s@<>()[\],;:"\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]{0,61}[\p{L}\p{N}]$/u;

function checkEmail(question: Extract<Question, { kind: 'email' }>, input: ProgramInput, text: string): Checked {
  const answer: Answer = { kind: 'email', value: text };
  const local = text.slice(0, text.lastIndexOf('@'));
  if (!EMAIL.test(text) || local.startsWith('.') || local.endsWith('.') || local.includes('..'))
    return problem('email', input, answer);
  const domain = text.slice(text.lastIndexOf('@') + 1).toLowerCase();
  const isBlocked = (question.blockedDomains ?? []).some((blocked) => {
    const wanted = blocked
      .trim()
      .toLowerCase()
      .replace(/^[@*.]+/, '');
    return wanted !== '' && (domain === wanted || domain.endsWith(`.${wanted}`));
  });
  if (isBlocked || (question.blockFreeProviders && FREE_MAIL_DOMAINS.has(domain)))
    return problem('email-blocked', input, answer);
  return ok(answer);
}

function checkPhone(
  question: Extract<Question, { kind: 'phone' }>,
  input: ProgramInput,
  text: string,
  context: CheckContext,
): Checked {
  const typed: Answer = { kind: 'phone', value: text };
  const result = normalizePhone(text, question.defaultCountry ?? context.country);
  if (result.kind === 'no-country') return problem('phone-country', input, typed);
  if (result.kind === 'invalid') return problem('phone', input, typed);
  const digits = result.e164.length - 1;
  const answer: Answer = { kind: 'phone', value: result.e164 };
  return isWithin(digits, question.minDigits, question.maxDigits) ? ok(answer) : problem('phone-digits', input, answer);
}

function checkUrl(input: ProgramInput, text: string): Checked {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.hostname.includes('.') && !/\s/.test(text);
  return isWeb ? ok({ kind: 'url', value: address }) : problem('url', input, { kind: 'text', value: text });
}

/** Decimal comma and point, spaces and apostrophes between groups, as people type them; plain decimal as the answer. */
function checkNumber(question: Extract<Question, { kind: 'number' }>, input: ProgramInput, text: string): Checked {
  const plain = toDecimal(text);
  if (plain === null) return problem('number', input, { kind: 'text', value: text });
  const answer: Answer = { kind: 'number', value: plain };
  if (question.integer && plain.includes('.')) return problem('number', input, answer);
  if (!isWithin(plain.replace(/\D/g, '').length, question.minDigits, question.maxDigits))
    return problem('number-digits', input, answer);
  return isWithin(Number(plain), question.min, question.max) ? ok(answer) : problem('number-range', input, answer);
}

function toDecimal(text: string): string | null {
  const bare = asciiDigits(text)
    .replace(/[\s'’\u00a0]/g, '')
    .replace(/^\+/, '');
  const grouped = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare)
    ? bare.replaceAll(',', '')
    : /^-?\d{1,3}(?:\.\d{3})+,\d+$/.test(bare)
      ? bare.replaceAll('.', '').replace(',', '.')
      : bare.replace(',', '.');
  return /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(grouped) ? grouped.replace(/^(-?)\./, '$10.') : null;
}

function checkDate(question: Extract<Question, { kind: 'date' }>, input: ProgramInput, text: string): Checked {
  if (!isDate(text)) return problem('date', input, { kind: 'text', value: text });
  const answer: Answer = { kind: 'date', value: text };
  const isPossible = (!question.min || text >= question.min) && (!question.max || text <= question.max);
  return isPossible ? ok(answer) : problem('date-range', input, answer);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === text;
}

function toTime(text: string): string | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(asciiDigits(text));
  return match ? `${(match[1] ?? '').padStart(2, '0')}:${match[2] ?? ''}` : null;
}

function isWithin(value: number, min: number | undefined, max: number | undefined): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

// --- choices ------------------------------------------------------------------------------------------------------------------

/** The choice an input stands on: null for none, undefined for one that is not on the list. */
function chosen(input: ProgramInput | undefined, raw: RawValues): string | null | undefined {
  const id = textOf(raw, input);
  if (id === '') return null;
  return input?.options?.find((option) => option.id === id)?.choice;
}

/** An unticked box that was shown is answered with no. */
function checkTick(question: Extract<Question, { kind: 'checkbox' }>, input: ProgramInput, raw: RawValues): Checked {
  const value = isTicked(raw[input.name]);
  const answer: Answer = { kind: 'boolean', value };
  const isMissing = !value && (question.mustAccept || question.required);
  return isMissing ? problem('must-accept', input, answer) : ok(answer);
}

function isTicked(value: JsonValue | undefined): boolean {
  return value === true || value === 'true';
}

function checkFixed(question: Question, input: ProgramInput, raw: RawValues): Checked {
  const choice = chosen(input, raw);
  if (choice === null) return { kind: 'empty' };
  if (choice === undefined) return problem('choice', input);
  return ok(
    question.kind === 'yes-no' ? { kind: 'boolean', value: choice === 'true' } : { kind: 'number', value: choice },
  );
}

function checkSingle(inputs: readonly ProgramInput[], raw: RawValues): Checked {
  const group = inputs.find((input) => input.role === 'group');
  const input = group ? partOf(group, inputs, raw) : inputs.find((one) => one.role === 'value');
  if (group && !input) return { kind: 'empty' };
  if (!input) return { kind: 'empty' };
  const choice = chosen(input, raw);
  if (choice === null) return group ? problem('required', input) : { kind: 'empty' };
  if (choice === undefined) return problem('choice', input);
  if (choice !== OTHER_CHOICE) return ok({ kind: 'choice', choiceId: choice });
  const other = inputs.find((one) => one.role === 'other');
  const otherText = textOf(raw, other);
  const answer: Answer = { kind: 'choice', choiceId: OTHER_CHOICE, ...(otherText ? { otherText } : {}) };
  return otherText === '' && other ? problem('required', other, answer) : ok(answer);
}

/** The menu of the section that was chosen; what stands in the menus of other sections does not count. */
function partOf(group: ProgramInput, inputs: readonly ProgramInput[], raw: RawValues): ProgramInput | undefined {
  const name = chosen(group, raw);
  return inputs.find((input) => input.name === name);
}

function checkMulti(
  question: Extract<Question, { kind: 'multi-choice' }>,
  inputs: readonly ProgramInput[],
  raw: RawValues,
): Checked {
  const lists = inputs.filter((input) => input.role !== 'other');
  const other = inputs.find((input) => input.role === 'other');
  const choices: (string | undefined)[] = lists.flatMap((input) => idsOf(input, raw).map((id) => optionOf(input, id)));
  const [first] = lists;
  if (!first) return { kind: 'empty' };
  const known = [...new Set(choices.filter((choice) => choice !== undefined))];
  const otherText = textOf(raw, other);
  // Whoever writes another answer has chosen it, but for a list of which one is chosen: its field is hidden then.
  const isList = first.type === 'string';
  const isWritten = other && otherText && !known.includes(OTHER_CHOICE);
  const choiceIds = isWritten && !isList ? [...known, OTHER_CHOICE] : known;
  const said = otherText && !(isWritten && isList) ? { otherText } : {};
  const answer: Answer = { kind: 'choices', choiceIds, ...said };
  if (choices.includes(undefined)) return problem('choice', first, known.length > 0 ? answer : undefined);
  if (choiceIds.length === 0) return { kind: 'empty' };
  if (other && otherText === '' && choiceIds.includes(OTHER_CHOICE)) return problem('required', other, answer);
  const { minSelected, maxSelected } = question;
  if (minSelected !== undefined && choiceIds.length < minSelected) return problem('too-few-choices', first, answer);
  if (maxSelected !== undefined && choiceIds.length > maxSelected) return problem('too-many-choices', first, answer);
  return ok(answer);
}

function idsOf(input: ProgramInput, raw: RawValues): string[] {
  const value = raw[input.name];
  if (input.type === 'boolean') return isTicked(value) ? ['true'] : [];
  const list = Array.isArray(value) ? value : value === undefined || value === null || value === '' ? [] : [value];
  return list.map(String);
}

function optionOf(input: ProgramInput, id: string): string | undefined {
  return input.options?.find((option) => option.id === id)?.choice;
}

function checkRanking(inputs: readonly ProgramInput[], raw: RawValues): Checked {
  const choices = inputs.map((input) => chosen(input, raw));
  if (choices.every((choice) => choice === null)) return { kind: 'empty' };
  const placed: string[] = [];
  for (const [index, input] of inputs.entries()) {
    const choice = choices[index];
    const soFar: Answer | undefined = placed.length > 0 ? { kind: 'ranking', choiceIds: placed } : undefined;
    if (choice === undefined) return problem('choice', input, soFar);
    if (choice === null) return problem('required', input, soFar);
    if (placed.includes(choice)) return problem('same-place', input, soFar);
    placed.push(choice);
  }
  return ok({ kind: 'ranking', choiceIds: placed });
}

// --- files --------------------------------------------------------------------------------------------------------------------

function checkFiles(question: Extract<Question, { kind: 'file' }>, input: ProgramInput, raw: RawValues): Checked {
  const value = raw[input.name];
  if (!Array.isArray(value) || value.length === 0) return { kind: 'empty' };
  const files = value.flatMap((one) => readFileAnswer(one) ?? []);
  const distinct = files.filter((file, index) => files.findIndex(({ mediaId }) => mediaId === file.mediaId) === index);
  if (distinct.length === 0) return problem('file', input);
  const answer: Answer = { kind: 'files', files: distinct };
  if (files.length < value.length) return problem('file', input, answer);
  return distinct.length > (question.maxFiles ?? LIMITS.filesPerPicker)
    ? problem('too-many-files', input, answer)
    : ok(answer);
}

// --- parts --------------------------------------------------------------------------------------------------------------------

function checkDateTime(inputs: readonly ProgramInput[], raw: RawValues): Checked {
  const [date, time] = inputs;
  if (!date || !time) return { kind: 'empty' };
  const day = textOf(raw, date);
  const clock = textOf(raw, time);
  if (day === '' && clock === '') return { kind: 'empty' };
  if (!isDate(day)) return problem(day === '' ? 'required' : 'date', date);
  const exact = toTime(clock);
  if (!exact) return problem(clock === '' ? 'required' : 'time', time);
  return ok({ kind: 'date-time', value: `${day}T${exact}` });
}

function checkDuration(inputs: readonly ProgramInput[], raw: RawValues): Checked {
  const [hours, minutes] = inputs;
  if (!hours || !minutes) return { kind: 'empty' };
  const texts = [asciiDigits(textOf(raw, hours)), asciiDigits(textOf(raw, minutes))] as const;
  if (texts[0] === '' && texts[1] === '') return { kind: 'empty' };
  const [inHours, inMinutes] = texts.map(decimalOf);
  if (inHours === undefined || inHours === null) return problem('number', hours);
  if (inMinutes === undefined || inMinutes === null) return problem('number', minutes);
  return ok({ kind: 'duration', seconds: Math.round(inHours * 3_600 + inMinutes * 60) });
}

/** "1.5", "1,5" and "1٫5" are one and a half; an empty field is none. Null where it is no number of at most four digits. */
function decimalOf(text: string): number | null {
  if (text === '') return 0;
  return /^(?=.*\d)\d{0,4}(?:[.,٫]\d{0,4})?$/.test(text) ? Number(text.replace(/[,٫]/, '.')) : null;
}

// --- appointments -------------------------------------------------------------------------------------------------------

function checkDay(input: ProgramInput, raw: RawValues, { freeTimes }: CheckContext): Checked {
  const day = textOf(raw, input);
  if (day === '') return { kind: 'empty' };
  const isFree = freeTimes?.starts ? daysOf(freeTimes).includes(day) : /^\d{4}-\d{2}-\d{2}$/.test(day);
  return isFree ? ok({ kind: 'date', value: day }) : problem('choice', input);
}

function checkAppointment(
  question: Extract<Question, { kind: 'appointment' }>,
  input: ProgramInput,
  raw: RawValues,
  { freeTimes }: CheckContext,
): Checked {
  const start = textOf(raw, input);
  if (start === '') return { kind: 'empty' };
  const isMoment = !Number.isNaN(Date.parse(start)) && new Date(start).toISOString() === start;
  // A time that somebody else took in the meantime is offered no more.
  if (!isMoment || (freeTimes?.starts && !freeTimes.starts.includes(start))) return problem('choice', input);
  const { minutes, link } = question;
  return ok({ kind: 'appointment', value: start, minutes, link, timeZone: freeTimes?.timeZone ?? question.timeZone });
}
