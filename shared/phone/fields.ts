import type { FlowComponent, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';
import { resolve, textsOf } from './bindings.ts';
import { isRecord } from './data-model.ts';
import type { PhoneValue, Scope } from './expressions.ts';
import type { FieldValue } from './screen-view.ts';

/** Every component type that holds a value, and what it holds while nobody has touched it. */
const EMPTY_VALUES: Record<string, FieldValue> = {
  TextInput: '',
  TextArea: '',
  CheckboxGroup: [],
  ChipsSelector: [],
  RadioButtonsGroup: '',
  Dropdown: '',
  DatePicker: '',
  CalendarPicker: '',
  OptIn: false,
  PhotoPicker: [],
  DocumentPicker: [],
};

/** An input of a screen with the Form around it, if any. */
export type Field = { name: string; component: FlowComponent; form: FlowComponent | null };

/** True for a component that holds a value. */
export function isInput(component: FlowComponent): boolean {
  return component.type in EMPTY_VALUES;
}

/** True for PhotoPicker and DocumentPicker. */
export function isPicker(component: FlowComponent): boolean {
  return component.type === 'PhotoPicker' || component.type === 'DocumentPicker';
}

/** Every input of a screen, in all branches of If and Switch, in the order of the layout. */
export function listFields(screen: FlowScreen): Field[] {
  return collect(screen.layout.children, null);
}

function collect(components: FlowComponent[], form: FlowComponent | null): Field[] {
  return components.flatMap((component) => {
    if (component.type === 'Form') return collect(childrenOf(component, 'children'), component);
    if (component.type === 'If') {
      return [...collect(childrenOf(component, 'then'), form), ...collect(childrenOf(component, 'else'), form)];
    }
    if (component.type === 'Switch')
      return caseNames(component).flatMap((key) => collect(caseOf(component, key), form));
    if (!isInput(component) || typeof component.name !== 'string') return [];
    return [{ name: component.name, component, form }];
  });
}

/** The child components under one property (`children`, `then`, `else`). */
export function childrenOf(component: FlowComponent, property: string): FlowComponent[] {
  return toComponents(component[property]);
}

/** The names of a Switch's cases. */
export function caseNames(component: FlowComponent): string[] {
  return isRecord(component.cases) ? Object.keys(component.cases) : [];
}

/** The components of one case of a Switch; none for a case that is not there. */
export function caseOf(component: FlowComponent, name: string): FlowComponent[] {
  return isRecord(component.cases) && Object.hasOwn(component.cases, name) ? toComponents(component.cases[name]) : [];
}

function toComponents(value: unknown): FlowComponent[] {
  if (!Array.isArray(value)) return [];
  // Meta's validator has passed the flow: what stands in a list of children is a component.
  return value.filter((item): item is FlowComponent => isRecord(item) && typeof item.type === 'string');
}

/** What an untouched field holds. */
export function emptyValue(component: FlowComponent): FieldValue {
  if (component.type === 'CalendarPicker' && component.mode === 'range') return { 'start-date': '', 'end-date': '' };
  const empty = EMPTY_VALUES[component.type] ?? '';
  return Array.isArray(empty) ? [] : empty;
}

/** The value a field starts with, and whether the flow binds one at all (a Form binds every input in it). */
export function initialValue(field: Field, scope: Scope): { isBound: boolean; value: FieldValue } {
  if (isPicker(field.component)) return { isBound: true, value: [] };
  const source = field.form === null ? field.component['init-value'] : field.form['init-values'];
  if (source === undefined) return { isBound: false, value: emptyValue(field.component) };
  const resolved = resolve(source, scope);
  const given = field.form === null ? resolved : readMember(resolved, field.name);
  return { isBound: true, value: toFieldValue(given, field.component) };
}

/** The keys of the screen's data that a field's starting value is read from. */
export function initialValueReads(field: Field): string[] {
  const source = field.form === null ? field.component['init-value'] : field.form['init-values'];
  const own = isRecord(source) && Object.hasOwn(source, field.name) ? source[field.name] : source;
  return [...(JSON.stringify(own) ?? '').matchAll(/\$\{data\.([\w-]+)/g)].map((match) => match[1] ?? '');
}

/** One member of a resolved map such as `init-values` or `error-messages`. */
export function readMember(map: PhoneValue | undefined, name: string): JsonValue | undefined {
  if (!isRecord(map) || !Object.hasOwn(map, name)) return undefined;
  // The map came out of JSON, so its members are JSON.
  return map[name] as JsonValue;
}

function toFieldValue(given: PhoneValue | undefined, component: FlowComponent): FieldValue {
  const empty = emptyValue(component);
  if (given === undefined || given === null) return empty;
  if (typeof empty === 'boolean') return given === true;
  if (Array.isArray(empty)) return textsOf(given);
  if (typeof empty === 'object') {
    const start = readMember(given, 'start-date');
    const end = readMember(given, 'end-date');
    return { 'start-date': typeof start === 'string' ? start : '', 'end-date': typeof end === 'string' ? end : '' };
  }
  return typeof given === 'string' || typeof given === 'number' ? String(given) : empty;
}

/** True while nobody has answered the field. An unticked opt-in counts as empty. */
export function isEmptyValue(value: FieldValue): boolean {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string' || Array.isArray(value)) return value.length === 0;
  return value['start-date'] === '' || value['end-date'] === '';
}
