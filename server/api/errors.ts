import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError } from '../app-error.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';

const TEXTS = {
  internal: {
    en: 'Something went wrong on our side. Nothing was lost; please try again in a moment.',
    de: 'Bei uns ist etwas schiefgegangen. Es ging nichts verloren; bitte versuchen Sie es gleich noch einmal.',
  },
  bad_request: {
    en: 'The request does not have the expected form: ',
    de: 'Die Anfrage hat nicht die erwartete Form: ',
  },
  too_large: { en: 'The request is too large.', de: 'Die Anfrage ist zu groß.' },
  too_many: { en: 'Too many requests. Please wait a minute.', de: 'Zu viele Anfragen. Bitte warten Sie eine Minute.' },
  not_found: { en: 'There is nothing at this address.', de: 'Unter dieser Adresse gibt es nichts.' },
} as const;

/** PostgreSQL's class 22: a value that no column of that type can hold, such as a NUL character or a number beyond 64 bits. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

type Problem = { status: number; code: string; message: string };

/** The one error handler: a code, a sentence and the id of the log line. Details of our own faults never leave; no stack trace ever does. */
export function replyWithError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const language = requestLanguage(request);
  const problem = problemOf(error, language);
  if (problem.status >= 500)
    request.log.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'a request failed');
  void reply
    .code(problem.status)
    .send({ error: { code: problem.code, message: problem.message, requestId: request.id } });
}

export function replyNotFound(request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .code(404)
    .send({ error: { code: 'not_found', message: TEXTS.not_found[requestLanguage(request)], requestId: request.id } });
}

/** What is no HTTP at all, or whose header is too large, comes before any request exists: answered on the socket and closed. */
export function replyToBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify({
    error: isTooLarge
      ? { code: 'too_large', message: TEXTS.too_large.en }
      : { code: 'bad_request', message: TEXTS.bad_request.en.replace(/: $/, '.') },
  });
  socket.end(
    `HTTP/1.1 ${isTooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function problemOf(error: unknown, language: 'en' | 'de'): Problem {
  if (error instanceof AppError) {
    return { status: error.status, code: error.code, message: error.messageIn(language) ?? TEXTS.internal[language] };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const places = error.validation
      .slice(0, 5)
      .map(
        (issue) => `${issue.instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body'}: ${issue.message ?? ''}`,
      );
    return { status: 400, code: 'bad_request', message: TEXTS.bad_request[language] + places.join('; ') };
  }
  const { statusCode, code } = error as Partial<FastifyError>;
  if (statusCode === undefined && DATA_EXCEPTION.test(code ?? ''))
    return { status: 400, code: 'bad_request', message: TEXTS.bad_request[language].replace(/: $/, '.') };
  if (statusCode === 413) return { status: 413, code: 'too_large', message: TEXTS.too_large[language] };
  if (statusCode === 429) return { status: 429, code: 'too_many_requests', message: TEXTS.too_many[language] };
  if (statusCode && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: 'bad_request',
      message: TEXTS.bad_request[language].replace(/: $/, '.'),
    };
  }
  return { status: 500, code: 'internal', message: TEXTS.internal[language] };
}
