import { isEmptyValue, listFields } from './fields.ts';
import type { PhoneTexts } from './phone-texts.ts';
import type { FlowScreen } from '../flow-json/flow-json.ts';
import type { ComponentView, InputView, SummaryLine } from './screen-view.ts';

const MASK = '••••••••••••';

/**
 * What the person can look up in the chat after sending (Meta, "Flow JSON", *sensitive*): sensitive values masked,
 * passwords and passcodes left out, sensitive files left out, an opt-in as it is.
 */
export function summarizeScreen(screen: FlowScreen, components: ComponentView[], texts: PhoneTexts): SummaryLine[] {
  const sensitive = new Set(screen.sensitive ?? []);
  const fields = new Set(listFields(screen).map((field) => field.name));
  return components.flatMap((component) => {
    if (!('value' in component) || !fields.has(component.name)) return [];
    return summarizeInput(component, sensitive.has(component.name), texts);
  });
}

function summarizeInput(input: InputView, isSensitive: boolean, texts: PhoneTexts): SummaryLine[] {
  if (input.kind === 'text-input' && (input.inputType === 'password' || input.inputType === 'passcode')) return [];
  if (input.kind === 'opt-in') return [{ label: input.label, value: input.value ? texts.yes : texts.no }];
  if (isEmptyValue(input.value)) return [];
  if (input.kind === 'photos' || input.kind === 'documents') {
    return isSensitive ? [] : [{ label: input.label, value: input.value.map((file) => file.fileName).join(', ') }];
  }
  return [{ label: input.label, value: isSensitive ? MASK : displayValue(input, texts) }];
}

function displayValue(input: InputView, texts: PhoneTexts): string {
  switch (input.kind) {
    case 'radio':
    case 'dropdown':
      return titleOf(input.value, input.options);
    case 'checkboxes':
    case 'chips':
      return input.value.map((id) => titleOf(id, input.options)).join(', ');
    case 'date':
      return texts.day(input.value);
    case 'calendar':
      if (input.mode === 'single') return texts.day(input.value);
      return `${texts.day(input.value['start-date'])} – ${texts.day(input.value['end-date'])}`;
    default:
      return String(input.value);
  }
}

function titleOf(id: string, options: { id: string; title: string }[]): string {
  return options.find((option) => option.id === id)?.title ?? id;
}
