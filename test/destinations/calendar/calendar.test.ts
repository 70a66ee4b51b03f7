import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { AppointmentDesign } from '@flowella/shared/form/design.ts';
import { z } from 'zod';
import { createCalendarDestination } from '../../../server/destinations/calendar/calendar-destination.ts';
import { localDay } from '../../../server/destinations/calendar/free-times.ts';
import type { DeliveryItem, Destination } from '../../../server/destinations/destination.ts';
import { readAvailability } from '../../../server/hubspot/meetings.ts';
import { updateObject } from '../../../server/hubspot/objects.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { CONTACT_ID, deliveryItem, EVERY_ANSWER, startPortal, type Portal } from '../support/hubspot-portal.ts';

const LINK = 'rosa/first-call';
const TIME_ZONE = 'Europe/Berlin';
let database: TestDatabase;
let portal: Portal;
let times: string[];
let destination: Destination;

beforeAll(async () => {
  database = await testDatabase();
  // Nobody can be asked for another time here: `ask-again.test.ts` asks.
  const sendTimes = () => Promise.resolve({ kind: 'window-closed' as const });
  destination = createCalendarDestination({ keys: database.keys, sendTimes });
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database, {
    meetingLinks: [
      {
        id: '82',
        slug: 'rosa/strict',
        name: 'Strict',
        organizerUserId: 1_071,
        userIds: [1_071],
        minutes: [15],
        formFields: [{ name: 'company', label: 'Company', isRequired: true }],
        legalConsentEnabled: true,
      },
    ],
  });
  times = (await availability()).starts;
});
afterEach(() => portal.close());

const where = () => ({ hubspot: portal.client, portalId: portal.portalId, priority: 'delivery' as const });
const availability = () => readAvailability(where(), { link: LINK, minutes: 30, timeZone: TIME_ZONE });
const time = (n: number): string => times[n] ?? '';
function item(start: string, overrides: Partial<DeliveryItem> = {}): DeliveryItem {
  const answer = { kind: 'appointment' as const, value: start, minutes: 30, timeZone: TIME_ZONE, link: LINK };
  const day = { kind: 'date' as const, value: localDay(start, TIME_ZONE) };
  return deliveryItem(portal, {
    answers: { ...EVERY_ANSWER, [APPOINTMENT.day]: day, [APPOINTMENT.time]: answer },
    ...overrides,
  });
}
const deliver = (...items: DeliveryItem[]) => destination.deliver(portal.context, items);
const entry = z.object({ kind: z.string(), properties: z.record(z.string(), z.string()) });
const meetings = async (id = CONTACT_ID) =>
  z
    .array(entry)
    .parse((await portal.contact(id)).timeline)
    .filter(({ kind }) => kind === 'meeting')
    .map(({ properties }) => properties.hs_meeting_start_time);
const BOOK = 'POST /scheduler/2026-09/meetings/meeting-links/book';
const bookings = async () => (await portal.calls()).filter((call) => call === BOOK).length;

describe('booking the chosen time', () => {
  test('makes a meeting on the contact, and the time is offered no more', async () => {
    expect(await deliver(item(time(3)))).toMatchObject([
      { kind: 'delivered', remoteId: expect.stringMatching(/^evt_/) },
    ]);
    expect(await meetings()).toEqual([time(3)]);
    expect((await availability()).starts).not.toContain(time(3));
    expect((await portal.contact(CONTACT_ID)).properties.email).toBe('ada@acme.test');
  });

  test('a meeting that was called off is not taken for the one that was lost on its way', async () => {
    await deliver(item(time(0)));
    const [called] = z
      .array(entry.extend({ id: z.coerce.string() }))
      .parse((await portal.contact(CONTACT_ID)).timeline.filter((one) => entry.parse(one).kind === 'meeting'));
    await updateObject(where(), 'meetings', called?.id ?? '', { hs_meeting_outcome: 'CANCELED' });
    const again = item(time(0));
    await portal.fault({ route: BOOK, kind: 'drop' });
    expect(await deliver(again)).toMatchObject([{ kind: 'unknown' }]);
    expect(await destination.readBack?.(portal.context, { ...again, attempt: 2 })).toBeNull();
    expect(await deliver({ ...again, attempt: 2 })).toMatchObject([
      { kind: 'delivered', remoteId: expect.stringMatching(/^evt_/) },
    ]);
    expect(await meetings()).toEqual([time(0), time(0)]);
    // The one that stands is found beside the one that does not.
    expect(await destination.readBack?.(portal.context, { ...again, attempt: 3 })).toMatchObject({ kind: 'delivered' });
  });

  test('a lost answer is found by contact and beginning, and the meeting is not booked twice', async () => {
    const one = item(time(0));
    await portal.fault({ route: BOOK, kind: 'timeout-after-success' });
    expect(await deliver(one)).toMatchObject([{ kind: 'unknown' }]);
    expect(await destination.readBack?.(portal.context, one)).toMatchObject({ kind: 'delivered' });
    expect(await meetings()).toEqual([time(0)]);
    expect(await destination.readBack?.(portal.context, item(time(1)))).toBeNull();
  }, 20_000);

  test('trying again after all, without having looked, finds the own meeting instead of booking', async () => {
    const one = item(time(0));
    await deliver(one);
    expect(await deliver({ ...one, attempt: 2 })).toMatchObject([{ kind: 'delivered', detail: { readBack: true } }]);
    expect(await meetings()).toEqual([time(0)]);
    expect(await bookings()).toBe(1);
  });

  test('a time that somebody else took is not booked, and what comes next is said', async () => {
    const outcomes = await deliver(
      item(time(0)),
      item(time(0), { contactId: '502', answers: withEmail('bob@acme.test') }),
    );
    expect(outcomes).toMatchObject([{ kind: 'delivered' }, { kind: 'retry', code: 'slot_window_opens' }]);
    expect(await meetings('502')).toEqual([]);

    function withEmail(value: string) {
      return { ...item(time(0)).answers, '0-1/email': { kind: 'email' as const, value } };
    }
  });

  test('one that is taken between our look and the booking is found out by looking again', async () => {
    const one = item(time(0), { contactId: '502' });
    const hubspot: typeof portal.client = {
      call: async (portalId, request) => {
        if (request.method === 'POST' && request.path.endsWith('/book')) await deliver(item(time(0)));
        return portal.client.call(portalId, request);
      },
    };
    expect(await destination.deliver({ ...portal.context, hubspot }, [one])).toMatchObject([
      { kind: 'retry', code: 'slot_window_opens' },
    ]);
  });

  test('a contact without an address is booked with the answered one; without any, a person must help', async () => {
    const answers = { ...item(time(0)).answers, '0-1/email': { kind: 'email' as const, value: 'new@acme.test' } };
    expect(await deliver(item(time(0), { contactId: '503', answers }))).toMatchObject([{ kind: 'delivered' }]);
    const { '0-1/email': _email, ...without } = answers;
    expect(await deliver(item(time(1), { contactId: '503', answers: without }))).toMatchObject([
      { kind: 'dead', code: 'appointment_no_email' },
    ]);
  });

  test('a fault of HubSpot’s is tried again; a link that is gone and a time that has passed are not', async () => {
    await portal.fault({ route: 'GET /scheduler', kind: '500', times: 9 });
    expect(await deliver(item(time(0)))).toMatchObject([{ kind: 'retry' }]);
    await portal.control('DELETE', '/faults');
    const gone = item(time(0));
    gone.answers[APPOINTMENT.time] = {
      kind: 'appointment',
      value: time(0),
      minutes: 30,
      timeZone: TIME_ZONE,
      link: 'x/y',
    };
    expect(await deliver(gone, item('2020-01-01T09:00:00.000Z'))).toMatchObject([
      { kind: 'dead', code: 'meeting_link_gone' },
      { kind: 'dead', code: 'appointment_past' },
    ]);
  }, 20_000);
});

describe('before publishing', () => {
  const appointment: AppointmentDesign = {
    link: LINK,
    name: 'First call',
    minutes: 30,
    timeZone: TIME_ZONE,
    zone: 'account',
    label: 'When?',
    wishLabel: 'Which day?',
    noTimes: 'None.',
  };
  const check = async (change: Partial<AppointmentDesign>) => {
    const { form, mapping } = item(time(0));
    const found = await destination.check(portal.context, form, mapping, {
      appointment: { ...appointment, ...change },
    });
    return found.map(({ code }) => code);
  };

  test('a link that can be booked has no problem', async () => {
    expect(await check({})).toEqual([]);
  });

  test('a missing link, a wrong length, and what a flow cannot fill in are said', async () => {
    expect(await check({ link: 'x/y' })).toEqual(['meeting_link_gone']);
    expect(await check({ link: 'rosa/strict' })).toEqual([
      'meeting_minutes',
      'meeting_link_fields',
      'meeting_link_consent',
    ]);
  });
});
