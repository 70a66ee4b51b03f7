import type { Clock } from '../clock.ts';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { windowUntil } from './choose-way.ts';
import { readConsent } from './consents.ts';
import { readPerson } from './persons.ts';
import { recipientOf, type Recipient } from './recipient.ts';

type Services = { keys: PortalKeys; clock: Clock };
export type Chat = { accountId: string; phoneNumberId: string; recipient: Recipient };
type Found = { kind: 'open'; chat: Chat } | { kind: 'window-closed' } | { kind: 'opted-out' } | { kind: 'account' };

/** Where the person of a submission can be written to without a template: at the number they wrote to last, within 24 hours. */
export async function findChat(
  services: Services,
  tx: PortalTx,
  portalId: PortalId,
  submissionId: string,
): Promise<Found> {
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
  const number = person.lastInboundNumber;
  if (!number || !windowUntil(person.lastInboundAt, services.clock.now())) return { kind: 'window-closed' };
  const isOurs = await tx
    .selectFrom('wa_numbers')
    .select('account_id')
    .where('portal_id', '=', String(portalId))
    .where('phone_number_id', '=', number)
    .executeTakeFirst();
  if (!isOurs) return { kind: 'account' };
  const recipient = recipientOf(person.identity);
  if (!recipient) return { kind: 'account' };
  return { kind: 'open', chat: { accountId: isOurs.account_id, phoneNumberId: number, recipient } };
}
