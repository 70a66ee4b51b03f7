import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contactRecordOf, control, flowMessages } from '../support/outside.ts';
import { until } from '../support/until.ts';
import { live, makePeople, pause, randomFrom, type Person, type Random, type Success } from './support/people.ts';
import { startWorld, type MortalWorld } from './support/start-world.ts';

/** `FAULTS_SECONDS=600 FAULTS_SEED=7 npx vitest run test/faults` walks longer, or the same way again. */
const SECONDS = Number(process.env.FAULTS_SECONDS ?? 10);
const SEED = Number(process.env.FAULTS_SEED ?? randomInt(1_000_000));
const PEOPLE = 5;
/** Past every lease, every listing delay and the first back-offs; still within HubSpot's half hour of a token. */
const LATER_MS = 600_000;

let world: MortalWorld;
let people: Person[];
beforeEach(async () => {
  world = await startWorld();
  people = await makePeople(world, PEOPLE);
}, 90_000);
afterEach(async (context) => {
  if (context.task.result?.state === 'fail')
    process.stdout.write(`The server said:\n${world.output().slice(-4_000)}\n`);
  await world.close();
});

test(
  `whatever a phone saw accepted stands in all four places exactly once, though the server is killed at any moment (seed ${SEED})`,
  { timeout: SECONDS * 1_000 + 120_000 },
  async () => {
    const successes = await walkWhile(randomFrom(SEED), async (random) => {
      await loseAnAnswer(random);
      await pause(200 + random() * 2_500);
      await world.killServer();
    });
    await world.restartLater(LATER_MS);
    await expectExactlyOnce(successes);
  },
);

test(
  `the server outlives its database: the same holds when PostgreSQL is killed and started again under it (seed ${SEED})`,
  { timeout: SECONDS * 1_000 + 120_000 },
  async () => {
    const pid = world.serverPid();
    const successes = await walkWhile(randomFrom(SEED + 1), async (random) => {
      await pause(1_000 + random() * 4_000);
      await world.killDatabase();
    });
    expect(world.serverPid()).toBe(pid);
    await world.restartLater(LATER_MS);
    await expectExactlyOnce(successes);
  },
);

/** What cannot be written twice without a trace: the next of one of them takes effect, and its answer never comes. */
const CREATING = [
  'POST /submissions/v3/',
  'POST /crm/objects/2026-09/notes',
  'POST /crm/objects/2026-09/communications',
];

async function loseAnAnswer(random: Random): Promise<void> {
  const route = CREATING[Math.floor(random() * CREATING.length)];
  await control(`${world.hubspotControlUrl}/faults`, { route, kind: 'timeout-after-success' });
}

/** Everyone walks while something is being broken, again and again. */
async function walkWhile(random: Random, breakSomething: (random: Random) => Promise<void>): Promise<Success[]> {
  const end = Date.now() + SECONDS * 1_000;
  let breaks = 0;
  // On a busy machine a start takes long: it goes on until something was broken twice.
  const isOver = (): boolean => Date.now() > end && breaks > 1;
  const lives = people.map((person, index) =>
    live(world, person, randomFrom(Math.floor(random() * 1e9) + index), isOver),
  );
  const breaking = (async () => {
    for (; !isOver(); breaks += 1) await breakSomething(random);
  })();
  const [successes] = await Promise.all([Promise.all(lives), breaking]);
  const all = successes.flat();
  process.stdout.write(`  broken ${breaks} times, ${all.length} submissions accepted\n`);
  // A run in which nothing was broken or nobody finished would prove nothing.
  expect(breaks).toBeGreaterThan(1);
  expect(all.length).toBeGreaterThan(0);
  return all;
}

async function expectExactlyOnce(successes: Success[]): Promise<void> {
  await untilNothingIsOpen();
  const rows = await world.query<{ submission_id: string; send_id: string; contact_id: string }>(
    'select submission_id, send_id, contact_id from flowella.submissions',
  );
  const known = new Map(rows.map((row) => [row.submission_id, row.contact_id]));
  expect(successes.filter(({ submissionId }) => !known.has(submissionId))).toEqual([]);
  expect(new Set(rows.map((row) => row.send_id)).size).toBe(rows.length);
  expect(
    await world.query("select state, reason from flowella.deliveries where state <> 'delivered'"),
    'every delivery is delivered',
  ).toEqual([]);
  for (const person of people)
    await expectPlaces(
      person,
      rows.filter((row) => row.contact_id === person.contactId).map((row) => row.submission_id),
      successes,
    );
}

async function untilNothingIsOpen(): Promise<void> {
  await until(async () => {
    const [row] = await world.query<{ open: number }>(
      "select count(*)::int as open from flowella.deliveries where state in ('waiting', 'delivering')",
    );
    return row?.open === 0;
  }, 60_000).catch(() => {});
}

async function expectPlaces(person: Person, submissionIds: string[], successes: Success[]): Promise<void> {
  let record = await contactRecordOf(world, person.contactId);
  // HubSpot puts a form submission on the contact some seconds after it took it.
  const isProcessed = async (): Promise<boolean> => {
    record = await contactRecordOf(world, person.contactId);
    return record.timeline.filter(({ kind }) => kind === 'form-submission').length >= submissionIds.length;
  };
  await until(isProcessed, 15_000).catch(() => {});
  for (const kind of ['form-submission', 'note', 'communication']) {
    const found = record.timeline
      .filter((entry) => entry.kind === kind)
      .map((entry) => /sub_[0-9a-z]{20}/.exec(JSON.stringify(entry))?.[0]);
    expect(found.toSorted(), `${kind} of contact ${person.contactId}`).toEqual(submissionIds.toSorted());
  }
  const said = successes.filter((one) => one.person === person).map((one) => one.said);
  expect(said.length === 0 || said.includes(record.properties.house_number ?? '')).toBe(true);
  const tokens = (await flowMessages(world, person.waId)).map((message) => message.flow.flowToken);
  expect(new Set(tokens).size, 'no message was sent twice').toBe(tokens.length);
}
