import type { CheckState, RiskRule } from '@flowella/shared/contract/identity.ts';
import type { Language, Texts } from '../../hubspot/language.ts';
import { escapeHtml, referenceLine } from '../activities.ts';
import { KYC_CHECK, KYC_STATUS } from '../kyc-record/kyc-properties.ts';
import { risksOf } from './check-state.ts';
import { mismatchesSchema, reasonsSchema, type CheckRow } from './checks.ts';
import { RISK_TEXTS, STATE_TEXTS } from './identity-texts.ts';
import { VENDOR_NAMES } from './vendors/vendors.ts';

/** What a check makes of the record's own status; a cancelled one leaves it as the person's word. */
const STATUS: Record<CheckState, string> = {
  requested: 'submitted',
  link_sent: 'submitted',
  in_progress: 'in_review',
  needs_review: 'in_review',
  approved: 'verified',
  declined: 'rejected',
  expired: 'expired',
  cancelled: 'submitted',
};

type Result = Pick<
  CheckRow,
  'state' | 'state_at' | 'vendor' | 'vendor_reference' | 'reasons' | 'mismatches' | 'vendor_status' | 'later_status'
>;

/** The check as properties of the KYC record, the risk flag by the customer's rules; nothing of a document. Pure. */
export function toResultRecord(check: Result, rules: readonly RiskRule[], language: Language): Record<string, string> {
  const risks = risksOf({ state: check.state, mismatches: mismatchesSchema.parse(check.mismatches) }, rules);
  return {
    [KYC_STATUS]: STATUS[check.state],
    [KYC_CHECK.status]: check.state,
    [KYC_CHECK.vendor]: VENDOR_NAMES[check.vendor],
    [KYC_CHECK.reference]: check.vendor_reference ?? '',
    [KYC_CHECK.at]: check.state_at.toISOString(),
    [KYC_CHECK.reasons]: reasonsSchema.parse(check.reasons).join('\n'),
    [KYC_CHECK.risk]: String(risks.length > 0),
    [KYC_CHECK.riskReasons]: risks.map((risk) => RISK_TEXTS[risk][language]).join('\n'),
  };
}

/** The note about a state that a person should read; `marker` is how it is found again. Pure. */
export function toResultNote(
  check: Result,
  o: { rules: readonly RiskRule[]; language: Language; marker: string },
): Record<string, string> {
  const { language } = o;
  const vendor = VENDOR_NAMES[check.vendor];
  const head: Texts = {
    en: `Identity check by ${vendor}: ${STATE_TEXTS[check.state].en}.`,
    de: `Identitätsprüfung durch ${vendor}: ${STATE_TEXTS[check.state].de}.`,
  };
  const risks = risksOf({ state: check.state, mismatches: mismatchesSchema.parse(check.mismatches) }, o.rules);
  const labels = language === 'de' ? { risk: 'Risiko', reason: 'Grund' } : { risk: 'Risk', reason: 'Reason' };
  const lines = [
    head[language],
    ...risks.map((risk) => `${labels.risk}: ${RISK_TEXTS[risk][language]}`),
    ...reasonsSchema.parse(check.reasons).map((reason) => `${labels.reason}: ${reason}`),
    ...(check.vendor_reference ? [`${vendor}: ${check.vendor_reference}`] : []),
    referenceLine(o.marker),
  ];
  return {
    hs_note_body: lines.map((line) => `<p>${escapeHtml(line)}</p>`).join(''),
    hs_timestamp: check.state_at.toISOString(),
  };
}
