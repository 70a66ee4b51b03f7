/** One entry of `errors` in HubSpot's error body. */
export type ErrorDetail = { message: string; code?: string; in?: string; context?: Record<string, string[]> };

export type HubSpotErrorBody = {
  message: string;
  category?: string;
  subCategory?: string;
  context?: Record<string, string[]>;
  errors?: ErrorDetail[];
  links?: Record<string, string>;
  /** What a few routes add beside the usual body (OAuth's `error`, the limiter's `policyName`). */
  extra?: Record<string, unknown>;
};

/** A refusal in HubSpot's shape (hubspot-platform.md section 5.10); `correlationId` is added when it is sent. */
export class HubSpotError extends Error {
  readonly status: number;
  readonly body: HubSpotErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: HubSpotErrorBody, headers: Record<string, string> = {}) {
    super(body.message);
    this.name = 'HubSpotError';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function validationError(
  message: string,
  more: Omit<HubSpotErrorBody, 'message' | 'category'> = {},
): HubSpotError {
  return new HubSpotError(400, { message, category: 'VALIDATION_ERROR', ...more });
}

export function notFound(
  message = 'resource not found',
  more: Omit<HubSpotErrorBody, 'message' | 'category'> = {},
): HubSpotError {
  return new HubSpotError(404, { message, category: 'OBJECT_NOT_FOUND', ...more });
}

export function conflict(message: string): HubSpotError {
  return new HubSpotError(409, { message, category: 'CONFLICT' });
}

export function missingScopes(scopes: readonly string[]): HubSpotError {
  return new HubSpotError(403, {
    message:
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    category: 'MISSING_SCOPES',
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: [...scopes] },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  });
}

export function rateLimited(
  policyName: 'TEN_SECONDLY_ROLLING' | 'SECONDLY',
  headers: Record<string, string> = {},
): HubSpotError {
  const message =
    policyName === 'SECONDLY'
      ? 'You have reached your secondly limit.'
      : 'You have reached your ten_secondly_rolling limit.';
  return new HubSpotError(429, { message, extra: { errorType: 'RATE_LIMIT', policyName } }, headers);
}

/** The body as it goes over the wire. */
export function toErrorBody(error: HubSpotError, correlationId: string): Record<string, unknown> {
  const { extra, ...body } = error.body;
  return { status: 'error', ...body, correlationId, ...extra };
}
