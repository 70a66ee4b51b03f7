import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hasSha256, openLockedFile } from '../../server/whatsapp/open-locked-file.ts';

const base64 = (bytes: Buffer): string => bytes.toString('base64');
const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** As the sender's phone locks a file, written from the description alone. */
function lock(plain: Buffer) {
  const [key, hmacKey, iv] = [randomBytes(32), randomBytes(32), randomBytes(16)];
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = createHmac('sha256', hmacKey)
    .update(Buffer.concat([iv, ciphertext]))
    .digest()
    .subarray(0, 10);
  const locked = Buffer.concat([ciphertext, mac]);
  const cdn = {
    url: 'https://cdn.example/1',
    encryptedHash: base64(hash(locked)),
    iv: base64(iv),
    encryptionKey: base64(key),
    hmacKey: base64(hmacKey),
  };
  return { locked, file: { sha256: base64(hash(plain)), cdn } };
}

describe('a locked file', () => {
  test.each([0, 1, 15, 16, 17, 100_000])('of %i bytes opens to what was chosen', (size) => {
    const plain = randomBytes(size);
    const { locked, file } = lock(plain);
    expect(openLockedFile(locked, file).equals(plain)).toBe(true);
  });

  const plain = Buffer.from('a passport');
  const other = base64(randomBytes(32));
  test.each([
    ['encrypted_hash', { encryptedHash: other }, {}],
    ['hmac', { hmacKey: other }, {}],
    ['hmac', { iv: base64(randomBytes(16)) }, {}],
    ['length', { iv: base64(randomBytes(12)) }, {}],
    ['length', { encryptionKey: base64(randomBytes(16)) }, {}],
    ['plaintext_hash', {}, { sha256: other }],
  ])('is refused when its %s does not agree', (check, cdn, file) => {
    const sound = lock(plain);
    const changed = { ...sound.file, ...file, cdn: { ...sound.file.cdn, ...cdn } };
    expect(() => openLockedFile(sound.locked, changed)).toThrow(
      expect.objectContaining({ code: 'file_broken', context: { check } }),
    );
  });

  test('is refused when another key opens it to rubbish', () => {
    const sound = lock(plain);
    const changed = { ...sound.file, cdn: { ...sound.file.cdn, encryptionKey: other } };
    expect(() => openLockedFile(sound.locked, changed)).toThrow(expect.objectContaining({ code: 'file_broken' }));
  });

  test('is refused when a byte of it was changed, even with a fitting hash', () => {
    const { locked, file } = lock(plain);
    const changed = Buffer.from(locked);
    changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
    const cdn = { ...file.cdn, encryptedHash: base64(hash(changed)) };
    expect(() => openLockedFile(changed, { ...file, cdn })).toThrow(
      expect.objectContaining({ context: { check: 'hmac' } }),
    );
  });
});

test('a hash is read as base64 and as hexadecimal', () => {
  const bytes = Buffer.from('x');
  expect(hasSha256(bytes, base64(hash(bytes)))).toBe(true);
  expect(hasSha256(bytes, hash(bytes).toString('hex'))).toBe(true);
  expect(hasSha256(Buffer.from('y'), hash(bytes).toString('hex'))).toBe(false);
});
