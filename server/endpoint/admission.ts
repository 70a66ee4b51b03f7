/** A place among the exchanges under way; `leave` once, `away` around a wait that needs no processor. */
export type Seat = { leave(): void; away<T>(wait: () => Promise<T>): Promise<T> };

/** Meta's first alert is a 90th percentile of 1 s (whatsapp-flows.md section 6.9): half of it is left for the network and for bursts. */
const MAX_WAIT_MS = 500;
/** Always let in, however slow the last ones were: a pause of the database or the collector is not a load. */
const MIN_SEATS = 64;
/** Each holds a body and its keys: some 20 kB as a rule. */
const MAX_SEATS = 2_000;
/** Below so many under way, the time between two answers says nothing about what the machine can do. */
const BUSY = 8;
/** First guess, then the mean of about the last fifty. */
const FIRST_GUESS_MS = 3;
const WEIGHT = 0.04;
/** A pause counts as this at most. */
const MAX_SAMPLE_MS = 50;

/**
 * Decides whether an exchange may begin. By Little's law whoever comes now is answered after (exchanges under way) × (time between two
 * answers while busy): where that is longer than `MAX_WAIT_MS`, waiting would only make everybody late. Whatever is the bottleneck -
 * arithmetic, database, event loop - shows in the time between two answers.
 */
export class Admission {
  #underWay = 0;
  #away = 0;
  #betweenMs = FIRST_GUESS_MS;
  #lastLeftAt: number | null = null;
  #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many may be under way now. */
  get seats(): number {
    return Math.min(MAX_SEATS, Math.max(MIN_SEATS, Math.floor(MAX_WAIT_MS / this.#betweenMs)));
  }

  /** A seat, or null for whom an answer would come too late. */
  enter(): Seat | null {
    if (this.#underWay >= this.seats) return null;
    this.#underWay += 1;
    let isIn = true;
    return {
      leave: () => {
        if (!isIn) return;
        isIn = false;
        this.#measure();
        this.#underWay -= 1;
      },
      away: async (wait) => {
        // Whoever waits for the database to come back keeps nobody else out, within the bound of memory.
        if (this.#away >= MAX_SEATS) throw new Error('too many exchanges wait for the database');
        this.#away += 1;
        this.#underWay -= 1;
        try {
          return await wait();
        } finally {
          this.#away -= 1;
          this.#underWay += 1;
        }
      },
    };
  }

  #measure(): void {
    const now = this.#now();
    if (this.#underWay >= BUSY && this.#lastLeftAt !== null) {
      const sample = Math.min(MAX_SAMPLE_MS, now - this.#lastLeftAt);
      this.#betweenMs += WEIGHT * (sample - this.#betweenMs);
    }
    this.#lastLeftAt = this.#underWay > BUSY ? now : null;
  }
}
