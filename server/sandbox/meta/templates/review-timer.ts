import type { World } from '../world.ts';
import { nextReviewAt, reviewDueTemplates } from './template-store.ts';

/** Looks after reviews that are due, also those left over from an earlier run. */
export type ReviewTimer = { reschedule(): void; stop(): void };

const MAX_TIMER_MS = 2_000_000_000;

export function startReviewTimer(world: World): ReviewTimer {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  const reschedule = (): void => {
    stop();
    reviewDueTemplates(world);
    world.webhooks.pump();
    const at = nextReviewAt(world.store);
    if (at === null) return;
    timer = setTimeout(reschedule, Math.min(Math.max(at - world.clock.nowMs(), 1), MAX_TIMER_MS));
    timer.unref();
  };
  reschedule();
  return { reschedule, stop };
}
