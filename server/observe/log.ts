import pino from 'pino';

export type Log = pino.Logger;

/** Keys whose values never reach a log, wherever they stand: personal data and secrets (design, section 3). */
const REDACTED_KEYS = [
  'authorization',
  'cookie',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'appSecret',
  'clientSecret',
  'oldClientSecret',
  'token',
  'flowToken',
  'flow_token',
  'phone',
  'to',
  'from',
  'wa_id',
  'email',
  'userEmail',
  'answers',
  'data',
  'body',
  'name',
];

/** Structured logs on standard output; pretty is left to the reader's tools. Errors keep code and message, not their cause's data. */
export function createLog(options: { level: string; destination?: pino.DestinationStream }): Log {
  return pino(
    {
      level: options.level,
      redact: { paths: REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
      serializers: {
        err: (err: unknown) =>
          err instanceof Error
            ? { type: err.name, code: (err as { code?: unknown }).code, message: err.message, stack: err.stack }
            : { message: String(err) },
        // The query of a card's call holds the user's address: the path alone is logged.
        req: (req: { method?: string; url?: string }) => ({ method: req.method, path: req.url?.split('?')[0] }),
      },
    },
    options.destination ?? pino.destination(1),
  );
}
