import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { z } from 'zod';
import type { IdentityVendor, LinkTemplate } from '@flowella/shared/contract/identity.ts';
import { AppError } from '../../app-error.ts';
import type { Clock } from '../../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Database } from '../../db/schema.ts';
import type { Language, Texts } from '../../hubspot/language.ts';
import { newId } from '../../ids.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import { seal } from '../../keys/vault.ts';
import type { VendorAccount } from './vendors/vendor.ts';
import { baseUrlOf, isRegion } from './vendors/vendors.ts';

export type IdentityServices = {
  db: Db;
  keys: PortalKeys;
  clock: Clock;
  /** All vendors at one address of this machine; the sandbox only. */
  standInUrl: string | null;
};

/** A vendor's account of a portal, opened. */
export type IdentityService = VendorAccount & {
  serviceId: string;
  name: string;
  region: string | null;
  linkTemplate: LinkTemplate | null;
  createdAt: Date;
  updatedAt: Date;
};

const MAX_SERVICES = 20;
const templateSchema = z.object({ name: z.string(), language: z.string() }).nullable().catch(null);

const purpose = {
  apiKey: (id: string) => `identity_services.api_key:${id}`,
  webhookSecret: (id: string) => `identity_services.webhook_secret:${id}`,
};

const NOT_FOUND: Texts = {
  en: 'This identity service is no longer there. Please load the page again.',
  de: 'Diesen Prüfdienst gibt es nicht mehr. Bitte laden Sie die Seite neu.',
};
const TOO_MANY: Texts = {
  en: `An account can have ${MAX_SERVICES} identity services. Delete one that is no longer used.`,
  de: `Ein Konto kann ${MAX_SERVICES} Prüfdienste haben. Löschen Sie einen, der nicht mehr gebraucht wird.`,
};
const WRONG_REGION: Texts = {
  en: 'This vendor has no such region. For Onfido choose EU, US or CA; for Veriff leave it empty or copy the API address from its portal.',
  de: 'Diesen Ort hat der Anbieter nicht. Wählen Sie bei Onfido EU, US oder CA; lassen Sie ihn bei Veriff leer oder übernehmen Sie die API-Adresse aus dessen Portal.',
};
const VERIFF_NEEDS_SECRET: Texts = {
  en: 'Veriff signs every call with its shared secret. Copy it from the integration in its portal.',
  de: 'Veriff signiert jeden Aufruf mit seinem „Shared secret“. Übernehmen Sie es aus der Integration im Portal.',
};

/** All of the portal, oldest first. */
export async function listIdentityServices(services: IdentityServices, portalId: PortalId): Promise<IdentityService[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('identity_services')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .orderBy('created_at')
      .orderBy('service_id')
      .execute(),
  );
  return Promise.all(rows.map((row) => openService(services, portalId, row)));
}

/** One of the portal, or null when there is none of this id. */
export async function findIdentityService(
  services: IdentityServices,
  portalId: PortalId,
  serviceId: string,
): Promise<IdentityService | null> {
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('identity_services')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('service_id', '=', serviceId)
      .executeTakeFirst(),
  );
  return row ? openService(services, portalId, row) : null;
}

/** The same for a person who asks for it; throws `identity_service_not_found`. */
export async function getIdentityService(
  services: IdentityServices,
  portalId: PortalId,
  serviceId: string,
  language: Language,
): Promise<IdentityService> {
  const found = await findIdentityService(services, portalId, serviceId);
  if (!found) throw notFound(language);
  return found;
}

/** Whose service an address of ours names; null when nobody's. */
export async function portalOfService({ db }: { db: Db }, serviceId: string): Promise<PortalId | null> {
  const { rows } = await sql<{
    portal: string | null;
  }>`select portal_of_identity_service(${serviceId}) as portal`.execute(db);
  const portal = rows[0]?.portal ?? null;
  return portal === null ? null : Number(portal);
}

/** Adds a service and answers its id. Throws `identity_region_refused`, `identity_secret_missing`, `too_many_identity_services`. */
export async function addIdentityService(
  services: IdentityServices,
  portalId: PortalId,
  input: {
    vendor: IdentityVendor;
    name: string;
    region: string | null;
    apiKey: string;
    webhookSecret: string | null;
    linkTemplate: LinkTemplate | null;
  },
  language: Language,
): Promise<string> {
  if (!isRegion(input.vendor, input.region)) throw refused('identity_region_refused', WRONG_REGION[language]);
  if (input.vendor === 'veriff' && input.webhookSecret === null)
    throw refused('identity_secret_missing', VERIFF_NEEDS_SECRET[language]);
  const { keys } = services;
  const serviceId = newId('identityService');
  const now = services.clock.now();
  const apiKey = await keys.seal(portalId, purpose.apiKey(serviceId), input.apiKey);
  const secret =
    input.webhookSecret === null
      ? null
      : await keys.seal(portalId, purpose.webhookSecret(serviceId), input.webhookSecret);
  await withPortal(services.db, portalId, async (tx) => {
    const present = await tx
      .selectFrom('identity_services')
      .select('service_id')
      .where('portal_id', '=', String(portalId))
      .execute();
    if (present.length >= MAX_SERVICES)
      throw new AppError('too_many_identity_services', { status: 409, userMessage: TOO_MANY[language] });
    await tx
      .insertInto('identity_services')
      .values({
        portal_id: portalId,
        service_id: serviceId,
        vendor: input.vendor,
        name: input.name,
        region: input.region,
        api_key_sealed: apiKey,
        webhook_secret_sealed: secret,
        link_template: input.linkTemplate === null ? null : JSON.stringify(input.linkTemplate),
        created_at: now,
        updated_at: now,
      })
      .execute();
  });
  return serviceId;
}

/** Changes what is named, within the caller's transaction. Throws `identity_service_not_found`. */
export async function changeIdentityService(
  tx: PortalTx,
  services: IdentityServices,
  portalId: PortalId,
  o: {
    serviceId: string;
    change: {
      name?: string | undefined;
      apiKey?: string | undefined;
      webhookSecret?: string | undefined;
      linkTemplate?: LinkTemplate | null | undefined;
    };
    language: Language;
  },
): Promise<void> {
  const { serviceId, change } = o;
  const dataKey = await services.keys.dataKey(portalId, tx);
  const { name, apiKey, webhookSecret, linkTemplate } = change;
  const changed = await tx
    .updateTable('identity_services')
    .set({
      updated_at: services.clock.now(),
      ...(name === undefined ? {} : { name }),
      ...(apiKey === undefined ? {} : { api_key_sealed: seal(dataKey, purpose.apiKey(serviceId), apiKey) }),
      ...(webhookSecret === undefined
        ? {}
        : { webhook_secret_sealed: seal(dataKey, purpose.webhookSecret(serviceId), webhookSecret) }),
      ...(linkTemplate === undefined
        ? {}
        : { link_template: linkTemplate === null ? null : JSON.stringify(linkTemplate) }),
    })
    .where('portal_id', '=', String(portalId))
    .where('service_id', '=', serviceId)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) throw notFound(o.language);
}

/** Deletes a service within the caller's transaction, its secrets with it. Throws `identity_service_not_found`. */
export async function removeIdentityService(
  tx: PortalTx,
  portalId: PortalId,
  serviceId: string,
  language: Language,
): Promise<void> {
  const removed = await tx
    .deleteFrom('identity_services')
    .where('portal_id', '=', String(portalId))
    .where('service_id', '=', serviceId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound(language);
}

async function openService(
  services: IdentityServices,
  portalId: PortalId,
  row: Selectable<Database['identity_services']>,
): Promise<IdentityService> {
  const { service_id: id } = row;
  const open = async (what: string, sealed: Buffer): Promise<string> =>
    (await services.keys.open(portalId, what, sealed)).toString('utf8');
  return {
    serviceId: id,
    vendor: row.vendor,
    name: row.name,
    region: row.region,
    baseUrl: baseUrlOf(row.vendor, row.region, services.standInUrl),
    apiKey: await open(purpose.apiKey(id), row.api_key_sealed),
    webhookSecret: row.webhook_secret_sealed ? await open(purpose.webhookSecret(id), row.webhook_secret_sealed) : null,
    linkTemplate: templateSchema.parse(row.link_template),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function notFound(language: Language): AppError {
  return new AppError('identity_service_not_found', { status: 404, userMessage: NOT_FOUND[language] });
}

function refused(code: string, userMessage: string): AppError {
  return new AppError(code, { status: 422, userMessage });
}
