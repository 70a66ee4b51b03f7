import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FileAnswer } from '@flowella/shared/form/answers.ts';
import { AppError } from '../app-error.ts';

/** The end of a locked file is the start of its MAC (Meta, "Media Upload Components"). */
const MAC_BYTES = 10;

/**
 * The bytes of a file as the person chose it, from what lay on WhatsApp's CDN: hash of the locked file, MAC over IV and
 * ciphertext, AES-256-CBC with PKCS#7 padding, hash of the plain file (whatsapp-flows.md section 6.10). Pure. Throws
 * `file_broken`, context.check says which step did not agree; never a byte of what cannot be trusted.
 */
export function openLockedFile(
  locked: Buffer,
  file: Pick<FileAnswer, 'sha256'> & { cdn: NonNullable<FileAnswer['cdn']> },
): Buffer {
  const { cdn } = file;
  if (!isSame(sha256(locked), fromBase64(cdn.encryptedHash))) throw broken('encrypted_hash');
  const iv = fromBase64(cdn.iv);
  const key = fromBase64(cdn.encryptionKey);
  if (iv.length !== 16 || key.length !== 32 || locked.length <= MAC_BYTES) throw broken('length');
  const ciphertext = locked.subarray(0, -MAC_BYTES);
  const mac = createHmac('sha256', fromBase64(cdn.hmacKey)).update(iv).update(ciphertext).digest();
  if (!isSame(mac.subarray(0, MAC_BYTES), locked.subarray(-MAC_BYTES))) throw broken('hmac');
  const plain = decrypt(ciphertext, key, iv);
  if (!isSame(sha256(plain), fromBase64(file.sha256))) throw broken('plaintext_hash');
  return plain;
}

/** Whether bytes have this SHA-256: base64 as the messages carry it, or hexadecimal as the Graph API may write it. */
export function hasSha256(bytes: Buffer, expected: string): boolean {
  const hash = sha256(bytes);
  return isSame(hash, /^[0-9a-f]{64}$/i.test(expected) ? Buffer.from(expected, 'hex') : fromBase64(expected));
}

export function broken(check: string): AppError {
  return new AppError('file_broken', { message: `A file does not agree with its ${check}`, context: { check } });
}

function decrypt(ciphertext: Buffer, key: Buffer, iv: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw broken('encryption_key');
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
