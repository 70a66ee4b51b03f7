import { toAppError } from '../app-error.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
import { FOLDER } from '../destinations/files/file-name.ts';
import { filesDetailOf } from '../destinations/files/stored-files.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { eraseFile, uploadFile } from '../hubspot/files.ts';
import type { Log } from '../observe/log.ts';

/** Without account or permission nothing can be deleted there any more: the customer's own HubSpot keeps it. */
const OUT_OF_REACH = new Set(['portal_disconnected', 'hubspot_missing_scope', 'hubspot_not_found', 'hubspot_rejected']);

export type ErasedFiles = { files: number; filesLeftAtHubSpot: number };

/**
 * Deletes the files of these submissions from the account's file manager, for good: those that lie there, and those that may, because
 * an attempt ended without an answer. Throws what may pass, so that the caller comes again; what is done is forgotten here, so that a
 * repeat goes on with the rest.
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
    const { files, underWay } = filesDetailOf(row.detail);
    if (files.length + underWay.length === 0) continue;
    const ids = [
      ...files.map((file) => () => Promise.resolve(file.fileId)),
      ...underWay.map((name) => () => takeOver(services, portalId, name)),
    ];
    for (const idOf of ids) done[(await isErased(services, portalId, idOf)) ? 'files' : 'filesLeftAtHubSpot'] += 1;
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

/** False when HubSpot does not let us (any more). */
async function isErased(
  services: { hubspot: HubSpotClient; log: Log },
  portalId: PortalId,
  idOf: () => Promise<string>,
): Promise<boolean> {
  try {
    await eraseFile({ hubspot: services.hubspot, portalId, priority: 'background' }, await idOf());
    return true;
  } catch (err) {
    const error = toAppError(err);
    if (!OUT_OF_REACH.has(error.code)) throw error;
    services.log.warn({ portalId, code: error.code }, 'a stored file could not be deleted at HubSpot');
    return false;
  }
}

/**
 * The id of a file that may lie there under this name: it is replaced by one with nothing of the person in it, whose id HubSpot
 * answers. A search by name would answer what its index knows by then.
 */
async function takeOver(services: { hubspot: HubSpotClient }, portalId: PortalId, name: string): Promise<string> {
  const file = { name, folderPath: FOLDER, bytes: Buffer.from('-'), mimeType: 'application/octet-stream' };
  return (await uploadFile({ hubspot: services.hubspot, portalId, priority: 'background' }, file)).id;
}
