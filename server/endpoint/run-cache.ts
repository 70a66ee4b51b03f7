import type { Run } from './runs.ts';

/** Bounds of what is remembered; about 3 kB for a run half-way through a form of 60 questions. */
export type RunCacheLimits = { maxRuns: number; maxBytes: number; idleMs: number };

const LIMITS: RunCacheLimits = { maxRuns: 20_000, maxBytes: 64 * 1_048_576, idleMs: 10 * 60_000 };
/** What an entry costs beside its values. */
const OVERHEAD_BYTES = 1_000;

type Entry = { run: Run; bytes: number; usedAt: number };

/**
 * Runs this process answered last: what the database most likely still has. Nobody may rely on it without a statement that would
 * refuse (`keep_session`, `hold_run`). Bounded in count, bytes and idle time; the least recently used goes first.
 */
export class RunCache {
  #entries = new Map<string, Entry>();
  #bytes = 0;
  #limits: RunCacheLimits;
  #now: () => number;

  constructor(limits: Partial<RunCacheLimits> = {}, now: () => number = () => performance.now()) {
    this.#limits = { ...LIMITS, ...limits };
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(portalId: number, sendId: string): Run | null {
    const key = keyOf(portalId, sendId);
    this.#dropIdle();
    const entry = this.#entries.get(key);
    if (!entry) return null;
    this.#entries.delete(key);
    entry.usedAt = this.#now();
    this.#entries.set(key, entry);
    return entry.run;
  }

  /** `stateBytes`: how large its session is, sealed. */
  set(run: Run, stateBytes: number): void {
    const key = keyOf(run.portalId, run.sendId);
    this.#drop(key);
    const bytes = OVERHEAD_BYTES + 2 * (stateBytes + run.prefillBytes);
    if (bytes > this.#limits.maxBytes) return;
    this.#entries.set(key, { run, bytes, usedAt: this.#now() });
    this.#bytes += bytes;
    this.#dropIdle();
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.maxRuns && this.#bytes <= this.#limits.maxBytes) break;
      this.#drop(oldest);
    }
  }

  forget(portalId: number, sendId: string): void {
    this.#drop(keyOf(portalId, sendId));
  }

  #dropIdle(): void {
    const limit = this.#now() - this.#limits.idleMs;
    for (const [key, entry] of this.#entries) {
      if (entry.usedAt > limit) break;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

function keyOf(portalId: number, sendId: string): string {
  return `${portalId}:${sendId}`;
}
