import type { RandomBytes } from './flow-crypto.ts';
import { encryptMedia, sha256Base64 } from './media-crypto.ts';
import type { PickedFile } from './expressions.ts';

export type FileEffects = {
  /** Puts an encrypted file on the CDN and answers its address. Without it a flow cannot send files to its endpoint. */
  uploadFile?: (encrypted: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** Hands a file over as ordinary media of the chat and answers its media id. For `complete`. */
  uploadMedia?: (file: PickedFile) => Promise<string>;
  randomBytes: RandomBytes;
};

/** A picker's value as the endpoint receives it (Meta, "Media Upload Components"). Rejects when no upload is possible. */
export async function filesForEndpoint(files: PickedFile[], effects: FileEffects): Promise<unknown[]> {
  const upload = effects.uploadFile;
  if (upload === undefined && files.length > 0) throw new Error('Files cannot be uploaded here');
  return Promise.all(
    files.map(async (picked) => {
      const { file, metadata } = await encryptMedia(new Uint8Array(picked.bytes), effects.randomBytes);
      return {
        media_id: randomId(effects.randomBytes),
        cdn_url: upload === undefined ? '' : await upload(file),
        file_name: picked.fileName,
        encryption_metadata: metadata,
      };
    }),
  );
}

/** A picker's value as it arrives in the answer message of `complete`. Rejects when no upload is possible. */
export async function filesForMessage(files: PickedFile[], effects: FileEffects): Promise<unknown[]> {
  const upload = effects.uploadMedia;
  if (upload === undefined && files.length > 0) throw new Error('Files cannot be uploaded here');
  return Promise.all(
    files.map(async (picked) => ({
      file_name: picked.fileName,
      mime_type: picked.mimeType,
      sha256: await sha256Base64(new Uint8Array(picked.bytes)),
      id: upload === undefined ? '' : await upload(picked),
    })),
  );
}

/** True for a picker's value: a list whose members carry bytes. */
export function isFileList(value: unknown): value is PickedFile[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item: unknown) => typeof item === 'object' && item !== null && 'bytes' in item)
  );
}

function randomId(randomBytes: RandomBytes): string {
  return Array.from(randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
