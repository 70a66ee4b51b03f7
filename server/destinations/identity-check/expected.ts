import { z } from 'zod';
import { lookupHash } from '../../keys/vault.ts';
import type { Mismatch } from './check-state.ts';
import type { Subject } from './subject.ts';

const USE = 'identity-expected';

/** What the vendor's findings are compared with: keyed hashes of words and of the date, so that no answer outlives its retention. */
export const expectedSchema = z.object({
  first: z.array(z.string()),
  last: z.array(z.string()),
  birthDate: z.string().nullable(),
});
export type Expected = z.infer<typeof expectedSchema>;
/** What the vendor read on the document; what it did not say is absent. */
export type Findings = {
  firstName?: string | undefined;
  lastName?: string | undefined;
  birthDate?: string | undefined;
};

/** The hashes to keep of what the person wrote. `dataKey` is the portal's. Pure. */
export function toExpected(dataKey: Buffer, subject: Subject): Expected {
  return {
    first: hashesOf(dataKey, subject.firstName),
    last: hashesOf(dataKey, subject.lastName),
    birthDate: subject.birthDate ? hashOf(dataKey, subject.birthDate) : null,
  };
}

/**
 * What does not agree. Documents have more given names than people write, order and accents differ, and vendors put them all into
 * capitals: one given name and every word of the family name must be on the document. What either side does not say is no
 * mismatch. Pure.
 */
export function mismatchesOf(dataKey: Buffer, expected: Expected, found: Findings): Mismatch[] {
  const mismatches: Mismatch[] = [];
  const words = new Set(hashesOf(dataKey, `${found.firstName ?? ''} ${found.lastName ?? ''}`));
  const hasFirst = expected.first.length === 0 || expected.first.some((hash) => words.has(hash));
  const hasLast = expected.last.every((hash) => words.has(hash));
  if (words.size > 0 && !(hasFirst && hasLast)) mismatches.push('name_mismatch');
  const birthDate = found.birthDate && expected.birthDate ? hashOf(dataKey, found.birthDate.slice(0, 10)) : null;
  if (birthDate !== null && birthDate !== expected.birthDate) mismatches.push('birth_date_mismatch');
  return mismatches;
}

/** `Müller`, `MUELLER` and `Muller` are one name on different documents (ICAO 9303 transliterates). */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/ä|ae/g, 'a')
    .replace(/ö|oe/g, 'o')
    .replace(/ü|ue/g, 'u')
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}

function hashesOf(dataKey: Buffer, text: string | undefined): string[] {
  return [...new Set(wordsOf(text ?? ''))].map((word) => hashOf(dataKey, word));
}

function hashOf(dataKey: Buffer, value: string): string {
  return lookupHash(dataKey, USE, value).toString('base64url');
}
