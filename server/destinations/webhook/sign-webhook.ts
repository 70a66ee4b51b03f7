import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks asks for 24 to 64 random bytes. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A new signing secret: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(random: (bytes: number) => Buffer = randomBytes): string {
  return `${PREFIX}${random(SECRET_BYTES).toString('base64')}`;
}

/**
 * The headers that prove who sent a body (Standard Webhooks 1.0, *Signature scheme*): HMAC-SHA-256 over `id.timestamp.body` with
 * the decoded secret. Several secrets, during a rotation, give several signatures; a receiver that knows one of them accepts.
 * `id` is the same for every attempt and holds no dot; `at` is the time of this attempt. Pure.
 */
export function signWebhook(o: { id: string; at: Date; body: string; secrets: readonly string[] }): {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
} {
  const timestamp = String(Math.floor(o.at.getTime() / 1_000));
  const signatures = o.secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${o.id}.${timestamp}.${o.body}`, 'utf8').digest('base64')}`;
  });
  return { 'webhook-id': o.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
