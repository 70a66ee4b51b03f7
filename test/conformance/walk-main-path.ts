import { SANDBOX_FORMS_A } from '../../server/sandbox/hubspot/sandbox-forms.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { z } from 'zod';
import { until } from '../support/until.ts';
import {
  callFromCard,
  contactRecordOf,
  control,
  expectFromCard,
  flowMessages,
  openOnPhone,
  plausibleAnswer,
  type FlowMessage,
  type World,
} from '../support/outside.ts';

type Step = { name: string; run: () => Promise<void> };
type Mode = 'connected' | 'light';
type Home = 'contact' | 'custom-object';

const AMELIE = { contactId: '101', waId: '4915123456789', email: 'amelie.dubois@atelier-dubois.test' };
const YUSUF = { contactId: '102', waId: '905321234567', email: 'yusuf@oeztuerk-logistik.test' };
const BEATRIZ = { contactId: '105', waId: '5511987654321', email: 'beatriz@souza-carvalho.test' };
const WANG = { contactId: '103', waId: '8613123456789', email: 'wang.xiaolong@chengdu-import.test' };
type Person = typeof AMELIE;

const PUBLISH_DEADLINE_MS = 60_000;
const DELIVER_DEADLINE_MS = 60_000;
const [contactRequest, knowYourCustomer, eventReply, protectedForm, everyFieldType] = SANDBOX_FORMS_A.map(
  ({ id }) => id,
);

const flowDetail = z.looseObject({
  flowId: z.string(),
  mapping: z.looseObject({
    contact: z.looseObject({}),
    kycRecord: z.looseObject({ fields: z.record(z.string(), z.unknown()) }),
  }),
  screens: z.array(z.object({ questions: z.array(z.object({ question: z.string(), label: z.string() })) })),
});
const sendView = z.looseObject({
  sendId: z.string(),
  way: z.string().nullable(),
  state: z.string(),
  reason: z.string().nullable(),
});
const submissionsView = z.looseObject({
  submissions: z.array(
    z.looseObject({
      submissionId: z.string(),
      deliveries: z.array(z.looseObject({ destination: z.string(), state: z.string(), reason: z.string().nullable() })),
    }),
  ),
});

/**
 * The whole main path as admins, reps and customers walk it, one step after the other, in a sandbox that has just started: what
 * it sends to the vendors and what they answer is in the stand-ins' journals afterwards. Throws at the first step that fails.
 */
export async function walkMainPath(world: World, say: (line: string) => void): Promise<void> {
  const flows: Record<string, string> = {};
  for (const { name, run } of steps(world, flows)) {
    const started = performance.now();
    try {
      await run();
    } catch (err) {
      throw new Error(`The step "${name}" failed: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
    }
    say(`  ${name} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
  }
}

function steps(world: World, flows: Record<string, string>): Step[] {
  const make = async (key: string, form: string | undefined, mode: Mode, home: Home = 'contact'): Promise<void> => {
    flows[key] = await makeFlow(world, String(form), mode, home);
  };
  const makeMeeting = async (): Promise<void> => {
    flows['meeting'] = await makeFlow(world, String(contactRequest), 'connected', 'contact', await meetingParts(world));
  };
  const flow = (key: string): string => flows[key] ?? '';
  return [
    { name: 'what the settings page reads', run: () => readSettings(world) },
    { name: 'a protected form is refused before it is published', run: () => refuseProtected(world, protectedForm) },
    { name: 'publish the contact request, light', run: () => make('request', contactRequest, 'light') },
    { name: 'publish the German event reply, connected', run: () => make('event', eventReply, 'connected') },
    { name: 'publish the form with every field type, connected', run: () => make('all', everyFieldType, 'connected') },
    {
      name: 'publish know your customer into a custom object, connected',
      run: () => make('kyc', knowYourCustomer, 'connected', 'custom-object'),
    },
    { name: 'publish appointments, an owner by rules and a task, connected', run: makeMeeting },
    { name: 'people agree', run: () => agree(world) },
    { name: 'answer a light template', run: () => answer(world, flow('request'), AMELIE, 'template') },
    { name: 'answer a connected template', run: () => answer(world, flow('event'), YUSUF, 'template') },
    { name: 'a person writes', run: () => writes(world, AMELIE.waId) },
    {
      name: 'answer the German event reply inside the window',
      run: () => answer(world, flow('event'), AMELIE, 'interactive'),
    },
    { name: 'answer every field type inside the window', run: () => answer(world, flow('all'), AMELIE, 'interactive') },
    { name: 'book an appointment', run: () => answer(world, flow('meeting'), AMELIE, 'interactive') },
    { name: 'answer a light flow in China', run: () => answer(world, flow('request'), WANG, 'template') },
    {
      name: 'answer into a custom object, HubSpot losing answers on the way',
      run: () => answerDespiteFaults(world, flow('kyc'), BEATRIZ),
    },
    { name: 'change a flow, publish it again, answer it', run: () => changeAndAnswer(world, flow('event'), YUSUF) },
    { name: 'send a flow to a number of the admin', run: () => testSend(world, flow('request')) },
    { name: 'a person says stop and is not written to', run: () => stop(world, flow('request'), YUSUF) },
    { name: 'a flow that Meta holds back becomes a task', run: () => holdBack(world, flow('request')) },
    { name: 'a token that ran out is renewed', run: () => renewToken(world, flow('event'), AMELIE) },
  ];
}

// --- the admin ---------------------------------------------------------------------------------------------------------------

async function readSettings(world: World): Promise<void> {
  const { accounts } = z
    .looseObject({ accounts: z.array(z.looseObject({ state: z.string() })) })
    .parse(await expectFromCard(world, 'GET', '/api/setup'));
  if (accounts[0]?.state !== 'connected') throw new Error('the account is not connected');
  await expectFromCard(world, 'GET', '/api/forms');
  await expectFromCard(world, 'GET', '/api/contact-properties');
}

async function refuseProtected(world: World, form: string | undefined): Promise<void> {
  const flowId = await draft(world, String(form), 'light', 'contact');
  const { status } = await callFromCard(world, 'POST', `/api/flows/${flowId}/publish`, {});
  if (status < 400 && (await publicationEnd(world, flowId)).state === 'published')
    throw new Error('a form with a captcha was published with write-back');
}

async function makeFlow(world: World, form: string, mode: Mode, home: Home, parts: Parts = {}): Promise<string> {
  const flowId = await draft(world, form, mode, home, parts);
  await publish(world, flowId);
  return flowId;
}

/** What a flow may have beside the places that every one of these goes to. */
type Parts = { design?: Record<string, unknown>; mapping?: Record<string, unknown> };

async function meetingParts(world: World): Promise<Parts> {
  const { links, timeZone } = z
    .looseObject({ links: z.array(z.object({ link: z.string(), name: z.string() })), timeZone: z.string() })
    .parse(await expectFromCard(world, 'GET', '/api/meeting-links'));
  const { owners } = z
    .looseObject({ owners: z.array(z.looseObject({ ownerId: z.string() })) })
    .parse(await expectFromCard(world, 'GET', '/api/owners'));
  const texts = { label: 'When?', wishLabel: 'Which day do you wish?', noTimes: 'There are no free times.' };
  return {
    design: { appointment: { ...links[0], minutes: 30, timeZone, zone: 'person', ...texts } },
    mapping: {
      calendar: { invitation: true },
      owner: {
        enabled: true,
        rules: [{ choose: { kind: 'round-robin', ownerIds: owners.map(({ ownerId }) => ownerId) } }],
      },
      task: { enabled: true, kind: 'task', title: 'Prepare the meeting', text: '', dueInDays: 1, priority: 'HIGH' },
    },
  };
}

async function draft(world: World, sourceFormId: string, mode: Mode, home: Home, parts: Parts = {}): Promise<string> {
  const { accounts } = z
    .looseObject({ accounts: z.array(z.looseObject({ accountId: z.string() })) })
    .parse(await expectFromCard(world, 'GET', '/api/setup'));
  const made = flowDetail.parse(
    await expectFromCard(world, 'POST', '/api/flows', {
      source: 'hubspot-forms',
      sourceFormId,
      accountId: accounts[0]?.accountId,
      name: `Conformance ${mode} ${home} ${sourceFormId.slice(-2)}`,
    }),
  );
  // A record needs at least one part; a form without a name for it gives its first question.
  const [first] = made.screens.flatMap((screen) => screen.questions);
  const { fields } = made.mapping.kycRecord;
  const kycFields = Object.keys(fields).length > 0 ? fields : { legalName: [first?.question] };
  await expectFromCard(world, 'PATCH', `/api/flows/${made.flowId}`, {
    design: { mode, ...parts.design },
    mapping: {
      formSubmission: { enabled: true },
      contact: { ...made.mapping.contact, enabled: true },
      kycRecord: { enabled: true, home, fields: kycFields },
      timeline: { enabled: true },
      ...parts.mapping,
    },
  });
  return made.flowId;
}

async function publish(world: World, flowId: string): Promise<void> {
  await expectFromCard(world, 'POST', `/api/flows/${flowId}/publish`, {});
  const publication = await publicationEnd(world, flowId);
  if (publication.state !== 'published') throw new Error(`not published: ${JSON.stringify(publication)}`);
}

const publicationView = z.looseObject({
  state: z.string(),
  steps: z.array(z.looseObject({ state: z.string() })),
  template: z.looseObject({ state: z.string() }).nullable(),
});

async function publicationEnd(world: World, flowId: string): Promise<z.infer<typeof publicationView>> {
  let last: z.infer<typeof publicationView> | null = null;
  await until(async () => {
    last = publicationView.parse(await expectFromCard(world, 'GET', `/api/flows/${flowId}/publication`));
    if (last.state === 'failed') return true;
    const isDone = last.steps.every((step) => step.state === 'done');
    return last.state === 'published' && isDone && (last.template === null || last.template.state === 'APPROVED');
  }, PUBLISH_DEADLINE_MS).catch(() => {});
  if (!last) throw new Error('the publication could not be read');
  return last;
}

async function changeAndAnswer(world: World, flowId: string, person: Person): Promise<void> {
  const detail = flowDetail.parse(await expectFromCard(world, 'GET', `/api/flows/${flowId}`));
  const [question] = detail.screens.flatMap((screen) => screen.questions);
  if (!question) throw new Error('the flow has no questions');
  await expectFromCard(world, 'PATCH', `/api/flows/${flowId}`, {
    design: { mode: 'connected', labels: { [question.question]: `${question.label} (neu)` } },
  });
  await publish(world, flowId);
  // Answering the flow before was a message of the person's: it opened the window.
  await answer(world, flowId, person, 'interactive');
}

async function testSend(world: World, flowId: string): Promise<void> {
  sendView.parse(await expectFromCard(world, 'POST', `/api/flows/${flowId}/test-sends`, { to: '+84 91 234 56 78' }));
}

// --- the rep and the customer ---------------------------------------------------------------------------------------------

async function agree(world: World): Promise<void> {
  for (const { contactId } of [AMELIE, YUSUF, BEATRIZ, WANG])
    await expectFromCard(world, 'POST', `/api/contacts/${contactId}/consent`, { state: 'opted_in' });
}

async function writes(world: World, waId: string): Promise<void> {
  await control(`${world.metaControlUrl}/inbound`, { type: 'text', from: waId, text: 'Hallo!' });
}

/** Sends to a contact, answers on their phone, waits until the answers stand in all four places and the card says so. */
async function answer(world: World, flowId: string, person: Person, way: 'interactive' | 'template'): Promise<void> {
  const { message } = await send(world, flowId, person, way);
  const submissionId = await answerOnPhone(world, message, person);
  await untilDelivered(world, person, submissionId);
  await expectEverywhere(world, person, submissionId);
}

async function send(
  world: World,
  flowId: string,
  person: Person,
  way: 'interactive' | 'template',
): Promise<{ message: FlowMessage }> {
  if (way === 'interactive') await untilWindowIs(world, person, true);
  await expectFromCard(world, 'GET', `/api/contacts/${person.contactId}/flows`);
  const before = (await flowMessages(world, person.waId)).length;
  const sent = sendView.parse(
    await expectFromCard(world, 'POST', `/api/contacts/${person.contactId}/sends`, { flowId, replace: true }),
  );
  let messages: FlowMessage[] = [];
  await until(async () => (messages = await flowMessages(world, person.waId)).length > before).catch(() => {});
  const message = messages.at(-1);
  const view = sendView.parse(await expectFromCard(world, 'GET', `/api/sends/${sent.sendId}`));
  if (!message || messages.length === before) throw new Error(`nothing was received: ${view.state}, ${view.reason}`);
  if (view.way !== way) throw new Error(`it went as ${view.way}, not as ${way}`);
  return { message };
}

async function untilWindowIs(world: World, person: Person, open: boolean): Promise<void> {
  const view = z.looseObject({ contact: z.looseObject({ window: z.looseObject({ open: z.boolean() }) }) });
  await until(
    async () =>
      view.parse(await expectFromCard(world, 'GET', `/api/contacts/${person.contactId}/flows`)).contact.window.open ===
      open,
  );
}

/** Walks the flow to its end; of a light one the phone's reply goes into the chat. Answers the submission's id. */
async function answerOnPhone(world: World, message: FlowMessage, person: Person): Promise<string> {
  const known = new Set((await submissionsOf(world, person)).map((one) => one.submissionId));
  const phone = await openOnPhone(world, message, { locale: 'de' });
  const walk = await walkFlow(phone, (input) => answerFor(input, person));
  if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted')
    throw new Error(`the phone did not get to the end: ${JSON.stringify(walk.stuck ?? walk.view).slice(0, 600)}`);
  await control(`${world.metaControlUrl}/inbound`, {
    type: 'nfm_reply',
    from: person.waId,
    contextId: message.id,
    responseJson: walk.view.outcome.responseJson,
  });
  let submissionId: string | undefined;
  await until(async () => {
    submissionId = (await submissionsOf(world, person)).find((one) => !known.has(one.submissionId))?.submissionId;
    return submissionId !== undefined;
  });
  return submissionId ?? '';
}

/** A submission belongs to the contact with the form's address: everyone gives their own. */
function answerFor(input: InputView, person: Person): FieldValue | undefined {
  if (input.kind === 'text-input' && input.inputType === 'email') return person.email;
  return plausibleAnswer(input);
}

async function submissionsOf(world: World, person: Person) {
  const view = await expectFromCard(world, 'GET', `/api/contacts/${person.contactId}/submissions`);
  return submissionsView.parse(view).submissions;
}

async function untilDelivered(world: World, person: Person, submissionId: string): Promise<void> {
  let deliveries: { destination: string; state: string; reason: string | null }[] = [];
  await until(async () => {
    const found = (await submissionsOf(world, person)).find((one) => one.submissionId === submissionId);
    deliveries = found?.deliveries ?? [];
    return deliveries.length >= 4 && deliveries.every(({ state }) => ['delivered', 'dead', 'held'].includes(state));
  }, DELIVER_DEADLINE_MS).catch(() => {});
  const open = deliveries.filter(({ state }) => state !== 'delivered');
  if (deliveries.length < 4 || open.length > 0)
    throw new Error(`not delivered everywhere: ${JSON.stringify(deliveries)}`);
}

async function expectEverywhere(world: World, person: Person, submissionId: string): Promise<void> {
  const isThere = async (): Promise<boolean> => {
    const { timeline } = await contactRecordOf(world, person.contactId);
    const holding = timeline.filter((entry) => JSON.stringify(entry).includes(submissionId)).map(({ kind }) => kind);
    const kyc = holding.filter((kind) => kind === 'note' || kind === 'custom-object');
    return (
      kyc.length === 1 &&
      holding.filter((kind) => kind === 'form-submission').length === 1 &&
      holding.filter((kind) => kind === 'communication').length === 1
    );
  };
  await until(isThere, 20_000).catch(() => {
    throw new Error(`${submissionId} does not stand in all places once`);
  });
}

async function answerDespiteFaults(world: World, flowId: string, person: Person): Promise<void> {
  const faults = [
    { route: 'POST /crm/objects/2026-09/communications', kind: 'timeout-after-success' },
    { route: 'PATCH /crm/objects/2026-09/contacts', kind: '500' },
    { route: 'POST /submissions/v3/', kind: '429', retryAfterMs: 500 },
  ];
  for (const fault of faults) await control(`${world.hubspotControlUrl}/faults`, fault);
  await answer(world, flowId, person, 'template');
}

async function stop(world: World, flowId: string, person: Person): Promise<void> {
  await control(`${world.metaControlUrl}/inbound`, { type: 'user_preferences', from: person.waId, text: 'stop' });
  const view = z.looseObject({ contact: z.looseObject({ consent: z.looseObject({ state: z.string() }) }) });
  await until(
    async () =>
      view.parse(await expectFromCard(world, 'GET', `/api/contacts/${person.contactId}/flows`)).contact.consent
        .state === 'opted_out',
  );
  const { status } = await callFromCard(world, 'POST', `/api/contacts/${person.contactId}/sends`, {
    flowId,
    replace: true,
  });
  if (status < 400) throw new Error('a person who said stop was written to');
}

/** What is wrong is looked for once a minute. */
const ALERT_DEADLINE_MS = 100_000;

async function holdBack(world: World, flowId: string): Promise<void> {
  await expectFromCard(world, 'POST', '/api/alerts/ways', { webhookId: null, task: true });
  const { metaFlowId } = z
    .looseObject({ metaFlowId: z.string() })
    .parse(await expectFromCard(world, 'GET', `/api/flows/${flowId}/publication`));
  const at = `${world.metaControlUrl}/flows/${metaFlowId}`;
  await control(`${at}/alerts`, { event: 'ENDPOINT_AVAILABILITY', availability: 80, alert_state: 'ACTIVATED' });
  await control(`${at}/status`, { status: 'THROTTLED' });
  const view = z.looseObject({ open: z.array(z.looseObject({ kind: z.string() })) });
  await until(
    async () =>
      view.parse(await expectFromCard(world, 'GET', '/api/alerts')).open.some(({ kind }) => kind === 'flow_throttled'),
    ALERT_DEADLINE_MS,
  );
  const journal = z.looseObject({ entries: z.array(z.looseObject({ method: z.string(), path: z.string() })) });
  await until(async () => {
    const { entries } = journal.parse(await (await fetch(`${world.hubspotControlUrl}/journal`)).json());
    return entries.some(({ method, path }) => method === 'POST' && path.endsWith('/tasks'));
  }, 20_000);
  await control(`${at}/status`, { status: 'PUBLISHED' });
}

/** HubSpot's clock runs on past the token's half hour while the deliveries are made. */
async function renewToken(world: World, flowId: string, person: Person): Promise<void> {
  const { message } = await send(world, flowId, person, 'interactive');
  await control(`${world.hubspotControlUrl}/clock`, { offsetMs: 2_000_000 });
  const phone = await openOnPhone(world, message);
  const before = (await contactRecordOf(world, person.contactId)).timeline.length;
  const walk = await walkFlow(phone, (input) => answerFor(input, person));
  if (walk.view.kind !== 'closed') throw new Error('the phone did not get to the end');
  // Three entries of the timeline: the form, the KYC note, the communication.
  await until(async () => (await contactRecordOf(world, person.contactId)).timeline.length >= before + 3, 30_000);
  await control(`${world.hubspotControlUrl}/clock`, { offsetMs: 0 });
}
