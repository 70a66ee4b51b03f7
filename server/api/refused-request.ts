import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import type { Language } from '../hubspot/language.ts';
import { sayIssue, type RequestPart } from './say-issue.ts';

/** More sentences than that nobody reads; the next call says the next ones. */
const MAX_SENTENCES = 5;

/** A request that a route's schema did not take. Fastify adds which part of the request it was. */
export class RefusedRequest extends Error {
  readonly issues: readonly z.core.$ZodIssue[];
  readonly validationContext?: RequestPart;

  constructor(issues: readonly z.core.$ZodIssue[]) {
    super('a request was refused by its schema');
    this.issues = issues;
  }

  messageIn(language: Language): string {
    const part = this.validationContext ?? 'body';
    const sentences = this.issues.slice(0, MAX_SENTENCES).map((issue) => sayIssue(issue, part, language));
    const more = this.issues.length - sentences.length;
    if (more > 0) sentences.push(language === 'de' ? `Dazu kommen ${more} weitere Fehler.` : `And ${more} more.`);
    return sentences.join(' ');
  }
}

/** Checks a part of a request by its zod schema and keeps what was found, to be said in the reader's language. */
export const refusingValidator: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data, { reportInput: true });
    return parsed.success ? { value: parsed.data } : { error: new RefusedRequest(parsed.error.issues) };
  };
