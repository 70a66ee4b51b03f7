import type { PortalId } from '../db/db.ts';
import { ID_PREFIXES, newId } from '../ids.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * The id of a send: random, or the same for the same idempotency key, flow and recipient, so that a repeated call finds the
 * first send even after that was finished. The key of the portal is in it: nobody can compute it from outside.
 */
export async function sendIdFor(
  keys: PortalKeys,
  portalId: PortalId,
  o: { flowId: string; recipientKey: string; idempotencyKey?: string },
): Promise<string> {
  if (o.idempotencyKey === undefined) return newId('send');
  const hash = await keys.hash(portalId, 'send id', `${o.flowId} ${o.recipientKey} ${o.idempotencyKey}`);
  let text = '';
  for (const byte of hash.subarray(0, 20)) text += ALPHABET[byte & 31];
  return `${ID_PREFIXES.send}_${text}`;
}
