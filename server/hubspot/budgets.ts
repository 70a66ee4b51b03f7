import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId } from '../db/db.ts';
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

  return {
    async spend(portalId, buckets, priority) {
      const wanted = JSON.stringify(buckets.map((bucket) => toParameters(bucket, priority)));
      // A commit that is written a moment later: those that wait for the same row do not wait for the disk as well. A crash of PostgreSQL
      // may forget the last calls of less than a second, for which `SHARE` leaves room.
      const { rows } = await sql<{ wait_ms: number }>`
        select spend_budgets(${String(portalId)}, ${clock.now()}, ${wanted}) as wait_ms,
               set_config('synchronous_commit', 'off', true)`.execute(db);
      return { waitMs: Number(rows[0]?.wait_ms ?? 0) };
    },

    async pause(portalId, bucket, ms) {
      const now = clock.now();
      const until = new Date(now.getTime() + ms);
      await withPortal(db, portalId, (tx) =>
        sql`insert into budgets (portal_id, bucket, tokens, refilled_at, paused_until, refused_at)
            values (${String(portalId)}, ${bucket}, 0, ${now}, ${until}, ${now})
            on conflict (portal_id, bucket) do update set refused_at = excluded.refused_at,
              paused_until = greatest(budgets.paused_until, excluded.paused_until)`.execute(tx),
      );
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

/** A bucket as the function `spend_budgets` takes it. */
function toParameters(bucket: Bucket, priority: HubSpotPriority): Record<string, string | number | null> {
  const { calls, windowMs, burst, reserve } = LIMITS[bucket];
  const brake = bucket === SHARED_BRAKE.bucket ? SHARED_BRAKE : null;
  return {
    name: bucket,
    calls,
    window_ms: windowMs,
    burst,
    share: SHARE,
    reserve: reserve[priority],
    brake_portals: brake?.portals ?? null,
    brake_ms: brake?.windowMs ?? null,
  };
}
