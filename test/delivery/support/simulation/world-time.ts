/** A program that runs on this time, and can be killed or frozen. */
export type Owner = { name: string; isAlive: boolean; frozenUntil: number };

type Event = { at: number; n: number; owner: Owner | null; fire: () => void };

/**
 * The simulation's time: a list of what happens when. True time never goes back; the clock that programs read may be set, as an
 * operator or a time server does. What belongs to a killed program never happens.
 */
export class WorldTime {
  /** Milliseconds since the epoch. */
  now: number;
  #clockOffsetMs = 0;
  #n = 0;
  #events: Event[] = [];

  constructor(start: Date) {
    this.now = start.getTime();
  }

  clock(skewMs = 0): { now(): Date } {
    return { now: () => new Date(this.now + this.#clockOffsetMs + skewMs) };
  }

  setClock(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  /** True time at which the programs' clock shows this. */
  whenClockShows(date: Date): number {
    return date.getTime() - this.#clockOffsetMs;
  }

  at(at: number, owner: Owner | null, fire: () => void): void {
    this.#events.push({ at: Math.max(at, this.now), n: (this.#n += 1), owner, fire });
  }

  in(ms: number, owner: Owner | null, fire: () => void): void {
    this.at(this.now + ms, owner, fire);
  }

  sleep(ms: number, owner: Owner | null): Promise<void> {
    return new Promise((resolve) => this.in(ms, owner, resolve));
  }

  /** Makes the next thing happen; false when there is none. */
  step(): boolean {
    for (;;) {
      const next = this.#events.reduce<Event | undefined>(
        (best, one) => (!best || one.at < best.at || (one.at === best.at && one.n < best.n) ? one : best),
        undefined,
      );
      if (!next) return false;
      this.#events.splice(this.#events.indexOf(next), 1);
      if (next.owner?.isAlive === false) continue;
      if (next.owner && next.owner.frozenUntil > next.at) {
        this.#events.push({ ...next, at: next.owner.frozenUntil });
        continue;
      }
      this.now = Math.max(this.now, next.at);
      next.fire();
      return true;
    }
  }
}

export type Random = {
  (): number;
  below(limit: number): number;
  between(from: number, to: number): number;
  chance(p: number): boolean;
  pick<T>(list: readonly T[]): T;
};

/** Mulberry32: small, and the same for the same seed on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return Object.assign(next, {
    below: (limit: number) => Math.floor(next() * limit),
    between: (from: number, to: number) => from + next() * (to - from),
    chance: (p: number) => next() < p,
    pick: <T>(list: readonly T[]): T => {
      const found = list[Math.floor(next() * list.length)];
      if (found === undefined) throw new Error('Nothing to pick from');
      return found;
    },
  });
}
