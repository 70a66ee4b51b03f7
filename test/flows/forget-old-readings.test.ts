import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Question } from '@flowella/shared/form/form.ts';
import { withPortal } from '../../server/db/db.ts';
import { forgetOldReadings } from '../../server/flows/forget-old-readings.ts';
import { openFlow } from '../../server/flows/open-flow.ts';
import { takeOverForm } from '../../server/flows/take-over-form.ts';
import { draftFlow, EMAIL, flowBench, formOf, NAME, publish, type FlowBench } from './support.ts';

const DAY_MS = 86_400_000;

let b: FlowBench;
let portalId: number;
let flowId: string;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  ({ flowId } = await draftFlow(b, portalId));
});
afterEach(() => b.close());

const open = () => openFlow(b.flowServices, portalId, flowId, 'en');
const forget = (portal = portalId) => forgetOldReadings(b.flowServices, portal);
const revisions = (portal = portalId) =>
  withPortal(b.t.db, portal, async (tx) => {
    const rows = await tx.selectFrom('forms').select('revision').orderBy('read_at').execute();
    return rows.map((row) => row.revision);
  });
/** The customer changes the form in the tool, and the flow is opened: one more reading. */
async function read(revision: string, questions: Question[] = [{ ...NAME, label: `Name ${revision}` }, EMAIL]) {
  b.source.form = formOf(questions, { revision });
  b.clock.move(60_000);
  return open();
}

test('readings that no version was made of and that are not the newest go after a day, all others stay', async () => {
  const [first] = await revisions();
  for (const revision of ['a', 'b', 'c']) await read(revision);
  expect(await forget()).toBe(0);
  b.clock.move(DAY_MS + 1);
  expect(await forget()).toBe(2);
  // The draft was made of the first; the difference that is shown is to the last.
  expect(await revisions()).toEqual([first, 'c']);
  expect((await open()).drift).toMatchObject({ state: 'changed', revision: 'c' });
});

test('what a published or an older version was made of stays, and people under way end on it', async () => {
  const [first] = await revisions();
  await publish(b, portalId, flowId);
  const { drift } = await read('a');
  await takeOverForm(b.flowServices, portalId, flowId, drift.revision ?? '', 'en');
  for (const revision of ['b', 'c']) await read(revision);
  b.clock.move(DAY_MS + 1);
  expect(await forget()).toBe(1);
  expect(await revisions()).toEqual([first, 'a', 'c']);
});

test('what a submission was answered with stays, though no version names it any more', async () => {
  await read('a');
  await read('b');
  await withPortal(b.t.db, portalId, async (tx) => {
    const flow = await tx.selectFrom('flows').select('form_id').executeTakeFirstOrThrow();
    const version = await tx.selectFrom('flow_versions').select('version_id').executeTakeFirstOrThrow();
    await tx
      .insertInto('submissions')
      .values({
        portal_id: String(portalId),
        submission_id: 'sub_1',
        send_id: 'snd_1',
        flow_id: flowId,
        version_id: version.version_id,
        form_id: flow.form_id,
        form_revision: 'a',
        person_id: 'psn_1',
        accepted_from: 'endpoint',
        answers_hash: Buffer.alloc(0),
        question_count: 1,
        finished_at: b.clock.now(),
        accepted_at: b.clock.now(),
      })
      .execute();
  });
  b.clock.move(DAY_MS + 1);
  expect(await forget()).toBe(0);
  expect(await revisions()).toContain('a');
});

test('a form that goes back to an earlier state keeps that reading as its newest', async () => {
  const [first] = await revisions();
  await read('a');
  await read('b');
  await read('a');
  b.clock.move(DAY_MS + 1);
  expect(await forget()).toBe(1);
  expect((await revisions()).toSorted()).toEqual(['a', first].toSorted());
});

test('many go in bounded rounds, and another portal keeps its own', async () => {
  const other = await b.t.addPortal();
  const read_at = b.clock.now();
  for (const portal of [portalId, other])
    await withPortal(b.t.db, portal, async (tx) => {
      const values = Array.from({ length: 620 }, (_, n) => ({
        portal_id: portal,
        form_id: 'frm_busy',
        source: 'hubspot-forms',
        source_form_id: 'busy',
        name: 'Busy',
        revision: `r${String(n).padStart(4, '0')}`,
        raw: '{}',
        model: '{}',
        write_back: '{}',
        read_at: new Date(read_at.getTime() + n),
      }));
      await tx.insertInto('forms').values(values).execute();
    });
  b.clock.move(2 * DAY_MS);
  expect([await forget(), await forget(), await forget()]).toEqual([500, 119, 0]);
  expect(await revisions()).toContain('r0619');
  expect(await revisions(other)).toHaveLength(620);
});
