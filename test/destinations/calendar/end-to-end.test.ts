import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPOINTMENT } from '../../../shared/form/appointment.ts';
import type { FieldValue, InputView } from '../../../shared/phone/screen-view.ts';
import { withPortal } from '../../../server/db/db.ts';
import { bookMeeting, readAvailability } from '../../../server/hubspot/meetings.ts';
import { openAnswers } from '../../../server/keys/answer-keys.ts';
import { SANDBOX_FORMS_A } from '../../../server/sandbox/hubspot/sandbox-forms.ts';
import { SANDBOX_WABAS } from '../../../server/sandbox/meta/sandbox-seed.ts';
import { CONTACT, PORTAL_A, startProduct, type Json, type Product } from '../../security/support/product.ts';
import { until } from '../../support/until.ts';

const WA_ID = '4915123456789';
const FORM_ID = SANDBOX_FORMS_A[0]?.id ?? '';
let product: Product;

beforeAll(async () => {
  product = await startProduct();
}, 90_000);
afterAll(() => product?.close());

const withKey = (body: object) => ({ idempotencyKey: randomBytes(12).toString('hex'), ...body });
/** A machine that others use too makes the server say that it is busy, before it has done anything: asked again as the pages do. */
const api = async (method: string, path: string, body?: object): Promise<Json> => {
  const sent = body && withKey(body);
  let answer = await product.api(PORTAL_A, method, path, sent);
  await until(async () => {
    if (answer.status === 503) answer = await product.api(PORTAL_A, method, path, sent);
    return answer.status !== 503;
  }, 60_000);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
};
async function control(base: string, path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<Json> {
  const answer = await fetch(`${base}${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status} ${await answer.text()}`);
  return answer.json();
}
const meta = (path: string, body?: object, method?: string) => control(product.standIns.meta.url, path, body, method);
const hubspot = (path: string, body?: object) => control(product.standIns.hubspot.apiUrl, path, body);

async function publish(mode: 'connected' | 'light', length = 0): Promise<string> {
  const { links, timeZone } = await api('GET', '/api/meeting-links');
  const link = links[0].link;
  const { minutes } = await api('GET', `/api/meeting-link?link=${encodeURIComponent(link)}`);
  const { flowId, mapping } = await api('POST', '/api/flows', {
    source: 'hubspot-forms',
    sourceFormId: FORM_ID,
    accountId: product.accountId,
  });
  const appointment = {
    link,
    name: links[0].name,
    minutes: minutes[length],
    timeZone,
    zone: 'account',
    label: 'When may we call you?',
    wishLabel: 'On which day do you wish to be called?',
    noTimes: 'There are no free times at the moment.',
  };
  const { owners } = await api('GET', '/api/owners');
  const changed = await api('PATCH', `/api/flows/${flowId}`, {
    design: { mode, appointment },
    mapping: {
      ...mapping,
      calendar: { invitation: true },
      owner: { enabled: true, rules: [{ choose: { kind: 'owner', ownerId: owners.at(-1).ownerId } }] },
      task: { enabled: true, kind: 'task', title: `Prepare {{${APPOINTMENT.time}}}`, text: '', dueInDays: 0 },
    },
  });
  expect(changed.mappingProblems).toEqual([]);
  expect(changed.labels[APPOINTMENT.time]).toBe('When may we call you?');
  await api('POST', `/api/flows/${flowId}/publish`, {});
  await until(
    async () => (await api('GET', `/api/flows/${flowId}/publication`)).template?.state === 'APPROVED',
    30_000,
  );
  return flowId;
}

async function submit(flowId: string, beforeAnswering?: () => Promise<unknown>): Promise<Json> {
  const path = `/api/contacts/${CONTACT?.id}`;
  const known = (await api('GET', `${path}/submissions`)).submissions.map((one: Json) => one.submissionId);
  await api('POST', `${path}/consent`, { state: 'opted_in' });
  await api('POST', `${path}/sends`, { flowId, replace: true });
  const { messages } = await meta(`/_standin/outbox?to=${WA_ID}`);
  const message = messages.filter((one: Json) => one.flow).at(-1);
  await beforeAnswering?.();
  const walk = await product.fillIn(message, fill);
  nth += 1;
  expect(walk.stuck).toBeNull();
  if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted') throw new Error(JSON.stringify(walk.view));
  // The phone's own reply in the chat: it opens the 24-hour window.
  await meta('/_standin/inbound', {
    type: 'nfm_reply',
    from: WA_ID,
    phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
    contextId: message.id,
    responseJson: walk.view.outcome.responseJson,
  });
  let added: Json;
  await until(async () => {
    const { submissions } = await api('GET', `${path}/submissions`);
    added = submissions.find((one: Json) => !known.includes(one.submissionId));
    const states: string[] = (added?.deliveries ?? []).map((one: Json) => one.state);
    return states.length > 0 && states.every((state) => !['waiting', 'delivering'].includes(state));
  }, 30_000);
  return added;
}

/** Which of the days and times everybody chooses: each submission another, since a list may be half a minute old. */
let nth = 0;

function fill(input: InputView): FieldValue | undefined {
  if (input.kind === 'dropdown' || input.kind === 'radio')
    return input.value || input.options[Math.min(nth, input.options.length - 1)]?.id;
  if (input.kind === 'date') return '2026-12-24';
  if (input.kind === 'opt-in') return true;
  if (input.kind === 'text-area') return 'Call me';
  if (input.kind !== 'text-input') return undefined;
  if (input.inputType === 'email') return CONTACT?.properties.email;
  return input.value || (input.inputType === 'phone' ? '+4915123456789' : 'Amélie');
}

/** Books the chosen time for somebody else, as HubSpot's own page would. */
async function takeFirst(submissionId: string): Promise<void> {
  const { services } = product.server;
  const { row, key } = await withPortal(services.db, PORTAL_A, async (tx) => ({
    key: await services.keys.dataKey(PORTAL_A, tx),
    row: await tx
      .selectFrom('submissions')
      .select(['submission_id', 'answers_sealed', 'answers_key_wrapped'])
      .where('submission_id', '=', submissionId)
      .executeTakeFirstOrThrow(),
  }));
  const chosen = openAnswers(key, row)?.[APPOINTMENT.time];
  if (chosen?.kind !== 'appointment') throw new Error('no time was chosen');
  const { link, minutes, timeZone, value: start } = chosen;
  const where = { hubspot: services.hubspot, portalId: PORTAL_A, priority: 'card' as const };
  const person = { email: 'somebody.else@acme.test', firstName: 'Somebody', lastName: 'Else' };
  const { userIds } = await readAvailability(where, { link, minutes, timeZone });
  await bookMeeting(where, { link, minutes, timeZone, start, locale: null, person, userIds });
}

const record = async () => hubspot(`/_standin/portals/${PORTAL_A}/contacts/${CONTACT?.id}`);
const meetings = async (): Promise<Json[]> => (await record()).timeline.filter((one: Json) => one.kind === 'meeting');
const documents = async (): Promise<Json[]> =>
  (await meta(`/_standin/outbox?to=${WA_ID}`)).messages.filter((one: Json) => one.type === 'document');
const stateOf = (submission: Json, destination: string): Json =>
  submission.deliveries.find((one: Json) => one.destination === destination);

async function contentOf(mediaId: string): Promise<string> {
  const headers = { authorization: `Bearer ${product.secrets.metaToken}` };
  const { url } = (await (await fetch(`${product.standIns.meta.url}/v23.0/${mediaId}`, { headers })).json()) as Json;
  return (await fetch(url, { headers })).text();
}

describe('from the phone to the calendar', () => {
  let flowId: string;
  beforeAll(async () => {
    flowId = await publish('connected');
  }, 60_000);

  test('a time chosen on the phone is a meeting at HubSpot, and a calendar file in the chat', async () => {
    const submission = await submit(flowId);
    const states = submission.deliveries.map((one: Json) =>
      `${one.destination} ${one.state} ${one.reason ?? ''}`.trim(),
    );
    expect(states.toSorted()).toEqual(
      ['calendar', 'contact', 'form-submission', 'invitation', 'task', 'timeline'].map((kind) => `${kind} delivered`),
    );
    const [meeting] = await meetings();
    const start = meeting.properties.hs_meeting_start_time;
    expect(Date.parse(start)).toBeGreaterThan(Date.now());
    const [file] = await documents();
    expect(file.document).toMatchObject({ filename: 'appointment.ics' });
    const ics = await contentOf(file.document.id);
    expect(ics).toContain(`DTSTART:${start.replace(/[-:]|\.\d{3}/g, '')}\r\n`);
    expect(ics.replaceAll('\r\n ', '')).toContain(`UID:${submission.submissionId}@flowella\r\n`);
    const { properties, timeline } = await record();
    expect(properties.hubspot_owner_id).toMatch(/^\d+$/);
    const task = timeline.find((one: Json) => one.kind === 'task');
    expect(task.properties).toMatchObject({ hubspot_owner_id: properties.hubspot_owner_id });
    expect(task.title).toMatch(/^Prepare \w+ \d/);
    expect(submission.answers.map((one: Json) => one.question)).toContain(APPOINTMENT.time);
    expect(product.logged()).not.toContain(start);
  }, 60_000);

  test('a time that was taken since it was listed is not accepted: the phone says to go back', async () => {
    const before = (await meetings()).length;
    nth = 0;
    const path = `/api/contacts/${CONTACT?.id}`;
    await api('POST', `${path}/sends`, { flowId, replace: true });
    const { messages } = await meta(`/_standin/outbox?to=${WA_ID}`);
    const walk = await product.fillIn(messages.filter((one: Json) => one.flow).at(-1), fill);
    expect(walk.stuck?.notice).toContain('go back');
    nth = 1;
    expect(await meetings()).toHaveLength(before);
  }, 60_000);

  test('a time that is taken between sending and booking is asked for again in the chat, and the tapped one is booked', async () => {
    const before = await meetings();
    const files = (await documents()).length;
    const path = `/api/contacts/${CONTACT?.id}`;
    const known = (await api('GET', `${path}/submissions`)).submissions.map((one: Json) => one.submissionId);
    await api('POST', `${path}/sends`, { flowId, replace: true });
    const { messages } = await meta(`/_standin/outbox?to=${WA_ID}`);
    const message = messages.filter((one: Json) => one.flow).at(-1);
    // HubSpot does not take the contact for a while: the booking waits, and somebody else is faster.
    await hubspot('/_standin/faults', { route: 'PATCH /crm', kind: '500', times: 3 });
    const walk = await product.fillIn(message, fill);
    nth += 1;
    if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted')
      throw new Error(JSON.stringify(walk.view));
    const newest = async (): Promise<Json> =>
      (await api('GET', `${path}/submissions`)).submissions.find((one: Json) => !known.includes(one.submissionId));
    await until(async () => (await newest()) !== undefined, 10_000);
    await takeFirst((await newest()).submissionId);
    await meta('/_standin/inbound', {
      type: 'nfm_reply',
      from: WA_ID,
      phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
      contextId: message.id,
      responseJson: walk.view.outcome.responseJson,
    });
    const lists = async (): Promise<Json[]> =>
      (await meta(`/_standin/outbox?to=${WA_ID}`)).messages.filter((one: Json) => one.interactive?.type === 'list');
    await until(async () => (await lists()).length === 1, 60_000);
    await until(async () => stateOf(await newest(), 'calendar').state === 'waiting', 10_000);
    expect(stateOf(await newest(), 'calendar')).toMatchObject({ dueAt: null });
    expect(stateOf(await newest(), 'calendar').reason).toContain('We asked the person for another time');

    const [list] = await lists();
    const [row] = list.interactive.action.sections[0].rows;
    const tap = { type: 'list_reply', from: WA_ID, contextId: list.id, rowId: row.id };
    await meta('/_standin/inbound', tap);
    await meta('/_standin/inbound', tap);
    await until(async () => {
      const states: string[] = (await newest()).deliveries.map((one: Json) => one.state);
      return states.every((state) => state === 'delivered');
    }, 30_000);
    expect(await meetings()).toHaveLength(before.length + 1);
    expect(await documents()).toHaveLength(files + 1);
    expect(await lists()).toHaveLength(1);
    const labels = (await newest()).answers.map((one: Json) => one.label);
    expect(labels).toEqual(expect.arrayContaining(['When may we call you?', 'Booked instead']));
  }, 120_000);

  test('a calendar file whose answer is lost is not sent a second time, and the rep is told', async () => {
    const before = (await documents()).length;
    const submission = await submit(flowId, () =>
      meta('/_standin/faults', { route: '/POST \\/\\d+\\/messages/', kind: 'timeout-after-success', times: 1 }),
    );
    expect(stateOf(submission, 'calendar').state).toBe('delivered');
    expect(stateOf(submission, 'invitation')).toMatchObject({ state: 'dead', attempts: 1 });
    expect(stateOf(submission, 'invitation').reason).toContain('not sent a second time');
    expect(await documents()).toHaveLength(before + 1);
  }, 60_000);

  test('where HubSpot does not answer, the person wishes for a day and nothing is booked', async () => {
    const longer = await publish('connected', 1);
    const before = (await meetings()).length;
    const submission = await submit(longer, () =>
      hubspot('/_standin/faults', {
        route: 'GET /scheduler/2026-09/meetings/meeting-links/book',
        kind: '500',
        times: 99,
      }),
    );
    await control(product.standIns.hubspot.apiUrl, '/_standin/faults', undefined, 'DELETE');
    expect(submission.answers).toContainEqual(expect.objectContaining({ question: APPOINTMENT.wish }));
    expect(submission.deliveries.every((one: Json) => one.state === 'delivered')).toBe(true);
    expect(stateOf(submission, 'calendar')).toBeUndefined();
    expect(await meetings()).toHaveLength(before);
  }, 60_000);
});

test('a light flow asks for a wished day, which stands among the answers', async () => {
  const before = (await meetings()).length;
  const submission = await submit(await publish('light'));
  expect(stateOf(submission, 'calendar')).toBeUndefined();
  expect(submission.answers).toContainEqual(expect.objectContaining({ question: APPOINTMENT.wish }));
  expect(await meetings()).toHaveLength(before);
}, 60_000);
