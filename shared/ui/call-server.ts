import type { Language } from './language.ts';
import { ServerProblem } from './server-problem.ts';

/** The part of `hubspot.fetch` that is used, so that a test can stand in for it. */
export type Fetch = (
  url: string,
  options: { method: 'GET' | 'POST' | 'PATCH'; body?: Record<string, unknown>; timeout: number },
) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>;

export type ServerCall = {
  method?: 'GET' | 'POST' | 'PATCH';
  path: string;
  query?: Record<string, string | undefined>;
  body?: Record<string, unknown>;
};

/** Carries out one call; the caller states what the contract says it answers. */
export type CallServer = <Answer>(call: ServerCall) => Promise<Answer>;

/** HubSpot cuts a card's call off after 15 s (hubspot-platform section 3.1): our own deadline is the same and explicit. */
const DEADLINE_MS = 15_000;

/**
 * Calls our server through HubSpot, which adds who asks and signs. Only `Authorization` headers pass, so the language goes
 * into the query. Throws `ServerProblem`. Never repeats a call by itself: HubSpot does so once, and a person presses again
 * with the same idempotency key.
 */
export function createCallServer(options: { fetch: Fetch; origin: string; language: Language }): CallServer {
  return async <Answer>(call: ServerCall) => {
    const method = call.method ?? 'GET';
    const answer = await fetchOnce(options.fetch, addressOf(options, call), {
      method,
      timeout: DEADLINE_MS,
      ...(call.body ? { body: call.body } : {}),
    });
    const body = await readJson(answer);
    if (!answer.ok) throw problemOf(answer.status, body);
    // Our own server answers in the shape of the contract; zod does not resolve in HubSpot's build, so nothing parses it here.
    return body as Answer;
  };
}

async function fetchOnce(fetch: Fetch, url: string, options: Parameters<Fetch>[1]): ReturnType<Fetch> {
  try {
    return await fetch(url, options);
  } catch {
    throw new ServerProblem({ code: 'network', status: 0 });
  }
}

async function readJson(answer: Awaited<ReturnType<Fetch>>): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    throw new ServerProblem({ code: 'unexpected', status: answer.status });
  }
}

function addressOf(options: { origin: string; language: Language }, call: ServerCall): string {
  const query = Object.entries<string | undefined>({ ...call.query, locale: options.language }).flatMap(
    ([name, value]) => (value ? [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`] : []),
  );
  return `${options.origin.replace(/\/+$/, '')}${call.path}?${query.join('&')}`;
}

function problemOf(status: number, body: unknown): ServerProblem {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const { code, message, requestId } = error;
  if (typeof code !== 'string' || typeof message !== 'string') return new ServerProblem({ code: 'unexpected', status });
  return new ServerProblem({ code, status, message, requestId: typeof requestId === 'string' ? requestId : null });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
