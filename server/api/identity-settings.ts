import type { ChangeIdentityService, IdentityTestResponse } from '@flowella/shared/contract/identity.ts';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { releaseDeliveries } from '../delivery/release-deliveries.ts';
import { identityTextOnce } from '../destinations/identity-check/identity-texts.ts';
import {
  changeIdentityService,
  getIdentityService,
  removeIdentityService,
  type IdentityServices,
} from '../destinations/identity-check/services.ts';
import { vendorCaller } from '../destinations/identity-check/vendors/call-vendor.ts';
import { VENDOR_NAMES, VENDORS } from '../destinations/identity-check/vendors/vendors.ts';
import { flowsOfService, heldForService } from '../destinations/identity-check/view-services.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { createSafeFetch } from '../safe-fetch/safe-fetch.ts';
import type { Services } from '../services.ts';

/** HubSpot gives up on a page's call after 15 s. */
const TEST_DEADLINE_MS = 12_000;

const IN_USE = (flows: string): Texts => ({
  en: `These flows still use this identity service: ${flows}. Choose another one for them, or none, and publish them again first.`,
  de: `Diese Flows verwenden diesen Prüfdienst noch: ${flows}. Wählen Sie für sie zuerst einen anderen oder keinen und veröffentlichen Sie sie neu.`,
});

export type IdentityCaller = { portalId: number; userId: number | null; language: Language };

/** The services that the identity services' own rules need. */
export function identityServices({ db, keys, clock, config }: Services): IdentityServices {
  return { db, keys, clock, standInUrl: config.identityStandInUrl ?? null };
}

/** Changes a service; a new key or secret sends on what was held for the old one, in the same transaction. */
export async function saveIdentityService(
  services: Services,
  caller: IdentityCaller,
  serviceId: string,
  change: Omit<ChangeIdentityService, 'idempotencyKey'>,
): Promise<void> {
  const { portalId, language } = caller;
  const now = services.clock.now();
  await withPortal(services.db, portalId, async (tx) => {
    await changeIdentityService(tx, identityServices(services), portalId, { serviceId, change, language });
    const isNewKey = change.apiKey !== undefined || change.webhookSecret !== undefined;
    const held = isNewKey ? await heldForService(tx, portalId, serviceId) : null;
    for (const destination of ['identity-check', 'identity-result'] as const) {
      const o = { portalId, destination, deliveryIds: held?.[destination] ?? [] };
      await releaseDeliveries(tx, { wakeUps: services.wakeUps, now }, o);
    }
    await appendAudit(tx, portalId, now, {
      actor: `user:${caller.userId}`,
      action: 'identity-service.changed',
      subject: serviceId,
      // That a secret was changed is enough.
      detail: { changed: Object.keys(change).join(', ') },
    });
  });
}

/** Deletes a service that no flow uses; throws `identity_service_in_use`. */
export async function deleteIdentityService(
  services: Services,
  caller: IdentityCaller,
  serviceId: string,
): Promise<void> {
  const { portalId, language } = caller;
  await withPortal(services.db, portalId, async (tx) => {
    const flows = await flowsOfService(tx, portalId, serviceId);
    if (flows.length > 0) {
      const names = flows.map((name) => `“${name}”`).join(', ');
      throw new AppError('identity_service_in_use', { status: 409, userMessage: IN_USE(names)[language] });
    }
    await removeIdentityService(tx, portalId, serviceId, language);
    await appendAudit(tx, portalId, services.clock.now(), {
      actor: `user:${caller.userId}`,
      action: 'identity-service.deleted',
      subject: serviceId,
    });
  });
}

/** Whether the vendor takes the key, in words. Reads at the vendor, and makes nothing there. */
export async function testIdentityService(
  services: Services,
  caller: IdentityCaller,
  serviceId: string,
): Promise<IdentityTestResponse> {
  const { language } = caller;
  const service = await getIdentityService(identityServices(services), caller.portalId, serviceId, language);
  const safeFetch = createSafeFetch({ allowLoopback: services.config.mode === 'sandbox' });
  const call = vendorCaller(safeFetch, {
    now: () => services.clock.now(),
    signal: AbortSignal.timeout(TEST_DEADLINE_MS),
  });
  const answer = await VENDORS[service.vendor].probe(call, service);
  const now = services.clock.now();
  await withPortal(services.db, caller.portalId, (tx) =>
    appendAudit(tx, caller.portalId, now, {
      actor: `user:${caller.userId}`,
      action: 'identity-service.tested',
      subject: serviceId,
      detail: { works: answer.kind === 'ok' },
    }),
  );
  const vendor = VENDOR_NAMES[service.vendor];
  if (answer.kind === 'ok') return { works: true, message: identityTextOnce('identity_works', language, { vendor }) };
  return { works: false, message: identityTextOnce(answer.code, language, { vendor, status: answer.status }) };
}
