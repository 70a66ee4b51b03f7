import type { Answers } from '@flowella/shared/form/answers.ts';
import type { ScreenTime } from '@flowella/shared/form/screen-times.ts';
import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { sql } from 'kysely';
import type pg from 'pg';
import type { PortalTx } from '../db/db.ts';
import { LANE, type Lane } from '../delivery/lanes.ts';
import { wakeUpJobs, type WakeUps } from '../delivery/wake-ups.ts';
import { AWAITS, type Destination, type DestinationKind } from '../destinations/destination.ts';
import { newId } from '../ids.ts';
import { sealAnswers } from '../keys/answer-keys.ts';
import { hashOf, keepRepeat } from './repeats.ts';

export type Acceptance = {
  portalId: number;
  sendId: string;
  flowId: string;
  versionId: string;
  formId: string;
  formRevision: string;
  contactId: string | null;
  personId: string;
  mapping: Mapping;
  answers: Answers;
  acceptedFrom: 'endpoint' | 'nfm_reply';
  locale: string | null;
  openedAt: Date | null;
  /** When the answers of each screen came; null where nobody can know, as in a light flow. */
  screens: readonly ScreenTime[] | null;
  finishedAt: Date;
  /** `backfill` for what nobody waits for, such as an import; `live` where left out. */
  lane?: Lane;
};

export type Accepted = { submissionId: string; first: boolean };

/** Whose answers they are stands in the send that they are for. */
export type RunAcceptance = Omit<Acceptance, 'personId' | 'contactId'>;

export type AcceptTools = { destinations: readonly Destination[]; dataKey: Buffer; now: Date };

/**
 * Accepts the answers of a finished session once (design, *Accept once*): the submission, its deliveries and their wake-ups in
 * the caller's transaction, which must commit before the phone hears SUCCESS. The first acceptance of a send wins; a repeat
 * finds it, and one whose answers differ is recorded beside it.
 */
export async function acceptSubmission(
  tx: PortalTx,
  tools: AcceptTools & { wakeUps: WakeUps },
  acceptance: Acceptance,
): Promise<Accepted> {
  const { portalId, sendId, personId, contactId } = acceptance;
  const made = prepare(tools, acceptance);
  const { rows } = await sql<{ first: boolean }>`
    select accept_submission(${portalId}, ${sendId}, ${personId}, ${contactId}, ${made.submission}, ${made.sealed},
                             ${made.wrappedKey}, ${made.hash}, ${made.deliveries}) as first`.execute(tx);
  if (!rows[0]?.first) return { submissionId: await keepRepeat(tx, tools, acceptance), first: false };
  await tools.wakeUps.add(tx, portalId, made.due);
  return { submissionId: made.submissionId, first: true };
}

/**
 * The same for a run whose answers rest on the session with one of the marks `known`, in one round trip and a transaction of its own, which
 * is committed when this answers. Person and contact are those of the send by then. `repeated`: accepted before, `refused`: not to be
 * accepted as it is (`accept_run`, migration 160); nothing is written in either case.
 */
export async function acceptRun(
  pool: pg.Pool,
  tools: AcceptTools,
  acceptance: RunAcceptance,
  known: readonly number[],
): Promise<{ kind: 'accepted'; submissionId: string } | { kind: 'repeated' | 'refused' }> {
  const { portalId, sendId } = acceptance;
  const made = prepare(tools, acceptance);
  const { rows } = await pool.query<{ came_to: 'accepted' | 'repeated' | 'refused' }>({
    name: 'accept_run',
    text: 'select accept_run($1, $2, $3, $4, $5, $6, $7, $8, $9) as came_to',
    values: [
      portalId,
      sendId,
      known,
      made.submission,
      made.sealed,
      made.wrappedKey,
      made.hash,
      made.deliveries,
      wakeUpJobs(portalId, made.due),
    ],
  });
  const kind = rows[0]?.came_to ?? 'refused';
  return kind === 'accepted' ? { kind, submissionId: made.submissionId } : { kind };
}

/** What the functions of migration 160 take, and the destinations that can be delivered to at once: whose turn comes later is woken then. */
type Prepared = {
  submissionId: string;
  submission: string;
  sealed: Buffer;
  wrappedKey: Buffer;
  hash: Buffer;
  deliveries: string;
  due: DestinationKind[];
};

function prepare({ destinations, dataKey, now }: AcceptTools, acceptance: RunAcceptance): Prepared {
  const { answers } = acceptance;
  const submissionId = newId('submission');
  const { sealedScreens, ...sealed } = sealAnswers(dataKey, submissionId, answers, acceptance.screens);
  const kinds = new Set(Object.values(answers).map(({ kind }) => kind));
  const asked = { files: kinds.has('files'), appointment: kinds.has('appointment') };
  const wanted = destinations.filter((destination) => destination.wanted(acceptance.mapping, asked));
  const ids = new Map<DestinationKind | null | undefined, string>(wanted.map(({ kind }) => [kind, newId('delivery')]));
  return {
    submissionId,
    submission: JSON.stringify({
      submission_id: submissionId,
      flow_id: acceptance.flowId,
      version_id: acceptance.versionId,
      form_id: acceptance.formId,
      form_revision: acceptance.formRevision,
      accepted_from: acceptance.acceptedFrom,
      question_count: Object.keys(answers).length,
      locale: acceptance.locale,
      opened_at: acceptance.openedAt,
      screens_sealed: sealedScreens?.toString('base64') ?? null,
      finished_at: acceptance.finishedAt,
      accepted_at: now,
      lane: LANE[acceptance.lane ?? 'live'],
    }),
    ...sealed,
    hash: hashOf(dataKey, answers),
    deliveries: JSON.stringify(
      wanted.map(({ kind, dependsOn }) => ({
        delivery_id: ids.get(kind),
        destination: kind,
        depends_on: ids.get(dependsOn) ?? null,
      })),
    ),
    due: wanted.filter(({ kind, dependsOn }) => !ids.has(dependsOn) && !ids.has(AWAITS[kind])).map(({ kind }) => kind),
  };
}

/** The submission of a send, when it was accepted: a finished token must answer SUCCESS again. */
export async function submissionOfSend(tx: PortalTx, portalId: number, sendId: string): Promise<string | null> {
  const { rows } = await sql<{
    submission_id: string;
  }>`select submission_id from submissions where portal_id = ${portalId} and send_id = ${sendId}`.execute(tx);
  return rows[0]?.submission_id ?? null;
}
