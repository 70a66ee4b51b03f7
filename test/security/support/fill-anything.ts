import type { FieldValue, InputView } from '../../../shared/phone/screen-view.ts';

/** A plausible answer for any field of the sample forms; what is filled in already stays. */
export function fillAnything(input: InputView): FieldValue | undefined {
  if ('value' in input && typeof input.value === 'string' && input.value !== '') return undefined;
  if (input.kind === 'date') return '1990-05-17';
  if (input.kind === 'opt-in') return true;
  if ('options' in input && input.options) {
    const id = input.options[0]?.id ?? '';
    return input.kind === 'checkboxes' || input.kind === 'chips' ? [id] : id;
  }
  if (/e-?mail/i.test(input.label ?? '')) return 'somebody@atelier-dubois.test';
  return '12';
}
