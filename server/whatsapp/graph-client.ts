import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { Language } from '../hubspot/language.ts';
import { metaOutcomeUnknown, metaUnavailable, toMetaError } from './meta-errors.ts';

export type GraphBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'form'; fields: Record<string, string> }
  | {
      kind: 'multipart';
      fields: Record<string, string>;
      file?: { field: string; fileName: string; contentType: string; content: string };
    };

export type GraphRequest<T> = {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the version, such as `/123/messages`. Ids in it are digits only: they are never taken from a person's text. */
  path: string;
  accessToken: string;
  query?: Record<string, string>;
  body?: GraphBody;
  /** The answer is parsed with this and trusted afterwards. */
  schema: z.ZodType<T>;
  /** Default 10 s. */
  deadlineMs?: number;
  /** True when a repeat does no harm (reads, sets): tried up to three times on a connection fault or while Meta is unavailable. */
  idempotent: boolean;
  /** Language of the errors' userMessage. Default English. */
  language?: Language;
};

/** Meta's own answers are a few kilobytes; a page of templates some hundred. More than this is not an answer. */
const MAX_ANSWER_BYTES = 4 * 1_024 * 1_024;
const DEFAULT_DEADLINE_MS = 10_000;
/** Waits between the tries of an idempotent call: short, since a person may be waiting for it. */
const RETRY_WAITS_MS = [200, 800];

const faultSchema = z.object({
  error: z.object({
    message: z.string().catch(''),
    code: z.number(),
    error_subcode: z.number().optional(),
    error_user_msg: z.string().optional(),
    error_data: z.object({ details: z.string().optional() }).optional().catch(undefined),
    fbtrace_id: z.string().optional(),
  }),
});

/**
 * The way to Meta's Graph API: version, token, deadline, bounded answer, errors mapped (whatsapp-flows.md section 9.4).
 *
 * Throws AppError: `meta_…` for what Meta refused (see meta-errors.ts), `meta_unavailable` (retryable, certainly without
 * effect or idempotent), `meta_outcome_unknown` (sent, answer lost), `meta_answer_unreadable` (an answer of another shape).
 */
export class GraphClient {
  #base: string;
  #fetch: typeof fetch;
  #wait: (ms: number) => Promise<void>;

  constructor(options: {
    graphUrl: string;
    graphVersion: string;
    fetch?: typeof fetch;
    wait?: (ms: number) => Promise<void>;
  }) {
    this.#base = `${options.graphUrl.replace(/\/+$/, '')}/${options.graphVersion}`;
    this.#fetch = options.fetch ?? fetch;
    this.#wait = options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  async call<T>(request: GraphRequest<T>): Promise<T> {
    const waits = request.idempotent ? RETRY_WAITS_MS : [];
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(request);
      } catch (err) {
        const wait = waits[attempt];
        if (wait === undefined || !isWorthRepeating(err)) throw err;
        await this.#wait(wait);
      }
    }
  }

  async #once<T>(request: GraphRequest<T>): Promise<T> {
    const language = request.language ?? 'en';
    const { status, text } = await this.#exchange(request, language);
    const json = parseJson(text);
    if (status >= 200 && status < 300) return readAnswer(request, json);
    const fault = faultSchema.safeParse(json);
    if (fault.success) {
      const { error } = fault.data;
      throw toMetaError(
        {
          httpStatus: status,
          code: error.code,
          subcode: error.error_subcode ?? null,
          details: error.error_data?.details ?? error.error_user_msg ?? (error.message || null),
          fbtraceId: error.fbtrace_id ?? null,
        },
        language,
      );
    }
    // A gateway's page, not Meta's answer: whether the call arrived behind it cannot be known.
    if (status >= 500 && !request.idempotent) throw metaOutcomeUnknown(language, new Error(`HTTP ${status}`));
    throw toMetaError({ httpStatus: status, code: -1, subcode: null, details: null, fbtraceId: null }, language);
  }

  async #exchange<T>(request: GraphRequest<T>, language: Language): Promise<{ status: number; text: string }> {
    const url = new URL(`${this.#base}${request.path}`);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    try {
      const response = await this.#fetch(url, {
        method: request.method,
        headers: { authorization: `Bearer ${request.accessToken}`, ...contentType(request.body) },
        body: encodeBody(request.body),
        signal: AbortSignal.timeout(request.deadlineMs ?? DEFAULT_DEADLINE_MS),
        redirect: 'error',
      });
      return { status: response.status, text: await readBounded(response) };
    } catch (err) {
      if (request.idempotent || neverLeft(err)) throw metaUnavailable(language, err);
      throw metaOutcomeUnknown(language, err);
    }
  }
}

function readAnswer<T>(request: GraphRequest<T>, json: unknown): T {
  const parsed = request.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AppError('meta_answer_unreadable', {
    message: `Meta answered ${request.method} ${request.path.replace(/\d{5,}/g, '…')} in an unexpected shape`,
    status: 502,
    context: { issues: parsed.error.issues.map((issue) => issue.path.join('.')) },
  });
}

function isWorthRepeating(err: unknown): boolean {
  return err instanceof AppError && err.code === 'meta_unavailable';
}

/** Connection faults before the first byte: the request certainly did not reach Meta. */
const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverLeft(err: unknown): boolean {
  const cause = err instanceof Error ? err.cause : undefined;
  return cause instanceof Error && 'code' in cause && NEVER_LEFT.has(String(cause.code));
}

function contentType(body: GraphBody | undefined): Record<string, string> {
  if (body?.kind === 'json') return { 'content-type': 'application/json' };
  if (body?.kind === 'form') return { 'content-type': 'application/x-www-form-urlencoded' };
  return {};
}

function encodeBody(body: GraphBody | undefined): string | FormData | undefined {
  if (!body) return undefined;
  if (body.kind === 'json') return JSON.stringify(body.value);
  if (body.kind === 'form') return new URLSearchParams(body.fields).toString();
  const form = new FormData();
  for (const [key, value] of Object.entries(body.fields)) form.set(key, value);
  if (body.file) {
    form.set(body.file.field, new Blob([body.file.content], { type: body.file.contentType }), body.file.fileName);
  }
  return form;
}

async function readBounded(response: Response): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new Error(`The answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
