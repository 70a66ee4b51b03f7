import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { checkBalance, isBalanced, readBalance } from '../../server/delivery/check-balance.ts';
import { sweepDeliveries } from '../../server/delivery/start-delivery.ts';
import { isNear } from '../../server/observe/metrics-route.ts';
import { createMetrics } from '../../server/observe/metrics.ts';
import { Engine, RETRY } from './support/engine.ts';

let engine: Engine;
let portalId: number;
beforeAll(async () => {
  engine = await Engine.open();
  portalId = await engine.addPortal(5);
});
afterAll(() => engine.t.close());

test('accepted equals the sum of the six states, whatever becomes of the deliveries, and the metrics say so', async () => {
  const outcomes = [
    RETRY,
    { kind: 'dead', code: 'value_refused', reason: 'Refused.' },
    { kind: 'held', code: 'property_changed', reason: 'Changed.' },
    { kind: 'delivered', remoteId: null },
  ] as const;
  engine.deliver.contact = (_context, item) => outcomes[Number(item.person.personId.slice(4)) - 1] ?? RETRY;
  for (let n = 1; n <= 4; n += 1) await engine.accept(portalId, { personId: `psn_${n}` });
  await sweepDeliveries(engine.services);
  const sendId = 'snd_repeated';
  await engine.accept(portalId, { personId: 'psn_5', sendId });
  await engine.accept(portalId, { personId: 'psn_5', sendId, acceptedFrom: 'nfm_reply' });

  const all = await readBalance(engine.services.db);
  expect(all.filter((balance) => !isBalanced(balance))).toEqual([]);
  expect(all.find(({ destination }) => destination === 'contact')).toMatchObject({
    accepted: 5,
    waiting: 2,
    dead: 1,
    held: 1,
    delivered: 1,
  });

  const metrics = createMetrics();
  await checkBalance({ ...engine.services, metrics });
  const text = await metrics.registry.metrics();
  expect(text).toContain('flowella_deliveries_accepted{destination="contact"} 5');
  expect(text).toContain('flowella_deliveries{destination="contact",state="dead"} 1');
  expect(text).toContain('flowella_deliveries_unbalanced 0');
});

test('a delivery that vanished is noticed by the next look and said in the log', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  await withPortal(engine.t.db, portalId, async (tx) => {
    const row = await tx
      .selectFrom('deliveries')
      .select('delivery_id')
      .where('portal_id', '=', String(portalId))
      .where('attempt', '=', 0)
      .executeTakeFirstOrThrow();
    await tx
      .deleteFrom('deliveries')
      .where('portal_id', '=', String(portalId))
      .where('delivery_id', '=', row.delivery_id)
      .execute();
  });
  const metrics = createMetrics();
  const { unbalanced } = await checkBalance({ ...engine.services, log, metrics });
  expect(unbalanced).toHaveLength(1);
  expect(lines.join('')).toContain('do not add up');
  expect(await metrics.registry.metrics()).toContain('flowella_deliveries_unbalanced 1');
});

test('the metrics are for the operator’s own network', () => {
  for (const address of ['127.0.0.1', '::ffff:10.1.2.3', '192.168.7.1', '172.20.0.9', '::1', 'fd00::1'])
    expect(isNear(address), address).toBe(true);
  for (const address of ['203.0.113.9', '172.32.0.1', '2a00::1', '', 'no address'])
    expect(isNear(address), address).toBe(false);
});
