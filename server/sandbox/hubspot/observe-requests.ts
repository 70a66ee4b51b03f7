import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './control/faults.ts';
import { plainHeaders, writeJournal } from './control/journal.ts';
import { Query } from './api-route.ts';
import { HubSpotError, rateLimited, toErrorBody } from './hubspot-error.ts';
import type { StandIn } from './stand-in.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The answer as sent, for the journal. */
    sentAnswer: string | null;
    /** A fault that lets the request take effect and swallows its answer. */
    swallowAnswer: Fault | null;
  }
}

/** Writes every vendor request into the journal and plays the faults that were asked for. */
export function observeRequests(app: FastifyInstance, standIn: StandIn, host: 'api' | 'forms'): void {
  app.decorateRequest('sentAnswer', null);
  app.decorateRequest('swallowAnswer', null);
  app.addHook('onRequest', async (request, reply) => {
    if (isControl(request)) return;
    const fault = standIn.faults.take(`${request.method} ${request.url}`);
    if (fault) await play(fault, request, reply, () => record(standIn, host, request, reply, 0));
  });
  app.addHook('onSend', async (request, reply, payload) => {
    request.sentAnswer = typeof payload === 'string' ? payload : null;
    const fault = request.swallowAnswer;
    if (!fault) return payload;
    record(standIn, host, request, reply, 0);
    await pause(fault.delayMs);
    reply.hijack();
    request.raw.socket.destroy();
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    if (!isControl(request) && !request.swallowAnswer) record(standIn, host, request, reply, reply.statusCode);
  });
}

function isControl(request: FastifyRequest): boolean {
  return (
    request.url.startsWith('/_standin') ||
    request.url.startsWith('/oauth/grant') ||
    (request.method === 'GET' && /^\/oauth\/(\d+\/)?authorize/.test(request.url))
  );
}

async function play(fault: Fault, request: FastifyRequest, reply: FastifyReply, recordDrop: () => void): Promise<void> {
  switch (fault.kind) {
    case 'delay':
      return pause(fault.delayMs);
    case 'drop':
      await pause(fault.delayMs);
      recordDrop();
      reply.hijack();
      request.raw.socket.destroy();
      return;
    case '429':
      await pause(fault.delayMs);
      throw rateLimited(
        'TEN_SECONDLY_ROLLING',
        fault.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(fault.retryAfterMs / 1_000)) },
      );
    case '500':
      await pause(fault.delayMs);
      await reply
        .code(500)
        .type('application/json;charset=utf-8')
        .send(
          JSON.stringify(
            toErrorBody(new HubSpotError(500, { message: 'internal error', category: 'INTERNAL_ERROR' }), randomUUID()),
          ),
        );
      return;
    case 'timeout-after-success':
      request.swallowAnswer = fault;
  }
}

function record(
  standIn: StandIn,
  host: 'api' | 'forms',
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
): void {
  writeJournal(standIn.store, {
    at: standIn.clock.now().toISOString(),
    host,
    method: request.method,
    path: request.url.split('?')[0] ?? '',
    query: new Query(request.url).toRecord(),
    headers: plainHeaders(request.headers),
    body: request.body ?? null,
    status,
    answerHeaders: plainHeaders(reply.getHeaders()),
    answer: readAnswer(request.sentAnswer),
  });
}

function readAnswer(text: string | null): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
