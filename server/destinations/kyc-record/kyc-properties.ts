import type { PropertySpec } from '../../hubspot/properties.ts';

/** Of a record of ours, wherever it lives: contact properties or a custom object. */
export const KYC_STATUS = 'flowella_kyc_status';
export const KYC_REFERENCE = 'flowella_kyc_reference';

/** What an identity check writes into the record. */
export const KYC_CHECK = {
  status: 'flowella_kyc_check_status',
  vendor: 'flowella_kyc_check_vendor',
  reference: 'flowella_kyc_check_reference',
  at: 'flowella_kyc_check_at',
  reasons: 'flowella_kyc_check_reasons',
  risk: 'flowella_kyc_risk_flag',
  riskReasons: 'flowella_kyc_risk_reasons',
} as const;

const yesNo = [
  { label: 'Yes', value: 'true' },
  { label: 'No', value: 'false' },
];
const text = { type: 'string', fieldType: 'text' } as const;
const day = { type: 'date', fieldType: 'date' } as const;

/**
 * What a KYC record holds. Status begins at `submitted`: the person said so themselves; a check moves it on. Never a full
 * document number: its last characters only (flow-rules.md section 8).
 */
export const KYC_PROPERTIES: readonly PropertySpec[] = [
  {
    name: KYC_STATUS,
    label: 'KYC status',
    type: 'enumeration',
    fieldType: 'select',
    options: [
      { label: 'Submitted', value: 'submitted' },
      { label: 'In review', value: 'in_review' },
      { label: 'Verified', value: 'verified' },
      { label: 'Rejected', value: 'rejected' },
      { label: 'Expired', value: 'expired' },
    ],
  },
  { name: 'flowella_kyc_legal_name', label: 'KYC legal name', ...text },
  { name: 'flowella_kyc_birth_date', label: 'KYC birth date', ...day },
  { name: 'flowella_kyc_address', label: 'KYC address', type: 'string', fieldType: 'textarea' },
  { name: 'flowella_kyc_nationality', label: 'KYC nationality', ...text },
  { name: 'flowella_kyc_document_type', label: 'KYC document type', ...text },
  { name: 'flowella_kyc_document_last4', label: 'KYC document, last characters', ...text },
  { name: 'flowella_kyc_document_expiry', label: 'KYC document expires', ...day },
  {
    name: 'flowella_kyc_consent',
    label: 'KYC consent given',
    type: 'bool',
    fieldType: 'booleancheckbox',
    options: yesNo,
  },
  { name: KYC_REFERENCE, label: 'KYC reference', ...text, description: "Flowella's submission id" },
  { name: 'flowella_kyc_submitted_at', label: 'KYC submitted at', type: 'datetime', fieldType: 'date' },
  {
    name: KYC_CHECK.status,
    label: 'KYC identity check',
    type: 'enumeration',
    fieldType: 'select',
    options: [
      { label: 'Requested', value: 'requested' },
      { label: 'Link sent', value: 'link_sent' },
      { label: 'In progress', value: 'in_progress' },
      { label: 'Needs review', value: 'needs_review' },
      { label: 'Approved', value: 'approved' },
      { label: 'Declined', value: 'declined' },
      { label: 'Expired', value: 'expired' },
      { label: 'Cancelled', value: 'cancelled' },
    ],
  },
  { name: KYC_CHECK.vendor, label: 'KYC identity check by', ...text },
  { name: KYC_CHECK.reference, label: 'KYC identity check, reference', ...text },
  { name: KYC_CHECK.at, label: 'KYC identity check, time', type: 'datetime', fieldType: 'date' },
  { name: KYC_CHECK.reasons, label: 'KYC identity check, reasons', type: 'string', fieldType: 'textarea' },
  { name: KYC_CHECK.risk, label: 'KYC risk flag', type: 'bool', fieldType: 'booleancheckbox', options: yesNo },
  { name: KYC_CHECK.riskReasons, label: 'KYC risk, reasons', type: 'string', fieldType: 'textarea' },
];
