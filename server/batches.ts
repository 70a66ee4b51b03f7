/**
 * Gathers what comes in faster than it is worked off: at most `lanes` batches of at most `max` are under way, and what comes meanwhile
 * waits to go together. While there is nothing to wait for, each goes at once and alone. `work` settles its batch and never rejects.
 */
export class Batches<T> {
  #waiting: T[] = [];
  #underWay = 0;
  #limits: { lanes: number; max: number };
  #work: (batch: T[]) => Promise<void>;

  constructor(limits: { lanes: number; max: number }, work: (batch: T[]) => Promise<void>) {
    this.#limits = limits;
    this.#work = work;
  }

  add(item: T): void {
    this.#waiting.push(item);
    this.#start();
  }

  #start(): void {
    while (this.#underWay < this.#limits.lanes && this.#waiting.length > 0) {
      this.#underWay += 1;
      void this.#work(this.#waiting.splice(0, this.#limits.max)).finally(() => {
        this.#underWay -= 1;
        this.#start();
      });
    }
  }
}
