import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { isSupportedCountry } from 'libphonenumber-js';
import { AppError } from '../app-error.ts';
import type { Identity } from '../keys/identity.ts';

/** Whom a message goes to. A phone number is preferred where it is known: it keeps the number in Meta's webhooks (whatsapp-users.md section 4). */
export type Recipient = { kind: 'phone'; e164: string } | { kind: 'bsuid'; bsuid: string };

/** Null for somebody of whom neither is known. */
export function recipientOf({ phone, bsuid }: Pick<Identity, 'phone' | 'bsuid'>): Recipient | null {
  if (phone) return { kind: 'phone', e164: phone };
  return bsuid ? { kind: 'bsuid', bsuid } : null;
}

/** Business-scoped user id, also a parent's (whatsapp-users.md section 1). Its letters keep their case. */
export const BSUID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;
const E164 = /^\+[1-9]\d{5,14}$/;

export function isBsuid(value: string): boolean {
  return BSUID.test(value);
}

/**
 * The address fields of a message, the one place that writes them: a number in `to`, a business-scoped id in `recipient`.
 * An id in `to` is answered with success and never delivered, so it is refused here (whatsapp-users.md section 4).
 */
export function recipientFields(recipient: Recipient): { to: string } | { recipient: string } {
  if (recipient.kind === 'phone') {
    if (!E164.test(recipient.e164)) throw badRecipient();
    return { to: recipient.e164.slice(1) };
  }
  if (!isBsuid(recipient.bsuid)) throw badRecipient();
  return { recipient: recipient.bsuid };
}

function badRecipient(): AppError {
  return new AppError('bad_recipient', { status: 500, message: 'A recipient is neither a number nor an id' });
}

/** A number as a person wrote it, in E.164; null when it is not a possible one. `country` is for numbers without a prefix. */
export function parseNumber(text: string, country: string | null): string | null {
  const fallback: CountryCode | undefined = country !== null && isSupportedCountry(country) ? country : undefined;
  const written = text.trim().replace(/^00/, '+');
  const parsed = parsePhoneNumberFromString(written, fallback);
  return parsed?.isValid() === true ? parsed.number : null;
}

/** Meta's `wa_id`: the digits of E.164 without the plus. Not checked against number plans: Meta says it exists. */
export function numberOfWaId(waId: string): string | null {
  const e164 = `+${waId.replace(/\D/g, '')}`;
  return E164.test(e164) ? e164 : null;
}

/** For people: `+49 30 5550001`. */
export function formatNumber(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
}

/** The country of a number, such as `DE`; null when it has none. */
export function countryOfNumber(text: string): string | null {
  return parsePhoneNumberFromString(text.startsWith('+') ? text : `+${text}`)?.country ?? null;
}
