import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Statement } from '@flowella/shared/form/form.ts';
import { withPortal } from '../../server/db/db.ts';
import { createFlow } from '../../server/flows/create-flow.ts';
import { openFlow } from '../../server/flows/open-flow.ts';
import { takeOverForm } from '../../server/flows/take-over-form.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import type { SafeAnswer } from '../../server/safe-fetch/safe-fetch.ts';
import { connected } from '../whatsapp/support.ts';
import { EMAIL, flowBench, formOf, NAME, type FlowBench } from './support.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const URL = 'https://images.example/map.png';
const MAP: Statement = {
  kind: 'statement',
  id: 'statement-1',
  text: 'Where we are',
  image: { url: URL, alt: 'A map' },
};

let b: FlowBench;
let portalId: number;
let accountId: string;
let fetched: string[];
let answer: SafeAnswer;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  accountId = await connected(b, portalId);
  fetched = [];
  answer = { kind: 'answer', status: 200, headers: {}, body: Buffer.from(PNG, 'base64'), truncated: false };
  b.flowServices.safeFetch = async ({ url }) => {
    fetched.push(url);
    return answer;
  };
  b.source.form = withMap('r1');
});
afterEach(() => b.close());

const withMap = (revision: string) =>
  formOf([NAME, EMAIL], { revision, pages: [{ id: 'p1', items: [MAP, NAME, EMAIL] }] });
const create = () =>
  createFlow(
    b.flowServices,
    portalId,
    { source: 'hubspot-forms', sourceFormId: 'form-1', accountId, createdBy: 7 },
    'en',
  );
const drafts = () =>
  withPortal(b.t.db, portalId, async (tx) => {
    const rows = await tx.selectFrom('flow_versions').select('flow_json').orderBy('created_at').execute();
    return rows.map((row) => String(row.flow_json));
  });

test('a picture of the form stands in the flow, is fetched once for a reading, and stays through edits', async () => {
  const { flowId, report } = await create();
  expect((await drafts())[0]).toContain(PNG);
  expect(report.map(({ code }) => code)).not.toContain('picture_not_reached');
  await updateFlow(b.flowServices, portalId, flowId, { design: { labels: { [NAME.id]: 'Your first name' } } }, 'en');
  b.clock.move(60_000);
  await openFlow(b.flowServices, portalId, flowId, 'en');
  // Another flow of the same reading has the picture as it was read.
  await create();
  expect((await drafts()).every((json) => json.includes(PNG))).toBe(true);
  expect(fetched).toEqual([URL]);
});

test('a picture that cannot be fetched keeps nobody from the form: a link stands there, and the report says what to do', async () => {
  answer = { kind: 'unreached', why: 'connection' };
  const { report } = await create();
  expect(report.find(({ code }) => code === 'picture_not_reached')).toMatchObject({
    question: 'form',
    outcome: 'changed',
    message: expect.stringContaining('a link to it stands in its place'),
    advice: expect.stringContaining('without signing in'),
  });
  const [json] = await drafts();
  expect(json).toContain(URL);
  expect(json).not.toContain(PNG);
});

test('a changed form brings its pictures anew, and taking it over puts them into the draft', async () => {
  answer = { kind: 'answer', status: 404, headers: {}, body: Buffer.alloc(0), truncated: false };
  const { flowId } = await create();
  answer = { kind: 'answer', status: 200, headers: {}, body: Buffer.from(PNG, 'base64'), truncated: false };
  b.source.form = { ...withMap('r2'), pages: [{ id: 'p1', items: [MAP, { ...NAME, label: 'Given name' }, EMAIL] }] };
  b.clock.move(60_000);
  const { drift } = await openFlow(b.flowServices, portalId, flowId, 'en');
  expect((await drafts())[0]).not.toContain(PNG);
  const { report } = await takeOverForm(b.flowServices, portalId, flowId, drift.revision ?? '', 'en');
  expect((await drafts())[0]).toContain(PNG);
  expect(report.map(({ code }) => code)).not.toContain('picture_not_reached');
});

test('a picture that was not reached is tried again when the flow is opened, with growing pauses and not for ever', async () => {
  answer = { kind: 'unreached', why: 'connection' };
  const { flowId } = await create();
  const open = async (afterMs: number) => {
    b.clock.move(afterMs);
    fetched = [];
    await openFlow(b.flowServices, portalId, flowId, 'en');
    return fetched.length > 0;
  };
  expect(await open(31_000)).toBe(false);
  expect(await open(31_000)).toBe(true);
  expect(await open(120_000)).toBe(false);
  expect(await open(600_000)).toBe(true);
  for (const hours of [1, 6, 24]) expect(await open(hours * 3_600_000)).toBe(true);
  for (const days of [1, 30]) expect(await open(days * 86_400_000)).toBe(false);
});

test('a picture that is reached at last stands in the draft with the customer’s edits, and the report no longer complains', async () => {
  answer = { kind: 'unreached', why: 'connection' };
  const { flowId } = await create();
  await updateFlow(b.flowServices, portalId, flowId, { design: { labels: { [NAME.id]: 'Your first name' } } }, 'en');
  answer = { kind: 'answer', status: 200, headers: {}, body: Buffer.from(PNG, 'base64'), truncated: false };
  b.clock.move(61_000);
  const { report } = await openFlow(b.flowServices, portalId, flowId, 'en');
  const [json] = await drafts();
  expect(json).toContain(PNG);
  expect(json).toContain('Your first name');
  expect(report.map(({ code }) => code)).not.toContain('picture_not_reached');
  fetched = [];
  b.clock.move(86_400_000);
  await openFlow(b.flowServices, portalId, flowId, 'en');
  expect(fetched).toEqual([]);
});

test('a version that is published keeps its bytes when a picture arrives; the next draft has it', async () => {
  answer = { kind: 'unreached', why: 'connection' };
  const { flowId } = await create();
  await withPortal(b.t.db, portalId, (tx) => tx.updateTable('flow_versions').set({ state: 'published' }).execute());
  answer = { kind: 'answer', status: 200, headers: {}, body: Buffer.from(PNG, 'base64'), truncated: false };
  b.clock.move(61_000);
  await openFlow(b.flowServices, portalId, flowId, 'en');
  expect((await drafts()).map((json) => json.includes(PNG))).toEqual([false]);
  await updateFlow(b.flowServices, portalId, flowId, { design: { labels: { [NAME.id]: 'Your first name' } } }, 'en');
  expect((await drafts()).map((json) => json.includes(PNG))).toEqual([false, true]);
});
