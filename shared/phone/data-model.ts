import type { DataDeclaration, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';

export type DataCheck =
  { kind: 'fits'; data: Record<string, JsonValue> } | { kind: 'refused'; path: string; problem: string };

/**
 * Checks data for a screen against its whole data model, as a message must bring it: every declared
 * key must be there with its exact type; null fits nothing; undeclared keys are dropped. Properties inside an object must
 * be there only where the declaration's `required` names them.
 */
export function checkScreenData(screen: FlowScreen, data: Record<string, unknown>): DataCheck {
  return checkReplyData(screen, data, {}, declaredNames(screen));
}

/** The names of the fields a screen declares. */
export function declaredNames(screen: FlowScreen): string[] {
  return declarationsOf(screen).map(([name]) => name);
}

/**
 * Checks what an endpoint or a navigate action brings a screen, as the client does (Meta, "Flows error codes", `payload-schema-error`): what is
 * there must have its declared type, what is not there stays as the screen knew it before (Meta's loan sample sends a
 * redraw only what changed). A key must be there where the data model's own `required` list names it, or `needed` does.
 */
export function checkReplyData(
  screen: FlowScreen,
  data: Record<string, unknown>,
  before: Record<string, JsonValue>,
  needed: readonly string[] = [],
): DataCheck {
  const kept: Record<string, JsonValue> = { ...before };
  const mustBe = new Set([...needed, ...requiredOf(screen)]);
  for (const [name, declaration] of declarationsOf(screen)) {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    if (value === undefined && !mustBe.has(name)) continue;
    const problem = findProblem(value, declaration, name);
    if (problem !== null) return { kind: 'refused', ...problem };
    // The check above has just shown that the value is of the declared JSON type.
    kept[name] = value as JsonValue;
  }
  return { kind: 'fits', data: kept };
}

/**
 * A payload of the flow's own actions with the numbers that its screen declares. A field for numbers holds text, and Meta's
 * validator counts it as a number all the same: what a person typed must fit there. Nothing typed counts as 0, as it does in
 * expressions. What an endpoint answers is not touched: there a text is no number.
 */
export function withNumbers<T>(screen: FlowScreen, payload: Record<string, T>): Record<string, T | number> {
  const entries = Object.entries(payload).map(([name, value]): [string, T | number] => {
    const isNumber =
      screen.data !== undefined && Object.hasOwn(screen.data, name) && screen.data[name]?.type === 'number';
    return [name, isNumber && typeof value === 'string' && Number.isFinite(Number(value)) ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** The fields of a data model: all but a `required` list beside them, which is JSON schema. */
function declarationsOf(screen: FlowScreen): [string, DataDeclaration][] {
  return Object.entries(screen.data ?? {}).filter(
    ([name, declaration]) => name !== 'required' || isRecord(declaration),
  );
}

function requiredOf(screen: FlowScreen): string[] {
  const list: unknown = screen.data?.required;
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
}

type Schema = Omit<DataDeclaration, '__example__'> | { [key: string]: JsonValue };
type Problem = { path: string; problem: string };

function findProblem(value: unknown, schema: Schema, path: string): Problem | null {
  if (value === undefined) return { path, problem: 'is missing' };
  const type = schema.type;
  if (typeof type === 'string' && !hasType(value, type)) {
    return { path, problem: `must be ${type}, is ${typeName(value)}` };
  }
  if (Array.isArray(value)) return findItemProblem(value, schema, path);
  if (isRecord(value)) return findPropertyProblem(value, schema, path);
  return null;
}

function findItemProblem(items: unknown[], schema: Schema, path: string): Problem | null {
  if (!isRecord(schema.items)) return null;
  for (const [index, item] of items.entries()) {
    const problem = findProblem(item, toSchema(schema.items), `${path}[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function findPropertyProblem(value: Record<string, unknown>, schema: Schema, path: string): Problem | null {
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const name of required) {
    if (typeof name === 'string' && !Object.hasOwn(value, name))
      return { path: `${path}.${name}`, problem: 'is missing' };
  }
  if (!isRecord(schema.properties)) return null;
  for (const [name, inner] of Object.entries(schema.properties)) {
    if (!Object.hasOwn(value, name) || !isRecord(inner)) continue;
    const problem = findProblem(value[name], toSchema(inner), `${path}.${name}`);
    if (problem !== null) return problem;
  }
  return null;
}

/** JSON Schema fragments come from the flow itself and hold nothing but JSON. */
function toSchema(fragment: Record<string, unknown>): { [key: string]: JsonValue } {
  return fragment as { [key: string]: JsonValue };
}

function hasType(value: unknown, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeName(value) === type;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** True for a plain object as JSON gives it. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
