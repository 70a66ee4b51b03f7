import { sql } from 'kysely';
import { AppError } from '../app-error.ts';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';

/** A portal that uninstalled the app may come back for this long and find everything as it was. */
export const KEPT_AFTER_UNINSTALL_DAYS = 30;
/** Longer than any process keeps a key or an account in memory: what it wrote meanwhile is found again. */
const LOOK_AGAIN_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

export type EraseServices = { db: Db; keys: PortalKeys; clock: Clock };
export type ErasedPortal = { portalId: PortalId; rows: Record<string, number> };

/**
 * Erases a portal: every row of it goes, and with its data key what stands in backups becomes unreadable. What stays is that the
 * portal was here, and its audit log, which names people by HubSpot's ids alone. Repeatable; throws `portal_not_found`.
 */
export async function erasePortal(
  services: EraseServices,
  portalId: PortalId,
  actor: 'operator' | 'system',
): Promise<ErasedPortal> {
  const now = services.clock.now();
  const rows = await withPortal(services.db, portalId, async (tx) => {
    const portal = await tx
      .selectFrom('portals')
      .select('state')
      .where('portal_id', '=', String(portalId))
      .forUpdate()
      .executeTakeFirst();
    if (!portal)
      throw new AppError('portal_not_found', { message: `There is no HubSpot account ${portalId} on this server` });
    await tx
      .updateTable('portals')
      .set({
        state: 'erased',
        state_reason: null,
        hub_domain: null,
        ui_domain: 'app.hubspot.com',
        time_zone: null,
        data_hosting: null,
        data_key_wrapped: null,
        settings: '{}',
        updated_at: now,
        ...(portal.state === 'erased' ? {} : { erased_at: now }),
      })
      .where('portal_id', '=', String(portalId))
      .execute();
    const erased = await sql<{ rows: Record<string, number> }>`select erase_portal_rows(${portalId}) as rows`.execute(
      tx,
    );
    const counts = erased.rows[0]?.rows ?? {};
    if (portal.state !== 'erased' || Object.keys(counts).length > 0)
      await appendAudit(tx, portalId, now, {
        actor,
        action: 'portal.erased',
        subject: `portal:${portalId}`,
        detail: counts,
      });
    return counts;
  });
  services.keys.forget(portalId);
  return { portalId, rows };
}

/** What `erasePortal` would delete, by table, without deleting it. Throws `portal_not_found`. */
export async function countPortalRows(services: Pick<EraseServices, 'db'>, portalId: PortalId): Promise<ErasedPortal> {
  const undone = Symbol('undone');
  const found = { rows: {} as Record<string, number> };
  await withPortal(services.db, portalId, async (tx) => {
    const portal = await tx
      .selectFrom('portals')
      .select('state')
      .where('portal_id', '=', String(portalId))
      .executeTakeFirst();
    if (!portal)
      throw new AppError('portal_not_found', { message: `There is no HubSpot account ${portalId} on this server` });
    const { rows } = await sql<{ rows: Record<string, number> }>`select erase_portal_rows(${portalId}) as rows`.execute(
      tx,
    );
    found.rows = rows[0]?.rows ?? {};
    throw undone; // rolls back: counting is deleting that did not happen
  }).catch((err: unknown) => {
    if (err !== undone) throw err;
  });
  return { portalId, rows: found.rows };
}

/** Erases the portals that left long enough ago, and looks again at those erased just now. Answers how many were erased. */
export async function eraseLeftPortals(services: EraseServices): Promise<number> {
  const now = services.clock.now().getTime();
  const leftBefore = new Date(now - KEPT_AFTER_UNINSTALL_DAYS * DAY_MS);
  const { rows } = await sql<{
    portal: string;
  }>`select portals_to_erase(${leftBefore}, ${new Date(now - LOOK_AGAIN_MS)}) as portal`.execute(services.db);
  for (const { portal } of rows) await erasePortal(services, Number(portal), 'system');
  return rows.length;
}
