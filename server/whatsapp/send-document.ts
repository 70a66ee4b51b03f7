import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { SendDocument } from '../destinations/calendar/send-document.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { getAccountSecrets } from './accounts.ts';
import { windowUntil } from './choose-way.ts';
import { readConsent } from './consents.ts';
import type { GraphClient } from './graph-client.ts';
import { readPerson } from './persons.ts';
import { recipientFields, type Recipient } from './recipient.ts';

type Services = { db: Db; keys: PortalKeys; clock: Clock; graph: GraphClient };
type Target = { accountId: string; phoneNumberId: string; recipient: Recipient };
type Found =
  { kind: 'target'; target: Target } | { kind: 'window-closed' } | { kind: 'opted-out' } | { kind: 'account' };

const uploadedSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const sentSchema = z.object({ messages: z.array(z.object({ id: z.string() })).min(1) });

/**
 * Uploads a file and sends it to the person of a submission by the number they wrote to, inside the 24-hour window only: there is no
 * template for files. The upload may be repeated, the message never is.
 */
export function createSendDocument(services: Services): SendDocument {
  return async (o) => {
    const found = await withPortal(services.db, o.portalId, (tx) =>
      findTarget(services, tx, o.portalId, o.submissionId),
    );
    if (found.kind !== 'target') return found;
    const { accountId, phoneNumberId, recipient } = found.target;
    const { accessToken } = await getAccountSecrets(services, o.portalId, accountId);
    const media = await services.graph.call({
      method: 'POST',
      path: `/${phoneNumberId}/media`,
      accessToken,
      body: {
        kind: 'multipart',
        fields: { messaging_product: 'whatsapp' },
        file: { field: 'file', fileName: o.fileName, contentType: o.mimeType, content: o.content },
      },
      schema: uploadedSchema,
      // One that nobody sends is deleted by Meta after thirty days.
      idempotent: true,
    });
    const sent = await services.graph.call({
      method: 'POST',
      path: `/${phoneNumberId}/messages`,
      accessToken,
      body: {
        kind: 'json',
        value: {
          messaging_product: 'whatsapp',
          recipient_type: 'individual',
          ...recipientFields(recipient),
          type: 'document',
          document: { id: media.id, filename: o.fileName, caption: o.caption },
        },
      },
      schema: sentSchema,
      idempotent: false,
    });
    return { kind: 'sent', messageId: sent.messages[0]?.id ?? null };
  };
}

async function findTarget(services: Services, tx: PortalTx, portalId: PortalId, submissionId: string): Promise<Found> {
  await services.keys.dataKey(portalId, tx);
  const row = await tx
    .selectFrom('submissions as s')
    .innerJoin('sends as n', (join) =>
      join.onRef('n.portal_id', '=', 's.portal_id').onRef('n.send_id', '=', 's.send_id'),
    )
    .innerJoin('wa_numbers as w', (join) =>
      join.onRef('w.portal_id', '=', 'n.portal_id').onRef('w.phone_number_id', '=', 'n.phone_number_id'),
    )
    .select(['w.account_id', 's.person_id'])
    .where('s.portal_id', '=', String(portalId))
    .where('s.submission_id', '=', submissionId)
    .executeTakeFirst();
  const person = row ? await readPerson(tx, services, portalId, row.person_id) : null;
  if (!row || !person) return { kind: 'account' };
  const consent = await readConsent(tx, services, portalId, person.identity);
  if (consent.state === 'opted_out') return { kind: 'opted-out' };
  const { phone, bsuid } = person.identity;
  const number = person.lastInboundNumber;
  if (!number || !windowUntil(person.lastInboundAt, services.clock.now())) return { kind: 'window-closed' };
  const isOurs = await tx
    .selectFrom('wa_numbers')
    .select('account_id')
    .where('portal_id', '=', String(portalId))
    .where('phone_number_id', '=', number)
    .executeTakeFirst();
  if (!isOurs) return { kind: 'account' };
  const recipient: Recipient | null = phone ? { kind: 'phone', e164: phone } : bsuid ? { kind: 'bsuid', bsuid } : null;
  if (!recipient) return { kind: 'account' };
  return { kind: 'target', target: { accountId: isOurs.account_id, phoneNumberId: number, recipient } };
}
