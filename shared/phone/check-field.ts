import type { PhoneTexts } from './phone-texts.ts';
import { isEmptyValue } from './fields.ts';
import type { CalendarView, ChoicesView, DateLimits, InputView, PickerView, TextInputView } from './screen-view.ts';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+?[\d\s().-]{4,}$/;
const NUMBER = /^[+-]?\d+(?:[.,]\d+)?$/;
const DAY_MS = 86_400_000;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** What the phone itself has against a field's value, in the person's language; `null` when it may be sent. */
export function checkField(input: InputView, texts: PhoneTexts): string | null {
  if (input.kind === 'photos' || input.kind === 'documents') return checkPicker(input, texts);
  if (isEmptyValue(input.value)) return checkEmpty(input, texts);
  switch (input.kind) {
    case 'text-input':
      return checkTextInput(input, texts);
    case 'text-area':
      return input.value.length > input.maxChars ? texts.tooLong(input.maxChars) : null;
    case 'checkboxes':
    case 'chips':
      return checkChoices(input, texts);
    case 'date':
      return isDayAllowed(input.value, input.limits) ? null : texts.dateUnavailable;
    case 'calendar':
      return checkCalendar(input, texts);
    case 'radio':
    case 'dropdown':
    case 'opt-in':
      return null;
  }
}

function checkEmpty(input: InputView, texts: PhoneTexts): string | null {
  if (input.kind === 'calendar' && input.mode === 'range') {
    const isHalf = input.value['start-date'] !== '' || input.value['end-date'] !== '';
    if (isHalf) return texts.rangeIncomplete;
  }
  if (input.required) return texts.required;
  // A least number of choices is wanted of everybody, also where the question may be left out (WhatsApp's own client).
  const isChoices = input.kind === 'checkboxes' || input.kind === 'chips';
  return isChoices && input.enabled && (input.minSelected ?? 0) > 0
    ? texts.selectAtLeast(input.minSelected ?? 0)
    : null;
}

function checkTextInput(input: TextInputView, texts: PhoneTexts): string | null {
  const { value, inputType, minChars, maxChars, pattern } = input;
  if (minChars !== null && value.length < minChars) return texts.tooShort(minChars);
  if (value.length > maxChars) return texts.tooLong(maxChars);
  if (inputType === 'number' && !NUMBER.test(value)) return texts.notNumber;
  if (inputType === 'email' && !EMAIL.test(value)) return texts.notEmail;
  if (inputType === 'phone' && !PHONE.test(value)) return texts.notPhone;
  if (inputType === 'passcode' && !/^\d+$/.test(value)) return texts.notNumber;
  return pattern === null || isFound(pattern, value) ? null : texts.wrongFormat;
}

/** Anywhere in the value, unless the pattern itself has anchors; one that cannot be read checks nothing (WhatsApp's own client). */
function isFound(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true;
  }
}

function checkChoices(input: ChoicesView, texts: PhoneTexts): string | null {
  const count = input.value.length;
  if (input.minSelected !== null && count < input.minSelected) return texts.selectAtLeast(input.minSelected);
  if (input.maxSelected !== null && count > input.maxSelected) return texts.selectAtMost(input.maxSelected);
  return null;
}

function checkCalendar(input: CalendarView, texts: PhoneTexts): string | null {
  if (input.mode === 'single') return isDayAllowed(input.value, input.limits) ? null : texts.dateUnavailable;
  const { 'start-date': start, 'end-date': end } = input.value;
  if (!isDayAllowed(start, input.limits) || !isDayAllowed(end, input.limits) || end < start) {
    return texts.dateUnavailable;
  }
  const days = (Date.parse(end) - Date.parse(start)) / DAY_MS + 1;
  if (input.minDays !== null && days < input.minDays) return texts.rangeTooShort(input.minDays);
  if (input.maxDays !== null && days > input.maxDays) return texts.rangeTooLong(input.maxDays);
  return null;
}

function checkPicker(input: PickerView, texts: PhoneTexts): string | null {
  if (input.value.length < input.minFiles) return texts.addFiles(input.minFiles);
  if (input.value.length > input.maxFiles) return texts.tooManyFiles(input.maxFiles);
  for (const file of input.value) {
    if (file.bytes.length > input.maxFileKb * 1024) return texts.fileTooLarge(file.fileName, input.maxFileKb);
    if (input.mimeTypes !== null && !input.mimeTypes.includes(file.mimeType)) {
      return texts.fileTypeRefused(file.fileName);
    }
  }
  return null;
}

/** True when the calendar lets a person tap this day (`YYYY-MM-DD`). */
export function isDayAllowed(day: string, limits: DateLimits): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(at)) return false;
  if (new Date(at).toISOString().slice(0, 10) !== day) return false;
  if (day < limits.min || day > limits.max || limits.unavailable.includes(day)) return false;
  const weekday = WEEKDAYS[new Date(at).getUTCDay()];
  return limits.includeDays === null || (weekday !== undefined && limits.includeDays.includes(weekday));
}
