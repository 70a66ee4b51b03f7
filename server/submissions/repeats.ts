import type { Answers } from '@flowella/shared/form/answers.ts';
import { canonical } from '@flowella/shared/form/canonical.ts';
import type { PortalTx } from '../db/db.ts';
import { openAnswers, sealAnswers } from '../keys/answer-keys.ts';
import { lookupHash } from '../keys/vault.ts';

/** Nobody changes an answer more often after it was accepted. Of more, the newest takes the place of the one before it. */
const MAX_REPEATS = 10;

type Repeat = { portalId: number; sendId: string; answers: Answers; acceptedFrom: 'endpoint' | 'nfm_reply' };

/**
 * Keeps answers that came once more for a send that was accepted already, beside the submission, when they differ: the first
 * acceptance counts and was delivered, and the customer sees what came later (design, *Accept once*). Answers the submission's
 * id. The caller holds the send's lock, so that no erasure comes in between.
 */
export async function keepRepeat(tx: PortalTx, tools: { dataKey: Buffer; now: Date }, repeat: Repeat): Promise<string> {
  const first = await submissionOf(tx, repeat);
  const hash = hashOf(tools.dataKey, repeat.answers);
  // What was erased, or is past its retention, does not come back by a repeat.
  if (!first.answers_key_wrapped || first.answers_hash.equals(hash)) return first.submission_id;
  await makeRoom(tx, { portalId: repeat.portalId, submissionId: first.submission_id, hash });
  const { sealed, wrappedKey } = sealAnswers(tools.dataKey, first.submission_id, repeat.answers);
  await tx
    .insertInto('submission_repeats')
    .values({
      portal_id: String(repeat.portalId),
      submission_id: first.submission_id,
      answers_hash: hash,
      accepted_from: repeat.acceptedFrom,
      answers_sealed: sealed,
      answers_key_wrapped: wrappedKey,
      seen_at: tools.now,
    })
    // The same once more: what counts of it is when it was said last.
    .onConflict((conflict) =>
      conflict.columns(['portal_id', 'submission_id', 'answers_hash']).doUpdateSet({ seen_at: tools.now }),
    )
    .execute();
  return first.submission_id;
}

async function makeRoom(
  tx: PortalTx,
  { portalId, submissionId, hash }: { portalId: number; submissionId: string; hash: Buffer },
): Promise<void> {
  const kept = await tx
    .selectFrom('submission_repeats')
    .select('answers_hash')
    .where('portal_id', '=', String(portalId))
    .where('submission_id', '=', submissionId)
    .orderBy('seen_at', 'desc')
    .execute();
  const [newest] = kept;
  if (!newest || kept.length < MAX_REPEATS || kept.some(({ answers_hash }) => answers_hash.equals(hash))) return;
  await tx
    .deleteFrom('submission_repeats')
    .where('portal_id', '=', String(portalId))
    .where('submission_id', '=', submissionId)
    .where('answers_hash', '=', newest.answers_hash)
    .execute();
}

/** The answers a send was accepted with, or null when they are kept no more. */
export async function acceptedAnswers(
  tx: PortalTx,
  dataKey: Buffer,
  send: { portalId: number; sendId: string },
): Promise<Answers | null> {
  return openAnswers(dataKey, await submissionOf(tx, send));
}

function submissionOf(tx: PortalTx, { portalId, sendId }: { portalId: number; sendId: string }) {
  return tx
    .selectFrom('submissions')
    .select(['submission_id', 'answers_hash', 'answers_sealed', 'answers_key_wrapped'])
    .where('portal_id', '=', String(portalId))
    .where('send_id', '=', sendId)
    .executeTakeFirstOrThrow();
}

/** Tells equal answers, in whatever order they came, without opening them: keyed, so that nobody else can confirm a guess. */
export function hashOf(dataKey: Buffer, answers: Answers): Buffer {
  return lookupHash(dataKey, 'answers', canonical(answers));
}
