import { asciiDigits } from '@flowella/shared/form/ascii-digits.ts';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { isSupportedCountry } from 'libphonenumber-js/max';

export type PhoneResult = { kind: 'phone'; e164: string } | { kind: 'invalid' } | { kind: 'no-country' };

/**
 * A typed phone number as E.164. Without a country code the number is read as one of `country` (ISO 3166-1 alpha-2), the
 * form's or the person's own; where neither is known the person must add it, since a guessed country reaches a stranger.
 */
export function normalizePhone(text: string, country: string | undefined): PhoneResult {
  const typed = asciiDigits(text)
    .trim()
    .replace(/^00(?=[1-9])/, '+');
  const known: CountryCode | undefined = country && isSupportedCountry(country) ? country : undefined;
  if (!typed.startsWith('+') && !known)
    return /\d{4,}/.test(typed.replace(/\D/g, '')) ? { kind: 'no-country' } : { kind: 'invalid' };
  const parsed = parsePhoneNumberFromString(typed, known);
  return parsed?.isValid() ? { kind: 'phone', e164: parsed.number } : { kind: 'invalid' };
}
