import { AppError } from '../../server/app-error.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { goLiveAfterApproval } from '../../server/flows/go-live.ts';
import { resumePublications, startPublication } from '../../server/flows/publish-flow.ts';
import { refreshTemplates } from '../../server/flows/refresh-templates.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import type { HubSpotProblem } from '../../server/hubspot/problem-text.ts';
import { hubSpotError } from '../../server/hubspot/to-hubspot-error.ts';
import { viewFlow, viewPublication } from '../../server/flows/view-flow.ts';
import { metaError } from '../whatsapp/fake-graph.ts';
import { APP_ID, WABA_ID } from '../whatsapp/support.ts';
import { draftFlow, flowBench, formOf, NAME, publish, type FlowBench } from './support.ts';

let b: FlowBench;
let portalId: number;
let flowId: string;
beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  ({ flowId } = await draftFlow(b, portalId));
  b.graph.calls.splice(0);
});
afterEach(() => b.close());

const publication = (language: 'en' | 'de' = 'en') => viewPublication(b.flowServices, portalId, flowId, language);
const states = async () => (await publication()).steps.map((step) => `${step.code}:${step.state}`);
const design = (change: object) => updateFlow(b.flowServices, portalId, flowId, { design: change }, 'en');
const mode = (value: 'connected' | 'light') => design({ mode: value });
const version = async () => {
  const rows = await withPortal(b.t.db, portalId, (tx) =>
    tx.selectFrom('flow_versions').selectAll().orderBy('number').execute(),
  );
  return rows;
};
const flowRow = () =>
  withPortal(b.t.db, portalId, (tx) => tx.selectFrom('flows').selectAll().executeTakeFirstOrThrow());

test('a new flow has a draft, a report, a suggested mapping and a message in the form’s language', async () => {
  const flow = await viewFlow(b.flowServices, portalId, flowId, 'de');
  expect(flow).toMatchObject({ state: 'draft', name: 'Feedback Übersicht', refused: 0, submissions: 0 });
  expect(flow.report.map((line) => line.question)).toEqual(expect.arrayContaining(['0-1/firstname', '0-1/email']));
  expect(flow.screens.flatMap((screen) => screen.questions.map((entry) => entry.question))).toEqual([
    '0-1/firstname',
    '0-1/email',
    '0-1/colour',
  ]);
  expect(flow.mapping.contact.properties).toEqual([
    { question: '0-1/firstname', property: 'firstname', create: false },
    { question: '0-1/email', property: 'email', create: false },
  ]);
  expect(flow.suggestions.find((line) => line.question === '0-1/colour')).toMatchObject({ create: true });
  expect(flow.message.button).toBe('Open the form');
  expect(flow.publication.steps.every((step) => step.state === 'waiting')).toBe(true);
});

test('a connected flow is created, connected to its app, uploaded, published and given a template', async () => {
  await mode('connected');
  const { publication: atOnce, finished } = await startPublication(b.flowServices, portalId, flowId, 'en');
  expect(atOnce.state).toBe('publishing');
  await finished;
  const [flow] = b.meta.flows;
  expect(flow).toMatchObject({ status: 'PUBLISHED', applicationId: APP_ID });
  expect(flow?.name).toMatch(/^flowella_feedback_ubersicht_/);
  expect(flow?.endpoint).toMatch(/^https:\/\/flowella\.test\/flow\/wac_/);
  expect(b.meta.templates).toMatchObject([
    {
      name: 'flowella_feedback_ubersicht_1',
      language: 'en',
      category: 'UTILITY',
      components: [
        { type: 'BODY' },
        { type: 'BUTTONS', buttons: [{ type: 'FLOW', flow_id: flow?.id, flow_action: 'data_exchange' }] },
      ],
    },
  ]);
  expect(await states()).toEqual(['compile:done', 'create:done', 'upload:done', 'publish:done', 'template:running']);
  const [row] = await version();
  expect(row).toMatchObject({ state: 'published', meta_flow_id: flow?.id });
  expect(JSON.parse(flow?.published ?? '{}')).toEqual(JSON.parse(row?.flow_json ?? ''));
  expect(await flowRow()).toMatchObject({ state: 'published', live_version_id: row?.version_id });
});

test('a light flow has no endpoint and its template names the entry screen', async () => {
  await mode('light');
  await publish(b, portalId, flowId);
  expect(b.meta.flows[0]).toMatchObject({ status: 'PUBLISHED', endpoint: null, applicationId: null });
  const button = b.meta.templates[0]?.components.find((component) => component.type === 'BUTTONS')?.buttons?.[0];
  const entry = (JSON.parse(b.meta.flows[0]?.json ?? '{}') as { screens: { id: string }[] }).screens[0]?.id;
  expect(button).toMatchObject({ flow_action: 'navigate', navigate_screen: entry });
});

test('two presses of publish make one flow at Meta', async () => {
  const presses = await Promise.allSettled([publish(b, portalId, flowId), publish(b, portalId, flowId)]);
  // The second joins the first, or comes when that one is done and is told so.
  const refused = presses.flatMap((press) => (press.status === 'rejected' ? [press.reason] : []));
  expect(refused.every((err) => err instanceof AppError && err.code === 'nothing_to_publish')).toBe(true);
  expect(refused.length).toBeLessThan(2);
  expect(b.meta.flows).toHaveLength(1);
  expect(b.meta.templates).toHaveLength(1);
  await expect(startPublication(b.flowServices, portalId, flowId, 'de')).rejects.toMatchObject({
    code: 'nothing_to_publish',
  });
});

test.each([
  ['the creation', (id: string) => `POST /${id}/flows`],
  ['the upload', () => 'POST /8000000/assets'],
  ['the publication', () => 'POST /8000000/publish'],
  ['the template', (id: string) => `POST /${id}/message_templates`],
])('when the answer to %s is lost, the publication goes on and nothing is made twice', async (_what, pattern) => {
  const lost = pattern(WABA_ID);
  // Make the first flow's handlers exist before one of them is wrapped.
  let isLost = false;
  b.graph.intercept(lost, async (call, handle) => {
    const reply = await handle(call);
    if (isLost) return reply;
    isLost = true;
    return { drop: true };
  });
  await publish(b, portalId, flowId);
  for (let round = 0; round < 5; round += 1) {
    b.clock.move(200_000);
    await resumePublications(b.flowServices, [portalId]);
  }
  expect(isLost).toBe(true);
  expect(b.meta.flows).toHaveLength(1);
  expect(b.meta.templates).toHaveLength(1);
  expect((await flowRow()).state).toBe('published');
  expect((await publication()).steps.at(-1)?.state).toBe('running');
});

test('a publication whose process died is taken up by another one after its lease, and not before', async () => {
  b.graph.intercept('POST /8000000/publish', async () => {
    throw new Error('the process died here');
  });
  const { finished } = await startPublication(b.flowServices, portalId, flowId, 'en');
  // The handler never answers: the server dropped the connection, and the client's own work is abandoned.
  await expect.poll(() => b.graph.to('POST /8000000/publish').length).toBeGreaterThan(0);
  expect(await resumePublications(b.flowServices, [portalId])).toBe(0);
  await finished;
  b.graph.intercept('POST /8000000/publish', (call, handle) => handle(call));
  b.clock.move(200_000);
  expect(await resumePublications(b.flowServices, [portalId])).toBe(1);
  expect((await flowRow()).state).toBe('published');
  expect(b.graph.to('POST /8000000/assets')).toHaveLength(1);
});

test('Meta’s validation errors come back by question and the flow can be changed and published again', async () => {
  const draft = await version();
  const json = JSON.parse(draft[0]?.flow_json ?? '') as { screens: { layout: { children: object[] } }[] };
  const path = pathOf(json, 'email');
  b.meta.state.validationErrors = [
    {
      error: 'INVALID_PROPERTY_VALUE',
      error_type: 'FLOW_JSON_ERROR',
      message: 'The value is bad.',
      line_start: 1,
      line_end: 1,
      column_start: 1,
      column_end: 2,
      pointers: [{ line_start: 1, line_end: 1, column_start: 1, column_end: 2, path: `${path}.label` }],
    },
  ];
  await publish(b, portalId, flowId);
  const failed = await publication();
  expect(failed.state).toBe('failed');
  expect(failed.problems).toMatchObject([{ question: '0-1/email', code: 'INVALID_PROPERTY_VALUE' }]);
  expect(failed.problems[0]?.message).toContain('"E-mail"');
  expect(failed.steps.map((step) => step.state)).toEqual(['done', 'done', 'failed', 'waiting', 'waiting']);
  expect((await publication('de')).reason).toMatch(/WhatsApp nimmt einige Bildschirme nicht an/);
  b.meta.state.validationErrors = [];
  await design({ labels: { '0-1/email': 'Mail' } });
  await publish(b, portalId, flowId);
  expect((await flowRow()).state).toBe('published');
  expect(b.meta.flows).toHaveLength(1);
});

function pathOf(json: unknown, name: string, path = ''): string | null {
  if (typeof json !== 'object' || json === null) return null;
  if ('name' in json && String(json.name).includes(name) && 'type' in json) return path;
  for (const [key, value] of Object.entries(json)) {
    const next = Array.isArray(json) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = pathOf(value, name, next);
    if (found) return found;
  }
  return null;
}

test('a mapping that cannot work stops the publication before Meta is called', async () => {
  b.destinations.push({
    kind: 'contact',
    dependsOn: null,
    batchSize: 1,
    check: async () => [{ question: '0-1/colour', code: 'type_mismatch', message: 'A colour is no number.' }],
    wanted: () => true,
    deliver: async () => [],
  });
  await publish(b, portalId, flowId);
  expect(await publication()).toMatchObject({
    state: 'failed',
    problems: [{ question: '0-1/colour', message: 'A colour is no number.' }],
  });
  expect(b.graph.calls.filter((call) => call.method === 'POST')).toEqual([]);
});

/** A destination whose check HubSpot answers with this problem. */
function refuseBy(code: HubSpotProblem): void {
  b.destinations.push({
    kind: 'contact',
    dependsOn: null,
    batchSize: 1,
    check: () => Promise.reject(hubSpotError(code)),
    wanted: () => true,
    deliver: async () => [],
  });
}

test.each([
  ['hubspot_missing_scope', 'Flowella fehlt eine Berechtigung in HubSpot.'],
  ['hubspot_outcome_unknown', 'HubSpot war mehrere Minuten lang nicht erreichbar'],
] as const)(
  'a publication that HubSpot stops (%s) says so, in the reader’s language and not as words of Meta',
  async (code, words) => {
    refuseBy(code);
    await publish(b, portalId, flowId);
    const { reason, steps } = await publication('de');
    expect(reason).toContain(words);
    expect(reason).not.toMatch(/Meta/);
    expect(steps[0]).toMatchObject({ state: 'failed', message: reason });
  },
);

test.each([
  ['hubspot_unavailable', 'HubSpot war mehrere Minuten lang nicht erreichbar'],
  ['hubspot_rate_limited', 'HubSpot nahm mehrere Minuten lang keine weiteren Aufrufe dieses Kontos an'],
  ['hubspot_locked', 'HubSpot hat dieses Konto für eine Weile gesperrt'],
] as const)('a publication that waited in vain for HubSpot (%s) says what it waited for', async (code, words) => {
  refuseBy(code);
  await publish(b, portalId, flowId);
  for (let more = 0; more < 5; more += 1) {
    b.clock.move(600_000);
    await resumePublications(b.flowServices, [portalId]);
  }
  expect((await publication('de')).reason).toContain(words);
});

test('a compatible change goes into the same flow at Meta and keeps its template', async () => {
  await mode('connected');
  await publish(b, portalId, flowId);
  await design({ mode: 'connected', labels: { '0-1/firstname': 'Given name' } });
  expect((await publication()).reason).toMatch(/not published yet/);
  await publish(b, portalId, flowId);
  expect(b.meta.flows).toHaveLength(1);
  expect(b.meta.templates).toHaveLength(1);
  const rows = await version();
  expect(rows.map((row) => row.state)).toEqual(['superseded', 'published']);
  expect((await flowRow()).live_version_id).toBe(rows[1]?.version_id);
  expect(b.meta.flows[0]?.published).toContain('Given name');
});

test('when Meta refuses the change of a published flow, a clone with its own template takes over once approved', async () => {
  await mode('connected');
  await publish(b, portalId, flowId);
  const before = await flowRow();
  b.meta.state.editable = false;
  await design({ mode: 'connected', labels: { '0-1/firstname': 'Given name' } });
  await publish(b, portalId, flowId);
  expect(b.meta.flows).toMatchObject([
    { published: expect.not.stringContaining('Given name') as string },
    { clonedFrom: '8000000', status: 'PUBLISHED' },
  ]);
  expect(b.meta.templates).toHaveLength(2);
  expect((await flowRow()).live_version_id).toBe(before.live_version_id);
  expect((await publication()).reason).toMatch(/Until WhatsApp approves/);
  const second = b.meta.templates[1];
  expect(await refreshTemplates(b.flowServices, portalId)).toBe(0);
  if (second) second.status = 'APPROVED';
  b.clock.move(6_000);
  expect(await refreshTemplates(b.flowServices, portalId)).toBe(1);
  expect(await flowRow()).toMatchObject({ meta_flow_id: '8000001', state: 'published' });
  expect((await publication()).steps.at(-1)?.state).toBe('done');
});

test('a change of the entry screen’s data makes a new flow, and the live pair goes on until approval', async () => {
  await mode('light');
  await publish(b, portalId, flowId);
  const before = await flowRow();
  await mode('connected');
  await publish(b, portalId, flowId);
  expect(b.meta.flows).toHaveLength(2);
  expect((await flowRow()).live_version_id).toBe(before.live_version_id);
  await withPortal(b.t.db, portalId, (tx) =>
    goLiveAfterApproval(tx, portalId, { flowId, metaFlowId: '8000001', now: b.clock.now() }),
  );
  expect((await flowRow()).meta_flow_id).toBe('8000001');
});

test('a change that Meta does not accept leaves the live version published at Meta', async () => {
  await mode('connected');
  await publish(b, portalId, flowId);
  const live = b.meta.flows[0]?.published;
  await design({ mode: 'connected', labels: { '0-1/firstname': 'Given name' } });
  let isRefused = false;
  b.graph.intercept('POST /8000000/publish', (call, handle) => {
    if (isRefused) return handle(call);
    isRefused = true;
    return metaError(139002, { details: 'Endpoint not available' });
  });
  await publish(b, portalId, flowId);
  expect(b.meta.flows[0]).toMatchObject({ status: 'PUBLISHED', json: live, published: live });
  expect(await publication()).toMatchObject({
    state: 'published',
    reason: expect.stringContaining('Endpoint not available') as string,
  });
  expect((await version()).map((row) => row.state)).toEqual(['published', 'failed']);
});

test('before a sixth version is published the oldest one is closed', async () => {
  await mode('connected');
  for (let round = 1; round <= 6; round += 1) {
    await design({ mode: 'connected', labels: { '0-1/firstname': `Name ${round}` } });
    await publish(b, portalId, flowId);
  }
  expect((await version()).map((row) => row.state)).toEqual([
    'closed',
    'superseded',
    'superseded',
    'superseded',
    'superseded',
    'published',
  ]);
});

test('Meta is asked about a waiting template ever more rarely', async () => {
  await publish(b, portalId, flowId);
  const asked = async (moves: number, everyMs: number): Promise<number> => {
    b.graph.calls.splice(0);
    for (let round = 0; round < moves; round += 1) {
      b.clock.move(everyMs);
      await refreshTemplates(b.flowServices, portalId);
    }
    return b.graph.to(`GET /${WABA_ID}/message_templates`).length;
  };
  expect(await asked(12, 5_000)).toBeGreaterThan(4);
  b.clock.move(24 * 3_600_000);
  expect(await asked(60, 60_000)).toBeLessThan(8);
});

test('a template name that Meta already knows for another flow is passed over', async () => {
  b.meta.templates.push({
    id: '1',
    name: 'flowella_feedback_ubersicht_1',
    language: 'en',
    status: 'APPROVED',
    category: 'UTILITY',
    components: [{ type: 'BUTTONS', buttons: [{ type: 'FLOW', flow_id: '77' }] }],
  });
  await publish(b, portalId, flowId);
  expect(b.meta.templates.map((template) => template.name)).toEqual([
    'flowella_feedback_ubersicht_1',
    'flowella_feedback_ubersicht_2',
  ]);
});

test('a rejected template is named, the flow stays published, and a changed message makes another one', async () => {
  b.meta.state.templateStatus = 'REJECTED';
  await publish(b, portalId, flowId);
  expect(await publication()).toMatchObject({ state: 'published', steps: { 4: { state: 'failed' } } });
  b.meta.state.templateStatus = 'APPROVED';
  await updateFlow(
    b.flowServices,
    portalId,
    flowId,
    { message: { body: 'Please answer a few questions.', button: 'Answer', category: 'MARKETING' } },
    'en',
  );
  await publish(b, portalId, flowId);
  expect((await publication()).steps.at(-1)?.state).toBe('done');
  expect(b.meta.templates.at(-1)).toMatchObject({ category: 'MARKETING', name: 'flowella_feedback_ubersicht_2' });
});

test('a message with a variable or an emoji on its button is refused with the reason', async () => {
  const change = (body: string, button: string) =>
    updateFlow(b.flowServices, portalId, flowId, { message: { body, button } }, 'en');
  await expect(change('Hello {{1}}', 'Open')).rejects.toMatchObject({ code: 'bad_message' });
  await expect(change('Hello', 'Open 🙂')).rejects.toMatchObject({ code: 'bad_message' });
});

test('a form of which nothing can be asked is not published', async () => {
  b.source.form = formOf([{ ...NAME, kind: 'unsupported', rawType: 'signature' }], { sourceFormId: 'form-2' });
  ({ flowId } = await draftFlow(b, portalId, (await flowRow()).account_id));
  await publish(b, portalId, flowId);
  expect(await publication()).toMatchObject({ state: 'failed' });
  expect(b.meta.flows).toEqual([]);
});

test('another portal sees nothing of a flow', async () => {
  const other = await b.t.addPortal();
  await expect(viewFlow(b.flowServices, other, flowId, 'en')).rejects.toMatchObject({ code: 'flow_not_found' });
  await expect(startPublication(b.flowServices, other, flowId, 'en')).rejects.toMatchObject({ code: 'flow_not_found' });
});
