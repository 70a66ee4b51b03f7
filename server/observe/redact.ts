/** Keys whose values never reach a log, wherever they stand: personal data and secrets (design, section 3). */
const REDACTED_KEYS: ReadonlySet<string> = new Set(
  [
    'authorization',
    'cookie',
    'set-cookie',
    'accessToken',
    'access_token',
    'refreshToken',
    'refresh_token',
    'appSecret',
    'app_secret',
    'clientSecret',
    'client_secret',
    'oldClientSecret',
    'secret',
    'password',
    'token',
    'flowToken',
    'flow_token',
    'phone',
    'to',
    'from',
    'wa_id',
    'recipient_id',
    'email',
    'userEmail',
    'answers',
    'prefill',
    'data',
    'body',
    'payload',
    'name',
    'firstname',
    'lastname',
  ].map((key) => key.toLowerCase()),
);

export const CENSOR = '[redacted]';
const MAX_DEPTH = 8;

/**
 * Phone numbers, with or without a plus; ids of that length are logged as fields of their own. A whole UUID is passed over: HubSpot's
 * support finds a call by its correlation id, and the digits in it are nobody's. One without a letter may be anything.
 */
const PHONE_NUMBER =
  /(?<uuid>(?<![\w+@.-])(?=[\d-]*[a-f])[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}(?![\w@-]))|(?!\d{4}-\d\d-\d\d)\+?\d[\d ()/-]{8,18}\d/g;

/** Shapes that give themselves away in a sentence: what a vendor or PostgreSQL says may quote what it was given. */
const SHAPES: readonly RegExp[] = [
  // A flow token, Meta's and HubSpot's tokens, a bearer token, the secret of a webhook.
  /\bfl1\.[\w.-]{20,}/g,
  /\bEAA[A-Za-z0-9_-]{16,}/g,
  /\bpat-[a-z0-9]+-[\w-]{16,}/g,
  /\bBearer\s+[^\s"',]+/gi,
  /\bwhsec_[A-Za-z0-9+/=]+/g,
  // Names and passwords in an address.
  /(?<=:\/\/)[^\s/@]+@/g,
  // The query of an address: cards' calls carry the user's address there.
  /(?<=https?:\/\/[^\s?]{1,500}\?)[^\s"']+/g,
  /[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g,
  PHONE_NUMBER,
  // Keys and secrets written out.
  /\b[A-Fa-f0-9]{32,}\b/g,
  /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g,
];

/** A text without what looks like an address, a number, a token or a key. */
export function scrub(text: string): string {
  return SHAPES.reduce(
    (rest, shape) =>
      rest.replace(shape, (found: string, uuid: unknown) => (shape === PHONE_NUMBER && uuid ? found : CENSOR)),
    text,
  );
}

/** A copy of what is to be logged without values of the keys above, at any depth, and with every text scrubbed. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > MAX_DEPTH || Buffer.isBuffer(value)) return CENSOR;
  if (value instanceof Error) return describeError(value);
  if (Array.isArray(value)) return value.slice(0, 100).map((one) => redact(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      REDACTED_KEYS.has(key.toLowerCase()) ? CENSOR : redact(one, depth + 1),
    ]),
  );
}

/** Code, message and place of an error; never its cause's data, and nothing that the message quotes. */
export function describeError(err: unknown): object {
  if (!(err instanceof Error)) return { message: scrub(String(err)) };
  const { code } = err as { code?: unknown };
  return {
    type: err.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: scrub(err.message),
    stack: err.stack === undefined ? undefined : stackOf(err.stack),
  };
}

/** The lines that say where stay as they are; the message above them, which may have several lines, is scrubbed as one. */
function stackOf(stack: string): string {
  const places = stack.search(/\n\s+at /);
  return places < 0 ? scrub(stack) : scrub(stack.slice(0, places)) + stack.slice(places);
}
