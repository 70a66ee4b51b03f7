import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';

/** Fewer are counted in milliseconds. */
const MANY = 10_000;
/** What was accepted before this is all committed; later ones are counted anew each time. */
const SETTLED_MS = 10 * 60_000;
const MAX_REMEMBERED = 5_000;

/** How many submissions a flow had up to some moment: no row of a submission goes before its account. */
const settled = new Map<string, { until: Date; count: number }>();

/**
 * Submissions of each flow. Of a long history only what came since the last count of this process is counted. `now` by the clock that
 * submissions are accepted by.
 */
export async function countSubmissions(
  tx: PortalTx,
  portalId: PortalId,
  { flowIds, now }: { flowIds: readonly string[]; now: Date },
): Promise<Map<string, number>> {
  const keyOf = (flowId: string): string => `${portalId} ${flowId}`;
  const isKnown = (flowId: string): boolean => settled.has(keyOf(flowId));
  const counts = await countAll(
    tx,
    portalId,
    flowIds.filter((flowId) => !isKnown(flowId)),
  );
  for (const flowId of flowIds.filter(isKnown)) {
    const base = settled.get(keyOf(flowId));
    if (base) counts.set(flowId, base.count + (await countBetween(tx, portalId, { flowId, after: base.until })));
  }
  const until = new Date(now.getTime() - SETTLED_MS);
  for (const [flowId, count] of counts) {
    if (count < MANY) continue;
    if (settled.size >= MAX_REMEMBERED) settled.clear();
    settled.set(keyOf(flowId), {
      until,
      count: count - (await countBetween(tx, portalId, { flowId, after: until })),
    });
  }
  return counts;
}

async function countAll(tx: PortalTx, portalId: PortalId, flowIds: readonly string[]): Promise<Map<string, number>> {
  if (flowIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('submissions')
    .select((select) => ['flow_id', select.fn.countAll<string>().as('count')])
    .where('portal_id', '=', String(portalId))
    .where('flow_id', 'in', flowIds)
    .groupBy('flow_id')
    .execute();
  return new Map(rows.map((row) => [row.flow_id, Number(row.count)]));
}

async function countBetween(tx: PortalTx, portalId: PortalId, o: { flowId: string; after: Date }): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    select count(*) as count from submissions
    where portal_id = ${portalId} and flow_id = ${o.flowId} and accepted_at > ${o.after}`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}
