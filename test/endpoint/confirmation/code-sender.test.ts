import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { withPortal } from '../../../server/db/db.ts';
import { addWebhook, changeWebhook, getWebhook } from '../../../server/destinations/webhook/webhooks.ts';
import {
  createCodeSender,
  type CodeOrder,
  type CodeSender,
} from '../../../server/endpoint/confirmation/code-sender.ts';
import { issueCode, tryCode } from '../../../server/endpoint/confirmation/confirmations.ts';
import { createSafeFetch } from '../../../server/safe-fetch/safe-fetch.ts';
import { startReceiver, type Receiver } from '../../destinations/webhook/support/receiver.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { movableClock, type MovableClock } from '../../whatsapp/support.ts';
import { seedPortal, seedSend } from './support/seed-send.ts';

const URL_RULES = { allowLoopback: true };
const EMAIL = 'person@planted.test';

let t: TestDatabase;
let clock: MovableClock;
let receiver: Receiver;
let portalId: number;
let webhookId: string;
let waits: number[];
let lines: string[];
/** What happens while the sender waits. */
let meanwhile: () => Promise<void>;
let sender: CodeSender;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  clock = movableClock();
  receiver = await startReceiver(clock);
  portalId = await seedPortal(t, clock.now());
  const services = { db: t.db, keys: t.keys, clock, urlRules: URL_RULES };
  webhookId = await addWebhook(services, portalId, { name: 'CRM', url: receiver.hook('crm') }, 'en');
  await receiver.knows('crm', (await getWebhook(services, portalId, webhookId, 'en')).secrets);
  waits = [];
  lines = [];
  meanwhile = async () => {};
  sender = createCodeSender({
    ...services,
    log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    safeFetch: createSafeFetch(URL_RULES),
    wait: async (ms) => {
      if (ms === 0) return;
      waits.push(ms);
      clock.move(ms);
      await meanwhile();
    },
  });
  return () => receiver.close();
});

async function order(email: string | null = EMAIL): Promise<CodeOrder> {
  const sendId = await seedSend(t, portalId, { now: clock.now(), email });
  const issued = await issueCode(t, { portalId, sendId, channel: 'email', now: clock.now() });
  if (typeof issued === 'string') throw new Error(issued);
  return {
    ...issued,
    portalId,
    webhookId,
    sendId,
    contactId: '501',
    flowId: 'flw_1',
    versionId: 'ver_1',
    locale: 'de',
    issuedAt: clock.now(),
  };
}
const sent = async (one: CodeOrder): Promise<void> => {
  sender.send(one);
  await sender.settled();
};
const outcome = (codeId: string) =>
  withPortal(t.db, portalId, (tx) =>
    tx
      .selectFrom('confirmation_codes')
      .select(['outcome', 'reason_code'])
      .where('code_id', '=', codeId)
      .executeTakeFirstOrThrow(),
  );

test('the customer’s system gets one signed event with what it needs to mail the code', async () => {
  const one = await order();
  await sent(one);
  expect(receiver.taken()).toHaveLength(1);
  expect(receiver.taken()[0]).toMatchObject({ id: one.codeId, problem: null });
  expect(receiver.taken()[0]?.body).toEqual({
    type: 'identity.code.requested',
    timestamp: one.issuedAt.toISOString(),
    data: {
      code: one.code,
      expires_at: new Date(one.issuedAt.getTime() + 600_000).toISOString(),
      email: EMAIL,
      locale: 'de',
      send_id: one.sendId,
      flow: { id: 'flw_1', name: 'Contact', version: 1, version_id: 'ver_1' },
      person: { hubspot_contact_id: '501' },
    },
  });
  expect(await outcome(one.codeId)).toEqual({ outcome: 'sent', reason_code: null });
});

test('a receiver that fails is called again under the same id, three times in less than a minute, then no more', async () => {
  const one = await order();
  await receiver.fault({ kind: 'status', status: 503, times: 4 });
  await sent(one);
  expect(receiver.calls().map(({ id, status }) => [id, status])).toEqual(Array(4).fill([one.codeId, 503]));
  expect(waits).toEqual([2_000, 10_000, 30_000]);
  expect(await outcome(one.codeId)).toEqual({ outcome: 'failed', reason_code: 'webhook_slow_down' });
});

test('one that comes back in time gets the code, one whose answer was lost knows the repeat', async () => {
  await receiver.fault({ kind: 'drop', times: 1 });
  const one = await order();
  await sent(one);
  expect(receiver.taken()).toHaveLength(1);
  expect(await outcome(one.codeId)).toMatchObject({ outcome: 'sent' });
});

test('a refusal is not repeated; one that is gone is switched off', async () => {
  await receiver.fault({ kind: 'status', status: 400, times: 1 });
  await sent(await order());
  expect(receiver.calls()).toHaveLength(1);
  await receiver.fault({ kind: 'status', status: 410, times: 1 });
  await sent(await order());
  expect(receiver.calls()).toHaveLength(2);
  const services = { db: t.db, keys: t.keys, clock };
  expect((await getWebhook(services, portalId, webhookId, 'en')).state).toBe('off');
  const late = await order();
  await sent(late);
  expect(receiver.calls()).toHaveLength(2);
  expect(await outcome(late.codeId)).toEqual({ outcome: 'failed', reason_code: 'webhook_off' });
});

test('a code is not sent again once a newer one is there, it has run out, or the person is through', async () => {
  const cases: ((one: CodeOrder) => Promise<unknown>)[] = [
    ({ sendId }) => {
      clock.move(60_000);
      return issueCode(t, { portalId, sendId, channel: 'email', now: clock.now() });
    },
    async () => clock.move(600_000),
    ({ sendId, code }) => tryCode(t, { portalId, sendId, surname: 'Plantowska', code, now: clock.now() }),
  ];
  for (const happens of cases) {
    const one = await order();
    const before = receiver.calls().length;
    meanwhile = async () => void (await happens(one));
    await receiver.fault({ kind: 'status', status: 500, times: 1 });
    await sent(one);
    expect(receiver.calls().length - before).toBe(1);
    clock.move(3_600_000);
  }
});

test('without an address nobody is called', async () => {
  const one = await order(null);
  await sent(one);
  expect(receiver.calls()).toEqual([]);
  expect(await outcome(one.codeId)).toMatchObject({ outcome: 'no-address' });
});

test('a webhook of another account is never called', async () => {
  const foreign = await seedPortal(t, clock.now());
  const services = { db: t.db, keys: t.keys, clock, urlRules: URL_RULES };
  const theirs = await addWebhook(services, foreign, { name: 'x', url: receiver.hook('crm') }, 'en');
  const one = await order();
  await sent({ ...one, webhookId: theirs });
  expect(receiver.calls()).toEqual([]);
  expect(await outcome(one.codeId)).toMatchObject({ reason_code: 'webhook_deleted' });
});

test('a server that stops leaves at once, and what it had not sent is nowhere', async () => {
  const services = { db: t.db, keys: t.keys, clock, urlRules: URL_RULES };
  const patient = createCodeSender({
    ...services,
    log: pino({ level: 'silent' }),
    safeFetch: createSafeFetch(URL_RULES),
  });
  await receiver.fault({ kind: 'status', status: 500, times: 1 });
  const one = await order();
  patient.send(one);
  while (receiver.calls().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const started = performance.now();
  await patient.stop();
  expect(performance.now() - started).toBeLessThan(1_900);
  expect(receiver.calls()).toHaveLength(1);
});

test('no line of the log holds the code, the address or the surname, at any level', async () => {
  await receiver.fault({ kind: 'status', status: 400, times: 1 });
  const one = await order();
  await sent(one);
  await withPortal(t.db, portalId, (tx) =>
    changeWebhook(
      tx,
      { db: t.db, keys: t.keys, clock, urlRules: URL_RULES },
      portalId,
      webhookId,
      { state: 'off' },
      'en',
    ),
  );
  await sent(await order());
  expect(lines.length).toBeGreaterThan(0);
  for (const secret of [one.code, EMAIL, 'Plantowska']) expect(lines.join('')).not.toContain(secret);
});
