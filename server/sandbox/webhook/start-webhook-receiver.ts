import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { systemClock, type Clock } from '../../clock.ts';
import { verifyCall } from './verify-call.ts';

/** One call as it came in. `taken`: it was the first of its webhook-id that was answered with success. */
export type ReceivedCall = {
  hook: string;
  at: string;
  id: string;
  status: number;
  problem: string | null;
  taken: boolean;
  body: unknown;
};

/** `drop`: the connection breaks before the work is done; `timeout-after-success`: it is done and nobody hears of it. */
const faultSchema = z.object({
  kind: z.enum(['status', 'delay', 'drop', 'timeout-after-success', 'redirect', 'endless-body']),
  status: z.number().int().min(200).max(599).default(500),
  retryAfter: z.string().optional(),
  location: z.string().optional(),
  delayMs: z.number().int().min(0).max(60_000).default(0),
  times: z.number().int().min(1).default(1),
});
type Fault = z.infer<typeof faultSchema>;
const hookParams = z.object({ hook: z.string().regex(/^[a-z0-9-]{1,40}$/) });
const hookSchema = z.object({ secrets: z.array(z.string()).min(1).max(3) });

/** What Standard Webhooks sends, beside what our own events hold; unknown keys are refused, as a typed receiver would. */
const eventSchema = z.strictObject({
  type: z.string().regex(/^[a-z_]+(\.[a-z_]+)+$/),
  timestamp: z.iso.datetime(),
  data: z.looseObject({}),
});

export type WebhookReceiver = { url: string; calls(): ReceivedCall[]; close(): Promise<void> };

/**
 * A customer's own system that takes webhooks: strict about signatures, time, content type and shape, knows a repeat by its
 * webhook-id, and has faults on request. `POST /hooks/:hook` receives; `PUT /_standin/hooks/:hook` tells it the secrets;
 * `POST /_standin/faults`; `GET /_standin/calls`.
 */
export async function startWebhookReceiver(options: {
  port: number;
  clock?: Clock;
  /** Where it keeps the secrets it was told, so that a later start knows them. */
  stateFile?: string;
}): Promise<WebhookReceiver> {
  const clock = options.clock ?? systemClock;
  const app = Fastify({ bodyLimit: 1_048_576, forceCloseConnections: true });
  const secrets = await readSecrets(options.stateFile);
  const taken = new Set<string>();
  const calls: ReceivedCall[] = [];
  const faults: Fault[] = [];
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const record = (request: FastifyRequest, hook: string, status: number, problem: string | null): void => {
    const id = String(request.headers['webhook-id'] ?? '');
    const key = `${hook} ${id}`;
    const isFirst = status < 300 && !taken.has(key);
    if (isFirst) taken.add(key);
    const body = readJson(request.body);
    calls.push({ hook, at: clock.now().toISOString(), id, status, problem, taken: isFirst, body });
  };

  app.post('/hooks/:hook', async (request, reply) => {
    const { hook } = hookParams.parse(request.params);
    const fault = takeFault(faults);
    if (
      fault &&
      (await carryOut(fault, request, reply, (status) => record(request, hook, status, `fault: ${fault.kind}`)))
    )
      return reply;
    const problem = problemOf(request, secrets.get(hook), clock.now());
    const status = problem === null ? 204 : problem === UNKNOWN_HOOK ? 404 : 400;
    record(request, hook, status, problem);
    return problem === null ? reply.code(204).send() : reply.code(status).send(JSON.stringify({ error: problem }));
  });
  app.put('/_standin/hooks/:hook', async (request) => {
    const { hook } = hookParams.parse(request.params);
    secrets.set(hook, hookSchema.parse(readJson(request.body)).secrets);
    await writeSecrets(options.stateFile, secrets);
    return JSON.stringify({ ok: true });
  });
  app.post('/_standin/faults', (request) => {
    faults.push(faultSchema.parse(readJson(request.body)));
    return JSON.stringify({ ok: true });
  });
  app.get('/_standin/calls', (_request, reply) => reply.type('application/json').send(JSON.stringify({ calls })));

  const url = await app.listen({ host: '127.0.0.1', port: options.port });
  return { url, calls: () => [...calls], close: () => app.close() };
}

const UNKNOWN_HOOK = 'this hook is not known here';

const stateSchema = z.record(z.string(), z.array(z.string()));

async function readSecrets(file: string | undefined): Promise<Map<string, string[]>> {
  const text = file === undefined ? null : await readFile(file, 'utf8').catch(() => null);
  return new Map(text === null ? [] : Object.entries(stateSchema.parse(JSON.parse(text))));
}

async function writeSecrets(file: string | undefined, secrets: Map<string, string[]>): Promise<void> {
  if (file === undefined) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
}

function problemOf(request: FastifyRequest, secrets: string[] | undefined, now: Date): string | null {
  if (!secrets) return UNKNOWN_HOOK;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const wrong = verifyCall({ headers: request.headers, body, secrets, now });
  if (wrong !== null) return wrong;
  return eventSchema.safeParse(readJson(body)).success ? null : 'the body is no event of Standard Webhooks';
}

function takeFault(faults: Fault[]): Fault | null {
  const [fault] = faults;
  if (!fault) return null;
  fault.times -= 1;
  if (fault.times === 0) faults.shift();
  return fault;
}

/** True when the fault has answered, or will never answer. */
async function carryOut(
  fault: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
  record: (status: number) => void,
): Promise<boolean> {
  switch (fault.kind) {
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
      return false;
    case 'status':
      record(fault.status);
      if (fault.retryAfter !== undefined) void reply.header('retry-after', fault.retryAfter);
      void reply.code(fault.status).send('');
      return true;
    case 'redirect':
      record(302);
      void reply
        .code(302)
        .header('location', fault.location ?? '/')
        .send('');
      return true;
    case 'drop':
      reply.hijack();
      request.raw.socket.destroy();
      return true;
    case 'timeout-after-success':
      record(204);
      reply.hijack();
      return true;
    case 'endless-body':
      record(200);
      reply.hijack();
      pour(reply);
      return true;
  }
}

function pour(reply: FastifyReply): void {
  reply.raw.writeHead(200, { 'content-type': 'text/plain' });
  const timer = setInterval(() => reply.raw.write('x'.repeat(16_384)), 5);
  reply.raw.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
}

function readJson(body: unknown): unknown {
  try {
    return Buffer.isBuffer(body) ? JSON.parse(body.toString('utf8')) : null;
  } catch {
    return null;
  }
}
