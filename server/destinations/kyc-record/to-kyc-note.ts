import type { Language, Texts } from '../../hubspot/language.ts';
import { escapeHtml, referenceLine } from '../activities.ts';
import type { DeliveryItem } from '../destination.ts';

/**
 * The note beside the contact's KYC properties: that an identity was submitted, with the document's kind, last characters and
 * expiry. Name, birth date and address stand in the properties alone, where permissions can hide them. Pure.
 */
export function toKycNote(
  item: Pick<DeliveryItem, 'flowName' | 'finishedAt' | 'submissionId'>,
  record: Readonly<Record<string, string>>,
  language: Language,
): Record<string, string> {
  const head: Texts = {
    en: `Identity details received by the WhatsApp flow “${item.flowName}”. Status: submitted by the person, not checked.`,
    de: `Identitätsangaben über den WhatsApp-Flow „${item.flowName}“ erhalten. Status: von der Person angegeben, nicht geprüft.`,
  };
  const labels: [string, Texts][] = [
    ['flowella_kyc_document_type', { en: 'Document', de: 'Dokument' }],
    ['flowella_kyc_document_last4', { en: 'Last characters', de: 'Letzte Zeichen' }],
    ['flowella_kyc_document_expiry', { en: 'Expires', de: 'Gültig bis' }],
  ];
  const lines = labels.flatMap(([property, label]) => {
    const value = record[property];
    return value ? [`${label[language]}: ${value}`] : [];
  });
  const paragraphs = [head[language], ...lines, referenceLine(item.submissionId)].map(
    (line) => `<p>${escapeHtml(line)}</p>`,
  );
  return { hs_note_body: paragraphs.join(''), hs_timestamp: item.finishedAt.toISOString() };
}
