import { createHmac } from 'node:crypto';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { claimOffer, newestOffer, ownerOfOffer } from '../../server/destinations/calendar/offers.ts';
import type { SendTimes } from '../../server/destinations/calendar/send-times.ts';
import { toTimesMessage } from '../../server/destinations/calendar/times-message.ts';
import type { Destination } from '../../server/destinations/destination.ts';
import { newId } from '../../server/ids.ts';
import { acceptSubmission } from '../../server/submissions/accept.ts';
import { recordConsent } from '../../server/whatsapp/consents.ts';
import { processInbox } from '../../server/whatsapp/process-inbox.ts';
import { sendFlow } from '../../server/whatsapp/send-flow.ts';
import { createSendTimes } from '../../server/whatsapp/send-times.ts';
import type { InboxServices } from '../../server/whatsapp/services.ts';
import { webhookRoutes } from '../../server/whatsapp/webhook-routes.ts';
import { draftFlow, flowBench, publish, type FlowBench } from '../flows/support.ts';
import { metaError } from './fake-graph.ts';
import { APP_SECRET, NUMBER_ID, WABA_ID } from './support.ts';

const MESSAGES = `POST /${NUMBER_ID}/messages`;
const PHONE = '+4915112345678';
const WA_ID = '4915112345678';
const STARTS = ['2027-03-01T09:00:00.000Z', '2027-03-01T10:00:00.000Z', '2027-03-02T09:00:00.000Z'];

let b: FlowBench;
let app: FastifyInstance;
let portalId: number;
let accountId: string;
let submissionId: string;
let services: InboxServices;
let woken: string[];

beforeEach(async () => {
  b = await flowBench();
  portalId = await b.t.addPortal();
  woken = [];
  const wakeUps = { add: async (_tx: unknown, _portal: number, kinds: Iterable<string>) => void woken.push(...kinds) };
  services = { ...b.services, onFlowReply: async () => {}, wakeUps };
  app = Fastify();
  await app.register(async (scope) => webhookRoutes(scope, b.services));
  b.meta.state.templateStatus = 'APPROVED';
  const draft = await draftFlow(b, portalId);
  ({ accountId } = draft);
  await publish(b, portalId, draft.flowId);
  b.graph.on(MESSAGES, () => ({ json: { messages: [{ id: 'wamid.1' }] } }));
  await deliver(message({ type: 'text', text: { body: 'Hi' } }));
  const { sendId } = await sendFlow(
    { ...b.services, readContact: async () => null },
    {
      portalId,
      flowId: draft.flowId,
      to: { kind: 'number', number: PHONE },
      channel: 'test',
      sentBy: null,
    },
  );
  submissionId = await accept(sendId);
  b.graph.calls.splice(0);
});
afterEach(async () => {
  await app.close();
  await b.close();
});

const calendar = { kind: 'calendar', dependsOn: null, wanted: () => true } as unknown as Destination;
async function accept(sendId: string): Promise<string> {
  const now = b.clock.now();
  const dataKey = await b.t.keys.dataKey(portalId);
  return withPortal(b.t.db, portalId, async (tx) => {
    const send = await tx.selectFrom('sends').selectAll().where('send_id', '=', sendId).executeTakeFirstOrThrow();
    const version = await tx
      .selectFrom('flow_versions')
      .selectAll()
      .where('version_id', '=', send.version_id)
      .executeTakeFirstOrThrow();
    const time = {
      kind: 'appointment' as const,
      value: '2027-03-01T08:00:00.000Z',
      minutes: 30,
      timeZone: 'Europe/Berlin',
      link: 'rosa/first-call',
    };
    const accepted = await acceptSubmission(
      tx,
      { wakeUps: { add: async () => {} }, destinations: [calendar], dataKey, now },
      {
        portalId,
        sendId,
        flowId: send.flow_id,
        versionId: send.version_id,
        formId: version.form_id,
        formRevision: version.form_revision,
        contactId: null,
        personId: send.person_id,
        mapping: {} as never,
        answers: { [APPOINTMENT.time]: time },
        acceptedFrom: 'endpoint',
        locale: 'en',
        openedAt: now,
        screens: null,
        finishedAt: now,
      },
    );
    return accepted.submissionId;
  });
}

const sign = (body: string) => `sha256=${createHmac('sha256', APP_SECRET).update(body).digest('hex')}`;
const seconds = () => String(Math.floor(b.clock.now().getTime() / 1_000));
const envelope = (value: object) =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: WABA_ID,
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '49305550001', phone_number_id: NUMBER_ID },
              ...value,
            },
          },
        ],
      },
    ],
  });
const message = (what: object, from = WA_ID) =>
  envelope({
    contacts: [{ wa_id: from, profile: { name: 'Ada' } }],
    messages: [{ id: `wamid.in.${Math.random()}`, from, timestamp: seconds(), ...what }],
  });
/** As business-messaging-api v23.0 shows it, *Interactive List Reply Message*. */
const reply = (id: string, from = WA_ID) =>
  message(
    {
      context: { from: '49305550001', id: 'wamid.1' },
      type: 'interactive',
      interactive: { type: 'list_reply', list_reply: { id, title: '09:00', description: 'Mon 1 March' } },
    },
    from,
  );
async function deliver(body: string): Promise<void> {
  const answer = await app.inject({
    method: 'POST',
    url: `/webhooks/whatsapp/${accountId}`,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': sign(body) },
    body,
  });
  expect(answer.statusCode).toBe(200);
  await processInbox(services, portalId, { limit: 100 });
}

const context = () => ({ db: b.t.db, portalId, clock: b.clock });
const expiresAt = () => new Date(b.clock.now().getTime() + 86_400_000);
let offerId: string;
const send = (change: Partial<Parameters<SendTimes>[0]> = {}) => {
  offerId = newId('timeOffer');
  const claimed = { offerId, submissionId, number: 1, starts: STARTS, expiresAt: expiresAt(), before: null };
  return createSendTimes(b.services)({
    portalId,
    submissionId,
    offerId,
    message: toTimesMessage(offerId, STARTS, { timeZone: 'Europe/Berlin', language: 'en' }),
    claim: () => claimOffer(context(), claimed),
    ...change,
  });
};
const calls = () => b.graph.to(MESSAGES).map((call) => JSON.parse(call.body) as Record<string, unknown>);
const offer = () => newestOffer(context(), submissionId);
/** As the worker leaves it while the person chooses. */
const waitForChoice = () =>
  withPortal(b.t.db, portalId, (tx) =>
    tx
      .updateTable('deliveries')
      .set({ state: 'waiting', reason_code: 'slot_asked', reason: 'asked', due_at: expiresAt() })
      .execute(),
  );
const delivery = () => withPortal(b.t.db, portalId, (tx) => tx.selectFrom('deliveries').selectAll().executeTakeFirst());
const inbox = () =>
  withPortal(b.t.db, portalId, (tx) => tx.selectFrom('inbox').selectAll().orderBy('received_at', 'desc').execute());

test('the list goes to the person of the submission as Meta takes it, with the offer’s id to know its statuses by', async () => {
  expect(await send()).toEqual({ kind: 'sent' });
  expect(calls()).toEqual([
    {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: WA_ID,
      biz_opaque_callback_data: offerId,
      type: 'interactive',
      interactive: {
        type: 'list',
        body: { text: 'The time you chose has just been taken. Please choose another one:' },
        action: {
          button: 'Choose a time',
          sections: [
            {
              title: 'Mon, March 1',
              rows: [
                { id: `${offerId}.0`, title: '10:00 AM', description: 'Mon, March 1 · Central European Time (GMT+1)' },
                { id: `${offerId}.1`, title: '11:00 AM', description: 'Mon, March 1 · Central European Time (GMT+1)' },
              ],
            },
            {
              title: 'Tue, March 2',
              rows: [
                { id: `${offerId}.2`, title: '10:00 AM', description: 'Tue, March 2 · Central European Time (GMT+1)' },
              ],
            },
          ],
        },
      },
    },
  ]);
});

test('nothing is sent twice: a claimed number is taken, and Meta is called once whatever it answers', async () => {
  await send();
  expect(await send()).toEqual({ kind: 'not-claimed' });
  expect(calls()).toHaveLength(1);
  b.graph.on(MESSAGES, () => metaError(131_000, { status: 500 }));
  const second = newId('timeOffer');
  await expect(
    send({
      claim: () =>
        claimOffer(context(), {
          offerId: second,
          submissionId,
          number: 2,
          starts: STARTS,
          expiresAt: expiresAt(),
          before: null,
        }),
    }),
  ).rejects.toThrow();
  expect(calls()).toHaveLength(2);
});

test('outside the window, after an opt-out and after the answers are gone nothing is sent', async () => {
  await withPortal(b.t.db, portalId, (tx) =>
    recordConsent(tx, b.services, portalId, {
      who: { phone: PHONE },
      state: 'opted_out',
      source: 'stop-word',
      at: b.clock.now(),
    }),
  );
  expect(await send()).toEqual({ kind: 'opted-out' });
  await withPortal(b.t.db, portalId, (tx) =>
    recordConsent(tx, b.services, portalId, {
      who: { phone: PHONE },
      state: 'opted_in',
      source: 'start-word',
      at: b.clock.now(),
    }),
  );
  await withPortal(b.t.db, portalId, (tx) =>
    tx.updateTable('submissions').set({ answers_sealed: null, answers_key_wrapped: null }).execute(),
  );
  expect(await send()).toEqual({ kind: 'not-claimed' });
  b.clock.move(24 * 3_600_000);
  expect(await send()).toEqual({ kind: 'window-closed' });
  expect(calls()).toEqual([]);
});

test('a tapped row puts the booking back in line with its time, once', async () => {
  await send();
  await waitForChoice();
  await deliver(reply(`${offerId}.2`));
  const [first, row] = [await offer(), await delivery()];
  expect(first?.chosen_at).not.toBeNull();
  expect(row).toMatchObject({ state: 'waiting', reason_code: null });
  expect(row?.due_at.getTime()).toBe(b.clock.now().getTime());
  expect(woken).toEqual(['calendar']);
  await deliver(reply(`${offerId}.0`));
  expect(await offer()).toEqual(first);
  expect(woken).toEqual(['calendar']);
});

test('a tap by somebody else, of no list of ours, or of no row of it chooses nothing', async () => {
  await send();
  await waitForChoice();
  await deliver(reply(`${offerId}.0`, '4915199999999'));
  expect((await inbox()).map(({ problem }) => problem)).toContain('reply_from_other_person');
  for (const id of [
    'priority_express',
    `${offerId}.9`,
    `${offerId}.-1`,
    `${offerId}.0.0`,
    offerId,
    `${newId('timeOffer')}.0`,
  ])
    await deliver(reply(id));
  expect((await offer())?.chosen_at).toBeNull();
  expect(await delivery()).toMatchObject({ reason_code: 'slot_asked' });
  // Everything but the stranger's is done with.
  expect((await inbox()).filter(({ problem }) => problem !== null)).toHaveLength(1);
});

test('a list of another account is nobody’s here', async () => {
  await send();
  await waitForChoice();
  const other = await b.t.addPortal();
  expect(await withPortal(b.t.db, other, (tx) => ownerOfOffer(tx, other, offerId))).toBeNull();
});

test('a status says that the list arrived, or that nobody will choose', async () => {
  await send();
  await waitForChoice();
  const status = (name: string, errors: object[] = []) =>
    envelope({
      statuses: [
        {
          id: 'wamid.1',
          status: name,
          timestamp: seconds(),
          recipient_id: WA_ID,
          biz_opaque_callback_data: offerId,
          errors,
        },
      ],
    });
  await deliver(status('delivered'));
  expect(await offer()).toMatchObject({ state: 'sent' });
  expect(await delivery()).toMatchObject({ reason_code: 'slot_asked' });
  await deliver(status('failed', [{ code: 131_047 }]));
  expect(await offer()).toMatchObject({ state: 'failed', error_code: 'meta:131047' });
  expect(await delivery()).toMatchObject({ state: 'waiting', reason_code: null });
});
