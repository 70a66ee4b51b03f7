import type { z } from 'zod';
import { withPortal, type PortalId } from '../db/db.ts';
import { getAccountSecrets } from './accounts.ts';
import { numbersOf, registerOnNumbers } from './rotate-flow-key.ts';
import type { WhatsappServices } from './services.ts';
import type { flowEventSchema } from './webhook-body.ts';

type FlowEvent = z.infer<typeof flowEventSchema>;

/** What Meta's status of a published flow means for sending (whatsapp-flows.md section 6.9). */
const STATES: Record<string, { state: 'published' | 'paused' | 'retired'; reason: string | null }> = {
  PUBLISHED: { state: 'published', reason: null },
  THROTTLED: { state: 'paused', reason: 'throttled' },
  BLOCKED: { state: 'paused', reason: 'blocked' },
  DEPRECATED: { state: 'retired', reason: 'deprecated' },
};

/** Errors that say that Meta's copy of our public key is gone or does not fit: it is registered again (section 7). */
const KEY_ERRORS = ['public-key-missing', 'public-key-signiture-verification', 'public-key-signature-verification'];

/** The health of a flow at Meta: pauses and resumes it, says why, and mends a lost key. */
export async function applyFlowEvent(
  services: WhatsappServices,
  o: { portalId: PortalId; accountId: string; event: FlowEvent },
): Promise<void> {
  const { event, portalId } = o;
  services.log.info({ portalId, flowEvent: event.event, alert: event.alert_state }, 'Meta reports on a flow');
  if (event.event === 'FLOW_STATUS_CHANGE') return applyStatus(services, o);
  if (event.alert_state !== 'ACTIVATED' && event.alert_state !== 'DEACTIVATED') return;
  await setReason(services, o, event.alert_state === 'ACTIVATED');
  const types = (event.errors ?? []).map((error) => error.error_type.toLowerCase().replaceAll('_', '-'));
  if (types.some((type) => KEY_ERRORS.includes(type))) await registerAgain(services, o);
}

async function applyStatus(services: WhatsappServices, o: { portalId: PortalId; event: FlowEvent }): Promise<void> {
  const change = STATES[o.event.new_status ?? ''];
  if (!change) return;
  await withPortal(services.db, o.portalId, (tx) =>
    tx
      .updateTable('flows')
      .set({ state: change.state, state_reason: change.reason, updated_at: services.clock.now() })
      .where('portal_id', '=', String(o.portalId))
      .where('meta_flow_id', '=', o.event.flow_id)
      // A publication of ours puts the flow through these states itself.
      .where('state', 'in', ['published', 'paused'])
      .execute(),
  );
}

async function setReason(
  services: WhatsappServices,
  o: { portalId: PortalId; event: FlowEvent },
  isActive: boolean,
): Promise<void> {
  await withPortal(services.db, o.portalId, (tx) =>
    tx
      .updateTable('flows')
      .set({ state_reason: isActive ? 'endpoint_alert' : null })
      .where('portal_id', '=', String(o.portalId))
      .where('meta_flow_id', '=', o.event.flow_id)
      .where('state', '=', 'published')
      .execute(),
  );
}

async function registerAgain(services: WhatsappServices, o: { portalId: PortalId; accountId: string }): Promise<void> {
  const secrets = await getAccountSecrets(services, o.portalId, o.accountId);
  const numbers = await numbersOf(services, o.portalId, o.accountId);
  await registerOnNumbers(services, o.portalId, { accountId: o.accountId, secrets, numbers });
}
