import { createHmac } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import type { Destination } from '../../server/destinations/destination.ts';
import { signFlowToken } from '../../server/endpoint/flow-token.ts';
import { updateFlow } from '../../server/flows/update-flow.ts';
import { viewPublication } from '../../server/flows/view-flow.ts';
import { acceptSubmission } from '../../server/submissions/accept.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import { readConsent, recordConsent } from '../../server/whatsapp/consents.ts';
import { meetPerson, noteInbound, readPerson } from '../../server/whatsapp/persons.ts';
import { processInbox } from '../../server/whatsapp/process-inbox.ts';
import { sendFlow } from '../../server/whatsapp/send-flow.ts';
import type { InboxServices } from '../../server/whatsapp/services.ts';
import { viewSend } from '../../server/whatsapp/view-send.ts';
import { webhookRoutes } from '../../server/whatsapp/webhook-routes.ts';
import { NO_MAPPING } from '../bench/support/seed-portal.ts';
import { draftFlow, flowBench, publish, type FlowBench } from '../flows/support.ts';
import { acceptAccount, APP_ID, APP_SECRET, NUMBER_ID, TOKEN, WABA_ID } from './support.ts';

const MESSAGES = `POST /${NUMBER_ID}/messages`;
const PHONE = '+4915112345678';
const WA_ID = '4915112345678';
const BSUID = 'DE.13491208655302741918';

let b: FlowBench;
let app: FastifyInstance;
let portalId: number;
let accountId: string;
let flowId: string;
let replies: { sendId: string; responseJson: unknown; receivedAt: Date }[];
let services: InboxServices;

beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  replies = [];
  services = {
    ...b.services,
    onFlowReply: async (_portal, reply) => void replies.push(reply),
    wakeUps: { add: async () => {} },
  };
  app = Fastify();
  await app.register(async (scope) => webhookRoutes(scope, b.services));
  b.meta.state.templateStatus = 'PENDING';
  ({ flowId, accountId } = await draftFlow(b, portalId));
  b.graph.on(MESSAGES, () => ({ json: { messages: [{ id: 'wamid.1' }] } }));
});
afterEach(async () => {
  await app.close();
  await b.close();
});

const address = () => `/webhooks/whatsapp/${accountId}`;
const sign = (body: string, secret = APP_SECRET) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const seconds = (offsetMs = 0) => String(Math.floor((b.clock.now().getTime() + offsetMs) / 1_000));
const envelope = (field: string, value: object, wabaId = WABA_ID) =>
  JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: wabaId, changes: [{ field, value }] }] });
const post = (body: string, header = sign(body)) =>
  app.inject({
    method: 'POST',
    url: address(),
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': header },
    body,
  });
const messages = (value: object) => ({
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: '49305550001', phone_number_id: NUMBER_ID },
  ...value,
});
const inbound = (message: object, contact: object = { wa_id: WA_ID, profile: { name: 'Ada' } }) =>
  envelope(
    'messages',
    messages({
      contacts: [contact],
      messages: [{ id: `wamid.in.${Math.random()}`, from: WA_ID, timestamp: seconds(), ...message }],
    }),
  );
const status = (name: string, change: object = {}, offsetMs = 0) =>
  envelope(
    'messages',
    messages({
      statuses: [{ id: 'wamid.1', status: name, timestamp: seconds(offsetMs), recipient_id: WA_ID, ...change }],
    }),
  );
const work = () => processInbox(services, portalId, { limit: 100 });
const deliver = async (body: string) => {
  expect((await post(body)).statusCode).toBe(200);
  await work();
};
const inbox = () =>
  withPortal(b.t.db, portalId, (tx) => tx.selectFrom('inbox').selectAll().orderBy('received_at').execute());
const inPortal = <T>(read: (tx: Parameters<Parameters<typeof withPortal>[2]>[0]) => Promise<T>): Promise<T> =>
  withPortal(b.t.db, portalId, read);
const consentOf = (who: { phone?: string; bsuid?: string }) =>
  inPortal((tx) => readConsent(tx, services, portalId, who));
const personOf = (key: { phone?: string; bsuid?: string }) =>
  inPortal((tx) =>
    meetPerson(tx, services, portalId, { ...key, portfolioId: '7777', phoneSource: 'test', at: b.clock.now() }),
  );

/** A published flow, an open window and one message on its way. */
async function sent(mode: 'connected' | 'light' = 'light'): Promise<string> {
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode } }, 'en');
  await publish(b, portalId, flowId);
  await deliver(inbound({ type: 'text', text: { body: 'Hi' } }));
  const view = await sendFlow(
    { ...b.services, readContact: async () => null },
    { portalId, flowId, to: { kind: 'number', number: PHONE }, channel: 'test', sentBy: null },
  );
  return view.sendId;
}
const view = (sendId: string) => viewSend(services, portalId, sendId, 'en');

test('the handshake answers the challenge for the account’s own verify token only', async () => {
  let token = '';
  b.graph.on(`POST /${WABA_ID}/subscribed_apps`, async (call) => {
    if (call.body === '') return { json: { success: true } };
    const body = JSON.parse(call.body) as { override_callback_uri: string; verify_token: string };
    token = body.verify_token;
    const answer = await app.inject(
      `${new URL(body.override_callback_uri).pathname}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`,
    );
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([
      200,
      '1158201444',
      expect.stringMatching(/^text\/plain/),
    ]);
    return { json: { success: true } };
  });
  const account = {
    appId: APP_ID,
    appSecret: APP_SECRET,
    wabaId: WABA_ID,
    phoneNumberId: NUMBER_ID,
    accessToken: TOKEN,
  };
  expect((await connectAccount(b.services, portalId, account)).state).toBe('connected');
  const ask = (query: string, url = address()) => app.inject(`${url}?${query}`).then((answer) => answer.statusCode);
  expect(await ask('hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1')).toBe(403);
  expect(await ask(`hub.mode=subscribe&hub.verify_token=${token}`)).toBe(400);
  expect(
    await ask('hub.mode=subscribe&hub.verify_token=x&hub.challenge=1', '/webhooks/whatsapp/wac_00000000000000000000'),
  ).toBe(404);
  expect(await ask('hub.mode=subscribe&hub.verify_token=x&hub.challenge=1', "/webhooks/whatsapp/' or 1=1")).toBe(404);
});

test('a wrong, missing or other app’s signature, a changed body and a foreign account store nothing', async () => {
  const body = inbound({ type: 'text', text: { body: 'Hi' } });
  expect((await post(body, sign(body, 'b'.repeat(32)))).statusCode).toBe(401);
  expect((await post(body, 'sha256=00')).statusCode).toBe(401);
  expect((await post(`${body} `, sign(body))).statusCode).toBe(401);
  expect((await app.inject({ method: 'POST', url: address(), body: JSON.parse(body) as object })).statusCode).toBe(401);
  const foreign = envelope('messages', messages({}), '999999');
  expect((await post(foreign)).statusCode).toBe(200);
  const broken = '{"object":';
  expect((await post(broken)).statusCode).toBe(400);
  const large = JSON.stringify({ x: 'x'.repeat(3 * 1_024 * 1_024) });
  expect((await post(large)).statusCode).toBe(413);
  expect(await inbox()).toEqual([]);
});

test('after a rotation of the app secret webhooks signed with the old or the new one are taken', async () => {
  await connectAccount(b.services, portalId, {
    appId: APP_ID,
    appSecret: 'c'.repeat(32),
    wabaId: WABA_ID,
    phoneNumberId: NUMBER_ID,
    accessToken: TOKEN,
  });
  const one = inbound({ type: 'text', text: { body: 'one' } });
  const two = inbound({ type: 'text', text: { body: 'two' } });
  expect((await post(one, sign(one, 'c'.repeat(32)))).statusCode).toBe(200);
  expect((await post(two, sign(two, APP_SECRET))).statusCode).toBe(200);
  expect(await inbox()).toHaveLength(2);
});

test('what the app’s one address receives for another account is stored there, if that account’s app signed it', async () => {
  const other = await b.t.addPortal();
  const connectOther = (appSecret: string, wabaId: string, numberId: string) => {
    acceptAccount(b.graph, { wabaId, numberId });
    return connectAccount(b.services, other, {
      appId: APP_ID,
      appSecret,
      wabaId,
      phoneNumberId: numberId,
      accessToken: TOKEN,
    });
  };
  await connectOther(APP_SECRET, '600600600600', '600600600601');
  await connectOther('d'.repeat(32), '700700700700', '700700700701');
  const update = { event: 'APPROVED', message_template_id: 1 };
  for (const wabaId of ['600600600600', '700700700700'])
    expect((await post(envelope('message_template_status_update', update, wabaId))).statusCode).toBe(200);
  const stored = await withPortal(b.t.db, other, (tx) => tx.selectFrom('inbox').select('account_id').execute());
  expect(stored).toHaveLength(1);
  expect(await inbox()).toEqual([]);
});

test('a webhook is stored sealed before it is answered, once however often it comes, and forgotten when done', async () => {
  const body = inbound({ type: 'text', text: { body: 'secret words' } });
  for (let time = 0; time < 3; time += 1) expect((await post(body)).statusCode).toBe(200);
  const [row] = await inbox();
  expect(await inbox()).toHaveLength(1);
  expect(row?.body_sealed.toString('latin1')).not.toContain('secret words');
  expect(await work()).toBe(1);
  expect(await work()).toBe(0);
  const [done] = await inbox();
  expect(done).toMatchObject({ problem: null });
  expect(done?.body_sealed).toHaveLength(0);
  expect((await post(body)).statusCode).toBe(200);
  expect(await work()).toBe(0);
});

test('a text opens the window of the number it came to, and an older one does not shorten it', async () => {
  await deliver(inbound({ type: 'text', text: { body: 'Hi' } }));
  const first = await personOf({ phone: PHONE });
  expect(first).toMatchObject({
    lastInboundAt: b.clock.now(),
    lastInboundNumber: NUMBER_ID,
    identity: { name: 'Ada' },
  });
  await deliver(inbound({ type: 'text', text: { body: 'late' }, timestamp: seconds(-3_600_000) }));
  expect((await personOf({ phone: PHONE }))?.lastInboundAt).toEqual(b.clock.now());
});

test.each(['STOP', 'stop!', ' Abmelden. ', 'bitte abmelden', 'Unsubscribe'])(
  'the message "%s" opts out',
  async (text) => {
    await deliver(inbound({ type: 'text', text: { body: text } }));
    expect(await consentOf({ phone: PHONE })).toMatchObject({ state: 'opted_out', source: 'stop-word' });
  },
);

test('a stop in the same second as a consent that a rep recorded just before it still opts out', async () => {
  await deliver(inbound({ type: 'text', text: { body: 'Hi' } }));
  // Meta tells whole seconds; what is recorded here has milliseconds.
  b.clock.move(1_000 - (b.clock.now().getTime() % 1_000) + 700);
  const at = b.clock.now();
  await inPortal((tx) =>
    recordConsent(tx, b.services, portalId, { who: { phone: PHONE }, state: 'opted_in', source: 'rep:1', at }),
  );
  b.clock.move(100);
  await deliver(inbound({ type: 'text', text: { body: 'Stop' } }));
  expect(await consentOf({ phone: PHONE })).toMatchObject({ state: 'opted_out', source: 'stop-word' });
});

test('a sentence with the word stop is no opt-out, and start takes one back but proves no consent', async () => {
  await deliver(inbound({ type: 'text', text: { body: 'please do not stop the order' } }));
  await deliver(inbound({ type: 'text', text: { body: 'Start' } }));
  expect((await consentOf({ phone: PHONE })).state).toBe('unknown');
  await deliver(inbound({ type: 'text', text: { body: 'stop' } }));
  b.clock.move(1_000);
  await deliver(inbound({ type: 'text', text: { body: 'start' } }));
  expect(await consentOf({ phone: PHONE })).toMatchObject({ state: 'opted_in', source: 'start-word' });
});

test('WhatsApp’s own preferences opt out and in, also without a number', async () => {
  const preference = (value: string, who: object) =>
    envelope(
      'user_preferences',
      messages({ user_preferences: [{ ...who, category: 'marketing_messages', value, timestamp: seconds() }] }),
    );
  await deliver(preference('stop', { user_id: BSUID }));
  expect((await consentOf({ bsuid: BSUID })).state).toBe('opted_out');
  b.clock.move(1_000);
  await deliver(preference('resume', { user_id: BSUID }));
  expect((await consentOf({ bsuid: BSUID })).state).toBe('opted_in');
});

test('statuses in any order, repeated, alone or together, end at the furthest state with the first time of each', async () => {
  const sendId = await sent();
  const times = { sent: 1_000, delivered: 2_000, read: 3_000 } as const;
  const step = fc.constantFrom<keyof typeof times>('sent', 'delivered', 'read');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        await inPortal((tx) =>
          tx
            .updateTable('sends')
            .set({ state: 'accepted', sent_at: null, delivered_at: null, read_at: null })
            .execute(),
        );
        for (const [name, late, isWorkedOff] of steps) {
          await post(status(name, { salt: Math.random() }, times[name] + late * 10_000));
          if (isWorkedOff) await work();
        }
        await work();
        const shown = await view(sendId);
        const names = steps.map(([name]) => name);
        const furthest = (['read', 'delivered', 'sent'] as const).find((name) => names.includes(name));
        expect(shown.state).toBe(furthest);
        for (const name of ['sent', 'delivered', 'read'] as const) {
          const own = steps.filter(([other]) => other === name).map(([, late]) => times[name] + late * 10_000);
          const expected = own.length === 0 ? null : new Date(b.clock.now().getTime() + Math.min(...own)).toISOString();
          expect(shown.times[name]).toBe(expected);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('a status that is faster than the answer of the send is found by the send id and survives the answer', async () => {
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode: 'light' } }, 'en');
  await publish(b, portalId, flowId);
  await deliver(inbound({ type: 'text', text: { body: 'Hi' } }));
  b.graph.on(MESSAGES, async (call) => {
    const { biz_opaque_callback_data } = JSON.parse(call.body) as { biz_opaque_callback_data: string };
    await deliver(status('delivered', { biz_opaque_callback_data }));
    return { json: { messages: [{ id: 'wamid.1' }] } };
  });
  const shown = await sendFlow(
    { ...b.services, readContact: async () => null },
    { portalId, flowId, to: { kind: 'number', number: PHONE }, channel: 'test', sentBy: null },
  );
  expect(shown.state).toBe('delivered');
});

test('a send whose answer was lost is settled by its status', async () => {
  await updateFlow(b.flowServices, portalId, flowId, { design: { mode: 'light' } }, 'en');
  await publish(b, portalId, flowId);
  await deliver(inbound({ type: 'text', text: { body: 'Hi' } }));
  b.graph.on(MESSAGES, () => ({ drop: true }));
  const lost = await sendFlow(
    { ...b.services, readContact: async () => null },
    { portalId, flowId, to: { kind: 'number', number: PHONE }, channel: 'test', sentBy: null },
  );
  expect(lost.state).toBe('unknown');
  // First one without our data: it waits, since a send of ours has no message id yet.
  await deliver(status('read'));
  expect((await inbox()).at(-1)).toMatchObject({ processed_at: null, problem: 'status_without_send' });
  await deliver(status('sent', { biz_opaque_callback_data: lost.sendId }));
  b.clock.move(60_000);
  await work();
  expect((await view(lost.sendId)).state).toBe('read');
});

test('a failed status closes the send, and 131050 in it opts the person out', async () => {
  const sendId = await sent();
  await deliver(status('failed', { errors: [{ code: 131050, title: 'opted out' }] }));
  expect(await view(sendId)).toMatchObject({ state: 'failed', open: false });
  expect((await view(sendId)).reason).toMatch(/has stopped messages/);
  expect(await consentOf({ phone: PHONE })).toMatchObject({ state: 'opted_out', source: 'meta-131050' });
});

test('statuses of messages we never sent are left alone', async () => {
  await sent();
  await deliver(status('read', { id: 'wamid.other' }));
  expect((await inbox()).at(-1)).toMatchObject({ problem: null });
  expect((await inbox()).at(-1)?.processed_at).not.toBeNull();
});

/** A submission of somebody whose calendar file is in this state. */
async function calendarFile(change: object): Promise<string> {
  const sendId = await sent();
  const invitation: Destination = {
    kind: 'invitation',
    dependsOn: null,
    batchSize: 1,
    wanted: () => true,
    check: async () => [],
    deliver: async () => [],
  };
  await inPortal(async (tx) => {
    const send = await tx.selectFrom('sends').selectAll().where('send_id', '=', sendId).executeTakeFirstOrThrow();
    const { form_id: formId, form_revision: formRevision } = await tx
      .selectFrom('flow_versions')
      .select(['form_id', 'form_revision'])
      .where('version_id', '=', send.version_id)
      .executeTakeFirstOrThrow();
    await acceptSubmission(
      tx,
      {
        wakeUps: services.wakeUps,
        destinations: [invitation],
        dataKey: await services.keys.dataKey(portalId, tx),
        now: b.clock.now(),
      },
      {
        portalId,
        sendId,
        flowId,
        versionId: send.version_id,
        formId,
        formRevision,
        contactId: null,
        personId: send.person_id,
        mapping: NO_MAPPING,
        answers: {},
        acceptedFrom: 'endpoint',
        locale: null,
        openedAt: null,
        screens: null,
        finishedAt: b.clock.now(),
      },
    );
    await tx.updateTable('deliveries').set(change).execute();
  });
  const [row] = await files();
  return row?.delivery_id ?? '';
}
const files = () => inPortal((tx) => tx.selectFrom('deliveries').selectAll().execute());
const FAILED = { errors: [{ code: 131_026, title: 'Message undeliverable' }] };

test('a calendar file that Meta took and could not deliver is no longer said to be delivered', async () => {
  const id = await calendarFile({ state: 'delivered', remote_id: 'wamid.file', delivered_at: b.clock.now() });
  await deliver(status('failed', { id: 'wamid.before', biz_opaque_callback_data: id, ...FAILED }));
  expect(await files()).toMatchObject([{ state: 'delivered' }]);
  await deliver(status('failed', { id: 'wamid.file', biz_opaque_callback_data: id, ...FAILED }));
  expect(await files()).toMatchObject([{ state: 'dead', reason_code: 'invitation_not_arrived', delivered_at: null }]);
  expect((await files())[0]?.reason).toContain('meta:131026');
});

test('a calendar file of which nobody knew whether it arrived is delivered once WhatsApp says so', async () => {
  const id = await calendarFile({ state: 'dead', reason_code: 'invitation_unknown', reason: 'Not known.' });
  await deliver(status('delivered', { id: 'wamid.file', biz_opaque_callback_data: id }));
  expect(await files()).toMatchObject([
    { state: 'delivered', reason_code: null, reason: null, remote_id: 'wamid.file', delivered_at: b.clock.now() },
  ]);
  await deliver(status('read', { id: 'wamid.file', biz_opaque_callback_data: id }));
  expect(await files()).toMatchObject([{ state: 'delivered' }]);
});

test('the status of a calendar file waits for the outcome of its own call', async () => {
  const id = await calendarFile({ state: 'delivering' });
  await deliver(status('failed', { id: 'wamid.file', biz_opaque_callback_data: id, ...FAILED }));
  expect((await inbox()).at(-1)).toMatchObject({ processed_at: null, problem: 'status_before_outcome' });
  await inPortal((tx) => tx.updateTable('deliveries').set({ state: 'delivered', remote_id: 'wamid.file' }).execute());
  b.clock.move(60_000);
  await work();
  expect(await files()).toMatchObject([{ state: 'dead', reason_code: 'invitation_not_arrived' }]);
});

const reply = (response: object, change: object = {}) =>
  inbound({
    type: 'interactive',
    context: { from: '49305550001', id: 'wamid.1' },
    interactive: {
      type: 'nfm_reply',
      nfm_reply: { name: 'flow', body: 'Sent', response_json: JSON.stringify(response) },
    },
    ...change,
  });
const tokenOf = (sendId: string, portal = portalId) =>
  signFlowToken(b.t.keyring, { portalId: portal, sendId, expiresAt: new Date('2026-11-26T10:00:00Z') });

test('answers are handed on by the message they answer, or by their token alone', async () => {
  const sendId = await sent();
  await deliver(reply({ answer: 'A' }));
  await deliver(reply({ answer: 'B', flow_token: tokenOf(sendId) }, { context: undefined }));
  expect(replies.map((entry) => [entry.sendId, (entry.responseJson as { answer: string }).answer])).toEqual([
    [sendId, 'A'],
    [sendId, 'B'],
  ]);
  expect(replies[0]?.receivedAt).toEqual(b.clock.now());
});

test('a forged token, another portal’s token and a reply from somebody else are not handed on', async () => {
  const sendId = await sent();
  const forged = tokenOf(sendId).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  await deliver(reply({ flow_token: forged }, { context: undefined }));
  await deliver(reply({ flow_token: tokenOf(sendId, portalId + 1) }, { context: undefined }));
  await deliver(reply({ flow_token: tokenOf(sendId) }, { from: '491719999999' }));
  expect(replies).toEqual([]);
  const rows = await inbox();
  expect(rows.slice(1).map((row) => row.problem)).toEqual([
    'reply_without_send',
    'reply_without_send',
    'reply_from_other_person',
  ]);
  // What a person must look at keeps its content.
  expect(rows.at(-1)?.body_sealed.length).toBeGreaterThan(0);
});

test('a reply that cannot be accepted now is tried again until it is, and never dropped', async () => {
  const sendId = await sent();
  let isDown = true;
  services.onFlowReply = async (_portal, entry) => {
    if (isDown) throw new Error('the database is down');
    replies.push(entry);
  };
  await deliver(reply({ answer: 'A' }));
  for (let round = 0; round < 12; round += 1) {
    b.clock.move(3 * 3_600_000);
    await work();
  }
  expect((await inbox()).at(-1)).toMatchObject({ processed_at: null, problem: 'internal' });
  isDown = false;
  b.clock.move(7 * 3_600_000);
  await work();
  expect(replies.map((entry) => entry.sendId)).toEqual([sendId]);
});

test('two workers at once hand a reply on once', async () => {
  await sent();
  await post(reply({ answer: 'A' }));
  const counts = await Promise.all([work(), work(), work()]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(replies).toHaveLength(1);
});

test('a person without a visible number is known by id, and the number joins when it appears', async () => {
  await deliver(
    envelope(
      'messages',
      messages({
        contacts: [{ user_id: BSUID, profile: { name: 'Ada', username: 'ada' } }],
        messages: [{ id: 'wamid.in.b', from_user_id: BSUID, timestamp: seconds(), type: 'text', text: { body: 'Hi' } }],
      }),
    ),
  );
  const byId = await personOf({ bsuid: BSUID });
  expect(byId?.identity).toEqual({ bsuid: BSUID, name: 'Ada', username: 'ada' });
  await deliver(
    inbound(
      {
        type: 'contacts',
        from: undefined,
        from_user_id: BSUID,
        contacts: [{ origin: 'other', phones: [{ wa_id: '491700000000' }] }],
      },
      { user_id: BSUID },
    ),
  );
  expect((await personOf({ bsuid: BSUID }))?.identity.phone).toBeUndefined();
  await deliver(
    inbound(
      {
        type: 'contacts',
        from: undefined,
        from_user_id: BSUID,
        contacts: [{ origin: 'contact_request', phones: [{ wa_id: WA_ID }] }],
      },
      { user_id: BSUID },
    ),
  );
  expect((await personOf({ phone: PHONE }))?.personId).toBe(byId?.personId);
});

test('a status of a message to a number teaches the id behind it', async () => {
  await sent();
  const before = await personOf({ phone: PHONE });
  await deliver(status('delivered', { recipient_user_id: BSUID }));
  expect((await personOf({ bsuid: BSUID }))?.personId).toBe(before?.personId);
});

test.each([
  [
    'the current form',
    { type: 'user_changed_number', wa_id: '4917099999999', user_id: 'DE.NEW1', previous_user_id: BSUID },
  ],
  ['an id change without a number', { type: 'user_changed_user_id', user_id: 'DE.NEW1', previous_user_id: BSUID }],
])('a changed identity (%s) keeps window, opt-out and open sends', async (_what, system) => {
  await deliver(inbound({ type: 'text', text: { body: 'stop' }, from_user_id: BSUID }));
  const before = await personOf({ bsuid: BSUID });
  const change = envelope(
    'messages',
    messages({
      messages: [
        { id: 'wamid.sys', from: WA_ID, timestamp: seconds(), type: 'system', system: { body: 'x', ...system } },
      ],
    }),
  );
  await deliver(change);
  await deliver(change.replace('wamid.sys', 'wamid.sys.again'));
  const after = await personOf({ bsuid: 'DE.NEW1' });
  expect(after?.personId).not.toBe(before?.personId);
  expect(after?.lastInboundAt).toEqual(before?.lastInboundAt);
  expect((await inPortal((tx) => readPerson(tx, services, portalId, before?.personId ?? '')))?.personId).toBe(
    after?.personId,
  );
  expect((await consentOf({ bsuid: 'DE.NEW1' })).state).toBe('opted_out');
});

test('a number that was recycled to another person takes neither contact nor history with it', async () => {
  await deliver(inbound({ type: 'text', text: { body: 'Hi' }, from_user_id: BSUID }));
  const before = await personOf({ bsuid: BSUID });
  await deliver(inbound({ type: 'text', text: { body: 'Hello' }, from_user_id: 'DE.OTHER' }));
  const now = await personOf({ phone: PHONE });
  expect(now?.personId).not.toBe(before?.personId);
  expect((await personOf({ bsuid: BSUID }))?.identity.phone).toBeUndefined();
});

test('a number and an id that stood on two rows become one person with one window', async () => {
  const byPhone = await personOf({ phone: PHONE });
  await inPortal((tx) =>
    noteInbound(tx, portalId, { personId: byPhone?.personId ?? '', phoneNumberId: NUMBER_ID, at: b.clock.now() }),
  );
  const byId = await personOf({ bsuid: BSUID });
  const joined = await personOf({ phone: PHONE, bsuid: BSUID });
  expect(joined?.personId).toBe(byId?.personId);
  const read = await inPortal((tx) => readPerson(tx, services, portalId, byPhone?.personId ?? ''));
  expect(read).toMatchObject({ personId: byId?.personId, lastInboundNumber: NUMBER_ID });
});

test('a template is followed to approval and a rejection is shown with its reason', async () => {
  await publish(b, portalId, flowId);
  const id = b.meta.templates[0]?.id;
  const update = (event: string, reason: string | null) =>
    envelope('message_template_status_update', {
      event,
      message_template_id: Number(id),
      message_template_name: 'flowella_feedback_ubersicht_1',
      message_template_language: 'en',
      reason,
    });
  await deliver(update('APPROVED', 'NONE'));
  const shown = () => viewPublication(b.flowServices, portalId, flowId, 'en');
  expect((await shown()).template).toMatchObject({ state: 'APPROVED', reason: null });
  await deliver(update('REJECTED', 'PROMOTIONAL'));
  expect((await shown()).template).toMatchObject({ state: 'REJECTED', reason: 'PROMOTIONAL' });
});

test('a flow that Meta throttles is paused with the reason, and resumes', async () => {
  await publish(b, portalId, flowId);
  const event = (new_status: string) =>
    envelope('flows', { event: 'FLOW_STATUS_CHANGE', message: 'x', flow_id: '8000000', new_status });
  await deliver(event('THROTTLED'));
  const shown = () => viewPublication(b.flowServices, portalId, flowId, 'en');
  expect(await shown()).toMatchObject({
    state: 'paused',
    reason: expect.stringMatching(/ten times an hour/) as string,
  });
  await deliver(event('PUBLISHED'));
  expect(await shown()).toMatchObject({ state: 'published', reason: null });
});

test('when Meta misses the public key it is registered again', async () => {
  const posts = () => b.graph.to(`GET /${NUMBER_ID}/whatsapp_business_encryption`).length;
  const before = posts();
  await deliver(
    envelope('flows', {
      event: 'CLIENT_ERROR_RATE',
      flow_id: '8000000',
      alert_state: 'ACTIVATED',
      errors: [{ error_type: 'PUBLIC_KEY_MISSING', error_rate: 50, error_count: 3 }],
    }),
  );
  expect(posts()).toBeGreaterThan(before);
});

test('strange but signed webhooks are kept for a person or ignored, and never stop the ones behind them', async () => {
  await post(envelope('messages', { nothing: true }));
  await post(envelope('some_new_field', { a: 1 }));
  await post(
    envelope(
      'messages',
      messages({ messages: [{ id: 'x', timestamp: seconds(), type: 'text', text: { body: 'who?' } }] }),
    ),
  );
  await post(inbound({ type: 'text', text: { body: 'stop' } }));
  await work();
  expect((await inbox()).map((row) => row.problem).sort()).toEqual(
    [null, null, 'sender_unknown', 'webhook_unreadable'].sort(),
  );
  expect((await consentOf({ phone: PHONE })).state).toBe('opted_out');
});
