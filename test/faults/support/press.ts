import { constants, createCipheriv, createDecipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto';

type Json = Record<string, unknown>;
export type Answer = { status: number; reply: Json };
/** What WhatsApp knows of an account: where its endpoint is, and what signs and encrypts. */
export type EndpointKeys = { accountId: string; appSecret: string; publicKeyPem: string };

/** A phone waits ten seconds (whatsapp-flows.md section 6.1). */
const PHONE_MS = 10_000;

/** One encrypted request of a phone, signed by Meta, and what the endpoint answers it. Throws when nobody answers. */
export async function press(serverUrl: string, keys: EndpointKeys, request: Json): Promise<Answer> {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(request)), cipher.final(), cipher.getAuthTag()]);
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const body = JSON.stringify({
    encrypted_flow_data: sealed.toString('base64'),
    encrypted_aes_key: publicEncrypt({ key: keys.publicKeyPem, ...padding }, aesKey).toString('base64'),
    initial_vector: iv.toString('base64'),
  });
  const response = await fetch(`${serverUrl}/flow/${keys.accountId}`, {
    method: 'POST',
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', keys.appSecret).update(body).digest('hex')}` },
    body,
    signal: AbortSignal.timeout(PHONE_MS),
  });
  const text = Buffer.from(await response.text(), 'base64');
  if (text.length < 16) return { status: response.status, reply: {} };
  const decipher = createDecipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => byte ^ 0xff)));
  decipher.setAuthTag(text.subarray(-16));
  const opened = Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()]).toString('utf8');
  return { status: response.status, reply: JSON.parse(opened) as Json };
}
