import type { Clock } from '../../clock.ts';

/** The figures of hubspot-platform.md sections 5.8 and 5.10. */
export const API_LIMIT = { max: 110, windowMs: 10_000 };
export const SEARCH_LIMIT = { max: 5, windowMs: 1_000 };
export const UNAUTHENTICATED_FORMS_LIMIT = { max: 50, windowMs: 10_000 };
export const FORMS_LIMIT_BY_TIER = {
  free: { max: 100, windowMs: 10_000 },
  pro: { max: 150, windowMs: 10_000 },
  enterprise: { max: 150, windowMs: 10_000 },
};
const REFUSALS_BEFORE_BLOCK = 10;
const REFUSAL_WINDOW_MS = 1_000;
const BLOCK_MS = 60_000;

export type Limit = { max: number; windowMs: number };

export interface RateLimits {
  /** Spends one request; `allowed: false` when the rolling window is full. */
  spend(key: string, limit: Limit): { allowed: boolean; remaining: number };
  /** Counts a 429 given to this address: ten within one second block it for a minute. */
  countRefusal(address: string): void;
  isBlocked(address: string): boolean;
}

/** Rolling windows in memory: HubSpot's own counters do not outlive a window either. */
export function createRateLimits(clock: Clock): RateLimits {
  const spent = new Map<string, number[]>();
  const blockedUntil = new Map<string, number>();
  const recent = (key: string, windowMs: number): number[] => {
    const now = clock.now().getTime();
    // A clock moved backwards must not keep a window full for ever.
    const times = (spent.get(key) ?? []).filter((at) => at > now - windowMs && at <= now);
    spent.set(key, times);
    return times;
  };
  return {
    spend: (key, limit) => {
      const times = recent(key, limit.windowMs);
      if (times.length >= limit.max) return { allowed: false, remaining: 0 };
      times.push(clock.now().getTime());
      return { allowed: true, remaining: limit.max - times.length };
    },
    countRefusal: (address) => {
      const times = recent(`refused ${address}`, REFUSAL_WINDOW_MS);
      times.push(clock.now().getTime());
      if (times.length >= REFUSALS_BEFORE_BLOCK) blockedUntil.set(address, clock.now().getTime() + BLOCK_MS);
    },
    isBlocked: (address) => (blockedUntil.get(address) ?? 0) > clock.now().getTime(),
  };
}
