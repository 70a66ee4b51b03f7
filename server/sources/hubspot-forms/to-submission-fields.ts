import { isOwnQuestion } from '@flowella/shared/form/appointment.ts';
import { ownMember } from '@flowella/shared/form/own-member.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import { resolveCondition } from '@flowella/shared/compile/resolve-condition.ts';
import { communicationConsentId, PROCESSING_CONSENT_ID } from '@flowella/shared/form/consent-questions.ts';
import { evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import { conditionSchema } from '@flowella/shared/form/form-schema.ts';
import type { Consent, Form, HiddenField } from '@flowella/shared/form/form.ts';
import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import { z } from 'zod';

export type SubmissionField = { objectTypeId: string; name: string; value: string };

export type LegalConsentOptions =
  | {
      consent: {
        consentToProcess: boolean;
        text: string;
        communications: { value: boolean; subscriptionTypeId: number; text: string }[];
      };
    }
  | { legitimateInterest: { value: boolean; subscriptionTypeId: number; legalBasis: string; text: string } };

export type SubmissionFields = { fields: SubmissionField[]; legalConsentOptions?: LegalConsentOptions };

const originSchema = z.object({
  objectTypeId: z.string(),
  name: z.string(),
  optionValues: z.record(z.string(), z.string()).optional(),
  visibleWhen: conditionSchema.optional(),
});

/**
 * Answers as HubSpot's secure form submission takes them (form-tools.md 1.3, hubspot-platform.md 5.8): every value a string,
 * several choices joined by `;`, a tick as "true" or "false", a date as epoch milliseconds at midnight UTC, hidden defaults
 * included, unanswered questions left out. Full document numbers stay out unless `allowDocumentNumber` names the question.
 * `today` (`YYYY-MM-DD`) decides relative conditions of dependent hidden fields.
 */
export function toSubmissionFields(
  form: Form,
  answers: Answers,
  options: { allowDocumentNumber?: readonly string[]; today?: string } = {},
): SubmissionFields {
  const fields: SubmissionField[] = [];
  for (const item of form.pages.flatMap((page) => page.items)) {
    if (item.kind === 'statement' || isOwnQuestion(item.id)) continue;
    const answer = answers[item.id];
    if (!answer) continue;
    if (looksLikeDocumentNumber(item) && !options.allowDocumentNumber?.includes(item.id)) continue;
    const origin = originSchema.parse(item.origin);
    const value = toValue(answer, origin.optionValues ?? {});
    if (value !== null) fields.push({ objectTypeId: origin.objectTypeId, name: origin.name, value });
  }
  const today = options.today ?? '1970-01-01';
  fields.push(...form.hidden.flatMap((hidden) => hiddenField(hidden, form.hidden, answers, today)));
  const legalConsentOptions = form.consent && toLegalConsent(form.consent, answers);
  return legalConsentOptions ? { fields, legalConsentOptions } : { fields };
}

/** A hidden field may depend on answers and on other hidden fields. */
function hiddenField(
  hidden: HiddenField,
  all: readonly HiddenField[],
  answers: Answers,
  today: string,
): SubmissionField[] {
  const { objectTypeId, name, visibleWhen } = originSchema.parse(hidden.origin);
  if (hidden.value === undefined) return [];
  if (visibleWhen) {
    const { condition, holds } = resolveCondition(visibleWhen, (id) => {
      const field = all.find((one) => one.id === id);
      return field ? { kind: 'hidden', field } : { kind: 'asked' };
    });
    if (!(condition ? evaluateCondition(condition, answers, today) : holds)) return [];
  }
  return [{ objectTypeId, name, value: hidden.value }];
}

function toValue(answer: Answer, optionValues: Record<string, string>): string | null {
  const valueOf = (choiceId: string) => ownMember(optionValues, choiceId) ?? choiceId;
  switch (answer.kind) {
    case 'boolean':
      return String(answer.value);
    case 'choice':
      return valueOf(answer.choiceId);
    case 'choices':
    case 'ranking':
      return answer.choiceIds.map(valueOf).join(';');
    case 'date':
      return String(Date.parse(`${answer.value}T00:00:00Z`));
    case 'duration':
      return String(answer.seconds);
    // HubSpot takes the address of a file uploaded through its Files API (form-tools.md 1.3).
    case 'files': {
      const addresses = answer.files.flatMap((file) => file.storedUrl ?? []);
      return addresses.length > 0 ? addresses.join(';') : null;
    }
    default:
      return answer.value;
  }
}

function toLegalConsent(consent: Consent, answers: Answers): LegalConsentOptions | undefined {
  if (consent.kind === 'legitimate-interest') {
    const subscriptionTypeId = Number(consent.subscriptionTypeIds?.[0] ?? NaN);
    if (Number.isNaN(subscriptionTypeId)) return undefined;
    const legalBasis = consent.legalBasis ?? 'OTHER';
    return { legitimateInterest: { value: true, subscriptionTypeId, legalBasis, text: consent.privacyText ?? '' } };
  }
  const isExplicit = consent.kind === 'explicit';
  const processing = answers[PROCESSING_CONSENT_ID];
  return {
    consent: {
      // Implicit consent is given by sending the form, under the text that stands above the button.
      consentToProcess: isExplicit ? isTicked(processing) : true,
      text: (isExplicit ? consent.processingCheckboxLabel : undefined) ?? consent.processingText ?? '',
      communications: communicationsOf(consent, answers),
    },
  };
}

/** One entry per subscription type, since HubSpot refuses a second one: the box that was ticked speaks for its type. */
function communicationsOf(consent: Consent, answers: Answers) {
  const byType = new Map<number, { value: boolean; subscriptionTypeId: number; text: string }>();
  for (const box of consent.communications) {
    const subscriptionTypeId = Number(box.subscriptionTypeId || NaN);
    if (Number.isNaN(subscriptionTypeId)) continue;
    const value = isTicked(answers[communicationConsentId(box.id)]);
    if (byType.has(subscriptionTypeId) && !value) continue;
    byType.set(subscriptionTypeId, { value, subscriptionTypeId, text: box.label });
  }
  return [...byType.values()];
}

function isTicked(answer: Answer | undefined): boolean {
  return answer?.kind === 'boolean' && answer.value;
}
