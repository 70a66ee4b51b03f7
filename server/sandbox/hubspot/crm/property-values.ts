import parsePhoneNumber from 'libphonenumber-js/max';
import { LIFECYCLE_STAGES } from './default-properties.ts';
import type { PropertyDefinition } from './property.ts';

export type ValueProblem = { name: string; code: string; message: string };
export type CheckedValue = { value: string } | { problem: ValueProblem };

const MAX_TEXT_CHARACTERS = 65_536;
const EMAIL = /^[^\s@<>(),;:"]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}]{2,}$/u;
const DAY_MS = 86_400_000;

export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}

/**
 * Checks one value as the 2026-09 object API does and gives it in the form in which HubSpot keeps it. '' clears a property.
 * Wording and codes follow HubSpot's answers.
 */
export function checkValue(property: PropertyDefinition, raw: string): CheckedValue {
  const refuse = (code: string, message: string): CheckedValue => ({ problem: { name: property.name, code, message } });
  if (property.readOnlyValue || property.calculated) {
    return refuse('READ_ONLY_VALUE', `"${property.name}" is a read only property; its value cannot be set.`);
  }
  if (raw === '') return { value: '' };
  switch (property.type) {
    case 'string':
    case 'phone_number':
      return checkText(property, raw, refuse);
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw)
        ? { value: raw.replace(/^\+/, '') }
        : refuse('INVALID_NUMBER', `${raw} was not a valid number.`);
    case 'bool':
      return /^(true|false)$/i.test(raw)
        ? { value: raw.toLowerCase() }
        : refuse('INVALID_OPTION', `${raw} was not one of the allowed options: [true, false]`);
    case 'enumeration':
      return checkOptions(property, raw, refuse);
    case 'date':
      return checkDate(raw, refuse);
    case 'datetime':
      return checkDateTime(raw, refuse);
  }
}

type Refuse = (code: string, message: string) => CheckedValue;

function checkText(property: PropertyDefinition, raw: string, refuse: Refuse): CheckedValue {
  if (raw.length > MAX_TEXT_CHARACTERS) {
    return refuse(
      'PROPERTY_VALUE_TOO_LONG',
      `Property value is too long; the limit is ${MAX_TEXT_CHARACTERS} characters.`,
    );
  }
  if (property.name !== 'email' || !property.hubspotDefined) return { value: raw };
  const email = raw.trim().toLowerCase();
  return isEmail(email) ? { value: email } : refuse('INVALID_EMAIL', `Email address ${raw} is invalid`);
}

function checkOptions(property: PropertyDefinition, raw: string, refuse: Refuse): CheckedValue {
  // Owners and merged ids have their options elsewhere; HubSpot lists none in the definition.
  if (property.options.length === 0 && property.hubspotDefined) return { value: raw };
  const allowed = property.options.map((option) => option.value);
  // A leading ";" adds to what is there; the caller joins.
  const chosen = property.fieldType === 'checkbox' ? raw.replace(/^;/, '').split(';').filter(Boolean) : [raw];
  const unknown = chosen.find((value) => !allowed.includes(value));
  return unknown === undefined
    ? { value: property.fieldType === 'checkbox' ? `${raw.startsWith(';') ? ';' : ''}${chosen.join(';')}` : raw }
    : refuse('INVALID_OPTION', `${unknown} was not one of the allowed options: [${allowed.join(', ')}]`);
}

function checkDate(raw: string, refuse: Refuse): CheckedValue {
  if (/^-?\d{1,15}$/.test(raw)) {
    const ms = Number(raw);
    const date = new Date(ms);
    if (Number.isNaN(date.getTime())) return refuse('INVALID_DATE', `${raw} was not a valid date.`);
    return ms % DAY_MS === 0
      ? { value: date.toISOString().slice(0, 10) }
      : refuse('INVALID_DATE', `${raw} is at ${date.toISOString().slice(11, 23)} UTC, not midnight!`);
  }
  const text = raw.replace(/T00:00(:00(\.000)?)?Z$/, '');
  return isCalendarDate(text) ? { value: text } : refuse('INVALID_LONG', `${raw} was not a valid long.`);
}

function checkDateTime(raw: string, refuse: Refuse): CheckedValue {
  const date = /^-?\d{1,15}$/.test(raw) ? new Date(Number(raw)) : parseIso(raw);
  return date && !Number.isNaN(date.getTime())
    ? { value: date.toISOString() }
    : refuse('INVALID_LONG', `${raw} was not a valid long.`);
}

function parseIso(raw: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(raw);
  if (!match?.[1] || !isCalendarDate(match[1])) return null;
  return new Date(match[2] === undefined || match[5] !== undefined ? raw : `${raw}Z`);
}

/** True for a day that exists: 2026-02-30 does not. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

/** Forward only: true when the new stage may replace the old one; clearing is always allowed. */
export function mayMoveLifecycle(from: string | undefined, to: string): boolean {
  if (!from || to === '') return true;
  return LIFECYCLE_STAGES.indexOf(to) >= LIFECYCLE_STAGES.indexOf(from);
}

/** Area code and local number without country code, digits only (hubspot-platform.md section 5.1, by phone). */
export function searchablePhone(raw: string | undefined): string {
  if (!raw) return '';
  const parsed = parsePhoneNumber(raw, { defaultCountry: 'US' });
  return parsed?.isPossible() && (raw.trim().startsWith('+') || parsed.isValid())
    ? parsed.nationalNumber
    : raw.replace(/\D/g, '');
}
