import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../app-error.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import { RefusedRequest } from './refused-request.ts';

const TEXTS = {
  internal: {
    en: 'Something went wrong on our side. Nothing was lost; please try again in a moment.',
    de: 'Bei uns ist etwas schiefgegangen. Es ging nichts verloren; bitte versuchen Sie es gleich noch einmal.',
  },
  bad_request: {
    en: 'The request does not have the expected form.',
    de: 'Die Anfrage hat nicht die erwartete Form.',
  },
  too_large: { en: 'The request is too large.', de: 'Die Anfrage ist zu groß.' },
  too_slow: {
    en: 'The request did not arrive in time. Send it again at once.',
    de: 'Die Anfrage kam nicht rechtzeitig an. Senden Sie sie noch einmal in einem Zug.',
  },
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
  replyWithError(notFound(), request, reply);
}

export function notFound(): AppError {
  return new AppError('not_found', { status: 404, userMessage: TEXTS.not_found });
}

/** What is no HTTP at all, or whose header is too large, comes before any request exists: answered on the socket and closed. */
export function replyToBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, code, message } = BROKEN[error.code ?? ''] ?? MALFORMED;
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

type Broken = { status: string; code: string; message: string };
const MALFORMED: Broken = { status: '400 Bad Request', code: 'bad_request', message: TEXTS.bad_request.en };
/** By Node's own codes for what it hung up on. */
const BROKEN: Record<string, Broken> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'too_large',
    message: TEXTS.too_large.en,
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', code: 'too_slow', message: TEXTS.too_slow.en },
};

function problemOf(error: unknown, language: 'en' | 'de'): Problem {
  if (error instanceof AppError) {
    return { status: error.status, code: error.code, message: error.messageIn(language) ?? TEXTS.internal[language] };
  }
  if (error instanceof RefusedRequest) return { status: 400, code: 'bad_request', message: error.messageIn(language) };
  const { statusCode, code } = error as Partial<FastifyError>;
  if (statusCode === undefined && DATA_EXCEPTION.test(code ?? ''))
    return { status: 400, code: 'bad_request', message: TEXTS.bad_request[language] };
  if (statusCode === 413) return { status: 413, code: 'too_large', message: TEXTS.too_large[language] };
  if (statusCode === 429) return { status: 429, code: 'too_many_requests', message: TEXTS.too_many[language] };
  if (statusCode && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: 'bad_request',
      message: TEXTS.bad_request[language],
    };
  }
  return { status: 500, code: 'internal', message: TEXTS.internal[language] };
}
