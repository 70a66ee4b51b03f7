import type { IdentityCheckView } from '@flowella/shared/contract/identity.ts';
import type { Language, Texts } from '../../hubspot/language.ts';
import { isFinal } from './check-state.ts';
import { mismatchesSchema, openLink, reasonsSchema, type CheckRow } from './checks.ts';
import { linkNote, RISK_TEXTS, STATE_TEXTS } from './identity-texts.ts';
import { VENDOR_NAMES } from './vendors/vendors.ts';

const EXPIRED = {
  again: {
    en: 'The check ended before the person had finished it. You can send them a new link.',
    de: 'Die Prüfung ist abgelaufen, bevor die Person sie abgeschlossen hat. Sie können ihr einen neuen Link senden.',
  },
  answersGone: {
    en: 'The check ended before the person had finished it. Its answers were deleted since, so no new one can be started from them: send the flow again.',
    de: 'Die Prüfung ist abgelaufen, bevor die Person sie abgeschlossen hat. Die Antworten wurden inzwischen gelöscht, daher kann daraus keine neue angelegt werden: Senden Sie den Flow erneut.',
  },
} satisfies Record<string, Texts>;

const NEVER_STARTED: Texts = {
  en: 'The answers were deleted before this check could be started, so the person got no link. To have them checked, send the flow again.',
  de: 'Die Antworten wurden gelöscht, bevor diese Prüfung angelegt werden konnte; die Person hat keinen Link bekommen. Um sie zu prüfen, senden Sie den Flow erneut.',
};

/** States of the message in which the rep is asked to hand the link on. */
const BY_REP: readonly (string | null)[] = ['by_rep', 'failed', 'unknown'];

/** One check as the rep's card shows it: the link while somebody must hand it on, the reasons, and what the vendor said since. */
export function viewIdentityCheck(
  check: CheckRow,
  o: { dataKey: Buffer; hasAnswers: boolean; language: Language },
): IdentityCheckView {
  const { language } = o;
  const needsRep = !isFinal(check.state) && check.vendor_reference !== null && BY_REP.includes(check.message_state);
  const isExpired = check.state === 'expired' && check.erased_at === null;
  const mismatches = mismatchesSchema.parse(check.mismatches);
  return {
    state: check.state,
    vendor: check.vendor,
    reference: check.vendor_reference,
    at: check.state_at.toISOString(),
    status: `${VENDOR_NAMES[check.vendor]}: ${STATE_TEXTS[check.state][language]}`,
    reasons: [...mismatches.map((mismatch) => RISK_TEXTS[mismatch][language]), ...reasonsSchema.parse(check.reasons)],
    link: needsRep ? openLink(o.dataKey, check) : null,
    note: noteOf(check, { ...o, needsRep }),
    canRenew: isExpired && o.hasAnswers,
  };
}

function noteOf(check: CheckRow, o: { hasAnswers: boolean; needsRep: boolean; language: Language }): string | null {
  if (check.later_status) return laterNote(check)[o.language];
  if (check.erased_at === null && check.state === 'expired')
    return EXPIRED[o.hasAnswers ? 'again' : 'answersGone'][o.language];
  // Only the vendor cancels one that was started.
  if (check.erased_at === null && check.state === 'cancelled' && check.vendor_reference === null)
    return NEVER_STARTED[o.language];
  if (!o.needsRep) return null;
  return linkNote(check.message_state === 'by_rep' ? check.message_code : check.message_state, o.language);
}

function laterNote(check: CheckRow): Texts {
  const vendor = VENDOR_NAMES[check.vendor];
  return {
    en: `After this result ${vendor} said “${check.later_status}”. The result here stays as it was; look at it in ${vendor}, and correct the KYC record by hand if need be.`,
    de: `Nach diesem Ergebnis meldete ${vendor} „${check.later_status}“. Das Ergebnis hier bleibt, wie es war; sehen Sie bei ${vendor} nach, und berichtigen Sie die KYC-Akte bei Bedarf von Hand.`,
  };
}
