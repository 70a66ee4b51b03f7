import { constants, createCipheriv, createDecipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { callOnce } from './webhooks/call-once.ts';
import { signBody } from './webhooks/sign-body.ts';

/** Meta's own limit for an endpoint (whatsapp-flows.md section 6.1). */
const DEADLINE_MS = 10_000;
/** 1 MB of data for a screen, as base64 (section 6.5). */
const MAX_ANSWER_BYTES = 1_500_000;

export type EndpointAnswer =
  | { kind: 'answered'; status: number; contentType: string; body: string }
  | { kind: 'failed'; clientError: 'timeout_error' | 'no_http_response_error' };

/** Relays one encrypted request as Meta does: signed with the app's secret over exactly the bytes sent. */
export async function relayToEndpoint(o: {
  endpointUri: string;
  appSecret: string;
  body: unknown;
}): Promise<EndpointAnswer> {
  const body = JSON.stringify(o.body);
  try {
    const { status, contentType, text } = await callOnce({
      url: o.endpointUri,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signBody(body, o.appSecret) },
      body,
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (text === null) return { kind: 'failed', clientError: 'no_http_response_error' };
    return { kind: 'answered', status, contentType, body: text };
  } catch (err) {
    const isLate = err instanceof Error && err.name === 'TimeoutError';
    return { kind: 'failed', clientError: isLate ? 'timeout_error' : 'no_http_response_error' };
  }
}

const pingReply = z.object({ data: z.object({ status: z.literal('active') }) });

/**
 * The health check before publishing: a real encrypted ping (whatsapp-flows.md sections 6.2 to 6.5).
 * Answers null when the endpoint is alive, else what it did.
 */
export async function pingEndpoint(o: {
  endpointUri: string;
  appSecret: string;
  publicKeyPem: string;
  dataApiVersion: string;
}): Promise<string | null> {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const text = JSON.stringify({ version: o.dataApiVersion, action: 'ping' });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const wrapped = publicEncrypt(
    { key: o.publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    aesKey,
  );
  const answer = await relayToEndpoint({
    endpointUri: o.endpointUri,
    appSecret: o.appSecret,
    body: {
      encrypted_flow_data: sealed.toString('base64'),
      encrypted_aes_key: wrapped.toString('base64'),
      initial_vector: iv.toString('base64'),
    },
  });
  if (answer.kind === 'failed') return answer.clientError;
  if (answer.status !== 200) return `unexpected_http_status_code ${answer.status}`;
  return readPingReply(answer.body, aesKey, iv);
}

function readPingReply(body: string, aesKey: Buffer, iv: Buffer): string | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body) || body.length % 4 !== 0) return 'Response body is not Base64 encoded';
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length <= 16) return 'response-decryption-error';
  try {
    const decipher = createDecipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => byte ^ 0xff)), {
      authTagLength: 16,
    });
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
    return pingReply.safeParse(JSON.parse(plain)).success
      ? null
      : 'The reply to the health check is not {"data":{"status":"active"}}';
  } catch {
    return 'response-decryption-error';
  }
}
