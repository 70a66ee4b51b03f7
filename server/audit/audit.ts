import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { PortalTx } from '../db/db.ts';

/** Who did what to which thing. `detail` holds ids and settings, never an answer, a number or a secret. */
export type AuditEntry = {
  /** `user:<HubSpot user id>`, `operator` or `system`. */
  actor: string;
  /** Past tense, such as `flow.published`. */
  action: string;
  subject: string;
  detail?: Record<string, string | number | boolean | null>;
};

const FIRST_HASH = Buffer.alloc(32);

/**
 * Appends to the portal's log in the caller's transaction. Each entry's hash covers the one before, so a removed or changed
 * entry breaks the chain; the app's role cannot update or delete. One writer at a time per portal (advisory lock).
 */
export async function appendAudit(tx: PortalTx, portalId: number, at: Date, entry: AuditEntry): Promise<void> {
  await sql`select pg_advisory_xact_lock(7423902, hashtext(${String(portalId)}))`.execute(tx);
  const last = await tx
    .selectFrom('audit_log')
    .select(['seq', 'hash'])
    .where('portal_id', '=', String(portalId))
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const previous = last?.hash ?? FIRST_HASH;
  const seq = Number(last?.seq ?? 0) + 1;
  const detail = entry.detail ?? {};
  await tx
    .insertInto('audit_log')
    .values({
      portal_id: String(portalId),
      seq,
      at,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      detail: JSON.stringify(detail),
      previous_hash: previous,
      hash: hashOf(previous, { seq, at, ...entry, detail }),
    })
    .execute();
}

function hashOf(previous: Buffer, entry: AuditEntry & { seq: number; at: Date }): Buffer {
  const detail = Object.fromEntries(Object.entries(entry.detail ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify([entry.seq, entry.at.toISOString(), entry.actor, entry.action, entry.subject, detail]);
  return createHash('sha256').update(previous).update(text).digest();
}

/** The sequence number of the first entry that does not fit the chain, or null when all do. */
export async function firstBrokenEntry(tx: PortalTx, portalId: number): Promise<number | null> {
  const rows = await tx
    .selectFrom('audit_log')
    .selectAll()
    .where('portal_id', '=', String(portalId))
    .orderBy('seq')
    .execute();
  let previous: Buffer = FIRST_HASH;
  for (const [index, row] of rows.entries()) {
    const seq = Number(row.seq);
    const detail = row.detail as Record<string, string | number | boolean | null>; // written by appendAudit only
    const expected = hashOf(previous, {
      seq,
      at: row.at,
      actor: row.actor,
      action: row.action,
      subject: row.subject,
      detail,
    });
    if (seq !== index + 1 || !row.previous_hash.equals(previous) || !row.hash.equals(expected)) return index + 1;
    previous = row.hash;
  }
  return null;
}
