import type { IdentityField } from '@flowella/shared/contract/identity.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem } from '../destination.ts';
import { plainText } from '../kyc-record/to-kyc-record.ts';

/** What a vendor is told of the person, in plain text; `birthDate` is YYYY-MM-DD, `country` ISO 3166-1 alpha-2. */
export type Subject = Partial<Record<IdentityField, string>>;

export const SUBJECT_FIELDS: readonly IdentityField[] = [
  'firstName',
  'lastName',
  'birthDate',
  'email',
  'phone',
  'street',
  'city',
  'postalCode',
  'country',
];
/** ISO 3166-1 alpha-2 of a country by code or name; null when it is none. */
export type CountryOf = (text: string) => string | null;

/** The mapped answers as vendors take them: what is not mapped, not answered or no such value is left out. Pure. */
export function toSubject(item: Pick<DeliveryItem, 'form' | 'answers' | 'mapping'>, countryOf: CountryOf): Subject {
  const questions = answeredQuestions(item.form);
  const fields = item.mapping.identityCheck?.fields ?? {};
  const subject: Subject = {};
  for (const field of SUBJECT_FIELDS) {
    const texts = (fields[field] ?? []).flatMap((id) => {
      const answer = item.answers[id];
      return answer ? [plainText(answer, questions.get(id)).trim()] : [];
    });
    const value = clean(field, texts.filter((text) => text !== '').join(' '), countryOf);
    if (value !== '') subject[field] = value;
  }
  return subject;
}

function clean(field: IdentityField, text: string, countryOf: CountryOf): string {
  switch (field) {
    case 'birthDate': {
      const day = text.slice(0, 10);
      return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : '';
    }
    case 'country':
      return text === '' ? '' : (countryOf(text) ?? '');
    case 'phone':
      return text.replace(/[^\d+]/g, '');
    default:
      return text.slice(0, 200);
  }
}
