import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { AppError } from '../../server/app-error.ts';
import { withPortal } from '../../server/db/db.ts';
import { openJobs } from '../../server/delivery/wake-ups.ts';
import { checkDueForms, refreshForm, startFormChecks, sweepFormChecks } from '../../server/flows/form-checks.ts';
import { goLiveAfterApproval } from '../../server/flows/go-live.ts';
import { openFlow } from '../../server/flows/open-flow.ts';
import { requireFormGone } from '../../server/flows/require-form-gone.ts';
import { takeOverForm } from '../../server/flows/take-over-form.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { listFlows } from '../../server/flows/view-flow.ts';
import { until } from '../support/until.ts';
import { COLOUR, draftFlow, EMAIL, flowBench, formOf, NAME, publish, writeBack, type FlowBench } from './support.ts';

const HOUR_MS = 3_600_000;
const PHONE: Question = { kind: 'phone', id: '0-1/phone', label: 'Phone', required: false, origin: {} };

let b: FlowBench;
let portalId: number;
let flowId: string;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  ({ flowId } = await draftFlow(b, portalId));
});
afterEach(() => b.close());

const open = (language: 'en' | 'de' = 'en') => openFlow(b.flowServices, portalId, flowId, language);
const takeOver = (revision: string | null) => takeOverForm(b.flowServices, portalId, flowId, revision ?? '', 'en');
const versions = (id = flowId) =>
  withPortal(b.t.db, portalId, (tx) =>
    tx.selectFrom('flow_versions').selectAll().where('flow_id', '=', id).orderBy('number').execute(),
  );
const flowRow = () =>
  withPortal(b.t.db, portalId, (tx) => tx.selectFrom('flows').selectAll().executeTakeFirstOrThrow());
/** The customer changes the form in the tool; some time passes. */
function change(questions: Question[], more: Partial<Form> = {}): void {
  b.source.form = formOf(questions, { revision: `r-${b.source.reads}-${questions.length}`, ...more });
  b.clock.move(60_000);
}
const changed = () => change([{ ...NAME, label: 'Given name' }, PHONE, EMAIL]);

describe('a form that was changed', () => {
  test('is shown question by question in the reader’s language when its flow is opened', async () => {
    changed();
    const { drift, formState } = await open();
    expect(formState).toBe('changed');
    const said = drift.questions.map(({ label, changes }) => [label, ...changes.map((one) => one.message)]);
    expect(said).toEqual([
      ['Given name', 'Now says “Given name” instead of “First name”.'],
      ['Phone', 'New.'],
      ['Colour', 'No longer in the form.'],
    ]);
    const german = await open('de');
    expect(german.drift.questions[0]?.changes[0]?.message).toBe('Lautet jetzt „Given name“ statt „First name“.');
    expect((await listFlows(b.flowServices, portalId))[0]?.formState).toBe('changed');
  });

  test('changes nothing of what is published or drafted, and asks nothing of WhatsApp, until it is taken over', async () => {
    await publish(b, portalId, flowId);
    const before = { versions: await versions(), flow: await flowRow() };
    b.graph.calls.splice(0);
    changed();
    await open();
    expect({ versions: await versions(), flow: await flowRow() }).toEqual(before);
    expect(b.graph.calls).toEqual([]);
  });

  test('does not come in by the back door when the customer goes on editing', async () => {
    changed();
    await open();
    const flow = await updateFlow(
      b.flowServices,
      portalId,
      flowId,
      { design: { labels: { [EMAIL.id]: 'Mail' } } },
      'en',
    );
    expect(flow.screens.flatMap((screen) => screen.questions.map((one) => one.label))).toEqual([
      'First name',
      'Mail',
      'Colour',
    ]);
    expect(flow.formState).toBe('changed');
  });

  test('is no news when only what nobody is asked or sent was changed', async () => {
    change([NAME, EMAIL, COLOUR], { revision: 'restyled' });
    expect((await open()).drift).toMatchObject({ state: 'current', revision: null });
    await expect(takeOver('restyled')).rejects.toMatchObject({ code: 'form_not_changed' });
  });

  test('is news when answers could no longer be written back, though it asks the same', async () => {
    b.source.writeBack = {
      ...writeBack,
      native: false,
      mode: 'none',
      reasons: [{ en: 'This form has a captcha.', de: 'Dieses Formular hat ein Captcha.' }],
    };
    change([NAME, EMAIL, COLOUR], { revision: 'captcha' });
    expect((await open()).drift).toMatchObject({ state: 'changed', writeBack: ['This form has a captcha.'] });
  });

  test('concerns every flow that was made of it', async () => {
    const second = await draftFlow(b, portalId, (await flowRow()).account_id);
    changed();
    await open();
    const states = (await listFlows(b.flowServices, portalId)).map((flow) => flow.formState);
    expect(states).toEqual(['changed', 'changed']);
    expect(second.flowId).not.toBe(flowId);
  });

  test('that another flow was made of meanwhile is seen without a further look', async () => {
    changed();
    await draftFlow(b, portalId, (await flowRow()).account_id);
    const states = Object.fromEntries(
      (await listFlows(b.flowServices, portalId)).map((flow) => [flow.flowId === flowId, flow.formState]),
    );
    expect(states).toEqual({ true: 'changed', false: 'current' });
  });
});

describe('taking it over', () => {
  test('drafts it beside the published version with the customer’s own order, texts, duties and mapping', async () => {
    const own = {
      labels: { [EMAIL.id]: 'Your mail', [COLOUR.id]: 'Favourite colour' },
      required: { [EMAIL.id]: false },
      screens: [{ title: 'Mail first', questions: [EMAIL.id] }, { questions: [NAME.id, COLOUR.id] }],
    };
    const first = await open();
    const colour = { question: COLOUR.id, property: 'flowella_colour', create: true };
    const mapping = {
      ...first.mapping,
      contact: { enabled: true, properties: [...first.mapping.contact.properties, colour] },
    };
    await updateFlow(b.flowServices, portalId, flowId, { design: own, mapping }, 'en');
    await publish(b, portalId, flowId);
    const [live] = await versions();
    changed();
    const { drift } = await open();
    expect(drift.edits.map((line) => line.code)).toEqual([
      'property-dropped',
      'label-dropped',
      'place-dropped',
      'placed',
    ]);
    const flow = await takeOver(drift.revision);
    expect(flow.design).toEqual({
      labels: { [EMAIL.id]: 'Your mail' },
      required: { [EMAIL.id]: false },
      screens: [{ title: 'Mail first', questions: [EMAIL.id] }, { questions: [NAME.id, PHONE.id] }],
    });
    expect(flow.mapping.contact.properties).toEqual(first.mapping.contact.properties);
    expect(flow.screens.flatMap((screen) => screen.questions)).toMatchObject([
      { label: 'Your mail', required: false },
      { label: 'Given name', required: true },
      { label: 'Phone', required: false },
    ]);
    expect(flow).toMatchObject({ formState: 'current', drift: { questions: [], edits: [] }, mappingProblems: [] });
    const [stillLive, draft] = await versions();
    expect(stillLive).toEqual(live);
    expect(draft).toMatchObject({ state: 'draft', number: 2, form_revision: drift.revision });
    expect(await flowRow()).toMatchObject({ live_version_id: live?.version_id, state: 'published' });
  });

  test('goes live by publishing it; where people enter it otherwise, once its own message is approved', async () => {
    await publish(b, portalId, flowId);
    changed();
    const { drift } = await open();
    await takeOver(drift.revision);
    await publish(b, portalId, flowId);
    const [first, second] = await versions();
    expect((await flowRow()).live_version_id).toBe(first?.version_id);
    await withPortal(b.t.db, portalId, (tx) =>
      goLiveAfterApproval(tx, portalId, { flowId, metaFlowId: second?.meta_flow_id ?? '', now: b.clock.now() }),
    );
    expect((await versions()).map((version) => version.state)).toEqual(['superseded', 'published']);
    expect((await flowRow()).live_version_id).toBe(second?.version_id);
    expect(JSON.parse(b.meta.flows[1]?.published ?? '{}')).toEqual(JSON.parse(second?.flow_json ?? ''));
  });

  test('takes exactly what was shown: a form that was changed once more is refused', async () => {
    changed();
    const { drift } = await open();
    change([NAME, PHONE]);
    await open();
    await expect(takeOver(drift.revision)).rejects.toMatchObject({ code: 'form_changed_again', status: 409 });
    expect(await versions()).toHaveLength(1);
  });

  test('waits while the flow is being published', async () => {
    changed();
    const { drift } = await open();
    await withPortal(b.t.db, portalId, (tx) => tx.updateTable('flow_versions').set({ state: 'uploading' }).execute());
    await expect(takeOver(drift.revision)).rejects.toMatchObject({ code: 'flow_is_publishing' });
  });
});

describe('a form that cannot be read', () => {
  test.each([
    ['form_archived', 'archived'],
    ['form_not_found', 'gone'],
  ] as const)('%s is said with what to do, and the form that comes back is as before', async (code, state) => {
    b.source.fault = new AppError(code);
    b.clock.move(60_000);
    const { drift } = await open();
    expect(drift).toMatchObject({ state, questions: [] });
    expect(drift.message).toContain('HubSpot');
    // Nothing is held, so nothing is to be decided on this page.
    expect(drift.message).not.toContain('below');
    b.source.fault = undefined;
    b.clock.move(60_000);
    expect((await open()).drift).toMatchObject({ state: 'current', message: null });
  });

  test('because its tool is out of reach leaves what is known, and the flow opens all the same', async () => {
    changed();
    const known = await open();
    b.source.fault = new AppError('hubspot_unavailable', { retryable: true });
    b.clock.move(60_000);
    expect((await open()).drift).toEqual(known.drift);
  });
});

test('that a form is gone for good is only believed of a look that was made just now and found nothing', async () => {
  const ask = () => requireFormGone(b.flowServices, portalId, flowId, 'en').catch((err: AppError) => err.code);
  const codes: unknown[] = [];
  for (const fault of ['form_not_found', 'hubspot_unavailable', 'form_archived', undefined]) {
    b.source.fault = fault === undefined ? undefined : new AppError(fault);
    b.clock.move(1_000);
    codes.push(await ask());
  }
  expect(codes).toEqual([undefined, 'form_not_looked_at', 'form_not_gone', 'form_not_gone']);
});

test('a tool that does not answer holds nobody up who opens a flow', async () => {
  const [source] = b.flowServices.sources;
  let answer = (_form: unknown): void => {};
  const slow = { ...source!, readForm: () => new Promise<unknown>((resolve) => (answer = resolve)) };
  const services = { ...b.flowServices, sources: [slow] };
  const row = await flowRow();
  const flow = { formId: row.form_id, source: row.source, sourceFormId: row.source_form_id };
  changed();
  await refreshForm(services, portalId, flow, 10);
  expect((await listFlows(services, portalId))[0]?.formState).toBe('current');
  answer(b.source.form);
  await until(async () => (await listFlows(services, portalId))[0]?.formState === 'changed');
});

describe('the schedule', () => {
  test('looks once an hour, whoever asks, and at no form of another portal', async () => {
    const other = await b.t.addPortal();
    b.source.reads = 0;
    expect(await checkDueForms(b.flowServices, portalId)).toBe(0);
    b.clock.move(HOUR_MS);
    const looks = await Promise.all([
      checkDueForms(b.flowServices, portalId),
      checkDueForms(b.flowServices, portalId),
      checkDueForms(b.flowServices, other),
    ]);
    expect(looks.reduce((sum, look) => sum + look)).toBe(1);
    expect(b.source.reads).toBe(1);
  });

  test('looks at a form that was never looked at since its flow was made', async () => {
    await withPortal(b.t.db, portalId, (tx) => tx.deleteFrom('form_checks').execute());
    changed();
    expect(await checkDueForms(b.flowServices, portalId)).toBe(1);
    expect((await listFlows(b.flowServices, portalId))[0]?.formState).toBe('changed');
  });

  test('comes through the job queue, and a portal without anything due gets no job', async () => {
    const boss = openJobs({ connectionString: b.t.url, onError: () => {} });
    await boss.start();
    const checks = await startFormChecks(b.flowServices, boss);
    try {
      expect(await sweepFormChecks(b.flowServices, boss)).toEqual([]);
      changed();
      b.clock.move(HOUR_MS);
      expect(await sweepFormChecks(b.flowServices, boss)).toEqual([portalId]);
      await until(async () => (await listFlows(b.flowServices, portalId))[0]?.formState === 'changed', 15_000);
    } finally {
      await checks.stop();
      await boss.stop({ graceful: false });
    }
  });
});
