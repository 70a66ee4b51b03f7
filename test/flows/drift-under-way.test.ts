import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Drift } from '@flowella/shared/contract/api.ts';
import type { Phone } from '@flowella/shared/phone/run-flow.ts';
import { fillScreen, walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { isBalanced, readBalance } from '../../server/delivery/check-balance.ts';
import { SANDBOX_FORMS_A } from '../../server/sandbox/hubspot/sandbox-forms.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import {
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  untilDelivered,
  withOwner,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { contactRecordOf, control, flowMessages, openOnPhone, type World } from '../support/outside.ts';
import { until } from '../support/until.ts';

const WA_ID = '4915123456789';
const CONTACT_ID = CONTACT?.id ?? '';
const GONE = 'city';

let product: Product;
let world: World;
beforeAll(async () => {
  product = await startProduct();
  world = {
    serverUrl: product.url,
    metaControlUrl: `${product.standIns.meta.url}/_standin`,
    hubspotControlUrl: `${product.standIns.hubspot.apiUrl}/_standin`,
    phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
    portalId: PORTAL_A,
    userId: 0,
  };
}, 120_000);
afterAll(() => product?.close());

const rows = (text: string, values: unknown[] = []): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => (await client.query(text, values)).rows);

/** A call of the settings page that must succeed. */
async function settings(method: string, path = '', body?: object): Promise<Json> {
  const key = { idempotencyKey: randomBytes(12).toString('hex') };
  const answer = await product.api(
    PORTAL_A,
    method,
    `/api/flows/${product.flowId}${path}`,
    body && { ...key, ...body },
  );
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.json;
}

/** The flow as it is opened a minute later. */
async function openLater(): Promise<Json> {
  await rows(`update flowella.form_checks set checked_at = checked_at - interval '1 minute'`);
  return settings('GET');
}

/** The customer edits the sample form in HubSpot. */
async function putForm(o: { without: string[]; archived?: boolean }): Promise<void> {
  const form = structuredClone(SANDBOX_FORMS_A[1]) as Json;
  for (const group of form.fieldGroups) {
    group.fields = group.fields.filter((field: Json) => !o.without.includes(field.name));
    for (const field of group.fields) if (field.name === 'lastname') field.label = 'Family name';
  }
  await control(`${world.hubspotControlUrl}/portals/${PORTAL_A}/forms`, { form, archived: o.archived ?? false });
}

/** Ninety days after it was deleted. */
async function forgetForm(): Promise<void> {
  const path = `/portals/${PORTAL_A}/forms/${SANDBOX_FORMS_A[1]?.id}`;
  const answer = await fetch(`${world.hubspotControlUrl}${path}`, { method: 'DELETE' });
  expect(answer.status).toBe(200);
}

async function openNewest(): Promise<Phone> {
  await product.send(CONTACT_ID, WA_ID);
  const message = (await flowMessages(world, WA_ID)).at(-1);
  if (!message) throw new Error('No message came');
  const phone = await openOnPhone(world, message);
  await phone.settled();
  return phone;
}

/** Fills the screen in and goes on to the next. */
async function nextScreen(phone: Phone): Promise<void> {
  await fillScreen(phone, fillAnything);
  const view = phone.view();
  if (view.kind === 'screen' && view.screen.footer) await phone.press(view.screen.footer.id);
}

async function finish(phone: Phone): Promise<Json> {
  const asked: string[] = [];
  const walk = await walkFlow(phone, (input) => {
    asked.push(input.label ?? '');
    return input.label === 'City' ? 'Lübeck' : fillAnything(input);
  });
  expect(walk.stuck).toBeNull();
  await untilDelivered(product);
  const [submission] = await rows('select * from flowella.submissions order by accepted_at desc limit 1');
  return { ...submission, asked };
}

const deliveriesOf = async (submissionId: string): Promise<Record<string, string>> => {
  const found = await rows('select * from flowella.deliveries where submission_id = $1', [submissionId]);
  return Object.fromEntries(
    found.map((row) => [row.destination, row.state + (row.reason_code ? `:${row.reason_code}` : '')]),
  );
};

async function lastSubmissionAtHubSpot(): Promise<Record<string, string>> {
  const { timeline } = await contactRecordOf(world, CONTACT_ID);
  return timeline.findLast((entry) => entry.kind === 'form-submission')?.properties ?? {};
}

test('a person under way when the form changes ends on their own version, and its answers go where that version says', async () => {
  const phone = await openNewest();
  await nextScreen(phone);
  const [{ live_version_id: first }] = await rows('select live_version_id from flowella.flows');

  await putForm({ without: [GONE] });
  const { drift, formState }: { drift: Drift; formState: string } = await openLater();
  expect(formState).toBe('changed');
  expect(drift.openSends).toBe(1);
  const told = Object.fromEntries(drift.questions.map((one) => [one.question, one.changes.map(({ code }) => code)]));
  expect(told).toEqual({ '0-1/lastname': ['renamed'], [`0-1/${GONE}`]: ['removed'] });
  expect(drift.edits.map(({ code }) => code)).toEqual(expect.arrayContaining(['property-dropped', 'kyc-dropped']));

  await settings('POST', '/take-over', { revision: drift.revision });
  await settings('POST', '/publish', {});
  await until(
    async () => (await rows('select live_version_id from flowella.flows'))[0].live_version_id !== first,
    30_000,
  );

  const submission = await finish(phone);
  expect(submission.asked).toContain('City');
  expect(submission.version_id).toBe(first);
  expect(await deliveriesOf(submission.submission_id)).toEqual({
    contact: 'delivered',
    'kyc-record': 'delivered',
    timeline: 'delivered',
    // HubSpot's form has no place for the city any more, and a submission cannot be amended.
    'form-submission': 'held:form_changed',
  });
  expect((await contactRecordOf(world, CONTACT_ID)).properties[GONE]).toBe('Lübeck');
}, 90_000);

test('what the form does not take waits for the customer, who submits it without the answer that has no place', async () => {
  expect((await settings('GET')).drift.heldSubmissions).toBe(1);
  expect(await lastSubmissionAtHubSpot()).toEqual({});
  const { drift } = await settings('POST', '/held-submissions', { decision: 'without-removed' });
  expect(drift.heldSubmissions).toBe(0);
  await untilDelivered(product);
  const [delivery] = await rows(`select * from flowella.deliveries where destination = 'form-submission'`);
  expect(delivery).toMatchObject({ state: 'delivered', detail: { leftOut: 1 } });
  await until(async () => Object.keys(await lastSubmissionAtHubSpot()).length > 0, 20_000);
}, 60_000);

test('who is sent the flow from then on gets the changed form, and all four places take it', async () => {
  const submission = await finish(await openNewest());
  expect(submission.asked).toContain('Family name');
  expect(submission.asked).not.toContain('City');
  expect(Object.values(await deliveriesOf(submission.submission_id))).toEqual(Array(4).fill('delivered'));
}, 60_000);

test('while the form is archived, answers are accepted, everything but the form gets them, and it does once it is back', async () => {
  await putForm({ without: [GONE], archived: true });
  expect((await openLater()).drift).toMatchObject({ state: 'archived', questions: [] });
  const submission = await finish(await openNewest());
  expect(await deliveriesOf(submission.submission_id)).toMatchObject({
    contact: 'delivered',
    'form-submission': 'held:form_gone',
  });
  await putForm({ without: [GONE] });
  expect((await openLater()).drift).toMatchObject({ state: 'current', heldSubmissions: 1 });
  await settings('POST', '/held-submissions', { decision: 'again' });
  await untilDelivered(product);
  expect((await deliveriesOf(submission.submission_id))['form-submission']).toBe('delivered');
}, 60_000);

test('what waits for a form that was deleted for good is given up by who decides it, and by nothing else', async () => {
  await putForm({ without: [GONE], archived: true });
  const submission = await finish(await openNewest());
  const id = submission.submission_id;
  const formOf = async () => (await deliveriesOf(id))['form-submission'];
  const decide = async (portal: number) => {
    const body = { decision: 'give-up', idempotencyKey: randomBytes(12).toString('hex') };
    return product.api(portal, 'POST', `/api/flows/${product.flowId}/held-submissions`, body);
  };
  const stopped = async () => (await product.api(PORTAL_A, 'GET', '/api/stopped-deliveries')).json.groups;

  // An archived form can be restored: nothing is offered, and nothing is done.
  const [waits] = await stopped();
  expect(waits).toMatchObject({ code: 'form_gone', count: 1, formGone: [] });
  expect(waits.mend).toContain('once HubSpot says so, you can decide here');
  expect(waits.mend).not.toContain('below');
  expect((await decide(PORTAL_A)).json.error.code).toBe('form_not_gone');
  expect(await formOf()).toBe('held:form_gone');

  await forgetForm();
  await openLater();
  const { drift } = await settings('GET');
  expect(drift).toMatchObject({ state: 'gone', heldSubmissions: 1, heldNowhereElse: 0 });
  expect(drift.message).toContain('Decide below what becomes of these');
  expect(await stopped()).toMatchObject([
    {
      count: 1,
      formGone: [{ flowId: product.flowId, count: 1, nowhereElse: 0 }],
      mend: expect.stringContaining('decide below'),
    },
  ]);
  expect((await decide(PORTAL_B)).status).toBe(404);
  // One who pressed while the form came back does not lose its answers.
  await putForm({ without: [GONE] });
  expect((await decide(PORTAL_A)).status).toBe(409);
  expect(await formOf()).toBe('held:form_gone');

  await forgetForm();
  expect((await decide(PORTAL_A)).json.drift).toMatchObject({ state: 'gone', heldSubmissions: 0 });
  expect(await deliveriesOf(id)).toMatchObject({
    contact: 'delivered',
    timeline: 'delivered',
    'form-submission': 'cancelled:given_up',
  });
  const log = await rows(`select actor, subject, detail from flowella.audit_log where action like '%give-up'`);
  expect(log).toEqual([{ actor: expect.stringMatching(/^user:\d+$/), subject: product.flowId, detail: { count: 1 } }]);
  expect(await stopped()).toEqual([]);
  const { submissions } = (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT_ID}/submissions`)).json;
  const shown = submissions[0].deliveries.find((one: Json) => one.destination === 'form-submission');
  expect(shown).toMatchObject({ state: 'cancelled', reason: expect.stringContaining('it was decided') });
  expect((await readBalance(product.server.services.db)).filter((one) => !isBalanced(one))).toEqual([]);
}, 90_000);
