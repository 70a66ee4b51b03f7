import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findNumber, findWaba } from '../accounts/accounts.ts';
import { findFlow, FLOW_STATUSES, setFlowStatus } from '../flow-management/flow-store.ts';
import { readBody, readQuery } from '../graph/graph-request.ts';
import { GraphError } from '../graph-error.ts';
import { BSUID_PATTERN, bsuidOf, listPeople, savePerson, type Person } from '../people/people.ts';
import type { ReviewTimer } from '../templates/review-timer.ts';
import { findTemplate, setTemplateStatus, TEMPLATE_STATUSES } from '../templates/template-store.ts';
import type { World } from '../world.ts';
import { faultSchema } from './faults.ts';
import { findPerson } from './find-person.ts';
import { addFlowAlertRoute } from './flow-alerts.ts';
import { exchange, flowOfMessage } from './flow-of-message.ts';
import { inboundSchema, receiveInbound } from './inbound.ts';
import { readJournal } from './journal.ts';
import { viewOutbox } from './outbox-view.ts';

const exchangeBody = z.strictObject({
  messageId: z.string(),
  body: z.strictObject({ encrypted_flow_data: z.string(), encrypted_aes_key: z.string(), initial_vector: z.string() }),
});
const personBody = z.strictObject({
  waId: z.string().regex(/^[1-9]\d{6,14}$/, 'must be digits with country code'),
  name: z.string().min(1),
  bsuid: z.string().regex(BSUID_PATTERN).optional(),
  username: z.string().min(1).optional(),
  hidePhone: z.boolean().optional(),
});
const businessRow = z.object({ id: z.string() });
const subscriptionRow = z.object({ override_uri: z.string().nullable(), verify_token: z.string().nullable() });

type Params = { Params: { id: string } };

/** The side that Meta has not: the phone's and the tests' (all under `/_standin`, JSON, no token). */
export function addControlRoutes(app: FastifyInstance, world: World, timer: ReviewTimer): void {
  const body = <T>(request: FastifyRequest, schema: z.ZodType<T>): T => readBody(request.graphBody, ['json'], schema);
  allowLocalOrigins(app);
  app.get('/_standin/outbox', async (request) => {
    const query = readQuery(request, {
      to: z.string().min(1),
      since: z.coerce.number().int().min(0).default(0),
      chat: z.enum(['0', '1']).optional(),
    });
    const person = findPerson(world, query.to);
    return { messages: person ? viewOutbox(world, person, { since: query.since, withOwn: query.chat === '1' }) : [] };
  });
  app.post('/_standin/inbound', async (request) => receiveInbound(world, body(request, inboundSchema)));
  app.get<Params>('/_standin/messages/:id/flow', async (request) => flowOfMessage(world, request.params.id));
  app.post('/_standin/exchange', async (request) => {
    const { messageId, body: sealed } = body(request, exchangeBody);
    const answer = await exchange(world, messageId, sealed);
    if (answer.kind === 'failed') return { status: 0, clientError: answer.clientError };
    return { status: answer.status, contentType: answer.contentType, body: answer.body };
  });
  app.get<Params>('/_standin/wabas/:id/subscription', async (request) => {
    const row = world.store.first(
      subscriptionRow,
      'select override_uri, verify_token from subscriptions where waba_id = ?',
      request.params.id,
    );
    return { callbackUrl: row?.override_uri ?? null, verifyToken: row?.verify_token ?? null };
  });
  addNumberRoutes(app, world);
  addMoveRoute(app, world);
  addPeopleRoutes(app, world);
  addStateRoutes(app, world, timer);
  addFlowAlertRoute(app, world);
}

/** The browser pages of the sandbox run on other ports of this machine. */
function allowLocalOrigins(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (!request.url.startsWith('/_standin') || origin === undefined) return;
    if (!/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin)) return;
    void reply
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-methods', 'GET, POST, DELETE')
      .header('access-control-allow-headers', 'content-type')
      .header('vary', 'origin');
  });
  app.options('/_standin/*', async (_request, reply) => reply.code(204).send());
}

function addNumberRoutes(app: FastifyInstance, world: World): void {
  const number = (id: string) => {
    const found = findNumber(world.store, id);
    if (!found) throw new GraphError(404, 100, { message: 'There is no such business number' });
    return found;
  };
  app.get<Params>('/_standin/numbers/:id/public-key', async (request) => {
    const { public_key: publicKeyPem, key_status: status } = number(request.params.id);
    return { publicKeyPem, status };
  });
  // What registering or moving a number does to its key at Meta.
  app.post<Params>('/_standin/numbers/:id/public-key', async (request) => {
    const { status } = readBody(request.graphBody, ['json'], z.strictObject({ status: z.enum(['VALID', 'MISMATCH']) }));
    world.store.run(
      'update numbers set key_status = ? where id = ? and public_key is not null',
      status,
      number(request.params.id).id,
    );
    return { ok: true };
  });
}

/** A number that moves to another account, which must exist, loses its key (whatsapp-flows.md section 7). */
function addMoveRoute(app: FastifyInstance, world: World): void {
  app.post<Params>('/_standin/numbers/:id/move', async (request) => {
    const { wabaId } = readBody(request.graphBody, ['json'], z.strictObject({ wabaId: z.string() }));
    if (!findNumber(world.store, request.params.id) || !findWaba(world.store, wabaId))
      throw new GraphError(404, 100, { message: 'There is no such business number or account' });
    world.store.run(
      'update numbers set waba_id = ?, public_key = null, key_status = null where id = ?',
      wabaId,
      request.params.id,
    );
    return { ok: true };
  });
}

function addPeopleRoutes(app: FastifyInstance, world: World): void {
  app.get('/_standin/people', async () => ({
    people: listPeople(world.store).map((person) => viewPerson(world, person)),
  }));
  app.post('/_standin/people', async (request) => {
    const person = savePerson(world.store, readBody(request.graphBody, ['json'], personBody));
    return { ok: true, person: viewPerson(world, person) };
  });
}

function viewPerson(world: World, person: Person): Record<string, unknown> {
  const businesses = world.store.all(businessRow, 'select id from businesses order by rowid');
  const bsuids = businesses.map((business) => [business.id, bsuidOf(world.store, business.id, person)] as const);
  return {
    waId: person.wa_id,
    name: person.name,
    bsuid: bsuids[0]?.[1] ?? null,
    bsuids: Object.fromEntries(bsuids),
    username: person.username,
    hidePhone: person.hide_phone,
  };
}

function addStateRoutes(app: FastifyInstance, world: World, timer: ReviewTimer): void {
  const since = { since: z.coerce.number().int().min(0).default(0) };
  app.post('/_standin/faults', async (request) => {
    world.faults.add(readBody(request.graphBody, ['json'], faultSchema));
    return { ok: true };
  });
  app.delete('/_standin/faults', async () => {
    world.faults.clear();
    return { ok: true };
  });
  app.post('/_standin/clock', async (request) => {
    const { offsetMs } = readBody(request.graphBody, ['json'], z.strictObject({ offsetMs: z.number().int() }));
    world.clock.setOffset(offsetMs);
    timer.reschedule();
    return { ok: true, now: world.clock.now().toISOString() };
  });
  app.get('/_standin/journal', async (request) => ({
    records: readJournal(world.store, readQuery(request, since).since),
  }));
  app.post<Params>('/_standin/templates/:id/review', async (request) => {
    const review = readBody(
      request.graphBody,
      ['json'],
      z.strictObject({ status: z.enum(TEMPLATE_STATUSES), reason: z.string().optional() }),
    );
    const template = findTemplate(world.store, request.params.id);
    if (!template) throw new GraphError(404, 100, { message: 'There is no such template' });
    setTemplateStatus(world, template, review.status, review.reason ?? 'NONE');
    return { ok: true };
  });
  app.post<Params>('/_standin/flows/:id/status', async (request) => {
    const { status, silent } = readBody(
      request.graphBody,
      ['json'],
      // Silent: as if the webhook got lost on its way.
      z.strictObject({ status: z.enum(FLOW_STATUSES), silent: z.boolean().default(false) }),
    );
    const flow = findFlow(world.store, request.params.id);
    if (!flow) throw new GraphError(404, 100, { message: 'There is no such flow' });
    setFlowStatus(world, flow, status, { silent });
    return { ok: true };
  });
}
