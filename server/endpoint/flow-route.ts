import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { isPassingFault } from '../db/passing-fault.ts';
import { isId } from '../ids.ts';
import { callerOf, strangerWindow, type Limits } from '../limits.ts';
import type { EndpointAccount, EndpointAccounts } from './accounts.ts';
import { Admission, type Seat } from './admission.ts';
import { decryptRequest, type Decrypted, type DecryptFailure } from './decrypt-request.ts';
import { encryptReply } from './encrypt-reply.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { CallOutcome } from './endpoint-meter.ts';
import { exchange, type EndpointServices, type Trace } from './exchange.ts';
import type { RateWindow } from '../rate-window.ts';
import { hasMetaSignature } from './verify-signature.ts';

/** Answers are text; files travel by the media CDN. Nothing honest comes near this. */
const MAX_BODY_BYTES = 1_048_576;
/** Meta's limit of what a screen may be given is 1 MB ("Image", limits); as the phone gets it, in base64. */
const MAX_REPLY_BYTES = 1_048_576;

type RouteServices = EndpointServices & {
  accounts: EndpointAccounts;
  metrics: Pick<Metrics, 'flowAnswers'>;
  limits?: Limits;
};
type Room = { admission: Admission; strangers: RateWindow };
/** `text` is empty for a refusal: nothing is told to a stranger. */
type Reply = { status: number; text: string };

/**
 * `POST /flow/{account id}`: the encrypted data exchange. The steps in the order a request passes them:
 * account → signature (432) → room (421) → decrypt (421) → exchange → encrypt. Bodies of refusals are empty: nothing is told to a
 * stranger.
 */
export function flowRoute(app: FastifyInstance, services: RouteServices): void {
  const room: Room = { admission: new Admission(), strangers: strangerWindow() };
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.addHook('onRequest', (_request, reply, next) => {
      reply.headers(NO_BROWSER);
      next();
    });
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const status = isPassingFault(error) ? 421 : (error.statusCode ?? 500);
      if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a flow request failed');
      services.metrics.flowAnswers.inc({ status });
      return reply.code(status).type('text/plain').send('');
    });

    scope.post<{ Params: { accountId: string } }>(
      '/flow/:accountId',
      { schema: { summary: 'Encrypted data exchange of WhatsApp Flows', tags: ['meta'] } },
      async (request, reply) => {
        const startedMs = performance.now();
        const call: Call = { account: null, outcome: 'fault', trace: { flowId: null, isFault: false } };
        try {
          const { status, text } = await answerSigned(services, room, request, call);
          services.metrics.flowAnswers.inc({ status });
          return await reply.code(status).type('text/plain').send(text);
        } finally {
          measure(services, call, startedMs);
        }
      },
    );
    done();
  });
}

/** Meta's servers call this and no browser does; one that is led here draws, keeps and frames nothing. Fixed, so that it costs nothing. */
const NO_BROWSER = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';object-src 'none';base-uri 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

type FlowHttpRequest = FastifyRequest<{ Params: { accountId: string } }>;

/** What one call came to, for measuring it; filled in on the way. `fault` until something better is known. */
type Call = { account: EndpointAccount | null; outcome: CallOutcome; trace: Trace };

function measure(services: RouteServices, { account, outcome, trace }: Call, startedMs: number): void {
  if (!account) return;
  const ms = performance.now() - startedMs;
  services.meter.noteCall(account, { flowId: trace.flowId, outcome, ms, at: services.clock.now() });
}

async function answerSigned(services: RouteServices, room: Room, request: FlowHttpRequest, call: Call): Promise<Reply> {
  const known = await accountOf(services.accounts, room.strangers, request);
  if (!known) return counted(services, request, 404);
  call.account = known;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const signer = await signerOf(services.accounts, known, body, request.headers['x-hub-signature-256']);
  if (!signer) {
    call.outcome = 'unsigned';
    return counted(services, request, 432);
  }
  if (services.limits?.account.take(known.accountId) === false) return refusal(429);
  // The one answer that makes the phone send the request again by itself ("Implementing Endpoint for Flows", response codes).
  const seat = room.admission.enter();
  if (!seat) return refusal(421);
  try {
    return await answerEncrypted(services, signer, { body, seat, call });
  } finally {
    seat.leave();
  }
}

async function answerEncrypted(
  services: RouteServices,
  signer: EndpointAccount,
  { body, seat, call }: { body: Buffer; seat: Seat; call: Call },
): Promise<Reply> {
  const { opened, account } = await openWith(services.accounts, signer, body);
  if (opened === 'cannot_decrypt') {
    call.outcome = 'unreadable';
    return refusal(421);
  }
  if (typeof opened === 'string') return refusal(400);
  services.accounts.noteUse(account, opened.keyId);
  const { flow_token: token } = opened.request;
  if (token !== '' && services.limits?.flowToken.take(token.slice(0, 200)) === false) return refusal(429);

  const answer = await exchange(services, account, opened.request, seat, call.trace);
  if (answer.kind === 'nothing') return refusal(500);
  const text = encryptReply(answer.body, opened.aesKey, opened.iv);
  if (text.length > MAX_REPLY_BYTES) {
    services.log.error({ accountId: account.accountId, bytes: text.length }, 'a reply is larger than a phone takes');
    return refusal(500);
  }
  call.outcome = call.trace.isFault ? 'fault' : 'ok';
  return { status: answer.kind === 'token-over' ? 427 : 200, text };
}

/** A refusal that its caller's address is counted for: who has collected too many is told to wait instead. */
function counted({ limits }: RouteServices, request: FlowHttpRequest, status: number): Reply {
  return refusal(limits === undefined || limits.refusals.take(callerOf(request.ip)) ? status : 429);
}

async function accountOf(
  accounts: EndpointAccounts,
  strangers: RateWindow,
  request: FlowHttpRequest,
): Promise<EndpointAccount | null> {
  const { accountId } = request.params;
  if (!isId('account', accountId)) return null;
  const caller = callerOf(request.ip);
  if (strangers.isSpent(caller)) return accounts.peek(accountId);
  const account = await accounts.get(accountId);
  if (!account) strangers.take(caller);
  return account;
}

/** The account whose secret signed the body: as known, or as a rotation elsewhere has made it. Null for a 432. */
async function signerOf(
  accounts: EndpointAccounts,
  known: EndpointAccount,
  body: Buffer,
  header: string | string[] | undefined,
): Promise<EndpointAccount | null> {
  const signature = typeof header === 'string' ? header : undefined;
  if (hasMetaSignature(body, signature, known.appSecrets)) return known;
  const fresh = await accounts.reload(known);
  return fresh && hasMetaSignature(body, signature, fresh.appSecrets) ? fresh : null;
}

/** Opens the body with the keys as known, then as a rotation elsewhere has made them: a 421 costs the phone its only retry. */
async function openWith(
  accounts: EndpointAccounts,
  known: EndpointAccount,
  body: Buffer,
): Promise<{ opened: Decrypted | DecryptFailure; account: EndpointAccount }> {
  const opened = await decryptRequest(body, known.keys);
  if (opened !== 'cannot_decrypt') return { opened, account: known };
  const fresh = await accounts.reload(known);
  return fresh ? { opened: await decryptRequest(body, fresh.keys), account: fresh } : { opened, account: known };
}

function refusal(status: number): Reply {
  return { status, text: '' };
}
