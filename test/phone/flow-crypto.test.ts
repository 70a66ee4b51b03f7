import { createDecipheriv, createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lockRequest, readPublicKey } from '@flowella/shared/phone/flow-crypto.ts';
import { encryptMedia } from '@flowella/shared/phone/media-crypto.ts';
import { open } from './fake-endpoint.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe('the phone encrypts as the protocol says', () => {
  test('what the phone locks, node:crypto opens, and the reply the other way round', async () => {
    const key = await readPublicKey(pem);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (sent, answered) => {
        const locked = await lockRequest({ sent }, key, randomBytes);
        const opened = open(JSON.stringify(locked.body), privateKey);
        expect(opened.exchange).toEqual(JSON.parse(JSON.stringify({ sent })));
        const reply = await locked.openReply(opened.seal({ answered }));
        expect(reply).toEqual(JSON.parse(JSON.stringify({ answered })));
      }),
      { numRuns: 25 },
    );
  });

  test('every request has a key and a vector of its own', async () => {
    const key = await readPublicKey(pem);
    const bodies = await Promise.all([1, 2, 3].map(() => lockRequest({ same: true }, key, randomBytes)));
    expect(new Set(bodies.map((locked) => locked.body.initial_vector)).size).toBe(3);
    expect(new Set(bodies.map((locked) => locked.body.encrypted_flow_data)).size).toBe(3);
  });

  test('a reply sealed without inverting the vector, quoted, or cut is refused', async () => {
    const locked = await lockRequest({}, await readPublicKey(pem), randomBytes);
    const sealed = open(JSON.stringify(locked.body), privateKey).seal({ screen: 'A' });
    await expect(locked.openReply(JSON.stringify(sealed))).rejects.toThrow('not Base64');
    await expect(locked.openReply(locked.body.encrypted_flow_data)).rejects.toThrow();
    await expect(locked.openReply(Buffer.from(sealed, 'base64').subarray(0, -1).toString('base64'))).rejects.toThrow();
  });
});

test('an encrypted file passes the five checks of the documentation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (content) => {
      const plain = new Uint8Array(content);
      const { file, metadata } = await encryptMedia(plain, randomBytes);
      const part = (name: keyof typeof metadata): Buffer => Buffer.from(metadata[name], 'base64');
      expect(createHash('sha256').update(file).digest('base64')).toBe(metadata.encrypted_hash);
      const ciphertext = file.subarray(0, -10);
      const mac = createHmac('sha256', part('hmac_key')).update(part('iv')).update(ciphertext).digest();
      expect(Buffer.from(file.subarray(-10))).toEqual(mac.subarray(0, 10));
      const decipher = createDecipheriv('aes-256-cbc', part('encryption_key'), part('iv'));
      const decrypted = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      expect(decrypted.equals(Buffer.from(plain))).toBe(true);
      expect(createHash('sha256').update(decrypted).digest('base64')).toBe(metadata.plaintext_hash);
    }),
  );
});
