import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { systemClock, type Clock } from '../../clock.ts';
import { hostedPage } from './hosted-page.ts';
import { OUTCOMES, STATUS_OF, VENDORS, type Account, type Outcome, type Session, type Vendor } from './sessions.ts';
import { eventOf, signEvent } from './sign-event.ts';
import { addVendorRoutes } from './vendor-routes.ts';
import { createIdentityWorld, type IdentityWorld } from './world.ts';

declare module 'fastify' {
  interface FastifyRequest {
    receivedBytes?: Buffer;
  }
}

/** `drop`: the connection breaks before the work is done; `timeout-after-success`: it is done and nobody hears of it. */
const faultSchema = z.strictObject({
  /** A prefix of `METHOD /path`. */
  route: z.string().min(1),
  kind: z.enum(['status', 'drop', 'timeout-after-success', 'garbage']),
  status: z.number().int().min(400).max(599).default(500),
  retryAfter: z.string().optional(),
  times: z.number().int().min(1).default(1),
});
type Fault = z.infer<typeof faultSchema>;

const webhookSchema = z.strictObject({ url: z.url().nullable() });
const decideSchema = z.strictObject({
  outcome: z.enum(OUTCOMES).optional(),
  /** A status of the vendor's own that no outcome leads to. */
  status: z.string().optional(),
  firstName: z.string().nullable().optional(),
  lastName: z.string().nullable().optional(),
  birthDate: z.string().nullable().optional(),
  reasons: z.array(z.string()).optional(),
  /** Without an event nobody is told. */
  silent: z.boolean().default(false),
});
type Decision = z.infer<typeof decideSchema>;

export type IdentityStandIn = {
  url: string;
  account(vendor: Vendor): Account;
  sessions(vendor: Vendor): Session[];
  /** The calls that came in, `METHOD /path`. */
  calls(): string[];
  world: IdentityWorld;
  close(): Promise<void>;
};

/** Events that found no server are sent again soon, as the vendors do within minutes. */
const REPEAT_MS = [300, 1_000, 3_000, 10_000, 30_000, 60_000];

/**
 * Onfido, Persona, Veriff and Stripe Identity on one port, each below its own path and in its own shapes: strict about fields and
 * about who calls, with faults on request, a hosted page on which the sandbox's user says what comes of a check, and signed events.
 * `PUT /_standin/{vendor}/webhook`, `POST /_standin/sessions/{id}`, `POST /_standin/faults`, `GET /_standin/sessions`.
 */
export async function startIdentityStandIn(options: {
  port: number;
  clock?: Clock;
  stateFile?: string;
}): Promise<IdentityStandIn> {
  const clock = options.clock ?? systemClock;
  const app = Fastify({ bodyLimit: 1_048_576, forceCloseConnections: true });
  let url = '';
  const world = createIdentityWorld({
    now: () => clock.now(),
    baseUrl: () => url,
    kept: await readState(options.stateFile),
  });
  const faults: Fault[] = [];
  const calls: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  readBodies(app);
  watch(app, { faults, calls });
  app.addHook('onResponse', async () => writeState(options.stateFile, world));
  const tell = (session: Session): Promise<void> => tellCustomer(world, session, timers);
  addVendorRoutes(app, world);
  addControlRoutes(app, world, { faults, tell });
  addHostedRoutes(app, world, tell);
  url = await app.listen({ host: '127.0.0.1', port: options.port });
  return {
    url,
    world,
    account: (vendor) => world.accounts[vendor],
    sessions: (vendor) => world.all(vendor),
    calls: () => [...calls],
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await app.close();
    },
  };
}

/** Signatures are over the bytes: they are kept beside what they say. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
    request.receivedBytes = bytes;
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('application/x-www-form-urlencoded'))
      return done(null, Object.fromEntries(new URLSearchParams(bytes.toString('utf8'))));
    try {
      done(null, JSON.parse(bytes.toString('utf8')));
    } catch {
      done(null, undefined);
    }
  });
}

function watch(app: FastifyInstance, o: { faults: Fault[]; calls: string[] }): void {
  const pending = new WeakMap<FastifyRequest, Fault>();
  app.addHook('onRequest', async (request, reply) => {
    const call = `${request.method} ${request.url}`;
    if (request.url.startsWith('/_standin') || request.url.startsWith('/hosted')) return;
    o.calls.push(call);
    const index = o.faults.findIndex((one) => call.startsWith(one.route));
    const fault = o.faults[index];
    if (!fault) return;
    fault.times -= 1;
    if (fault.times === 0) o.faults.splice(index, 1);
    if (fault.kind === 'drop') {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    if (fault.kind === 'status') {
      if (fault.retryAfter) void reply.header('retry-after', fault.retryAfter);
      return reply.code(fault.status).send({ error: 'asked for' });
    }
    pending.set(request, fault);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const fault = pending.get(request);
    if (fault?.kind === 'garbage') return '<html>gateway</html>';
    if (fault?.kind === 'timeout-after-success') {
      reply.hijack();
      request.raw.socket.destroy();
    }
    return payload;
  });
}

function addControlRoutes(
  app: FastifyInstance,
  world: IdentityWorld,
  o: { faults: Fault[]; tell: (session: Session) => Promise<void> },
): void {
  app.put<{ Params: { vendor: string } }>('/_standin/:vendor/webhook', (request, reply) => {
    const vendor = VENDORS.find((one) => one === request.params.vendor);
    if (!vendor) return reply.code(404).send();
    world.accounts[vendor].webhookUrl = webhookSchema.parse(request.body).url;
    return { ok: true };
  });
  app.post<{ Params: { id: string } }>('/_standin/sessions/:id', async (request, reply) => {
    const session = VENDORS.map((vendor) => world.find(vendor, request.params.id)).find((one) => one !== undefined);
    if (!session) return reply.code(404).send();
    await decide(session, decideSchema.parse(request.body), o.tell);
    return session;
  });
  app.post('/_standin/faults', (request) => {
    o.faults.push(faultSchema.parse(request.body));
    return { ok: true };
  });
  app.get('/_standin/sessions', () => ({ sessions: VENDORS.flatMap((vendor) => world.all(vendor)) }));
}

function addHostedRoutes(app: FastifyInstance, world: IdentityWorld, tell: (session: Session) => Promise<void>): void {
  const page = (reply: FastifyReply, session: Session): FastifyReply =>
    reply.type('text/html').header('cache-control', 'no-store').send(hostedPage(session));
  app.get<{ Params: { token: string } }>('/hosted/:token', (request, reply) => {
    const session = world.byToken(request.params.token);
    if (session && isLinkOver(session, world.now())) return over(reply);
    return session ? page(reply, session) : reply.code(404).send();
  });
  app.post<{ Params: { token: string } }>('/hosted/:token', async (request, reply) => {
    const session = world.byToken(request.params.token);
    if (!session) return reply.code(404).send();
    if (isLinkOver(session, world.now())) return over(reply);
    await decide(session, decideSchema.parse(request.body), tell);
    return page(reply, session);
  });
}

/** What expired or was cancelled opens for nobody, and Stripe's links end after 48 hours. */
function isLinkOver(session: Session, now: Date): boolean {
  const age = now.getTime() - Date.parse(session.createdAt);
  return (
    ['expired', 'abandoned', 'canceled'].includes(session.status) ||
    (session.vendor === 'stripe' && age > 48 * 3_600_000)
  );
}

function over(reply: FastifyReply): FastifyReply {
  return reply
    .code(410)
    .type('text/html')
    .send('<!doctype html><html lang="en"><title>Link expired</title><h1>This link has expired</h1></html>');
}

async function decide(session: Session, decision: Decision, tell: (session: Session) => Promise<void>): Promise<void> {
  const { outcome, person } = { outcome: decision.outcome, person: session.person };
  session.status = decision.status ?? (outcome ? STATUS_OF[session.vendor][outcome] : null) ?? session.status;
  for (const key of ['firstName', 'lastName', 'birthDate'] as const) {
    const value = decision[key];
    if (value !== undefined) person[key] = value === '' ? null : value;
  }
  session.reasons = decision.reasons ?? reasonsOf(session.vendor, outcome);
  if (!decision.silent) await tell(session);
}

function reasonsOf(vendor: Vendor, outcome: Outcome | undefined): string[] {
  if (outcome === 'decline') return ['Suspected document tampering'];
  if (outcome === 'retry')
    return vendor === 'stripe' ? ['document_unverified_other'] : ['Image of the document is blurry'];
  return [];
}

/** One event to the customer's address, again while nobody takes it; the first try is waited for. */
async function tellCustomer(world: IdentityWorld, session: Session, timers: Set<NodeJS.Timeout>): Promise<void> {
  const { webhookUrl, webhookSecret } = world.accounts[session.vendor];
  if (webhookUrl === null) return;
  const body = JSON.stringify(eventOf(session, world.now()));
  const attempt = async (tries: number): Promise<void> => {
    const headers = signEvent(session.vendor, { body, secret: webhookSecret, atMs: world.now().getTime() });
    const taken = await fetch(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(10_000),
    }).then(
      (response) => response.status < 500,
      () => false,
    );
    const wait = REPEAT_MS[tries];
    if (taken || wait === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(tries + 1);
    }, wait);
    timers.add(timer);
  };
  await attempt(0);
}

async function readState(file: string | undefined): Promise<ReturnType<IdentityWorld['dump']> | null> {
  const text = file === undefined ? null : await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as ReturnType<IdentityWorld['dump']>);
}

async function writeState(file: string | undefined, world: IdentityWorld): Promise<void> {
  if (file === undefined) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(world.dump()), { mode: 0o600 });
}
