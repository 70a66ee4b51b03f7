import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '../db/db.ts';
import { isBalanced, readBalance } from '../delivery/check-balance.ts';
import { judgeAll, readWindows, type EndpointProblem } from '../endpoint/judge-windows.ts';
import { ALERT_KINDS, isAlertKind, type AlertKind, type Condition } from './alert-kinds.ts';

/** What one look found, by portal, and which kinds it looked for: of the others it says nothing. */
export type Look = { kinds: ReadonlySet<AlertKind>; byPortal: Map<number, Condition[]> };

const rowSchema = z.object({
  portal_id: z.coerce.number(),
  kind: z.string(),
  subject: z.string(),
  amount: z.coerce.number(),
  figure: z.number().nullable(),
  latest: z.date().nullable(),
});

const BALANCE: ReadonlySet<AlertKind> = new Set<AlertKind>(['balance_broken']);
const EVERY_MINUTE: ReadonlySet<AlertKind> = new Set(ALERT_KINDS.filter((kind) => !BALANCE.has(kind)));

/** Everything but the balance, in two statements over all portals: what the tables say, and what the endpoint measured. */
export async function lookAtConditions(db: Db, now: Date): Promise<Look> {
  const byPortal = new Map<number, Condition[]>();
  const add = (portalId: number, condition: Condition): void => {
    const own = byPortal.get(portalId) ?? [];
    own.push(condition);
    byPortal.set(portalId, own);
  };
  const { rows } = await sql<unknown>`select * from alert_conditions(${now})`.execute(db);
  for (const raw of rows) {
    const { portal_id, kind, ...rest } = rowSchema.parse(raw);
    if (isAlertKind(kind)) add(portal_id, { kind, ...rest });
  }
  for (const { portalId, accountId, flowId, problem } of judgeAll(await readWindows(db, now)))
    add(portalId, toCondition(problem, flowId ?? accountId, now));
  return { kinds: EVERY_MINUTE, byPortal };
}

function toCondition(problem: EndpointProblem, subject: string, now: Date): Condition {
  const figure = 'p90Ms' in problem ? problem.p90Ms : 'percent' in problem ? problem.percent : null;
  return { kind: problem.kind, subject, amount: problem.requests, figure, latest: now };
}

/** The equation of the deliveries, which counts two whole tables: seldom. Anything but balanced is a fault of ours. */
export async function lookAtBalance(db: Db): Promise<Look> {
  const byPortal = new Map<number, Condition[]>();
  for (const balance of await readBalance(db)) {
    if (isBalanced(balance)) continue;
    const own = byPortal.get(balance.portalId) ?? [];
    own.push({ kind: 'balance_broken', subject: balance.destination, amount: 1, figure: null, latest: null });
    byPortal.set(balance.portalId, own);
  }
  return { kinds: BALANCE, byPortal };
}
