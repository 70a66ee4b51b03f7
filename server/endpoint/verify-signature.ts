import { createHmac, timingSafeEqual } from 'node:crypto';

const HEADER = /^sha256=([0-9a-f]{64})$/;

/**
 * Meta's signature over the exact bytes of the body: `X-Hub-Signature-256: sha256=<hex HMAC-SHA-256>`, keyed with the secret
 * of the app that the flow is connected to ("Implementing Endpoint for Flows", request signature validation). Several secrets
 * are accepted while one is being rotated. Constant time in what it compares.
 */
export function hasMetaSignature(body: Buffer, header: string | undefined, appSecrets: readonly string[]): boolean {
  const hex = HEADER.exec(header ?? '')?.[1];
  if (!hex) return false;
  const given = Buffer.from(hex, 'hex');
  let matches = false;
  for (const secret of appSecrets) {
    if (timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given)) matches = true;
  }
  return matches;
}
