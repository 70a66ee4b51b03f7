import { Client } from '@hubspot/api-client';
import type { HubSpotUpload } from './client.ts';

/** What came back, or why nothing did. `lost`: the request may have reached HubSpot; `unreached`: it certainly did not. */
export type SendResult =
  | { kind: 'answer'; status: number; headers: Headers; body: unknown }
  | { kind: 'lost'; why: 'deadline' | 'connection' | 'body_too_large' | 'not_json' }
  | { kind: 'unreached' };

export type SendOptions = {
  /** `https://api.hubapi.com`, without a trailing slash. */
  baseUrl: string;
  method: string;
  path: string;
  query?: Record<string, string | number | boolean | string[] | undefined>;
  accessToken?: string;
  body:
    | { kind: 'none' }
    | { kind: 'json'; value: unknown }
    | { kind: 'form'; value: Record<string, string> }
    | { kind: 'multipart'; value: HubSpotUpload };
  deadlineMs: number;
  maxBytes: number;
};

const client = new Client({});
/** Connection faults before a single byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/**
 * One request through HubSpot's own client, with a deadline over head and body and a bound on the body; never throws.
 * The client's limiter and retries stay off: both are per process and would double ours (hubspot-platform.md section 7). It takes
 * no abort signal, so a request past its deadline is abandoned: its answer is thrown away unread when it comes.
 */
export async function sendRequest(options: SendOptions): Promise<SendResult> {
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const pending = request(options);
  try {
    const response = await beforeDeadline(pending, deadline);
    return await readAnswer(response, deadline, options.maxBytes);
  } catch (err) {
    void pending.then((late) => late.body?.cancel()).catch(() => {});
    if (deadline.aborted) return { kind: 'lost', why: 'deadline' };
    return NEVER_SENT.has(causeCode(err)) ? { kind: 'unreached' } : { kind: 'lost', why: 'connection' };
  }
}

async function request(options: SendOptions): Promise<Response> {
  return client.apiRequest({
    method: options.method,
    overlapUrl: `${options.baseUrl}${options.path}${toQuery(options.query)}`,
    headers: {
      ...(options.accessToken ? { Authorization: `Bearer ${options.accessToken}` } : {}),
      ...(options.body.kind === 'form' ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
    },
    defaultJson: options.body.kind === 'json',
    body: toBody(options.body),
  });
}

function toBody(body: SendOptions['body']): unknown {
  switch (body.kind) {
    case 'none':
      return undefined;
    case 'json':
      return body.value;
    case 'form':
      return new URLSearchParams(body.value).toString();
    case 'multipart':
      return toFormData(body.value);
  }
}

/** Its content type, with the boundary, is set by `fetch`. */
function toFormData({ fields, file }: HubSpotUpload): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  data.append('file', new Blob([new Uint8Array(file.bytes)], { type: file.mimeType }), file.name);
  return data;
}

/** Lists are repeated (`a=1&a=2`), as HubSpot's descriptions say (style form, explode). */
function toQuery(query: SendOptions['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  return params.size > 0 ? `?${params}` : '';
}

async function readAnswer(response: Response, deadline: AbortSignal, maxBytes: number): Promise<SendResult> {
  const text = await readText(response, deadline, maxBytes);
  if (text === null) return { kind: 'lost', why: 'body_too_large' };
  const { status, headers } = response;
  if (text === '') return { kind: 'answer', status, headers, body: undefined };
  try {
    return { kind: 'answer', status, headers, body: JSON.parse(text) };
  } catch {
    // A proxy's error page is no JSON, and its status says enough.
    return status >= 400 ? { kind: 'answer', status, headers, body: undefined } : { kind: 'lost', why: 'not_json' };
  }
}

/** The body as text, or null when it is longer than `maxBytes`. */
async function readText(response: Response, deadline: AbortSignal, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const part = await beforeDeadline(reader.read(), deadline);
      if (part.done) return Buffer.concat(chunks).toString('utf8');
      size += part.value.byteLength;
      if (size > maxBytes) return null;
      chunks.push(part.value);
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

async function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  deadline.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(deadline.reason);
    deadline.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    deadline.removeEventListener('abort', onAbort);
  }
}

/** The code of the socket fault that `fetch` wraps. */
function causeCode(err: unknown): string {
  const cause = err instanceof Error ? err.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
