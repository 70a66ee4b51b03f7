import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import { AppError } from '../../../server/app-error.ts';
import { createCalendarDestination } from '../../../server/destinations/calendar/calendar-destination.ts';
import { createInvitationDestination } from '../../../server/destinations/calendar/invitation-destination.ts';
import type { SendDocument, SentDocument } from '../../../server/destinations/calendar/send-document.ts';
import type { DeliveryItem, Destination } from '../../../server/destinations/destination.ts';
import { updateObject } from '../../../server/hubspot/objects.ts';
import { readAvailability } from '../../../server/hubspot/meetings.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { CONTACT_ID, deliveryItem, EVERY_ANSWER, startPortal, type Portal } from '../support/hubspot-portal.ts';

let database: TestDatabase;
let portal: Portal;
let start: string;
let sent: Parameters<SendDocument>[0][];
let answer: () => SentDocument;
let destination: Destination;
let calendar: Destination;

beforeAll(async () => {
  database = await testDatabase();
  const { keys } = database;
  calendar = createCalendarDestination({ keys, sendTimes: () => Promise.reject(new Error('not used')) });
  destination = createInvitationDestination({
    keys,
    sendDocument: (o) => {
      sent.push(o);
      return Promise.resolve().then(answer);
    },
  });
});
afterAll(() => database.close());
beforeEach(async () => {
  portal = await startPortal(database);
  sent = [];
  answer = () => ({ kind: 'sent', messageId: 'wamid.1' });
  const options = { link: 'rosa/first-call', minutes: 30, timeZone: 'Europe/Berlin' };
  start = (await readAvailability(where(), options)).starts[0] ?? '';
});
afterEach(() => portal.close());

const where = () => ({ hubspot: portal.client, portalId: portal.portalId, priority: 'delivery' as const });
const item = (overrides: Partial<DeliveryItem> = {}): DeliveryItem =>
  deliveryItem(portal, {
    answers: {
      ...EVERY_ANSWER,
      [APPOINTMENT.time]: {
        kind: 'appointment',
        value: start,
        minutes: 30,
        timeZone: 'Europe/Berlin',
        link: 'rosa/first-call',
      },
    },
    ...overrides,
  });
const deliver = async (one = item()) => (await destination.deliver(portal.context, [one]))[0];
const fails = (code: string) => {
  answer = () => {
    throw new AppError(code);
  };
};

describe('the calendar file', () => {
  test('carries the meeting as HubSpot has it, under the submission’s id, of a type that WhatsApp takes', async () => {
    const one = item({
      origin: { channel: 'card', locale: 'de', openedAt: null, screens: [], sentAt: null, versionNumber: 1 },
    });
    await calendar.deliver(portal.context, [one]);
    expect(await deliver(one)).toEqual({ kind: 'delivered', remoteId: 'wamid.1' });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ fileName: 'appointment.ics', mimeType: 'text/plain' });
    expect(sent[0]?.content).toContain('SUMMARY:First call: Ada -');
    expect(sent[0]?.content).toContain(`UID:${one.submissionId}@flowella`);
    expect(sent[0]?.caption, 'in the language of the flow').toMatch(/^\d+\. \p{L}+ \d{4} \d\d:\d\d MEZ$|MESZ$/u);
  });

  test.each(['meta_outcome_unknown', 'meta_answer_unreadable'])(
    'is never sent again by itself where it may have arrived (%s)',
    async (code) => {
      fails(code);
      expect(await deliver()).toMatchObject({ kind: 'dead', code: 'invitation_unknown' });
    },
  );

  test('nor after a process died while it was sent', async () => {
    expect(await destination.readBack?.(portal.context, item())).toMatchObject({
      kind: 'dead',
      code: 'invitation_unknown',
    });
    expect(sent).toEqual([]);
  });

  test('waits while the window is shut: a moment for the phone’s own reply, then longer', async () => {
    answer = () => ({ kind: 'window-closed' });
    const pauses = [];
    for (const attempt of [1, 2, 3, 9]) {
      const outcome = await deliver(item({ attempt }));
      expect(outcome).toMatchObject({ kind: 'retry', code: 'invitation_window' });
      pauses.push(outcome?.kind === 'retry' ? outcome.retryAfterMs : 0);
    }
    expect(pauses).toEqual([3_000, 30_000, 900_000, 900_000]);
    fails('meta_window_closed');
    expect(await deliver()).toMatchObject({ kind: 'retry', code: 'invitation_window' });
  });

  test.each([
    ['meta_unavailable', 'retry', 'invitation_later'],
    ['meta_rate_limited', 'retry', 'invitation_later'],
    ['meta_token_invalid', 'held', 'invitation_account'],
    ['meta_opted_out', 'dead', 'invitation_opted_out'],
    ['meta_bad_parameter', 'dead', 'invitation_refused'],
  ])('%s means %s', async (code, kind, expected) => {
    fails(code);
    expect(await deliver()).toMatchObject({ kind, code: expected });
  });

  test('is not sent to who does not want messages, nor for a meeting that was cancelled or has begun', async () => {
    answer = () => ({ kind: 'opted-out' });
    expect(await deliver()).toMatchObject({ kind: 'dead', code: 'invitation_opted_out' });
    sent = [];
    await calendar.deliver(portal.context, [item()]);
    const { timeline } = await portal.contact(CONTACT_ID);
    const meeting = timeline.find((one) => one.kind === 'meeting');
    await updateObject(where(), 'meetings', String(meeting?.id), { hs_meeting_outcome: 'CANCELED' });
    expect(await deliver()).toMatchObject({ kind: 'dead', code: 'invitation_canceled' });
    start = '2020-01-01T09:00:00.000Z';
    expect(await deliver()).toMatchObject({ kind: 'dead', code: 'appointment_past' });
    expect(sent).toEqual([]);
  });
});
