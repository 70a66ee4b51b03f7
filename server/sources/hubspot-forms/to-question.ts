import { toDay } from '@flowella/shared/form/evaluate-condition.ts';
import type { Choice, Condition, Question } from '@flowella/shared/form/form.ts';
import type { Field } from './definition.ts';
import { htmlToLine, htmlToText } from './html-to-text.ts';

/** What write-back needs of a HubSpot field: the keys of one entry of `fields[]`, and the values of options with one value twice. */
export type FieldOrigin = {
  objectTypeId: string;
  name: string;
  fieldType: string;
  optionValues?: Record<string, string>;
};

/** `objectTypeId/name`: how a HubSpot question is known everywhere. Contact is the default object. */
export function fieldId(field: Field): string {
  return `${field.objectTypeId ?? '0-1'}/${field.name ?? ''}`;
}

/** One field as a question (form-tools.md 1.2, 13 field types). An unknown type becomes `unsupported` with its raw name. */
export function toQuestion(field: Field, visibleWhen: Condition | undefined, group: string | undefined): Question {
  const required = field.required ?? false;
  const label = htmlToLine(field.label ?? '');
  const base = {
    id: fieldId(field),
    label: label || (field.name ?? ''),
    help: optional(htmlToText(field.description ?? '').text),
    placeholder: optional(htmlToLine(field.placeholder ?? '')),
    required,
    visibleWhen,
    group,
    defaultValue: defaultOf(field),
    ...remarksOf(field, label),
    origin: originOf(field),
  };
  switch (field.fieldType) {
    case 'single_line_text':
      return { ...base, kind: 'short-text' };
    case 'multi_line_text':
      return { ...base, kind: 'long-text' };
    case 'email':
      return {
        ...base,
        kind: 'email',
        blockedDomains: field.validation?.blockedEmailDomains ?? [],
        blockFreeProviders: field.validation?.useDefaultBlockList ?? false,
      };
    case 'phone':
    case 'mobile_phone':
      return { ...base, kind: 'phone', ...digitsOf(field) };
    case 'number':
      return { ...base, kind: 'number', ...digitsOf(field) };
    case 'single_checkbox':
      return { ...base, kind: 'checkbox', mustAccept: required };
    case 'multiple_checkboxes':
      return { ...base, kind: 'multi-choice', choices: choicesOf(field) };
    case 'dropdown':
      return { ...base, kind: 'single-choice', style: 'menu', choices: choicesOf(field) };
    case 'radio':
      return { ...base, kind: 'single-choice', style: 'list', choices: choicesOf(field) };
    case 'datepicker':
      return { ...base, kind: 'date' };
    case 'file':
      return { ...base, kind: 'file', multiple: field.allowMultipleFiles ?? false };
    default:
      return { ...base, kind: 'unsupported', rawType: field.fieldType ?? '' };
  }
}

/** What the report must say of the field itself, whatever becomes of it on the screen. */
function remarksOf(field: Field, label: string): { remarks?: string[] } {
  const hasChoices = CHOICE_TYPES.has(field.fieldType ?? '');
  const kept = hasChoices ? optionsWithIds(field) : [];
  const known = new Set(kept.map(({ id }) => id));
  const remarks = [
    ...(label === '' ? ['label_missing'] : []),
    ...(hasChoices && kept.length > 0 && kept.length < field.options.length ? ['choices_without_value'] : []),
    ...(hasChoices && rawDefaults(field).some((value) => !known.has(value)) ? ['default_gone'] : []),
  ];
  return remarks.length > 0 ? { remarks } : {};
}

const CHOICE_TYPES: ReadonlySet<string> = new Set(['dropdown', 'radio', 'multiple_checkboxes']);

/** 0 and absent both mean "no limit"; limits that no number can keep are none. */
function digitsOf(field: Field): { minDigits?: number; maxDigits?: number } {
  const { minAllowedDigits, maxAllowedDigits } = field.validation ?? {};
  if (minAllowedDigits && maxAllowedDigits && minAllowedDigits > maxAllowedDigits) return {};
  return {
    ...(minAllowedDigits ? { minDigits: minAllowedDigits } : {}),
    ...(maxAllowedDigits ? { maxDigits: maxAllowedDigits } : {}),
  };
}

type Option = Field['options'][number];

/** Options in display order, known by their value; a value that stands twice gets a number behind it. */
function optionsWithIds(field: Field): { id: string; option: Option }[] {
  const isOrdered = field.options.every((option) => option.displayOrder !== undefined && option.displayOrder >= 0);
  const options = isOrdered
    ? field.options.toSorted((left, right) => (left.displayOrder ?? 0) - (right.displayOrder ?? 0))
    : field.options;
  const used = new Set<string>();
  const values = new Set(options.map((option) => option.value ?? option.label ?? ''));
  return options.flatMap((option) => {
    const value = option.value ?? option.label ?? '';
    if (value.trim() === '') return [];
    let id = value;
    for (let number = 2; used.has(id) || (id !== value && values.has(id)); number += 1) id = `${value} #${number}`;
    used.add(id);
    return [{ id, option }];
  });
}

function choicesOf(field: Field): Choice[] {
  return optionsWithIds(field).map(({ id, option }) => ({
    id,
    label: htmlToLine(option.label ?? '') || id,
    description: optional(htmlToLine(option.description ?? '')),
  }));
}

function originOf(field: Field): FieldOrigin {
  const renamed = optionsWithIds(field).filter(({ id, option }) => id !== (option.value ?? option.label));
  return {
    objectTypeId: field.objectTypeId ?? '0-1',
    name: field.name ?? '',
    fieldType: field.fieldType ?? '',
    ...(renamed.length > 0
      ? { optionValues: Object.fromEntries(renamed.map(({ id, option }) => [id, option.value ?? option.label ?? ''])) }
      : {}),
  };
}

/** A default that is no longer among the choices is none. */
function defaultOf(field: Field): Question['defaultValue'] {
  const single = optional(field.defaultValue ?? '');
  switch (field.fieldType) {
    case 'multiple_checkboxes': {
      const values = knownDefaults(field);
      return values.length > 0 ? values : undefined;
    }
    case 'dropdown':
    case 'radio':
      return knownDefaults(field)[0];
    case 'single_checkbox':
      return single === undefined ? undefined : single === 'true';
    case 'datepicker':
      return (single && toDay(single)) ?? undefined;
    default:
      return single;
  }
}

function knownDefaults(field: Field): string[] {
  const known = new Set(optionsWithIds(field).map(({ id }) => id));
  return rawDefaults(field).filter((value) => known.has(value));
}

/** Several defaults stand in a list, or joined by semicolons; a single choice has one, which may hold a semicolon. */
function rawDefaults(field: Field): string[] {
  const listed = field.defaultValues.filter((value) => value !== '');
  if (listed.length > 0) return listed;
  const single = field.defaultValue ?? '';
  if (single === '') return [];
  return field.fieldType === 'multiple_checkboxes' ? single.split(';').filter((value) => value !== '') : [single];
}

/** The value of a hidden field as HubSpot takes it: several defaults joined by semicolons. */
export function hiddenValueOf(field: Field): string | undefined {
  return optional(field.defaultValues.join(';')) ?? optional(field.defaultValue ?? '');
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}
