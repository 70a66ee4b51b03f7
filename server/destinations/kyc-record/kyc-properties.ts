import type { PropertySpec } from '../../hubspot/properties.ts';

/** Of a record of ours, wherever it lives: contact properties or a custom object. */
export const KYC_STATUS = 'flowella_kyc_status';
export const KYC_REFERENCE = 'flowella_kyc_reference';

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
    options: [
      { label: 'Yes', value: 'true' },
      { label: 'No', value: 'false' },
    ],
  },
  { name: KYC_REFERENCE, label: 'KYC reference', ...text, description: "Flowella's submission id" },
  { name: 'flowella_kyc_submitted_at', label: 'KYC submitted at', type: 'datetime', fieldType: 'date' },
];
