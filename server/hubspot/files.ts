import { z } from 'zod';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';

type Where = { hubspot: HubSpotClient; portalId: PortalId; priority: HubSpotPriority };

const fileSchema = z.object({ id: z.string(), url: z.url() });
/** A file of 25 MiB on a slow line; a small one takes a moment. */
const UPLOAD_DEADLINE_MS = 20_000;

/**
 * Puts a file into the account's file manager, seen by its users only (hubspot-platform.md section 5, *Files*). One with the
 * same name in the folder is replaced, so a repeat does no harm. Throws `hubspot_missing_scope` without the scope `files`.
 */
export async function uploadFile(
  { hubspot, portalId, priority }: Where,
  file: { name: string; folderPath: string; bytes: Buffer; mimeType: string },
): Promise<z.infer<typeof fileSchema>> {
  return hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.files,
    upload: {
      fields: {
        folderPath: file.folderPath,
        options: JSON.stringify({ access: 'PRIVATE', overwrite: true }),
      },
      file: { name: file.name, bytes: file.bytes, mimeType: file.mimeType },
    },
    schema: fileSchema,
    priority,
    deadlineMs: UPLOAD_DEADLINE_MS,
    idempotent: true,
  });
}

/** Deletes a file so that nobody can bring it back; done when it is gone already. */
export async function eraseFile({ hubspot, portalId, priority }: Where, fileId: string): Promise<void> {
  await hubspot.call(portalId, {
    method: 'DELETE',
    path: PATHS.fileErase(fileId),
    schema: z.unknown(),
    priority,
    idempotent: true,
  });
}
