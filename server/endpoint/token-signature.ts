import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const headerSchema = z.object({ alg: z.literal('HS256') });
const payloadSchema = z.object({ flow_token: z.string() });
/** Nothing honest comes near this: a header, a token of ours and a signature. */
const MAX_LENGTH = 4_096;

/**
 * Whether a `flow_token_signature` of data API 4.0 (Meta, "Implementing Endpoint for Flows": a JWT, HS256, keyed with the app secret, that
 * holds the `flow_token`) is genuine and speaks of this very token. Several secrets are accepted while one is being rotated. Never
 * throws: what cannot be read is not genuine.
 */
export function isTokenSigned(jwt: string, flowToken: string, appSecrets: readonly string[]): boolean {
  if (jwt.length > MAX_LENGTH) return false;
  const [head = '', body = '', signature = '', ...more] = jwt.split('.');
  if (more.length > 0 || !headerSchema.safeParse(readPart(head)).success) return false;
  const given = Buffer.from(signature, 'base64url');
  let matches = false;
  for (const secret of appSecrets) {
    const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest();
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  if (!matches) return false;
  const payload = payloadSchema.safeParse(readPart(body));
  return payload.success && payload.data.flow_token === flowToken;
}

function readPart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
