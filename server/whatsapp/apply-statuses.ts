import { sql } from 'kysely';
import type { PortalId, PortalTx } from '../db/db.ts';
import { isId } from '../ids.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import { recordConsent } from './consents.ts';
import { meetPerson, readPerson } from './persons.ts';
import { numberOfWaId } from './recipient.ts';
import type { WebhookStatus } from './webhook-body.ts';

type Known = 'sent' | 'delivered' | 'read' | 'failed';

/** A message's states in order: a status never moves it backwards (whatsapp-flows.md section 9.5). */
const RANK = { sent: 3, failed: 4, delivered: 5, read: 6 } as const satisfies Record<Known, number>;

type Merged = {
  sendId: string | null;
  wamid: string;
  state: Known;
  times: Partial<Record<Known, Date>>;
  errorCode: number | null;
};

export type AppliedStatuses = {
  /** Indexes of statuses whose message we do not know (yet). */
  unmatched: number[];
};

/**
 * Writes the statuses of many messages in one statement. Found by the send id that came back with them, else by Meta's
 * message id: so none is lost that arrives before the answer of the send (flow-rules.md section 7).
 */
export async function applyStatuses(
  tx: PortalTx,
  portalId: PortalId,
  statuses: readonly WebhookStatus[],
): Promise<AppliedStatuses> {
  const merged = mergeByMessage(statuses);
  if (merged.length === 0) return { unmatched: [] };
  const iso = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  const rows = merged.map((one) => ({
    send_id: one.sendId,
    wamid: one.wamid,
    state: one.state,
    rank: RANK[one.state],
    sent_at: iso(one.times.sent),
    delivered_at: iso(one.times.delivered),
    read_at: iso(one.times.read),
    failed_at: iso(one.times.failed),
    error_code: one.errorCode === null ? null : `meta:${one.errorCode}`,
  }));
  const { rows: found } = await sql<{ wamid: string }>`
    update sends s set
      state = case when n.rank > array_position(array['queued','sending','unknown','sent','failed','delivered','read'], replace(s.state, 'accepted', 'unknown')) - 1
                   then n.state else s.state end,
      wamid = coalesce(s.wamid, n.wamid),
      sent_at = least(s.sent_at, n.sent_at), delivered_at = least(s.delivered_at, n.delivered_at),
      read_at = least(s.read_at, n.read_at), failed_at = least(s.failed_at, n.failed_at),
      error_code = case when n.state = 'failed' and s.state not in ('delivered', 'read') then coalesce(n.error_code, s.error_code) else s.error_code end,
      open = case when n.state = 'failed' and s.state not in ('delivered', 'read') then false else s.open end,
      closed_reason = case when n.state = 'failed' and s.state not in ('delivered', 'read') and s.open then 'failed' else s.closed_reason end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n(
      send_id text, wamid text, state text, rank integer,
      sent_at timestamptz, delivered_at timestamptz, read_at timestamptz, failed_at timestamptz, error_code text)
    where s.portal_id = ${portalId}
      and ((n.send_id is not null and s.send_id = n.send_id and (s.wamid is null or s.wamid = n.wamid)) or (n.send_id is null and s.wamid = n.wamid))
    returning n.wamid`.execute(tx);
  const matched = new Set(found.map((row) => row.wamid));
  return {
    unmatched: statuses.flatMap((status, index) => (matched.has(status.id) || !isKnown(status) ? [] : [index])),
  };
}

function isKnown(status: WebhookStatus): status is WebhookStatus & { status: Known } {
  return status.status in RANK;
}

function mergeByMessage(statuses: readonly WebhookStatus[]): Merged[] {
  const byMessage = new Map<string, Merged>();
  for (const status of statuses) {
    if (!isKnown(status)) continue;
    const callback = status.biz_opaque_callback_data;
    const merged = byMessage.get(status.id) ?? {
      sendId: null,
      wamid: status.id,
      state: status.status,
      times: {},
      errorCode: null,
    };
    if (isId('send', callback)) merged.sendId = callback;
    if (RANK[status.status] > RANK[merged.state]) merged.state = status.status;
    const before = merged.times[status.status];
    if (!before || status.timestamp < before) merged.times[status.status] = status.timestamp;
    if (status.status === 'failed') merged.errorCode = status.errors?.[0]?.code ?? merged.errorCode;
    byMessage.set(status.id, merged);
  }
  return [...byMessage.values()];
}

/**
 * What a status says about its person: the business-scoped id behind a number we sent to (not from a failed one, rule 3), an
 * opt-out (131050), a window that was shut (131047).
 */
export async function learnFromStatus(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  status: WebhookStatus,
): Promise<void> {
  const code = status.errors?.[0]?.code;
  const isRefusal = status.status === 'failed' && (code === 131050 || code === 131047);
  if (!isRefusal && (status.status === 'failed' || !status.recipient_user_id)) return;
  const send = await tx
    .selectFrom('sends')
    .innerJoin('persons', (join) =>
      join.onRef('persons.portal_id', '=', 'sends.portal_id').onRef('persons.person_id', '=', 'sends.person_id'),
    )
    .select(['sends.person_id', 'persons.bsuid_hash', 'persons.portfolio_id'])
    .where('sends.portal_id', '=', String(portalId))
    .where('sends.wamid', '=', status.id)
    .executeTakeFirst();
  if (!send) return;
  if (isRefusal) return obeyRefusal(tx, tools, portalId, { personId: send.person_id, code, at: status.timestamp });
  if (send.bsuid_hash !== null) return;
  const person = await readPerson(tx, tools, portalId, send.person_id);
  const phone = status.recipient_id ? numberOfWaId(status.recipient_id) : null;
  // The number of the status may have been normalised by Meta: only the one we sent to is proved.
  if (!person?.identity.phone || (phone !== null && phone !== person.identity.phone)) return;
  await meetPerson(tx, tools, portalId, {
    phone: person.identity.phone,
    bsuid: status.recipient_user_id,
    parentBsuid: status.recipient_parent_user_id,
    portfolioId: send.portfolio_id,
    phoneSource: 'status',
    at: status.timestamp,
  });
}

async function obeyRefusal(
  tx: PortalTx,
  tools: { keys: PortalKeys },
  portalId: PortalId,
  o: { personId: string; code: number | undefined; at: Date },
): Promise<void> {
  const person = await readPerson(tx, tools, portalId, o.personId);
  if (!person) return;
  if (o.code === 131050) {
    await recordConsent(tx, tools, portalId, {
      who: person.identity,
      state: 'opted_out',
      source: 'meta-131050',
      at: o.at,
    });
    return;
  }
  await tx
    .updateTable('persons')
    .set({ last_inbound_at: null })
    .where('portal_id', '=', String(portalId))
    .where('person_id', '=', person.personId)
    .where('last_inbound_at', '<', o.at)
    .execute();
}
