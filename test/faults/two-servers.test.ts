import { randomInt } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedFlow, seedPortal, seedSends, type SeededFlow, type SeededPortal } from '../bench/support/seed-portal.ts';
import { startDatabase, startServer, type BenchDatabase, type ServerProcess } from '../bench/support/start-server.ts';
import { textsForm } from '../endpoint/support/desk.ts';
import { randomFrom, type Random } from './support/people.ts';
import { press, type Answer } from './support/press.ts';

/** `FAULTS_SECONDS=600 FAULTS_SEED=7 npx vitest run test/faults/two-servers.test.ts` walks longer, or the same way again. */
const SECONDS = Number(process.env.FAULTS_SECONDS ?? 6);
const SEED = Number(process.env.FAULTS_SEED ?? randomInt(1_000_000));
const PEOPLE = 8;

let database: BenchDatabase;
let portal: SeededPortal;
let flow: SeededFlow;
/** Behind one address, as a proxy would have them: a request goes to either that listens. */
let servers: ServerProcess[];

beforeAll(async () => {
  database = await startDatabase();
  portal = await seedPortal(database, 6_001);
  flow = await seedFlow(database, portal, textsForm(15));
  servers = await Promise.all([startServer(database), startServer(database)]);
}, 90_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await database.close();
});

type Json = Record<string, unknown>;

/** A request, and one more after 421, a 5xx or none; what fails then would be seen by the person. */
async function pressOrRetry(random: Random, request: Json): Promise<Answer> {
  const first = await press(either(random).url, portal, request).catch(() => null);
  if (first && first.status < 500 && first.status !== 421) return first;
  return press(either(random).url, portal, request);
}

/** A proxy knows who listens, and takes the other one when a connection breaks. */
function either(random: Random): ServerProcess {
  const listening = servers.filter((server) => server.isListening());
  const chosen = listening[Math.floor(random() * listening.length)];
  if (!chosen) throw new Error('no server listens');
  return chosen;
}

async function walk(random: Random, said: string): Promise<string> {
  const [token = ''] = await seedSends(database, portal, flow, 1);
  const { program } = flow;
  const opened = await pressOrRetry(random, { version: '3.0', action: 'INIT', flow_token: token });
  expect(opened).toMatchObject({ status: 200, reply: { screen: program.entry } });
  for (const [index, screen] of program.screens.entries()) {
    const fields = program.fields.filter((field) => field.screen === screen.id);
    const values = Object.fromEntries(fields.flatMap((field) => field.inputs.map(({ name }) => [name, said])));
    const data = { v: flow.versionId, s: screen.id, ...values };
    const request = { version: '3.0', action: 'data_exchange', screen: screen.id, data, flow_token: token };
    const answer = await pressOrRetry(random, request);
    expect([answer.status, answer.reply.screen]).toEqual([200, program.screens[index + 1]?.id ?? 'SUCCESS']);
    // Repeated by a network that lost the answer: the same again.
    if (random() < 0.2) expect(await pressOrRetry(random, request)).toEqual(answer);
  }
  return String(token.split('.')[3]);
}

async function walkWhile(breakSomething: (random: Random) => Promise<void>): Promise<void> {
  const end = Date.now() + SECONDS * 1_000;
  const finished: string[] = [];
  const walkers = Array.from({ length: PEOPLE }, async (_, n) => {
    const random = randomFrom(SEED + n);
    for (let round = 0; Date.now() < end; round += 1) finished.push(await walk(random, `${n}-${round}`));
  });
  let breaks = 0;
  const breaking = (async () => {
    for (; Date.now() < end; breaks += 1) await breakSomething(randomFrom(SEED + 1_000 + breaks));
  })();
  const outcome = await Promise.allSettled([...walkers, breaking]);
  const failed = outcome.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failed.length > 0) throw failed[0];
  expect(breaks).toBeGreaterThan(0);
  expect(finished.length).toBeGreaterThan(PEOPLE);
  const rows = await query('select send_id from flowella.submissions where send_id = any($1)', [finished]);
  expect(rows.length).toBe(finished.length);
  process.stdout.write(`  broken ${breaks} times, ${finished.length} walks finished\n`);
}

async function query(text: string, values: unknown[] = []): Promise<Json[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  const { rows } = await client.query<Json>(text, values);
  await client.end();
  return rows;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  ['one of two servers is killed at any moment', (server: ServerProcess) => server.kill()],
  ['one of two servers is stopped as an operator stops it', (server: ServerProcess) => server.close()],
])(
  `%s: nothing fails that one retry does not mend, no session is lost and every walk is one submission (seed ${SEED})`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async (_name, end) => {
    await walkWhile(async (random) => {
      await pause(200 + random() * 800);
      const index = random() < 0.5 ? 0 : 1;
      const server = servers[index];
      if (server) await end(server);
      servers[index] = await startServer(database);
    });
  },
);

test(
  `the database's backends are ended again and again: nobody notices (seed ${SEED})`,
  { timeout: SECONDS * 1_000 + 60_000 },
  async () => {
    await walkWhile(async (random) => {
      await pause(100 + random() * 400);
      await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flowella server' and pid <> pg_backend_pid()",
      );
    });
  },
);
