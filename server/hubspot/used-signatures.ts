import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';

/** Longer than a timestamp is accepted (`verify-request.ts`), with our clock and HubSpot's a minute apart on either side. */
const KEPT_MS = 10 * 60_000;

/**
 * Marks a signature as used, in the caller's transaction; false when it was: the call is a replay. HubSpot signs every call anew, with
 * the millisecond in it. Only what writes is marked: a card that reads the same twice within a millisecond has the same signature twice.
 * True for a portal that is unknown, of which nothing can be replayed.
 */
export async function claimSignature(tx: PortalTx, portalId: PortalId, signature: string, now: Date): Promise<boolean> {
  const hash = createHash('sha256').update(signature).digest();
  await tx
    .deleteFrom('used_signatures')
    .where('portal_id', '=', String(portalId))
    .where('seen_at', '<', new Date(now.getTime() - KEPT_MS))
    .execute();
  const { numAffectedRows } = await sql`
    insert into used_signatures (portal_id, signature_hash, seen_at)
    select portal_id, ${hash}, ${now} from portals where portal_id = ${portalId}
    on conflict do nothing`.execute(tx);
  if (numAffectedRows === 1n) return true;
  const portal = await tx
    .selectFrom('portals')
    .select('portal_id')
    .where('portal_id', '=', String(portalId))
    .executeTakeFirst();
  return portal === undefined;
}

/** Gives a signature back whose call was not carried out and may come again as it is. */
export async function releaseSignature(tx: PortalTx, portalId: PortalId, signature: string): Promise<void> {
  await tx
    .deleteFrom('used_signatures')
    .where('portal_id', '=', String(portalId))
    .where('signature_hash', '=', createHash('sha256').update(signature).digest())
    .execute();
}
