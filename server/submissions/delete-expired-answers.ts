import { DEFAULT_RETENTION, retentionSchema, STUCK_DAYS, type Retention } from '@flowella/shared/contract/retention.ts';
import { sql } from 'kysely';
import { appendAudit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import { forgetOffers } from '../destinations/calendar/offers.ts';
import { portalLanguage, type Texts } from '../hubspot/language.ts';

const DAY_MS = 86_400_000;
/** Of one flow in one transaction: small enough that nobody waits for its locks. */
const BATCH = 500;

const REASON: Texts = {
  en: 'The answers were deleted as the privacy settings of this flow say, so they cannot be delivered any more.',
  de: 'Die Antworten wurden gelöscht, wie die Datenschutzeinstellungen dieses Flows es vorsehen; sie können nicht mehr zugestellt werden.',
};

/**
 * Deletes the answers whose time is over, in every flow of the portal, with their keys, so that no backup can be read either
 * (design, *Retention*). What is under way to a destination is waited for: it is done or dead within three days; what is
 * blocked behind something dead or held is not under way. Each round of a flow stands in the audit log. Answers how many submissions lost their answers.
 */
export async function deleteExpiredAnswers(services: { db: Db; clock: Clock }, portalId: PortalId): Promise<number> {
  const flows = await withPortal(services.db, portalId, (tx) =>
    tx.selectFrom('flows').select(['flow_id', 'retention']).where('portal_id', '=', String(portalId)).execute(),
  );
  const reason = REASON[await portalLanguage(services.db, portalId)];
  let deleted = 0;
  for (const flow of flows) {
    const retention = retentionSchema.parse(flow.retention);
    if (retention.kind === 'keep') continue;
    for (;;) {
      const round = { portalId, flowId: flow.flow_id, retention, reason, now: services.clock.now() };
      const count = await withPortal(services.db, portalId, (tx) => deleteRound(tx, round));
      deleted += count;
      if (count < BATCH) break;
    }
  }
  return deleted;
}

type Round = { portalId: PortalId; flowId: string; retention: Retention; reason: string; now: Date };

async function deleteRound(tx: PortalTx, round: Round): Promise<number> {
  const ids = await findExpired(tx, round);
  if (ids.length === 0) return 0;
  const portal = String(round.portalId);
  await tx
    .updateTable('submissions')
    // The hash could confirm a guess of the answers to whoever holds the portal's key.
    .set({
      answers_sealed: null,
      answers_key_wrapped: null,
      screens_sealed: null,
      answers_hash: Buffer.alloc(0),
      answers_deleted_at: round.now,
    })
    .where('portal_id', '=', portal)
    .where('submission_id', 'in', ids)
    .execute();
  await forgetOffers(tx, round.portalId, ids);
  await tx.deleteFrom('submission_repeats').where('portal_id', '=', portal).where('submission_id', 'in', ids).execute();
  await tx
    .updateTable('deliveries')
    // Nobody can do anything about it any more, so it is no dead letter.
    .set({ state: 'cancelled', reason_code: 'answers_gone', reason: round.reason, updated_at: round.now })
    .where('portal_id', '=', portal)
    .where('submission_id', 'in', ids)
    // A result comes from the vendor, not from the answers.
    .where('destination', '<>', 'identity-result')
    .where((eb) => eb.or([eb('state', 'in', ['dead', 'held']), eb.and({ state: 'waiting', reason_code: 'blocked' })]))
    .execute();
  await appendAudit(tx, round.portalId, round.now, {
    actor: 'system',
    action: 'answers.deleted',
    subject: `flow:${round.flowId}`,
    detail: { submissions: ids.length, rule: ruleName(round.retention) },
  });
  return ids.length;
}

/** A submission that a worker or a person holds is taken up in the next round. */
async function findExpired(tx: PortalTx, { portalId, flowId, retention, now }: Round): Promise<string[]> {
  const days = retention.kind === 'days' ? retention.days : STUCK_DAYS;
  const expired = new Date(now.getTime() - days * DAY_MS);
  const passesThrough = retention.kind === 'pass-through';
  const { rows } = await sql<{ submission_id: string }>`
    select s.submission_id from submissions s
    where s.portal_id = ${portalId} and s.flow_id = ${flowId} and s.answers_sealed is not null
      and not exists (select 1 from deliveries d where d.portal_id = s.portal_id and d.submission_id = s.submission_id
                      and (d.state = 'delivering' or (d.state = 'waiting' and d.reason_code is distinct from 'blocked')))
      and (s.accepted_at <= ${expired}
           or (${passesThrough}
               and exists (select 1 from deliveries d where d.portal_id = s.portal_id
                           and d.submission_id = s.submission_id and d.state = 'delivered')
               and not exists (select 1 from deliveries d where d.portal_id = s.portal_id
                               and d.submission_id = s.submission_id and d.state in ('dead', 'held'))))
    order by s.accepted_at limit ${BATCH} for update skip locked`.execute(tx);
  return rows.map((row) => row.submission_id);
}

function ruleName(retention: Retention): string {
  return retention.kind === 'days' ? `${retention.days} days` : retention.kind;
}

/**
 * When answers that were accepted then will be deleted at the latest; null when nobody has set a time. With *pass through* that is
 * once all is delivered; what is stuck has thirty days. Pure.
 */
export function answersKeptUntil(retention: unknown, acceptedAt: Date): Date | null {
  const rule = retentionSchema.catch(DEFAULT_RETENTION).parse(retention);
  if (rule.kind === 'keep') return null;
  return new Date(acceptedAt.getTime() + (rule.kind === 'days' ? rule.days : STUCK_DAYS) * DAY_MS);
}
