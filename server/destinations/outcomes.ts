import { AppError, toAppError } from '../app-error.ts';
import type { Language } from '../hubspot/language.ts';
import { PROBLEM_TEXTS } from '../hubspot/problem-text.ts';
import { rejectionContext, type HubSpotErrorDetail } from '../hubspot/to-hubspot-error.ts';
import type { DeliveryOutcome } from './destination.ts';
import { textOf, type TextCode, type TextValues } from './texts.ts';

export function dead(code: TextCode, language: Language, values?: TextValues): DeliveryOutcome {
  return { kind: 'dead', code, reason: textOf(code, language, values) };
}

export function held(
  code: TextCode,
  language: Language,
  values?: TextValues,
): Extract<DeliveryOutcome, { kind: 'held' }> {
  return { kind: 'held', code, reason: textOf(code, language, values) };
}

export function retry(code: TextCode, language: Language): Extract<DeliveryOutcome, { kind: 'retry' }> {
  return { kind: 'retry', code, reason: textOf(code, language) };
}

/**
 * What an error of the HubSpot client means for a delivery: try again, read back, wait for the account to come back, or a
 * person must look. A fault of our own is thrown on.
 */
export function outcomeOf(thrown: unknown, language: Language): DeliveryOutcome {
  const error = toAppError(thrown);
  const retryAfterMs = typeof error.context.retryAfterMs === 'number' ? error.context.retryAfterMs : undefined;
  switch (error.code) {
    case 'hubspot_rate_limited':
    case 'hubspot_locked':
    case 'hubspot_unavailable':
    case 'no_time_left':
      return { kind: 'retry', code: error.code, reason: PROBLEM_TEXTS[error.code][language], retryAfterMs };
    case 'hubspot_outcome_unknown':
      return { kind: 'unknown', code: error.code, reason: PROBLEM_TEXTS[error.code][language] };
    case 'portal_disconnected':
      // Held and not dead: an install of the app releases it.
      return { kind: 'held', code: error.code, reason: PROBLEM_TEXTS[error.code][language] };
    case 'hubspot_missing_scope':
    case 'hubspot_not_found':
    case 'hubspot_conflict':
      return { kind: 'dead', code: error.code, reason: PROBLEM_TEXTS[error.code][language] };
    case 'hubspot_rejected':
      return rejected(error, language);
    case 'property_type_conflict':
      return { kind: 'dead', code: error.code, reason: error.messageIn(language) ?? error.message };
    default:
      throw thrown;
  }
}

function rejected(error: AppError, language: Language): DeliveryOutcome {
  const [first] = refusedFields(error);
  if (first) return dead('value_refused', language, first);
  return { kind: 'dead', code: error.code, reason: PROBLEM_TEXTS.hubspot_rejected[language] };
}

/** The fields HubSpot named in a refusal and its code for each; never a value. */
export function refusedFields(error: AppError): { property: string; code: string }[] {
  const context = rejectionContext.safeParse(error.context);
  if (!context.success) return [];
  return context.data.errors.flatMap((detail) => {
    const property = fieldName(detail);
    return property ? [{ property, code: detail.code ?? detail.errorType ?? '' }] : [];
  });
}

/** Objects name the property in their context, form submissions in the text: `Error in 'fields.email'. …`. */
function fieldName(detail: HubSpotErrorDetail): string | undefined {
  return detail.context?.propertyName?.[0] ?? /'fields\.([A-Za-z0-9_.-]+)'/.exec(detail.message)?.[1] ?? detail.in;
}

/** HubSpot says in more than one way that a value must be unique and is taken (409, or a code in a 400). */
export function isTaken(thrown: unknown): boolean {
  if (!(thrown instanceof AppError)) return false;
  if (thrown.code === 'hubspot_conflict') return true;
  return (
    thrown.code === 'hubspot_rejected' && refusedFields(thrown).some(({ code }) => code === 'CONFLICTING_UNIQUE_VALUE')
  );
}
