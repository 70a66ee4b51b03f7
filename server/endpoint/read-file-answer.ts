import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import { z } from 'zod';

const base64 = z.base64().min(1);

/** Through the endpoint (Meta, "Media Upload Components"). */
const fromEndpoint = z.object({
  media_id: z.union([z.string().min(1), z.number().transform(String)]),
  cdn_url: z.url({ protocol: /^https?$/ }),
  file_name: z.string().optional(),
  encryption_metadata: z.object({
    encrypted_hash: base64,
    iv: base64,
    encryption_key: base64,
    hmac_key: base64,
    plaintext_hash: base64,
  }),
});

/** In the message that ends a light flow. */
const fromMessage = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
  sha256: z.string().optional(),
});

/** Longer names are of no use to anybody, and are cut where they are shown. */
const MAX_NAME = 255;

/** One file of a picker's value as an answer, or null for what is neither of the two shapes. */
export function readFileAnswer(value: unknown): FileAnswer | null {
  const locked = fromEndpoint.safeParse(value);
  if (locked.success) {
    const { media_id, cdn_url, file_name, encryption_metadata: keys } = locked.data;
    return {
      fileName: nameOf(file_name),
      mediaId: media_id,
      sha256: keys.plaintext_hash,
      cdn: {
        url: cdn_url,
        encryptedHash: keys.encrypted_hash,
        iv: keys.iv,
        encryptionKey: keys.encryption_key,
        hmacKey: keys.hmac_key,
      },
    };
  }
  const plain = fromMessage.safeParse(value);
  if (!plain.success) return null;
  const { id, file_name, mime_type, sha256 } = plain.data;
  return {
    fileName: nameOf(file_name),
    mediaId: id,
    sha256: sha256 ?? '',
    ...(mime_type ? { mimeType: mime_type } : {}),
  };
}

/** The last part of the name without control characters: it comes from a stranger's phone and becomes the name of a file. */
function nameOf(name: string | undefined): string {
  const last = (name ?? '').split(/[\\/]/).at(-1) ?? '';
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const bare = last.replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim();
  return bare.slice(-MAX_NAME) || 'file';
}
