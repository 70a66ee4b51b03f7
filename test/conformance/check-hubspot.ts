import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JournalEntry } from '../../server/sandbox/hubspot/control/journal.ts';

export type Mismatch = {
  n: number;
  where: 'request' | 'answer' | 'route';
  method: string;
  path: string;
  status: number;
  message: string;
};

type Schema = Record<string, unknown>;
type Operation = {
  /** Which description, or which exception, it comes from. */
  from: string;
  host: 'api' | 'forms';
  method: string;
  template: string;
  pattern: RegExp;
  /** Path segments without a parameter: the most literal match wins. */
  literals: number;
  query: Map<string, Schema>;
  /** By content type; empty when the operation takes no body. */
  bodies: Map<string, Schema>;
  /** By status or `default`; null: an answer without a body. */
  answers: Map<string, Schema | null>;
};

const jsonObject = z.record(z.string(), z.unknown());
const overlayFile = z.strictObject({
  operations: z.array(
    z.strictObject({
      id: z.string(),
      why: z.string(),
      source: z.string(),
      host: z.enum(['api', 'forms']),
      method: z.string(),
      path: z.string(),
      query: z.record(z.string(), jsonObject).default({}),
      request: jsonObject.optional(),
      content: z.string().default('application/json'),
      answers: z.record(z.string(), jsonObject.nullable()),
    }),
  ),
  answers: z.array(
    z.strictObject({
      id: z.string(),
      why: z.string(),
      source: z.string(),
      path: z.string(),
      status: z.string(),
      schema: jsonObject.nullish(),
      sameAsSuccess: z.boolean().default(false),
    }),
  ),
  schemas: z.array(
    z.strictObject({
      id: z.string(),
      why: z.string(),
      source: z.string(),
      schema: z.string(),
      optional: z.array(z.string()).default([]),
      properties: z.record(z.string(), jsonObject).default({}),
    }),
  ),
});
type Overlay = z.output<typeof overlayFile>;

const media = z.record(z.string(), z.looseObject({ schema: jsonObject.optional() })).optional();
const response = z.looseObject({ $ref: z.string().optional(), content: media });
const operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: jsonObject.optional() })).default([]),
  requestBody: z.looseObject({ content: media }).optional(),
  responses: z.record(z.string(), response),
});
const description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({
    schemas: z.record(z.string(), jsonObject),
    responses: z.record(z.string(), response).default({}),
  }),
});

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/**
 * Holds what was sent and answered against HubSpot's own descriptions (`<specsDir>/hubspot/*.json`) and the exceptions of
 * `hubspot-overlay.yaml`: routes, query parameters, content types, bodies. Fields that a description does not name count as mismatches.
 * A request that breaks its description is no mismatch when it was refused. `checked` counts entries that met an operation;
 * `operationOf` names it by the entry's number.
 */
export function checkHubSpotJournal(
  journal: readonly JournalEntry[],
  specsDir: string,
): { checked: number; mismatches: Mismatch[]; operations: string[]; operationOf: ReadonlyMap<number, string> } {
  const overlay = overlayFile.parse(parse(readFileSync(new URL('./hubspot-overlay.yaml', import.meta.url), 'utf8')));
  const ajv = newAjv();
  const operations = [...readDescriptions(join(specsDir, 'hubspot'), overlay, ajv), ...overlayOperations(overlay)];
  const validate = cachedCompile(ajv);
  const mismatches: Mismatch[] = [];
  const met = new Map<number, string>();
  let checked = 0;
  for (const entry of journal) {
    const found = findOperation(operations, entry);
    const { n, method, path, status } = entry;
    if (!found) {
      // An address that HubSpot does not have must not be answered as if it had.
      if (status !== 404)
        mismatches.push({
          n,
          where: 'route',
          method,
          path,
          status,
          message: 'no description and no exception names this route',
        });
      continue;
    }
    checked += 1;
    met.set(n, `${found.method} ${found.template} (${found.from})`);
    const refused = status >= 400;
    for (const message of refused ? [] : checkRequest(entry, found, validate))
      mismatches.push({ n, where: 'request', method, path, status, message });
    for (const message of status === 0 ? [] : checkAnswer(entry, found, overlay, validate))
      mismatches.push({ n, where: 'answer', method, path, status, message });
  }
  return { checked, mismatches, operations: [...new Set(met.values())].toSorted(), operationOf: met };
}

type Validate = (schema: Schema, value: unknown) => string[];

function checkRequest(entry: JournalEntry, found: Operation, validate: Validate): string[] {
  const problems: string[] = [];
  for (const [name, values] of Object.entries(entry.query)) {
    const schema = found.query.get(name);
    if (!schema) problems.push(`unknown query parameter ${name}`);
    else problems.push(...validate(schema, queryValue(schema, values)).map((problem) => `query ${name}${problem}`));
  }
  if (found.bodies.size === 0)
    return entry.body === null ? problems : [...problems, 'a body was sent where none is described'];
  const type = (entry.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const schema = found.bodies.get(type);
  if (!schema)
    return [...problems, `content type ${type || '(none)'} is not among ${[...found.bodies.keys()].join(', ')}`];
  return [...problems, ...validate(schema, entry.body).map((problem) => `body${problem}`)];
}

function checkAnswer(entry: JournalEntry, found: Operation, overlay: Overlay, validate: Validate): string[] {
  const status = String(entry.status);
  const exception = overlay.answers.find((one) => one.status === status && new RegExp(one.path).test(entry.path));
  const success = [...found.answers.entries()].find(([code]) => code.startsWith('2'))?.[1];
  const schema = exception
    ? exception.sameAsSuccess
      ? success
      : exception.schema
    : (found.answers.get(status) ?? (found.answers.has(status) ? null : found.answers.get('default')));
  if (schema === undefined) return [`status ${status} is not described`];
  if (!exception && entry.status < 300 && !found.answers.has(status))
    return [`success is not described as ${status} but as ${[...found.answers.keys()].join(', ')}`];
  if (schema === null) return entry.answer === null ? [] : ['an answer body was sent where none is described'];
  return validate(schema, entry.answer).map((problem) => `answer${problem}`);
}

/** Query values are text on the wire; the description gives their type. Lists come repeated or separated by commas. */
function queryValue(schema: Schema, values: readonly string[]): unknown {
  const one = (type: unknown, text: string): unknown => {
    if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
    return text;
  };
  if (schema.type !== 'array') return values.length === 1 ? one(schema.type, values[0] ?? '') : values;
  return values.flatMap((value) => value.split(','));
}

function findOperation(operations: readonly Operation[], entry: JournalEntry): Operation | undefined {
  const matching = operations.filter(
    (one) => one.host === entry.host && one.method === entry.method && one.pattern.test(entry.path),
  );
  // The same route stands in several descriptions: the one named after the object type, else the general one.
  const rank = (one: Operation): number =>
    one.literals * 10 +
    (entry.path.includes(`/${one.from.split('.')[0]}`) ? 2 : one.from.startsWith('objects.') ? 1 : 0);
  return matching.toSorted((a, b) => rank(b) - rank(a))[0];
}

function readDescriptions(folder: string, overlay: Overlay, ajv: Ajv): Operation[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((file) => {
      const parsed = description.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      const schemas = Object.fromEntries(
        Object.entries(parsed.components.schemas).map(([name, schema]) => [
          name,
          closed(relaxed(name, schema, overlay)),
        ]),
      );
      ajv.addSchema({ $id: file, components: { schemas } });
      return Object.entries(parsed.paths).flatMap(([template, methods]) =>
        Object.entries(methods)
          .filter(([method]) => METHODS.includes(method))
          .map(([method, raw]) =>
            toOperation(file, template, method, operation.parse(raw), parsed.components.responses),
          ),
      );
    });
}

function toOperation(
  file: string,
  template: string,
  method: string,
  raw: z.output<typeof operation>,
  shared: Record<string, z.output<typeof response>>,
): Operation {
  const answers = new Map<string, Schema | null>();
  for (const [code, given] of Object.entries(raw.responses)) {
    const resolved = given.$ref === undefined ? given : (shared[given.$ref.split('/').at(-1) ?? ''] ?? given);
    const schema = Object.values(resolved.content ?? {})[0]?.schema;
    answers.set(code, schema ? located(file, schema) : null);
  }
  return {
    from: file,
    host: 'api',
    method: method.toUpperCase(),
    template,
    ...toPattern(template),
    query: new Map(
      raw.parameters.filter((one) => one.in === 'query').map((one) => [one.name, located(file, one.schema ?? {})]),
    ),
    bodies: new Map(
      Object.entries(raw.requestBody?.content ?? {}).map(([type, one]) => [
        type,
        closed(located(file, one.schema ?? {})),
      ]),
    ),
    answers,
  };
}

function overlayOperations(overlay: Overlay): Operation[] {
  return overlay.operations.map((one) => ({
    from: `exception ${one.id}`,
    host: one.host,
    method: one.method,
    template: one.path,
    ...toPattern(one.path),
    query: new Map(Object.entries(one.query)),
    bodies: new Map(one.request ? [[one.content, one.request]] : []),
    answers: new Map(Object.entries(one.answers)),
  }));
}

function toPattern(template: string): { pattern: RegExp; literals: number } {
  const segments = template.split('/').filter(Boolean);
  const source = segments.map((segment) =>
    segment.startsWith('{') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return {
    pattern: new RegExp(`^/${source.join('/')}$`),
    literals: segments.filter((segment) => !segment.startsWith('{')).length,
  };
}

function relaxed(name: string, schema: Schema, overlay: Overlay): Schema {
  const exceptions = overlay.schemas.filter((one) => new RegExp(`^(?:${one.schema})$`).test(name));
  if (exceptions.length === 0) return schema;
  const optional = new Set(exceptions.flatMap((one) => one.optional));
  const properties = jsonObject.parse(schema.properties ?? {});
  return {
    ...schema,
    properties: Object.assign({}, properties, ...exceptions.map((one) => one.properties)),
    required: z
      .array(z.string())
      .parse(schema.required ?? [])
      .filter((one) => !optional.has(one)),
  };
}

/** Adds `additionalProperties: false` wherever fields are named: a field nobody described is a mismatch. */
function closed(schema: Schema): Schema {
  const inner = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== 'example' && key !== 'discriminator')
      .map(([key, value]) => [key, key === 'enum' || key === 'required' ? value : closedValue(value)]),
  );
  const named =
    typeof schema.properties === 'object' && schema.properties !== null && Object.keys(schema.properties).length > 0;
  return named && schema.additionalProperties === undefined && schema.type !== undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue);
  return typeof value === 'object' && value !== null ? closed(jsonObject.parse(value)) : value;
}

/** References of a description point into that file. */
function located(file: string, schema: Schema): Schema {
  const text = JSON.stringify(schema).replaceAll('"#/components/', `"${file}#/components/`);
  return jsonObject.parse(JSON.parse(text));
}

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  // The package is CommonJS: its function is the default export's default.
  addFormats.default(ajv);
  return ajv;
}

function cachedCompile(ajv: Ajv): Validate {
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value) => {
    const key = JSON.stringify(schema);
    const check = compiled.get(key) ?? ajv.compile(schema);
    compiled.set(key, check);
    if (check(value)) return [];
    return (check.errors ?? [])
      .slice(0, 5)
      .map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`);
  };
}
