import { z } from 'zod';

/** A fault on request. `route` is a prefix of, or a regular expression for, `METHOD /path`; `FETCH POST /path` is a card's call. */
export const fault = z.strictObject({
  route: z.string().min(1),
  times: z.number().int().min(1).default(1),
  /**
   * delay: answer later; drop: cut the connection before anything happened; 429 and 500: refuse without effect;
   * timeout-after-success: take effect, then never answer.
   */
  kind: z.enum(['delay', 'drop', '429', '500', 'timeout-after-success']),
  delayMs: z.number().int().min(0).max(600_000).default(0),
  retryAfterMs: z.number().int().min(0).optional(),
});
export type Fault = z.output<typeof fault>;

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): Fault[];
  /** The first fault that matches, one use of it spent; undefined when none does. */
  take(route: string): Fault | undefined;
}

export function createFaults(): Faults {
  let waiting: Fault[] = [];
  return {
    add: (added) => void waiting.push({ ...added }),
    clear: () => void (waiting = []),
    list: () => waiting.map((one) => ({ ...one })),
    take: (route) => {
      const found = waiting.find((one) => matches(one.route, route));
      if (!found) return undefined;
      found.times -= 1;
      if (found.times <= 0) waiting = waiting.filter((one) => one !== found);
      return found;
    },
  };
}

function matches(pattern: string, route: string): boolean {
  if (route.startsWith(pattern) || route.slice(route.indexOf(' ') + 1).startsWith(pattern)) return true;
  try {
    return new RegExp(pattern).test(route);
  } catch {
    return false;
  }
}
