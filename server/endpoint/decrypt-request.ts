import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { RsaKey } from './rsa-keys.ts';

const AES_KEY_BYTES = 16;
const IV_BYTES = 16;
const TAG_BYTES = 16;

const envelopeSchema = z.object({
  encrypted_flow_data: z.string().min(1),
  encrypted_aes_key: z.string().min(1),
  initial_vector: z.string().min(1),
});

/** The decrypted request of data API 3.0 and 4.0; unknown keys are ignored ("Implementing Endpoint for Flows", request payload). */
export const flowRequestSchema = z.object({
  version: z.string().optional(),
  action: z.string(),
  screen: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  // What `JSON.parse` gave is JSON already: walking through it once more would cost more than opening it.
  data: z
    .custom<Record<string, JsonValue>>((value) => isJsonObject(value))
    .nullish()
    .transform((value) => withoutPrototypeKey(value ?? {})),
  flow_token: z
    .string()
    .nullish()
    .transform((value) => value ?? ''),
  flow_token_signature: z.string().nullish(),
});
export type FlowRequest = z.infer<typeof flowRequestSchema>;

/** `aesKey` as an object: Node takes raw bytes three times slower, and the reply needs it too. */
export type Decrypted = { request: FlowRequest; aesKey: KeyObject; iv: Buffer; keyId: string };
export type DecryptFailure = 'malformed' | 'cannot_decrypt' | 'not_a_request';

/**
 * Opens an encrypted request: the AES key by RSA-OAEP, the data by AES-128-GCM with a 16-byte IV and the tag at its end.
 * The keys are the account's own, the active one first; during a rotation both are tried. Never throws: `cannot_decrypt` is
 * for a 421, which makes the phone fetch the public key again; `not_a_request` is something else that was encrypted for us, which
 * anybody with the public key and a phone can do.
 */
export async function decryptRequest(body: Buffer, keys: readonly RsaKey[]): Promise<Decrypted | DecryptFailure> {
  const envelope = parseJson(body.toString('utf8'), envelopeSchema);
  if (!envelope) return 'malformed';
  const opened = await openAesKey(Buffer.from(envelope.encrypted_aes_key, 'base64'), keys);
  const iv = Buffer.from(envelope.initial_vector, 'base64');
  if (!opened || iv.length !== IV_BYTES) return 'cannot_decrypt';
  const text = openData(Buffer.from(envelope.encrypted_flow_data, 'base64'), opened.aesKey, iv);
  if (text === null) return 'cannot_decrypt';
  const request = parseJson(text, flowRequestSchema);
  return request ? { request, aesKey: opened.aesKey, iv, keyId: opened.keyId } : 'not_a_request';
}

async function openAesKey(
  encrypted: Buffer,
  keys: readonly RsaKey[],
): Promise<{ aesKey: KeyObject; keyId: string } | null> {
  for (const key of keys) {
    const aesKey = await key.decrypt(encrypted).catch(() => null);
    if (aesKey?.length === AES_KEY_BYTES) return { aesKey: createSecretKey(aesKey), keyId: key.keyId };
  }
  return null;
}

function openData(sealed: Buffer, aesKey: KeyObject, iv: Buffer): string | null {
  if (sealed.length < TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv('aes-128-gcm', aesKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const opened = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
    decipher.final(); // throws when the tag is wrong; GCM holds nothing back
    return opened.toString('utf8');
  } catch {
    return null;
  }
}

function parseJson<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function isJsonObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key that would change the prototype of an object it is copied into. */
function withoutPrototypeKey(data: Record<string, JsonValue>): Record<string, JsonValue> {
  if (!Object.hasOwn(data, '__proto__')) return data;
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== '__proto__'));
}
