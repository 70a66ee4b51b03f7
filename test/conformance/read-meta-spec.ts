import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

export type Schema = Record<string, unknown>;

export type MetaOperation = {
  query: Map<string, { schema: Schema; isRequired: boolean }>;
  /** By content type without parameters; empty when the operation takes no body. */
  bodies: Map<string, Schema>;
  /** By status. */
  answers: Map<string, Schema>;
};

const record = z.record(z.string(), z.unknown());
const exceptionSchema = z.strictObject({
  id: z.string(),
  /** Where in the description. */
  at: z.array(z.string()).min(1),
  /** JSON merge patch (RFC 7386): null removes, lists are replaced. */
  merge: record,
  why: z.string().min(10),
  /** Document and section that the exception rests on. */
  source: z.string().min(5),
});
const overlaySchema = z.strictObject({ exceptions: z.array(exceptionSchema) });

/** Meta's description with the exceptions of the overlay merged in. References stay; `resolve` follows them. */
export type MetaSpec = {
  operation(method: string, route: string): MetaOperation | null;
  resolve(schema: Schema): Schema;
  graphError: Schema;
};

export function readMetaSpec(specPath: string, overlayPath: string): MetaSpec {
  const root = record.parse(parse(readFileSync(specPath, 'utf8'), { maxAliasCount: -1 }));
  for (const exception of overlaySchema.parse(parse(readFileSync(overlayPath, 'utf8'))).exceptions) {
    patchAt(root, exception.at, exception.merge);
  }
  const resolve = (schema: Schema): Schema => {
    const reference = schema.$ref;
    if (typeof reference !== 'string') return schema;
    const path = reference.replace(/^#\//, '').split('/');
    return resolve(toRecord(valueAt(root, path)));
  };
  return {
    resolve,
    graphError: { $ref: '#/components/schemas/GraphAPIError' },
    operation: (method, route) => {
      const item = toRecord(valueAt(root, ['paths', route]));
      const operation = toRecord(item[method.toLowerCase()]);
      return Object.keys(operation).length === 0 ? null : readOperation(item, operation, resolve);
    },
  };
}

function patchAt(root: Record<string, unknown>, path: string[], patch: Record<string, unknown>): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) root[key] = merge(root[key], patch);
  else {
    if (Array.isArray(root[key])) {
      const list = Object.fromEntries(root[key].map((item: unknown, index) => [String(index), item]));
      patchAt(list, rest, patch);
      root[key] = Object.values(list);
      return;
    }
    root[key] = toRecord(root[key]);
    patchAt(root[key] as Record<string, unknown>, rest, patch);
  }
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = { ...toRecord(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function readOperation(item: Schema, operation: Schema, resolve: (schema: Schema) => Schema): MetaOperation {
  const parameters = [...toList(item.parameters), ...toList(operation.parameters)].map((entry) =>
    resolve(toRecord(entry)),
  );
  const query = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(
      (parameter) =>
        [
          String(parameter.name),
          { schema: toRecord(parameter.schema), isRequired: parameter.required === true },
        ] as const,
    );
  const content = toRecord(toRecord(operation.requestBody).content);
  const answers = Object.entries(toRecord(operation.responses)).flatMap(([status, response]) => {
    const schema = toRecord(toRecord(toRecord(response).content)['application/json']).schema;
    return isRecord(schema) ? [[status, schema] as const] : [];
  });
  return {
    query: new Map(query),
    bodies: new Map(Object.entries(content).map(([type, media]) => [type, toRecord(toRecord(media).schema)])),
    answers: new Map(answers),
  };
}

function valueAt(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
