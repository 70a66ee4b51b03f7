import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { withPortal } from '../../../../server/db/db.ts';
import { prepareConfirmation } from '../../../../server/endpoint/confirmation/confirmations.ts';
import { newId } from '../../../../server/ids.ts';
import { seedFlow } from '../../../delivery/support/seed-flow.ts';
import type { TestDatabase } from '../../../support/database.ts';

const MAPPING: Mapping = {
  formSubmission: { enabled: false },
  contact: { enabled: false, properties: [] },
  kycRecord: { enabled: false, home: 'contact', fields: {} },
  timeline: { enabled: false },
};

/** A portal with a published flow `flw_1` (version `ver_1`) and one person, `psn_1`. */
export async function seedPortal(t: TestDatabase, now: Date): Promise<number> {
  const portalId = await t.addPortal();
  await seedFlow(t, portalId, { now, mapping: MAPPING, persons: 1 });
  return portalId;
}

/** A send of that flow, prepared for its contact as the sender does; answers its id. */
export async function seedSend(
  t: TestDatabase,
  portalId: number,
  o: { now: Date; contactId?: string; surname?: string | null; email?: string | null },
): Promise<string> {
  const sendId = newId('send');
  const contactId = o.contactId ?? '501';
  await t.keys.dataKey(portalId);
  await withPortal(t.db, portalId, async (tx) => {
    await tx
      .insertInto('sends')
      .values({
        portal_id: portalId,
        send_id: sendId,
        flow_id: 'flw_1',
        version_id: 'ver_1',
        person_id: 'psn_1',
        contact_id: contactId,
        phone_number_id: '1',
        recipient_key: `contact:${contactId}:${sendId}`,
        channel: 'card',
        state: 'sent',
        token_expires_at: new Date(o.now.getTime() + 3 * 86_400_000),
        created_at: o.now,
      })
      .execute();
    await prepareConfirmation(tx, t.keys, {
      portalId,
      sendId,
      now: o.now,
      recipient: `contact:${contactId}`,
      surname: o.surname === undefined ? 'Plantowska' : o.surname,
      email: o.email === undefined ? 'person@planted.test' : o.email,
    });
  });
  return sendId;
}
