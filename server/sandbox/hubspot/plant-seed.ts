import { z } from 'zod';
import { createObject } from './crm/objects.ts';
import { resolveObjectType } from './crm/object-types.ts';
import { storeProperty } from './crm/properties.ts';
import { storeForm } from './forms/form-definition.ts';
import { hubSpotSeed, type HubSpotSeed, type SeededPortal } from './seed.ts';
import type { StandIn } from './stand-in.ts';

/**
 * Writes apps, accounts, properties, contacts and forms. Apps and accounts are brought up to date; contacts and forms that were seeded
 * once are left as they are now, even when they were changed or deleted since.
 */
export function plantSeed(standIn: StandIn, data: HubSpotSeed): void {
  const seed = hubSpotSeed.parse(data);
  standIn.store.transaction(() => {
    for (const app of seed.apps) {
      standIn.store.run(
        'insert or replace into apps (app_id, client_id, app) values (?, ?, ?)',
        app.appId,
        app.clientId,
        JSON.stringify(app),
      );
    }
    for (const portal of seed.portals) plantPortal(standIn, portal);
  });
}

function plantPortal(standIn: StandIn, seed: SeededPortal): void {
  const { store } = standIn;
  const { properties, contacts, forms, ...portal } = seed;
  store.run(
    'insert or replace into portals (portal_id, portal) values (?, ?)',
    portal.portalId,
    JSON.stringify(portal),
  );
  const type = resolveObjectType(store, portal.portalId, 'contacts');
  const now = standIn.clock.now().toISOString();
  for (const property of properties) {
    if (!once(standIn, `property ${portal.portalId} ${property.name}`)) continue;
    storeProperty(store, portal.portalId, type, {
      ...property,
      options: property.options.map((option, displayOrder) => ({ ...option, displayOrder, hidden: false })),
      displayOrder: -1,
      hidden: false,
      formField: true,
      hubspotDefined: false,
      calculated: false,
      readOnlyValue: false,
      createdAt: now,
      updatedAt: now,
    });
  }
  for (const contact of contacts) {
    if (!once(standIn, `contact ${portal.portalId} ${contact.id}`)) continue;
    createObject(
      standIn,
      portal.portalId,
      type,
      contact.properties,
      { type: 'CRM_UI', id: null, label: null, userId: null },
      Number(contact.id),
    );
  }
  // Seeded records were there long before: search finds them at once.
  store.run(
    'update objects set indexed = properties, index_due_at = null where portal_id = ? and indexed is null and archived_at is null and merged_into is null and id < 100000',
    portal.portalId,
  );
  for (const form of forms) {
    if (once(standIn, `form ${portal.portalId} ${form.id}`)) storeForm(store, portal.portalId, form, false);
  }
}

/** True the first time only, whatever happened to the thing since. */
function once(standIn: StandIn, what: string): boolean {
  const name = `seeded ${what}`;
  if (standIn.store.first(z.object({ value: z.string() }), 'select value from settings where name = ?', name))
    return false;
  standIn.store.run("insert into settings (name, value) values (?, 'yes')", name);
  return true;
}
