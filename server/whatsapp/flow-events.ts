import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { FlowEvent } from './webhook-body.ts';

/** Longer than anybody looks back; Meta's own figures go back as far. */
const KEPT_MS = 90 * 86_400_000;
/** A body is bounded by the route; of an event nobody knows this much is enough to learn its shape. */
const MAX_RAW_LENGTH = 16_000;

/** The events of section 10 that warn with `alert_state`. */
export const ALARM_EVENTS = [
  'CLIENT_ERROR_RATE',
  'ENDPOINT_ERROR_RATE',
  'ENDPOINT_LATENCY',
  'ENDPOINT_AVAILABILITY',
] as const;
const KNOWN_EVENTS = new Set<string>([...ALARM_EVENTS, 'FLOW_STATUS_CHANGE', 'FLOW_VERSION_EXPIRY_WARNING']);

export function isAlarmEvent(event: string): boolean {
  return ALARM_EVENTS.some((known) => known === event);
}

/**
 * Keeps what Meta reported. Again with the same webhook changes nothing. Of an event we know, its figures; one we do not know whole
 * and sealed, since nobody can say what is in it.
 */
export async function recordFlowEvent(
  tx: PortalTx,
  keys: PortalKeys,
  portalId: PortalId,
  o: { inboxId: string; accountId: string; event: FlowEvent; raw: unknown; receivedAt: Date },
): Promise<void> {
  const { event } = o;
  const eventId = `fev_${o.inboxId.slice(o.inboxId.indexOf('_') + 1)}`;
  const isKnown = KNOWN_EVENTS.has(event.event) && event.flow_id !== undefined;
  const raw = isKnown
    ? null
    : await keys.seal(portalId, rawPurpose(eventId), JSON.stringify(o.raw).slice(0, MAX_RAW_LENGTH));
  await tx
    .insertInto('flow_events')
    .values({
      portal_id: portalId,
      event_id: eventId,
      account_id: o.accountId,
      meta_flow_id: event.flow_id ?? null,
      event: event.event.slice(0, 80),
      alert_state: event.alert_state?.slice(0, 40) ?? null,
      detail: JSON.stringify(isKnown ? detailOf(event) : {}),
      raw_sealed: raw,
      received_at: o.receivedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .deleteFrom('flow_events')
    .where('portal_id', '=', String(portalId))
    .where('received_at', '<', new Date(o.receivedAt.getTime() - KEPT_MS))
    .execute();
}

export const rawPurpose = (eventId: string): string => `flow_events.raw:${eventId}`;

/** Figures and codes only; the sentences of Meta are in its own words and need not be kept. */
function detailOf(event: FlowEvent): Record<string, unknown> {
  const { old_status, new_status, error_rate, threshold, p90_latency, p50_latency, requests_count, availability } =
    event;
  const errors = event.errors?.slice(0, 20).map(({ error_type, error_rate: rate, error_count: count }) => ({
    type: error_type.slice(0, 80),
    rate,
    count,
  }));
  return {
    old_status,
    new_status,
    error_rate,
    threshold,
    p90_latency,
    p50_latency,
    requests_count,
    availability,
    errors,
  };
}

/** Whether Meta's last word on any of its alarms of this flow is that it is on. */
export async function hasActiveAlarm(tx: PortalTx, portalId: PortalId, metaFlowId: string): Promise<boolean> {
  const { rows } = await sql<{ alert_state: string | null }>`
    select distinct on (event) alert_state from flow_events
    where portal_id = ${String(portalId)} and meta_flow_id = ${metaFlowId} and event = any(${[...ALARM_EVENTS]})
    order by event, received_at desc, event_id desc`.execute(tx);
  return rows.some((row) => row.alert_state === 'ACTIVATED');
}
