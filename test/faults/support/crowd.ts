import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import { pause, type Random } from './people.ts';
import { press, type Answer } from './press.ts';
import type { Fleet, FleetPerson, FleetServer } from './start-fleet.ts';

/** What a phone was told: this submission is in. */
export type Heard = { person: FleetPerson; submissionId: string; at: number };
export type Crowd = {
  heard: Heard[];
  /** Presses that even the one retry of WhatsApp's did not bring through: the person saw an error and pressed again. */
  troubles(): number;
  /** Lets everybody finish what they began. */
  stop(): Promise<void>;
};

/** A person presses again for so long; longer, and the walk has failed. */
const PATIENCE_MS = 120_000;
const OPEN = "('waiting', 'delivering')";

/** Everybody opens a flow, fills it in, waits a little and begins anew, at the given pace of all of them together. */
export function startCrowd(fleet: Fleet, random: Random, o: { perSecond: number }): Crowd {
  const heard: Heard[] = [];
  let troubles = 0;
  let isOver = false;
  let failure: unknown = null;
  const pauseMs = (fleet.people.length / o.perSecond) * 1_000;

  const ask = async (request: Record<string, unknown>): Promise<Answer> => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      for (let tries = 0; tries < 2; tries += 1) {
        const server = either(fleet.servers, random);
        const answer = server && (await press(server.url, fleet.portal, request).catch(() => null));
        if (answer && answer.status === 200 && isNews(answer, request)) return answer;
        if (answer && answer.status !== 200 && answer.status !== 421 && answer.status < 500)
          throw new Error(`A phone was answered ${answer.status}: ${JSON.stringify(answer.reply)}`);
      }
      troubles += 1;
      if (Date.now() > end) throw new Error(`A phone was not answered within ${PATIENCE_MS} ms`);
      await pause(200 + random() * 300);
    }
  };

  const walk = async (person: FleetPerson): Promise<void> => {
    const token = await sendTo(fleet, person);
    const { program } = fleet.flow;
    await ask({ version: '3.0', action: 'INIT', flow_token: token });
    const [screen] = program.screens;
    const values = program.fields.flatMap((field) =>
      field.inputs.map(({ name }) => [name, field.question.kind === 'email' ? person.email : 'Lima']),
    );
    const data = { v: fleet.flow.versionId, s: screen?.id, ...Object.fromEntries(values) };
    const request = { version: '3.0', action: 'data_exchange', screen: screen?.id, data, flow_token: token };
    const submissionId = submissionOf(await ask(request));
    heard.push({ person, submissionId, at: Date.now() });
    // A network that lost the answer, or a second device: the same submission.
    if (random() < 0.2) expect(submissionOf(await ask(request))).toBe(submissionId);
  };

  const lives = fleet.people.map(async (person) => {
    await pause(random() * pauseMs);
    while (!isOver && failure === null) {
      await walk(person).catch((err: unknown) => (failure ??= err));
      await pause(pauseMs * (0.5 + random()));
    }
  });
  return {
    heard,
    troubles: () => troubles,
    async stop() {
      isOver = true;
      await Promise.all(lives);
      if (failure !== null) throw failure instanceof Error ? failure : new Error(JSON.stringify(failure));
    },
  };
}

/** Seeding a send is the test's own doing: it waits for the database, however broken that is. */
async function sendTo(fleet: Fleet, person: FleetPerson): Promise<string> {
  let token: string | null = null;
  await until(async () => (token = await fleet.send(person).catch(() => null)) !== null, PATIENCE_MS);
  return String(token);
}

/** The safe screen says that something went wrong, and is the screen that was sent from. */
function isNews({ reply }: Answer, request: Record<string, unknown>): boolean {
  if (request.action === 'INIT') return typeof reply.screen === 'string';
  return reply.screen === 'SUCCESS';
}

function submissionOf({ reply }: Answer): string {
  return /sub_[0-9a-z]{20}/.exec(JSON.stringify(reply))?.[0] ?? '';
}

function either(servers: readonly FleetServer[], random: Random): FleetServer | undefined {
  const alive = servers.filter((server) => server.isAlive());
  return alive[Math.floor(random() * alive.length)];
}

/** How many deliveries to the form have arrived: one per submission. */
export async function arrived(fleet: Fleet): Promise<number> {
  const [row] = await fleet.query<{ count: number }>(
    "select count(*)::int as count from flowella.deliveries where destination = 'timeline' and state = 'delivered'",
  );
  return row?.count ?? 0;
}

/** Arrivals in a second, over so many of them. */
export async function arrivalRate(fleet: Fleet, overMs: number): Promise<number> {
  const [before, since] = [await arrived(fleet), performance.now()];
  await pause(overMs);
  return ((await arrived(fleet)) - before) / ((performance.now() - since) / 1_000);
}

/** False when something still is after that time. */
export async function untilNothingIsOpen(fleet: Fleet, deadlineMs: number): Promise<boolean> {
  const open = async (): Promise<number> =>
    (await fleet.query<{ n: number }>(`select count(*)::int as n from flowella.deliveries where state in ${OPEN}`))[0]
      ?.n ?? 0;
  return until(async () => (await open()) === 0, deadlineMs).then(
    () => true,
    () => false,
  );
}

/** Whatever a phone heard of is in the database and stands at HubSpot once in every place; nothing else stands there; counters balance. */
export async function expectNothingLostOrDoubled(fleet: Fleet, heard: readonly Heard[]): Promise<void> {
  const rows = await fleet.query<{ submission_id: string; contact_id: string; send_id: string }>(
    'select submission_id, contact_id, send_id from flowella.submissions',
  );
  const known = new Set(rows.map((row) => row.submission_id));
  expect(heard.filter(({ submissionId }) => !known.has(submissionId))).toEqual([]);
  expect(new Set(rows.map((row) => row.send_id)).size).toBe(rows.length);
  expect(
    await fleet.query(
      "select destination, state, reason_code, count(*)::int from flowella.deliveries where state <> 'delivered' group by 1, 2, 3",
    ),
    'every delivery is delivered',
  ).toEqual([]);
  const deliveries = await fleet.query<{ count: number }>('select count(*)::int as count from flowella.deliveries');
  expect(deliveries[0]?.count).toBe(rows.length * 4);
  for (const { contactId } of fleet.people) {
    const expected = rows.filter((row) => row.contact_id === contactId).map((row) => row.submission_id);
    const at = await entriesOnce(fleet, contactId, expected.length);
    for (const kind of ['form-submission', 'note', 'communication'])
      expect((at.get(kind) ?? []).toSorted(), `${kind} of contact ${contactId}`).toEqual(expected.toSorted());
  }
}

/** HubSpot puts a form submission on the contact a moment after it took it. */
async function entriesOnce(fleet: Fleet, contactId: string, count: number): Promise<Map<string, string[]>> {
  let found = await fleet.hubspot.entries(contactId);
  const isThere = async (): Promise<boolean> => {
    found = await fleet.hubspot.entries(contactId);
    return (found.get('form-submission')?.length ?? 0) >= count;
  };
  await until(isThere, 15_000).catch(() => {});
  return found;
}
