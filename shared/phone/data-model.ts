import type { DataDeclaration, FlowScreen, JsonValue } from '../flow-json/flow-json.ts';

export type DataCheck =
  { kind: 'fits'; data: Record<string, JsonValue> } | { kind: 'refused'; path: string; problem: string };

/**
 * Checks data for a screen against its whole data model, as the client does before it draws (Meta, "Flows error codes",
 * `payload-schema-error`): every declared key must be there with its exact type; null fits nothing; undeclared keys are
 * dropped. Properties inside an object must be there only where the declaration's `required` names them.
 */
export function checkScreenData(screen: FlowScreen, data: Record<string, unknown>): DataCheck {
  const kept: Record<string, JsonValue> = {};
  for (const [name, declaration] of Object.entries(screen.data ?? {})) {
    const value = data[name];
    const problem = findProblem(value, declaration, name);
    if (problem !== null) return { kind: 'refused', ...problem };
    // The check above has just shown that the value is of the declared JSON type.
    kept[name] = value as JsonValue;
  }
  return { kind: 'fits', data: kept };
}

type Schema = Omit<DataDeclaration, '__example__'> | { [key: string]: JsonValue };
type Problem = { path: string; problem: string };

function findProblem(value: unknown, schema: Schema, path: string): Problem | null {
  if (value === undefined) return { path, problem: 'is missing' };
  const type = schema.type;
  if (typeof type === 'string' && typeName(value) !== type) {
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

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** True for a plain object as JSON gives it. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
