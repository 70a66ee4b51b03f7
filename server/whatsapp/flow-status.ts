import { sql } from 'kysely';
import { z } from 'zod';
import { appendAudit } from '../audit/audit.ts';
import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { getAccountSecrets } from './accounts.ts';
import type { WhatsappServices } from './services.ts';

/** What Meta's status of a published flow means for sending (whatsapp-flows.md section 6.9). */
const STATES: Record<string, { state: 'published' | 'paused' | 'retired'; reason: string | null }> = {
  PUBLISHED: { state: 'published', reason: null },
  THROTTLED: { state: 'paused', reason: 'throttled' },
  BLOCKED: { state: 'paused', reason: 'blocked' },
  DEPRECATED: { state: 'retired', reason: 'deprecated' },
};

/** Webhooks come in any order: what one says is looked up a moment later. */
const CONFIRM_AFTER_MS = 60_000;
/** Meta tells only an app's own address, and may not reach it: a paused flow must resume all the same. */
const PAUSED_EVERY_MS = 5 * 60_000;
const PUBLISHED_EVERY_MS = 30 * 60_000;
/** Of one portal in one round; the others are looked at in the next. */
const MAX_FLOWS = 50;

/**
 * Takes Meta's status of a flow over, within the caller's transaction: pauses, resumes or retires the flow, with an entry in the
 * audit log, and says when Meta is asked next. Answers whether the flow's state changed. A flow that is being published by us passes
 * through these states itself and is left alone.
 */
export async function takeMetaStatus(
  tx: PortalTx,
  portalId: PortalId,
  o: { metaFlowId: string; status: string; from: 'webhook' | 'poll' | 'refusal'; now: Date },
): Promise<boolean> {
  const flows = await tx
    .selectFrom('flows')
    .select(['flow_id', 'state', 'state_reason', 'meta_status'])
    .where('portal_id', '=', String(portalId))
    .where('meta_flow_id', '=', o.metaFlowId)
    .where('state', 'in', ['published', 'paused'])
    .forUpdate()
    .execute();
  const change = STATES[o.status];
  let changed = false;
  for (const flow of flows) {
    const isNew =
      change !== undefined &&
      (flow.state !== change.state || (change.state === 'paused' && flow.state_reason !== change.reason));
    const { checkAt, statusAt } = timesOf(o, change?.state ?? flow.state, flow.meta_status);
    await tx
      .updateTable('flows')
      .set({
        meta_status: o.status.slice(0, 40),
        meta_check_at: checkAt,
        ...(statusAt ? { meta_status_at: statusAt } : {}),
        ...(isNew ? { state: change.state, state_reason: change.reason, updated_at: o.now } : {}),
      })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', '=', flow.flow_id)
      .execute();
    if (!isNew) continue;
    changed = true;
    await appendAudit(tx, portalId, o.now, {
      actor: 'system',
      action: `flow.${change.state === 'published' ? 'resumed' : change.state}`,
      subject: flow.flow_id,
      detail: { metaStatus: o.status, from: o.from },
    });
  }
  return changed;
}

function timesOf(
  o: { status: string; from: 'webhook' | 'poll' | 'refusal'; now: Date },
  state: string,
  before: string | null,
): { checkAt: Date; statusAt: Date | null } {
  const usual = state === 'paused' ? PAUSED_EVERY_MS : PUBLISHED_EVERY_MS;
  const afterMs = o.from === 'poll' ? usual : CONFIRM_AFTER_MS;
  return { checkAt: new Date(o.now.getTime() + afterMs), statusAt: before === o.status ? null : o.now };
}

const statusSchema = z.object({ id: z.coerce.string(), status: z.string() });

/**
 * Asks Meta about the portal's flows that are due: the way back for a flow whose webhook was missed. Answers how many changed.
 * One that cannot be asked about is logged and asked about again with the usual pause; it stops no other.
 */
export async function pollFlowStatuses(services: WhatsappServices, portalId: PortalId): Promise<number> {
  let changed = 0;
  for (const flow of await claimDueFlows(services, portalId)) {
    try {
      const { accessToken } = await getAccountSecrets(services, portalId, flow.accountId);
      const { status } = await services.graph.call({
        method: 'GET',
        path: `/${flow.metaFlowId}`,
        accessToken,
        query: { fields: 'id,name,status' },
        schema: statusSchema,
        idempotent: true,
      });
      const now = services.clock.now();
      const isChanged = await withPortal(services.db, portalId, (tx) =>
        takeMetaStatus(tx, portalId, { metaFlowId: flow.metaFlowId, status, from: 'poll', now }),
      );
      if (isChanged) changed += 1;
    } catch (err) {
      services.log.warn({ err, portalId, flowId: flow.flowId }, "a flow's status could not be read at Meta");
    }
  }
  return changed;
}

type DueFlow = { flowId: string; metaFlowId: string; accountId: string };

/** Sets the next look first, so that two processes do not ask twice and a fault does not ask at once again. */
async function claimDueFlows(services: WhatsappServices, portalId: PortalId): Promise<DueFlow[]> {
  const now = services.clock.now();
  const next = new Date(now.getTime() + PAUSED_EVERY_MS);
  const rows = await withPortal(services.db, portalId, (tx) =>
    tx
      .updateTable('flows')
      .set({ meta_check_at: next })
      .where('portal_id', '=', String(portalId))
      .where('flow_id', 'in', (eb) =>
        eb
          .selectFrom('flows as due')
          .select('due.flow_id')
          .where('due.portal_id', '=', String(portalId))
          .where('due.state', 'in', ['published', 'paused'])
          .where('due.live_version_id', 'is not', null)
          .where('due.meta_flow_id', 'is not', null)
          .where(sql<boolean>`(due.meta_check_at is null or due.meta_check_at <= ${now})`)
          .orderBy('due.meta_check_at')
          .limit(MAX_FLOWS)
          .forUpdate()
          .skipLocked(),
      )
      .returning(['flow_id', 'meta_flow_id', 'account_id'])
      .execute(),
  );
  return rows.flatMap((row) =>
    row.meta_flow_id ? [{ flowId: row.flow_id, metaFlowId: row.meta_flow_id, accountId: row.account_id }] : [],
  );
}
