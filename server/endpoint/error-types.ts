/** Types that say that our endpoint was not there, or did not answer as HTTP asks (whatsapp-flows.md section 6.8). */
const UNAVAILABLE = new Set([
  'timeout',
  'timeout-error',
  'no-http-response-error',
  'unexpected-http-status-code',
  'cannot-be-served',
]);
/** The other types that Meta's document names; its own spelling of `signature` is not always the right one. */
const OTHER = new Set([
  'missing-capability',
  'capability-error',
  'public-key-missing',
  'public-key-signiture-verification',
  'public-key-signature-verification',
  'response-decryption-error',
  'invalid-screen-transition',
  'payload-schema-error',
  'business-decryption-error',
]);

/** Meta's names come in two spellings: compared without case and with `_` as `-`. */
export function foldErrorType(type: string): string {
  return type.toLowerCase().replaceAll('_', '-');
}

/** The type, folded; `other` for one that no document names: a stranger's word becomes no label and no log line. */
export function knownErrorType(type: string): string {
  const folded = foldErrorType(type);
  return UNAVAILABLE.has(folded) || OTHER.has(folded) ? folded : 'other';
}

/** Whether the type says that our endpoint could not be reached. */
export function isUnavailable(type: string): boolean {
  return UNAVAILABLE.has(foldErrorType(type));
}
