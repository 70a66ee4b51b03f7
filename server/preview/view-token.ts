import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey, type MasterKey } from '../keys/vault.ts';

/** What an opened preview may look at, for half an hour. */
export type View = { portalId: number; flowId: string; viewId: string; locale: 'en' | 'de'; expiresAt: Date };

/** A stateless pass for one opened preview: the iframe cannot rely on cookies, since browsers block those of third parties. */
export function signView(keyring: readonly MasterKey[], view: View): string {
  const active = keyring[0];
  if (!active) throw new Error('The keyring is empty');
  const text = Buffer.from(
    JSON.stringify([view.portalId, view.flowId, view.viewId, view.locale, view.expiresAt.getTime()]),
  ).toString('base64url');
  return `${active.id}.${text}.${mac(active.key, text)}`;
}

/** The view, or null when it is forged or over. */
export function readView(keyring: readonly MasterKey[], token: string, now: Date): View | null {
  const [keyId, text, given] = token.split('.');
  const master = keyring.find((entry) => entry.id === keyId);
  if (!master || !text || !given) return null;
  const expected = Buffer.from(mac(master.key, text));
  const received = Buffer.from(given, 'latin1');
  if (expected.length !== received.length || !timingSafeEqual(expected, received)) return null;
  const [portalId, flowId, viewId, locale, expires] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [
    number,
    string,
    string,
    'en' | 'de',
    number,
  ]; // authenticated: only signView can have made it
  const expiresAt = new Date(expires);
  return expiresAt > now ? { portalId, flowId, viewId, locale, expiresAt } : null;
}

function mac(key: Buffer, text: string): string {
  return createHmac('sha256', deriveKey(key, 'preview view')).update(text).digest('base64url');
}
