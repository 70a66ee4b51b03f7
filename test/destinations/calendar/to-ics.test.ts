import { describe, expect, test } from 'vitest';
import { toIcs, type IcsEvent } from '../../../server/destinations/calendar/to-ics.ts';

const event: IcsEvent = {
  uid: 'sub_1@flowella',
  stamp: new Date('2026-11-29T10:00:00.123Z'),
  start: new Date('2026-12-01T09:00:00Z'),
  minutes: 30,
  title: 'First call',
};
/** As a reader unfolds it (RFC 5545 section 3.1). */
const unfolded = (ics: string) => ics.replaceAll('\r\n ', '').split('\r\n');
const property = (ics: string, name: string) =>
  unfolded(ics)
    .find((line) => line.startsWith(`${name}:`))
    ?.slice(name.length + 1);

describe('the calendar file', () => {
  test('names the event with beginning and end in UTC, and the same bytes every time', () => {
    const ics = toIcs(event);
    expect(unfolded(ics).slice(0, 3)).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Flowella//Flowella for HubSpot//EN',
    ]);
    expect(property(ics, 'UID')).toBe('sub_1@flowella');
    expect(property(ics, 'DTSTAMP')).toBe('20261129T100000Z');
    expect(property(ics, 'DTSTART')).toBe('20261201T090000Z');
    expect(property(ics, 'DTEND')).toBe('20261201T093000Z');
    expect(property(ics, 'METHOD'), 'a file that its reader opens').toBeUndefined();
    expect(toIcs({ ...event })).toBe(ics);
  });

  test('ends every line with CRLF, and no line is longer than 75 octets, whatever the script', () => {
    const title = 'Beratung für Größen, 日本語の長いタイトル и ещё очень длинное название 👩‍👩‍👧‍👦 '.repeat(4);
    const ics = toIcs({ ...event, title });
    expect(ics.endsWith('END:VCALENDAR\r\n')).toBe(true);
    expect(ics.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(property(ics, 'SUMMARY')).toBe(title.replaceAll(',', '\\,'));
    expect(ics).not.toContain('\uFFFD');
  });

  test('escapes what has a meaning of its own, so that no text can add a line', () => {
    const ics = toIcs({ ...event, title: 'a;b,c\\d\nBEGIN:VALARM\r\ne\u0007', location: 'Room 1; 2nd floor' });
    expect(property(ics, 'SUMMARY')).toBe('a\\;b\\,c\\\\d\\nBEGIN:VALARM\\ne');
    expect(property(ics, 'LOCATION')).toBe('Room 1\\; 2nd floor');
    expect(unfolded(ics)).not.toContain('BEGIN:VALARM');
  });
});
