/** Deliveries are tried for three days, then a person must look (design, section 3). */
export const GIVE_UP_AFTER_MS = 72 * 3_600_000;

const BASE_MS = 5_000;
/** Longer pauses would only delay the news that something is wrong. */
const MAX_MS = 4 * 3_600_000;

/**
 * Full-jitter exponential back-off: somewhere between now and the doubled step, so that a thousand deliveries that failed
 * together do not come back together. `attempt` counts from 1; `random` is in [0, 1). What the vendor asked for is a floor.
 */
export function backOffMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.max(retryAfterMs, Math.round(random * ceiling), 250);
}
