import { withPortal } from '../db/db.ts';
import type { DestinationContext } from './destination.ts';

type Where = Pick<DestinationContext, 'db' | 'portalId' | 'clock'>;

/** What we made at HubSpot for this portal: null when not (yet), else its remote id ('' where HubSpot gives none). */
export async function findThing({ db, portalId }: Where, kind: string, name: string): Promise<string | null> {
  const row = await withPortal(db, portalId, (tx) =>
    tx
      .selectFrom('hubspot_things')
      .select('remote_id')
      .where('portal_id', '=', String(portalId))
      .where('kind', '=', kind)
      .where('name', '=', name)
      .executeTakeFirst(),
  );
  return row ? (row.remote_id ?? '') : null;
}

export async function rememberThing(
  { db, portalId, clock }: Where,
  thing: { kind: string; name: string; remoteId: string | null },
): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .insertInto('hubspot_things')
      .values({
        portal_id: String(portalId),
        kind: thing.kind,
        name: thing.name,
        remote_id: thing.remoteId,
        created_at: clock.now(),
      })
      .onConflict((conflict) =>
        conflict.columns(['portal_id', 'kind', 'name']).doUpdateSet({ remote_id: thing.remoteId }),
      )
      .execute(),
  );
}

/** Forgets it, when HubSpot says that it is gone: the next delivery makes it anew. */
export async function forgetThing({ db, portalId }: Where, kind: string, name: string): Promise<void> {
  await withPortal(db, portalId, (tx) =>
    tx
      .deleteFrom('hubspot_things')
      .where('portal_id', '=', String(portalId))
      .where('kind', '=', kind)
      .where('name', '=', name)
      .execute(),
  );
}
