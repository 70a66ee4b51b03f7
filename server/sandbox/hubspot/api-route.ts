import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubSpotError, missingScopes, rateLimited, toErrorBody, validationError } from './hubspot-error.ts';
import { readAccessToken } from './install/tokens.ts';
import { API_LIMIT, SEARCH_LIMIT } from './rate-limits.ts';
import type { StandIn } from './stand-in.ts';

/** Who calls, for what, with what: as a route sees it after token, scopes and limit. */
export type Call = {
  standIn: StandIn;
  portalId: number;
  appId: number;
  appName: string;
  userId: number;
  scopes: ReadonlySet<string>;
  params: Readonly<Record<string, string>>;
  query: Query;
  body: unknown;
};

export type Answer = { status: number; body?: unknown };

export type ApiRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  /** Search has a limit of its own and no rate headers. */
  limit?: 'standard' | 'search';
  /** One of these is enough. */
  scopes: readonly string[] | ((call: Call) => readonly string[]);
  /** Query parameters the route knows; others are refused. */
  query?: readonly string[];
  handle(call: Call): Answer;
};

/** The query, each value a list: HubSpot takes repeated parameters and comma-separated ones alike. */
export class Query {
  private readonly values: URLSearchParams;

  constructor(url: string) {
    this.values = new URL(url, 'http://stand-in').searchParams;
  }

  names(): string[] {
    return [...new Set(this.values.keys())];
  }

  text(name: string): string | undefined {
    return this.values.get(name) ?? undefined;
  }

  list(name: string): string[] {
    return this.values
      .getAll(name)
      .flatMap((value) => value.split(','))
      .filter(Boolean);
  }

  flag(name: string): boolean {
    const value = this.values.get(name);
    if (value === null || value === 'false') return false;
    if (value === 'true') return true;
    throw validationError(`Invalid value for ${name}: ${value} is not a boolean`);
  }

  wholeNumber(name: string, fallback: number, range: { min: number; max: number }): number {
    const value = this.values.get(name);
    if (value === null) return fallback;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < range.min || number > range.max) {
      throw validationError(`Invalid value for ${name}: it must be between ${range.min} and ${range.max}`);
    }
    return number;
  }

  toRecord(): Record<string, string[]> {
    return Object.fromEntries(this.names().map((name) => [name, this.values.getAll(name)]));
  }
}

/** Adds one route of the vendor's API: token, scopes, limit, then the handler in one transaction. */
export function addApiRoute(app: FastifyInstance, standIn: StandIn, route: ApiRoute): void {
  app.route({
    method: route.method,
    url: route.url,
    handler: (request, reply) => {
      const call = authenticate(standIn, request);
      const headers = spendLimit(standIn, call, route.limit ?? 'standard');
      void reply.headers(headers);
      checkScopes(route, call);
      checkQuery(route, call.query);
      const answer = standIn.store.transaction(() => route.handle(call));
      return sendAnswer(reply, answer);
    },
  });
}

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  void reply.code(answer.status);
  return answer.body === undefined
    ? reply.send()
    : reply.type('application/json;charset=utf-8').send(JSON.stringify(answer.body));
}

/** Parses a body strictly: what the description does not name is refused, as is what has the wrong type. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const at = issue.path.join('.');
    return { message: issue.message, in: at || 'body' };
  });
  const [first] = problems;
  throw validationError(
    `Invalid input JSON on line 1, column 1: ${first?.message ?? 'unreadable'} (at ${first?.in ?? 'body'})`,
    { errors: problems },
  );
}

/** JSON only: other content types get 415, unreadable JSON 400. Bodies without content are `undefined`. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: 10_000_000 }, (_request, body, done) => {
    const text = body.toString();
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(text));
    } catch {
      done(validationError('Invalid input JSON on line 1, column 1: Unexpected character'));
    }
  });
}

/** Every refusal in HubSpot's words; what we did not foresee is a 500 in its shape. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    const known = toHubSpotError(error);
    void reply.code(known.status).headers(known.headers);
    return reply.type('application/json;charset=utf-8').send(JSON.stringify(toErrorBody(known, randomUUID())));
  });
  app.setNotFoundHandler((request, reply) => {
    const known = new HubSpotError(404, {
      message: `No API found at ${request.method} ${request.url.split('?')[0] ?? ''}`,
      category: 'OBJECT_NOT_FOUND',
    });
    return reply
      .code(404)
      .type('application/json;charset=utf-8')
      .send(JSON.stringify(toErrorBody(known, randomUUID())));
  });
}

const fastifyError = z.object({ code: z.string() });

function toHubSpotError(error: unknown): HubSpotError {
  if (error instanceof HubSpotError) return error;
  const parsed = fastifyError.safeParse(error);
  if (parsed.success && parsed.data.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new HubSpotError(415, { message: 'Unsupported Media Type', category: 'VALIDATION_ERROR' });
  }
  if (parsed.success && parsed.data.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new HubSpotError(413, { message: 'Request body is too large', category: 'VALIDATION_ERROR' });
  }
  // A fault of the stand-in itself: whoever runs it must see where, the caller need not.
  process.stderr.write(`HubSpot stand-in: ${error instanceof Error ? error.stack : String(error)}\n`);
  return new HubSpotError(500, { message: 'internal error', category: 'INTERNAL_ERROR' });
}

function authenticate(standIn: StandIn, request: FastifyRequest): Call {
  const token = readAccessToken(standIn, request.headers.authorization);
  return {
    standIn,
    portalId: token.portalId,
    appId: token.appId,
    appName: token.appName,
    userId: token.userId,
    scopes: new Set(token.scopes),
    // Fastify types parameters loosely; they are strings by construction of the routes.
    params: z.record(z.string(), z.string()).parse(request.params),
    query: new Query(request.url),
    body: request.body,
  };
}

function spendLimit(standIn: StandIn, call: Call, kind: 'standard' | 'search'): Record<string, string> {
  if (kind === 'search') {
    // Search: five a second for the whole account, told by the message alone (hubspot-platform.md section 5.10).
    if (!standIn.limits.spend(`search ${call.portalId}`, SEARCH_LIMIT).allowed) throw rateLimited('SECONDLY');
    return {};
  }
  const { allowed, remaining } = standIn.limits.spend(`api ${call.appId} ${call.portalId}`, API_LIMIT);
  const headers = {
    'x-hubspot-ratelimit-max': String(API_LIMIT.max),
    'x-hubspot-ratelimit-remaining': String(remaining),
    'x-hubspot-ratelimit-interval-milliseconds': String(API_LIMIT.windowMs),
  };
  if (!allowed) throw rateLimited('TEN_SECONDLY_ROLLING', headers);
  return headers;
}

function checkScopes(route: ApiRoute, call: Call): void {
  const needed = typeof route.scopes === 'function' ? route.scopes(call) : route.scopes;
  if (!needed.some((scope) => call.scopes.has(scope))) throw missingScopes(needed);
}

function checkQuery(route: ApiRoute, query: Query): void {
  const unknown = query.names().find((name) => !(route.query ?? []).includes(name));
  if (unknown !== undefined) throw validationError(`Unknown query parameter: ${unknown}`);
}
