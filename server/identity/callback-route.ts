import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import { isFinal } from '../destinations/identity-check/check-state.ts';
import { moveCheck, readReference } from '../destinations/identity-check/checks.ts';
import { findIdentityService, portalOfService, type IdentityService } from '../destinations/identity-check/services.ts';
import type { VendorEvent } from '../destinations/identity-check/vendors/vendor.ts';
import { VENDORS } from '../destinations/identity-check/vendors/vendors.ts';
import { isId } from '../ids.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Log } from '../observe/log.ts';
import { askForResult } from './ask-for-result.ts';

/** A decision with its extracted data is some ten kilobytes. */
export const MAX_CALLBACK_BYTES = 256 * 1_024;
/** Of one address: a vendor sends a handful of events for each check. */
const CALLS_PER_MINUTE = 600;

export type CallbackServices = {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  log: Log;
  wakeUps: WakeUps;
  config: { identityStandInUrl?: string };
};

/**
 * What an identity vendor calls when a check has moved: `POST /identity/{service id}`. The signature is checked over the raw bytes; an
 * event then only says which check to look at: its result is read from the vendor by a delivery, so that neither a wrong order nor
 * a repeat matters, and whoever steals the webhook's secret can approve nobody.
 *
 * 200 taken (also a repeat, an unknown kind, a check of somebody else's), 401 wrong or old signature, 400 no JSON, 404 unknown
 * address, 413 too large, 503 not stored (vendors send it again). Register as a plugin: it reads every body as bytes.
 */
export async function identityCallbackRoute(app: FastifyInstance, services: CallbackServices): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_CALLBACK_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.post<{ Params: { serviceId: string } }>(
    '/identity/:serviceId',
    {
      bodyLimit: MAX_CALLBACK_BYTES,
      config: { rateLimit: { max: CALLS_PER_MINUTE, timeWindow: '1 minute' } },
      schema: { hide: true },
    },
    async (request, reply) => {
      const found = await findService(services, request.params.serviceId);
      if (!found) return reply.code(404).send();
      const { portalId, service } = found;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const vendor = VENDORS[service.vendor];
      const secret = service.webhookSecret;
      const now = services.clock.now();
      if (secret === null || !vendor.isSigned({ headers: request.headers, body, secret, now }))
        return reply.code(401).send();
      const json = readJson(body);
      if (json === undefined) return reply.code(400).send();
      const event = vendor.toEvent(json);
      try {
        if (event) await takeEvent(services, { portalId, service, event, body });
        else
          services.log.info({ portalId, vendor: service.vendor }, 'an identity vendor sent what is no event of ours');
      } catch (err) {
        services.log.error({ err, portalId }, 'an identity event could not be stored; the vendor sends it again');
        return reply.code(503).send();
      }
      return reply.code(200).send();
    },
  );
}

async function findService(
  services: CallbackServices,
  serviceId: string,
): Promise<{ portalId: PortalId; service: IdentityService } | null> {
  const portalId = isId('identityService', serviceId) ? await portalOfService(services, serviceId) : null;
  if (portalId === null) return null;
  const standInUrl = services.config.identityStandInUrl ?? null;
  const service = await findIdentityService({ ...services, standInUrl }, portalId, serviceId);
  return service ? { portalId, service } : null;
}

/** Stores that the event was seen, moves the check on where it says that the person has begun, and has the result looked at. */
async function takeEvent(
  services: CallbackServices,
  o: { portalId: PortalId; service: IdentityService; event: VendorEvent; body: Buffer },
): Promise<void> {
  const { portalId, service, event } = o;
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    const check = await checkOf(tx, portalId, service.serviceId, event);
    if (!check) {
      services.log.info({ portalId, kind: event.kind }, 'an identity event of no check of ours');
      return;
    }
    if (!(await isFirst(tx, { ...o, now }))) return;
    // The session of an attempt that another one has taken the place of: whatever it says late, the newer one is the check.
    if (check.is_replaced) {
      services.log.info({ portalId, kind: event.kind }, 'an identity event of a session that was replaced');
      return;
    }
    if (event.hint) await moveCheck(tx, portalId, { checkId: check.check_id, to: event.hint, now });
    // A check that is over is looked at once more: what the vendor says afterwards is shown, and reopens nothing.
    if (isFinal(check.state) && event.hint) return;
    await askForResult(tx, { wakeUps: services.wakeUps, now }, { portalId, submissionId: check.submission_id });
  });
}

/**
 * By the vendor's reference or, while the answer with it is still on its way to us, by our own. Of this service only, and locked: an
 * erasure under way has forgotten the check by the time it is found, or waits for what this event makes.
 */
async function checkOf(tx: PortalTx, portalId: PortalId, serviceId: string, event: VendorEvent) {
  const { reference, ourReference } = event;
  if (reference === null) return undefined;
  const ours = readReference(ourReference);
  return tx
    .selectFrom('identity_checks as c')
    .select(['check_id', 'submission_id', 'state'])
    .select((eb) =>
      eb
        .exists(
          eb
            .selectFrom('identity_checks as newer')
            .select('newer.check_id')
            .whereRef('newer.portal_id', '=', 'c.portal_id')
            .whereRef('newer.submission_id', '=', 'c.submission_id')
            .whereRef('newer.attempt', '>', 'c.attempt'),
        )
        .as('is_replaced'),
    )
    .where('portal_id', '=', String(portalId))
    .where('service_id', '=', serviceId)
    .where((eb) =>
      eb.or([
        eb('vendor_reference', '=', reference),
        ...(ours
          ? [
              eb.and([
                eb('vendor_reference', 'is', null),
                eb('submission_id', '=', ours.submissionId),
                eb('attempt', '=', ours.attempt),
              ]),
            ]
          : []),
      ]),
    )
    .where('erased_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

/** The vendor's own id where it has one; the bytes where it has none. */
async function isFirst(
  tx: PortalTx,
  o: { portalId: PortalId; service: IdentityService; event: VendorEvent; body: Buffer; now: Date },
): Promise<boolean> {
  const key = createHash('sha256')
    .update(o.event.id ?? o.body)
    .digest();
  const stored = await tx
    .insertInto('identity_events')
    .values({
      portal_id: o.portalId,
      service_id: o.service.serviceId,
      event_key: key,
      kind: o.event.kind.slice(0, 100),
      received_at: o.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (stored.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
