import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { deriveKey, type MasterKey } from '../keys/vault.ts';

/**
 * The flow token names portal and send, says until when it may be used, and carries a MAC with the id of its key: a forged
 * one costs no database call (flow-rules.md section 6). Form: `fl1.<key id>.<portal>.<send id>.<expiry>.<mac>`, numbers in base 36.
 */
export type FlowToken = { portalId: number; sendId: string; expiresAt: Date };

const MAC_CHARS = 32;

export function signFlowToken(keyring: readonly MasterKey[], token: FlowToken): string {
  const active = keyring[0];
  if (!active) throw new Error('The keyring is empty');
  const expiry = Math.ceil(token.expiresAt.getTime() / 1_000).toString(36);
  const text = `fl1.${active.id}.${token.portalId.toString(36)}.${token.sendId}.${expiry}`;
  return `${text}.${mac(active.key, text)}`;
}

/** The token's content, or null when it is not one of ours. Expiry is the caller's to judge: only a genuine token may earn a 427. */
export function readFlowToken(keyring: readonly MasterKey[], text: string): FlowToken | null {
  if (text.length > 200) return null;
  const parts = text.split('.');
  const [prefix, keyId, portal, sendId, expiry, given] = parts;
  if (parts.length !== 6 || prefix !== 'fl1' || !keyId || !portal || !sendId || !expiry || given?.length !== MAC_CHARS)
    return null;
  const master = keyring.find((entry) => entry.id === keyId);
  if (!master) return null;
  const expected = mac(master.key, parts.slice(0, 5).join('.'));
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(given.padEnd(MAC_CHARS).slice(0, MAC_CHARS), 'latin1')))
    return null;
  return { portalId: parseInt(portal, 36), sendId, expiresAt: new Date(parseInt(expiry, 36) * 1_000) };
}

/** 192 bits of HMAC-SHA-256 in base64url. */
function mac(key: Buffer, text: string): string {
  return createHmac('sha256', macKey(key)).update(text, 'utf8').digest('base64url').slice(0, MAC_CHARS);
}

/** Derived once per master key: every exchange needs it. */
const macKeys = new WeakMap<Buffer, KeyObject>();

function macKey(key: Buffer): KeyObject {
  const known = macKeys.get(key);
  if (known) return known;
  const derived = createSecretKey(deriveKey(key, 'flow token'));
  macKeys.set(key, derived);
  return derived;
}
