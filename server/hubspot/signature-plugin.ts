import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';
import { callerOf, type Limits } from '../limits.ts';
import { toLanguage, type Language, type Texts } from './language.ts';
import { claimSignature } from './used-signatures.ts';
import { readCaller, verifyRequest, type HubSpotCaller } from './verify-request.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Portal and user from HubSpot's signature; set on every route of a scope that `addHubSpotSignature` guards. */
    hubspot: HubSpotCaller;
    /** The exact bytes received, before any parsing. */
    rawBody: Buffer | null;
  }
}

export type SignatureOptions = {
  clientSecret: string;
  /** Accepted beside it while a rotation runs. */
  oldClientSecret?: string | undefined;
  /** The address HubSpot calls, without a path: a proxy may have rewritten host and scheme (hubspot-platform.md section 8). */
  publicUrl: string;
  db: Db;
  clock: Clock;
  limits: Limits;
  /** Version 2 beside version 3: only for routes whose HubSpot document names it. */
  allowV2?: boolean;
};

/** hubspot.fetch sends 1 MB at most; anything larger is not HubSpot. */
const MAX_BODY_BYTES = 1_048_576;

const refusals = {
  signature_invalid: {
    status: 401,
    text: { en: 'This call is not signed by HubSpot.', de: 'Dieser Aufruf ist nicht von HubSpot signiert.' },
  },
  signature_used: {
    status: 401,
    text: {
      en: 'This call was made before. Reload the page and try again.',
      de: 'Dieser Aufruf kam schon einmal. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
    },
  },
  too_many_requests: {
    status: 429,
    text: {
      en: 'Too many requests. Please wait a minute.',
      de: 'Zu viele Anfragen. Bitte warten Sie eine Minute.',
    },
  },
  portal_not_connected: {
    status: 403,
    text: {
      en: 'Flowella is not connected to this HubSpot account. A super admin must install the app again.',
      de: 'Flowella ist mit diesem HubSpot-Konto nicht verbunden. Ein Super-Admin muss die App erneut installieren.',
    },
  },
  malformed_json: {
    status: 400,
    text: {
      en: 'The call could not be read. Reload the page and try again.',
      de: 'Der Aufruf ist nicht lesbar. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
    },
  },
} satisfies Record<string, { status: number; text: Texts }>;
type Refusal = keyof typeof refusals;

const queryLocale = z.object({ locale: z.string().max(35).optional() });

/**
 * Guards every route of this scope: the body is kept as bytes, HubSpot's signature is checked before anything is parsed, and
 * `request.hubspot` says who calls. Refuses with 401 (no detail), with 403 `portal_not_connected` when the portal is unknown,
 * uninstalled or erased, with 429 for too many calls, and with 400 `malformed_json`, each in the shape of `errorResponse`.
 * Call it on a scope of its own (`app.register(async (scope) => { addHubSpotSignature(scope, …); … })`).
 */
export function addHubSpotSignature(scope: FastifyInstance, options: SignatureOptions): void {
  scope.decorateRequest('rawBody', null);
  // The null is replaced before any handler runs: the hook below answers every request that it cannot name a caller for.
  scope.decorateRequest('hubspot', null as unknown as HubSpotCaller);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (request, body, done) => {
    request.rawBody = Buffer.isBuffer(body) ? body : Buffer.from(body);
    done(null, request.rawBody);
  });
  scope.addHook('preValidation', async (request, reply) => {
    const caller = verifiedCaller(request, options);
    const { limits } = options;
    if (!caller)
      return refuse(
        request,
        reply,
        limits.refusals.take(callerOf(request.ip)) ? 'signature_invalid' : 'too_many_requests',
      );
    const { portalId, userId } = caller;
    if (!limits.portal.take(String(portalId)) || !limits.user.take(`${portalId}:${userId}`))
      return refuse(request, reply, 'too_many_requests');
    const refusal = await admit(request, options, portalId);
    if (refusal) return refuse(request, reply, refusal);
    request.hubspot = caller;
    if (!parseBody(request)) return refuse(request, reply, 'malformed_json');
  });
}

/** The language of the card: `?locale` as HubSpot's context gives it, else the browser's. */
export function requestLanguage(request: FastifyRequest): Language {
  const query = queryLocale.safeParse(request.query);
  return toLanguage(query.success ? query.data.locale : undefined, request.headers['accept-language']);
}

function verifiedCaller(request: FastifyRequest, options: SignatureOptions): HubSpotCaller | null {
  const url = `${options.publicUrl}${request.raw.url ?? ''}`;
  const genuine = verifyRequest(
    {
      method: request.method,
      url,
      body: request.rawBody ?? Buffer.alloc(0),
      signatureV3: header(request, 'x-hubspot-signature-v3'),
      timestamp: header(request, 'x-hubspot-request-timestamp'),
      signatureV2: header(request, 'x-hubspot-signature'),
    },
    { ...options, now: options.clock.now() },
  );
  return genuine ? readCaller(url) : null;
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? undefined : value;
}

/** Why a genuine call is not let in, or null: the portal must be connected, and what writes must be new. */
async function admit(
  request: FastifyRequest,
  { db, clock }: SignatureOptions,
  portalId: number,
): Promise<Refusal | null> {
  const writes = request.method !== 'GET' && request.method !== 'HEAD';
  return withPortal(db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('portals')
      .select('state')
      .where('portal_id', '=', String(portalId))
      .executeTakeFirst();
    if (row?.state !== 'connected') return 'portal_not_connected';
    const signature = header(request, 'x-hubspot-signature-v3') ?? header(request, 'x-hubspot-signature') ?? '';
    if (writes && !(await claimSignature(tx, portalId, signature, clock.now()))) return 'signature_used';
    return null;
  });
}

function parseBody(request: FastifyRequest): boolean {
  if (!request.rawBody) return true;
  if (request.rawBody.length === 0) {
    request.body = undefined;
    return true;
  }
  try {
    const text = request.rawBody.toString('utf8');
    // Half a character can stand in JSON as an escape, and in no address, column or message.
    request.body = text.includes('\\u') ? JSON.parse(text, refuseHalves) : JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuseHalves(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('half a character');
  return value;
}

function refuse(request: FastifyRequest, reply: FastifyReply, code: Refusal): FastifyReply {
  const { status, text } = refusals[code];
  if (status === 429) void reply.header('retry-after', '60');
  return reply.code(status).send({ error: { code, message: text[requestLanguage(request)], requestId: request.id } });
}
