import { createHash } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import type { PortalTx } from '../db/db.ts';
import type { Database } from '../db/schema.ts';

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

/** Entries read at once: a log of many years is looked through without being held in memory. */
const PAGE = 1_000;

/** What a log looked like when it was verified: its last sequence number and the hash of that entry, in hex. */
export type ChainHead = { entries: number; head: string };
export type VerifiedChain = ChainHead & {
  /** The sequence number of the first entry that does not fit, or that is gone; null when all do. */
  brokenAt: number | null;
};

/**
 * Goes through the portal's log from its first entry. The chain alone shows a changed or removed entry, but not that the newest ones
 * were cut off: `earlier`, the head of an earlier look kept outside the database, shows that too.
 */
export async function verifyChain(tx: PortalTx, portalId: number, earlier?: ChainHead): Promise<VerifiedChain> {
  let previous: Buffer = FIRST_HASH;
  let entries = 0;
  const broken = (): VerifiedChain => ({ entries, head: previous.toString('hex'), brokenAt: entries + 1 });
  if (earlier && earlier.entries === 0 && earlier.head !== FIRST_HASH.toString('hex')) return broken();
  for (;;) {
    const rows = await tx
      .selectFrom('audit_log')
      .selectAll()
      .where('portal_id', '=', String(portalId))
      .where('seq', '>', String(entries))
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      if (!fits(row, entries + 1, previous)) return broken();
      if (earlier?.entries === entries + 1 && row.hash.toString('hex') !== earlier.head) return broken();
      previous = row.hash;
      entries += 1;
    }
    if (rows.length < PAGE) break;
  }
  if (earlier && entries < earlier.entries) return broken();
  return { entries, head: previous.toString('hex'), brokenAt: null };
}

function fits(row: Selectable<Database['audit_log']>, seq: number, previous: Buffer): boolean {
  const detail = row.detail as Record<string, string | number | boolean | null>; // written by appendAudit only
  const { at, actor, action, subject } = row;
  const expected = hashOf(previous, { seq, at, actor, action, subject, detail });
  return Number(row.seq) === seq && row.previous_hash.equals(previous) && row.hash.equals(expected);
}

/** The sequence number of the first entry that does not fit the chain, or null when all do. */
export async function firstBrokenEntry(tx: PortalTx, portalId: number): Promise<number | null> {
  return (await verifyChain(tx, portalId)).brokenAt;
}
