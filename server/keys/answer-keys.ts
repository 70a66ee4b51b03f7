import { randomBytes } from 'node:crypto';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { screenTimesSchema, type ScreenTime } from '@flowella/shared/form/screen-times.ts';
import { DATA_KEY_BYTES, seal, unseal } from './vault.ts';

/**
 * Answers are sealed with a key of their own per submission, wrapped by the portal's: destroying the wrapped key with the row
 * makes copies in backups unreadable (engineering notes, *Privacy, said honestly*).
 */
export function sealAnswers(
  dataKey: Buffer,
  submissionId: string,
  answers: Answers,
  screens: readonly ScreenTime[] | null = null,
): { sealed: Buffer; wrappedKey: Buffer; sealedScreens: Buffer | null } {
  const key = randomBytes(DATA_KEY_BYTES);
  return {
    sealed: seal(key, `submissions.answers:${submissionId}`, JSON.stringify(answers)),
    // Which screens a person came by tells what they answered.
    sealedScreens: screens && seal(key, `submissions.screens:${submissionId}`, JSON.stringify(screens)),
    wrappedKey: seal(dataKey, `submissions.key:${submissionId}`, key),
  };
}

export function openAnswers(dataKey: Buffer, submissionId: string, sealed: Buffer, wrappedKey: Buffer): Answers {
  const key = unseal(dataKey, `submissions.key:${submissionId}`, wrappedKey);
  return JSON.parse(unseal(key, `submissions.answers:${submissionId}`, sealed).toString('utf8')) as Answers; // authenticated: only sealAnswers can have made it
}

/** The times of a submission's screens; empty where nobody can know them, or the answers are gone. */
export function openScreens(
  dataKey: Buffer,
  row: { submission_id: string; screens_sealed: Buffer | null; answers_key_wrapped: Buffer | null },
): ScreenTime[] {
  const { submission_id: id, screens_sealed: sealed, answers_key_wrapped: wrappedKey } = row;
  if (!sealed || !wrappedKey) return [];
  const key = unseal(dataKey, `submissions.key:${id}`, wrappedKey);
  return screenTimesSchema.parse(JSON.parse(unseal(key, `submissions.screens:${id}`, sealed).toString('utf8')));
}
