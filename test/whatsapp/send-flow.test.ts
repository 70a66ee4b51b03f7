import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SendView } from '../../shared/contract/api.ts';
import { AppError } from '../../server/app-error.ts';
import { withPortal } from '../../server/db/db.ts';
import { readFlowToken } from '../../server/endpoint/flow-token.ts';
import { prefillPurpose } from '../../server/endpoint/runs.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { readConsent, recordConsent } from '../../server/whatsapp/consents.ts';
import { contactFlows, recordContactConsent } from '../../server/whatsapp/contact-flows.ts';
import { linkContact, meetPerson, noteInbound } from '../../server/whatsapp/persons.ts';
import { recoverSends } from '../../server/whatsapp/recover-sends.ts';
import { sendFlow, type SendRequest } from '../../server/whatsapp/send-flow.ts';
import type { SendServices } from '../../server/whatsapp/services.ts';
import { viewSend } from '../../server/whatsapp/view-send.ts';
import { draftFlow, flowBench, publish, type FlowBench } from '../flows/support.ts';
import { metaError } from './fake-graph.ts';
import { NUMBER_ID } from './support.ts';

const MESSAGES = `POST /${NUMBER_ID}/messages`;
const PHONE = '+4915112345678';

let b: FlowBench;
let portalId: number;
let flowId: string;
let services: SendServices;
let contact: Record<string, string>;
let nextMessage = 0;

beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  contact = { phone: '0151 12345678', firstname: 'Ada', email: 'ada@example.com', colour: 'blue' };
  services = {
    ...b.services,
    readContact: async (_portal, contactId, names) =>
      contactId === '404'
        ? null
        : {
            contactId,
            displayName: 'Ada Example',
            properties: Object.fromEntries(names.map((name) => [name, contact[name] ?? null])),
          },
  };
  b.graph.on(MESSAGES, () => ({
    json: { messaging_product: 'whatsapp', contacts: [], messages: [{ id: `wamid.${(nextMessage += 1)}` }] },
  }));
  b.meta.state.templateStatus = 'APPROVED';
  ({ flowId } = await draftFlow(b, portalId));
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode: 'connected' } }, 'en');
  await publish(b, portalId, flowId);
  b.graph.calls.splice(0);
});
afterEach(() => b.close());

const send = (change: Partial<SendRequest> = {}): Promise<SendView> =>
  sendFlow(services, {
    portalId,
    flowId,
    to: { kind: 'contact', contactId: '51' },
    channel: 'card',
    sentBy: { userId: 7, email: 'rep@example.com' },
    ...change,
  });
const optIn = () =>
  recordContactConsent(services, portalId, { contactId: '51', state: 'opted_in', userId: 7, language: 'en' });
const openWindow = async (who: { phone?: string; bsuid?: string } = { phone: PHONE }) =>
  withPortal(b.t.db, portalId, async (tx) => {
    const person = await meetPerson(tx, services, portalId, {
      ...who,
      portfolioId: '7777',
      phoneSource: 'inbound',
      at: b.clock.now(),
    });
    if (!person) throw new Error('no person');
    await noteInbound(tx, portalId, { personId: person.personId, phoneNumberId: NUMBER_ID, at: b.clock.now() });
    return person;
  });
const sent = () => b.graph.to(MESSAGES).map((call) => JSON.parse(call.body) as Record<string, never>);
const row = () => withPortal(b.t.db, portalId, (tx) => tx.selectFrom('sends').selectAll().execute());
const refusal = async (work: Promise<unknown>): Promise<AppError> => {
  const err: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(err instanceof AppError)) throw new Error(`Expected an AppError, got ${String(err)}`);
  return err;
};

test('inside the window an interactive flow message goes out with a token of ours and the send id', async () => {
  await openWindow();
  const view = await send();
  expect(view).toMatchObject({ state: 'accepted', way: 'interactive', open: true, sentBy: 'rep@example.com' });
  const [body] = sent();
  expect(body).toMatchObject({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '4915112345678',
    biz_opaque_callback_data: view.sendId,
    type: 'interactive',
    interactive: {
      type: 'flow',
      action: {
        name: 'flow',
        parameters: {
          flow_message_version: '3',
          flow_id: '8000000',
          flow_cta: 'Open the form',
          flow_action: 'data_exchange',
        },
      },
    },
  });
  const token = (body as unknown as { interactive: { action: { parameters: { flow_token: string } } } }).interactive
    .action.parameters.flow_token;
  expect(readFlowToken(b.t.keyring, token)).toMatchObject({
    portalId,
    sendId: view.sendId,
    expiresAt: new Date('2026-11-26T10:00:00.000Z'),
  });
  expect(JSON.stringify(body)).not.toContain('Ada');
});

test('known values are sealed with the send and never stand in the message of a connected flow', async () => {
  await openWindow();
  const { sendId } = await send();
  const [stored] = await row();
  const prefill = await b.t.keys.openJson(portalId, prefillPurpose(sendId), stored?.prefill_sealed ?? Buffer.alloc(0));
  expect(prefill).toEqual({
    '0-1/firstname': { kind: 'text', value: 'Ada' },
    '0-1/email': { kind: 'email', value: 'ada@example.com' },
    '0-1/colour': { kind: 'choice', choiceId: 'blue' },
  });
});

test('a light flow carries the entry screen’s whole data, exactly as it declares it', async () => {
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode: 'light' } }, 'en');
  await publish(b, portalId, flowId);
  await openWindow();
  await send();
  const parameters = (sent()[0] as unknown as { interactive: { action: { parameters: Record<string, unknown> } } })
    .interactive.action.parameters;
  const published = JSON.parse(b.meta.flows.at(-1)?.published ?? '{}') as {
    screens: { id: string; data?: Record<string, { properties?: object }> }[];
  };
  const entry = published.screens[0];
  const payload = parameters.flow_action_payload as { screen: string; data: Record<string, Record<string, unknown>> };
  expect(parameters.flow_action).toBe('navigate');
  expect(payload.screen).toBe(entry?.id);
  expect(Object.keys(payload.data)).toEqual(Object.keys(entry?.data ?? {}));
  for (const [key, value] of Object.entries(payload.data))
    expect(Object.keys(entry?.data?.[key]?.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(value)));
  expect(JSON.stringify(payload.data)).toContain('Ada');
});

test('outside the window the approved template is used, after an opt-in was recorded', async () => {
  expect(await refusal(send())).toMatchObject({ code: 'send_blocked', status: 409, context: { reason: 'no-opt-in' } });
  await optIn();
  expect(await send()).toMatchObject({ state: 'accepted', way: 'template' });
  expect(sent()).toMatchObject([
    {
      to: '4915112345678',
      type: 'template',
      template: {
        name: 'flowella_feedback_ubersicht_1',
        language: { code: 'en' },
        components: [{ type: 'button', sub_type: 'flow', index: '0' }],
      },
    },
  ]);
});

test('the window is closed after 24 hours', async () => {
  await openWindow();
  b.clock.move(24 * 3_600_000 - 120_000);
  const card = await contactFlows(services, portalId, '51', 'en');
  expect(card.contact.window.open).toBe(true);
  b.clock.move(120_000);
  expect((await contactFlows(services, portalId, '51', 'en')).contact.window.open).toBe(false);
  expect((await refusal(send())).context).toEqual({ reason: 'no-opt-in' });
});

test('ten presses at once, by two reps, send one message and answer the same send', async () => {
  await openWindow();
  const views = await Promise.all(
    Array.from({ length: 10 }, (_, index) => send({ idempotencyKey: `press-${index % 2}-0123456789` })),
  );
  expect(new Set(views.map((view) => view.sendId)).size).toBe(1);
  expect(b.graph.to(MESSAGES)).toHaveLength(1);
});

test('ten first sends at once to a number nobody knew make one person and one message', async () => {
  const test = () => send({ to: { kind: 'number', number: '+49 171 5550001' }, channel: 'test' });
  const views = await Promise.all(Array.from({ length: 10 }, test));
  expect(new Set(views.map((view) => view.sendId)).size).toBe(1);
  expect(b.graph.to(MESSAGES)).toHaveLength(1);
});

test('the same key sends once, even after the first send was closed', async () => {
  await openWindow();
  const first = await send({ idempotencyKey: 'key-0123456789abcdef' });
  const second = await send({ replace: true, idempotencyKey: 'key-other-0123456789' });
  expect(second.sendId).not.toBe(first.sendId);
  const again = await send({ replace: true, idempotencyKey: 'key-0123456789abcdef' });
  expect(again).toMatchObject({ sendId: first.sendId, open: false });
  expect(again.reason).toMatch(/sent again/);
  expect((await viewSend(services, portalId, second.sendId, 'de')).open).toBe(true);
  expect(b.graph.to(MESSAGES)).toHaveLength(2);
});

test('a lost answer leaves the send unknown and open: a second press finds it and does not send', async () => {
  await openWindow();
  b.graph.on(MESSAGES, () => ({ drop: true }));
  const view = await send();
  expect(view).toMatchObject({ state: 'unknown', open: true });
  expect(view.reason).toMatch(/may or may not have arrived/);
  expect((await send()).sendId).toBe(view.sendId);
  expect(b.graph.to(MESSAGES)).toHaveLength(1);
});

test('the row of a send stands before Meta is called, and a send whose process died becomes unknown', async () => {
  await openWindow();
  let seen: string[] = [];
  b.graph.on(MESSAGES, async () => {
    seen = (await row()).map((entry) => entry.state);
    return { json: { messages: [{ id: 'wamid.x' }] } };
  });
  await send();
  expect(seen).toEqual(['sending']);
  await withPortal(b.t.db, portalId, (tx) => tx.updateTable('sends').set({ state: 'sending', wamid: null }).execute());
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 0 });
  b.clock.move(180_000);
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 1, expired: 0 });
  expect((await row())[0]).toMatchObject({ state: 'unknown', open: true });
  b.clock.move(3 * 24 * 3_600_000);
  expect(await recoverSends(services, portalId)).toEqual({ unknown: 0, expired: 1 });
});

test('a refusal by Meta closes the send with words for the rep, and the next press may send', async () => {
  await openWindow();
  b.graph.on(MESSAGES, () => metaError(131026));
  const view = await sendFlow(services, {
    portalId,
    flowId,
    to: { kind: 'contact', contactId: '51' },
    channel: 'card',
    sentBy: null,
    language: 'de',
  });
  expect(view).toMatchObject({ state: 'failed', open: false });
  expect(view.reason).toMatch(/WhatsApp kann dieser Person nicht zustellen/);
  b.graph.on(MESSAGES, () => ({ json: { messages: [{ id: 'wamid.y' }] } }));
  expect((await send()).state).toBe('accepted');
});

test('error 131050 records the opt-out, and nothing is sent to that person any more', async () => {
  await openWindow();
  b.graph.on(MESSAGES, () => metaError(131050));
  await send();
  expect(await refusal(send())).toMatchObject({ context: { reason: 'opted-out' } });
  const consent = await withPortal(b.t.db, portalId, (tx) => readConsent(tx, services, portalId, { phone: PHONE }));
  expect(consent).toMatchObject({ state: 'opted_out', source: 'meta-131050' });
});

test('a window that Meta says is shut makes the next send use the template', async () => {
  await openWindow();
  await optIn();
  b.graph.on(MESSAGES, () => metaError(131047));
  expect((await send()).way).toBe('interactive');
  b.graph.on(MESSAGES, () => ({ json: { messages: [{ id: 'wamid.z' }] } }));
  expect((await send()).way).toBe('template');
});

test('an opt-out of a number holds for the business-scoped id behind it', async () => {
  const bsuid = 'DE.13491208655302741918';
  await withPortal(b.t.db, portalId, (tx) =>
    recordConsent(tx, services, portalId, {
      who: { phone: PHONE },
      state: 'opted_out',
      source: 'stop-word',
      at: b.clock.now(),
    }),
  );
  await openWindow({ phone: PHONE, bsuid });
  expect((await refusal(send())).context).toEqual({ reason: 'opted-out' });
});

test('a contact without a number is reached by the id of the person who was linked to it', async () => {
  contact = {};
  const person = await openWindow({ bsuid: 'DE.13491208655302741918' });
  expect((await refusal(send())).userMessage).toMatch(/no phone number/);
  await withPortal(b.t.db, portalId, (tx) =>
    linkContact(tx, portalId, { personId: person.personId, contactId: '51', now: b.clock.now() }),
  );
  await send();
  expect(sent()[0]).toMatchObject({ recipient: 'DE.13491208655302741918' });
  expect(sent()[0]).not.toHaveProperty('to');
});

test('numbers are read with the country of the business number, and bad ones are named', async () => {
  contact = { hs_whatsapp_phone_number: 'call me', mobilephone: '12' };
  const err = await refusal(send());
  expect(err.userMessage).toMatch(/cannot be read/);
  contact = { hs_whatsapp_phone_number: '0044 20 7946 0958', phone: '0151 12345678' };
  const card = await contactFlows(services, portalId, '51', 'en');
  expect(card.contact).toMatchObject({ number: '+44 20 7946 0958', numberProperty: 'hs_whatsapp_phone_number' });
});

test('nothing is sent while the flow is being published, or when the account is broken', async () => {
  await openWindow();
  await withPortal(b.t.db, portalId, (tx) => tx.updateTable('flows').set({ state: 'publishing' }).execute());
  expect((await refusal(send())).context).toEqual({ reason: 'flow-publishing' });
  await withPortal(b.t.db, portalId, (tx) => tx.updateTable('flows').set({ state: 'published' }).execute());
  b.graph.on(MESSAGES, () => metaError(190, { status: 401 }));
  expect((await send()).state).toBe('failed');
  expect((await refusal(send())).context).toEqual({ reason: 'account-broken' });
});

test('the card shows number, consent, window, what will be prefilled and why a flow cannot be sent', async () => {
  const closed = await contactFlows(services, portalId, '51', 'de');
  expect(closed.contact).toMatchObject({
    displayName: 'Ada Example',
    number: '+49 1511 2345678',
    numberProperty: 'phone',
    consent: { state: 'unknown' },
    window: { open: false, until: null },
  });
  expect(closed.flows).toMatchObject([{ flowId, way: 'none', questions: 3 }]);
  expect(closed.flows[0]?.blocked).toMatch(/keine Zustimmung/);
  await optIn();
  const open = await contactFlows(services, portalId, '51', 'en');
  expect(open.flows[0]).toMatchObject({
    way: 'template',
    blocked: null,
    templateBody: expect.stringContaining('Feedback') as string,
    prefill: [
      { label: 'First name', value: 'Ada' },
      { label: 'E-mail', value: 'ada@example.com' },
      { label: 'Colour', value: 'Blue' },
    ],
  });
  const view = await send();
  const after = await contactFlows(services, portalId, '51', 'en');
  expect(after.sends.map((entry) => entry.sendId)).toEqual([view.sendId]);
  expect(after.flows[0]?.lastSend?.progress).toMatchObject({ state: 'not-opened', mode: 'connected' });
});

test('another portal can neither send the flow nor see the send', async () => {
  await openWindow();
  const view = await send();
  const other = await b.t.addPortal();
  expect((await refusal(send({ portalId: other }))).code).toBe('flow_not_found');
  expect((await refusal(viewSend(services, other, view.sendId, 'en'))).code).toBe('send_not_found');
});
