import { sql } from 'kysely';
import type { PortalTx } from '../db/db.ts';
import type { Run } from './runs.ts';

/**
 * Locks what an acceptance rests on and answers whose answers they are by now; null when they may not be accepted as they are: the
 * send was closed, the person or the account erased, or another request has changed the session since. What is accepted already
 * may be repeated.
 */
export async function holdRun(
  tx: PortalTx,
  run: Pick<Run, 'portalId' | 'sendId' | 'known'>,
): Promise<{ personId: string; contactId: string | null } | null> {
  const { rows } = await sql<{
    open: boolean;
    person_id: string;
    contact_id: string | null;
    mark: string;
    accepted: boolean;
    readable: boolean;
  }>`select * from hold_run(${run.portalId}, ${run.sendId})`.execute(tx);
  const [row] = rows;
  if (!row?.readable) return null;
  const isAsKnown = row.open && run.known.includes(Number(row.mark));
  return row.accepted || isAsKnown ? { personId: row.person_id, contactId: row.contact_id } : null;
}

/** Whether a send's person was erased, or the send is not known any more. Locks it: an erasure comes before or after, never in between. */
export async function isSendErased(tx: PortalTx, portalId: number, sendId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('sends')
    .select('closed_reason')
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', sendId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row === undefined || row.closed_reason === 'erased';
}
