import { createHash } from 'node:crypto';
import { fileTypeFromBuffer } from 'file-type';

/** Where the files lie in the account's file manager. */
export const FOLDER = '/flowella_uploads';

export type FileKind = { extension: string; mimeType: string };

/** Endings that say nothing to `file-type`, since text has no signature; and old Office, which it sees as one container. */
const BY_NAME: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  csv: 'text/csv',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
};
const CONTAINER = 'application/x-cfb';

/**
 * What a file is, by its bytes: its name and what the phone said of it are a stranger's word. Only where bytes say nothing is the
 * name's ending believed, and only for kinds that hold nothing a browser would run.
 */
export async function fileKindOf(bytes: Buffer, fileName: string): Promise<FileKind> {
  const found = await fileTypeFromBuffer(bytes);
  const ending = /\.([a-z]{3})$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  const named = BY_NAME[ending];
  const isOffice = named?.startsWith('application/') ?? false;
  if (found && !(found.mime === CONTAINER && isOffice)) return { extension: found.ext, mimeType: found.mime };
  if (named && (found ? isOffice : !isOffice && isText(bytes))) return { extension: ending, mimeType: named };
  return { extension: 'bin', mimeType: 'application/octet-stream' };
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0);
}

/**
 * The name under which a file lies at HubSpot: the same at every repeat, so that a lost answer never leaves a second copy, and
 * without the person's own name for it, which may say more than the customer asked.
 */
export function storedName(o: { submissionId: string; question: string; index: number; extension: string }): string {
  const question = createHash('sha256').update(o.question).digest('hex').slice(0, 8);
  return `${o.submissionId}-${question}-${o.index + 1}.${o.extension}`;
}
