import { appendAudit } from '../audit/audit.ts';
import type { PortalId, PortalTx } from '../db/db.ts';

/** Meta keeps the last five versions of a flow; sessions on older ones are closed before a sixth is published (flow-rules.md section 5). */
const VERSIONS_AT_META = 5;

/** From here on sends use this version; the one before is superseded and goes on for messages already sent. */
export async function makeLive(
  tx: PortalTx,
  portalId: PortalId,
  o: { flowId: string; versionId: string; metaFlowId: string; now: Date },
): Promise<void> {
  const flow = await tx
    .selectFrom('flows')
    .select('live_version_id')
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', o.flowId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('flows')
    .set({ live_version_id: o.versionId, meta_flow_id: o.metaFlowId, updated_at: o.now })
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', o.flowId)
    .execute();
  if (flow.live_version_id === o.versionId) return;
  await appendAudit(tx, portalId, o.now, {
    actor: 'system',
    action: 'flow.went-live',
    subject: o.flowId,
    detail: { version: o.versionId, before: flow.live_version_id },
  });
  if (!flow.live_version_id) return;
  await tx
    .updateTable('flow_versions')
    .set({ state: 'superseded' })
    .where('portal_id', '=', String(portalId))
    .where('version_id', '=', flow.live_version_id)
    .execute();
}

/**
 * Called when a template was approved: a version that waited for it, because it is another flow at Meta, goes live now.
 * Answers whether one did.
 */
export async function goLiveAfterApproval(
  tx: PortalTx,
  portalId: PortalId,
  o: { flowId: string; metaFlowId: string; now: Date },
): Promise<boolean> {
  const waiting = await tx
    .selectFrom('flow_versions')
    .innerJoin('flows', (join) =>
      join
        .onRef('flows.portal_id', '=', 'flow_versions.portal_id')
        .onRef('flows.flow_id', '=', 'flow_versions.flow_id'),
    )
    .select(['flow_versions.version_id', 'flows.live_version_id'])
    .where('flow_versions.portal_id', '=', String(portalId))
    .where('flow_versions.flow_id', '=', o.flowId)
    .where('flow_versions.meta_flow_id', '=', o.metaFlowId)
    // Still `uploading` when the approval is faster than our own last step.
    .where('flow_versions.state', 'in', ['published', 'uploading'])
    .where('flow_versions.published_at', 'is not', null)
    .orderBy('flow_versions.number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!waiting || waiting.live_version_id === waiting.version_id) return false;
  await makeLive(tx, portalId, { ...o, versionId: waiting.version_id });
  return true;
}

/** Makes room for one more version at Meta: older ones than the newest four are closed, with their open sends. */
export async function closeOldVersions(
  tx: PortalTx,
  portalId: PortalId,
  o: { flowId: string; metaFlowId: string },
): Promise<string[]> {
  const rows = await tx
    .selectFrom('flow_versions')
    .select(['version_id', 'state'])
    .where('portal_id', '=', String(portalId))
    .where('flow_id', '=', o.flowId)
    .where('meta_flow_id', '=', o.metaFlowId)
    .where('state', 'in', ['published', 'superseded', 'closed'])
    .orderBy('number', 'desc')
    .execute();
  const old = rows.slice(VERSIONS_AT_META - 1).filter((row) => row.state !== 'closed');
  const ids = old.map((row) => row.version_id);
  if (ids.length === 0) return [];
  await tx
    .updateTable('flow_versions')
    .set({ state: 'closed' })
    .where('portal_id', '=', String(portalId))
    .where('version_id', 'in', ids)
    .execute();
  await tx
    .updateTable('sends')
    .set({ open: false, closed_reason: 'version-closed', prefill_sealed: null })
    .where('portal_id', '=', String(portalId))
    .where('version_id', 'in', ids)
    .where('open', '=', true)
    .execute();
  return ids;
}
