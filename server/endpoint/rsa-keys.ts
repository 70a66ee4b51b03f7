import { webcrypto } from 'node:crypto';
import { createSlots } from '../slots.ts';

/**
 * One imported CryptoKey runs its operations one after the other; the same key imported several times and used in turn uses
 * all of the thread pool (engineering notes, *The endpoint*: 3,000/s against 5,700/s on two cores). A copy takes 11 kB.
 */
const COPIES = 4;

/**
 * Operations handed to the thread pool at once, over all keys: enough that no thread waits for this one, so few that file and DNS work
 * of other rooms, which share the pool, waits for milliseconds only. The others wait here, first come first served.
 */
const MAX_AT_ONCE = 16;

/** One for the process, as its thread pool is. */
const inSlot = createSlots(MAX_AT_ONCE);
const ALGORITHM = { name: 'RSA-OAEP' } as const;

/** Opens what was encrypted for this key, off the event loop (WebCrypto; `privateDecrypt` would block it). */
export type RsaKey = { keyId: string; decrypt(ciphertext: Buffer): Promise<Buffer> };

/**
 * Imports a private key in PKCS#8 DER once, and again as soon as it is asked for faster than it answers. RSA-OAEP with SHA-256 for hash
 * and mask, as Meta encrypts the AES key.
 */
export async function importRsaKey(keyId: string, der: Buffer): Promise<RsaKey> {
  const copies: Copy[] = [await importCopy(der)];
  let isGrowing = false;
  const grow = async (): Promise<void> => {
    if (isGrowing || copies.length >= COPIES) return;
    isGrowing = true;
    copies.push(await importCopy(der));
    isGrowing = false;
  };
  return {
    keyId,
    decrypt: (ciphertext) =>
      inSlot(async () => {
        const copy = copies.reduce((best, one) => (one.busy < best.busy ? one : best));
        if (copy.busy > 0) void grow();
        copy.busy += 1;
        try {
          return Buffer.from(await webcrypto.subtle.decrypt(ALGORITHM, copy.key, ciphertext));
        } finally {
          copy.busy -= 1;
        }
      }),
  };
}

type Copy = { key: webcrypto.CryptoKey; busy: number };

async function importCopy(der: Buffer): Promise<Copy> {
  const algorithm = { ...ALGORITHM, hash: 'SHA-256' };
  return { key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['decrypt']), busy: 0 };
}
