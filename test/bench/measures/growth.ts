import { z } from 'zod';
import { withPortal } from '../../../server/db/db.ts';
import { claimDeliveries } from '../../../server/delivery/deliveries.ts';
import { settleDeliveries } from '../../../server/delivery/settle-deliveries.ts';
import type { Settlement } from '../../../server/delivery/settlement-of.ts';
import type { DestinationKind } from '../../../server/destinations/destination.ts';
import { benchForm } from '../support/bench-form.ts';
import { ms, percentile, type Measure, type Row } from '../support/measure.ts';
import { seedHistory } from '../support/seed-history.ts';
import { seedFlow, seedPortal } from '../support/seed-portal.ts';
import { startDatabase, type BenchDatabase } from '../support/start-server.ts';

const PORTAL = 9_001;
/** With three deliveries each. */
const SUBMISSIONS = { some: 33_334, full: 333_334 };
const BATCH = 100;
const BATCHES = 15;
/** Moved by one statement while the engine's own are not measured. */
const CHUNK = 5_000;

/** A backlog worked off by the engine's own statements at its beginning and its end, and in bulk between: what claims cost, what stays. */
export const growth: Measure = {
  name: 'growth',
  deadlineMs: 1_500_000,
  async run({ full, say }) {
    const submissions = full ? SUBMISSIONS.full : SUBMISSIONS.some;
    const database = await startDatabase();
    try {
      const portal = await seedPortal(database, PORTAL);
      const flow = await seedFlow(database, portal, benchForm(3));
      const account = { portalId: PORTAL, flow, personIds: [portal.personId] };
      await seedHistory(database, account, { submissions, backlog: true, say });
      await database.analyze();
      const amount = `${(submissions * 3).toLocaleString('en')} deliveries`;
      const rows = [await sizes(database, `${amount}, all waiting`)];
      rows.push(...(await work(database, 'contact', `${amount} waiting`)));
      await workInBulk(database, say);
      rows.push(await sizes(database, `${amount}, nearly all delivered`));
      rows.push(...(await work(database, 'timeline', 'nearly all delivered')));
      const at = performance.now();
      await database.rows('vacuum analyze deliveries, attempts');
      const what = 'vacuum analyze of deliveries and attempts by hand';
      rows.push({ what, budget: '', measured: ms(performance.now() - at), limit: '', met: null });
      rows.push(await sizes(database, `${amount}, vacuumed`));
      rows.push(...(await work(database, 'timeline', 'vacuumed')));
      return rows;
    } finally {
      await database.close();
    }
  },
};

/** Claims batches and settles them as delivered, one transaction each, as a worker does. */
async function work({ db }: BenchDatabase, destination: DestinationKind, when: string): Promise<Row[]> {
  const [claims, settles]: [number[], number[]] = [[], []];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const now = new Date();
    const at = performance.now();
    const claimed = await withPortal(db, PORTAL, (tx) =>
      claimDeliveries(tx, { portalId: PORTAL, destination, now, limit: BATCH }),
    );
    claims.push(performance.now() - at);
    if (claimed.length !== BATCH) throw new Error(`${claimed.length} of ${BATCH} were claimed`);
    const settledAt = performance.now();
    const settled = claimed.map(({ delivery: row }) => ({
      row,
      attempted: 'delivered' as const,
      settlement: done(now),
    }));
    await withPortal(db, PORTAL, (tx) => settleDeliveries(tx, { portalId: PORTAL, destination, settled, now }));
    settles.push(performance.now() - settledAt);
  }
  const row = (what: string, taken: number[]): Row => ({
    what: `${what}, ${when}`,
    budget: '',
    measured: ms(percentile(taken, 0.5)),
    limit: `most ${ms(Math.max(...taken))}`,
    met: null,
  });
  return [row(`${BATCH} deliveries claimed`, claims), row(`${BATCH} settled`, settles)];
}

function done(now: Date): Settlement {
  return { state: 'delivered', dueAt: now, code: null, reason: null, remoteId: '4711', detail: { fields: 15 } };
}

/** The two updates and the attempt of every delivery but the last ones, chunk by chunk; autovacuum is awake meanwhile. */
async function workInBulk(database: BenchDatabase, say: (text: string) => void): Promise<void> {
  for (const destination of ['contact', 'form-submission', 'timeline'] as const) {
    let left = (await countWaiting(database, destination)) - (destination === 'timeline' ? BATCH * BATCHES * 2 : 0);
    for (; left > 0; left -= CHUNK) await workChunk(database, destination, Math.min(CHUNK, left));
    say(`${destination} delivered`);
  }
}

async function countWaiting(database: BenchDatabase, destination: DestinationKind): Promise<number> {
  const [row] = await database.rows(
    "select count(*) from deliveries where portal_id = $1 and destination = $2 and state = 'waiting'",
    [PORTAL, destination],
  );
  return Number(row?.count);
}

async function workChunk(database: BenchDatabase, destination: DestinationKind, limit: number): Promise<void> {
  await database.rows(
    `with taken as (
       select portal_id, delivery_id from deliveries where portal_id = $1 and destination = $2 and state = 'waiting'
       order by lane, due_at, seq limit $3
     ), claimed as (
       update deliveries d set state = 'delivering', attempt = attempt + 1, lease_until = now(), updated_at = now()
       from taken s where d.portal_id = s.portal_id and d.delivery_id = s.delivery_id returning d.portal_id, d.delivery_id, d.attempt
     )
     insert into attempts (portal_id, attempt_id, delivery_id, number, started_at)
     select portal_id, 'att_' || substr(md5(delivery_id), 1, 20), delivery_id, attempt, now() from claimed`,
    [PORTAL, destination, limit],
  );
  await database.rows(
    `with done as (
       update deliveries set state = 'delivered', lease_until = null, remote_id = '4711', detail = '{"fields": 15}', delivered_at = now(),
         updated_at = now()
       where portal_id = $1 and destination = $2 and state = 'delivering' returning portal_id, delivery_id
     )
     update attempts a set finished_at = now(), outcome = 'delivered'
     from done d where a.portal_id = d.portal_id and a.delivery_id = d.delivery_id`,
    [PORTAL, destination],
  );
}

const sizeRow = z.object({
  name: z.string(),
  live: z.coerce.number(),
  dead: z.coerce.number(),
  vacuumed: z.coerce.number(),
  heap: z.coerce.number(),
  indexes: z.coerce.number(),
});

async function sizes(database: BenchDatabase, when: string): Promise<Row> {
  const rows = z.array(sizeRow).parse(
    await database.rows(
      `select relname as name, n_live_tup as live, n_dead_tup as dead, autovacuum_count as vacuumed, pg_table_size(relid) as heap,
              pg_indexes_size(relid) as indexes
       from pg_stat_user_tables where relname in ('submissions', 'deliveries', 'attempts') order by relname desc`,
    ),
  );
  const [{ count } = { count: 1 }] = z
    .array(z.object({ count: z.coerce.number() }))
    .parse(await database.rows('select count(*) as count from deliveries'));
  const total = rows.reduce((sum, row) => sum + row.heap + row.indexes, 0);
  const each = rows.map(
    ({ name, dead, vacuumed, heap, indexes }) =>
      `${name} ${mb(heap)} + ${mb(indexes)} of indexes, ${dead.toLocaleString('en')} dead rows, autovacuum ${vacuumed} times`,
  );
  return {
    what: when,
    budget: '',
    measured: `${Math.round(total / count).toLocaleString('en')} bytes each`,
    limit: mb(total),
    met: null,
    note: each.join('; '),
  };
}

const mb = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;
