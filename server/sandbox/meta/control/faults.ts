import { z } from 'zod';

export const faultSchema = z.strictObject({
  /** A prefix of `METHOD /path` without version, or a regular expression written as `/…/`. */
  route: z.string().min(1),
  times: z.number().int().positive(),
  kind: z.enum(['delay', 'drop', '429', '500', 'error', 'timeout-after-success']),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  error: z
    .strictObject({
      status: z.number().int().min(400).max(599).default(400),
      code: z.number().int(),
      message: z.string().default('A fault that was asked for'),
      error_subcode: z.number().int().optional(),
      details: z.string().optional(),
    })
    .optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Faults on request; they live in memory only, so that a restarted stand-in behaves. */
export type Faults = {
  add(fault: Fault): void;
  clear(): void;
  /** The first fault for this call; each use counts. */
  take(call: string): Fault | null;
};

export function createFaults(): Faults {
  const faults: { fault: Fault; left: number; matches: (call: string) => boolean }[] = [];
  return {
    add: (fault) => void faults.push({ fault, left: fault.times, matches: matcherOf(fault.route) }),
    clear: () => void faults.splice(0),
    take: (call) => {
      const entry = faults.find((candidate) => candidate.left > 0 && candidate.matches(call));
      if (!entry) return null;
      entry.left -= 1;
      return entry.fault;
    },
  };
}

function matcherOf(route: string): (call: string) => boolean {
  const regex = /^\/(.+)\/$/.exec(route)?.[1];
  if (regex !== undefined) {
    const pattern = new RegExp(regex);
    return (call) => pattern.test(call);
  }
  return (call) => call.startsWith(route) || isPattern(route, call);
}

/** A route that is no prefix may still be a bare regular expression such as `POST /\d+/messages`. */
function isPattern(route: string, call: string): boolean {
  try {
    return new RegExp(`^(?:${route})`).test(call);
  } catch {
    return false;
  }
}
