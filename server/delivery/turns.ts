import type { DestinationKind } from '../destinations/destination.ts';

export type Turn = { portalId: number; destination: DestinationKind };

/** Batches under way in one process: they wait for vendors, so more than cores. */
const SLOTS = 12;
/** Of one portal at once: one per destination is all it can use, and a portal whose vendor hangs leaves the others theirs. */
const SLOTS_PER_PORTAL = 4;

export type Turns = {
  /** Puts a portal's destination in line, once. */
  ask(turn: Turn): void;
  /** Takes no new batch, and waits for those under way. */
  stop(): Promise<void>;
  /** Waits until nobody is in line; for tests. */
  idle(): Promise<void>;
};

/**
 * Shares this process's time fairly: each portal in line gets one batch and goes to the end, however much it has. A portal and
 * destination is worked once at a time here, so that what was asked for twice is not looked at twice.
 *
 * `work` answers how many deliveries its batch had; 0 means that nothing is due any more. It must not throw.
 */
export function createTurns(work: (turn: Turn) => Promise<number>, slots = SLOTS): Turns {
  const line = new Map<string, Turn>();
  const running = new Map<string, { turn: Turn; done: Promise<void> }>();
  let stopped = false;

  function next(): [string, Turn] | undefined {
    for (const [key, turn] of line) {
      if (running.has(key)) continue;
      const ofPortal = [...running.values()].filter((one) => one.turn.portalId === turn.portalId).length;
      if (ofPortal < SLOTS_PER_PORTAL) return [key, turn];
    }
    return undefined;
  }

  function start(): void {
    while (!stopped && running.size < slots) {
      const found = next();
      if (!found) return;
      const [key, turn] = found;
      line.delete(key);
      running.set(key, { turn, done: run(key, turn) });
    }
  }

  async function run(key: string, turn: Turn): Promise<void> {
    const count = await work(turn);
    running.delete(key);
    if (count > 0 && !stopped) line.set(key, turn);
    start();
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all([...running.values()].map((one) => one.done));
  }

  return {
    ask(turn) {
      const key = `${turn.portalId} ${turn.destination}`;
      if (stopped) return;
      if (!line.has(key)) line.set(key, turn);
      start();
    },
    async stop() {
      stopped = true;
      line.clear();
      await idle();
    },
    idle,
  };
}
