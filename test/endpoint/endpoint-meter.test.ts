import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDb } from '../../server/db/db.ts';
import { EndpointMeter, LATENCY_BOUNDS_MS, type CallOutcome } from '../../server/endpoint/endpoint-meter.ts';
import {
  judgeAll,
  judgeWindows,
  OUR_LIMITS,
  readWindows,
  WINDOW_MINUTES,
} from '../../server/endpoint/judge-windows.ts';
import type { MeasuredWindow } from '../../server/endpoint/judge-windows.ts';
import { createMetrics } from '../../server/observe/metrics.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const T0 = Date.parse('2026-11-23T10:00:00Z');
const FLOW = 'flw_00000000000000000001';
let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

const at = (minutes: number): Date => new Date(T0 + minutes * 60_000);
const account = (portalId: number) => ({ portalId, accountId: `wac_${portalId}` });
const calls = (
  meter: EndpointMeter,
  portalId: number,
  count: number,
  o: { ms?: number; outcome?: CallOutcome; minute?: number; flowId?: string | null } = {},
): void => {
  for (let n = 0; n < count; n += 1)
    meter.noteCall(account(portalId), {
      flowId: o.flowId === undefined ? FLOW : o.flowId,
      outcome: o.outcome ?? 'ok',
      ms: o.ms ?? 40,
      at: at(o.minute ?? 0),
    });
};
const own = async (portalId: number, minute = 0) =>
  judgeAll((await readWindows(t.db, at(minute + 1))).filter((one) => one.portalId === portalId)).map(
    ({ flowId, problem }) => ({ flowId, ...problem }),
  );

test('what several processes counted meets in one figure, and a healthy flow has no problem', async () => {
  const portalId = await t.addPortal();
  const [a, b] = [new EndpointMeter(), new EndpointMeter()];
  calls(a, portalId, 30);
  calls(b, portalId, 12);
  await Promise.all([a.flush(t.db), b.flush(t.db)]);
  calls(a, portalId, 8);
  await a.flush(t.db);
  const windows = (await readWindows(t.db, at(1))).filter((one) => one.portalId === portalId);
  expect(windows.map(({ minutes, requests }) => [minutes, requests])).toEqual(
    expect.arrayContaining(WINDOW_MINUTES.map((minutes) => [minutes, 50])),
  );
  expect(await own(portalId)).toEqual([]);
});

test('counts that could not be written are written with the next ones, once', async () => {
  const portalId = await t.addPortal();
  const meter = new EndpointMeter();
  calls(meter, portalId, 25);
  const gone = openDb({
    connectionString: 'postgres://flowella_app@127.0.0.1:1/gone',
    max: 1,
    applicationName: 'test',
    onError: () => {},
  });
  await expect(meter.flush(gone.db)).rejects.toThrow();
  await gone.close();
  calls(meter, portalId, 5);
  await meter.flush(t.db);
  await meter.flush(t.db);
  const [window] = (await readWindows(t.db, at(1))).filter((one) => one.portalId === portalId);
  expect(window).toMatchObject({ requests: 30 });
});

test('a slow, a failing and an unreachable flow are found, a stranger’s unsigned calls beside good ones are not', async () => {
  const portalId = await t.addPortal();
  const meter = new EndpointMeter();
  calls(meter, portalId, 80);
  calls(meter, portalId, 12, { ms: 640 });
  calls(meter, portalId, 500, { outcome: 'unsigned', flowId: null });
  await meter.flush(t.db);
  expect(await own(portalId)).toEqual([{ flowId: FLOW, kind: 'endpoint_slow', p90Ms: 750, requests: 92 }]);
  calls(meter, portalId, 4, { outcome: 'fault', minute: 20 });
  for (let n = 0; n < 5; n += 1)
    meter.noteClientError(account(portalId), { flowId: FLOW, type: 'NO_HTTP_RESPONSE_ERROR', at: at(20) });
  calls(meter, portalId, 90, { minute: 20 });
  await meter.flush(t.db);
  expect((await own(portalId, 20)).map((one) => one.kind)).toEqual(['endpoint_failing', 'endpoint_unavailable']);
});

test('only unsigned calls, and many of them, are a wrong app secret; calls that no key opens are a wrong key', async () => {
  const [a, b] = [await t.addPortal(), await t.addPortal()];
  const meter = new EndpointMeter();
  calls(meter, a, 12, { outcome: 'unsigned', flowId: null });
  calls(meter, b, 4, { outcome: 'unreadable', flowId: null });
  await meter.flush(t.db);
  expect(await own(a)).toEqual([{ flowId: null, kind: 'signature_mismatch', requests: 12 }]);
  expect((await own(b)).map((one) => one.kind)).toContain('key_mismatch');
});

test('memory is bounded: flows beyond the bound are counted for their account', async () => {
  const meter = new EndpointMeter();
  for (let n = 0; n < 12_000; n += 1)
    meter.noteCall(account(1), { flowId: `flw_${n}`, outcome: 'ok', ms: 10, at: at(0) });
  expect(meter.size).toBeLessThanOrEqual(5_001);
});

test('metrics have a fixed set of labels whatever phones and strangers send', async () => {
  const metrics = createMetrics();
  const meter = new EndpointMeter(metrics);
  calls(meter, 77_001, 3);
  for (let n = 0; n < 200; n += 1)
    meter.noteClientError(account(77_001), { flowId: FLOW, type: `+49151123456${n} said so`, at: at(0) });
  meter.noteClientError(account(77_001), { flowId: FLOW, type: 'INVALID_SCREEN_TRANSITION', at: at(0) });
  const text = await metrics.registry.metrics();
  expect(text).toContain('flowella_meta_error_notices_total{type="other"} 200');
  expect(text).toContain('flowella_meta_error_notices_total{type="invalid-screen-transition"} 1');
  expect(text).not.toMatch(/49151|77001|flw_|wac_/);
});

/** Meta's own rules over the same calls (whatsapp-flows.md section 6.9), written here apart from ours. */
type Minute = { requests: number; slow: number; faults: number; unavailable: number };
function metaWarns(minutes: readonly Minute[], now: number): boolean {
  const sum = (last: number, of: (one: Minute) => number): number =>
    minutes.slice(Math.max(0, now + 1 - last), now + 1).reduce((total, one) => total + of(one), 0);
  const requests = sum(30, (one) => one.requests);
  if (requests >= 250 && sum(30, (one) => one.slow) > requests * 0.1) return true;
  if (requests >= 250 && sum(30, (one) => one.faults) > requests * 0.05) return true;
  const [missed, tried] = [sum(10, (one) => one.unavailable), sum(10, (one) => one.requests + one.unavailable)];
  return tried >= 250 && missed > tried * 0.1;
}

test('whatever the traffic, we have said so before or when Meta warns', () => {
  const minute = fc
    .record({ requests: fc.nat(60), slow: fc.nat(20), faults: fc.nat(8), unavailable: fc.nat(12) })
    .map((one) => ({ ...one, slow: Math.min(one.slow, one.requests), faults: Math.min(one.faults, one.requests) }));
  let warned = 0;
  const result = fc.check(
    fc.property(fc.array(minute, { minLength: 20, maxLength: 80 }), (minutes) => {
      for (let now = 0; now < minutes.length; now += 1) {
        if (judgeWindows(WINDOW_MINUTES.map((last) => windowOf(minutes, now, last))).length > 0) return true;
        if (metaWarns(minutes, now)) {
          warned += 1;
          return false;
        }
      }
      return true;
    }),
    { numRuns: 500 },
  );
  expect(result.failed, `seed ${result.seed} ${JSON.stringify(result.counterexample)}`).toBe(false);
  expect(warned).toBe(0);
  // The rule of Meta's written above does fire on bad traffic, so that silence here means something.
  expect(
    metaWarns(
      Array.from({ length: 30 }, () => ({ requests: 20, slow: 3, faults: 0, unavailable: 0 })),
      29,
    ),
  ).toBe(true);
  expect(OUR_LIMITS.p90Ms).toBeLessThan(1_000);
});

function windowOf(minutes: readonly Minute[], now: number, last: number): MeasuredWindow {
  const own = minutes.slice(Math.max(0, now + 1 - last), now + 1);
  const sum = (of: (one: Minute) => number): number => own.reduce((total, one) => total + of(one), 0);
  const latency = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  // Slow ones take a little more than Meta's second, the others a twentieth of one.
  latency[LATENCY_BOUNDS_MS.indexOf(5_000)] = sum((one) => one.slow);
  latency[0] = sum((one) => one.requests - one.slow);
  return {
    portalId: 1,
    accountId: 'wac_1',
    flowId: FLOW,
    minutes: last,
    requests: sum((one) => one.requests),
    faults: sum((one) => one.faults),
    unsigned: 0,
    unreadable: 0,
    unavailable: sum((one) => one.unavailable),
    clientErrors: 0,
    latency,
  };
}
