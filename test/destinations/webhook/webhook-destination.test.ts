import { newId } from '../../../server/ids.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../../server/db/db.ts';
import type { DeliveryItem } from '../../../server/destinations/destination.ts';
import { meaningOf } from '../../../server/destinations/webhook/call-webhook.ts';
import { createSafeFetch } from '../../../server/safe-fetch/safe-fetch.ts';
import { createWebhookDestination } from '../../../server/destinations/webhook/webhook-destination.ts';
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  rotateWebhookSecret,
  switchOffGone,
  type WebhookServices,
} from '../../../server/destinations/webhook/webhooks.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { CONTACT_ID, deliveryItem, mapping, startPortal, type Portal } from '../support/hubspot-portal.ts';
import { startReceiver, type Receiver } from './support/receiver.ts';

const urlRules = { allowLoopback: true };
let database: TestDatabase;
let portal: Portal;
let receiver: Receiver;
let services: WebhookServices;
let webhookId: string;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  receiver = await startReceiver(portal.clock);
  services = { db: database.db, keys: database.keys, clock: portal.clock, urlRules };
  webhookId = await addWebhook(services, portal.portalId, { name: 'CRM', url: receiver.hook('crm') }, 'en');
  await receiver.knows('crm', (await webhook()).secrets);
});
afterEach(async () => {
  await receiver.close();
  await portal.close();
});

const webhook = async () => {
  const found = await findWebhook(services, portal.portalId, webhookId);
  if (!found) throw new Error('the webhook is gone');
  return found;
};
const destination = (rules = urlRules) =>
  createWebhookDestination({ keys: database.keys, safeFetch: createSafeFetch(rules), urlRules: rules });
const item = (overrides: Partial<DeliveryItem> = {}) =>
  deliveryItem(portal, { mapping: mapping({ webhook: { enabled: true, webhookId } }), ...overrides });
const deliver = (...items: DeliveryItem[]) => destination().deliver(portal.context, items);

describe('what a receiver gets', () => {
  test('the submission with its ids, times, flow, form, channel, person and answers, signed', async () => {
    const one = item({
      person: { personId: newId('person'), phone: '+4915112345678', bsuid: 'DE.123' },
      origin: {
        channel: 'card',
        locale: 'de',
        sentAt: new Date('2026-11-29T09:58:00Z'),
        openedAt: new Date('2026-11-29T10:00:00Z'),
        screens: [{ screen: 'SCREEN_A', title: 'About you', at: '2026-11-29T10:01:00.000Z' }],
        versionNumber: 3,
      },
    });
    expect(await deliver(one)).toEqual([{ kind: 'delivered', remoteId: null, detail: { webhookId, status: 204 } }]);
    const [call] = receiver.taken();
    expect(call).toMatchObject({ id: one.deliveryId, status: 204, problem: null });
    expect(call?.body).toEqual({
      type: 'submission.accepted',
      timestamp: one.acceptedAt.toISOString(),
      data: {
        submission_id: one.submissionId,
        sent_at: '2026-11-29T09:58:00.000Z',
        opened_at: '2026-11-29T10:00:00.000Z',
        finished_at: one.finishedAt.toISOString(),
        accepted_at: one.acceptedAt.toISOString(),
        screens: [{ id: 'SCREEN_A', title: 'About you', answered_at: '2026-11-29T10:01:00.000Z' }],
        channel: 'card',
        locale: 'de',
        flow: { id: one.flowId, name: 'Know your customer', version: 3, version_id: one.versionId },
        form: {
          source: 'hubspot-forms',
          id: one.form.sourceFormId,
          name: 'Know your customer',
          revision: one.form.revision,
        },
        person: { hubspot_contact_id: CONTACT_ID, whatsapp_user_id: 'DE.123' },
        answers: {
          '0-1/email': { label: 'Email', kind: 'email', value: 'ada@acme.test', text: 'ada@acme.test' },
          '0-1/firstname': { label: 'First name', kind: 'text', value: 'Ada <b>', text: 'Ada <b>' },
          '0-1/lastname': { label: 'Legal name', kind: 'text', value: 'Lovelace', text: 'Lovelace' },
          '0-1/birthday': { label: 'Birth date', kind: 'date', value: '1990-12-10', text: 'December 10, 1990' },
          '0-1/passport_number': { label: 'Passport number', kind: 'text', value: 'C01X00T478', text: 'C01X00T478' },
          '0-1/hs_lead_status': {
            label: 'Interest',
            kind: 'choice',
            value: 'OPEN',
            text: 'Open',
            choices: [{ id: 'OPEN', label: 'Open' }],
          },
          'consent/processing': { label: 'I agree.', kind: 'boolean', value: true, text: 'Yes' },
          'consent/0': { label: null, kind: 'boolean', value: true, text: 'Yes' },
        },
      },
    });
    expect(JSON.stringify(call?.body)).not.toContain('15112345678');
  });

  test('a file with its address at the customer and its hash, and nothing that opens the copy at WhatsApp', async () => {
    const file = {
      fileName: 'id.jpg',
      mimeType: 'image/jpeg',
      sha256: 'aGFzaA==',
      mediaId: '77',
      storedUrl: 'https://files.example/1',
      cdn: { url: 'https://cdn/x', encryptedHash: 'e', iv: 'iv', encryptionKey: 'planted-key', hmacKey: 'planted-mac' },
    };
    await deliver(item({ answers: { upload: { kind: 'files', files: [file] } } }));
    const [call] = receiver.taken();
    expect(call?.body).toMatchObject({
      data: {
        answers: {
          upload: {
            value: [{ name: 'id.jpg', mime_type: 'image/jpeg', sha256: 'aGFzaA==', url: 'https://files.example/1' }],
          },
        },
      },
    });
    expect(JSON.stringify(call?.body)).not.toMatch(/planted|cdn/);
  });

  test('during a rotation both secrets are accepted, a day later the new one alone', async () => {
    const [first] = (await webhook()).secrets;
    await rotateWebhookSecret(services, portal.portalId, webhookId, 'en');
    const [second, old] = (await webhook()).secrets;
    expect(old).toBe(first);
    for (const secret of [first, second]) {
      await receiver.knows('crm', [secret ?? '']);
      expect(await deliver(item())).toMatchObject([{ kind: 'delivered' }]);
    }
    portal.clock.advance(24 * 3_600_000);
    expect((await webhook()).secrets).toEqual([second]);
    await receiver.knows('crm', [first ?? '']);
    expect(await deliver(item())).toMatchObject([{ kind: 'dead', code: 'webhook_refused' }]);
  });
});

describe('what becomes of a delivery', () => {
  test.each([
    [200, 'delivered', undefined],
    [202, 'delivered', undefined],
    [304, 'dead', 'webhook_redirect'],
    [400, 'dead', 'webhook_refused'],
    [401, 'dead', 'webhook_refused'],
    [404, 'dead', 'webhook_refused'],
    [408, 'retry', 'webhook_unavailable'],
    [429, 'retry', 'webhook_slow_down'],
    [500, 'retry', 'webhook_unavailable'],
    [503, 'retry', 'webhook_slow_down'],
  ])('a receiver that answers %d: %s', async (status, kind, code) => {
    await receiver.fault({ kind: 'status', status });
    const [outcome] = await deliver(item());
    expect(outcome).toMatchObject(code ? { kind, code, reason: expect.stringContaining(String(status)) } : { kind });
  });

  test.each([
    ['120', 120_000],
    ['Sun, 06 Nov 2050 08:49:37 GMT', Date.parse('2050-11-06T08:49:37Z') - Date.parse('2050-11-06T08:00:00Z')],
    ['Sun, 06 Nov 1994 08:49:37 GMT', undefined],
    ['soon', undefined],
  ])('Retry-After "%s" is the least pause', (header, pause) => {
    const answer = {
      kind: 'answer',
      headers: { 'retry-after': header },
      body: Buffer.alloc(0),
      truncated: false,
    } as const;
    const now = new Date('2050-11-06T08:00:00Z');
    for (const status of [429, 503]) expect(meaningOf({ ...answer, status }, now).retryAfterMs).toBe(pause);
    expect(meaningOf({ ...answer, status: 400 }, now).retryAfterMs).toBeUndefined();
  });

  test('Retry-After reaches the schedule', async () => {
    await receiver.fault({ kind: 'status', status: 429, retryAfter: '90' });
    expect(await deliver(item())).toMatchObject([{ kind: 'retry', retryAfterMs: 90_000 }]);
  });

  test('an answer lost after the work was done is tried again under the same webhook-id, and the receiver takes it once', async () => {
    const one = item();
    await receiver.fault({ kind: 'timeout-after-success' });
    const context = { ...portal.context, signal: AbortSignal.timeout(700) };
    expect(await destination().deliver(context, [one])).toMatchObject([{ kind: 'unknown', code: 'webhook_timeout' }]);
    portal.clock.advance(60_000);
    expect(await deliver({ ...one, attempt: 2 })).toMatchObject([{ kind: 'delivered' }]);
    expect(receiver.calls().map((call) => call.id)).toEqual([one.deliveryId, one.deliveryId]);
    expect(receiver.taken()).toHaveLength(1);
  });

  test('a connection that breaks is tried again, one that is refused too', async () => {
    await receiver.fault({ kind: 'drop' });
    expect(await deliver(item())).toMatchObject([{ kind: 'unknown', code: 'webhook_connection_lost' }]);
    await receiver.close();
    expect(await deliver(item())).toMatchObject([{ kind: 'retry', code: 'webhook_unreachable' }]);
  });

  test('a redirect into this machine is not followed', async () => {
    await receiver.fault({ kind: 'redirect', location: receiver.hook('other') });
    expect(await deliver(item())).toMatchObject([{ kind: 'dead', code: 'webhook_redirect' }]);
    expect(receiver.calls().map((call) => call.hook)).toEqual(['crm']);
  });

  test('an endless body does not hold a delivery up that was accepted', async () => {
    await receiver.fault({ kind: 'endless-body' });
    expect(await deliver(item())).toMatchObject([{ kind: 'delivered' }]);
  });

  test('410 switches the webhook off once, says so in the audit log, and holds what comes after', async () => {
    await receiver.fault({ kind: 'status', status: 410 });
    expect(await deliver(item())).toMatchObject([{ kind: 'held', code: 'webhook_gone' }]);
    expect(await webhook()).toMatchObject({ state: 'off', stateCode: 'gone' });
    expect(await deliver(item(), item())).toMatchObject([
      { kind: 'held', code: 'webhook_gone' },
      { kind: 'held', code: 'webhook_gone' },
    ]);
    expect(receiver.calls()).toHaveLength(1);
    const log = await withPortal(database.db, portal.portalId, (tx) =>
      tx.selectFrom('audit_log').select(['action', 'subject', 'actor']).execute(),
    );
    expect(log).toEqual([{ action: 'webhook.switched-off', subject: webhookId, actor: 'system' }]);
  });

  test('a 410 that comes late does not switch off a webhook that was switched on since', async () => {
    const before = await webhook();
    portal.clock.advance(1_000);
    await withPortal(database.db, portal.portalId, (tx) =>
      changeWebhook(tx, services, portal.portalId, webhookId, { state: 'on', url: receiver.hook('new') }, 'en'),
    );
    await switchOffGone(services, portal.portalId, before);
    expect(await webhook()).toMatchObject({ state: 'on' });
  });

  test('a webhook that was deleted, or one of another account, is a dead letter with the reason', async () => {
    const other = await database.addPortal();
    const theirs = await addWebhook(services, other, { name: 'Theirs', url: receiver.hook('crm') }, 'en');
    for (const id of [newId('webhook'), theirs]) {
      const [outcome] = await deliver(item({ mapping: mapping({ webhook: { enabled: true, webhookId: id } }) }));
      expect(outcome).toMatchObject({ kind: 'dead', code: 'webhook_deleted' });
    }
    expect(receiver.calls()).toEqual([]);
  });

  test('outside the sandbox an address on this machine is never called, however it came into the table', async () => {
    const strict = destination({ allowLoopback: false });
    expect(await strict.deliver(portal.context, [item()])).toMatchObject([
      { kind: 'dead', code: 'webhook_url_refused' },
    ]);
    expect(receiver.calls()).toEqual([]);
  });

  test('a batch answers each item in its order, and one fault does not touch the others', async () => {
    const items = Array.from({ length: 12 }, () => item());
    await receiver.fault({ kind: 'status', status: 500 });
    const outcomes = await deliver(...items);
    expect(outcomes.filter((outcome) => outcome.kind === 'delivered')).toHaveLength(11);
    expect(outcomes.filter((outcome) => outcome.kind === 'retry')).toHaveLength(1);
    const delivered = items.filter((_, index) => outcomes[index]?.kind === 'delivered').map((one) => one.deliveryId);
    expect(
      receiver
        .taken()
        .map((call) => call.id)
        .sort(),
    ).toEqual(delivered.sort());
  });
});

test('a receiver that answers nobody is asked a few times only, and does not hold up the other webhooks of the batch', async () => {
  const dead = await addWebhook(services, portal.portalId, { name: 'Dead', url: 'http://127.0.0.1:9/hooks/x' }, 'en');
  const toDead = () => item({ mapping: mapping({ webhook: { enabled: true, webhookId: dead } }) });
  const outcomes = await deliver(...Array.from({ length: 10 }, toDead), item(), item());
  const codes = outcomes.map((outcome) => ('code' in outcome ? outcome.code : outcome.kind));
  expect(codes.filter((code) => code === 'webhook_unreachable').length).toBeLessThanOrEqual(4);
  expect(codes.filter((code) => code === 'webhook_put_off').length).toBeGreaterThanOrEqual(6);
  expect(codes.slice(-2)).toEqual(['delivered', 'delivered']);
});

describe('before publishing', () => {
  const check = (map = mapping({ webhook: { enabled: true, webhookId } })) =>
    destination().check(portal.context, item().form, map);

  test('a webhook that is there and on has no problem; one that is not is named with what to do', async () => {
    expect(await check()).toEqual([]);
    expect(await check(mapping({ webhook: { enabled: true, webhookId: newId('webhook') } }))).toMatchObject([
      { code: 'webhook_deleted' },
    ]);
    await withPortal(database.db, portal.portalId, (tx) =>
      changeWebhook(tx, services, portal.portalId, webhookId, { state: 'off' }, 'en'),
    );
    expect(await check()).toMatchObject([{ code: 'webhook_off' }]);
  });

  test('is wanted only where the mapping says so', () => {
    expect(destination().wanted(mapping(), { files: false })).toBe(false);
    expect(destination().wanted(mapping({ webhook: { enabled: false, webhookId } }), { files: false })).toBe(false);
    expect(destination().wanted(mapping({ webhook: { enabled: true, webhookId } }), { files: false })).toBe(true);
  });
});

test('addresses and secrets lie sealed in the database', async () => {
  const [row] = await withPortal(database.db, portal.portalId, (tx) => tx.selectFrom('webhooks').selectAll().execute());
  const stored = Buffer.from(JSON.stringify(row, (_key, value: unknown) => value)).toString('latin1');
  const raw = [row?.url_sealed, row?.secret_sealed].map((bytes) => bytes?.toString('latin1')).join();
  const opened = await webhook();
  for (const text of [stored, raw]) {
    expect(text).not.toContain('hooks/crm');
    expect(text).not.toContain(opened.secrets[0]?.slice(6));
  }
});
