import type { Log } from './log.ts';

/**
 * Runs `work` again and again with a pause between, never twice at once; a failed round is logged and the next one comes.
 * `stop` waits for the round under way.
 */
export function repeat(
  name: string,
  everyMs: number,
  log: Log,
  work: () => Promise<unknown>,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const round = (): void => {
    if (stopped) return;
    running = work()
      .catch((err: unknown) => log.warn({ err, job: name }, 'a background round failed'))
      .finally(() => {
        if (!stopped) timer = setTimeout(round, everyMs);
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
