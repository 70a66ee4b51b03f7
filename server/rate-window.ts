/**
 * Counts per key in fixed windows, in this process only: several processes together allow that many times more. Bounded: when too
 * many keys are counted at once, all are forgotten together, which favours the callers.
 */
export class RateWindow {
  #counts = new Map<string, number>();
  #startedAt: number;
  #max: number;
  #windowMs: number;
  #maxKeys: number;
  #monotonicMs: () => number;

  constructor(o: { max: number; windowMs: number; maxKeys?: number; monotonicMs?: () => number }) {
    this.#max = o.max;
    this.#windowMs = o.windowMs;
    this.#maxKeys = o.maxKeys ?? 50_000;
    this.#monotonicMs = o.monotonicMs ?? (() => performance.now());
    this.#startedAt = this.#monotonicMs();
  }

  /** Counts one; false when the key has had its share of this window. */
  take(key: string): boolean {
    this.#startWindow();
    if (this.#counts.size >= this.#maxKeys && !this.#counts.has(key)) this.#counts.clear();
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#max;
  }

  /** Whether the key has had its share of this window; counts nothing. */
  isSpent(key: string): boolean {
    this.#startWindow();
    return (this.#counts.get(key) ?? 0) >= this.#max;
  }

  #startWindow(): void {
    const now = this.#monotonicMs();
    if (now - this.#startedAt < this.#windowMs) return;
    this.#counts.clear();
    this.#startedAt = now;
  }
}
