import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../server/db/db.ts';
import { replayStopped } from '../../server/delivery/replay-stopped.ts';
import { sweepDeliveries } from '../../server/delivery/start-delivery.ts';
import type { DeliveryOutcome } from '../../server/destinations/destination.ts';
import { listStopped, viewStopped } from '../../server/submissions/view-stopped.ts';
import { Engine } from './support/engine.ts';

const REFUSED: DeliveryOutcome = { kind: 'dead', code: 'value_refused', reason: 'Refused: city.' };
const GONE: DeliveryOutcome = { kind: 'dead', code: 'contact_gone', reason: 'The contact was deleted.' };
const contactUrl = (id: string) => `https://app.hubspot.com/contacts/1/record/0-1/${id}`;

let engine: Engine;
let portalId: number;
beforeAll(async () => {
  engine = await Engine.open();
});
afterAll(() => engine.t.close());
beforeEach(async () => {
  Object.assign(engine, { deliver: {}, calls: [], batchSize: 10, now: new Date('2026-11-23T10:00:00Z') });
  portalId = await engine.addPortal(9);
});

/** Submissions of as many persons, whose contacts were refused as the list says. */
async function stop(outcomes: readonly DeliveryOutcome[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [index] of outcomes.entries()) {
    ids.push(await engine.accept(portalId, { personId: `psn_${index + 1}`, contactId: String(700 + index) }));
    engine.pass(1_000);
  }
  engine.deliver.contact = (_context, item) => outcomes[ids.indexOf(item.submissionId)] ?? REFUSED;
  await sweepDeliveries(engine.services);
  engine.deliver = {};
  return ids;
}
const states = async () => (await engine.rows(portalId, 'contact')).map((row) => row.state);
const audit = () =>
  withPortal(engine.t.db, portalId, (tx) =>
    tx.selectFrom('audit_log').select(['actor', 'action', 'subject', 'detail']).orderBy('seq').execute(),
  );

describe('what stopped', () => {
  test('is grouped by place and reason, with the sentences, what to do, the oldest and when its answers go', async () => {
    await stop([REFUSED, { ...REFUSED, reason: 'Refused: name.' }, REFUSED, GONE]);
    await withPortal(engine.t.db, portalId, (tx) =>
      tx
        .updateTable('flows')
        .set({ retention: JSON.stringify({ kind: 'days', days: 7 }) })
        .execute(),
    );
    const { groups, underWay } = await viewStopped(engine.services, portalId, 'en');
    expect(groups).toEqual([
      {
        destination: 'contact',
        state: 'dead',
        code: 'value_refused',
        count: 3,
        reasons: [
          { text: 'Refused: city.', count: 2 },
          { text: 'Refused: name.', count: 1 },
        ],
        mend: expect.stringContaining('Open the property in HubSpot'),
        formGone: [],
        oldestAt: '2026-11-23T10:00:00.000Z',
        answersUntil: '2026-11-30T10:00:00.000Z',
      },
      expect.objectContaining({ code: 'contact_gone', count: 1, oldestAt: '2026-11-23T10:00:03.000Z' }),
    ]);
    // What waits behind them is not on its way by itself.
    expect(underWay).toEqual([]);
    await engine.accept(portalId, { personId: 'psn_9' });
    const nextTryAt = engine.now.toISOString();
    const going = (await viewStopped(engine.services, portalId, 'en')).underWay;
    expect(going).toEqual(
      ['contact', 'form-submission', 'timeline'].map((destination) => ({
        destination,
        count: 1,
        atLeast: false,
        nextTryAt,
      })),
    );
    const [german] = (await viewStopped(engine.services, portalId, 'de')).groups;
    expect(german?.mend).toContain('Öffnen Sie die Eigenschaft');
  });

  test('is listed page by page, the oldest first, each once, also while some are tried again', async () => {
    for (let n = 0; n < 60; n += 1) await engine.accept(portalId, { personId: `psn_${(n % 9) + 1}` });
    engine.deliver.contact = () => REFUSED;
    for (let n = 0; n < 12; n += 1) await sweepDeliveries(engine.services);
    const kind = { destination: 'contact' as const, code: 'value_refused', contactUrl };
    const first = await listStopped(engine.services, portalId, kind);
    expect(first.deliveries).toHaveLength(25);
    await withPortal(engine.t.db, portalId, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'waiting' })
        .where('delivery_id', '=', first.deliveries[3]?.deliveryId ?? '')
        .execute(),
    );
    const second = await listStopped(engine.services, portalId, { ...kind, after: first.after ?? undefined });
    const third = await listStopped(engine.services, portalId, { ...kind, after: second.after ?? undefined });
    expect([second.deliveries.length, third.deliveries.length, third.after]).toEqual([25, 10, null]);
    const all = [...first.deliveries, ...second.deliveries, ...third.deliveries].map((one) => one.submissionId);
    const accepted = (await engine.rows(portalId, 'contact')).map((row) => row.submission_id);
    expect(all).toEqual(accepted);
    expect(first.deliveries[0]).toMatchObject({ attempts: 1, flowName: 'Contact', reason: 'Refused: city.' });
  });
});

describe('trying again', () => {
  test('all of one kind puts back these alone, behind what is submitted now, and what they blocked follows', async () => {
    const [first, , gone] = await stop([REFUSED, REFUSED, GONE]);
    const filter = { destination: 'contact', code: 'value_refused' };
    expect(await replayStopped(engine.services, portalId, { filter, actor: 'user:7' })).toEqual({
      replayed: 2,
      remaining: 0,
    });
    expect(await states()).toEqual(['waiting', 'waiting', 'dead']);
    const fresh = await engine.accept(portalId, { personId: 'psn_9' });
    for (let n = 0; n < 3; n += 1) await sweepDeliveries(engine.services);
    const contacts = engine.calls.filter(({ kind }) => kind === 'contact').map(({ item }) => item.submissionId);
    expect(contacts.slice(-3).slice(0, 2)).toEqual([fresh, first]);
    const rows = await engine.rows(portalId);
    expect(rows.filter((row) => row.submission_id !== gone).map((row) => row.state)).toEqual(
      Array(9).fill('delivered'),
    );
    expect(rows.filter((row) => row.submission_id === gone && row.reason_code === 'blocked')).toHaveLength(2);
    expect(await audit()).toEqual([
      { actor: 'user:7', action: 'deliveries.replayed', subject: 'contact value_refused', detail: { count: 2 } },
    ]);
  });

  test('everything goes in bounded batches; what one call does not manage is said, and taken by the next', async () => {
    await stop([REFUSED, GONE, REFUSED, GONE, REFUSED]);
    const all = { filter: null, actor: 'user:7', batch: 2, maxBatches: 2 };
    expect(await replayStopped(engine.services, portalId, all)).toEqual({ replayed: 4, remaining: 1 });
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'dead']);
    expect(await replayStopped(engine.services, portalId, all)).toEqual({ replayed: 1, remaining: 0 });
    expect((await audit()).map(({ subject, detail }) => [subject, detail])).toEqual([
      ['all', { count: 2 }],
      ['all', { count: 2 }],
      ['all', { count: 1 }],
    ]);
  });

  test('two persons who press at once put each delivery back once', async () => {
    await stop([REFUSED, REFUSED, REFUSED, REFUSED]);
    const press = () => replayStopped(engine.services, portalId, { filter: null, actor: 'user:7', batch: 1 });
    const answers = await Promise.all([press(), press(), press()]);
    expect(answers.reduce((sum, one) => sum + one.replayed, 0)).toBe(4);
  });

  test('leaves other accounts, and what is delivered or cancelled, alone', async () => {
    await stop([REFUSED]);
    const other = await engine.addPortal();
    expect(await replayStopped(engine.services, other, { filter: null, actor: 'user:7' })).toEqual({
      replayed: 0,
      remaining: 0,
    });
    expect(await states()).toEqual(['dead']);
    await withPortal(engine.t.db, portalId, (tx) => tx.updateTable('deliveries').set({ state: 'cancelled' }).execute());
    expect(await replayStopped(engine.services, portalId, { filter: null, actor: 'user:7' })).toMatchObject({
      replayed: 0,
    });
  });
});

describe('flowella deliveries', () => {
  const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
  const flowella = (...args: string[]) => {
    const pairs = engine.t.keyring.map((key) => `${key.id}:${key.key.toString('base64')}`);
    const env = { PATH: process.env.PATH, DATABASE_URL: engine.t.url, FLOWELLA_MASTER_KEYS: pairs.join(',') };
    const run = spawnSync(process.execPath, [cli, 'deliveries', ...args], { env, encoding: 'utf8' });
    return { status: run.status, out: run.stdout, err: run.stderr };
  };

  test('lists what stopped and tries it again: one, a kind, or all of an account', { timeout: 60_000 }, async () => {
    await stop([REFUSED, GONE, GONE, REFUSED]);
    const portal = ['--portal', String(portalId)];
    const list = JSON.parse(flowella('list', ...portal).out) as { portals: { groups: object[] }[] };
    expect(list.portals[0]?.groups).toMatchObject([{ code: 'value_refused', count: 2 }, { code: 'contact_gone' }]);
    const [one] = await engine.rows(portalId, 'contact');
    expect(JSON.parse(flowella('replay', ...portal, '--delivery', one?.delivery_id ?? '').out)).toEqual({
      replayed: 1,
    });
    expect(await states()).toEqual(['waiting', 'dead', 'dead', 'dead']);
    const kind = ['--destination', 'contact', '--reason', 'contact_gone'];
    expect(JSON.parse(flowella('replay', ...portal, ...kind).out)).toEqual({ replayed: 2 });
    expect(JSON.parse(flowella('replay', ...portal, '--all').out)).toEqual({ replayed: 1 });
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    expect((await audit()).map(({ actor }) => actor)).toEqual(['operator', 'operator', 'operator']);
  });

  test('says what is missing before it opens the database', { timeout: 60_000 }, () => {
    for (const [args, said] of [
      [['replay', '--all'], /--portal ID/],
      [['replay', '--portal', '1'], /what to try again/],
      [['replay', '--portal', '1', '--destination', 'nowhere', '--reason', 'x'], /no destination "nowhere"/],
      [['list', '--all'], /belongs to "deliveries replay"/],
    ] as const) {
      const run = flowella(...args);
      expect([run.status, run.out]).toEqual([1, '']);
      expect(run.err).toMatch(said);
    }
  });
});
