import { sql } from 'kysely';
import type { IdentityServiceView } from '@flowella/shared/contract/identity.ts';
import { withPortal, type PortalId, type PortalTx } from '../../db/db.ts';
import type { Language } from '../../hubspot/language.ts';
import { getIdentityService, listIdentityServices, type IdentityService, type IdentityServices } from './services.ts';

/** Every identity service as the settings page shows it; a key or a secret never is. */
export async function viewIdentityServices(
  services: IdentityServices,
  portalId: PortalId,
  publicUrl: string,
): Promise<IdentityServiceView[]> {
  const all = await listIdentityServices(services, portalId);
  const uses = await withPortal(services.db, portalId, (tx) => readUses(tx, portalId));
  return all.map((service) => toView(service, uses, publicUrl));
}

/** One of them; throws `identity_service_not_found`. */
export async function viewIdentityService(
  services: IdentityServices,
  portalId: PortalId,
  o: { serviceId: string; publicUrl: string; language: Language },
): Promise<IdentityServiceView> {
  const service = await getIdentityService(services, portalId, o.serviceId, o.language);
  const uses = await withPortal(services.db, portalId, (tx) => readUses(tx, portalId));
  return toView(service, uses, o.publicUrl);
}

/** Names of the flows whose mapping, or whose version that people may still be answering, leads to this service. */
export async function flowsOfService(tx: PortalTx, portalId: PortalId, serviceId: string): Promise<string[]> {
  return (await readUses(tx, portalId)).get(serviceId) ?? [];
}

/** Deliveries that are held because this service's key was refused, by destination. */
export async function heldForService(
  tx: PortalTx,
  portalId: PortalId,
  serviceId: string,
): Promise<Record<'identity-check' | 'identity-result', string[]>> {
  const rows = await tx
    .selectFrom('deliveries as d')
    .innerJoin('submissions as s', (join) =>
      join.onRef('s.portal_id', '=', 'd.portal_id').onRef('s.submission_id', '=', 'd.submission_id'),
    )
    .innerJoin('flow_versions as v', (join) =>
      join.onRef('v.portal_id', '=', 's.portal_id').onRef('v.version_id', '=', 's.version_id'),
    )
    .select(['d.delivery_id', 'd.destination'])
    .where('d.portal_id', '=', String(portalId))
    .where('d.destination', 'in', ['identity-check', 'identity-result'])
    .where('d.state', '=', 'held')
    .where('d.reason_code', '=', 'identity_key_refused')
    .where(sql<string | null>`v.mapping -> 'identityCheck' ->> 'serviceId'`, '=', serviceId)
    .execute();
  const of = (destination: string) =>
    rows.filter((row) => row.destination === destination).map((row) => row.delivery_id);
  return { 'identity-check': of('identity-check'), 'identity-result': of('identity-result') };
}

async function readUses(tx: PortalTx, portalId: PortalId): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ service_id: string; name: string }>`
    select distinct m.mapping -> 'identityCheck' ->> 'serviceId' as service_id, f.name from flows f
    join (select portal_id, flow_id, mapping from flows
          union all
          select portal_id, flow_id, mapping from flow_versions where state = 'published') m
      on m.portal_id = f.portal_id and m.flow_id = f.flow_id
    where f.portal_id = ${String(portalId)} and (m.mapping -> 'identityCheck' ->> 'enabled')::boolean
    order by f.name`.execute(tx);
  const uses = new Map<string, string[]>();
  for (const row of rows) uses.set(row.service_id, [...(uses.get(row.service_id) ?? []), row.name]);
  return uses;
}

function toView(service: IdentityService, uses: Map<string, string[]>, publicUrl: string): IdentityServiceView {
  return {
    serviceId: service.serviceId,
    vendor: service.vendor,
    name: service.name,
    region: service.region,
    callbackUrl: `${publicUrl}/identity/${service.serviceId}`,
    hasWebhookSecret: service.webhookSecret !== null,
    linkTemplate: service.linkTemplate,
    flows: uses.get(service.serviceId) ?? [],
    createdAt: service.createdAt.toISOString(),
  };
}
