import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findAlertTask } from '../../server/alerts/alert-task.ts';
import { chooseAlertWays } from '../../server/alerts/choose-ways.ts';
import { describeAlerts } from '../../server/alerts/describe-alert.ts';
import { viewAlerts } from '../../server/alerts/view-alerts.ts';
import { lookAtBalance } from '../../server/alerts/read-conditions.ts';
import { workNotices } from '../../server/alerts/work-notices.ts';
import { changeWebhook } from '../../server/destinations/webhook/webhooks.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { HOUR_MS, MINUTE_MS, startAlertWorld, type AlertWorld } from './support/alert-world.ts';

let t: TestDatabase;
let world: AlertWorld;
beforeAll(async () => {
  t = await testDatabase({ poolSize: 8 });
});
afterAll(() => t.close());
beforeEach(async () => {
  world = await startAlertWorld(t);
  await world.choose({ webhookId: world.webhookId, task: true });
});
afterEach(() => world.close());

test('a storm of 10,000 dead deliveries is one alert with a count, one call of the webhook and one task', async () => {
  await world.submissions(10_000, 'dead');
  await Promise.all([world.look(), world.look(), world.look()]);
  await Promise.all([world.tell(), world.tell(), world.tell()]);
  const alerts = await world.alerts();
  expect(alerts.map((alert) => [alert.kind, alert.subject, alert.amount])).toEqual([
    ['deliveries_dead', 'contact', '10000'],
  ]);
  expect(world.events()).toMatchObject([
    {
      type: 'alert.opened',
      data: {
        kind: 'deliveries_dead',
        count: 10_000,
        message: expect.stringContaining('10,000 submissions') as string,
      },
    },
  ]);
  const tasks = await world.tasks();
  expect(tasks).toHaveLength(1);
  expect(tasks[0]?.properties).toMatchObject({ hs_task_status: 'NOT_STARTED', hs_task_priority: 'HIGH' });
});

test('while it lasts and grows there is one reminder a day, for two weeks', async () => {
  await world.submissions(5, 'dead');
  for (let hour = 0; hour < 24 * 20; hour += 1) {
    if (hour < 100) await world.submissions(3, 'dead', 5 + hour * 3);
    await world.round();
    world.clock.advance(HOUR_MS);
  }
  const types = world.types();
  expect(types.filter((type) => type === 'alert.opened')).toHaveLength(1);
  expect(types.filter((type) => type === 'alert.reminded')).toHaveLength(14);
  expect(types).toHaveLength(15);
  expect(await world.tasks()).toHaveLength(1);
}, 60_000);

test('when it is mended the customer is told once, the task is completed, and then it is quiet', async () => {
  await world.submissions(2, 'dead');
  await world.round();
  await world.replayAll();
  await world.round();
  expect(world.types()).toEqual(['alert.opened']);
  world.clock.advance(6 * MINUTE_MS);
  await world.round();
  expect(world.types()).toEqual(['alert.opened', 'alert.mended']);
  expect(world.events()[1]?.data).toMatchObject({ what_to_do: null, mended_at: world.clock.now().toISOString() });
  expect((await world.tasks()).map((task) => task.properties.hs_task_status)).toEqual(['COMPLETED']);
  for (let day = 0; day < 5; day += 1) {
    world.clock.advance(24 * HOUR_MS);
    await world.round();
  }
  expect(world.types()).toHaveLength(2);
});

test('what comes and goes all day is no storm', async () => {
  for (let minute = 0; minute < 24 * 60; minute += 2) {
    if (minute % 20 === 0) await world.submissions(1, 'dead', minute);
    if (minute % 20 === 10) await world.replayAll();
    await world.round();
    world.clock.advance(2 * MINUTE_MS);
  }
  const notices = (await world.notices()).filter((notice) => notice.way === 'webhook');
  expect(notices.length).toBeGreaterThan(2);
  expect(notices.length).toBeLessThan(20);
}, 60_000);

test('somebody who has seen it hears no more of it until more of it happens', async () => {
  await world.submissions(2, 'dead');
  await world.round();
  world.clock.advance(HOUR_MS);
  const quiet = world.clock.now();
  await world.inPortal((tx) =>
    tx.updateTable('alerts').set({ quiet_at: quiet }).where('portal_id', '=', String(world.portalId)).execute(),
  );
  world.clock.advance(48 * HOUR_MS);
  await world.round();
  expect(world.types()).toEqual(['alert.opened']);
  await world.submissions(1, 'dead', 2);
  await world.round();
  expect(world.types()).toEqual(['alert.opened', 'alert.reminded']);
});

test('a task whose answer was lost is found again and not made twice', async () => {
  await world.choose({ task: true });
  await world.portal.fault({ route: 'POST /crm/objects/2026-09/tasks$', kind: 'timeout-after-success' });
  await world.submissions(1, 'dead');
  await world.round();
  expect((await world.notices()).map((notice) => [notice.state, notice.maybe_done])).toEqual([['waiting', true]]);
  await world.tell();
  world.clock.advance(3 * MINUTE_MS);
  await world.tell();
  const [alert] = await world.alerts();
  const tasks = await world.tasks();
  expect(tasks.map((task) => task.id)).toEqual([alert?.task_id]);
  expect((await world.notices()).map((notice) => notice.state)).toEqual(['sent']);
}, 30_000);

test('a task that was not made after all is made by the next try', async () => {
  await world.choose({ task: true });
  await world.portal.fault({ route: 'POST /crm/objects/2026-09/tasks$', kind: 'drop' });
  await world.submissions(1, 'dead');
  await world.round();
  world.clock.advance(3 * MINUTE_MS);
  await world.tell();
  expect(await world.tasks()).toHaveLength(1);
});

test('a process that dies after the task was made leaves one task', async () => {
  await world.choose({ task: true });
  await world.submissions(1, 'dead');
  await world.round();
  // As the row stood when the process died: claimed, nothing recorded.
  await world.inPortal(async (tx) => {
    await sql`update alert_notices set state = 'waiting', settled_at = null where portal_id = ${world.portalId}`.execute(
      tx,
    );
    await sql`update alerts set task_id = null where portal_id = ${world.portalId}`.execute(tx);
  });
  world.clock.advance(3 * MINUTE_MS);
  await world.tell();
  expect(await world.tasks()).toHaveLength(1);
  const [alert] = await world.alerts();
  expect(alert?.task_id).toBe((await world.tasks())[0]?.id);
});

test('what one process is slow with, another does once: no second task, and the slow one decides nothing', async () => {
  await world.submissions(1, 'dead');
  await world.look();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const slow: typeof world.services.safeFetch = async () => {
    asked();
    await held;
    return { kind: 'lost', why: 'deadline' };
  };
  const slowProcess = workNotices({ ...world.services, safeFetch: slow }, world.portalId);
  await isAsked;
  world.clock.advance(3 * MINUTE_MS);
  await world.tell();
  release();
  await slowProcess;
  expect(await world.tasks()).toHaveLength(1);
  expect((await world.notices()).map((notice) => notice.state)).toEqual(['sent', 'sent']);
  expect(world.types()).toEqual(['alert.opened']);
});

test('a receiver that is down gets the notice later under the same webhook-id', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.receiver.fault({ hook: 'pager', kind: 'status', status: 503, times: 2 });
  await world.submissions(1, 'dead');
  await world.round();
  for (let n = 0; n < 3; n += 1) {
    world.clock.advance(MINUTE_MS);
    await world.tell();
  }
  const ids = world.receiver.calls().map((call) => call.id);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(1);
  expect(world.types()).toEqual(['alert.opened']);
});

test('a notice that nobody takes is given up after a day, with its reason, and stops nothing behind it', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.receiver.fault({ hook: 'pager', kind: 'status', status: 500, times: 1_000 });
  await world.submissions(1, 'dead');
  for (let hour = 0; hour < 30; hour += 1) {
    await world.round();
    world.clock.advance(HOUR_MS);
  }
  const [first] = await world.notices();
  expect(first).toMatchObject({ event: 'opened', state: 'given_up', reason_code: 'webhook_unavailable' });
});

test('a receiver that is gone is switched off, as with submissions', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.receiver.fault({ hook: 'pager', kind: 'status', status: 410, times: 1 });
  await world.submissions(1, 'dead');
  await world.round();
  expect((await world.notices())[0]).toMatchObject({ state: 'given_up', reason_code: 'webhook_gone' });
  await world.look();
  expect((await world.alerts()).map((alert) => alert.kind)).toContain('webhook_gone');
});

test('who was never told of an alert is not told that it is over', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.submissions(1, 'dead');
  await world.look();
  await world.replayAll();
  world.clock.advance(6 * MINUTE_MS);
  expect(await world.look()).toMatchObject({ mended: 1 });
  await world.tell();
  expect(world.types()).toEqual([]);
});

test('a way that is chosen later hears of what is open, one that was given up hears nothing more', async () => {
  await world.choose({});
  await world.submissions(1, 'dead');
  await world.round();
  expect(await world.notices()).toEqual([]);
  await world.choose({ webhookId: world.webhookId });
  world.clock.advance(MINUTE_MS);
  await world.round();
  expect(world.types()).toEqual(['alert.opened']);
  await world.choose({});
  world.clock.advance(25 * HOUR_MS);
  await world.round();
  expect(world.types()).toEqual(['alert.opened']);
});

test('one portal sees nothing of another one’s alerts', async () => {
  const other = await startAlertWorld(t);
  await world.submissions(1, 'dead');
  await world.look();
  await other.look();
  expect(await other.alerts()).toEqual([]);
  expect(await other.conditions()).toEqual([]);
  await other.close();
});

test('what is told of an alert and what is measured holds nothing of any person', async () => {
  await world.submissions(3, 'dead');
  await world.round();
  const told = JSON.stringify([world.receiver.calls(), await world.tasks(), await world.alerts()]);
  expect(told).toContain('3 submissions');
  expect(told).not.toMatch(/Lovelace|49151|psn_|sub_|dlv_|snd_|501/);
  const metrics = await world.services.metrics.registry.metrics();
  expect(metrics).toContain('flowella_alert_notices_total{event="opened",way="webhook",outcome="sent"} 1');
  expect(metrics).not.toMatch(new RegExp(`alr_|ntc_|flw_|wac_|${world.portalId}`));
});

test('names with markup reach a task as text', async () => {
  await world.choose({ task: true });
  await world.inPortal((tx) =>
    sql`update flows set name = '<img src=x onerror=alert(1)>', state = 'paused', state_reason = 'blocked' where portal_id = ${world.portalId}`.execute(
      tx,
    ),
  );
  await world.round();
  const [task] = await world.tasks();
  expect(task?.properties.hs_task_body).not.toContain('<img');
  expect(task?.properties.hs_task_body).toContain('&lt;img');
});

test('books that do not add up are an alert of their own, found by the look at the balance alone', async () => {
  await world.submissions(1, 'dead');
  await world.inPortal((tx) =>
    sql`update submissions set destinations = array['contact', 'timeline'] where portal_id = ${world.portalId}`.execute(
      tx,
    ),
  );
  expect((await world.conditions()).map((one) => one.kind)).toEqual(['deliveries_dead']);
  const { byPortal } = await lookAtBalance(t.db);
  expect(byPortal.get(world.portalId)).toMatchObject([{ kind: 'balance_broken', subject: 'timeline' }]);
});

test('a webhook that was switched off by hand is not called for alerts either', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.inPortal((tx) =>
    changeWebhook(tx, world.webhookServices, world.portalId, world.webhookId, { state: 'off' }, 'en'),
  );
  await world.submissions(1, 'dead');
  await world.round();
  expect(world.receiver.calls()).toEqual([]);
  expect((await world.notices())[0]).toMatchObject({ state: 'given_up', reason_code: 'webhook_off' });
});

test('a task is found among many of the same hour', async () => {
  await world.choose({ task: true });
  await world.submissions(1, 'dead');
  await world.round();
  const alerts = await world.inPortal(async (tx) =>
    describeAlerts(tx, world.portalId, await tx.selectFrom('alerts').selectAll().execute(), 'en'),
  );
  const [alert] = alerts;
  if (!alert) throw new Error('no alert');
  const where = { hubspot: world.portal.client, portalId: world.portalId };
  expect(await findAlertTask(where, alert)).toBe((await world.tasks())[0]?.id);
  expect(await findAlertTask(where, { ...alert, alertId: 'alr_of_nobody' })).toBeNull();
});

test('the page reads its language, the weightiest first', async () => {
  await world.submissions(2, 'dead');
  await world.inPortal((tx) =>
    sql`update wa_accounts set token_state = 'valid', token_expires_at = ${new Date(world.clock.now().getTime() + 36 * HOUR_MS)} where portal_id = ${world.portalId}`.execute(
      tx,
    ),
  );
  await world.look();
  const page = await viewAlerts(world.services, world.portalId, 'de');
  expect(page.open.map((alert) => [alert.severity, alert.title])).toEqual([
    ['now', 'Einsendungen wurden nicht zugestellt'],
    ['soon', 'Das Zugriffstoken von Meta endet bald'],
  ]);
  expect(page.open[1]?.happened).toContain('in 1 Tag');
  expect(page.ways.webhooks).toEqual([{ webhookId: world.webhookId, name: 'Pager', state: 'on' }]);
});

test('the page says when the last notice did not arrive', async () => {
  await world.choose({ webhookId: world.webhookId });
  await world.receiver.fault({ hook: 'pager', kind: 'status', status: 404, times: 1 });
  await world.submissions(1, 'dead');
  await world.round();
  const page = await viewAlerts(world.services, world.portalId, 'en');
  expect(page.ways.problem).toMatch(/did not reach your webhook/);
});

test('tasks become those of the person who chose them, where HubSpot knows that person as an owner', async () => {
  const services = { ...world.webhookServices, hubspot: world.portal.client };
  await chooseAlertWays(services, world.portalId, { webhookId: null, task: true, userId: 7, language: 'en' });
  // The sample user is no owner: the task is made all the same.
  expect((await viewAlerts(world.services, world.portalId, 'en')).ways).toMatchObject({
    task: true,
    taskHasOwner: false,
  });
  await world.submissions(1, 'dead');
  await world.round();
  expect(await world.tasks()).toHaveLength(1);
});

test('when HubSpot is disconnected the webhook still tells; the task waits for a day and is given up', async () => {
  await world.inPortal((tx) =>
    sql`update portals set state = 'disconnected' where portal_id = ${world.portalId}`.execute(tx),
  );
  await world.inPortal((tx) => sql`delete from hubspot_tokens where portal_id = ${world.portalId}`.execute(tx));
  await world.round();
  expect(world.events()).toMatchObject([{ type: 'alert.opened', data: { kind: 'hubspot_disconnected' } }]);
  for (let hour = 0; hour < 26; hour += 1) {
    world.clock.advance(HOUR_MS);
    await world.tell();
  }
  const task = (await world.notices()).find((notice) => notice.way === 'task');
  expect(task).toMatchObject({ state: 'given_up', reason_code: 'portal_disconnected' });
});
