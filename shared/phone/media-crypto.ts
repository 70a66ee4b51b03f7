import { toBase64, type RandomBytes } from './flow-crypto.ts';

/** What stands beside `cdn_url` in a picker's value (Meta, "Media Upload Components"). All values are base64. */
export type MediaEncryption = {
  encrypted_hash: string;
  iv: string;
  encryption_key: string;
  hmac_key: string;
  plaintext_hash: string;
};

const MAC_BYTES = 10;

/**
 * Encrypts a chosen file as WhatsApp does before it goes to the CDN: AES-256-CBC with PKCS#7 padding, then the first
 * ten bytes of HMAC-SHA256 over IV and ciphertext; hashes of the whole encrypted file and of the plain one.
 */
export async function encryptMedia(
  plain: Uint8Array<ArrayBuffer>,
  randomBytes: RandomBytes,
): Promise<{ file: Uint8Array<ArrayBuffer>; metadata: MediaEncryption }> {
  const rawKey = randomBytes(32);
  const rawHmacKey = randomBytes(32);
  const iv = randomBytes(16);
  const key = await crypto.subtle.importKey('raw', rawKey, 'AES-CBC', false, ['encrypt']);
  const hmacKey = await crypto.subtle.importKey('raw', rawHmacKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, plain));
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, join(iv, ciphertext))).subarray(0, MAC_BYTES);
  const file = join(ciphertext, mac);
  return {
    file,
    metadata: {
      encrypted_hash: await sha256Base64(file),
      iv: toBase64(iv),
      encryption_key: toBase64(rawKey),
      hmac_key: toBase64(rawHmacKey),
      plaintext_hash: await sha256Base64(plain),
    },
  };
}

/** Base64 of the SHA-256 of some bytes. */
export async function sha256Base64(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
