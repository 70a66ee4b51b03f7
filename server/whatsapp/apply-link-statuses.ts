import type { PortalId, PortalTx } from '../db/db.ts';
import { moveCheck } from '../destinations/identity-check/checks.ts';
import { isId } from '../ids.ts';
import type { WebhookStatus } from './webhook-body.ts';

const STATES = ['sending', 'accepted', 'unknown', 'by_rep', 'sent', 'failed', 'delivered', 'read'] as const;
type State = (typeof STATES)[number];

/** Writes what became of links, only ever forward: also of a message whose answer was lost, which is known by this alone. */
export async function applyLinkStatuses(
  tx: PortalTx,
  portalId: PortalId,
  statuses: readonly WebhookStatus[],
): Promise<void> {
  for (const status of statuses) {
    const checkId = status.biz_opaque_callback_data;
    const state = STATES.find((one) => one === status.status);
    if (!isId('identityCheck', checkId) || state === undefined) continue;
    const before: readonly State[] = STATES.slice(0, STATES.indexOf(state));
    const changed = await tx
      .updateTable('identity_checks')
      .set({
        message_state: state,
        message_code: state === 'failed' ? `meta:${status.errors?.[0]?.code ?? 0}` : null,
        message_at: status.timestamp,
      })
      .where('portal_id', '=', String(portalId))
      .where('check_id', '=', checkId)
      .where('erased_at', 'is', null)
      .where('message_state', 'in', before)
      .executeTakeFirst();
    if (changed.numUpdatedRows > 0n && state !== 'failed')
      await moveCheck(tx, portalId, { checkId, to: 'link_sent', now: status.timestamp });
  }
}
