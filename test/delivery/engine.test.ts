import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal, type PortalTx } from '../../server/db/db.ts';
import { claimDeliveries, type ClaimedDelivery } from '../../server/delivery/deliveries.ts';
import type { Timers } from '../../server/delivery/hold-lease.ts';
import { replayDelivery } from '../../server/delivery/replay-delivery.ts';
import { releaseDeliveries } from '../../server/delivery/release-deliveries.ts';
import { releaseHeld } from '../../server/delivery/release-held.ts';
import { dueTurns, sweepDeliveries } from '../../server/delivery/start-delivery.ts';
import { createTurns, type Turn } from '../../server/delivery/turns.ts';
import { workBatch, workDeliveries } from '../../server/delivery/work-deliveries.ts';
import type { DeliveryOutcome } from '../../server/destinations/destination.ts';
import { viewDelivery } from '../../server/submissions/view-submissions.ts';
import { withOwner } from '../security/support/product.ts';
import { until } from '../support/until.ts';
import { Engine, RETRY } from './support/engine.ts';

let engine: Engine;
let portalId: number;
beforeAll(async () => {
  engine = await Engine.open();
});
afterAll(() => engine.t.close());
beforeEach(async () => {
  Object.assign(engine, { deliver: {}, readBack: {}, calls: [], batchSize: 10, now: new Date('2026-11-23T10:00:00Z') });
  portalId = await engine.addPortal(5);
});

test('what a killed worker held is taken up within a minute, after looking whether it arrived', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => new Promise(() => {});
  void workBatch(engine.services, portalId, 'contact');
  await until(async () => (await engine.rows(portalId, 'contact'))[0]?.state === 'delivering');
  engine.pass(30_000);
  expect(await sweepDeliveries(engine.services)).toBe(0);
  engine.pass(29_000);
  engine.readBack.contact = { kind: 'delivered', remoteId: '7', contactId: '501' };
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivered', remote_id: '7', attempt: 2 });
  expect(engine.calls.filter(({ kind }) => kind === 'contact')).toHaveLength(1);
});

test('a living worker keeps its lease however slow the vendor is, and a frozen one makes no further call', async () => {
  await engine.accept(portalId);
  let renew: () => void = () => {};
  const timers: Timers = {
    every: (_ms, work) => {
      renew = work;
      return () => {};
    },
    deadline: () => new AbortController().signal,
  };
  let thaw: () => void = () => {};
  const asked: string[] = [];
  const services = {
    ...engine.services,
    timers,
    hubspot: {
      call: () => {
        asked.push('HubSpot');
        return Promise.reject(new Error('no answer is needed'));
      },
    },
  };
  engine.deliver.contact = async (context) => {
    await new Promise<void>((resolve) => (thaw = resolve));
    await context.hubspot.call(portalId, {} as never).catch(() => {});
    return RETRY;
  };
  const slow = workBatch(services, portalId, 'contact');
  await until(() => engine.calls.length === 1);
  for (let n = 0; n < 8; n += 1) {
    engine.pass(10_000);
    renew();
    const end = engine.now.getTime() + 45_000;
    await until(async () => (await engine.rows(portalId, 'contact'))[0]?.lease_until?.getTime() === end);
  }
  expect(await workBatch(engine.services, portalId, 'contact')).toBe(0);
  engine.pass(40_000);
  thaw();
  await slow;
  expect(asked).toEqual([]);
});

test('submissions of one person reach a destination in the order they were accepted, though the first must wait', async () => {
  const first = await engine.accept(portalId);
  const second = await engine.accept(portalId);
  const other = await engine.accept(portalId, { personId: 'psn_2' });
  engine.deliver.contact = (_context, item) =>
    item.submissionId === first && item.attempt === 1 ? RETRY : { kind: 'delivered', remoteId: null };
  await workDeliveries(engine.services, portalId, 'contact');
  expect(engine.calls.map(({ item }) => item.submissionId)).toEqual([first, other]);
  engine.pass(60_000);
  await workDeliveries(engine.services, portalId, 'contact');
  expect(engine.calls.map(({ item }) => item.submissionId)).toEqual([first, other, first, second]);
});

test('two persons of one contact are kept in order like one', async () => {
  const first = await engine.accept(portalId, { contactId: '900' });
  await engine.accept(portalId, { personId: 'psn_2', contactId: '900' });
  engine.deliver.contact = () => RETRY;
  await workDeliveries(engine.services, portalId, 'contact');
  expect(engine.calls.map(({ item }) => item.submissionId)).toEqual([first]);
});

test("what is said of our own trouble with a delivery is in the language of the portal's people", async () => {
  await withOwner(engine.t.ownerUrl, (client) =>
    client.query('update flowella.portals set settings = $1 where portal_id = $2', [{ language: 'de' }, portalId]),
  );
  const reason = async () => (await engine.rows(portalId, 'contact'))[0]?.reason;
  await engine.accept(portalId);
  engine.deliver.contact = () => {
    throw new Error('a fault of ours');
  };
  await workDeliveries(engine.services, portalId, 'contact');
  expect(await reason()).toMatch(/^Bei uns ist etwas schiefgegangen/);
  engine.deliver.contact = () => RETRY;
  for (let hours = 0; hours < 96; hours += 12) {
    engine.pass(12 * 3_600_000);
    await workDeliveries(engine.services, portalId, 'contact');
  }
  expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({
    state: 'dead',
    reason: expect.stringMatching(
      /^Wir haben es drei Tage lang versucht .* HubSpot did not answer\. Von selbst geschieht nichts mehr/,
    ),
  });
});

test('what waits behind a dead delivery names it on the card, without a next try that never comes, until it runs', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = (_context, item) =>
    item.attempt === 1
      ? { kind: 'dead', code: 'email_of_other_contact', reason: 'Of another contact.' }
      : { kind: 'delivered', remoteId: null };
  await sweepDeliveries(engine.services);
  const seen = async (kind: 'contact' | 'timeline') =>
    viewDelivery(engine.services, portalId, (await engine.rows(portalId, kind))[0]?.delivery_id ?? '');
  expect(await seen('contact')).toMatchObject({ state: 'dead', reason: 'Of another contact.', waitsFor: null });
  expect(await seen('timeline')).toMatchObject({ state: 'waiting', reason: null, waitsFor: 'contact', dueAt: null });
  await replayDelivery(engine.services, portalId, (await seen('contact')).deliveryId);
  for (let n = 0; n < 2; n += 1) await sweepDeliveries(engine.services);
  expect(await seen('timeline')).toMatchObject({ state: 'delivered', waitsFor: null });
});

test('what is held as a whole is waited for; what is held for one property alone is not', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => ({ kind: 'held', code: 'portal_disconnected', reason: 'Install the app again.' });
  await sweepDeliveries(engine.services);
  const seen = async () =>
    viewDelivery(engine.services, portalId, (await engine.rows(portalId, 'form-submission'))[0]?.delivery_id ?? '');
  expect(await seen()).toMatchObject({ state: 'waiting', waitsFor: 'contact' });
  engine.deliver.contact = () => ({ kind: 'held', code: 'property_changed', reason: 'One is gone.', contactId: '7' });
  engine.deliver['form-submission'] = () => RETRY;
  await replayDelivery(engine.services, portalId, (await engine.rows(portalId, 'contact'))[0]?.delivery_id ?? '');
  for (let n = 0; n < 2; n += 1) await sweepDeliveries(engine.services);
  expect(await seen()).toMatchObject({
    state: 'waiting',
    waitsFor: null,
    reason: 'HubSpot did not answer.',
    dueAt: expect.any(String),
  });
});

test('what is blocked behind a dead delivery holds up no later submission, and runs once the dead one is replayed', async () => {
  const first = await engine.accept(portalId);
  engine.deliver.contact = (_context, item) =>
    item.submissionId === first && item.attempt === 1
      ? { kind: 'dead', code: 'value_refused', reason: 'Refused.' }
      : { kind: 'delivered', remoteId: null };
  await sweepDeliveries(engine.services);
  await engine.accept(portalId);
  for (let n = 0; n < 3; n += 1) await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId)).map((row) => row.state)).toEqual([
    'dead',
    'waiting',
    'waiting',
    'delivered',
    'delivered',
    'delivered',
  ]);
  // Five days later the dependants still have their own three days.
  engine.pass(5 * 86_400_000);
  const [dead] = await engine.rows(portalId, 'contact');
  await replayDelivery(engine.services, portalId, dead?.delivery_id ?? '');
  expect((await engine.rows(portalId, 'timeline'))[0]).toMatchObject({ state: 'waiting', reason_code: null });
  engine.deliver.timeline = (_context, item) => (item.attempt === 1 ? RETRY : { kind: 'delivered', remoteId: null });
  await sweepDeliveries(engine.services);
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'timeline'))[0]).toMatchObject({ state: 'waiting', attempt: 1 });
  engine.pass(60_000);
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId)).every((row) => row.state === 'delivered')).toBe(true);
});

describe('what awaits the files of its submission', () => {
  const form = async () => (await engine.rows(portalId, 'form-submission'))[0];
  const turns = async () =>
    (await dueTurns(engine.services)).filter((turn) => turn.portalId === portalId).map((turn) => turn.destination);
  const held = (code: string): DeliveryOutcome => ({ kind: 'held', code, reason: 'Accept the permission for files.' });

  test('is not looked at again and again while they are held', async () => {
    await engine.acceptFile(portalId);
    expect(await turns()).toEqual(['contact', 'files']);
    engine.deliver.files = () => held('files_permission');
    for (let n = 0; n < 3; n += 1) await sweepDeliveries(engine.services);
    expect(await form()).toMatchObject({ state: 'waiting', reason_code: 'blocked', attempt: 0 });
    expect(await turns()).toEqual([]);
  });

  test.each([
    ['an install', 'portal_disconnected', () => release((tx) => releaseHeld(tx, portalId, engine.now))],
    [
      'a decision',
      'files_permission',
      (deliveryIds: string[]) =>
        release((tx) =>
          releaseDeliveries(
            tx,
            { wakeUps: engine.services.wakeUps, now: engine.now },
            { portalId, destination: 'files', deliveryIds },
          ),
        ),
    ],
  ])('is in line again, and says nothing old, as soon as %s lets them go on', async (_what, code, letGo) => {
    await engine.acceptFile(portalId);
    engine.deliver.files = () => held(code);
    for (let n = 0; n < 2; n += 1) await sweepDeliveries(engine.services);
    expect(await form()).toMatchObject({ reason_code: 'blocked', reason: 'Accept the permission for files.' });
    await letGo((await engine.rows(portalId, 'files')).map((row) => row.delivery_id));
    expect(await form()).toMatchObject({ state: 'waiting', reason_code: null, reason: null });
    // In line: what the same person submits afterwards does not overtake it.
    engine.deliver = { files: () => RETRY };
    const later = await engine.accept(portalId);
    for (let n = 0; n < 3; n += 1) await sweepDeliveries(engine.services);
    const formOf = (id: string) =>
      engine.calls.filter((one) => one.kind === 'form-submission' && one.item.submissionId === id);
    expect(formOf(later)).toEqual([]);
    engine.deliver = {};
    engine.pass(60_000);
    for (let n = 0; n < 4; n += 1) await sweepDeliveries(engine.services);
    expect((await engine.rows(portalId, 'form-submission')).map((row) => row.state)).toEqual([
      'delivered',
      'delivered',
    ]);
  });

  test('says nothing old once they are over without anybody letting them go', async () => {
    await engine.acceptFile(portalId);
    engine.deliver.files = () => held('files_permission');
    for (let n = 0; n < 2; n += 1) await sweepDeliveries(engine.services);
    // As an earlier version released them: the row alone.
    await release((tx) =>
      tx.updateTable('deliveries').set({ state: 'waiting' }).where('destination', '=', 'files').execute(),
    );
    engine.deliver.files = () => ({ kind: 'dead', code: 'files_lost', reason: 'Lost.' });
    await workDeliveries(engine.services, portalId, 'files');
    expect(await form()).toMatchObject({ state: 'waiting', reason_code: null });
  });
});

const release = (work: (tx: PortalTx) => Promise<unknown>) => withPortal(engine.t.db, portalId, work);

test("a backlog of one portal that is not its turn yet hides nobody else, and dead ones are nobody's turn", async () => {
  const other = await engine.addPortal();
  await engine.accept(portalId);
  engine.deliver.contact = (_context, item) =>
    item.attempt === 1 ? RETRY : { kind: 'dead', code: 'value_refused', reason: 'Refused.' };
  await workDeliveries(engine.services, portalId, 'contact');
  await engine.accept(other);
  const due = async () => (await dueTurns(engine.services)).filter((turn) => [portalId, other].includes(turn.portalId));
  expect(await due()).toEqual([{ portalId: other, destination: 'contact' }]);
  engine.pass(60_000);
  expect((await due()).map((turn) => turn.portalId).toSorted()).toEqual([portalId, other].toSorted());
  await workDeliveries(engine.services, portalId, 'contact');
  expect((await due()).map((turn) => turn.portalId)).toEqual([other]);
});

test('a blocked delivery that is hurried stays blocked, and holds up nobody', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => ({ kind: 'dead', code: 'value_refused', reason: 'Refused.' });
  await sweepDeliveries(engine.services);
  const [blocked] = await engine.rows(portalId, 'timeline');
  await replayDelivery(engine.services, portalId, blocked?.delivery_id ?? '');
  expect((await engine.rows(portalId, 'timeline'))[0]).toMatchObject({ state: 'waiting', reason_code: 'blocked' });
  engine.deliver = {};
  await engine.accept(portalId);
  for (let n = 0; n < 2; n += 1) await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'timeline')).map((row) => row.state)).toEqual(['waiting', 'delivered']);
});

test('a replayed delivery starts its back-off anew', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => RETRY;
  for (let n = 0; n < 12; n += 1) {
    await sweepDeliveries(engine.services);
    engine.pass(5 * 3_600_000);
  }
  engine.deliver.contact = () => ({ kind: 'dead', code: 'value_refused', reason: 'Refused.' });
  await sweepDeliveries(engine.services);
  const [row] = await engine.rows(portalId, 'contact');
  expect(row).toMatchObject({ state: 'dead' });
  await replayDelivery(engine.services, portalId, row?.delivery_id ?? '');
  engine.deliver.contact = () => RETRY;
  await sweepDeliveries(engine.services);
  const wait = ((await engine.rows(portalId, 'contact'))[0]?.due_at.getTime() ?? 0) - engine.now.getTime();
  expect(wait).toBeLessThanOrEqual(5_000);
});

test('an attempt whose outcome is unknown stays so while we cannot look, even through a hold and a replay', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => ({ kind: 'unknown', code: 'hubspot_outcome_unknown', reason: 'Lost.' });
  await sweepDeliveries(engine.services);
  engine.pass(60_000);
  engine.readBack.contact = { kind: 'held', code: 'portal_disconnected', reason: 'Gone.' };
  await sweepDeliveries(engine.services);
  const [held] = await engine.rows(portalId, 'contact');
  expect(held).toMatchObject({ state: 'held' });
  await replayDelivery(engine.services, portalId, held?.delivery_id ?? '');
  engine.readBack.contact = { kind: 'delivered', remoteId: '7' };
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivered', remote_id: '7' });
  expect(engine.calls.filter(({ kind }) => kind === 'contact')).toHaveLength(1);
});

test('where nobody can ever look whether it arrived, whoever has it delivered again gets it sent', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => ({ kind: 'unknown', code: 'no_outcome', reason: 'Lost.' });
  await sweepDeliveries(engine.services);
  engine.pass(60_000);
  engine.readBack.contact = { kind: 'dead', code: 'invitation_unknown', reason: 'Not known.', isUnknowable: true };
  await sweepDeliveries(engine.services);
  const [dead] = await engine.rows(portalId, 'contact');
  expect(dead).toMatchObject({ state: 'dead', reason_code: 'invitation_unknown' });
  engine.deliver.contact = () => ({ kind: 'delivered', remoteId: '7', contactId: '501' });
  await replayDelivery(engine.services, portalId, dead?.delivery_id ?? '');
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivered', remote_id: '7' });
  expect(engine.calls.filter(({ kind }) => kind === 'contact')).toHaveLength(2);
});

test('a destination that throws midway is looked up before anything of its batch is sent again', async () => {
  await engine.accept(portalId);
  engine.deliver.contact = () => {
    throw Object.assign(new Error('the database went away'), { retryable: true });
  };
  await sweepDeliveries(engine.services);
  engine.pass(60_000);
  engine.readBack.contact = { kind: 'delivered', remoteId: '7' };
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivered', attempt: 2 });
  expect(engine.calls.filter(({ kind }) => kind === 'contact')).toHaveLength(1);
});

test('what was just submitted goes before what is replayed, and both before what piled up', async () => {
  engine.batchSize = 1;
  const piledUp = await engine.accept(portalId, { personId: 'psn_2', lane: 'backfill' });
  const replayed = await engine.accept(portalId, { personId: 'psn_3' });
  engine.deliver.contact = () => ({ kind: 'dead', code: 'value_refused', reason: 'Refused.' });
  await workBatch(engine.services, portalId, 'contact');
  engine.deliver = {};
  engine.calls = [];
  const dead = (await engine.rows(portalId, 'contact')).find((row) => row.state === 'dead');
  engine.pass(1_000);
  await replayDelivery(engine.services, portalId, dead?.delivery_id ?? '');
  engine.pass(1_000);
  const live = await engine.accept(portalId, { personId: 'psn_4' });
  await workDeliveries(engine.services, portalId, 'contact');
  expect(engine.calls.map(({ item }) => item.submissionId)).toEqual([live, replayed, piledUp]);
});

test('what piled up is paid for last: its calls leave the rest of the budget to what is live', async () => {
  const asked: string[] = [];
  const services = {
    ...engine.services,
    hubspot: {
      call: (_portal: number, request: { priority: string }) => {
        asked.push(request.priority);
        return Promise.resolve({} as never);
      },
    },
  };
  engine.deliver.contact = async (context) => {
    await context.hubspot.call(portalId, { priority: 'delivery' } as never);
    return { kind: 'delivered', remoteId: null };
  };
  await engine.accept(portalId, { personId: 'psn_2', lane: 'backfill' });
  await engine.accept(portalId);
  await workDeliveries(services, portalId, 'contact');
  expect(asked).toEqual(['delivery', 'background']);
});

test('a portal with much to do, or whose vendor hangs, keeps no other portal waiting', async () => {
  const left = new Map([
    ['1', 50],
    ['2', 2],
    ['3', 1],
  ]);
  const order: number[] = [];
  const hung: (() => void)[] = [];
  const turns = createTurns(async ({ portalId: portal, destination }: Turn) => {
    if (portal === 9) await new Promise<void>((resolve) => hung.push(resolve));
    const rest = left.get(String(portal)) ?? 0;
    if (rest === 0 || destination !== 'contact') return 0;
    left.set(String(portal), rest - 1);
    order.push(portal);
    await Promise.resolve();
    return 1;
  }, 5);
  for (const destination of ['contact', 'form-submission', 'kyc-record', 'timeline'] as const)
    turns.ask({ portalId: 9, destination });
  for (const portal of [1, 2, 3]) turns.ask({ portalId: portal, destination: 'contact' });
  await until(() => order.length === 53);
  expect(order.slice(0, 5)).toEqual([1, 2, 3, 1, 2]);
  for (const release of hung) release();
  await turns.stop();
});

test('a stop waits for what is under way, begins nothing more, and what was not begun is due again at once', async () => {
  const stopping = new AbortController();
  await engine.accept(portalId, { personId: 'psn_2' });
  await engine.accept(portalId, { personId: 'psn_3' });
  engine.deliver.contact = (context) => {
    const begun = !context.signal.aborted;
    stopping.abort();
    return begun ? { kind: 'delivered', remoteId: null } : { kind: 'retry', code: 'no_time_left', reason: 'Stopped.' };
  };
  const turns = createTurns((turn) => workBatch(engine.services, turn.portalId, turn.destination, stopping.signal));
  turns.ask({ portalId, destination: 'contact' });
  await turns.stop();
  expect((await engine.rows(portalId, 'contact')).map((row) => row.state)).toEqual(['delivered', 'waiting']);
  turns.ask({ portalId, destination: 'contact' });
  await turns.idle();
  expect((await engine.rows(portalId, 'contact'))[1]).toMatchObject({ attempt: 1, lease_until: null });
});

test('what an erased portal or person left open is cancelled with its reason, dependants too', async () => {
  await engine.accept(portalId);
  await withPortal(engine.t.db, portalId, (tx) =>
    tx
      .updateTable('submissions')
      .set({ answers_sealed: null, answers_key_wrapped: null, screens_sealed: null })
      .where('portal_id', '=', String(portalId))
      .execute(),
  );
  await sweepDeliveries(engine.services);
  expect((await engine.rows(portalId)).map((row) => [row.state, row.reason_code])).toEqual([
    ['cancelled', 'answers_gone'],
    ['cancelled', 'answers_gone'],
    ['cancelled', 'answers_gone'],
  ]);
});

describe('deliveries that are settled together', () => {
  const attempts = () =>
    withPortal(engine.t.db, portalId, (tx) =>
      tx.selectFrom('attempts').select(['delivery_id', 'number', 'outcome']).orderBy('number').execute(),
    );
  const byPerson = async (kind: 'contact' | 'timeline') =>
    new Map((await engine.rows(portalId, kind)).map((row) => [row.person_id, row]));

  test('each keep their own outcome and what it means for those that wait, and wake these once', async () => {
    const woken: string[][] = [];
    const wakeUps = {
      add: async (_tx: PortalTx, _portal: number, kinds: Iterable<string>) => void woken.push([...kinds]),
    };
    for (let n = 1; n <= 5; n += 1) await engine.accept(portalId, { personId: `psn_${n}` });
    const outcomes: Record<string, DeliveryOutcome> = {
      psn_1: { kind: 'delivered', remoteId: '71', contactId: '501', detail: { properties: 3 } },
      psn_2: { kind: 'dead', code: 'value_refused', reason: 'Refused.' },
      psn_3: { kind: 'held', code: 'property_changed', reason: 'Decide.', contactId: '503' },
      psn_4: { kind: 'held', code: 'portal_disconnected', reason: 'Gone.' },
    };
    engine.deliver.contact = (_context, { person }) => outcomes[person.personId] ?? RETRY;
    await workBatch({ ...engine.services, wakeUps }, portalId, 'contact');
    expect((await engine.rows(portalId, 'contact')).map((row) => [row.state, row.reason_code, row.remote_id])).toEqual([
      ['delivered', null, '71'],
      ['dead', 'value_refused', null],
      ['held', 'property_changed', '503'],
      ['held', 'portal_disconnected', null],
      ['waiting', 'hubspot_unavailable', null],
    ]);
    expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ detail: { properties: 3 }, lease_until: null });
    expect((await engine.rows(portalId, 'timeline')).map((row) => [row.reason, row.contact_id])).toEqual([
      [null, '501'],
      ['Refused.', null],
      [null, '503'],
      ['Gone.', null],
      [null, null],
    ]);
    expect((await attempts()).map(({ outcome }) => outcome).toSorted()).toEqual([
      'dead',
      'delivered',
      'held',
      'held',
      'retry',
    ]);
    expect(woken).toEqual([['form-submission', 'timeline']]);
    const persons = await withPortal(engine.t.db, portalId, (tx) =>
      tx.selectFrom('persons').select('contact_id').orderBy('person_id').execute(),
    );
    expect(persons.map((row) => row.contact_id)).toEqual(['501', null, '503', null, null]);
  });

  test('are written all but those that were erased, or that a successor has taken up meanwhile', async () => {
    for (let n = 1; n <= 4; n += 1) await engine.accept(portalId, { personId: `psn_${n}` });
    engine.deliver.contact = async (_context, { person, deliveryId }) => {
      const taken = person.personId === 'psn_1' ? { state: 'cancelled' as const, lease_until: null } : { attempt: 2 };
      if (person.personId < 'psn_3')
        await withPortal(engine.t.db, portalId, (tx) =>
          tx.updateTable('deliveries').set(taken).where('delivery_id', '=', deliveryId).execute(),
        );
      return person.personId === 'psn_4'
        ? { kind: 'dead', code: 'value_refused', reason: 'Refused.' }
        : { kind: 'delivered', remoteId: '7', contactId: `50${person.personId.slice(-1)}` };
    };
    await workBatch(engine.services, portalId, 'contact');
    const contact = await byPerson('contact');
    expect(contact.get('psn_1')).toMatchObject({ state: 'cancelled', remote_id: null, contact_id: null });
    expect(contact.get('psn_2')).toMatchObject({ state: 'delivering', attempt: 2, remote_id: null, contact_id: null });
    expect(contact.get('psn_2')?.lease_until).not.toBeNull();
    expect(contact.get('psn_3')).toMatchObject({ state: 'delivered', contact_id: '503' });
    expect(contact.get('psn_4')).toMatchObject({ state: 'dead' });
    const timeline = await byPerson('timeline');
    expect(['psn_1', 'psn_2', 'psn_3', 'psn_4'].map((id) => timeline.get(id)?.reason_code)).toEqual([
      null,
      null,
      null,
      'blocked',
    ]);
    // What became of the attempts themselves is on record all the same.
    expect((await attempts()).map(({ outcome }) => outcome).toSorted()).toEqual([
      'dead',
      'delivered',
      'delivered',
      'delivered',
    ]);
  });

  test('of which one cannot be written down: the others are, and that one is looked up before it is tried again', async () => {
    for (let n = 1; n <= 3; n += 1) await engine.accept(portalId, { personId: `psn_${n}` });
    engine.deliver.contact = (_context, { person }) => ({
      kind: 'delivered',
      remoteId: person.personId === 'psn_2' ? 'no text in PostgreSQL: \0' : '7',
    });
    await workBatch(engine.services, portalId, 'contact');
    expect((await engine.rows(portalId, 'contact')).map((row) => [row.state, row.reason_code])).toEqual([
      ['delivered', null],
      ['waiting', 'no_outcome'],
      ['delivered', null],
    ]);
    engine.pass(60_000);
    engine.readBack.contact = { kind: 'delivered', remoteId: '8' };
    await workBatch(engine.services, portalId, 'contact');
    expect((await byPerson('contact')).get('psn_2')).toMatchObject({ state: 'delivered', remote_id: '8' });
    expect(engine.calls.filter(({ kind }) => kind === 'contact')).toHaveLength(3);
  });
});

test('a submission that cannot be read is tried for three days, and takes nothing along that was claimed with it', async () => {
  const broken = await engine.accept(portalId, { personId: 'psn_1' });
  await engine.accept(portalId, { personId: 'psn_2' });
  await withPortal(engine.t.db, portalId, (tx) =>
    tx
      .updateTable('submissions')
      .set({ answers_sealed: Buffer.alloc(60) })
      .where('submission_id', '=', broken)
      .execute(),
  );
  const contacts = async () => (await engine.rows(portalId, 'contact')).map((row) => [row.state, row.reason_code]);
  await workBatch(engine.services, portalId, 'contact');
  expect(await contacts()).toEqual([
    ['waiting', 'internal'],
    ['delivered', null],
  ]);
  expect((await engine.rows(portalId, 'contact'))[0]?.reason).toContain('cannot read');
  for (let n = 0; n < 40; n += 1) {
    engine.pass(5 * 3_600_000);
    await workBatch(engine.services, portalId, 'contact');
  }
  expect((await contacts())[0]).toEqual(['dead', 'internal']);
});

describe('a database that is away when a vendor has answered', () => {
  /** Fails that often, from the moment a vendor was called. */
  function away(times: number): { services: typeof engine.services; faults: () => number } {
    let faults = 0;
    const db = new Proxy(engine.t.db, {
      get(target, name) {
        if (name === 'transaction' && engine.calls.length > 0 && faults < times) {
          faults += 1;
          throw Object.assign(new Error('terminating connection'), { code: '57P01' });
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const timers: Timers = {
      every: () => () => {},
      deadline: (ms) => (ms < 10_000 ? AbortSignal.abort() : new AbortController().signal),
    };
    return { services: { ...engine.services, db, timers }, faults: () => faults };
  }

  test('is waited for: the outcome is written down as it was, and the vendor is not asked again', async () => {
    await engine.accept(portalId);
    const { services, faults } = away(7);
    await workBatch(services, portalId, 'contact');
    expect(faults()).toBe(7);
    expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivered', attempt: 1 });
    expect(engine.calls).toHaveLength(1);
  });

  test('is not waited for once another process may take the delivery up', async () => {
    await engine.accept(portalId);
    engine.deliver.contact = () => {
      engine.pass(31_000);
      return { kind: 'delivered', remoteId: '1' };
    };
    const { services, faults } = away(7);
    await expect(workBatch(services, portalId, 'contact')).rejects.toThrow('terminating connection');
    expect(faults()).toBe(1);
    expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'delivering' });
  });
});

describe('when HubSpot is back after an hour', () => {
  async function outage(minutes: number): Promise<void> {
    engine.deliver.contact = () => ({ ...RETRY, code: 'hubspot_unavailable' });
    for (let n = 1; n <= 4; n += 1) await engine.accept(portalId, { personId: `psn_${n}` });
    for (let n = 0; n < 12; n += 1) {
      engine.pass((minutes / 12) * 60_000);
      await sweepDeliveries(engine.services);
    }
    engine.deliver = {};
    await engine.accept(portalId, { personId: 'psn_5' });
  }

  test('what failed meanwhile is due with the first success, not at the end of its back-off', async () => {
    await outage(60);
    const before = await engine.rows(portalId, 'contact');
    expect(before.slice(0, 4).every((row) => row.due_at > engine.now)).toBe(true);
    await sweepDeliveries(engine.services);
    await sweepDeliveries(engine.services);
    const rows = await engine.rows(portalId);
    expect(rows.map((row) => row.state)).toEqual(rows.map(() => 'delivered'));
  });

  test('what was submitted now goes first, and what fails again has its three days from the first attempt', async () => {
    await outage(60);
    const [first] = await engine.rows(portalId, 'contact');
    engine.deliver.contact = (_context, item) =>
      item.person.personId === 'psn_5'
        ? { kind: 'delivered', remoteId: '1' }
        : { ...RETRY, code: 'hubspot_unavailable' };
    engine.calls = [];
    await sweepDeliveries(engine.services);
    expect(engine.calls[0]?.item.person.personId).toBe('psn_5');
    const [row] = await engine.rows(portalId, 'contact');
    expect(row).toMatchObject({ state: 'waiting', lane: 2, tried_since: first?.tried_since });
    // The back-off began anew: half of five seconds.
    expect((row?.due_at.getTime() ?? 0) - engine.now.getTime()).toBeLessThanOrEqual(5_000);
  });

  test('a vendor that says when to come again is not asked before, and one failure among successes hurries nobody', async () => {
    engine.deliver.contact = () => ({ ...RETRY, code: 'hubspot_rate_limited', retryAfterMs: 7_200_000 });
    await engine.accept(portalId, { personId: 'psn_1' });
    await sweepDeliveries(engine.services);
    await outage(60);
    await sweepDeliveries(engine.services);
    expect((await engine.rows(portalId, 'contact'))[0]).toMatchObject({ state: 'waiting', lane: 0 });
  });
});

describe('a destination that fails for five days', () => {
  async function failFor(days: number): Promise<void> {
    engine.deliver.contact = () => RETRY;
    for (let hours = 0; hours < days * 24; hours += 5) {
      if (hours % 20 === 0) await engine.accept(portalId, { personId: `psn_${1 + ((hours / 20) % 5)}` });
      await sweepDeliveries(engine.services);
      engine.pass(5 * 3_600_000);
    }
    await sweepDeliveries(engine.services);
  }
  const statesOf = async () => (await engine.rows(portalId, 'contact')).map((row) => row.state);

  test("is paused with a reason in the portal's language and an entry in the audit log; nothing is tried, nothing dies", async () => {
    await failFor(6);
    engine.calls = [];
    await engine.accept(portalId);
    await sweepDeliveries(engine.services);
    expect(engine.calls).toEqual([]);
    const rows = await engine.rows(portalId, 'contact');
    expect(rows.at(-1)).toMatchObject({ state: 'held', reason_code: 'destination_paused' });
    expect(rows.at(-1)?.reason).toContain('failed for five days');
    const audit = await withPortal(engine.t.db, portalId, (tx) =>
      tx.selectFrom('audit_log').select('action').execute(),
    );
    expect(audit.map((row) => row.action)).toEqual(['destination.paused']);
  });

  test('is tried again by replaying one delivery: it fails and is held again, it arrives and all others follow', async () => {
    await failFor(6);
    await engine.accept(portalId, { personId: 'psn_2' });
    await sweepDeliveries(engine.services);
    const probe = (await engine.rows(portalId, 'contact')).find((row) => row.state === 'held');
    engine.calls = [];
    await replayDelivery(engine.services, portalId, probe?.delivery_id ?? '');
    await sweepDeliveries(engine.services);
    engine.pass(60_000);
    await sweepDeliveries(engine.services);
    expect(engine.calls).toHaveLength(1);
    expect(await statesOf()).not.toContain('waiting');
    engine.deliver = {};
    await replayDelivery(engine.services, portalId, probe?.delivery_id ?? '');
    for (let n = 0; n < 8; n += 1) await sweepDeliveries(engine.services);
    expect(new Set(await statesOf())).toEqual(new Set(['dead', 'delivered']));
  });

  test('tells what awaits its end as well, which then holds up nothing later of the same person', async () => {
    engine.deliver.files = () => RETRY;
    for (let day = 0; day < 6; day += 1) {
      await engine.acceptFile(portalId, { personId: `psn_${1 + (day % 5)}` });
      for (let n = 0; n < 4; n += 1) {
        await sweepDeliveries(engine.services);
        engine.pass(6 * 3_600_000);
      }
    }
    const submissionId = await engine.acceptFile(portalId, { personId: 'psn_5' });
    await engine.accept(portalId, { personId: 'psn_5' });
    for (let n = 0; n < 3; n += 1) await sweepDeliveries(engine.services);
    const rows = await engine.rows(portalId, 'form-submission');
    const waiting = rows.find((row) => row.submission_id === submissionId);
    expect(waiting).toMatchObject({ state: 'waiting', reason_code: 'blocked' });
    expect(waiting?.reason).toContain('failed for five days');
    expect(rows.at(-1)).toMatchObject({ person_id: 'psn_5', state: 'delivered' });
  });

  test('is not paused when one submission in between arrived', async () => {
    await failFor(3);
    engine.deliver = {};
    await engine.accept(portalId, { personId: 'psn_5' });
    await sweepDeliveries(engine.services);
    await failFor(4);
    expect(await statesOf()).not.toContain('held');
  });
});

// A statement may take 20 s; the rows have to be written first, which a busy machine takes its time for.
test(
  'a backlog of 20,000 that appears at once is claimed batch by batch, long before a statement may time out',
  { timeout: 60_000 },
  async () => {
    const now = engine.now.toISOString();
    await withOwner(engine.t.ownerUrl, async (client) => {
      // Without checking 20,000 foreign keys, whose plan was made when the table was all but empty: that is not what is measured.
      await client.query("set session_replication_role = 'replica'; set search_path = flowella");
      await client.query(
        `insert into submissions (portal_id, submission_id, send_id, flow_id, version_id, form_id, form_revision, person_id,
         accepted_from, answers_hash, question_count, finished_at, accepted_at, destinations)
       select $1::bigint, 's' || n, 's' || n, 'flw_1', 'ver_1', 'frm_1', 'r1', 'psn_' || (n % 15000), 'endpoint',
         ''::bytea, 1, now(), now(), array['contact'] from generate_series(1, 20000) n`,
        [portalId],
      );
      await client.query(
        `insert into deliveries (portal_id, delivery_id, submission_id, destination, state, due_at, created_at, updated_at,
         person_id, contact_id)
       select $1::bigint, 'd' || n, 's' || n, 'contact', 'waiting', $2::timestamptz, now(), now(),
         'psn_' || (n % 15000), n % 15000 from generate_series(1, 20000) n`,
        [portalId, now],
      );
    });
    const claim = (): Promise<ClaimedDelivery[]> =>
      withPortal(engine.t.db, portalId, async (tx) => {
        // The connection may hold the plan of an attempt's foreign key from when the table was all but empty: PostgreSQL makes it anew
        // when it next gathers statistics, which a claim must do without.
        await sql`discard plans`.execute(tx);
        return claimDeliveries(tx, { portalId, destination: 'contact', now: engine.now, limit: 100 });
      });
    const seen = new Set<string>();
    for (let batch = 0; batch < 5; batch += 1) for (const { delivery } of await claim()) seen.add(delivery.delivery_id);
    expect(seen.size).toBe(500);
  },
);
