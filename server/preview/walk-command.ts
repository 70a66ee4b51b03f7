import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import type { FlowJson, JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import { validateFlowJson } from '@flowella/shared/flow-json/validate-flow-json.ts';
import { encryptedLink, type EndpointLink, type RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, PhoneMisuse } from '@flowella/shared/phone/run-flow.ts';
import type { FieldValue, InputView, ScreenView } from '@flowella/shared/phone/screen-view.ts';
import { walkFlow, type Walk } from '@flowella/shared/phone/walk-flow.ts';
import { request } from 'undici';
import { z } from 'zod';
import { AppError } from '../app-error.ts';

/** Meta gives an endpoint ten seconds, and a reply of one megabyte of data is about this long as base64 (whatsapp-flows.md 6.5). */
const DEADLINE_MS = 10_000;
const MAX_REPLY_BYTES = 1_500_000;

const fileAnswer = z.object({ fileName: z.string(), mimeType: z.string(), base64: z.string() });
const answersSchema = z.record(z.string(), z.json());

export type WalkInput = {
  flowText: string;
  /** By field name, or by screen and then field name; of any shape that JSON has. */
  answers: unknown;
  /** Where the flow's endpoint is, with what Meta would use to talk to it. */
  endpoint?: { url: string; publicKeyPem: string; appSecret: string };
  token: string;
};

/** What a walk prints: the screens passed, and how it ended. `stuck` says why it could not go on. */
export type WalkReport = {
  visited: string[];
  outcome: 'submitted' | 'revoked' | 'dismissed' | 'broken' | 'stuck';
  response?: Record<string, unknown>;
  message?: string;
  stuck?: NonNullable<Walk['stuck']> & { missing: string[] };
  /** Names in the answers that no field and no screen of the flow has. */
  unknown: string[];
};

/**
 * Runs Flow JSON on the phone without a page, with answers by field name (or by screen, then field), as `flowella walk` does.
 * With an endpoint, requests are locked and signed exactly as WhatsApp and Meta do. Throws `usage` or `not_valid` on input
 * that cannot be walked.
 */
export async function walkFlowFile(input: WalkInput): Promise<WalkReport> {
  const flowJson = readFlow(input.flowText);
  const answers = readAnswers(input.answers);
  const isConnected = flowJson.data_api_version !== undefined;
  if (isConnected && !input.endpoint)
    throw new AppError('usage', {
      message:
        'This flow asks an endpoint (it has a data_api_version). Say where it is: --endpoint URL --public-key FILE --app-secret SECRET',
    });
  const entry = flowJson.screens[0];
  const shelf = createShelf();
  const link = isConnected && input.endpoint ? watched(linkTo(input.endpoint)) : null;
  const phone = openFlow({
    flowJson,
    message: {
      flowToken: input.token,
      action: isConnected ? 'data_exchange' : 'navigate',
      screen: null,
      data: isConnected || !entry ? null : examplesOf(entry),
    },
    effects: {
      link: link?.ask ?? null,
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      uploadFile: shelf.put,
      uploadMedia: (file) => Promise.resolve(`walk-${file.fileName}`),
    },
  });
  try {
    const files = await readFiles(answers);
    const walk = await walkFlow(
      phone,
      (view, screen) => answerOf(answers, files, view, screen),
      (list, screen) => itemOf(answers, list.name, screen),
    );
    return { ...toReport(walk, link?.trouble() ?? null), unknown: unknownNames(answers, flowJson) };
  } catch (err) {
    if (!(err instanceof PhoneMisuse)) throw err;
    throw new AppError('usage', { message: `An answer does not fit its field: ${err.message}` });
  } finally {
    shelf.close();
  }
}

/** Encrypted files lie here for the endpoint to fetch, as on Meta's CDN: on this machine only, until the walk is over. */
function createShelf(): { put: (encrypted: Uint8Array<ArrayBuffer>) => Promise<string>; close: () => void } {
  const files: Uint8Array[] = [];
  let server: Server | null = null;
  return {
    async put(encrypted) {
      if (!server) {
        server = createServer((request, response) => {
          const file = files[Number(request.url?.slice(1))];
          response.writeHead(file ? 200 : 404).end(file);
        });
        await once(server.listen(0, '127.0.0.1'), 'listening');
      }
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return `http://127.0.0.1:${port}/${files.push(encrypted) - 1}`;
    },
    close: () => void server?.close(),
  };
}

function readFlow(text: string): FlowJson {
  const { validationErrors } = validateFlowJson(text);
  const [first] = validationErrors;
  if (first)
    throw new AppError('not_valid', {
      status: 422,
      message: `Meta would not take this flow: ${first.message} (${first.error}, line ${first.line_start}). flowella validate lists everything.`,
    });
  // The validator has seen every part of it.
  return JSON.parse(text) as FlowJson;
}

function readAnswers(given: unknown): Record<string, JsonValue> {
  const parsed = answersSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('usage', {
    message: 'The answers must be a JSON object: { "field name": value } or { "SCREEN_ID": { "field name": value } }',
  });
}

/** A name that is misspelt is not used at all: what comes of it is a button that stays grey, or an answer that is not sent. */
function unknownNames(answers: Record<string, JsonValue>, { screens }: FlowJson): string[] {
  const fields = new Map(screens.map((screen) => [screen.id, namesIn(screen.layout)]));
  const anywhere = new Set([...fields.values()].flatMap((names) => [...names]));
  return Object.entries(answers).flatMap(([name, value]) => {
    const own = fields.get(name);
    if (!own) return anywhere.has(name) ? [] : [name];
    return isObject(value) ? Object.keys(value).flatMap((field) => (own.has(field) ? [] : [`${name}.${field}`])) : [];
  });
}

/** Every name that something in a layout has. */
function namesIn(node: unknown): Set<string> {
  if (typeof node !== 'object' || node === null) return new Set();
  const own: unknown = Reflect.get(node, 'name');
  return new Set([
    ...(typeof own === 'string' ? [own] : []),
    ...Object.values(node).flatMap((part) => [...namesIn(part)]),
  ]);
}

/** The values that the flow's author gave for the data of the first screen: nobody else gives any here. */
function examplesOf(screen: FlowJson['screens'][number]): Record<string, JsonValue> | null {
  const entries = Object.entries(screen.data ?? {});
  return entries.length > 0 ? Object.fromEntries(entries.map(([key, value]) => [key, value.__example__])) : null;
}

type PickedFiles = Extract<FieldValue, { fileName: string }[]>;

/** Files named by their path are read beforehand: the phone asks for values at once. */
async function readFiles(answers: Record<string, JsonValue>): Promise<Map<string, PickedFiles>> {
  const files = new Map<string, PickedFiles>();
  const nested = Object.values(answers).flatMap((value) =>
    isObject(value) && !fileAnswer.safeParse(value).success ? Object.entries(value) : [],
  );
  for (const [name, value] of [...Object.entries(answers), ...nested]) {
    const list = (Array.isArray(value) ? value : [value]).flatMap((one) => fileAnswer.safeParse(one).data ?? []);
    if (list.length > 0)
      files.set(
        name,
        list.map(({ fileName, mimeType, base64 }) => ({
          fileName,
          mimeType,
          bytes: new Uint8Array(Buffer.from(base64, 'base64')),
        })),
      );
    const isPath = typeof value === 'string' && /\.[a-z0-9]{2,5}$/i.test(value);
    const bytes = isPath ? await readFile(value).catch(() => null) : null;
    if (bytes && typeof value === 'string')
      files.set(name, [{ fileName: path.basename(value), mimeType: mimeTypeOf(value), bytes: new Uint8Array(bytes) }]);
  }
  return files;
}

const MIME_TYPES: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
};

function mimeTypeOf(file: string): string {
  return MIME_TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream';
}

function answerOf(
  answers: Record<string, JsonValue>,
  files: ReadonlyMap<string, PickedFiles>,
  view: InputView,
  screen: ScreenView,
): FieldValue | undefined {
  if (view.kind === 'photos' || view.kind === 'documents') return files.get(view.name);
  const value = answerTo(answers, view.name, screen);
  if (value === undefined || value === null) return undefined;
  const wanted = view.kind === 'checkboxes' || view.kind === 'chips' ? [value].flat() : value;
  if (view.kind !== 'opt-in' && typeof wanted === 'number') return String(wanted);
  // The phone itself refuses a value of the wrong kind, with a message.
  return wanted as FieldValue;
}

/** By screen, then name, or by name alone. */
function answerTo(answers: Record<string, JsonValue>, name: string, screen: ScreenView): JsonValue | undefined {
  const own = answers[screen.id];
  return isObject(own) && Object.hasOwn(own, name) ? own[name] : answers[name];
}

/** Which item of a navigation list is pressed: its id under the name of the list. */
function itemOf(answers: Record<string, JsonValue>, name: string, screen: ScreenView): string | undefined {
  const value = answerTo(answers, name, screen);
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function linkTo({ url, publicKeyPem, appSecret }: NonNullable<WalkInput['endpoint']>): EndpointLink {
  return encryptedLink({
    publicKey: () => Promise.resolve(publicKeyPem),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    timer: (delayMs, fire) => {
      const timer = setTimeout(fire, delayMs);
      return () => clearTimeout(timer);
    },
    exchange: (locked) => send(url, JSON.stringify(locked), appSecret),
  });
}

type Trouble = { error: string; detail: string | null };

/** The link, and what went wrong with the last request: the person sees no more of it than "try again". */
function watched(link: EndpointLink): { ask: EndpointLink; trouble: () => Trouble | null } {
  let last: Trouble | null = null;
  return {
    trouble: () => last,
    async ask(asked) {
      const { error, error_message: detail } = asked.data ?? {};
      if (typeof error === 'string') {
        last = { error, detail: typeof detail === 'string' && detail !== error ? detail : null };
        return link(asked);
      }
      last = null;
      const outcome = await link(asked);
      if (outcome.kind === 'failed') last = { error: outcome.error, detail: null };
      return outcome;
    },
  };
}

/**
 * One request as Meta relays it: signed over exactly the bytes sent, no redirect, bounded in time and length. Not `fetch`,
 * which sends a request again by itself after 421.
 */
async function send(url: string, body: string, appSecret: string): Promise<RawReply> {
  const signature = createHmac('sha256', appSecret).update(body, 'utf8').digest('hex');
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return { status: response.statusCode, body: await boundedText(response.body) };
  } catch (err) {
    const isLate = err instanceof Error && err.name === 'TimeoutError';
    return { status: 0, clientError: isLate ? 'timeout_error' : 'no_http_response_error' };
  }
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_REPLY_BYTES) throw new Error('The reply is longer than Meta takes');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const CLIENT_ERRORS: Record<string, string> = {
  no_http_response_error: 'The endpoint could not be reached, or its answer was too long.',
  timeout_error: 'The endpoint did not answer within ten seconds.',
  unexpected_http_status_code: 'The endpoint answered with another status than 200, 421, 427 or 432.',
  'business-decryption-error': 'The endpoint answered 421 twice: it cannot open what was locked with this public key.',
  'response-decryption-error': 'The reply of the endpoint could not be opened with the key of the request.',
  'public-key-missing': 'The public key cannot be read: it must be PEM.',
  'invalid-screen-transition': 'The endpoint led to a screen that the routing model does not allow from here.',
  'payload-schema-error': "The endpoint's data does not fit what the screen declares.",
};

/** What a client error means, what exactly was wrong when that is known, and Meta's name for it. */
function explain({ error, detail }: Trouble, otherwise: string): string {
  return [CLIENT_ERRORS[error] ?? otherwise, ...(detail === null ? [] : [detail]), `(${error})`].join(' ');
}

/** Required fields of the screen that hold nothing: the phone shows no error for them, its button only stays grey. */
function missingIn(view: Walk['view']): string[] {
  if (view.kind !== 'screen') return [];
  return view.screen.components.flatMap((component) =>
    'value' in component && component.required && component.enabled && isBlank(component.value) ? [component.name] : [],
  );
}

function isBlank(value: unknown): boolean {
  return value === '' || value === null || value === false || (Array.isArray(value) && value.length === 0);
}

function missingText(screen: string, missing: readonly string[]): string {
  return `The button of the screen ${screen} cannot be pressed: the answers hold nothing that fits ${missing.map((name) => `"${name}"`).join(', ')}, which is required.`;
}

function toReport({ view, visited, stuck }: Walk, trouble: Trouble | null): Omit<WalkReport, 'unknown'> {
  if (stuck) {
    const missing = missingIn(view);
    const why = trouble
      ? explain(trouble, 'The endpoint failed.')
      : missing.length > 0
        ? missingText(stuck.screen, missing)
        : null;
    return { visited, outcome: 'stuck', stuck: { ...stuck, missing }, ...(why === null ? {} : { message: why }) };
  }
  if (view.kind === 'broken')
    return {
      visited,
      outcome: 'broken',
      message: explain(
        trouble?.error === view.clientError ? trouble : { error: view.clientError, detail: null },
        view.text,
      ),
    };
  if (view.kind !== 'closed') return { visited, outcome: 'stuck' };
  switch (view.outcome.kind) {
    case 'submitted':
      return { visited, outcome: 'submitted', response: view.outcome.responseJson };
    case 'revoked':
      return { visited, outcome: 'revoked', message: `The endpoint answered 427: ${view.outcome.text}` };
    case 'dismissed':
      return { visited, outcome: 'dismissed' };
  }
}
