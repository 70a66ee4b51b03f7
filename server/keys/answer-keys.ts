import { randomBytes } from 'node:crypto';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { DATA_KEY_BYTES, seal, unseal } from './vault.ts';

/**
 * Answers are sealed with a key of their own per submission, wrapped by the portal's: destroying the wrapped key with the row
 * makes copies in backups unreadable (engineering notes, *Privacy, said honestly*).
 */
export function sealAnswers(
  dataKey: Buffer,
  submissionId: string,
  answers: Answers,
): { sealed: Buffer; wrappedKey: Buffer } {
  const key = randomBytes(DATA_KEY_BYTES);
  return {
    sealed: seal(key, `submissions.answers:${submissionId}`, JSON.stringify(answers)),
    wrappedKey: seal(dataKey, `submissions.key:${submissionId}`, key),
  };
}

export function openAnswers(dataKey: Buffer, submissionId: string, sealed: Buffer, wrappedKey: Buffer): Answers {
  const key = unseal(dataKey, `submissions.key:${submissionId}`, wrappedKey);
  return JSON.parse(unseal(key, `submissions.answers:${submissionId}`, sealed).toString('utf8')) as Answers; // authenticated: only sealAnswers can have made it
}
