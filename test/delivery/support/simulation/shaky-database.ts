import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Db } from '../../../../server/db/db.ts';
import type { Database } from '../../../../server/db/schema.ts';
import type { Owner } from './world-time.ts';

/** A connection that breaks at a statement: before PostgreSQL got it, or after it was done and its answer was lost. */
export type Cut = {
  /** So many statements from now, of whichever program. */
  after: number;
  when: 'before' | 'after';
  /** What else happens at that moment: to the program whose statement it was, or to the database. */
  then: (program: Owner) => void;
};

const SET_PORTAL = /^select set_config\('app\.portal_id', \$1, true\)$/;

/**
 * The database as programs see it: over one real connection, of which a program's end can break at any statement, which can be away,
 * and from which a program that was killed never hears again. What was open when it broke is rolled back, as PostgreSQL does.
 */
export class ShakyDatabase {
  isDown = false;
  #pool: pg.Pool;
  #cut: Cut | null = null;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Takes the place of a cut that has not happened yet. */
  cut(cut: Cut): void {
    this.#cut = cut;
  }

  calm(): void {
    this.#cut = null;
    this.isDown = false;
  }

  /** A program's own handles. Its pool knows the two calls that the product makes. */
  open(owner: Owner): { db: Db; pool: pg.Pool } {
    const connect = async (): Promise<ShakyClient> => {
      this.refuseIfAway();
      return new ShakyClient(this, owner, await this.#pool.connect());
    };
    const query = async (...args: unknown[]): Promise<unknown> => {
      const client = await connect();
      try {
        return await client.query(...args);
      } finally {
        client.release();
      }
    };
    const pool = { connect, query, end: () => Promise.resolve() };
    return {
      db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: pool as never }) }),
      pool: pool as unknown as pg.Pool,
    };
  }

  refuseIfAway(): void {
    if (this.isDown) throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }

  /** The cut, when this statement is the one. */
  atStatement(): Cut | null {
    const cut = this.#cut;
    if (!cut) return null;
    cut.after -= 1;
    if (cut.after > 0) return null;
    this.#cut = null;
    return cut;
  }
}

class ShakyClient {
  #database: ShakyDatabase;
  #owner: Owner;
  /** Null once it broke or was given back. */
  #client: pg.PoolClient | null;
  #isInTransaction = false;
  /** `begin` goes with the statement that sets the portal: a third of all round trips of a small transaction. */
  #hasToBegin = false;

  constructor(database: ShakyDatabase, owner: Owner, client: pg.PoolClient) {
    this.#database = database;
    this.#owner = owner;
    this.#client = client;
  }

  async query(...args: unknown[]): Promise<unknown> {
    await this.#hearNothingWhenDead();
    if (!this.#client) throw new Error('Client has encountered a connection error and is not queryable');
    const cut = this.#database.atStatement();
    if (!cut) return this.#send(this.#client, args);
    if (cut.when === 'after') await this.#send(this.#client, args);
    cut.then(this.#owner);
    await this.#breakOff();
    await this.#hearNothingWhenDead();
    throw new Error('Connection terminated unexpectedly');
  }

  release(): void {
    this.#client?.release();
    this.#client = null;
  }

  async #send(client: pg.PoolClient, args: unknown[]): Promise<unknown> {
    const [text, values] = args;
    if (text === 'begin') {
      this.#hasToBegin = true;
      this.#isInTransaction = true;
      return { rows: [], rowCount: 0, command: 'BEGIN' };
    }
    if (this.#hasToBegin) {
      this.#hasToBegin = false;
      const [portal] = Array.isArray(values) ? (values as unknown[]) : [];
      if (typeof text === 'string' && SET_PORTAL.test(text) && /^\d+$/.test(String(portal))) {
        const all: unknown = await client.query(`begin; select set_config('app.portal_id', '${String(portal)}', true)`);
        return (all as unknown[])[1];
      }
      await client.query('begin');
    }
    if (text === 'commit' || text === 'rollback') this.#isInTransaction = false;
    return (client.query as (...all: unknown[]) => unknown)(...args);
  }

  async #breakOff(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (this.#isInTransaction && !this.#hasToBegin) await client?.query('rollback');
    client?.release();
  }

  async #hearNothingWhenDead(): Promise<void> {
    if (this.#owner.isAlive) return;
    if (this.#client) await this.#breakOff();
    await new Promise(() => {});
  }
}
