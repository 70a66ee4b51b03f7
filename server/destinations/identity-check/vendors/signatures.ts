import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed time may differ from ours; Stripe's and Persona's own libraries use five minutes. */
export const TOLERANCE_S = 300;

/** HMAC-SHA-256 in hex, as all four vendors write it. */
export function hmacHex(secret: string, ...parts: (string | Buffer)[]): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** Compares a hex signature in constant time; false for anything that is none. */
export function isSameHex(given: string, expected: string): boolean {
  const [one, two] = [given, expected].map((hex) => Buffer.from(hex, 'hex'));
  if (!one || !two || !/^[0-9a-f]{64}$/i.test(given)) return false;
  return one.length === two.length && timingSafeEqual(one, two);
}

/** A header that came once. */
export function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | null {
  const value = headers[name];
  return typeof value === 'string' && value.length <= 2_000 ? value : null;
}

/**
 * `t=…,v1=…` over `t.body`, as Stripe and Persona sign. While a secret is rotated Stripe writes several `v1` into one set, Persona
 * several sets with a space between them. The time must be near ours, in both directions.
 */
export function isTimeSigned(o: { header: string | null; body: Buffer; secret: string; now: Date }): boolean {
  if (o.header === null) return false;
  return o.header.split(' ').some((set) => {
    const pairs = set.split(',').map((pair) => pair.split('='));
    const [, time] = pairs.find(([key]) => key === 't') ?? [];
    if (time === undefined || !/^\d{1,12}$/.test(time)) return false;
    if (Math.abs(o.now.getTime() / 1_000 - Number(time)) > TOLERANCE_S) return false;
    const expected = hmacHex(o.secret, `${time}.`, o.body);
    return pairs.some(([key, value]) => key === 'v1' && isSameHex(value ?? '', expected));
  });
}
