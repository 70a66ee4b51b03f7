import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  constants,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { decryptRequest } from '../../server/endpoint/decrypt-request.ts';
import { encryptReply } from '../../server/endpoint/encrypt-reply.ts';
import { readFlowToken, signFlowToken } from '../../server/endpoint/flow-token.ts';
import { importRsaKey, type RsaKey } from '../../server/endpoint/rsa-keys.ts';
import { hasMetaSignature } from '../../server/endpoint/verify-signature.ts';

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});
const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});
let key: RsaKey;
let otherKey: RsaKey;
beforeAll(async () => {
  key = await importRsaKey('key_a', pair.privateKey);
  otherKey = await importRsaKey('key_b', other.privateKey);
});

/** A phone written from Meta's document alone. */
function encrypted(payload: unknown, publicKey = pair.publicKey, oaepHash = 'sha256', ivBytes = 16) {
  const aesKey = randomBytes(16);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const data = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const body = Buffer.from(
    JSON.stringify({
      encrypted_flow_data: data.toString('base64'),
      encrypted_aes_key: publicEncrypt(
        { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
        aesKey,
      ).toString('base64'),
      initial_vector: iv.toString('base64'),
    }),
  );
  return { body, aesKey, iv };
}

test('a request encrypted by the document is opened, whatever it says in whatever script', async () => {
  // A key that would change an object's prototype is left out on purpose when the request is read.
  const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__');
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, fc.string({ unit: 'grapheme' })), async (data) => {
      const opened = await decryptRequest(
        encrypted({ version: '3.0', action: 'data_exchange', screen: 'A', data, flow_token: 't', extra: 1 }).body,
        [key],
      );
      expect(opened).toMatchObject({
        request: { action: 'data_exchange', screen: 'A', data: { ...data } },
        keyId: 'key_a',
      });
    }),
    { numRuns: 30 },
  );
});

test('the reply opens with the inverted IV and the same key', () => {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const sealed = Buffer.from(encryptReply({ data: { status: 'active' } }, aesKey, iv), 'base64');
  const decipher = createDecipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => byte ^ 0xff)));
  decipher.setAuthTag(sealed.subarray(-16));
  expect(
    JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8')),
  ).toEqual({ data: { status: 'active' } });
});

test('during a rotation both keys open; a foreign key, another hash or another IV length opens nothing', async () => {
  expect(await decryptRequest(encrypted({ action: 'ping' }, other.publicKey).body, [key, otherKey])).toMatchObject({
    keyId: 'key_b',
  });
  expect(await decryptRequest(encrypted({ action: 'ping' }, other.publicKey).body, [key])).toBe('cannot_decrypt');
  expect(await decryptRequest(encrypted({ action: 'ping' }, pair.publicKey, 'sha1').body, [key])).toBe(
    'cannot_decrypt',
  );
  expect(await decryptRequest(encrypted({ action: 'ping' }, pair.publicKey, 'sha256', 12).body, [key])).toBe(
    'cannot_decrypt',
  );
});

test('two thousand mutated bodies are refused without an exception', { timeout: 60_000 }, async () => {
  const { body } = encrypted({ version: '3.0', action: 'ping' });
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const mutated = Buffer.from(body);
      mutated[at] = (mutated[at] ?? 0) ^ flip;
      const result = await decryptRequest(mutated, [key]);
      // A changed bit that base64 ignores still opens: then the content is the original's.
      expect(typeof result === 'string' || result.request.action === 'ping').toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('the signature is taken over the exact bytes and compared with every current secret', () => {
  const body = Buffer.from('{"a": 1}');
  const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  expect(hasMetaSignature(body, sign('new'), ['new', 'old'])).toBe(true);
  expect(hasMetaSignature(body, sign('old'), ['new', 'old'])).toBe(true);
  expect(hasMetaSignature(body, sign('foreign'), ['new', 'old'])).toBe(false);
  expect(hasMetaSignature(Buffer.from('{"a":1}'), sign('new'), ['new'])).toBe(false);
  expect(hasMetaSignature(body, undefined, ['new'])).toBe(false);
  expect(hasMetaSignature(body, sign('new').toUpperCase(), ['new'])).toBe(false);
  expect(hasMetaSignature(body, sign('new'), [])).toBe(false);
});

test('a flow token survives the round trip and no change of it is accepted', () => {
  const keyring = [
    { id: 'k1', key: randomBytes(32) },
    { id: 'k0', key: randomBytes(32) },
  ];
  const token = {
    portalId: 12_345_678,
    sendId: 'snd_0123456789abcdefghjk',
    expiresAt: new Date('2026-11-26T10:00:00Z'),
  };
  const text = signFlowToken(keyring, token);
  expect(readFlowToken(keyring, text)).toEqual(token);
  // A rotated keyring still reads tokens of the old key.
  expect(readFlowToken([{ id: 'k2', key: randomBytes(32) }, ...keyring], text)).toEqual(token);
  expect(readFlowToken([{ id: 'k1', key: randomBytes(32) }], text)).toBeNull();
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, char) => {
      const changed = text.slice(0, at) + char + text.slice(at + 1);
      fc.pre(changed !== text);
      expect(readFlowToken(keyring, changed)).toBeNull();
    }),
  );
  for (const foreign of ['', 'unused', 'flows-builder-1234', 'fl1.....', 'x'.repeat(5_000)])
    expect(readFlowToken(keyring, foreign)).toBeNull();
});
