import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import type { HubSpotPriority } from './client.ts';

/** HubSpot's limits per app and account (hubspot-platform.md section 5.10 and 5.8). */
export type Bucket = 'hubspot-api' | 'hubspot-search' | 'hubspot-forms';
type Limit = { calls: number; windowMs: number; burst: number; reserve: Record<HubSpotPriority, number> };

/** We stop here: other calls of the same app (a second process's clock, the portal's own tools) need the rest. */
const SHARE = 0.9;
/**
 * `burst` tokens may go at once and the rest flows in evenly, so that burst plus one window's flow stays within the share:
 * a larger burst would make the steady rate smaller. `reserve` is what a priority must leave for those before it.
 */
const LIMITS: Record<Bucket, Limit> = {
  'hubspot-api': { calls: 110, windowMs: 10_000, burst: 33, reserve: { card: 0, delivery: 6, background: 14 } },
  'hubspot-search': { calls: 5, windowMs: 1_000, burst: 2, reserve: { card: 0, delivery: 0, background: 1 } },
  'hubspot-forms': { calls: 100, windowMs: 10_000, burst: 20, reserve: { card: 0, delivery: 0, background: 6 } },
};
/** Portals whose own limit (another tier) this process need not write again. */
const MAX_REMEMBERED = 5_000;
/**
 * HubSpot's form host blocks our address for every customer after ten refusals within a second (hubspot-platform.md section 5.8). A
 * refused portal stops by itself, with a few calls in flight; when two were refused at once, all wait until that second is over.
 */
const SHARED_BRAKE = { bucket: 'hubspot-forms', portals: 2, windowMs: 1_000 } as const;

export type Budgets = {
  /** Takes one call from every named bucket, or from none and says how long to wait. */
  spend(portalId: PortalId, buckets: readonly Bucket[], priority: HubSpotPriority): Promise<{ waitMs: number }>;
  /** Stops the bucket for all processes, after HubSpot answered 429. */
  pause(portalId: PortalId, bucket: Bucket, ms: number): Promise<void>;
  /** Learns from HubSpot's rate headers: the account's own limit, and what others have already spent of it. */
  observe(portalId: PortalId, bucket: Bucket, seen: { max: number; remaining: number }): Promise<void>;
};

/** One token bucket per portal and limit in PostgreSQL, shared by all processes (design, section 3, Delivery). */
export function createBudgets(options: { db: Db; clock: Clock }): Budgets {
  const { db, clock } = options;
  const written = new Map<string, number>();

  async function take(tx: PortalTx, portalId: PortalId, bucket: Bucket, priority: HubSpotPriority): Promise<number> {
    const now = clock.now();
    const row = await refill(tx, { portalId, bucket, now });
    const { capacity, perSecond, limit } = limitOf(bucket, row.calls);
    const pausedMs = row.pausedUntil ? row.pausedUntil.getTime() - now.getTime() : 0;
    if (pausedMs > 0) return pausedMs;
    if (bucket === SHARED_BRAKE.bucket && (await isBraked(tx, now))) return SHARED_BRAKE.windowMs;
    // A small bucket must still let the lowest priority through once it is full.
    const needed = Math.min(capacity, 1 + limit.reserve[priority]);
    if (row.tokens < needed) return Math.ceil(((needed - row.tokens) / perSecond) * 1_000);
    await tx
      .updateTable('budgets')
      .set({ tokens: row.tokens - 1 })
      .where('portal_id', '=', String(portalId))
      .where('bucket', '=', bucket)
      .execute();
    return 0;
  }

  return {
    async spend(portalId, buckets, priority) {
      let waitMs = 0;
      try {
        await withPortal(db, portalId, async (tx) => {
          for (const bucket of buckets) waitMs = Math.max(waitMs, await take(tx, portalId, bucket, priority));
          if (waitMs > 0) throw new NothingSpent();
        });
      } catch (err) {
        if (!(err instanceof NothingSpent)) throw err;
      }
      return { waitMs };
    },

    async pause(portalId, bucket, ms) {
      const now = clock.now();
      await withPortal(db, portalId, async (tx) => {
        await refill(tx, { portalId, bucket, now });
        await sql`update budgets set refused_at = ${now},
                    paused_until = greatest(paused_until, ${new Date(now.getTime() + ms)}::timestamptz)
                  where portal_id = ${String(portalId)} and bucket = ${bucket}`.execute(tx);
      });
    },

    async observe(portalId, bucket, { max, remaining }) {
      const key = `${portalId} ${bucket}`;
      const isNews = max > 0 && max !== (written.get(key) ?? LIMITS[bucket].calls);
      // Written only when it matters: most answers would change nothing.
      if (!isNews && remaining > max * 0.4) return;
      const left = Math.max(0, remaining - max * (1 - SHARE));
      await withPortal(db, portalId, (tx) =>
        sql`update budgets set calls = ${max}, tokens = least(tokens, ${left})
            where portal_id = ${String(portalId)} and bucket = ${bucket}`.execute(tx),
      );
      if (written.size >= MAX_REMEMBERED) written.clear();
      written.set(key, max);
    },
  };
}

/** `calls`: what the vendor named as this account's limit, null where it has not (yet). */
function limitOf(bucket: Bucket, calls: number | null): { capacity: number; perSecond: number; limit: Limit } {
  const limit = LIMITS[bucket];
  const all = calls ?? limit.calls;
  const capacity = Math.max(1, Math.min(limit.burst, all * SHARE * 0.5));
  return { capacity, perSecond: (all * SHARE - capacity) / (limit.windowMs / 1_000), limit };
}

async function isBraked(tx: PortalTx, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - SHARED_BRAKE.windowMs);
  const { rows } = await sql<{ refused: number }>`
    select portals_refused_since(${SHARED_BRAKE.bucket}, ${since}) as refused`.execute(tx);
  return (rows[0]?.refused ?? 0) >= SHARED_BRAKE.portals;
}

/** Rolls the transaction back: a call that needs two buckets spends from both or from none. */
class NothingSpent extends Error {}

/** Brings the bucket up to now, under its row lock, at the limit the vendor named last. */
async function refill(
  tx: PortalTx,
  { portalId, bucket, now }: { portalId: PortalId; bucket: Bucket; now: Date },
): Promise<{ tokens: number; pausedUntil: Date | null; calls: number | null }> {
  const before = await tx
    .selectFrom('budgets')
    .select('calls')
    .where('portal_id', '=', String(portalId))
    .where('bucket', '=', bucket)
    .executeTakeFirst();
  const { capacity, perSecond } = limitOf(bucket, before?.calls ?? null);
  const row = await tx
    .insertInto('budgets')
    .values({ portal_id: String(portalId), bucket, tokens: capacity, refilled_at: now })
    .onConflict((conflict) =>
      conflict.columns(['portal_id', 'bucket']).doUpdateSet({
        tokens: sql<number>`least(${capacity}, budgets.tokens + ${perSecond} * greatest(0, extract(epoch from (${now}::timestamptz - budgets.refilled_at))))`,
        refilled_at: sql<Date>`greatest(budgets.refilled_at, ${now}::timestamptz)`,
      }),
    )
    .returning(['tokens', 'paused_until', 'calls'])
    .executeTakeFirstOrThrow();
  return { tokens: row.tokens, pausedUntil: row.paused_until, calls: row.calls };
}
