import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import type { ExchangeAnswer } from '../../server/endpoint/exchange.ts';
import { RunCache } from '../../server/endpoint/run-cache.ts';
import { openDesks, type Desk, type Desks } from './support/desk.ts';

/** What a process remembers of a run saves a round trip and decides nothing by itself. */
let desks: Desks;
let here: Desk;
let there: Desk;
let token: string;
let screens: { id: string; inputs: string[] }[];

beforeAll(async () => {
  desks = await openDesks(7_001);
  screens = desks.program.screens.map(({ id }) => ({
    id,
    inputs: desks.program.fields
      .filter((one) => one.screen === id)
      .flatMap((one) => one.inputs.map(({ name }) => name)),
  }));
});
afterAll(() => desks.t.close());
beforeEach(async () => {
  here = desks.desk();
  there = desks.desk();
  token = await desks.token();
});

const sendId = (): string => String(token.split('.')[3]);
const values = (index: number, text: string): Record<string, string> =>
  Object.fromEntries(screens[index]?.inputs.map((name) => [name, text]) ?? []);
const submit = (desk: Desk, index: number, text = `Answer ${index}`): Promise<ExchangeAnswer> =>
  desk.submit(token, screens[index]?.id ?? '', values(index, text));
const screenOf = (answer: ExchangeAnswer): unknown =>
  answer.kind === 'reply' ? Reflect.get(answer.body, 'screen') : answer;
const ownerQuery = async (text: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: desks.t.ownerUrl });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text, parameters);
  await client.end();
  return rows;
};
const stored = () => ownerQuery('select seq, mark, state_sealed from flowella.sessions where send_id = $1', [sendId()]);
const answersOf = async (): Promise<unknown> => {
  const [row] = await ownerQuery(
    'select submission_id, answers_sealed, answers_key_wrapped from flowella.submissions where send_id = $1',
    [sendId()],
  );
  const { openAnswers } = await import('../../server/keys/answer-keys.ts');
  return openAnswers(await desks.t.keys.dataKey(desks.portal.portalId), {
    submission_id: String(row?.submission_id),
    answers_sealed: row?.answers_sealed as Buffer,
    answers_key_wrapped: row?.answers_key_wrapped as Buffer,
  });
};

test('three screens ask for their first one only to be read, and each is saved by one statement', async () => {
  expect(screens.length).toBe(3);
  expect(screenOf(await here.ask(token, { action: 'INIT' }))).toBe(screens[0]?.id);
  expect(screenOf(await submit(here, 0))).toBe(screens[1]?.id);
  expect(screenOf(await submit(here, 1))).toBe(screens[2]?.id);
  expect(here.queries()).toEqual(['read_run', 'keep_sessions', 'keep_sessions', 'keep_sessions']);
  expect(screenOf(await submit(here, 2))).toBe('SUCCESS');
});

test('a repeat gets the same reply, whichever process it reaches', async () => {
  await here.ask(token, { action: 'INIT' });
  const first = await submit(here, 0);
  expect(await submit(here, 0)).toEqual(first);
  expect(await submit(there, 0)).toEqual(first);
  expect(await submit(here, 0)).toEqual(first);
  const [a, b, c] = await Promise.all([submit(here, 0), submit(there, 0), submit(here, 0)]);
  expect([a, b, c]).toEqual([first, first, first]);
});

test('what another process has saved since is not overwritten: the answers of both count', async () => {
  await here.ask(token, { action: 'INIT' });
  expect(screenOf(await submit(there, 0, 'from there'))).toBe(screens[1]?.id);
  // Here the first screen is still remembered as the only one: the statement refuses, and the answer is given anew.
  expect(screenOf(await submit(here, 1, 'from here'))).toBe(screens[2]?.id);
  // And there: the second screen's answer is not known, the last one's is asked for on what the database has.
  expect(screenOf(await submit(there, 2, 'the last'))).toBe('SUCCESS');
  expect(JSON.stringify(await answersOf())).toMatch(/from there.*from here.*the last/);
});

test('the last screen rests on the database too: a process that missed a changed answer accepts the changed one', async () => {
  await here.ask(token, { action: 'INIT' });
  await submit(here, 0, 'old');
  await submit(here, 1, 'second');
  await submit(there, 0, 'changed');
  expect(screenOf(await submit(here, 2, 'third'))).toBe('SUCCESS');
  expect(JSON.stringify(await answersOf())).toMatch(/changed.*second.*third/);
});

test('asynchronous commits that a crash of the database took along are made up for by the process that answered', async () => {
  await here.ask(token, { action: 'INIT' });
  const [before] = await stored();
  await submit(here, 0, 'kept in memory');
  await submit(here, 1, 'kept too');
  await ownerQuery('update flowella.sessions set seq = $2, mark = $3, state_sealed = $4 where send_id = $1', [
    sendId(),
    before?.seq,
    before?.mark,
    before?.state_sealed,
  ]);
  expect(screenOf(await submit(here, 1, 'kept too'))).toBe(screens[2]?.id);
  await ownerQuery('delete from flowella.sessions where send_id = $1', [sendId()]);
  expect(screenOf(await submit(here, 2, 'third'))).toBe('SUCCESS');
  expect(JSON.stringify(await answersOf())).toMatch(/kept in memory.*kept too.*third/);
});

test('after such a crash a session that another process made of the older one is not overwritten', async () => {
  await here.ask(token, { action: 'INIT' });
  const [before] = await stored();
  await submit(here, 0, 'lost');
  await ownerQuery('update flowella.sessions set seq = $2, mark = $3, state_sealed = $4 where send_id = $1', [
    sendId(),
    before?.seq,
    before?.mark,
    before?.state_sealed,
  ]);
  await submit(there, 0, 'won');
  await submit(here, 1, 'second');
  await submit(here, 2, 'third');
  expect(JSON.stringify(await answersOf())).toMatch(/won.*second.*third/);
});

describe('what is over is over at once, though it is remembered as open', () => {
  beforeEach(async () => {
    await here.ask(token, { action: 'INIT' });
    await submit(here, 0);
    await submit(here, 1);
  });
  const close = (reason: string): Promise<unknown> =>
    withPortal(desks.t.db, desks.portal.portalId, (tx) =>
      tx
        .updateTable('sends')
        .set({ open: false, closed_reason: reason, prefill_sealed: null })
        .where('send_id', '=', sendId())
        .execute(),
    );

  test.each(['replaced', 'erased'])(
    'a send that was closed (%s) saves nothing, accepts nothing and gets 427',
    async (reason) => {
      await close(reason);
      const before = await stored();
      expect((await submit(here, 1)).kind).toBe('token-over');
      expect((await submit(here, 2)).kind).toBe('token-over');
      expect((await here.ask(token, { action: 'INIT' })).kind).toBe('token-over');
      expect(await stored()).toEqual(before);
      expect(await ownerQuery('select 1 from flowella.submissions where send_id = $1', [sendId()])).toEqual([]);
    },
  );

  test('an erased person leaves no session behind, and none comes back', async () => {
    await close('erased');
    await ownerQuery('delete from flowella.sessions where send_id = $1', [sendId()]);
    expect((await submit(here, 1)).kind).toBe('token-over');
    expect(await stored()).toEqual([]);
  });

  test('an erased account saves nothing and accepts nothing', async () => {
    const [row] = await ownerQuery('select data_key_wrapped from flowella.portals where portal_id = 7001');
    await ownerQuery('update flowella.portals set data_key_wrapped = null where portal_id = 7001');
    const before = await stored();
    const answers = [await submit(here, 1), await submit(here, 2)];
    await ownerQuery('update flowella.portals set data_key_wrapped = $1 where portal_id = 7001', [
      row?.data_key_wrapped,
    ]);
    expect(answers.map((answer) => answer.kind)).toEqual(['token-over', 'token-over']);
    expect(await stored()).toEqual(before);
    expect(await ownerQuery('select 1 from flowella.submissions where send_id = $1', [sendId()])).toEqual([]);
  });

  test('an erasure that runs beside the first exchange finds the session or prevents it', async () => {
    token = await desks.token();
    const client = new pg.Client({ connectionString: desks.t.ownerUrl });
    await client.connect();
    await client.query('begin');
    await client.query("update flowella.sends set open = false, closed_reason = 'erased' where send_id = $1", [
      sendId(),
    ]);
    await client.query('delete from flowella.sessions where send_id = $1', [sendId()]);
    const opening = here.ask(token, { action: 'INIT' });
    const isWaiting = async (): Promise<boolean> =>
      (
        await ownerQuery(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%keep_sessions%'",
        )
      ).length > 0;
    await expect.poll(isWaiting).toBe(true);
    await client.query('commit');
    await client.end();
    expect((await opening).kind).toBe('token-over');
    expect(await stored()).toEqual([]);
  });
});

test('sessions that come in faster than they are saved are saved together, each on its own terms', async () => {
  const tokens = await Promise.all(Array.from({ length: 40 }, () => desks.token()));
  const [gone = '', ...others] = tokens;
  await ownerQuery("update flowella.sends set open = false, closed_reason = 'replaced' where send_id = $1", [
    gone.split('.')[3],
  ]);
  const asked = await Promise.all(tokens.map((one) => here.ask(one, { action: 'INIT' })));
  expect(asked.map((answer) => answer.kind)).toEqual(['token-over', ...others.map(() => 'reply')]);
  const before = here.queries().length;
  const said = (one: string): Promise<ExchangeAnswer> =>
    here.submit(one, screens[0]?.id ?? '', values(0, String(one.split('.')[3])));
  const answers = await Promise.all(others.map(said));
  expect(answers.map(screenOf)).toEqual(others.map(() => screens[1]?.id));
  expect(here.queries().length - before).toBeLessThan(10);
  for (const one of others.slice(0, 5)) {
    const reply = await there.ask(one, { action: 'BACK', screen: screens[1]?.id ?? '' });
    expect(JSON.stringify(reply)).toContain(String(one.split('.')[3]));
  }
});

test('a session that somebody holds keeps no other one waiting, and is saved when it is let go', async () => {
  const tokens = await Promise.all(Array.from({ length: 8 }, () => desks.token()));
  for (const one of tokens) await here.ask(one, { action: 'INIT' });
  const [held = '', ...others] = tokens;
  const client = new pg.Client({ connectionString: desks.t.ownerUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from flowella.sessions where send_id = $1 for update', [held.split('.')[3]]);
  const screen = screens[0]?.id ?? '';
  const waiting = here.submit(held, screen, values(0, 'held'));
  const answers = await Promise.all(others.map((one) => here.submit(one, screen, values(0, 'free'))));
  expect(answers.map(screenOf)).toEqual(others.map(() => screens[1]?.id));
  await client.query('commit');
  await client.end();
  expect(screenOf(await waiting)).toBe(screens[1]?.id);
});

test('the memory is bounded in count, bytes and idle time', async () => {
  let now = 0;
  const cache = new RunCache({ maxRuns: 3, maxBytes: 20_000, idleMs: 1_000 }, () => now);
  const desk = desks.desk(cache);
  const tokens = await Promise.all(Array.from({ length: 5 }, () => desks.token()));
  for (const one of tokens) await desk.ask(one, { action: 'INIT' });
  expect(cache.size).toBe(3);
  token = tokens[4] ?? '';
  await submit(desk, 0, 'x'.repeat(50));
  const run = cache.get(desks.portal.portalId, sendId());
  expect(run?.session?.accepted).not.toEqual({});
  if (run) cache.set(run, 9_300);
  expect(cache.size).toBe(1);
  if (run) cache.set(run, 20_000);
  expect(cache.size).toBe(0);
  if (run) cache.set(run, 100);
  now = 1_001;
  expect(cache.get(desks.portal.portalId, sendId())).toBeNull();
  expect(cache.size).toBe(0);
});
