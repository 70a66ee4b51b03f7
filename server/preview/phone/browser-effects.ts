import type { RandomBytes } from '@flowella/shared/phone/flow-crypto.ts';

/** Random bytes from the browser. */
export const browserRandomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A timer of the browser that can be cancelled. */
export function browserTimer(delayMs: number, fire: () => void): () => void {
  const timer = setTimeout(fire, delayMs);
  return () => clearTimeout(timer);
}

/** Opens a page beside this one, without handing it a way back. Only web addresses. */
export function openWebPage(url: string): void {
  if (/^https?:\/\//i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
}
