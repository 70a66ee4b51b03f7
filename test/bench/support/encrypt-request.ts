import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto';
import { httpPost } from './put-load.ts';
import type { SeededPortal } from './seed-portal.ts';

/** A request as a phone and Meta's servers make it: own AES key, signed over the bytes; the whole HTTP text. */
export function encryptRequest(serverUrl: string, portal: SeededPortal, payload: object): Buffer {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const data = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const wrapped = publicEncrypt(
    { key: portal.publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    aesKey,
  );
  const body = Buffer.from(
    JSON.stringify({
      encrypted_flow_data: data.toString('base64'),
      encrypted_aes_key: wrapped.toString('base64'),
      initial_vector: iv.toString('base64'),
    }),
  );
  return httpPost(`${serverUrl}/flow/${portal.accountId}`, signature(portal.appSecret, body), body);
}

export function signature(appSecret: string, body: Buffer): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}` };
}
