import type { BenchOptions, Measure, Row } from '../support/measure.ts';
import { ms, percentile, perSecond } from '../support/measure.ts';
import { seedExchanges, type Exchanges } from '../support/exchanges.ts';
import { cachedKeyRate, opensslRate } from '../support/machine-limit.ts';
import type { LoadResult } from '../support/load-worker.ts';
import type { Load } from '../support/put-load.ts';
import { makeFlowKey, seedAccounts } from '../support/seed-portal.ts';
import { startSample } from '../support/start-sample.ts';
import { startDatabase, startServer, type BenchDatabase, type ServerProcess } from '../support/start-server.ts';

const CONNECTIONS = [1, 16, 128];
const SECONDS = 3;
const ACCOUNTS = [1, 100, 10_000];
/** So many different keys among all accounts. */
const KEY_PAIRS = 20;
/** Mid-flow, of a sample endpoint that only decrypts and encrypts. */
const TIMES_SAMPLE = 2;

type Kind = { name: 'ping' | 'mid-flow' | 'last screen'; share: number | null; load: Load; repeat: boolean };
type Bench = {
  database: BenchDatabase;
  server: ServerProcess;
  exchanges: Exchanges;
  core: number;
  options: BenchOptions;
};

/** The endpoint as Meta calls it: at its maximum and at half of it, beside a vendor's sample, with many accounts, as two processes. */
export const endpoint: Measure = { name: 'endpoint', deadlineMs: 300_000, run: measure };

async function measure(options: BenchOptions): Promise<Row[]> {
  const database = await startDatabase();
  const server = await startServer(database);
  options.say('encrypting requests');
  const exchanges = await seedExchanges(database);
  try {
    const limit = await machineLimit(exchanges);
    const bench: Bench = { database, server, exchanges, core: limit.core, options };
    const { url } = server;
    const ping = await measureKind(bench, {
      name: 'ping',
      share: 0.85,
      repeat: true,
      load: await exchanges.pings(url),
    });
    const mid = await measureKind(bench, {
      name: 'mid-flow',
      share: 0.5,
      repeat: true,
      load: await exchanges.midFlow(url),
    });
    const sample = await measureSample(bench, mid.best);
    const last = await measureKind(bench, {
      name: 'last screen',
      share: null,
      repeat: false,
      load: await exchanges.lastScreen(url),
    });
    const accounts = await measureAccounts(bench);
    const two = await measureTwo(bench);
    const first = { what: 'RSA-2048, one core', budget: '', measured: '', limit: limit.text, met: null };
    return [first, ...ping.rows, ...mid.rows, ...sample, ...last.rows, ...accounts, ...two];
  } finally {
    await exchanges.close();
    await server.close();
    await database.close();
  }
}

async function machineLimit({ portal }: Exchanges): Promise<{ core: number; text: string }> {
  const openssl = await opensslRate();
  const single = await cachedKeyRate(portal.privateKeyDer, portal.publicKeyPem, 1);
  const all = await cachedKeyRate(portal.privateKeyDer, portal.publicKeyPem, 32);
  const node = `Node cached key ${perSecond(single)} one at a time, ${perSecond(all)} at 32`;
  return { core: openssl ?? single, text: `${openssl ? `openssl ${perSecond(openssl)}, ` : ''}${node}` };
}

const answered = (result: LoadResult): number => result.statuses['200'] ?? 0;
const rateOf = (result: LoadResult): number => (answered(result) * 1_000) / result.elapsedMs;
const shareOf = (rate: number, core: number): string => `${Math.round((rate / core) * 100)} % of a core's RSA`;

function refuseBad(what: string, result: LoadResult): LoadResult {
  if (Object.keys(result.statuses).some((status) => status !== '200' && status !== '421'))
    throw new Error(`${what}: answers were neither 200 nor 421: ${JSON.stringify(result.statuses)}`);
  return result;
}

/** Puts load on the server and says what it cost: latencies, event-loop delay and processor time of the server process. */
async function put(server: ServerProcess, what: string, load: Load, job: Parameters<Load['put']>[0]) {
  const before = await server.figures();
  const result = refuseBad(what, await load.put(job));
  const after = await server.figures();
  const cpu = ((after.cpuMs - before.cpuMs) * 1_000) / Math.max(1, answered(result));
  const p99 = percentile(result.latenciesMs, 0.99);
  const loop = `event loop p99 ${ms(after.loopP99Ms)}, max ${ms(after.loopMaxMs)}`;
  const note = `p50 ${ms(percentile(result.latenciesMs, 0.5))}, p99 ${ms(p99)}, ${loop}, server ${Math.round(cpu)} µs of processor each`;
  const shed = result.statuses['421'] ? `, ${result.statuses['421']} turned away` : '';
  return { result, rate: rateOf(result), p99, note: note + shed, rssMb: after.rssMb };
}

async function measureKind(bench: Bench, kind: Kind): Promise<{ rows: Row[]; best: number }> {
  const { server, core, options } = bench;
  const rows: Row[] = [];
  let best = 0;
  let from = 0;
  const run = async (job: { connections: number; durationMs: number; rate: number | null }) => {
    const done = await put(server, kind.name, kind.load, { ...job, repeat: kind.repeat, from });
    if (!kind.repeat) from += done.result.sent;
    return done;
  };
  if (kind.repeat) await run({ connections: 16, durationMs: 1_500, rate: null });
  for (const connections of CONNECTIONS) {
    options.say(`${kind.name} at ${connections}`);
    const { rate, note } = await run({ connections, durationMs: (kind.repeat ? SECONDS : 1.5) * 1_000, rate: null });
    best = Math.max(best, rate);
    const what = `${kind.name}, ${connections} connection${connections === 1 ? '' : 's'}`;
    rows.push({ what, budget: '', measured: perSecond(rate), limit: shareOf(rate, core), met: null, note });
  }
  if (kind.share !== null) {
    rows.push({
      what: `${kind.name}, best`,
      budget: `≥ ${Math.round(kind.share * 100)} % of a core's RSA (${perSecond(core * kind.share)})`,
      measured: perSecond(best),
      limit: perSecond(core),
      met: best >= core * kind.share,
    });
  }
  const half = await run({ connections: 64, durationMs: SECONDS * 1_000, rate: best / 2 });
  rows.push({
    what: `${kind.name}, p99 at half of its maximum (${perSecond(best / 2)})`,
    budget: '≤ 50 ms',
    measured: ms(half.p99),
    limit: `${half.result.sent} sent`,
    met: half.p99 <= 50,
    note: half.note,
  });
  return { rows, best };
}

/** The same requests to an endpoint as samples show it. */
async function measureSample({ exchanges, core, options }: Bench, ours: number): Promise<Row[]> {
  options.say('a sample endpoint');
  const sample = await startSample(exchanges.portal);
  try {
    const load = await exchanges.midFlow(sample.url, { from: 0, to: 0.25 });
    const rows: Row[] = [];
    let best = 0;
    for (const connections of CONNECTIONS) {
      const result = refuseBad('sample', await load.put({ connections, durationMs: 2_000, rate: null, repeat: true }));
      const rate = rateOf(result);
      best = Math.max(best, rate);
      const note = `p50 ${ms(percentile(result.latenciesMs, 0.5))}, p99 ${ms(percentile(result.latenciesMs, 0.99))}`;
      const what = `a plain sample endpoint, ${connections} connection${connections === 1 ? '' : 's'}`;
      rows.push({ what, budget: '', measured: perSecond(rate), limit: shareOf(rate, core), met: null, note });
    }
    rows.push({
      what: 'mid-flow, best, against the sample',
      budget: `≥ ${TIMES_SAMPLE} times (${perSecond(best * TIMES_SAMPLE)})`,
      measured: `${(ours / best).toFixed(2)} times`,
      limit: perSecond(best),
      met: ours >= best * TIMES_SAMPLE,
    });
    return rows;
  } finally {
    sample.close();
  }
}

/** Each account with a key of its own: the first request of each, then the others. */
async function measureAccounts({ database, server, exchanges, core, options }: Bench): Promise<Row[]> {
  const pairs = Array.from({ length: KEY_PAIRS }, makeFlowKey);
  const rows: Row[] = [];
  for (const count of ACCOUNTS) {
    options.say(`${count} accounts`);
    const accounts = await seedAccounts(database, exchanges.portal, { count, pairs });
    const load = await exchanges.pingsTo(server.url, accounts);
    const first = await put(server, 'accounts', load, {
      connections: 16,
      durationMs: 40_000,
      rate: null,
      repeat: false,
    });
    const { rate, note, rssMb } = await put(server, 'accounts', load, {
      connections: 128,
      durationMs: SECONDS * 1_000,
      rate: null,
      repeat: true,
    });
    const name = `${count.toLocaleString('en')} account${count === 1 ? '' : 's'}`;
    if (count > 1)
      rows.push({
        what: `the first ping to each of ${name}, 16 connections`,
        budget: '',
        measured: perSecond(first.rate),
        limit: shareOf(first.rate, core),
        met: null,
        note: first.note,
      });
    rows.push({
      what: `ping, ${name}, 128 connections`,
      budget: '',
      measured: perSecond(rate),
      limit: shareOf(rate, core),
      met: null,
      note: `${note}, server ${Math.round(rssMb)} MB`,
    });
  }
  return rows;
}

/** Two processes on the same database, each person always at the same one, and at either. */
async function measureTwo({ database, server, exchanges, core, options }: Bench): Promise<Row[]> {
  options.say('two processes');
  const other = await startServer(database);
  const both = async (what: string, loads: readonly Load[]): Promise<Row> => {
    const job = { connections: 64, repeat: true, rate: null };
    await Promise.all(loads.map((load) => load.put({ ...job, durationMs: 1_000 })));
    const results = await Promise.all(loads.map((load) => load.put({ ...job, durationMs: SECONDS * 1_000 })));
    const rate = results.reduce((sum, result) => sum + rateOf(refuseBad(what, result)), 0);
    const latencies = results.flatMap((result) => result.latenciesMs);
    const note = `p50 ${ms(percentile(latencies, 0.5))}, p99 ${ms(percentile(latencies, 0.99))}`;
    return {
      what: `${what}, 2 × 64 connections`,
      budget: '',
      measured: perSecond(rate),
      limit: shareOf(rate, core),
      met: null,
      note,
    };
  };
  try {
    const { pings, midFlow } = exchanges;
    const apart = [await midFlow(server.url, { from: 0, to: 0.5 }), await midFlow(other.url, { from: 0.5, to: 1 })];
    const mixed = [await midFlow(server.url, { from: 0, to: 0.5 }), await midFlow(other.url, { from: 0, to: 0.5 })];
    return [
      await both('two processes, ping', [await pings(server.url), await pings(other.url)]),
      await both('two processes, mid-flow, a person always at the same one', apart),
      await both('two processes, mid-flow, a person at either', mixed),
    ];
  } finally {
    await other.close();
  }
}
