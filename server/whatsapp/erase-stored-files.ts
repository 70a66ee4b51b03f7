import { toAppError } from '../app-error.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import { storedFilesOf } from '../destinations/files/stored-files.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { eraseFile } from '../hubspot/files.ts';
import type { Log } from '../observe/log.ts';

/** Without account or permission nothing can be deleted there any more: the customer's own HubSpot keeps it. */
const OUT_OF_REACH = new Set(['portal_disconnected', 'hubspot_missing_scope', 'hubspot_not_found']);

export type ErasedFiles = { files: number; filesLeftAtHubSpot: number };

/**
 * Deletes the files of these submissions from the account's file manager, for good. Throws what may pass, so that the caller
 * comes again; what is done is forgotten here, so that a repeat goes on with the rest.
 */
export async function eraseStoredFiles(
  services: { db: Db; hubspot: HubSpotClient; log: Log },
  portalId: PortalId,
  submissionIds: readonly string[],
): Promise<ErasedFiles> {
  const done: ErasedFiles = { files: 0, filesLeftAtHubSpot: 0 };
  if (submissionIds.length === 0) return done;
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .selectFrom('deliveries')
      .select(['delivery_id', 'detail'])
      .where('portal_id', '=', String(portalId))
      .where('destination', '=', 'files')
      .where('submission_id', 'in', submissionIds)
      .execute(),
  );
  for (const row of rows) {
    const files = storedFilesOf(row.detail);
    if (files.length === 0) continue;
    for (const file of files)
      done[(await eraseOne(services, portalId, file.fileId)) ? 'files' : 'filesLeftAtHubSpot'] += 1;
    await withPortal(services.db, portalId, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ detail: '{}', remote_id: null })
        .where('portal_id', '=', String(portalId))
        .where('delivery_id', '=', row.delivery_id)
        .execute(),
    );
  }
  return done;
}

/** False when HubSpot no longer lets us. */
async function eraseOne(
  services: { hubspot: HubSpotClient; log: Log },
  portalId: PortalId,
  fileId: string,
): Promise<boolean> {
  try {
    await eraseFile({ hubspot: services.hubspot, portalId, priority: 'background' }, fileId);
    return true;
  } catch (err) {
    const error = toAppError(err);
    if (!OUT_OF_REACH.has(error.code)) throw error;
    services.log.warn({ portalId, fileId, code: error.code }, 'a stored file could not be deleted at HubSpot');
    return false;
  }
}
