import type { FlowLanguage } from '../flow-words/languages.ts';

/** The zero of the digits that keyboards of a language write beside 0 to 9; full-width ones come with a full-width colon. */
const FULL_WIDTH = 0xff10;
const ZEROS: Partial<Record<FlowLanguage, number>> = {
  ar: 0x0660,
  fa: 0x06f0,
  hi: 0x0966,
  bn: 0x09e6,
  ja: FULL_WIDTH,
  'zh-Hans': FULL_WIDTH,
  'zh-Hant': FULL_WIDTH,
};

/** What the phone takes as a time of day, from 0:00 to 23:59, in the digits of the form's language; `asciiDigits` reads them. */
export function timePattern(language: FlowLanguage): string {
  const zero = ZEROS[language];
  const digits = (from: number, to: number) => {
    const range = (start: number) => `${String.fromCodePoint(start + from)}-${String.fromCodePoint(start + to)}`;
    return `[${range(0x30)}${zero === undefined ? '' : range(zero)}]`;
  };
  const colon = zero === FULL_WIDTH ? '[:：]' : ':';
  const hours = `(${digits(0, 1)}?${digits(0, 9)}|${digits(2, 2)}${digits(0, 3)})`;
  return `^${hours}${colon}${digits(0, 5)}${digits(0, 9)}$`;
}
