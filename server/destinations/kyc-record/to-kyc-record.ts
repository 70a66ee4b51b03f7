import type { KycField } from '@flowella/shared/contract/mapping.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import { isComputedId } from '@flowella/shared/form/computed-values.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem } from '../destination.ts';
import { KYC_REFERENCE, KYC_STATUS } from './kyc-properties.ts';

/** Which property holds which part; the document number is the one that is shortened. */
const PROPERTY_OF: Record<KycField, string> = {
  legalName: 'flowella_kyc_legal_name',
  birthDate: 'flowella_kyc_birth_date',
  address: 'flowella_kyc_address',
  nationality: 'flowella_kyc_nationality',
  documentType: 'flowella_kyc_document_type',
  documentNumber: 'flowella_kyc_document_last4',
  documentExpiry: 'flowella_kyc_document_expiry',
  consent: 'flowella_kyc_consent',
};
/** What stands between the answers of a part that several questions ask for. */
const JOINED_BY: Partial<Record<KycField, string>> = { address: ', ' };
/** Parts that HubSpot keeps as a date. */
export const DATE_FIELDS: ReadonlySet<KycField> = new Set(['birthDate', 'documentExpiry']);
const FIELDS: readonly KycField[] = [
  'legalName',
  'birthDate',
  'address',
  'nationality',
  'documentType',
  'documentNumber',
  'documentExpiry',
  'consent',
];

/**
 * The record as properties: status `submitted`, our reference, and every part that was answered. A date that is none is left
 * out. Pure.
 */
export function toKycRecord(
  item: Pick<DeliveryItem, 'form' | 'answers' | 'mapping' | 'submissionId' | 'finishedAt'>,
): Record<string, string> {
  const questions = answeredQuestions(item.form);
  const record: Record<string, string> = {
    [KYC_STATUS]: 'submitted',
    [KYC_REFERENCE]: item.submissionId,
    flowella_kyc_submitted_at: item.finishedAt.toISOString(),
  };
  for (const field of FIELDS) {
    const values = (item.mapping.kycRecord.fields[field] ?? []).flatMap((id) => {
      if (field === 'consent' && isComputedId(id)) return [];
      const answer = item.answers[id];
      return (answer && valueOf(field, answer, questions.get(id))) || [];
    });
    if (values.length > 0) record[PROPERTY_OF[field]] = values.join(JOINED_BY[field] ?? ' ');
  }
  return record;
}

/**
 * The last characters of a document number: four, but never more than half of it, so that a short number is not shown whole.
 */
export function lastCharacters(number: string): string {
  const plain = number.replace(/[^\p{L}\p{N}]/gu, '');
  const shown = Math.min(4, Math.floor(plain.length / 2));
  return shown === 0 ? '' : plain.slice(-shown);
}

function valueOf(field: KycField, answer: Answer, question: Question | undefined): string {
  if (field === 'documentNumber') return lastCharacters(plainText(answer, question));
  if (field === 'consent') return answer.kind === 'boolean' ? String(answer.value) : 'true';
  if (!DATE_FIELDS.has(field)) return plainText(answer, question);
  const text = plainText(answer, question).slice(0, 10);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : '';
}

/** An answer as plain text, choices by their labels; empty for files. Pure. */
export function plainText(answer: Answer, question: Question | undefined): string {
  const label = (id: string): string =>
    question && 'choices' in question ? (question.choices.find((choice) => choice.id === id)?.label ?? id) : id;
  switch (answer.kind) {
    case 'choice':
      return answer.otherText ?? label(answer.choiceId);
    case 'choices':
    case 'ranking':
      return answer.choiceIds.map(label).join(', ');
    case 'boolean':
      return String(answer.value);
    case 'duration':
      return String(answer.seconds);
    case 'files':
      return '';
    default:
      return answer.value;
  }
}
