import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GraphError, invalidParameter, messageError } from '../graph-error.ts';

export type UploadedFile = { fileName: string; contentType: string; text: string };

/** A request body as it came in. */
export type Body =
  | { kind: 'none' }
  | { kind: 'json'; value: unknown }
  | { kind: 'form'; fields: Record<string, string> }
  | { kind: 'multipart'; fields: Record<string, string>; files: Record<string, UploadedFile> };

export type BodyKind = Body['kind'];

/** Parameters in the query; `access_token` is allowed everywhere and read by the token check. */
export function readQuery<T extends z.ZodRawShape>(request: FastifyRequest, shape: T): z.infer<z.ZodObject<T>> {
  const query = z.record(z.string(), z.string()).safeParse(request.query);
  if (!query.success) throw invalidParameter('Each query parameter may be given once');
  const { access_token: _token, ...rest } = query.data;
  return parseParameters(z.strictObject(shape), rest);
}

/** Fields and JSON members alike; which content types a route takes is part of its description. */
export function readBody<T>(given: Body | null, kinds: readonly BodyKind[], schema: z.ZodType<T>): T {
  const body = given ?? { kind: 'none' };
  if (!kinds.includes(body.kind))
    throw invalidParameter(`This call does not take a body of this content type (${body.kind})`);
  return parseParameters(schema, bodyFields(body));
}

function bodyFields(body: Body): unknown {
  switch (body.kind) {
    case 'none':
      return {};
    case 'json':
      return body.value;
    case 'form':
    case 'multipart':
      return body.fields;
  }
}

function parseParameters<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidParameter(describeIssue(parsed.error));
}

/** A message's body: unknown keys are 100, missing ones 131008, wrong values 131009 (whatsapp-flows.md section 9.4). */
export function parseMessage<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = mostTelling(parsed.error.issues);
  if (issue?.code === 'unrecognized_keys') throw invalidParameter(describeIssue(parsed.error));
  throw messageError(issue && isMissing(value, issue.path) ? 131008 : 131009, describeIssue(parsed.error));
}

function describeIssue(error: z.ZodError): string {
  const issue = mostTelling(error.issues);
  if (!issue) return 'Invalid parameter';
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    return path === '' ? `Unexpected parameter ${keys}` : `Unexpected key ${keys} on param "${path}"`;
  }
  return path === '' ? issue.message : `Param ${path}: ${issue.message}`;
}

function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0];
}

function isMissing(value: unknown, path: readonly PropertyKey[]): boolean {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !(key in current)) return true;
    current = Reflect.get(current, key);
  }
  return current === undefined;
}

/** A list or object parameter: JSON text in a form, the value itself in JSON. */
export function jsonParameter<T>(schema: z.ZodType<T>) {
  return z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, schema);
}

/** `true`, `false`, `1`, `0`, as text in a form. */
export const flagParameter = z.preprocess(
  (value) => (value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value),
  z.boolean(),
);

/** An address the stand-in may call: https, or http on this machine only, where Meta itself would demand https. */
export function isCallableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}

/** Parses a JSON body; Meta answers malformed JSON with code 100. */
export function parseJsonBody(text: string): Body {
  if (text === '') return { kind: 'none' };
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    throw new GraphError(400, 100, { message: '(#100) The body is not valid JSON' });
  }
}
