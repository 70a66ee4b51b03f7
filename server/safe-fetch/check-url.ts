import { isIP } from 'node:net';
import { addressKind } from './address-kind.ts';

/** Why an address that a customer gave is not called. */
export type UrlProblem =
  'not_a_url' | 'too_long' | 'not_https' | 'has_credentials' | 'other_port' | 'not_public' | 'not_resolved';

export type UrlRules = {
  /** Only in the sandbox and in tests: this machine may be called, on any port and without TLS. Never anything else. */
  allowLoopback: boolean;
};

const MAX_LENGTH = 2_048;
/** Names that never lead out of a private network (RFC 6761, 6762, 8375, 9476; `.internal` is reserved by ICANN for that). */
const PRIVATE_NAME =
  /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|test|invalid|example|onion|alt|arpa)$/;

export type CheckedUrl = { kind: 'ok'; url: URL } | { kind: 'refused'; why: UrlProblem };

/**
 * What can be said of a customer-given address without looking it up: https on its own port, a public name or address, no
 * credentials. WHATWG parsing comes first, so `https://2130706433/` and `https://0x7f.1/` are seen as 127.0.0.1. Pure; where
 * the name leads is checked at every connection (`safe-fetch.ts`).
 */
export function checkUrl(text: string, rules: UrlRules): CheckedUrl {
  const refused = (why: UrlProblem): CheckedUrl => ({ kind: 'refused', why });
  if (text.length > MAX_LENGTH) return refused('too_long');
  if (!URL.canParse(text)) return refused('not_a_url');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refused('not_https');
  if (url.username !== '' || url.password !== '') return refused('has_credentials');
  url.hash = '';
  const host = hostOf(url);
  if (rules.allowLoopback && addressKind(host) === 'loopback') return { kind: 'ok', url };
  if (url.protocol !== 'https:') return refused('not_https');
  // The parser drops a scheme's own port: what is left is another one.
  if (url.port !== '') return refused('other_port');
  return isPublicHost(host) ? { kind: 'ok', url } : refused('not_public');
}

/** The host as a name or a bare IP address: without IPv6's brackets and without the dot that ends a full name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isPublicHost(host: string): boolean {
  if (isIP(host) !== 0) return addressKind(host) === 'public';
  return host.includes('.') && !PRIVATE_NAME.test(host);
}
