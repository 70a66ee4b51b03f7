import type { FlowRequest } from './decrypt-request.ts';
import { knownErrorType } from './error-types.ts';

/**
 * What a phone reports instead of asking: `error` or `error_key`, with `error_message` ("Implementing Endpoint for Flows", error
 * notification). Answers its type, `other` for one that no document names, or null where the request is no such notice.
 */
export function clientErrorOf({ data }: FlowRequest): string | null {
  const error = data.error ?? data.error_key;
  if (typeof error !== 'string' || !('error_message' in data)) return null;
  return knownErrorType(error);
}
