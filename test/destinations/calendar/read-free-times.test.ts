import { describe, expect, test } from 'vitest';
import type { AppointmentLink } from '@flowella/shared/form/form.ts';
import { AppError } from '../../../server/app-error.ts';
import { zoneOfCountry, zoneTitle } from '../../../server/destinations/calendar/free-times.ts';
import { createReadFreeTimes } from '../../../server/destinations/calendar/read-free-times.ts';
import type { HubSpotClient } from '../../../server/hubspot/client.ts';
import { createLog } from '../../../server/observe/log.ts';

const NOW = new Date('2026-11-27T12:00:00Z');
const link: AppointmentLink = {
  link: 'rosa/call',
  minutes: 30,
  timeZone: 'America/New_York',
  zone: 'account',
  noTimes: '-',
};
const at = (iso: string) => Date.parse(iso);

/** HubSpot as far as one link goes; `answer` says what becomes of the next calls. */
function hubspot() {
  const state = { calls: 0, answer: (): Promise<void> => Promise.resolve() };
  const client: HubSpotClient = {
    async call(_portal, request) {
      state.calls += 1;
      await state.answer();
      const availabilities =
        request.query?.monthOffset === 0
          ? [at('2026-11-27T12:02:00Z'), at('2026-11-30T09:00:00Z')]
          : [at('2026-12-01T09:00:00Z')];
      return request.schema.parse({
        linkAvailability: {
          hasMore: false,
          linkAvailabilityByDuration: {
            1_800_000: {
              meetingDurationMillis: 1_800_000,
              availabilities: availabilities.map((start) => ({
                startMillisUtc: start,
                endMillisUtc: start + 1_800_000,
              })),
            },
          },
        },
        allUsersBusyTimes: [],
      });
    },
  };
  const log = createLog({ level: 'silent' });
  const read = createReadFreeTimes({ hubspot: client, clock: { now: () => NOW }, log, waitMs: 50 });
  return { state, read };
}
const STARTS = ['2026-11-30T09:00:00.000Z', '2026-12-01T09:00:00.000Z'];
const never = () => new Promise<void>(() => {});

describe('free times for an exchange', () => {
  test('are those of two months, without what begins at once, and read once for many people', async () => {
    const { state, read } = hubspot();
    const answers = await Promise.all([1, 2, 3].map(() => read(7, link, 'DE')));
    for (const answer of answers) expect(answer).toEqual({ timeZone: 'America/New_York', starts: STARTS });
    expect(state.calls).toBe(2);
    expect((await read(7, link, 'DE', true)).starts).toEqual(STARTS);
    expect(state.calls, 'asked anew').toBe(4);
    await read(8, link, null);
    expect(state.calls, 'another account').toBe(6);
  });

  test('take no longer than an exchange may: not known, and the person is asked for a wish', async () => {
    const { state, read } = hubspot();
    state.answer = never;
    const started = performance.now();
    expect(await read(7, link, null)).toEqual({ timeZone: 'America/New_York', starts: null });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('a fault is no fault of the flow, and the next person does not wait for the same fault', async () => {
    const { state, read } = hubspot();
    state.answer = () => Promise.reject(new AppError('hubspot_unavailable', { retryable: true }));
    expect((await read(7, link, null)).starts).toBeNull();
    const calls = state.calls;
    state.answer = () => Promise.resolve();
    expect((await read(7, link, null)).starts).toBeNull();
    expect(state.calls).toBe(calls);
  });

  test('the time zone is the person’s where their country has one and the flow shows it', async () => {
    const { read } = hubspot();
    const person = { ...link, zone: 'person' as const };
    expect((await read(7, person, 'JP')).timeZone).toBe('Asia/Tokyo');
    expect((await read(7, person, 'US')).timeZone, 'many zones: the account’s').toBe('America/New_York');
    expect((await read(7, person, null)).timeZone).toBe('America/New_York');
  });
});

test('a country has a time zone where all its clocks show the same all year round', () => {
  expect(zoneOfCountry('DE', NOW)).toMatch(/^Europe\//);
  expect(zoneOfCountry('ES', NOW), 'Canary Islands').toBeNull();
  expect(zoneOfCountry('XX', NOW)).toBeNull();
});

test('a time zone is called by its name and its distance from UTC at that moment', () => {
  expect(zoneTitle('Europe/Berlin', '2026-07-01T10:00:00Z', 'de')).toBe('Mitteleuropäische Zeit (GMT+2)');
  expect(zoneTitle('Asia/Kolkata', '2026-07-01T10:00:00Z', 'en')).toBe('India Standard Time (GMT+5:30)');
});
