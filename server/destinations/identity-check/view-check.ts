import type { IdentityCheckView } from '@flowella/shared/contract/identity.ts';
import type { Language, Texts } from '../../hubspot/language.ts';
import { isFinal } from './check-state.ts';
import { mismatchesSchema, openLink, reasonsSchema, type CheckRow } from './checks.ts';
import { linkNote, RISK_TEXTS, STATE_TEXTS } from './identity-texts.ts';
import { VENDOR_NAMES } from './vendors/vendors.ts';

/** States of the message in which the rep is asked to hand the link on. */
const BY_REP: readonly (string | null)[] = ['by_rep', 'failed', 'unknown'];

/** One check as the rep's card shows it: the link while somebody must hand it on, the reasons, and what the vendor said since. */
export function viewIdentityCheck(check: CheckRow, dataKey: Buffer, language: Language): IdentityCheckView {
  const needsRep = !isFinal(check.state) && check.vendor_reference !== null && BY_REP.includes(check.message_state);
  const code = check.message_state === 'by_rep' ? check.message_code : check.message_state;
  const mismatches = mismatchesSchema.parse(check.mismatches);
  return {
    state: check.state,
    vendor: check.vendor,
    reference: check.vendor_reference,
    at: check.state_at.toISOString(),
    status: `${VENDOR_NAMES[check.vendor]}: ${STATE_TEXTS[check.state][language]}`,
    reasons: [...mismatches.map((mismatch) => RISK_TEXTS[mismatch][language]), ...reasonsSchema.parse(check.reasons)],
    link: needsRep ? openLink(dataKey, check) : null,
    note: check.later_status ? laterNote(check)[language] : needsRep ? linkNote(code, language) : null,
  };
}

function laterNote(check: CheckRow): Texts {
  const vendor = VENDOR_NAMES[check.vendor];
  return {
    en: `After this result ${vendor} said “${check.later_status}”. The result here stays as it was; look at it in ${vendor}, and correct the KYC record by hand if need be.`,
    de: `Nach diesem Ergebnis meldete ${vendor} „${check.later_status}“. Das Ergebnis hier bleibt, wie es war; sehen Sie bei ${vendor} nach, und berichtigen Sie den KYC-Datensatz bei Bedarf von Hand.`,
  };
}
