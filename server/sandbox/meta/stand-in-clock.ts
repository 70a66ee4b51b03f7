import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Store } from './store.ts';

/** The stand-in's time: the given clock plus an offset that `POST /_standin/clock` sets and that outlives a restart. */
export type StandInClock = Clock & { nowMs(): number; setOffset(offsetMs: number): void };

const rowSchema = z.object({ value: z.string() });

export function createStandInClock(store: Store, clock: Clock): StandInClock {
  const saved = store.first(rowSchema, `select value from settings where name = 'clock_offset_ms'`);
  let offsetMs = Number(saved?.value ?? 0);
  const nowMs = (): number => clock.now().getTime() + offsetMs;
  return {
    now: () => new Date(nowMs()),
    nowMs,
    setOffset: (value) => {
      offsetMs = value;
      store.run(`insert or replace into settings (name, value) values ('clock_offset_ms', ?)`, String(value));
    },
  };
}
