import { toAppError } from '../app-error.ts';
import { withPortal, type PortalId } from '../db/db.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { updateObject } from '../hubspot/objects.ts';
import { ensureProperties, type PropertySpec } from '../hubspot/properties.ts';
import type { WhatsappServices } from './services.ts';

/** What stands on the contact: lists and workflows of the customer can be built on it. */
const PROPERTIES: readonly PropertySpec[] = [
  {
    name: 'flowella_whatsapp_consent',
    label: 'WhatsApp consent',
    type: 'enumeration',
    fieldType: 'select',
    options: [
      { label: 'Agreed to messages', value: 'opted_in' },
      { label: 'Wants no messages', value: 'opted_out' },
    ],
  },
  { name: 'flowella_whatsapp_consent_source', label: 'WhatsApp consent: source', type: 'string', fieldType: 'text' },
  { name: 'flowella_whatsapp_consent_at', label: 'WhatsApp consent: time', type: 'datetime', fieldType: 'date' },
];
const BATCH = 50;

type Due = { contactId: string; state: string; source: string; recordedAt: Date; hash: Buffer };

/**
 * Writes consents and opt-outs that were recorded since onto their contacts (flow-rules.md section 7). Ours is obeyed at once
 * in any case; this is for the customer's own lists. A contact that is gone is passed over; a fault of HubSpot's is tried in
 * the next round. Answers how many were written.
 */
export async function writeConsents(
  services: Pick<WhatsappServices, 'db' | 'clock' | 'log'> & { hubspot: HubSpotClient },
  portalId: PortalId,
): Promise<number> {
  const due = await readDue(services, portalId);
  if (due.length === 0) return 0;
  await ensureProperties(services.hubspot, portalId, 'contacts', PROPERTIES, 'background');
  let written = 0;
  for (const one of due) {
    if (await writeOne(services, portalId, one)) written += 1;
  }
  return written;
}

async function readDue(services: Pick<WhatsappServices, 'db'>, portalId: PortalId): Promise<Due[]> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('consents as c')
      .innerJoin('persons as p', (join) =>
        join
          .onRef('p.portal_id', '=', 'c.portal_id')
          .on((eb) =>
            eb.or([
              eb('p.phone_hash', '=', eb.ref('c.identity_hash')),
              eb('p.bsuid_hash', '=', eb.ref('c.identity_hash')),
            ]),
          ),
      )
      .select(['p.contact_id', 'c.state', 'c.source', 'c.recorded_at', 'c.identity_hash'])
      .where('c.portal_id', '=', String(portalId))
      .where('p.contact_id', 'is not', null)
      .where('p.superseded_by', 'is', null)
      .where((eb) => eb.or([eb('c.written_at', 'is', null), eb('c.written_at', '<', eb.ref('c.recorded_at'))]))
      .orderBy('c.recorded_at')
      .limit(BATCH)
      .execute(),
  );
  return rows.flatMap((row) =>
    row.contact_id === null
      ? []
      : [
          {
            contactId: row.contact_id,
            state: row.state,
            source: row.source,
            recordedAt: row.recorded_at,
            hash: row.identity_hash,
          },
        ],
  );
}

async function writeOne(
  services: Pick<WhatsappServices, 'db' | 'clock' | 'log'> & { hubspot: HubSpotClient },
  portalId: PortalId,
  one: Due,
): Promise<boolean> {
  try {
    await updateObject({ hubspot: services.hubspot, portalId, priority: 'background' }, 'contacts', one.contactId, {
      flowella_whatsapp_consent: one.state,
      // Who of the customer's own people recorded it stays in our audit log.
      flowella_whatsapp_consent_source: one.source.replace(/^rep:.*$/, 'rep'),
      flowella_whatsapp_consent_at: one.recordedAt.toISOString(),
    });
  } catch (err) {
    const error = toAppError(err);
    if (error.retryable || error.code === 'hubspot_outcome_unknown') throw error;
    services.log.warn(
      { err: error, portalId, contactId: one.contactId },
      'a consent could not be written onto its contact',
    );
  }
  await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('consents')
      .set({ written_at: services.clock.now() })
      .where('portal_id', '=', String(portalId))
      .where('identity_hash', '=', one.hash)
      .where('recorded_at', '=', one.recordedAt)
      .execute(),
  );
  return true;
}
