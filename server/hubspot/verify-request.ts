import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** HubSpot refuses what is older (hubspot-platform.md section 3.3); a repeat within it is the idempotency key's matter. */
const MAX_AGE_MS = 300_000;
/** Clocks differ, but nobody signs from the future: a timestamp far ahead would stay valid for long. */
const MAX_AHEAD_MS = 60_000;

/** The escapes that HubSpot undoes before it signs; every other one stays as it is. */
const DECODED: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
};

export type SignedRequest = {
  method: string;
  /** The full public address as HubSpot called it, with its query. */
  url: string;
  /** The exact bytes received. */
  body: Buffer;
  signatureV3: string | undefined;
  timestamp: string | undefined;
  /** `X-HubSpot-Signature`, read only where `allowV2` is given. */
  signatureV2?: string;
};

/** Who calls, as HubSpot appended it to the query and signed it. */
export type HubSpotCaller = {
  portalId: number;
  userId: number | null;
  userEmail: string | null;
  appId: number | null;
};

const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const callerQuery = z.object({
  portalId: id,
  userId: id.nullable().catch(null),
  userEmail: z.string().max(320).nullable().catch(null),
  appId: id.nullable().catch(null),
});

/** `oldClientSecret`: the one before it, while a rotation runs. */
export type VerifyOptions = {
  clientSecret: string;
  oldClientSecret?: string | undefined;
  now: Date;
  allowV2?: boolean | undefined;
};

/**
 * True when HubSpot signed this request with a client secret of ours: version 3, compared in constant time.
 * Version 2 has no timestamp and is looked at only where `allowV2` says that HubSpot's documents name it; version 1 never.
 */
export function verifyRequest(request: SignedRequest, options: VerifyOptions): boolean {
  if (request.signatureV3 !== undefined) return verifyV3(request, request.signatureV3, options);
  if (!options.allowV2 || request.signatureV2 === undefined) return false;
  const given = request.signatureV2;
  return secretsOf(options).some((secret) => sameText(signV2(secret, request), given));
}

/** Portal and user from the query of a verified request; null when HubSpot named no portal. */
export function readCaller(url: string): HubSpotCaller | null {
  const query = new URL(url).searchParams;
  // A repeated parameter would let two readers see two portals.
  if (['portalId', 'userId', 'userEmail', 'appId'].some((name) => query.getAll(name).length > 1)) return null;
  const parsed = callerQuery.safeParse({
    portalId: query.get('portalId'),
    userId: query.get('userId'),
    userEmail: query.get('userEmail'),
    appId: query.get('appId'),
  });
  return parsed.success ? parsed.data : null;
}

/** `X-HubSpot-Signature-v3`: base64 of HMAC-SHA-256 over method, decoded address, body and timestamp. */
export function signV3(
  clientSecret: string,
  request: { method: string; url: string; body: Buffer; timestamp: string },
): string {
  return createHmac('sha256', clientSecret)
    .update(`${request.method.toUpperCase()}${decodeForSigning(request.url)}`, 'utf8')
    .update(request.body)
    .update(request.timestamp, 'utf8')
    .digest('base64');
}

/** `X-HubSpot-Signature` with version v2: hex of SHA-256 over secret, method, address and body. */
export function signV2(clientSecret: string, request: { method: string; url: string; body: Buffer }): string {
  return createHash('sha256')
    .update(`${clientSecret}${request.method.toUpperCase()}${request.url}`, 'utf8')
    .update(request.body)
    .digest('hex');
}

/** Undoes the twelve escapes of HubSpot's rule, in either case of the hex digits, and no other. */
export function decodeForSigning(url: string): string {
  return url.replace(/%[0-9a-f]{2}/gi, (escape) => DECODED[escape.toUpperCase()] ?? escape);
}

function secretsOf({ clientSecret, oldClientSecret }: VerifyOptions): string[] {
  return oldClientSecret ? [clientSecret, oldClientSecret] : [clientSecret];
}

function verifyV3(request: SignedRequest, signature: string, options: VerifyOptions): boolean {
  const { timestamp } = request;
  if (timestamp === undefined || !/^\d{1,16}$/.test(timestamp)) return false;
  const ageMs = options.now.getTime() - Number(timestamp);
  if (ageMs > MAX_AGE_MS || ageMs < -MAX_AHEAD_MS) return false;
  return secretsOf(options).some((secret) => sameText(signV3(secret, { ...request, timestamp }), signature));
}

function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected, 'utf8');
  const b = Buffer.from(given, 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}
