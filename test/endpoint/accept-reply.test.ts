import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptReply } from '../../server/endpoint/accept-reply.ts';
import { Runs, type Version } from '../../server/endpoint/runs.ts';
import { openDesks, type Desks } from './support/desk.ts';

let desks: Desks;
beforeAll(async () => {
  desks = await openDesks(7_002);
});
afterAll(() => desks.t.close());

/** Runs of the same flow, as if it had been published without an endpoint. */
class LightRuns extends Runs {
  override async version(portalId: number, versionId: string): Promise<Version | null> {
    const version = await super.version(portalId, versionId);
    return version && { ...version, program: { ...version.program, mode: 'light' } };
  }
}

async function owner(text: string, parameters: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: desks.t.ownerUrl });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text, parameters);
  await client.end();
  return rows;
}
const submissionsOf = (sendId: string) =>
  owner('select submission_id from flowella.submissions where send_id = $1', [sendId]);

async function reply(sendId: string): Promise<void> {
  const { db, keys, pool } = desks.t;
  const [field] = desks.program.fields.flatMap((one) => one.inputs.map(({ name }) => name));
  await acceptReply(
    {
      db,
      keys,
      runs: new LightRuns(db, keys, pool),
      wakeUps: { add: async () => {} },
      destinations: [],
      clock: { now: () => new Date() },
      log: pino({ level: 'silent' }),
    },
    desks.portal.portalId,
    { sendId, responseJson: { [String(field)]: 'An answer' }, receivedAt: new Date() },
  );
}

test('a reply of a light flow is accepted once, however often it comes, also when the send is over', async () => {
  const sendId = String((await desks.token()).split('.')[3]);
  await owner("update flowella.sends set open = false, closed_reason = 'expired' where send_id = $1", [sendId]);
  await reply(sendId);
  await reply(sendId);
  expect(await submissionsOf(sendId)).toHaveLength(1);
});

test('nothing is kept of a reply of somebody who was erased', async () => {
  const sendId = String((await desks.token()).split('.')[3]);
  await owner("update flowella.sends set open = false, closed_reason = 'erased' where send_id = $1", [sendId]);
  await reply(sendId);
  expect(await submissionsOf(sendId)).toEqual([]);
});
