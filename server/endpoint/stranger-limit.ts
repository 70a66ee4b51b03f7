/** Addresses that name accounts nobody has, in a minute; Meta's own may, after an account was erased. */
const UNKNOWN_PER_MINUTE = 300;
const MINUTE_MS = 60_000;
/** Addresses remembered at most; all are forgotten when there are more, which costs no more than a minute's budget. */
const MAX_ADDRESSES = 10_000;

/**
 * Who asks for accounts that do not exist makes us look into the database each time. Beyond a budget such an address is answered from
 * memory only: accounts that are known are served as before, so that one erased account at Meta disturbs no other.
 */
export class StrangerLimit {
  #counts = new Map<string, number>();
  #since = 0;
  #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  isOver(address: string): boolean {
    this.#startMinute();
    return (this.#counts.get(address) ?? 0) >= UNKNOWN_PER_MINUTE;
  }

  count(address: string): void {
    this.#startMinute();
    if (this.#counts.size >= MAX_ADDRESSES && !this.#counts.has(address)) this.#counts.clear();
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
  }

  #startMinute(): void {
    const now = this.#now();
    if (now - this.#since < MINUTE_MS) return;
    this.#since = now;
    this.#counts.clear();
  }
}
