const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** U+2068 takes the direction of what follows, U+2069 ends it (UAX #9, isolates). */
export const ISOLATE = '\u2068';
export const END_ISOLATE = '\u2069';

/** Whether any letter of a text is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/**
 * The value as it can stand in that text: where one of the two is written from right to left, set apart so that neither reorders
 * the other. `+49 151 23456789` in an Arabic sentence would be read from its end.
 */
export function isolatedIn(text: string, value: string): string {
  return value !== '' && (hasRightToLeft(text) || hasRightToLeft(value)) ? `${ISOLATE}${value}${END_ISOLATE}` : value;
}
