import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../control/faults.ts';
import { plainHeaders, withoutSecrets, writeJournal } from '../control/journal.ts';
import { GraphError, invalidParameter, messageError, toErrorBody, unknownPath } from '../graph-error.ts';
import type { World } from '../world.ts';
import { parseJsonBody, type Body, type UploadedFile } from './graph-request.ts';

declare module 'fastify' {
  interface FastifyRequest {
    graphBody: Body | null;
    /** The route in the words of Meta's description, filled in once the kind of node is known. */
    graphRoute: string | null;
    graphAnswer: string | null;
    graphSwallow: Fault | null;
  }
  interface FastifyContextConfig {
    /** The route in the words of Meta's API description, for the journal. */
    graphRoute?: string;
  }
}

const VERSION_PREFIX = /^\/v(\d+\.\d+)(?=\/)/;
/** Flow JSON may be 10 MB (whatsapp-flows.md section 2.1), files of messages 100 MB; nothing here needs more than this. */
const MAX_BODY_BYTES = 12 * 1_024 * 1_024;

/** The HTTP side of the Graph API: versions, bodies, errors, faults and the journal. Routes are added by the caller. */
export function createGraphApp(world: World): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // A version that does not exist stays in the path and is then an unknown path.
    rewriteUrl: (raw) =>
      (raw.url ?? '/').replace(VERSION_PREFIX, (whole, version: string) => (isServed(version) ? '' : whole)),
    routerOptions: { maxParamLength: 300, querystringParser: parseQuery },
  });
  app.decorateRequest('graphBody', null);
  app.decorateRequest('graphRoute', null);
  app.decorateRequest('graphAnswer', null);
  app.decorateRequest('graphSwallow', null);
  readBodies(app);
  answerErrors(app, world);
  observe(app, world);
  return app;
}

function isServed(version: string): boolean {
  return /^2\d\.\d$/.test(version);
}

/** Each parameter once, as text; a repeated one becomes an array and is refused where it is read. */
function parseQuery(text: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = query[key];
    query[key] = before === undefined ? value : [before, value].flat();
  }
  return query;
}

function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));
  void app.register(formbody);
  void app.register(multipart, {
    limits: { fileSize: MAX_BODY_BYTES, files: 1, fields: 50, fieldSize: MAX_BODY_BYTES },
  });
  app.addHook('preValidation', async (request) => {
    request.graphBody = await readGraphBody(request);
  });
}

async function readGraphBody(request: FastifyRequest): Promise<Body> {
  if (request.isMultipart()) return readMultipart(request);
  if (request.body === undefined || request.body === null) return { kind: 'none' };
  if (typeof request.body === 'string') return parseJsonBody(request.body);
  const fields: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.body)) {
    if (typeof value !== 'string') throw invalidParameter(`Param ${key} may be given once`);
    fields[key] = value;
  }
  return { kind: 'form', fields };
}

async function readMultipart(request: FastifyRequest): Promise<Body> {
  const fields: Record<string, string> = {};
  const files: Record<string, UploadedFile> = {};
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      fields[part.fieldname] = String(part.value);
    } else {
      const text = (await part.toBuffer()).toString('utf8');
      files[part.fieldname] = { fileName: part.filename, contentType: part.mimetype, text };
    }
  }
  return { kind: 'multipart', fields, files };
}

function answerErrors(app: FastifyInstance, world: World): void {
  app.setNotFoundHandler((request, reply) => sendError(reply, unknownPath(request.url.split('?')[0] ?? '/')));
  app.setErrorHandler((thrown: unknown, _request, reply) => {
    if (thrown instanceof GraphError) return sendError(reply, thrown);
    const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
    if (status === 415) return sendError(reply, invalidParameter('The content type of the body is not supported'));
    if (status >= 400 && status < 500) return sendError(reply, invalidParameter('The body cannot be read'));
    world.log?.error({ err: thrown }, 'the Meta stand-in failed');
    return sendError(reply, new GraphError(500, 1, { message: 'An unknown error occurred', isTransient: true }));
  });
}

function sendError(reply: FastifyReply, err: GraphError): FastifyReply {
  if (err.status === 401)
    void reply.header(
      'www-authenticate',
      `OAuth "Facebook Platform" "invalid_token" "${err.message.replaceAll('"', "'")}"`,
    );
  return reply
    .code(err.status)
    .type('application/json; charset=UTF-8')
    .send(JSON.stringify(toErrorBody(err)));
}

function isVendorCall(request: FastifyRequest): boolean {
  return !request.url.startsWith('/_standin') && !request.url.startsWith('/_files') && request.method !== 'OPTIONS';
}

function observe(app: FastifyInstance, world: World): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isVendorCall(request)) return;
    const fault = world.faults.take(`${request.method} ${request.url}`);
    if (fault) await playFault(world, fault, request, reply);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    request.graphAnswer = typeof payload === 'string' ? payload : null;
    const fault = request.graphSwallow;
    if (!fault) return payload;
    record(world, request, 0);
    world.webhooks.pump();
    await pause(fault.delayMs ?? 0);
    reply.hijack();
    request.raw.socket.destroy();
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    if (isVendorCall(request) && !request.graphSwallow) record(world, request, reply.statusCode);
    // Webhooks leave after the answer: a status never overtakes the id it belongs to.
    world.webhooks.pump();
  });
}

async function playFault(world: World, fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (fault.kind === 'timeout-after-success') {
    request.graphSwallow = fault;
    return;
  }
  await pause(fault.delayMs ?? 0);
  switch (fault.kind) {
    case 'delay':
      return;
    case 'drop':
      record(world, request, 0);
      reply.hijack();
      request.raw.socket.destroy();
      return;
    case '429':
      throw messageError(130429, 'Cloud API message throughput has been reached.');
    case '500':
      throw new GraphError(500, 131000, { message: '(#131000) Something went wrong', isTransient: true });
    case 'error':
      throw faultError(fault);
  }
}

function faultError(fault: Fault): GraphError {
  const { status, code, message, error_subcode, details } = fault.error ?? {
    status: 400,
    code: 1,
    message: 'A fault that was asked for',
  };
  return new GraphError(status, code, { message, subcode: error_subcode, details });
}

function record(world: World, request: FastifyRequest, status: number): void {
  const query = Object.fromEntries(Object.entries(request.query ?? {}).map(([key, value]) => [key, String(value)]));
  writeJournal(world.store, {
    at: world.clock.now().toISOString(),
    method: request.method,
    route: request.graphRoute ?? request.routeOptions.config.graphRoute ?? null,
    path: (request.originalUrl.split('?')[0] ?? '').replace(/access_token=[^&]*/, ''),
    query: withoutSecrets(query),
    headers: plainHeaders(request.headers),
    body: journalBody(request.graphBody),
    status,
    answer: status === 0 ? null : parseAnswer(request.graphAnswer),
  });
}

function journalBody(body: Body | null): unknown {
  if (!body || body.kind === 'none') return null;
  if (body.kind === 'form') return withoutSecrets(body.fields);
  if (body.kind === 'multipart') return withoutSecrets({ ...body.fields, ...body.files });
  const { value } = body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return withoutSecrets<unknown>({ ...value });
}

function parseAnswer(text: string | null): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
