import type { FlowComponent, JsonValue } from '../flow-json/flow-json.ts';
import { recordsOf, resolve } from './bindings.ts';
import { isRecord } from './data-model.ts';
import type { Scope } from './expressions.ts';
import type { FieldValue } from './screen-view.ts';

/** An action as the flow writes it (Meta, "Flow JSON", *Actions*): a name and what belongs to it, unresolved. */
export type FlowAction = { name: string } & { [key: string]: JsonValue };

/** The action under one property of a component or an item, else `null`. */
export function readAction(holder: unknown, property: string): FlowAction | null {
  const action = isRecord(holder) ? holder[property] : undefined;
  // Actions come out of the validated flow or its data, both JSON.
  return isRecord(action) && typeof action.name === 'string' ? (action as FlowAction) : null;
}

/** Items as the flow writes them, so that references inside their actions are resolved when the action runs. */
export function rawItems(source: JsonValue | undefined, scope: Scope): { [key: string]: JsonValue }[] {
  return recordsOf(Array.isArray(source) ? source : resolve(source, scope));
}

/** What selecting and unselecting set off: at the option itself, else at the component. */
export function selectActions(
  component: FlowComponent,
  before: FieldValue | null,
  after: FieldValue,
  scope: Scope,
): FlowAction[] {
  const isList = component['data-source'] !== undefined;
  const old = idsOf(before);
  const now = idsOf(after);
  const items = isList ? rawItems(component['data-source'], scope) : [];
  const collect = (id: string, property: string): FlowAction[] => {
    const item = items.find((candidate) => candidate.id === id);
    const action = readAction(item, property) ?? readAction(component, property);
    return action === null ? [] : [action];
  };
  return [
    ...old.filter((id) => !now.includes(id)).flatMap((id) => collect(id, 'on-unselect-action')),
    ...now.filter((id) => !old.includes(id)).flatMap((id) => collect(id, 'on-select-action')),
  ];
}

function idsOf(value: FieldValue | null): string[] {
  if (value === null || value === '' || value === false) return [];
  if (value === true) return ['true'];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.filter((id): id is string => typeof id === 'string');
  return value['start-date'] !== '' && value['end-date'] !== '' ? [`${value['start-date']}/${value['end-date']}`] : [];
}
