import type { FieldValue, InputView } from './screen-view.ts';

/** Why a person could not put this value into this field on a phone, or `null`. Wrong answers are possible, others not. */
export function impossibility(input: InputView, value: FieldValue): string | null {
  if (input.kind === 'opt-in') return typeof value === 'boolean' ? null : 'it is a tick';
  if (input.kind === 'photos' || input.kind === 'documents') {
    return Array.isArray(value) && value.every((item) => typeof item !== 'string') ? null : 'it takes files';
  }
  if (input.kind === 'calendar' && input.mode === 'range') {
    return typeof value === 'object' && !Array.isArray(value) ? null : 'it takes a range of dates';
  }
  if (input.kind === 'checkboxes' || input.kind === 'chips') {
    if (!Array.isArray(value)) return 'it takes a list of options';
    const unknown = value.find((id) => typeof id !== 'string' || !hasOption(input.options, id));
    return unknown === undefined ? null : `there is no option ${String(unknown)} to tap`;
  }
  if (typeof value !== 'string') return 'it takes a text';
  if ((input.kind === 'radio' || input.kind === 'dropdown') && value !== '' && !hasOption(input.options, value)) {
    return `there is no option ${value} to tap`;
  }
  return null;
}

function hasOption(options: { id: string; enabled: boolean }[], id: string): boolean {
  return options.some((option) => option.id === id && option.enabled);
}
