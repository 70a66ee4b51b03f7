const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** U+2068 takes the direction of what follows, U+2069 ends it (UAX #9, isolates). */
const ISOLATE = '\u2068';
const END = '\u2069';

/** Whether any letter of a text is written from right to left. */
export function hasRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/**
 * A value to be put into a text of the other direction, or of an unknown one, set apart so that neither reorders the other:
 * `+49 151 23456789` in an Arabic sentence would be read from its end.
 */
export function isolated(value: string): string {
  return `${ISOLATE}${value}${END}`;
}

/** The value as it can stand in that text: set apart where one of the two is written from right to left. */
export function isolatedIn(text: string, value: string): string {
  return value !== '' && (hasRightToLeft(text) || hasRightToLeft(value)) ? isolated(value) : value;
}
