import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { withPortal, type Db } from '../db/db.ts';

const LIFE_MS = 5 * 60_000;

/** A single-use pass that a card fetches for a page of ours: the page itself carries no signature of HubSpot (flow-rules.md section 8). */
export async function issuePageToken(
  services: { db: Db; clock: Clock },
  portalId: number,
  subject: string,
): Promise<{ token: string; expiresAt: Date }> {
  const secret = randomBytes(24).toString('base64url');
  const expiresAt = new Date(services.clock.now().getTime() + LIFE_MS);
  await withPortal(services.db, portalId, (tx) =>
    tx
      .insertInto('page_tokens')
      .values({ portal_id: portalId, token_hash: hashOf(secret), subject, expires_at: expiresAt })
      .execute(),
  );
  return { token: `${portalId.toString(36)}-${secret}`, expiresAt };
}

/** Uses the pass up; null when it is unknown, over or was used. */
export async function usePageToken(
  services: { db: Db; clock: Clock },
  token: string,
): Promise<{ portalId: number; subject: string } | null> {
  const cut = token.indexOf('-');
  const portalId = parseInt(token.slice(0, cut), 36);
  if (cut < 1 || !Number.isSafeInteger(portalId)) return null;
  const now = services.clock.now();
  const row = await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('page_tokens')
      .set({ used_at: now })
      .where('portal_id', '=', String(portalId))
      .where('token_hash', '=', hashOf(token.slice(cut + 1)))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returning('subject')
      .executeTakeFirst(),
  );
  return row ? { portalId, subject: row.subject } : null;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
