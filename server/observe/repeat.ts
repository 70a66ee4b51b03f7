import type { Log } from './log.ts';

/**
 * Runs `work` again and again with a pause between, never twice at once; a failed round is logged and the next one comes.
 * `stop` waits for the round under way. With `restTimes` the pause is at least so many times what the round took: one that grows with
 * the tables must not come to fill the day.
 */
export function repeat(
  name: string,
  everyMs: number,
  log: Log,
  work: () => Promise<unknown>,
  { restTimes = 0 } = {},
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const round = (): void => {
    if (stopped) return;
    const startedMs = performance.now();
    running = work()
      .catch((err: unknown) => log.warn({ err, job: name }, 'a background round failed'))
      .finally(() => {
        if (!stopped) timer = setTimeout(round, Math.max(everyMs, restTimes * (performance.now() - startedMs)));
      });
  };
  timer = setTimeout(round, everyMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
