import type { z } from 'zod';
import type { PortalId } from '../db/db.ts';

/** What a call is for: the portal's budget is spent in this order when it is short. */
export type HubSpotPriority = 'card' | 'delivery' | 'background';

export type HubSpotUpload = {
  fields: Record<string, string>;
  file: { name: string; bytes: Buffer; mimeType: string };
};

export type HubSpotRequest<T> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `api`: https://api.hubapi.com; `forms`: the form submission host. */
  host?: 'api' | 'forms';
  /** Path with its dated version, built with the constants of `api-version.ts`. */
  path: string;
  query?: Record<string, string | number | boolean | string[] | undefined>;
  body?: unknown;
  /** Instead of `body`: a file as multipart/form-data. */
  upload?: HubSpotUpload;
  /** The answer is parsed with this and trusted afterwards. */
  schema: z.ZodType<T>;
  priority: HubSpotPriority;
  /** Default 10 s. */
  deadlineMs?: number;
  /** True when repeating it cannot do harm (reads, upserts): retried twice on a connection fault or 5xx. */
  idempotent: boolean;
};

/**
 * The way to HubSpot: token, budget, deadline, bounded body, error mapping.
 *
 * Throws AppError with one of these codes:
 * - `portal_disconnected`: uninstalled or revoked; never retried
 * - `hubspot_missing_scope` (context.scopes), `hubspot_not_found`, `hubspot_conflict`
 * - `hubspot_rejected`: 4xx; context `{ status, category, correlationId, errors }`, errors as HubSpot sent them
 * - `hubspot_rate_limited` (retryable; context.retryAfterMs), `hubspot_locked` (retryable)
 * - `hubspot_unavailable` (retryable): 5xx or no connection; the request certainly had no effect or is idempotent
 * - `hubspot_outcome_unknown`: sent, but the answer was lost (timeout, cut connection, 5xx on a non-idempotent call)
 */
export interface HubSpotClient {
  call<T>(portalId: PortalId, request: HubSpotRequest<T>): Promise<T>;
}
