import type { Consent, Question } from './form.ts';
import { linkIn } from './link-in.ts';

/** Question id of the consent to store and process, whether it is a box to tick or a text. */
export const PROCESSING_CONSENT_ID = 'consent/processing';

/** Question id of one communications box. */
export function communicationConsentId(communicationId: string): string {
  return `consent/${communicationId}`;
}

/** True for the questions that are made of a form's consent, whatever tool it comes from. */
export function isConsentId(questionId: string): boolean {
  return questionId.startsWith('consent/');
}

/**
 * The boxes of a consent as questions, in the order in which they are shown. Implicit consent and legitimate interest have
 * no box for the processing: their text alone is shown. The labels are the exact texts.
 */
export function consentQuestions(consent: Consent): Question[] {
  const { processingText = '', processingCheckboxLabel = '', privacyText = '' } = consent;
  const boxes = consent.communications.map((box): Question => ({
    kind: 'checkbox',
    id: communicationConsentId(box.id),
    label: box.label,
    required: box.required,
    mustAccept: box.required,
    origin: {},
  }));
  if (consent.kind !== 'explicit') return boxes;
  // The box is often plain, and the policy linked in the text above it.
  const linkUrl = linkIn([processingCheckboxLabel, processingText, privacyText]);
  const processing: Question = {
    kind: 'checkbox',
    id: PROCESSING_CONSENT_ID,
    label: consent.processingCheckboxLabel ?? consent.processingText ?? '',
    required: true,
    mustAccept: true,
    ...(linkUrl === undefined ? {} : { linkUrl }),
    origin: {},
  };
  return [processing, ...boxes];
}
