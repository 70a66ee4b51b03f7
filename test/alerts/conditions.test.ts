import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALERT_KINDS, type AlertKind } from '../../server/alerts/alert-kinds.ts';
import { alertWords, subjectName } from '../../server/alerts/alert-texts.ts';
import { DESTINATION_KINDS } from '../../shared/contract/destination-kinds.ts';
import { EndpointMeter } from '../../server/endpoint/endpoint-meter.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { HOUR_MS, startAlertWorld, type AlertWorld } from './support/alert-world.ts';

let t: TestDatabase;
let world: AlertWorld;
beforeAll(async () => {
  t = await testDatabase({ poolSize: 8 });
});
afterAll(() => t.close());
beforeEach(async () => {
  world = await startAlertWorld(t);
  await run(
    sql`update flows set meta_flow_id = '8000000', live_version_id = 'ver_1' where portal_id = ${world.portalId}`,
  );
});
afterEach(() => world.close());

const run = (query: ReturnType<typeof sql>) => world.inPortal((tx) => query.execute(tx));
const account = () => `wac_${world.portalId}`;
const kinds = async (): Promise<string[]> => (await world.conditions()).map((one) => one.kind);
const metaEvent = (event: string, alertState: string | null, detail: object = {}) =>
  run(sql`
    insert into flow_events (portal_id, event_id, account_id, meta_flow_id, event, alert_state, detail, received_at)
    values (${world.portalId}, ${`fev_${Math.random()}`}, ${account()}, '8000000', ${event}, ${alertState}, ${JSON.stringify(detail)}::jsonb, ${world.clock.now()})`);

test('a portal where everything works needs nobody', async () => {
  await world.submissions(3, 'waiting');
  expect(await world.conditions()).toEqual([]);
});

test('a delivery is late after an hour, one that waits for a dead one is not, a replayed one starts anew', async () => {
  await world.submissions(3, 'waiting');
  world.clock.advance(HOUR_MS + 1_000);
  await run(sql`update deliveries set reason_code = 'blocked' where delivery_id = 'dlv_1'`);
  await run(sql`update deliveries set lane = 1, updated_at = ${world.clock.now()} where delivery_id = 'dlv_2'`);
  expect(await world.conditions()).toMatchObject([{ kind: 'deliveries_late', subject: 'contact', amount: 1 }]);
});

test('what is held is told, except for what has an alert of its own or was switched off on purpose', async () => {
  await world.submissions(5, 'waiting');
  const hold = (delivery: string, code: string) =>
    run(sql`update deliveries set state = 'held', reason_code = ${code} where delivery_id = ${delivery}`);
  await hold('dlv_1', 'destination_paused');
  await hold('dlv_2', 'portal_disconnected');
  await hold('dlv_3', 'webhook_gone');
  await hold('dlv_4', 'webhook_off');
  expect(await kinds()).toEqual([]);
  await hold('dlv_5', 'form_changed');
  expect(await world.conditions()).toMatchObject([{ kind: 'deliveries_held', subject: 'contact', amount: 1 }]);
});

test('an alert calls every destination by words, in both languages', () => {
  for (const kind of DESTINATION_KINDS)
    for (const language of ['en', 'de'] as const) expect(subjectName('destination', kind, null, language)).toMatch(/ /);
});

const SITUATIONS: [AlertKind, () => Promise<unknown>, object?][] = [
  [
    'destination_paused',
    () =>
      run(sql`insert into destination_health (portal_id, destination, failing_since, failures, paused_at, updated_at)
              values (${world.portalId}, 'kyc-record', now(), 9, now(), now())`),
    { subject: 'kyc-record' },
  ],
  [
    'webhook_gone',
    () => run(sql`update webhooks set state = 'off', state_code = 'gone' where portal_id = ${world.portalId}`),
  ],
  [
    'hubspot_disconnected',
    () => run(sql`update portals set state = 'disconnected' where portal_id = ${world.portalId}`),
  ],
  ['account_broken', () => run(sql`update wa_accounts set state = 'broken'`)],
  ['meta_token_invalid', () => run(sql`update wa_accounts set state = 'broken', token_state = 'invalid'`)],
  [
    'meta_token_expiring',
    () =>
      run(
        sql`update wa_accounts set token_state = 'valid', token_expires_at = ${new Date(world.clock.now().getTime() + 5.5 * 24 * HOUR_MS)}`,
      ),
    { figure: 5.5 },
  ],
  [
    'number_key_mismatch',
    () =>
      run(sql`insert into wa_numbers (portal_id, phone_number_id, account_id, display_number, verified_name, key_status, updated_at)
              values (${world.portalId}, '1', ${account()}, '+49', 'N', 'MISMATCH', now())`),
  ],
  [
    'flow_throttled',
    () => run(sql`update flows set state = 'paused', state_reason = 'throttled'`),
    { subject: 'flw_1' },
  ],
  ['flow_blocked', () => run(sql`update flows set state = 'paused', state_reason = 'blocked'`)],
  ['flow_version_expiring', () => metaEvent('FLOW_VERSION_EXPIRY_WARNING', null)],
  ['meta_client_error_rate', () => metaEvent('CLIENT_ERROR_RATE', 'ACTIVATED', { error_rate: 14.3 }), { figure: 14.3 }],
  ['meta_endpoint_error_rate', () => metaEvent('ENDPOINT_ERROR_RATE', 'ACTIVATED', { error_rate: 6 }), { figure: 6 }],
  ['meta_endpoint_latency', () => metaEvent('ENDPOINT_LATENCY', 'ACTIVATED', { p90_latency: 6000 }), { figure: 6000 }],
  [
    'meta_endpoint_availability',
    () => metaEvent('ENDPOINT_AVAILABILITY', 'ACTIVATED', { availability: 75 }),
    { figure: 75 },
  ],
];

test.each(SITUATIONS)('%s is found, once, and opens an alert with words', async (kind, arrange, more = {}) => {
  await arrange();
  expect(await world.conditions()).toMatchObject([{ kind, ...more }]);
  await world.look();
  await world.look();
  expect((await world.alerts()).map((alert) => alert.kind)).toEqual([kind]);
});

test("Meta's alarm ends with its own word, or a day after its last", async () => {
  await metaEvent('ENDPOINT_LATENCY', 'ACTIVATED', { p90_latency: 6000 });
  await metaEvent('CLIENT_ERROR_RATE', 'ACTIVATED', { error_rate: 10 });
  world.clock.advance(1_000);
  await metaEvent('ENDPOINT_LATENCY', 'DEACTIVATED');
  expect(await kinds()).toEqual(['meta_client_error_rate']);
  world.clock.advance(25 * HOUR_MS);
  expect(await kinds()).toEqual([]);
});

test('a warning of an old version is over when a newer one is published', async () => {
  await metaEvent('FLOW_VERSION_EXPIRY_WARNING', null);
  await run(sql`update flow_versions set published_at = ${new Date(world.clock.now().getTime() + 1_000)}`);
  expect(await kinds()).toEqual([]);
});

test('what our own endpoint measured opens an alert before Meta has said anything, and mends it', async () => {
  const meter = new EndpointMeter();
  const at = world.clock.now();
  for (let n = 0; n < 40; n += 1)
    meter.noteCall({ portalId: world.portalId, accountId: account() }, { flowId: 'flw_1', outcome: 'ok', ms: 700, at });
  await meter.flush(t.db);
  await world.look();
  expect(await world.alerts()).toMatchObject([{ kind: 'endpoint_slow', subject: 'flw_1', figure: 750 }]);
  world.clock.advance(HOUR_MS);
  await world.look();
  expect((await world.alerts())[0]?.mended_at).toEqual(world.clock.now());
});

test('a portal that was erased is looked at no more', async () => {
  await world.submissions(1, 'dead');
  await run(sql`update portals set state = 'erased', data_key_wrapped = null where portal_id = ${world.portalId}`);
  expect(await world.conditions()).toEqual([]);
});

test('every kind says in both languages what happened and what to do, for one and for many', () => {
  for (const kind of ALERT_KINDS)
    for (const language of ['en', 'de'] as const)
      for (const facts of [
        { amount: 1, figure: null, name: 'X' },
        { amount: 12_345, figure: 1.5, name: 'Kundenkennung' },
      ]) {
        const words = alertWords(kind, facts, language);
        for (const text of Object.values(words)) {
          expect([kind, text]).toEqual([kind, expect.stringMatching(/^[A-ZÄÖÜ“„0-9]/)]);
          expect(text).not.toMatch(/undefined|NaN|null|\s{2}/);
        }
        expect([kind, words.happened, words.todo]).toEqual([
          kind,
          expect.stringMatching(/[.]$/),
          expect.stringMatching(/[.]$/),
        ]);
        expect(words.title.length).toBeLessThanOrEqual(60);
      }
});
