import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';

/** An encrypted request as a phone makes it. */
export function encryptPing(publicKeyPem: string): Record<string, string> {
  const key = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  const sealed = Buffer.concat([
    cipher.update('{"version":"3.0","action":"ping"}', 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return {
    encrypted_flow_data: sealed.toString('base64'),
    encrypted_aes_key: publicEncrypt({ key: publicKeyPem, padding, oaepHash: 'sha256' }, key).toString('base64'),
    initial_vector: iv.toString('base64'),
  };
}
