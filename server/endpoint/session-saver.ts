import type pg from 'pg';
import { Batches } from '../batches.ts';
import { isPassingFault } from '../db/passing-fault.ts';

/** One session to save: what `keep_session` takes (migration 070). */
export type SessionToSave = {
  portalId: number;
  sendId: string;
  sessionId: string;
  versionId: string;
  known: readonly number[];
  mark: number;
  state: Buffer;
  screen: string;
  number: number;
  count: number;
  openedAt: Date;
  now: Date;
  expiresAt: Date;
};

type Waiting = { item: SessionToSave; resolve(saved: boolean): void; reject(err: unknown): void };

/** Statements under way at once: one is worked on while the answers of the other are. */
const LANES = 2;
/** So that no statement takes longer than some milliseconds. */
const MAX_BATCH = 32;
/** A batch does not wait for a row that an acceptance or an erasure holds; its items are then saved alone, and may. */
const BATCH_WAIT_MS = 50;
const ALONE_WAIT_MS = 2_000;

/**
 * Saves sessions, in batches as soon as they come in faster than the database answers: a statement costs this process and PostgreSQL
 * more than what it saves. An idle server saves each at once and alone.
 */
export class SessionSaver {
  #pool: pg.Pool;
  #batches = new Batches<Waiting>({ lanes: LANES, max: MAX_BATCH }, (batch) => this.#saveBatch(batch));

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** False when the database has another session than the one this was made from, or the run is over. */
  save(item: SessionToSave): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#batches.add({ item, resolve, reject });
    });
  }

  /** Settles every one of the batch; never rejects. */
  async #saveBatch(unordered: readonly Waiting[]): Promise<void> {
    // In one order everywhere, so that two processes do not wait for each other.
    const batch = unordered.toSorted((a, b) => (a.item.sendId < b.item.sendId ? -1 : 1));
    try {
      const saved = await this.#run(batch, BATCH_WAIT_MS);
      batch.forEach(({ resolve }, index) => resolve(saved[index] === true));
    } catch (err) {
      // Alone beside the lanes: what one of them waits for, or fails of, is nobody else's concern.
      for (const waiting of batch) {
        if (isPassingFault(err)) waiting.reject(err);
        else this.#run([waiting], ALONE_WAIT_MS).then(([saved]) => waiting.resolve(saved === true), waiting.reject);
      }
    }
  }

  async #run(batch: readonly Waiting[], waitMs: number): Promise<boolean[]> {
    const { rows } = await this.#pool.query<{ saved: boolean[] }>({
      name: 'keep_sessions',
      text: 'select keep_sessions($1, $2, $3) as saved',
      values: [
        JSON.stringify(batch.map(({ item }) => rowOf(item))),
        Buffer.concat(batch.map(({ item }) => item.state)),
        waitMs,
      ],
    });
    return rows[0]?.saved ?? [];
  }
}

/** In the order in which `keep_sessions` reads it. */
function rowOf(item: SessionToSave): unknown[] {
  return [
    item.portalId,
    item.sendId,
    item.sessionId,
    item.versionId,
    `{${item.known.join(',')}}`,
    item.mark,
    item.state.length,
    item.screen,
    item.number,
    item.count,
    item.openedAt,
    item.now,
    item.expiresAt,
  ];
}
