/** Where submissions go. A delivery row names one of these; the name is stored and can never change. */
export const DESTINATION_KINDS = [
  'contact',
  'files',
  'form-submission',
  'kyc-record',
  'timeline',
  'task',
  'calendar',
  'invitation',
  'webhook',
  'identity-check',
  'identity-result',
] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];
