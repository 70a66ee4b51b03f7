/** Work that runs beside everything else, a few at a time. */
export type Lane = {
  /** Queues `work` unless the same key waits or runs already: whoever runs looks at all that is due. */
  add(key: string, work: () => Promise<unknown>): void;
  /** Takes nothing more and waits for what runs; what waits is dropped. */
  stop(): Promise<void>;
};

/** `work` must not throw. Turns go round: a key that is added again stands behind those that wait. */
export function createLane(atOnce: number): Lane {
  const waiting = new Map<string, () => Promise<unknown>>();
  const running = new Map<string, Promise<unknown>>();
  let stopped = false;
  const next = (): void => {
    for (const [key, work] of waiting) {
      if (stopped || running.size >= atOnce) return;
      waiting.delete(key);
      const turn = work().finally(() => {
        running.delete(key);
        next();
      });
      running.set(key, turn);
    }
  };
  return {
    add(key, work) {
      if (stopped || running.has(key) || waiting.has(key)) return;
      waiting.set(key, work);
      next();
    },
    async stop() {
      stopped = true;
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}
