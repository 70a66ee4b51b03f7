import type { FlowComponent, JsonValue } from '../flow-json/flow-json.ts';
import { booleanOf, numberOf, oneOf, recordsOf, resolve, textOf, textsOf } from './bindings.ts';
import type { PhoneValue, Scope } from './expressions.ts';
import { emptyValue, readMember } from './fields.ts';
import type { CalendarView, DateLimits, FieldValue, InputView, OptionView, PickerView } from './screen-view.ts';

export type InputContext = { id: string; scope: Scope; value: FieldValue | undefined; error: string | null };

/** Default range of dates where the flow names none (Meta, "Components", *DatePicker*). */
const FIRST_DAY = '1900-01-01';
const LAST_DAY = '2100-12-31';
const DEFAULT_TEXT_CHARS = 80;
const DEFAULT_AREA_CHARS = 600;
const DEFAULT_FILES = 30;
const DEFAULT_FILE_KB = 25_600;

/** Draws one input: every property resolved, its value and the error that stands at it now. */
export function drawInput(component: FlowComponent, context: InputContext): InputView {
  const read = (property: string): PhoneValue | undefined => resolve(component[property], context.scope);
  const common = drawCommon(component, read, context);
  const value = context.value ?? emptyValue(component);
  switch (component.type) {
    case 'TextArea':
      return {
        ...common,
        kind: 'text-area',
        value: asText(value),
        maxChars: numberOf(read('max-length')) ?? DEFAULT_AREA_CHARS,
        isLabelLarge: read('label-variant') === 'large',
      };
    case 'RadioButtonsGroup':
    case 'Dropdown':
      return {
        ...common,
        kind: component.type === 'Dropdown' ? 'dropdown' : 'radio',
        value: asText(value),
        options: drawOptions(read('data-source')),
        mediaSize: oneOf(read('media-size'), ['regular', 'large']),
      };
    case 'CheckboxGroup':
    case 'ChipsSelector':
      return {
        ...common,
        kind: component.type === 'ChipsSelector' ? 'chips' : 'checkboxes',
        value: asTexts(value),
        options: drawOptions(read('data-source')),
        minSelected: numberOf(read('min-selected-items')),
        maxSelected: numberOf(read('max-selected-items')),
        mediaSize: oneOf(read('media-size'), ['regular', 'large']),
      };
    case 'DatePicker':
      return { ...common, kind: 'date', value: asText(value), limits: drawLimits(read) };
    case 'CalendarPicker':
      return drawCalendar(common, value, read);
    case 'OptIn':
      return {
        ...common,
        kind: 'opt-in',
        value: value === true,
        hasReadMore: component['on-click-action'] !== undefined,
      };
    case 'PhotoPicker':
    case 'DocumentPicker':
      return drawPicker(component, common, value, read);
    default:
      return {
        ...common,
        kind: 'text-input',
        inputType: oneOf(read('input-type'), ['text', 'number', 'email', 'password', 'passcode', 'phone']),
        value: asText(value),
        minChars: numberOf(read('min-chars')),
        maxChars: numberOf(read('max-chars')) ?? DEFAULT_TEXT_CHARS,
        pattern: textOf(read('pattern')),
        isLabelLarge: read('label-variant') === 'large',
      };
  }
}

type Read = (property: string) => PhoneValue | undefined;
type Common = ReturnType<typeof drawCommon>;

function drawCommon(component: FlowComponent, read: Read, context: InputContext) {
  return {
    id: context.id,
    name: typeof component.name === 'string' ? component.name : '',
    label: textOf(read('label')) ?? '',
    description: textOf(read('description')),
    helperText: textOf(read('helper-text')),
    required: booleanOf(read('required'), false),
    enabled: booleanOf(read('enabled'), true),
    error: context.error,
  };
}

function drawCalendar(common: Common, value: FieldValue, read: Read): CalendarView {
  const shared = {
    ...common,
    kind: 'calendar' as const,
    title: textOf(read('title')),
    limits: drawLimits(read),
    minDays: numberOf(read('min-days')),
    maxDays: numberOf(read('max-days')),
  };
  if (read('mode') !== 'range') return { ...shared, mode: 'single', value: asText(value) };
  const half = (property: string, key: string): JsonValue | undefined => readMember(read(property), key);
  const required = half('required', 'start-date') === true || half('required', 'end-date') === true;
  return {
    ...shared,
    mode: 'range',
    required: required || shared.required,
    label: textOf(half('label', 'start-date')) ?? '',
    labels: {
      'start-date': textOf(half('label', 'start-date')) ?? '',
      'end-date': textOf(half('label', 'end-date')) ?? '',
    },
    helperTexts: {
      'start-date': textOf(half('helper-text', 'start-date')),
      'end-date': textOf(half('helper-text', 'end-date')),
    },
    value: isRange(value) ? value : { 'start-date': '', 'end-date': '' },
  };
}

function drawPicker(component: FlowComponent, common: Common, value: FieldValue, read: Read): PickerView {
  const isPhoto = component.type === 'PhotoPicker';
  const unit = isPhoto ? 'photos' : 'documents';
  const minFiles = numberOf(read(`min-uploaded-${unit}`)) ?? 0;
  const mimeTypes = textsOf(read('allowed-mime-types'));
  return {
    ...common,
    kind: unit,
    required: minFiles > 0,
    value: asFiles(value),
    minFiles,
    maxFiles: numberOf(read(`max-uploaded-${unit}`)) ?? DEFAULT_FILES,
    maxFileKb: numberOf(read('max-file-size-kb')) ?? DEFAULT_FILE_KB,
    source: oneOf(read('photo-source'), ['camera_gallery', 'camera', 'gallery']),
    mimeTypes: isPhoto || mimeTypes.length === 0 ? null : mimeTypes,
  };
}

function drawLimits(read: Read): DateLimits {
  const includeDays = textsOf(read('include-days'));
  return {
    min: textOf(read('min-date')) ?? FIRST_DAY,
    max: textOf(read('max-date')) ?? LAST_DAY,
    unavailable: textsOf(read('unavailable-dates')),
    includeDays: includeDays.length === 0 ? null : includeDays,
  };
}

/** Draws the items of a data source, static or from the endpoint. */
export function drawOptions(source: PhoneValue | undefined): OptionView[] {
  return recordsOf(source).map((item) => ({
    id: textOf(item.id) ?? '',
    title: textOf(item.title) ?? '',
    description: textOf(item.description),
    metadata: textOf(item.metadata),
    enabled: booleanOf(item.enabled, true),
    image: textOf(item.image),
    altText: textOf(item['alt-text']),
    color: textOf(item.color),
  }));
}

function asText(value: FieldValue): string {
  return typeof value === 'string' ? value : '';
}

function asTexts(value: FieldValue): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function asFiles(value: FieldValue): PickerView['value'] {
  return Array.isArray(value) ? value.filter((item) => typeof item !== 'string') : [];
}

function isRange(value: FieldValue): value is { 'start-date': string; 'end-date': string } {
  return typeof value === 'object' && !Array.isArray(value);
}
