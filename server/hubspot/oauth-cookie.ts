import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { deriveKey, seal, unseal, type MasterKey } from '../keys/vault.ts';

/** A person reads the permissions before they agree; longer than this and they start again. */
export const OAUTH_TTL_MS = 15 * 60_000;
const USE = 'oauth cookie';

const contentSchema = z.object({
  state: z.string(),
  codeVerifier: z.string(),
  returnUrl: z.string().nullable(),
  expiresAt: z.number(),
});
export type OAuthAttempt = z.infer<typeof contentSchema>;

export function newOAuthAttempt(now: Date, returnUrl: string | null): OAuthAttempt {
  return {
    state: randomBytes(24).toString('base64url'),
    codeVerifier: randomBytes(48).toString('base64url'),
    returnUrl,
    expiresAt: now.getTime() + OAUTH_TTL_MS,
  };
}

/** The cookie's value: sealed, so that neither state nor verifier can be read or made by anyone else. */
export function sealOAuthAttempt(keyring: readonly MasterKey[], attempt: OAuthAttempt): string {
  const [active] = keyring;
  if (!active) throw new Error('The keyring is empty');
  return seal(deriveKey(active.key, USE), USE, JSON.stringify(attempt)).toString('base64url');
}

/** What `sealOAuthAttempt` sealed under any key of the ring, while it lives; else null. */
export function openOAuthAttempt(keyring: readonly MasterKey[], cookie: string, now: Date): OAuthAttempt | null {
  for (const master of keyring) {
    try {
      const text = unseal(deriveKey(master.key, USE), USE, Buffer.from(cookie, 'base64url')).toString('utf8');
      const attempt = contentSchema.parse(JSON.parse(text));
      return attempt.expiresAt > now.getTime() ? attempt : null;
    } catch {
      continue;
    }
  }
  return null;
}
