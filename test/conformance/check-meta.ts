import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { journalSchema, type JournalRecord } from '../../server/sandbox/meta/control/journal.ts';
import { closeSchema } from './close-schema.ts';
import { isRecord, readMetaSpec, type MetaOperation, type MetaSpec, type Schema } from './read-meta-spec.ts';

export type MetaMismatch = {
  n: number;
  method: string;
  route: string | null;
  where: 'route' | 'query' | 'request' | 'answer';
  message: string;
};

const OVERLAY = fileURLToPath(new URL('./meta-overlay.yaml', import.meta.url));

/**
 * Checks every request and answer of a journal against Meta's own API description (OpenAPI, YAML) and the exceptions in
 * `meta-overlay.yaml`: query parameters, content types, bodies and answers, and nothing undeclared in any of them.
 * A request that was refused is not checked itself, since refusing it was the point; its answer is.
 */
export function checkMetaJournal(
  journal: readonly JournalRecord[],
  specPath: string,
): { checked: number; routes: string[]; mismatches: MetaMismatch[] } {
  const spec = readMetaSpec(specPath, OVERLAY);
  const validate = createValidator(spec);
  const mismatches: MetaMismatch[] = [];
  const routes = new Set<string>();
  let checked = 0;
  for (const record of journal) {
    // A path that does not exist has no description, and an answer that never left none either.
    if (record.route === null || record.status === 0) continue;
    const report = (where: MetaMismatch['where'], message: string): void =>
      void mismatches.push({ n: record.n, method: record.method, route: record.route, where, message });
    checked += 1;
    routes.add(`${record.method} ${record.route}`);
    const operation = spec.operation(record.method, record.route);
    if (!operation) {
      report('route', 'The description has no such operation');
      continue;
    }
    if (record.status < 400) checkRequest(record, operation, validate, report);
    checkAnswer(record, operation, spec, validate, report);
  }
  return { checked, routes: [...routes].sort(), mismatches };
}

type Report = (where: MetaMismatch['where'], message: string) => void;
type Validate = (schema: Schema, value: unknown, isPartial: boolean) => string[];

function createValidator(spec: MetaSpec): Validate {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  addFormats.default(ajv);
  const compiled = new Map<string, ValidateFunction>();
  return (schema, value, isPartial) => {
    const key = `${isPartial}:${JSON.stringify(schema)}`;
    const known = compiled.get(key) ?? ajv.compile(closeSchema(schema, { resolve: spec.resolve, isPartial }));
    compiled.set(key, known);
    if (known(value)) return [];
    return (known.errors ?? []).map(
      (error) => `${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
  };
}

function checkRequest(record: JournalRecord, operation: MetaOperation, validate: Validate, report: Report): void {
  for (const [name, value] of Object.entries(record.query)) {
    const parameter = operation.query.get(name);
    if (name === 'access_token') continue;
    if (!parameter) report('query', `The description has no query parameter ${name}`);
    else
      for (const problem of validate(parameter.schema, toParameter(parameter.schema, value), false))
        report('query', `${name}: ${problem}`);
  }
  for (const [name, parameter] of operation.query)
    if (parameter.isRequired && record.query[name] === undefined)
      report('query', `The query parameter ${name} is missing`);
  if (!/^Bearer /.test(record.headers.authorization ?? '') && record.query.access_token === undefined)
    report('request', 'There is no bearer token');
  if (record.body === null) return;
  const contentType = (record.headers['content-type'] ?? '').split(';')[0] ?? '';
  const schema = operation.bodies.get(contentType);
  if (!schema)
    report(
      'request',
      `The description takes ${[...operation.bodies.keys()].join(', ') || 'no body'}, not ${contentType}`,
    );
  else for (const problem of validate(schema, withFilesAsText(record.body), false)) report('request', problem);
}

function toParameter(schema: Schema, text: string): unknown {
  return schema.type === 'integer' || schema.type === 'number' ? Number(text) : text;
}

/** A file of a form is a binary string in the description. */
function withFilesAsText(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const fileSchema = z.object({ fileName: z.string(), contentType: z.string(), text: z.string() });
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      const file = fileSchema.safeParse(value);
      return [key, file.success ? file.data.text : value];
    }),
  );
}

function checkAnswer(
  record: JournalRecord,
  operation: MetaOperation,
  spec: MetaSpec,
  validate: Validate,
  report: Report,
): void {
  if (record.status >= 400) {
    for (const problem of validate(spec.graphError, record.answer, false))
      report('answer', `${record.status}: ${problem}`);
    return;
  }
  const schema = operation.answers.get(String(record.status));
  if (!schema) return report('answer', `The description has no answer ${record.status} with JSON`);
  const isPartial = record.query.fields !== undefined;
  for (const problem of validate(schema, record.answer, isPartial)) report('answer', problem);
}

/** `node test/conformance/check-meta.ts JOURNAL.json [SPEC.yaml]`: prints what differs, exit 1 if anything does. */
function main(journalPath: string | undefined, specPath: string): number {
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  if (journalPath === undefined || !existsSync(journalPath)) {
    write('Give the file of a journal, as GET /_standin/journal answers it.');
    return 2;
  }
  if (!existsSync(specPath)) {
    write(`Meta's API description is not at ${specPath}: nothing was checked.`);
    return 2;
  }
  const { records } = journalSchema.parse(JSON.parse(readFileSync(journalPath, 'utf8')));
  const { checked, mismatches } = checkMetaJournal(records, specPath);
  for (const { n, method, route, where, message } of mismatches)
    write(`${n} ${method} ${route ?? ''} ${where}: ${message}`);
  write(`${checked} calls checked, ${mismatches.length} differences.`);
  return mismatches.length === 0 ? 0 : 1;
}

export const META_SPEC = fileURLToPath(
  new URL('../../../shared/specs/meta/business-messaging-api_v23.0.yaml', import.meta.url),
);

if (import.meta.main) process.exitCode = main(process.argv[2], process.argv[3] ?? META_SPEC);
