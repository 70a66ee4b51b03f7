import type { StoppedGroup, StoppedGroupsResponse, StoppedListResponse } from '@flowella/shared/contract/stopped.ts';
import { sql } from 'kysely';
import { withPortal, type Db, type PortalId, type PortalTx } from '../db/db.ts';
import { mendGoneText, mendText } from '../delivery/mend-texts.ts';
import { stopped } from '../delivery/replay-stopped.ts';
import { countHeldForForm } from '../destinations/form-submission/count-held-for-form.ts';
import { FORM_GONE, HELD_FOR_FORM } from '../destinations/form-submission/form-submission-destination.ts';
import { PERSON_ASKED, DESTINATION_KINDS, type DestinationKind } from '../destinations/destination.ts';
import type { Language } from '../hubspot/language.ts';
import { answersKeptUntil } from './delete-expired-answers.ts';

const PAGE = 25;
const MAX_REASONS = 3;
/** More are not counted: a page must open as fast while a million wait. */
const MAX_COUNTED = 10_000;

/** What stopped, in groups that are mended in one way, the largest first, and how much is still under way by itself. */
export async function viewStopped(
  services: { db: Db },
  portalId: PortalId,
  language: Language,
): Promise<StoppedGroupsResponse> {
  return withPortal(services.db, portalId, async (tx) => {
    const groups = toGroups(await countByReason(tx, portalId), await oldestToDelete(tx, portalId), language);
    return { groups: await withFormGone(tx, portalId, groups, language), underWay: await countUnderWay(tx, portalId) };
  });
}

/**
 * Whose form is gone may be given up: offered once, with those that wait for the same reason, for what was held for a change before
 * waits for the same form.
 */
async function withFormGone(
  tx: PortalTx,
  portalId: PortalId,
  groups: StoppedGroup[],
  language: Language,
): Promise<StoppedGroup[]> {
  const held = groups.filter(({ destination, state }) => destination === 'form-submission' && state === 'held');
  const target = held.find(({ code }) => code === FORM_GONE) ?? held.find(({ code }) => HELD_FOR_FORM.includes(code));
  if (!target) return groups;
  const formGone = (await countHeldForForm(tx, portalId, { onlyGone: true })).map(
    ({ flowId, flowName, count, nowhereElse }) => ({ flowId, flowName, count, nowhereElse }),
  );
  const mend = target.code === FORM_GONE && formGone.length > 0 ? mendGoneText(language) : target.mend;
  return groups.map((group) => (group === target ? { ...group, formGone, mend } : group));
}

type Counted = {
  destination: string;
  state: 'dead' | 'held';
  code: string;
  reason: string;
  count: string;
  oldest: Date;
};

/** Along the index of what stopped, without a look at the submissions: there may be a million of them. */
async function countByReason(tx: PortalTx, portalId: PortalId): Promise<Counted[]> {
  const { rows } = await sql<Counted>`
    select destination, state, coalesce(reason_code, '') as code, coalesce(reason, '') as reason,
           count(*) as count, min(created_at) as oldest
    from deliveries where portal_id = ${portalId} and state in ('dead', 'held')
    group by 1, 2, 3, 4`.execute(tx);
  return rows;
}

type Kept = { destination: string; state: 'dead' | 'held'; code: string; retention: unknown; oldest: Date };

/** The oldest of each group whose answers will be deleted, by flow: only flows that delete any are looked at. */
async function oldestToDelete(tx: PortalTx, portalId: PortalId): Promise<Kept[]> {
  const { rows } = await sql<Kept>`
    select d.destination, d.state, coalesce(d.reason_code, '') as code, f.retention, min(s.accepted_at) as oldest
    from flows f
    join submissions s on s.portal_id = f.portal_id and s.flow_id = f.flow_id and s.answers_sealed is not null
    join deliveries d on d.portal_id = s.portal_id and d.submission_id = s.submission_id and d.state in ('dead', 'held')
    where f.portal_id = ${portalId} and f.retention ->> 'kind' <> 'keep'
    group by 1, 2, 3, 4`.execute(tx);
  return rows;
}

const groupOf = (row: { destination: string; state: string; code: string }): string =>
  `${row.destination} ${row.state} ${row.code}`;

function toGroups(rows: readonly Counted[], kept: readonly Kept[], language: Language): StoppedGroup[] {
  const keptBy = Map.groupBy(kept, groupOf);
  return [...Map.groupBy(rows, groupOf)]
    .flatMap(([group, own]) => toGroup(own, keptBy.get(group) ?? [], language))
    .toSorted((a, b) => b.count - a.count || a.oldestAt.localeCompare(b.oldestAt) || a.code.localeCompare(b.code));
}

function toGroup(rows: readonly Counted[], kept: readonly Kept[], language: Language): StoppedGroup[] {
  const [first] = rows;
  const destination = kindOf(first?.destination);
  if (!first || !destination) return [];
  const untils = kept.flatMap((row) => answersKeptUntil(row.retention, row.oldest)?.toISOString() ?? []);
  return [
    {
      destination,
      state: first.state,
      code: first.code,
      count: rows.reduce((sum, row) => sum + Number(row.count), 0),
      reasons: sentencesOf(rows),
      mend: mendText(first.code, language),
      formGone: [],
      oldestAt: new Date(Math.min(...rows.map((row) => row.oldest.getTime()))).toISOString(),
      answersUntil: untils.toSorted()[0] ?? null,
    },
  ];
}

function sentencesOf(rows: readonly Counted[]): { text: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.reason, (counts.get(row.reason) ?? 0) + Number(row.count));
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .toSorted((a, b) => b.count - a.count || a.text.localeCompare(b.text))
    .slice(0, MAX_REASONS);
}

/** The two states are read apart: each has an index of its own. */
async function countUnderWay(tx: PortalTx, portalId: PortalId): Promise<StoppedGroupsResponse['underWay']> {
  const { rows } = await sql<{ destination: string; count: string; next_try: Date | null }>`
    select destination, count(*) as count,
           -- What waits for a person is not tried at a time of ours.
           min(due_at) filter (where state = 'waiting' and reason_code is distinct from ${PERSON_ASKED}) as next_try
    from ((select destination, state, due_at, reason_code from deliveries where portal_id = ${portalId} and state = 'waiting'
             and reason_code is distinct from 'blocked' limit ${MAX_COUNTED})
          union all
          (select destination, state, due_at, reason_code from deliveries where portal_id = ${portalId} and state = 'delivering'
             and reason_code is distinct from 'blocked' limit ${MAX_COUNTED})) as counted
    group by destination`.execute(tx);
  const total = rows.reduce((sum, row) => sum + Number(row.count), 0);
  return DESTINATION_KINDS.flatMap((destination) => {
    const row = rows.find((one) => one.destination === destination);
    if (!row) return [];
    const nextTryAt = row.next_try?.toISOString() ?? null;
    return [{ destination, count: Number(row.count), atLeast: total >= MAX_COUNTED, nextTryAt }];
  });
}

/** The deliveries of one group, oldest first; `after` is the cursor of the page before. Ids and reasons only, no answer. */
export async function listStopped(
  services: { db: Db },
  portalId: PortalId,
  o: { destination: DestinationKind; code: string; after?: string | undefined; contactUrl: (id: string) => string },
): Promise<StoppedListResponse> {
  const rows = await withPortal(services.db, portalId, (tx) =>
    stopped(tx, portalId, o, o.after ?? '0')
      .innerJoin('submissions as s', (join) =>
        join.onRef('s.portal_id', '=', 'd.portal_id').onRef('s.submission_id', '=', 'd.submission_id'),
      )
      .innerJoin('flows as f', (join) =>
        join.onRef('f.portal_id', '=', 's.portal_id').onRef('f.flow_id', '=', 's.flow_id'),
      )
      .select(['d.delivery_id', 'd.submission_id', 'd.state', 'd.reason', 'd.attempt', 'd.updated_at', 'd.seq'])
      .select(['s.contact_id', 's.accepted_at', 'f.name as flow_name'])
      .orderBy('d.seq')
      .limit(PAGE + 1)
      .execute(),
  );
  const page = rows.slice(0, PAGE);
  return {
    deliveries: page.map((row) => ({
      deliveryId: row.delivery_id,
      submissionId: row.submission_id,
      destination: o.destination,
      state: row.state === 'held' ? ('held' as const) : ('dead' as const),
      reason: row.reason,
      attempts: row.attempt,
      flowName: row.flow_name,
      acceptedAt: row.accepted_at.toISOString(),
      stoppedAt: row.updated_at.toISOString(),
      contactLink: row.contact_id ? o.contactUrl(row.contact_id) : null,
    })),
    after: rows.length > PAGE ? (page.at(-1)?.seq ?? null) : null,
  };
}

function kindOf(kind: string | undefined): DestinationKind | undefined {
  return DESTINATION_KINDS.find((known) => known === kind);
}
