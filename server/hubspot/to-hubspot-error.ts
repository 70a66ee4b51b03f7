import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { askedText, type HubSpotProblem } from './problem-text.ts';

const contextSchema = z.record(z.string(), z.array(z.string())).optional().catch(undefined);
const detailSchema = z.object({
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  in: z.string().optional().catch(undefined),
  errorType: z.string().optional().catch(undefined),
  context: contextSchema,
});
/** Every field is optional: HubSpot's hosts differ, and a proxy's page has none (hubspot-platform.md section 5.10). */
const errorBody = z
  .object({
    message: z.string().catch(''),
    category: z.string().catch(''),
    correlationId: z.string().catch(''),
    policyName: z.string().catch(''),
    errors: z.array(detailSchema).catch([]),
    context: contextSchema,
  })
  .catch({ message: '', category: '', correlationId: '', policyName: '', errors: [], context: undefined });

export type HubSpotErrorDetail = z.infer<typeof detailSchema>;

/** A failed answer of HubSpot as it sent it. `errors` may quote values of a person: it never reaches a log. */
export type HubSpotErrorBody = z.infer<typeof errorBody>;

export function readHubSpotError(body: unknown): HubSpotErrorBody {
  return errorBody.parse(body ?? {});
}

/** The context of a `hubspot_rejected` or `hubspot_conflict`, for callers that look at what exactly was refused. */
export const rejectionContext = z.object({
  status: z.number(),
  category: z.string(),
  correlationId: z.string(),
  message: z.string(),
  errors: z.array(detailSchema),
});

/** These had no effect, or their repetition has none, and time may mend them. */
const RETRYABLE: ReadonlySet<HubSpotProblem> = new Set([
  'hubspot_rate_limited',
  'hubspot_locked',
  'hubspot_unavailable',
  'no_time_left',
]);

/** An AppError of the client's own list of codes, with words for a person. */
export function hubSpotError(
  code: HubSpotProblem,
  options: { context?: Record<string, unknown>; message?: string; cause?: unknown } = {},
): AppError {
  const retryable = RETRYABLE.has(code);
  return new AppError(code, {
    message: options.message ?? code,
    userMessage: askedText(code),
    retryable,
    status: code === 'hubspot_not_found' ? 404 : retryable || code === 'hubspot_outcome_unknown' ? 503 : 409,
    context: options.context,
    cause: options.cause,
  });
}

/** Maps a 4xx that is neither 401 nor 429 to the code of the client's contract. */
export function toHubSpotError(status: number, body: unknown, retryAfterMs: number): AppError {
  const error = readHubSpotError(body);
  const context = { status, ...error, retryAfterMs };
  if (status === 423 || status === 477) return hubSpotError('hubspot_locked', { context });
  if (status === 404) return hubSpotError('hubspot_not_found', { context });
  if (status === 409) return hubSpotError('hubspot_conflict', { context });
  if (status === 403 && error.category === 'MISSING_SCOPES') {
    const scopes = error.errors.flatMap((detail) => detail.context?.requiredGranularScopes ?? []);
    return hubSpotError('hubspot_missing_scope', {
      context: { ...context, scopes: [...scopes, ...(error.context?.requiredGranularScopes ?? [])] },
    });
  }
  return hubSpotError('hubspot_rejected', {
    message: `HubSpot answered ${status} ${error.category}`.trim(),
    context,
  });
}
