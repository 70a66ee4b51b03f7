/**
 * A cache with a bound in count and age: the least recently used goes first, and nothing is trusted for longer than `ttlMs`.
 * Loads of the same key at once are one load; a failed load is not kept.
 */
export class BoundedCache<K, V> {
  #entries = new Map<K, { value: Promise<V>; at: number }>();
  #max: number;
  #ttlMs: number;
  #now: () => number;

  constructor(options: { max: number; ttlMs: number; now?: () => number }) {
    this.#max = options.max;
    this.#ttlMs = options.ttlMs;
    this.#now = options.now ?? (() => performance.now());
  }

  set(key: K, value: V): void {
    this.forget(key);
    void this.get(key, () => Promise.resolve(value));
  }

  get(key: K, load: () => Promise<V>): Promise<V> {
    const present = this.#entries.get(key);
    if (present && this.#now() - present.at < this.#ttlMs) {
      this.#entries.delete(key);
      this.#entries.set(key, present);
      return present.value;
    }
    const value = load();
    this.#entries.set(key, { value, at: this.#now() });
    value.catch(() => {
      if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
    });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#max) break;
      this.#entries.delete(oldest);
    }
    return value;
  }

  /** What is there and young enough; it does not count as used. */
  peek(key: K): Promise<V> | undefined {
    const present = this.#entries.get(key);
    return present && this.#now() - present.at < this.#ttlMs ? present.value : undefined;
  }

  forget(key: K): void {
    this.#entries.delete(key);
  }
}
