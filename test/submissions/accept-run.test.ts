import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContactDestination } from '../../server/destinations/contact/contact-destination.ts';
import { createFormSubmissionDestination } from '../../server/destinations/form-submission/form-submission-destination.ts';
import { createTimelineDestination } from '../../server/destinations/timeline/timeline-destination.ts';
import { acceptRun, type RunAcceptance } from '../../server/submissions/accept.ts';
import { benchForm } from '../bench/support/bench-form.ts';
import {
  NO_MAPPING,
  seedFlow,
  seedPortal,
  seedSends,
  type SeededFlow,
  type SeededPortal,
} from '../bench/support/seed-portal.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const PORTAL = 5_001;
const OTHER = 5_002;
const now = new Date('2026-11-23T10:00:00Z');

let t: TestDatabase;
let portal: SeededPortal;
let flow: SeededFlow;
beforeAll(async () => {
  t = await testDatabase();
  portal = await seedPortal(t, PORTAL);
  await seedPortal(t, OTHER);
  flow = await seedFlow(t, portal, benchForm(3));
});
afterAll(() => t.close());

const newSend = async (): Promise<string> =>
  String((await seedSends(t, portal, flow, 1))[0]?.split('.').find((part) => part.startsWith('snd_')));

const accept = async (
  sendId: string,
  { known = [0], portalId = PORTAL, ...more }: Partial<RunAcceptance> & { known?: number[] } = {},
) =>
  acceptRun(
    t.pool,
    {
      destinations: [createContactDestination(), createFormSubmissionDestination(), createTimelineDestination()],
      dataKey: await t.keys.dataKey(portalId),
      now,
    },
    {
      portalId,
      sendId,
      flowId: flow.flowId,
      versionId: flow.versionId,
      formId: flow.formId,
      formRevision: 'r1',
      mapping: NO_MAPPING,
      answers: { '0-1/q0': { kind: 'text', value: 'Lima' } },
      acceptedFrom: 'endpoint',
      locale: 'en',
      openedAt: now,
      screens: null,
      finishedAt: now,
      ...more,
    },
    known,
  );

async function owner<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: t.ownerUrl, options: '-c search_path=flowella,public' });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Of one send: what is written of it, and the jobs there are altogether. */
async function written(sendId: string) {
  const [row] = await owner<{ submissions: number; deliveries: string[]; open: boolean; jobs: number }>(
    `select (select count(*)::int from submissions s where s.send_id = n.send_id) as submissions, n.open,
       (select array_agg(d.destination || case when d.depends_on is null then '' else ' later' end order by d.seq)
        from deliveries d join submissions s using (portal_id, submission_id) where s.send_id = n.send_id) as deliveries,
       (select count(*)::int from pgboss.job where name = 'delivery') as jobs
     from sends n where n.send_id = $1`,
    [sendId],
  );
  return row;
}

test('submission, deliveries, the end of its send and a job for what can be delivered at once are written together', async () => {
  const sendId = await newSend();
  const before = (await written(sendId))?.jobs ?? 0;
  expect(await accept(sendId)).toMatchObject({ kind: 'accepted', submissionId: expect.stringMatching(/^sub_/) });
  expect(await written(sendId)).toEqual({
    submissions: 1,
    deliveries: ['contact', 'form-submission later', 'timeline later'],
    open: false,
    jobs: before + 1,
  });
  const [job] = await owner<{ data: unknown }>(
    "select data from pgboss.job where name = 'delivery' order by created_on desc limit 1",
  );
  expect(job?.data).toEqual({ portalId: PORTAL, destination: 'contact' });
});

test('a second acceptance of the same send writes nothing and says that it is one', async () => {
  const sendId = await newSend();
  await accept(sendId);
  const after = await written(sendId);
  expect(await accept(sendId)).toEqual({ kind: 'repeated' });
  expect(await written(sendId)).toEqual(after);
});

test('two at the same time are one', async () => {
  const sendId = await newSend();
  const kinds = (await Promise.all([accept(sendId), accept(sendId)])).map(({ kind }) => kind);
  expect(kinds.toSorted()).toEqual(['accepted', 'repeated']);
  expect((await written(sendId))?.submissions).toBe(1);
});

test('answers that rest on another session, on a send that was closed, or on one of another account are refused', async () => {
  const [changed, closed] = [await newSend(), await newSend()];
  await owner("update sends set open = false, closed_reason = 'replaced' where send_id = $1", [closed]);
  const refused = [
    await accept(changed, { known: [7] }),
    await accept(closed),
    await accept(changed, { portalId: OTHER }),
  ];
  expect(refused).toEqual([{ kind: 'refused' }, { kind: 'refused' }, { kind: 'refused' }]);
  expect([(await written(changed))?.submissions, (await written(closed))?.submissions]).toEqual([0, 0]);
});

test('nothing is accepted when its jobs cannot be added', async () => {
  const sendId = await newSend();
  const before = await written(sendId);
  await owner('revoke execute on function add_wake_ups(text) from flowella_app');
  await expect(accept(sendId)).rejects.toThrow(/permission denied/);
  await owner('grant execute on function add_wake_ups(text) to flowella_app');
  expect(await written(sendId)).toEqual(before);
  expect(await accept(sendId)).toMatchObject({ kind: 'accepted' });
});
