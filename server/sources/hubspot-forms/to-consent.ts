import { ownMember } from '@flowella/shared/form/own-member.ts';
import type { Consent } from '@flowella/shared/form/form.ts';
import type { LegalConsent } from './definition.ts';
import { canonicalHash } from './canonical-hash.ts';
import { htmlToLine, htmlToText } from './html-to-text.ts';

const KINDS: Readonly<Record<string, Consent['kind']>> = {
  explicit_consent_to_process: 'explicit',
  implicit_consent_to_process: 'implicit',
  legitimate_interest: 'legitimate-interest',
};
const BASES: Readonly<Record<string, Consent['legalBasis']>> = { client: 'CUSTOMER', lead: 'LEAD', other: 'OTHER' };

/** `legalConsentOptions` with every text as it will be shown; undefined for `none` and for types we do not know. */
export function toConsent(raw: LegalConsent | undefined): Consent | undefined {
  const kind = raw && ownMember(KINDS, raw.type);
  if (!raw || !kind) return undefined;
  const consent: Omit<Consent, 'textVersion'> = {
    kind,
    processingText: plain(raw.consentToProcessText),
    processingCheckboxLabel: plain(raw.consentToProcessCheckboxLabel),
    processingFooter: plain(raw.consentToProcessFooterText),
    communicationText: plain(raw.communicationConsentText),
    privacyText: plain(raw.privacyText),
    communications: toCommunications(raw.communicationsCheckboxes),
  };
  if (kind === 'legitimate-interest') {
    consent.legalBasis = ownMember(BASES, raw.lawfulBasis ?? '') ?? 'OTHER';
    consent.subscriptionTypeIds = raw.subscriptionTypeIds;
  }
  const present = Object.fromEntries(Object.entries(consent).filter(([, value]) => value !== undefined));
  return { ...consent, ...present, textVersion: canonicalHash(present) };
}

function toCommunications(boxes: LegalConsent['communicationsCheckboxes']): Consent['communications'] {
  const used = new Map<string, number>();
  return boxes.map((box, index) => {
    const subscriptionTypeId = box.subscriptionTypeId ?? '';
    const name = subscriptionTypeId || `communication-${index + 1}`;
    const times = (used.get(name) ?? 0) + 1;
    used.set(name, times);
    return {
      id: times === 1 ? name : `${name}-${times}`,
      label: htmlToLine(box.label ?? ''),
      required: box.required ?? false,
      subscriptionTypeId,
    };
  });
}

function plain(html: string | undefined): string | undefined {
  const text = html === undefined ? '' : htmlToText(html).text;
  return text === '' ? undefined : text;
}
