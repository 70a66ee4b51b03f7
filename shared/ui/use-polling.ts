import { useEffect } from 'react';

/** While something moves, people watch; after five minutes without a change one look in a quarter of a minute is enough. */
const FAST_MS = 2_500;
const SLOW_MS = 15_000;
const FAST_FOR_MS = 5 * 60_000;

/**
 * Looks again every 2.5 s while `active`, more slowly once `fingerprint` has not changed for five minutes, and stops when it
 * is not active any more or the card is gone. Never two looks at a time.
 */
export function usePolling(options: {
  active: boolean;
  fingerprint: string;
  look: () => Promise<void>;
  intervalMs?: number;
}): void {
  const { active, fingerprint, look, intervalMs = FAST_MS } = options;
  useEffect(() => {
    if (!active) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const since = Date.now();
    const next = () => {
      timer = setTimeout(
        () => {
          void look().finally(() => {
            if (!stopped) next();
          });
        },
        Date.now() - since < FAST_FOR_MS ? intervalMs : SLOW_MS,
      );
    };
    next();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [active, fingerprint, look, intervalMs]);
}
