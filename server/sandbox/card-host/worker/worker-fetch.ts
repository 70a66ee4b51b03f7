import type { ExtensionRequest, HostFunctions } from '../protocol.ts';

type FetchOptions = { method?: string; headers?: Record<string, string>; body?: unknown; timeout?: number };

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** HubSpot's limits (hubspot-platform section 3.1). */
const MAX_BYTES = 1_000_000;
const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_TIMEOUT_MS = 120_000;

/** `hubspot.fetch` with HubSpot's own refusals: bodies that are not objects, headers other than Authorization, too much of either. */
export function createWorkerFetch(
  fetch: HostFunctions['fetch'],
): (url: string | URL, options?: FetchOptions) => Promise<Response> {
  return async (url, options = {}) => {
    const request = toRequest(options);
    const timeoutMs = Math.min(options.timeout ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
    const answer = await within(timeoutMs, fetch(String(url), request));
    if (answer.body.length > MAX_BYTES) throw new Error('The answer is larger than 1 MB.');
    return new Response(answer.status === 204 || answer.status === 304 ? null : answer.body, {
      status: answer.status,
      headers: { 'content-type': 'application/json' },
    });
  };
}

function toRequest(options: FetchOptions): ExtensionRequest {
  const method = METHODS.find((one) => one === (options.method ?? 'GET'));
  if (!method) throw new Error(`hubspot.fetch does not know the method ${String(options.method)}.`);
  const headers = options.headers ?? {};
  const refused = Object.keys(headers).find((name) => name.toLowerCase() !== 'authorization');
  if (refused !== undefined) throw new Error(`hubspot.fetch lets no header but Authorization through, not ${refused}.`);
  const { body } = options;
  if (body === undefined) return { method, headers, body: null };
  if (typeof body !== 'object' || body === null) throw new Error('The body of hubspot.fetch is a plain object.');
  const text = JSON.stringify(body);
  if (text.length > MAX_BYTES) throw new Error('The request is larger than 1 MB.');
  return { method, headers, body: text };
}

async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
