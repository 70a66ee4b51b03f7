/** Letters that are more than a base letter with a mark, as people write them who have no such key. */
const SPELT: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
};

/** Of Latin, Greek and Cyrillic letters, and vowel points of Hebrew and Arabic. Signs of Indic scripts are letters to their readers. */
const MARKS = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g;

/**
 * A surname as it is compared: without regard to case, marks, spaces, hyphens and apostrophes, so that `Müller-Łuck` is `Mueller Luck`.
 * `ae`, `oe` and `ue` count as the vowel alone, since that is how umlauts are spelt out. Empty where there is no letter. Pure.
 */
export function normaliseSurname(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(/[ßæœøđðłþıħ]/g, (letter) => SPELT[letter] ?? letter)
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
    .replace(/([aou])e/g, '$1');
}
