import { randomInt, timingSafeEqual } from 'node:crypto';
import { asciiDigits } from '@flowella/shared/form/ascii-digits.ts';
import { CODE_LENGTH } from '@flowella/shared/compile/confirm-screen.ts';
import { lookupHash } from '../../keys/vault.ts';
import { normaliseSurname } from './normalise-surname.ts';

/** The two halves of a proof, as keyed hashes. Made under the portal's key for one send, they fit nowhere else. */
export type ProofHashes = { surname: Buffer; code: Buffer };

/** A uniform number below `max`; `crypto.randomInt` by default. */
export type RandomBelow = (max: number) => number;

/** A new code: six digits, each as likely as the other, from the system's secure random source. */
export function newCode(random: RandomBelow = randomInt): string {
  return String(random(10 ** CODE_LENGTH)).padStart(CODE_LENGTH, '0');
}

export function hashSurname(dataKey: Buffer, sendId: string, surname: string): Buffer {
  return lookupHash(dataKey, `confirmation surname:${sendId}`, normaliseSurname(surname));
}

/** In any script's digits, with or without spaces between them. */
export function hashCode(dataKey: Buffer, sendId: string, code: string): Buffer {
  return lookupHash(dataKey, `confirmation code:${sendId}`, asciiDigits(code).replace(/[\s-]/g, ''));
}

/**
 * Whether both halves fit. Both are always compared, each in constant time, and combined without a short cut: what was wrong shows
 * neither in the answer nor in the work. `equal` is an argument so that a test can count.
 */
export function proofFits(
  kept: ProofHashes,
  given: ProofHashes,
  equal: (a: Buffer, b: Buffer) => boolean = timingSafeEqual,
): boolean {
  const surname = Number(equal(kept.surname, given.surname));
  const code = Number(equal(kept.code, given.code));
  return (surname & code) === 1;
}
