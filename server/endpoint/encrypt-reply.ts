import { createCipheriv, type CipherKey } from 'node:crypto';

/**
 * Encrypts a reply as the phone expects it: same AES key, the request's IV with every bit inverted, the GCM tag at the end,
 * all in base64 as `text/plain` ("Implementing Endpoint for Flows", response encryption). The ping's answer too.
 */
export function encryptReply(reply: unknown, aesKey: CipherKey, requestIv: Buffer): string {
  const iv = Buffer.allocUnsafe(requestIv.length);
  for (let i = 0; i < iv.length; i += 1) iv[i] = ~(requestIv[i] ?? 0) & 0xff;
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  return Buffer.concat([cipher.update(JSON.stringify(reply), 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  );
}
