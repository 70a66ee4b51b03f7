import { withPortal, type PortalId, type PortalTx } from '../db/db.ts';
import { foldErrorType } from '../endpoint/error-types.ts';
import { getAccountSecrets } from './accounts.ts';
import { hasActiveAlarm, isAlarmEvent, recordFlowEvent } from './flow-events.ts';
import { takeMetaStatus } from './flow-status.ts';
import { numbersOf, registerOnNumbers } from './rotate-flow-key.ts';
import type { WhatsappServices } from './services.ts';
import type { FlowEvent } from './webhook-body.ts';

/** Errors that say that Meta's copy of our public key is gone or does not fit: it is registered again (section 7). */
const KEY_ERRORS = ['public-key-missing', 'public-key-signiture-verification', 'public-key-signature-verification'];

/** What Meta reports on a flow: kept, and acted on where we know what it means. Pauses and resumes the flow, and mends a lost key. */
export async function applyFlowEvent(
  services: WhatsappServices,
  o: { portalId: PortalId; accountId: string; inboxId: string; receivedAt: Date; event: FlowEvent; raw: unknown },
): Promise<void> {
  const { event, portalId } = o;
  services.log.info({ portalId, flowEvent: event.event, alert: event.alert_state }, 'Meta reports on a flow');
  await withPortal(services.db, portalId, async (tx) => {
    await services.keys.dataKey(portalId, tx);
    await recordFlowEvent(tx, services.keys, portalId, o);
    if (event.flow_id === undefined) return;
    if (event.event === 'FLOW_STATUS_CHANGE' && event.new_status !== undefined) {
      const { flow_id: metaFlowId, new_status: status } = event;
      await takeMetaStatus(tx, portalId, { metaFlowId, status, from: 'webhook', now: services.clock.now() });
    }
    if (isAlarmEvent(event.event)) await showAlarm(tx, portalId, event.flow_id);
  });
  const types = (event.errors ?? []).map((error) => foldErrorType(error.error_type));
  if (event.alert_state === 'ACTIVATED' && types.some((type) => KEY_ERRORS.includes(type)))
    await registerAgain(services, o);
}

/** A flow that works but is warned of says so; what paused it is the weightier reason. */
async function showAlarm(tx: PortalTx, portalId: PortalId, metaFlowId: string): Promise<void> {
  const isActive = await hasActiveAlarm(tx, portalId, metaFlowId);
  await tx
    .updateTable('flows')
    .set({ state_reason: isActive ? 'endpoint_alert' : null })
    .where('portal_id', '=', String(portalId))
    .where('meta_flow_id', '=', metaFlowId)
    .where('state', '=', 'published')
    .execute();
}

async function registerAgain(services: WhatsappServices, o: { portalId: PortalId; accountId: string }): Promise<void> {
  const secrets = await getAccountSecrets(services, o.portalId, o.accountId);
  const numbers = await numbersOf(services, o.portalId, o.accountId);
  await registerOnNumbers(services, o.portalId, { accountId: o.accountId, secrets, numbers });
}
