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

/** A row with a sealed value and the wrapped key that opens it. */
type WithKey = { submission_id: string; answers_key_wrapped: Buffer | null };

/** Null when the answers are gone: erased, or past their retention. */
export function openAnswers(dataKey: Buffer, row: WithKey & { answers_sealed: Buffer | null }): Answers | null {
  return openUnderKey(dataKey, row, 'answers', row.answers_sealed) as Answers | null; // authenticated: only sealAnswers can have made it
}

/** The times of a submission's screens; empty where nobody can know them, or the answers are gone. */
export function openScreens(dataKey: Buffer, row: WithKey & { screens_sealed: Buffer | null }): ScreenTime[] {
  return screenTimesSchema.parse(openUnderKey(dataKey, row, 'screens', row.screens_sealed) ?? []);
}

function openUnderKey(dataKey: Buffer, row: WithKey, what: 'answers' | 'screens', sealed: Buffer | null): unknown {
  const { submission_id: id, answers_key_wrapped: wrappedKey } = row;
  if (!sealed || !wrappedKey) return null;
  const key = unseal(dataKey, `submissions.key:${id}`, wrappedKey);
  return JSON.parse(unseal(key, `submissions.${what}:${id}`, sealed).toString('utf8'));
}
