import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import { callerOf, type Limits } from '../limits.ts';
import type { Log } from '../observe/log.ts';
import { requestLanguage } from './signature-plugin.ts';
import type { Language, Texts } from './language.ts';
import { claimSignature, releaseSignature } from './used-signatures.ts';
import { verifyRequest } from './verify-request.ts';

/** HubSpot sends at most this many events in one call (hubspot-platform.md section 5.9). */
const MAX_EVENTS = 100;
const MAX_BODY_BYTES = 1_048_576;

const id = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
/** Tolerant: a subscription that a newer version of the project adds must not stop the erasure beside it. */
const eventSchema = z.looseObject({
  subscriptionType: z.string(),
  portalId: id,
  objectId: id.optional().catch(undefined),
});
const eventsSchema = z.array(eventSchema).max(MAX_EVENTS);

export type HubSpotWebhookServices = {
  config: Pick<Config, 'publicUrl' | 'hubspot'>;
  db: Db;
  clock: Clock;
  log: Log;
  limits: Limits;
  /** Erases what we hold of a contact; repeatable. */
  eraseContact: (portalId: PortalId, contactId: string) => Promise<unknown>;
};

const PROBLEMS = {
  signature_invalid: {
    status: 401,
    text: { en: 'This call is not signed by HubSpot.', de: 'Dieser Aufruf ist nicht von HubSpot signiert.' },
  },
  signature_used: {
    status: 401,
    text: { en: 'This call was made before.', de: 'Dieser Aufruf kam schon einmal.' },
  },
  too_many_requests: {
    status: 429,
    text: { en: 'Too many requests. Please wait a minute.', de: 'Zu viele Anfragen. Bitte warten Sie eine Minute.' },
  },
  not_a_webhook: {
    status: 400,
    text: {
      en: `A webhook is a list of at most ${MAX_EVENTS} events.`,
      de: `Ein Webhook ist eine Liste von höchstens ${MAX_EVENTS} Ereignissen.`,
    },
  },
  not_done: {
    status: 503,
    text: { en: 'Not done yet. Please send it again.', de: 'Noch nicht erledigt. Bitte noch einmal senden.' },
  },
} satisfies Record<string, { status: number; text: Texts }>;

/**
 * `POST /webhooks/hubspot`: the app's one webhook address. Signed with version 3 over the raw bytes; the portal is in the
 * signed body. `contact.privacyDeletion` erases before it is answered, so that 204 is said only when it is done; with 503
 * HubSpot sends it again, up to ten times within a day. Other events are acknowledged.
 */
export function hubSpotWebhookRoutes(scope: FastifyInstance, services: HubSpotWebhookServices): void {
  const { config, clock, log } = services;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  scope.post(
    '/webhooks/hubspot',
    { bodyLimit: MAX_BODY_BYTES, schema: { summary: "HubSpot's webhooks: erasure of contacts", tags: ['hubspot'] } },
    async (request, reply) => {
      const language = requestLanguage(request);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const genuine = verifyRequest(
        {
          method: 'POST',
          url: `${config.publicUrl}${request.raw.url ?? ''}`,
          body,
          signatureV3: one(request.headers['x-hubspot-signature-v3']),
          timestamp: one(request.headers['x-hubspot-request-timestamp']),
        },
        { ...config.hubspot, now: clock.now() },
      );
      if (!genuine) {
        const code = services.limits.refusals.take(callerOf(request.ip)) ? 'signature_invalid' : 'too_many_requests';
        return refuse(reply, code, language, request.id);
      }
      const events = eventsSchema.safeParse(parseJson(body));
      if (!events.success) return refuse(reply, 'not_a_webhook', language, request.id);
      const signature = one(request.headers['x-hubspot-signature-v3']) ?? '';
      const [first] = events.data;
      if (first && !(await claim(services, first.portalId, signature)))
        return refuse(reply, 'signature_used', language, request.id);
      try {
        for (const contact of erasedContacts(events.data)) await services.eraseContact(contact.portalId, contact.id);
      } catch (err) {
        log.error(
          { err, requestId: request.id },
          'a contact erased at HubSpot could not be erased here; it comes again',
        );
        // HubSpot may send this very call again.
        if (first) await release(services, first.portalId, signature).catch(() => undefined);
        return refuse(reply, 'not_done', language, request.id);
      }
      return reply.code(204).send();
    },
  );
}

type Signatures = Pick<HubSpotWebhookServices, 'db' | 'clock'>;

/** One call may hold events of several portals: it is marked in the first one's rows. */
function claim({ db, clock }: Signatures, portalId: PortalId, signature: string): Promise<boolean> {
  return withPortal(db, portalId, (tx) => claimSignature(tx, portalId, signature, clock.now()));
}

function release({ db }: Signatures, portalId: PortalId, signature: string): Promise<void> {
  return withPortal(db, portalId, (tx) => releaseSignature(tx, portalId, signature));
}

function erasedContacts(events: z.infer<typeof eventsSchema>): { portalId: PortalId; id: string }[] {
  return events.flatMap((event) =>
    event.subscriptionType === 'contact.privacyDeletion' && event.objectId !== undefined
      ? [{ portalId: event.portalId, id: String(event.objectId) }]
      : [],
  );
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function refuse(reply: FastifyReply, code: keyof typeof PROBLEMS, language: Language, requestId: string): FastifyReply {
  const { status, text } = PROBLEMS[code];
  return reply.code(status).send({ error: { code, message: text[language], requestId } });
}
