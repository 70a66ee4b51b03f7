import { createHmac, timingSafeEqual } from 'node:crypto';

/** What most receiving libraries allow a call to be old or early. */
const TOLERANCE_S = 300;

/**
 * Checks a call as a receiver does that follows Standard Webhooks to the letter; answers what is wrong, or null. Its own reading
 * of the specification, apart from the code that signs.
 */
export function verifyCall(o: {
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  secrets: readonly string[];
  now: Date;
}): string | null {
  const id = o.headers['webhook-id'];
  const timestamp = o.headers['webhook-timestamp'];
  const signatures = o.headers['webhook-signature'];
  if (typeof id !== 'string' || id === '' || id.includes('.')) return 'webhook-id is missing or holds a dot';
  if (typeof timestamp !== 'string' || !/^[1-9]\d{9}$/.test(timestamp))
    return 'webhook-timestamp is not in whole seconds';
  if (typeof signatures !== 'string') return 'webhook-signature is missing';
  if (Math.abs(o.now.getTime() / 1_000 - Number(timestamp)) > TOLERANCE_S)
    return 'webhook-timestamp is too old or too new';
  if (o.headers['content-type'] !== 'application/json') return 'the body is not said to be application/json';
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), o.body]);
  const given = signatures.split(' ').map((entry) => entry.split(','));
  if (given.some(([version, value, ...rest]) => version !== 'v1' || !value || rest.length > 0))
    return 'webhook-signature is not a list of v1 signatures';
  const good = o.secrets.some((secret) => {
    const [, key] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
    if (key === undefined) return false;
    const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest();
    return given.some(([, value = '']) => {
      const one = Buffer.from(value, 'base64');
      return one.length === expected.length && timingSafeEqual(one, expected);
    });
  });
  return good ? null : 'no signature fits';
}
