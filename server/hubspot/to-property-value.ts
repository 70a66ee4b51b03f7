import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Choice, Question } from '@flowella/shared/form/form.ts';
import { assertNever } from '../app-error.ts';
import { isWritable, type Property } from './properties.ts';

/** Why an answer cannot go into a property; `why` names it for the texts of the destinations. */
export type PropertyProblem = 'read_only' | 'files' | 'wrong_type' | 'option_missing' | 'unsupported';
export type PropertyValue =
  { kind: 'value'; value: string } | { kind: 'problem'; why: PropertyProblem; missing?: string };

type ValueKind = 'text' | 'number' | 'boolean' | 'choice' | 'choices' | 'date' | 'datetime' | 'none';

/** What kind of value the answers of a question are, as far as a property is concerned. */
function valueKind(question: Question): ValueKind {
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
    case 'email':
    case 'phone':
    case 'url':
    case 'time':
    case 'ranking':
      return 'text';
    case 'number':
    case 'scale':
    case 'duration':
      return 'number';
    case 'yes-no':
    case 'checkbox':
      return 'boolean';
    case 'single-choice':
      return 'choice';
    case 'multi-choice':
      return 'choices';
    case 'date':
    case 'appointment-day':
      return 'date';
    case 'appointment':
    case 'date-time':
      return 'datetime';
    case 'file':
    case 'unsupported':
      return 'none';
    default:
      return assertNever(question);
  }
}

/** Property types that can hold a kind of value; text holds everything that can be written down. */
const FITTING: Record<ValueKind, readonly string[]> = {
  text: ['string', 'phone_number'],
  number: ['number', 'string'],
  boolean: ['bool', 'enumeration', 'string'],
  choice: ['enumeration', 'string', 'bool'],
  choices: ['enumeration', 'string'],
  date: ['date', 'datetime', 'string'],
  datetime: ['datetime', 'string'],
  none: [],
};

/** Null when every answer of the question fits the property, else why not. Pure. */
export function propertyProblem(
  question: Question,
  property: Property,
): { why: PropertyProblem; missing?: string } | null {
  if (!isWritable(property)) return { why: 'read_only' };
  const kind = valueKind(question);
  if (kind === 'none') return { why: question.kind === 'file' ? 'files' : 'unsupported' };
  if (property.type === 'string' && property.fieldType === 'file') return { why: 'wrong_type' };
  if (!FITTING[kind].includes(property.type)) return { why: 'wrong_type' };
  if (property.type !== 'enumeration' && property.type !== 'bool') return null;
  if (kind === 'choices' && property.fieldType !== 'checkbox') return { why: 'wrong_type' };
  const missing = choicesOf(question).find((choice) => optionFor(choice, property) === null);
  return missing ? { why: 'option_missing', missing: missing.label } : null;
}

/** One answer in the form in which HubSpot takes it for this property: always a string. Pure. */
export function toPropertyValue(question: Question, answer: Answer, property: Property): PropertyValue {
  if (!isWritable(property)) return { kind: 'problem', why: 'read_only' };
  const isOption = property.type === 'enumeration' || property.type === 'bool';
  if (!FITTING[valueKind(question)].includes(property.type)) return { kind: 'problem', why: 'wrong_type' };
  switch (answer.kind) {
    case 'choice':
      return options([answer.choiceId], answer.otherText, { question, property, isOption });
    case 'choices':
    case 'ranking':
      return options(answer.choiceIds, answer.kind === 'choices' ? answer.otherText : undefined, {
        question,
        property,
        isOption,
      });
    case 'boolean':
      return options([String(answer.value)], undefined, { question, property, isOption });
    case 'date':
      return value(property.type === 'datetime' ? `${answer.value}T00:00:00Z` : answer.value);
    case 'duration':
      return value(String(answer.seconds));
    case 'files':
      return { kind: 'problem', why: 'files' };
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
    case 'number':
    case 'time':
    case 'date-time':
    case 'appointment':
      return value(answer.value);
    default:
      return assertNever(answer);
  }
}

function value(text: string): PropertyValue {
  return { kind: 'value', value: text };
}

function options(
  ids: readonly string[],
  otherText: string | undefined,
  target: { question: Question; property: Property; isOption: boolean },
): PropertyValue {
  const choices = choicesOf(target.question);
  const chosen = ids.map((id) => choices.find((choice) => choice.id === id) ?? { id, label: id });
  if (!target.isOption)
    return value([...chosen.map((choice) => choice.label), ...(otherText ? [otherText] : [])].join('; '));
  const values: string[] = [];
  for (const choice of chosen) {
    const option = optionFor(choice, target.property);
    if (option === null) return { kind: 'problem', why: 'option_missing', missing: choice.label };
    values.push(option);
  }
  if (otherText) return { kind: 'problem', why: 'option_missing', missing: otherText };
  return value(values.join(';'));
}

/** The property's option for a choice: by value first, else by label, since another form may have named it itself. */
function optionFor(choice: Choice, property: Property): string | null {
  if (property.type === 'bool' && property.options.length === 0)
    return /^(true|false)$/.test(choice.id) ? choice.id : null;
  const byValue = property.options.find((option) => option.value === choice.id);
  if (byValue) return byValue.value;
  const label = choice.label.trim().toLocaleLowerCase();
  return property.options.find((option) => option.label.trim().toLocaleLowerCase() === label)?.value ?? null;
}

const YES_NO: Choice[] = [
  { id: 'true', label: 'Yes' },
  { id: 'false', label: 'No' },
];

function choicesOf(question: Question): Choice[] {
  switch (question.kind) {
    case 'single-choice':
    case 'multi-choice':
    case 'ranking':
      return question.choices;
    case 'yes-no':
    case 'checkbox':
      return YES_NO;
    default:
      return [];
  }
}
