import { RateWindow } from './rate-window.ts';

const MINUTE_MS = 60_000;

/**
 * How much one caller may ask of one process in a minute, beyond the limit per address that every route has. Whoever is genuine is
 * never refused for what others at the same address did: HubSpot and Meta call for all of their customers from few addresses,
 * and anybody can make them call us. So what is refused is counted where it is refused.
 */
export const LIMITS = {
  /** Refusals of one address: forged signatures, unknown accounts, tokens that are none. */
  refusals: 60,
  /** Calls of one HubSpot account's cards and pages, and of one of its users: a card that is open asks every few seconds. */
  portal: 6_000,
  user: 900,
  /** Exchanges of one WhatsApp account, and of one message: a person presses a button every few seconds at most. */
  account: 600_000,
  flowToken: 300,
} as const;

export type Limits = { [K in keyof typeof LIMITS]: RateWindow };

/** Made once per server. */
export function createLimits(max: { [K in keyof typeof LIMITS]: number } = LIMITS): Limits {
  const window = (most: number): RateWindow => new RateWindow({ max: most, windowMs: MINUTE_MS });
  return {
    refusals: window(max.refusals),
    portal: window(max.portal),
    user: window(max.user),
    account: window(max.account),
    flowToken: window(max.flowToken),
  };
}

/** Addresses that name WhatsApp accounts nobody has, in a minute; Meta's own may, after an account was erased. */
const STRANGERS = 300;
const MAX_STRANGERS = 10_000;

/**
 * Who asks for accounts that do not exist makes us look into the database each time. An address that is spent here is answered from
 * memory only: accounts that are known are served as before, so that one erased account at Meta disturbs no other. It holds in the
 * sandbox too.
 */
export function strangerWindow(monotonicMs?: () => number): RateWindow {
  const bounds = { max: STRANGERS, windowMs: MINUTE_MS, maxKeys: MAX_STRANGERS };
  return new RateWindow(monotonicMs ? { ...bounds, monotonicMs } : bounds);
}

/** The sandbox is called by one machine, which is everybody. */
export const UNLIMITED = {
  refusals: Infinity,
  portal: Infinity,
  user: Infinity,
  account: Infinity,
  flowToken: Infinity,
};

/** What stands for a caller's address: an IPv6 network of 64 bits is one customer's, who has all of its addresses. */
export function callerOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const all = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
}
