/** The zeros of the digits that phones type in our languages: Arabic, Persian, Hindi, Bengali, Tamil, Telugu, Thai. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0be6, 0x0c66, 0x0e50];

/**
 * The text with every digit as 0 to 9 and with our marks around them: people type numbers, times and phone numbers in the digits
 * of their keyboard, and a Japanese or Chinese one makes full-width ones. Characters that show nothing are left out.
 */
export function asciiDigits(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\p{Nd}/gu, asciiDigit)
    .replaceAll('\u066b', '.')
    .replaceAll('\u066c', '');
}

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = ZEROS.find((one) => code >= one && code < one + 10);
  return zero === undefined ? digit : String(code - zero);
}
