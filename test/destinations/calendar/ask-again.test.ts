import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../server/app-error.ts';
import { withPortal } from '../../../server/db/db.ts';
import { isBalanced, readBalance } from '../../../server/delivery/check-balance.ts';
import { claimDeliveries } from '../../../server/delivery/deliveries.ts';
import { replayDelivery } from '../../../server/delivery/replay-delivery.ts';
import { takeChoice } from '../../../server/delivery/take-choice.ts';
import { workDeliveries, type DeliveryServices } from '../../../server/delivery/work-deliveries.ts';
import { createCalendarDestination } from '../../../server/destinations/calendar/calendar-destination.ts';
import { createInvitationDestination } from '../../../server/destinations/calendar/invitation-destination.ts';
import { claimOffer, closeOffer } from '../../../server/destinations/calendar/offers.ts';
import type { SendTimes, SentTimes } from '../../../server/destinations/calendar/send-times.ts';
import { readTimeRow } from '../../../server/destinations/calendar/times-message.ts';
import type { Destination } from '../../../server/destinations/destination.ts';
import { bookMeeting, readAvailability } from '../../../server/hubspot/meetings.ts';
import { newId } from '../../../server/ids.ts';
import { acceptSubmission } from '../../../server/submissions/accept.ts';
import { deleteExpiredAnswers } from '../../../server/submissions/delete-expired-answers.ts';
import { viewSubmissions } from '../../../server/submissions/view-submissions.ts';
import { applyOfferStatuses } from '../../../server/whatsapp/apply-offer-statuses.ts';
import { eraseContact } from '../../../server/whatsapp/erase-contact.ts';
import { seedFlow } from '../../delivery/support/seed-flow.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { CONTACT_ID, mapping, startPortal, type Portal } from '../support/hubspot-portal.ts';

const WHERE = { link: 'rosa/first-call', minutes: 30, timeZone: 'Europe/Berlin' };
const HOUR_MS = 3_600_000;
let t: TestDatabase;
let portal: Portal;
let services: DeliveryServices;
let times: string[];
/** What was sent to Meta, and what it comes to from now on. */
let lists: Parameters<SendTimes>[0][];
let files: string[];
let meta: () => SentTimes;
let duringSend: () => Promise<void>;

const MAPPING = mapping({ calendar: { invitation: true } });
const contact: Destination = {
  kind: 'contact',
  dependsOn: null,
  batchSize: 10,
  wanted: () => true,
  check: async () => [],
  deliver: async (_context, items) => items.map(() => ({ kind: 'delivered', remoteId: '1', contactId: CONTACT_ID })),
};

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  portal = await startPortal(t);
  lists = [];
  files = [];
  meta = () => ({ kind: 'sent' });
  duringSend = async () => {};
  const sendTimes: SendTimes = async (o) => {
    const answer = meta();
    if (answer.kind !== 'sent') return answer;
    if (!(await o.claim())) return { kind: 'not-claimed' };
    lists.push(o);
    await duringSend();
    return answer;
  };
  services = {
    db: t.db,
    keys: t.keys,
    clock: portal.clock,
    log: pino({ level: 'silent' }),
    publicUrl: 'https://api.flowella.test',
    random: () => 0,
    hubspot: portal.client,
    wakeUps: { add: async () => {} },
    destinations: [
      contact,
      createCalendarDestination({ keys: t.keys, sendTimes }),
      createInvitationDestination({
        keys: t.keys,
        sendDocument: async ({ content }) => {
          files.push(content);
          return { kind: 'sent', messageId: null };
        },
      }),
    ],
  };
  await seedFlow(t, portal.portalId, { now: portal.clock.now(), mapping: MAPPING, persons: 2 });
  times = (await free()).starts;
});
afterEach(() => portal.close());

const where = () => ({ hubspot: portal.client, portalId: portal.portalId, priority: 'delivery' as const });
const free = () => readAvailability(where(), WHERE);
const time = (n: number): string => times[n] ?? '';
const appointment = (value: string) => ({ kind: 'appointment' as const, value, ...WHERE });

async function submit(value = time(3), locale = 'en'): Promise<string> {
  const now = portal.clock.now();
  const dataKey = await t.keys.dataKey(portal.portalId);
  const accepted = await withPortal(t.db, portal.portalId, (tx) =>
    acceptSubmission(
      tx,
      { wakeUps: services.wakeUps, destinations: services.destinations, dataKey, now },
      {
        portalId: portal.portalId,
        sendId: newId('send'),
        flowId: 'flw_1',
        versionId: 'ver_1',
        formId: 'frm_1',
        formRevision: 'r1',
        contactId: CONTACT_ID,
        personId: 'psn_1',
        mapping: MAPPING,
        answers: { [APPOINTMENT.time]: appointment(value) },
        acceptedFrom: 'endpoint',
        locale,
        openedAt: now,
        screens: null,
        finishedAt: now,
      },
    ),
  );
  return accepted.submissionId;
}
async function work(): Promise<void> {
  for (const kind of ['contact', 'calendar', 'invitation'] as const)
    await workDeliveries(services, portal.portalId, kind);
}
/** Somebody else books a time on the link's own page. */
async function takeAway(...values: string[]): Promise<void> {
  const person = { email: 'bob@acme.test', firstName: 'Bob', lastName: '-' };
  for (const start of values)
    await bookMeeting(where(), { ...WHERE, start, locale: null, person, userIds: (await free()).userIds });
}
const rowOf = (submissionId: string, destination = 'calendar') =>
  withPortal(t.db, portal.portalId, (tx) =>
    tx
      .selectFrom('deliveries')
      .selectAll()
      .where('submission_id', '=', submissionId)
      .where('destination', '=', destination)
      .executeTakeFirstOrThrow(),
  );
const offers = () =>
  withPortal(t.db, portal.portalId, (tx) =>
    tx.selectFrom('appointment_offers').selectAll().orderBy('created_at').orderBy('number').execute(),
  );
const rowIds = (list = lists.at(-1)) => list?.message.sections.flatMap(({ rows }) => rows.map(({ id }) => id)) ?? [];
/** What the webhook does once the sender is known. */
async function tap(submissionId: string, rowId: string, tappedAt = portal.clock.now()): Promise<void> {
  const row = readTimeRow(rowId);
  if (!row) throw new Error('no row of ours');
  const dataKey = await t.keys.dataKey(portal.portalId);
  const tools = { wakeUps: services.wakeUps, now: portal.clock.now() };
  const choice = { portalId: portal.portalId, submissionId, ...row, tappedAt, dataKey };
  await withPortal(t.db, portal.portalId, (tx) => takeChoice(tx, tools, choice));
}
const statusOf = (status: string, code?: number) =>
  withPortal(t.db, portal.portalId, (tx) =>
    applyOfferStatuses(tx, { wakeUps: services.wakeUps, now: portal.clock.now() }, portal.portalId, [
      {
        id: 'wamid.1',
        status,
        timestamp: portal.clock.now(),
        biz_opaque_callback_data: lists.at(-1)?.offerId,
        ...(code === undefined ? {} : { errors: [{ code }] }),
      },
    ]),
  );
const meetings = async (): Promise<string[]> =>
  (await portal.contact(CONTACT_ID)).timeline.flatMap((one) =>
    one.kind === 'meeting' ? [(one.properties as { hs_meeting_start_time: string }).hs_meeting_start_time] : [],
  );
const waitsForALock = async (): Promise<boolean> => {
  const asking = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  return (await t.pool.query(asking)).rows.length > 0;
};
const replay = (deliveryId: string) => replayDelivery(services, portal.portalId, deliveryId);
const unbalanced = async () =>
  (await readBalance(t.db)).filter((one) => one.portalId === portal.portalId && !isBalanced(one));

/** A submission whose time was taken, and whose person was asked. */
async function asked(locale = 'en', wish = time(3)): Promise<string> {
  const submissionId = await submit(wish, locale);
  await takeAway(wish);
  await work();
  return submissionId;
}

describe('the person is asked', () => {
  test('by one list of the ten nearest free times, by day, in the language and the time zone of the flow', async () => {
    const submissionId = await asked('de');
    expect(lists).toHaveLength(1);
    const { message, offerId } = lists[0]!;
    expect(message).toMatchObject({ body: flowWords('de').times.taken, button: 'Zeit wählen' });
    const rows = message.sections.flatMap((section) => section.rows);
    expect(rows).toHaveLength(10);
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_, index) => `${offerId}.${index}`));
    const [offer] = await offers();
    expect(offer?.starts).not.toContain(time(3));
    const inBerlin = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' });
    expect(rows.map(({ title }) => title)).toEqual(
      (offer?.starts as string[]).map((start) => inBerlin.format(new Date(start))),
    );
    expect(rows[0]?.description).toMatch(/^\p{L}{2}\.?, \d+\. \p{L}+ · Mitteleuropäische Zeit \(MEZ\)$|GMT/u);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
    expect((await rowOf(submissionId)).reason).toContain('We asked the person for another time');
    expect(await unbalanced()).toEqual([]);
    expect(await meetings()).toEqual([]);
  });

  test('the tapped time is booked, its calendar file sent, and what was submitted stays beside it', async () => {
    const submissionId = await asked();
    await tap(submissionId, rowIds()[4]!);
    await work();
    const [offer] = await offers();
    const start = (offer?.starts as string[])[4];
    expect(await meetings()).toEqual([start]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered', reason: null });
    expect(files).toHaveLength(1);
    expect(files[0]).toContain(`DTSTART:${start?.replace(/[-:]|\.\d{3}/g, '')}`);
    expect(lists).toHaveLength(1);
    expect(await unbalanced()).toEqual([]);
    // The chosen time is an answer: sealed, with a key of its own.
    expect(JSON.stringify(await offers())).not.toContain('Europe/Berlin');
  });

  test('nobody else waits for it: what the person submits meanwhile is booked', async () => {
    const first = await asked();
    const second = await submit(time(6));
    await work();
    expect(await rowOf(second)).toMatchObject({ state: 'delivered' });
    expect(await rowOf(first)).toMatchObject({ state: 'waiting' });
  });

  test('once: a look before the time, a replay and a killed worker send no second list', async () => {
    const submissionId = await asked();
    const { delivery_id: id } = await rowOf(submissionId);
    await replay(id);
    await work();
    portal.clock.advance(HOUR_MS);
    await replay(id);
    await work();
    expect(lists).toHaveLength(1);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
  });

  test.each(['meta_outcome_unknown', 'meta_answer_unreadable'])(
    'a list that may have arrived (%s) is not sent again, and its answer counts',
    async (code) => {
      duringSend = () => Promise.reject(new AppError(code));
      const submissionId = await asked();
      expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
      expect((await rowOf(submissionId)).reason).toContain('whether the message arrived is not known');
      await statusOf('delivered');
      expect(await offers()).toMatchObject([{ state: 'sent' }]);
      await tap(submissionId, rowIds()[0]!);
      await work();
      expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
      expect(lists).toHaveLength(1);
    },
  );

  test('a process that dies while it sends leaves a list that counts as perhaps arrived', async () => {
    const submissionId = await submit();
    await takeAway(time(3));
    duringSend = () => {
      // What a dead process leaves: the row, claimed, and nobody who writes what came of it.
      throw new Error('killed');
    };
    await work();
    expect(await offers()).toMatchObject([{ state: 'sending' }]);
    duringSend = async () => {};
    portal.clock.advance(2 * 60_000);
    await work();
    expect(await offers()).toMatchObject([{ state: 'unknown' }]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
    expect(lists).toHaveLength(1);
  });

  test('a choice that comes before the worker has heard from Meta is not lost', async () => {
    let submissionId = '';
    duringSend = () => tap(submissionId, rowIds()[0]!);
    submissionId = await submit();
    await takeAway(time(3));
    await work();
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
    expect(await meetings()).toHaveLength(1);
  });

  test('a choice that comes in the moment in which a worker takes the booking up is booked by it at once', async () => {
    const submissionId = await asked();
    const later = new Date(portal.clock.now().getTime() + 24 * HOUR_MS);
    const line = { portalId: portal.portalId, destination: 'calendar' as const, now: later, limit: 1 };
    const tapping = await withPortal(t.db, portal.portalId, async (tx) => {
      expect(await claimDeliveries(tx, line)).toHaveLength(1);
      const tapped = tap(submissionId, rowIds()[0]!);
      await until(waitsForALock);
      return { tapped };
    });
    await tapping.tapped;
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivering', asked_again: true });
  });

  test.each([
    ['meta_unavailable', 'waiting', 'slot_later'],
    ['meta_opted_out', 'dead', 'slot_opted_out'],
    ['meta_token_invalid', 'dead', 'slot_account'],
    ['meta_bad_parameter', 'dead', 'slot_refused'],
  ])('%s: nothing was sent, the delivery is %s and says so (%s)', async (code, state, reasonCode) => {
    duringSend = () => Promise.reject(new AppError(code));
    expect(await rowOf(await asked())).toMatchObject({ state, reason_code: reasonCode });
    expect(await offers()).toEqual([]);
  });

  test('within a minute of the submission the reply that opens the chat is waited for; then the window is closed', async () => {
    meta = () => ({ kind: 'window-closed' });
    const submissionId = await asked();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_window_opens' });
    portal.clock.advance(61_000);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_window_closed' });
    expect(lists).toEqual([]);
  });

  test.each([
    ['opted-out', 'slot_opted_out'],
    ['account', 'slot_account'],
  ] as const)('who may not be written to (%s) is not, and the rep is told', async (kind, reasonCode) => {
    meta = () => ({ kind });
    expect(await rowOf(await asked())).toMatchObject({ state: 'dead', reason_code: reasonCode });
    expect(lists).toEqual([]);
  });

  test('where no other time is free nobody is asked', async () => {
    const submissionId = await submit();
    services.hubspot = {
      call: async (portalId, request) => {
        if (!request.path.includes('availability')) return portal.client.call(portalId, request);
        return request.schema.parse({ allUsersBusyTimes: [] });
      },
    };
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_none_free' });
    expect(lists).toEqual([]);
    expect(await unbalanced()).toEqual([]);
  });
});

describe('a choice counts', () => {
  test('once: what is tapped again, or beside it, changes nothing', async () => {
    const submissionId = await asked();
    const [first = '', second = ''] = rowIds();
    await Promise.all([tap(submissionId, first), tap(submissionId, first)]);
    await tap(submissionId, second);
    await work();
    await tap(submissionId, second);
    await work();
    const [offer] = await offers();
    expect(await meetings()).toEqual([(offer?.starts as string[])[0]]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
  });

  test('in the newest list alone: one that is taken again makes a new list, and the old one is no use', async () => {
    const submissionId = await asked();
    const [old = '', other = ''] = rowIds();
    const [offer] = await offers();
    await takeAway((offer?.starts as string[])[0]!);
    await tap(submissionId, old);
    await work();
    expect(lists).toHaveLength(2);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
    await tap(submissionId, other);
    await work();
    expect(await meetings()).toEqual([]);
    await tap(submissionId, rowIds()[1]!);
    await work();
    expect(await meetings()).toHaveLength(1);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
  });

  test('at most three times: then a person must help', async () => {
    const submissionId = await asked();
    for (let n = 1; n <= 3; n += 1) {
      expect(lists).toHaveLength(n);
      await takeAway(((await offers())[n - 1]?.starts as string[])[0]!);
      await tap(submissionId, rowIds()[0]!);
      await work();
    }
    expect(lists).toHaveLength(3);
    const row = await rowOf(submissionId);
    expect(row).toMatchObject({ state: 'dead', reason_code: 'slot_taken_often' });
    await replay(row.delivery_id);
    await work();
    expect(lists).toHaveLength(3);
    expect(await unbalanced()).toEqual([]);
  });

  test('in time: after a day it is over, which is said, and a late tap books nothing', async () => {
    const submissionId = await asked('en', times.at(-20));
    const offered = rowIds()[9]!;
    portal.clock.advance(24 * HOUR_MS + 1_000);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_not_chosen' });
    await tap(submissionId, offered);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_not_chosen' });
    expect(await meetings()).toEqual([]);
    expect(await unbalanced()).toEqual([]);
  });

  test('one that was tapped in time counts, although its webhook comes late', async () => {
    const submissionId = await asked('en', times.at(-20));
    const tappedAt = new Date(portal.clock.now().getTime() + HOUR_MS);
    portal.clock.advance(24 * HOUR_MS + 1_000);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_not_chosen' });
    await tap(submissionId, rowIds()[0]!, tappedAt);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
  });

  test('a replay asks once more, and never books the time that the person was told is gone', async () => {
    const submissionId = await asked();
    portal.clock.advance(24 * HOUR_MS + 1_000);
    await work();
    await replay((await rowOf(submissionId)).delivery_id);
    await work();
    expect(lists).toHaveLength(2);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'waiting', reason_code: 'slot_asked' });
    expect(await meetings()).toEqual([]);
  });

  test('a worker that died after it had closed the list sends no second one: nobody asked for it', async () => {
    const submissionId = await asked();
    await statusOf('failed', 131_026);
    // What it had done when it died: its attempt had begun, and the list was closed.
    const own = { submission_id: submissionId, destination: 'calendar' };
    await withPortal(t.db, portal.portalId, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ tried_since: portal.clock.now() })
        .where((eb) => eb.and(own))
        .execute(),
    );
    portal.clock.advance(1_000);
    const [offer] = await offers();
    await closeOffer({ ...services, portalId: portal.portalId }, offer?.offer_id ?? '');
    await work();
    expect(lists).toHaveLength(1);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_not_arrived' });
  });

  test('a tap that is taken while another list is being made comes first: that list is not sent', async () => {
    const submissionId = await asked();
    const [before] = await offers();
    await tap(submissionId, rowIds()[0]!);
    const next = { offerId: newId('timeOffer'), submissionId, number: 2, starts: [time(5)], expiresAt: new Date() };
    const claimer = { ...services, portalId: portal.portalId };
    expect(await claimOffer(claimer, { ...next, before: before ?? null })).toBe(false);
    const [tapped] = await offers();
    expect(await claimOffer(claimer, { ...next, before: tapped ?? null })).toBe(true);
  });

  test('a tap after the appointment was booked another way changes nothing', async () => {
    const submissionId = await asked();
    await withPortal(t.db, portal.portalId, (tx) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'delivered', reason_code: null, reason: null })
        .where('submission_id', '=', submissionId)
        .where('destination', '=', 'calendar')
        .execute(),
    );
    await tap(submissionId, rowIds()[0]!);
    expect(await offers()).toMatchObject([{ chosen_at: null }]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
  });

  test('a list that WhatsApp did not deliver ends the waiting at once', async () => {
    const submissionId = await asked();
    await statusOf('failed', 131_026);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'dead', reason_code: 'slot_not_arrived' });
    expect((await rowOf(submissionId)).reason).toContain('meta:131026');
  });

  test('a lost answer to the booking is looked up at the chosen time, and not booked twice', async () => {
    const submissionId = await asked();
    await tap(submissionId, rowIds()[2]!);
    await portal.fault({ route: 'POST /scheduler/2026-09/meetings/meeting-links/book', kind: 'timeout-after-success' });
    await work();
    portal.clock.advance(60_000);
    await work();
    const [offer] = await offers();
    expect(await meetings()).toEqual([(offer?.starts as string[])[2]]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'delivered' });
  }, 30_000);
});

describe('who is erased', () => {
  const erase = () => eraseContact({ ...services }, portal.portalId, CONTACT_ID);

  test('is not asked, also when the erasure comes between the look and the message', async () => {
    const submissionId = await submit();
    await takeAway(time(3));
    await workDeliveries(services, portal.portalId, 'contact');
    meta = () => {
      throw new AppError('meta_unavailable');
    };
    await work();
    await erase();
    meta = () => ({ kind: 'sent' });
    portal.clock.advance(HOUR_MS);
    await work();
    expect(lists).toEqual([]);
    expect(await rowOf(submissionId)).toMatchObject({ state: 'cancelled' });
  });

  test('leaves no list behind, and a tap of theirs does nothing', async () => {
    const submissionId = await asked();
    const [row = ''] = rowIds();
    await erase();
    expect(await offers()).toEqual([]);
    await tap(submissionId, row);
    await work();
    expect(await rowOf(submissionId)).toMatchObject({ state: 'cancelled' });
    expect(await meetings()).toEqual([]);
  });
});

test('the lists go with the answers by retention', async () => {
  const submissionId = await asked();
  await tap(submissionId, rowIds()[0]!);
  await work();
  await withPortal(t.db, portal.portalId, (tx) =>
    tx
      .updateTable('flows')
      .set({ retention: JSON.stringify({ kind: 'days', days: 1 }) })
      .execute(),
  );
  portal.clock.advance(49 * HOUR_MS);
  expect(await deleteExpiredAnswers(services, portal.portalId)).toBe(1);
  expect(await offers()).toEqual([]);
});

test('the card says what was submitted and what is booked instead, and names no next try while the person chooses', async () => {
  const submissionId = await asked();
  const design = {
    appointment: {
      ...WHERE,
      name: 'First call',
      zone: 'account',
      label: 'When?',
      wishLabel: 'Which day?',
      noTimes: 'None.',
    },
  };
  await withPortal(t.db, portal.portalId, async (tx) => {
    await tx
      .updateTable('flow_versions')
      .set({ design: JSON.stringify(design) })
      .execute();
    const { send_id } = await tx.selectFrom('submissions').select('send_id').executeTakeFirstOrThrow();
    const at = portal.clock.now();
    await tx
      .insertInto('sends')
      .values({
        portal_id: String(portal.portalId),
        send_id,
        flow_id: 'flw_1',
        version_id: 'ver_1',
        person_id: 'psn_1',
        contact_id: CONTACT_ID,
        phone_number_id: '1',
        recipient_key: 'r',
        channel: 'card',
        way: 'interactive',
        state: 'delivered',
        token_expires_at: at,
        created_at: at,
      } as never)
      .execute();
  });
  const view = async () => {
    const o = { portalId: portal.portalId, contactId: CONTACT_ID, language: 'en' as const, appUrl: 'https://app.test' };
    const [shown] = (await viewSubmissions({ db: t.db, keys: t.keys }, o)).submissions;
    const calendar = shown?.deliveries.find(({ destination }) => destination === 'calendar');
    return { answers: shown?.answers, calendar };
  };
  expect((await view()).calendar).toMatchObject({ state: 'waiting', dueAt: null });
  await tap(submissionId, rowIds()[0]!);
  expect((await view()).answers?.map(({ label }) => label)).toEqual(['When?', 'Chosen instead; being booked']);
  await work();
  const { answers = [] } = await view();
  expect(answers?.map(({ label }) => label)).toEqual(['When?', 'Booked instead']);
  expect(answers?.[0]?.value).not.toBe(answers?.[1]?.value);
});
