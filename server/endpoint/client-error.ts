import type { FlowRequest } from './decrypt-request.ts';

/** Types that Meta's document names (whatsapp-flows.md section 6.8), folded; webhook samples write them in capitals. */
const TYPES = new Set([
  'timeout-error',
  'timeout',
  'missing-capability',
  'capability-error',
  'cannot-be-served',
  'no-http-response-error',
  'unexpected-http-status-code',
  'public-key-missing',
  'public-key-signiture-verification',
  'public-key-signature-verification',
  'response-decryption-error',
  'invalid-screen-transition',
  'payload-schema-error',
  'business-decryption-error',
]);

/**
 * What a phone reports instead of asking: `error` or `error_key`, with `error_message` ("Implementing Endpoint for Flows", error
 * notification). Answers its type, `other` for one that no document names, or null where the request is no such notice.
 */
export function clientErrorOf({ data }: FlowRequest): string | null {
  const error = data.error ?? data.error_key;
  if (typeof error !== 'string' || !('error_message' in data)) return null;
  const type = error.toLowerCase().replaceAll('_', '-');
  return TYPES.has(type) ? type : 'other';
}
