import { z } from 'zod';
import type { SeededMeetingLink, StoredPortal } from '../seed.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';

type Busy = { startMs: number; endMs: number };

const STEP_MS = 900_000;
const WEEK_MS = 7 * 86_400_000;
const row = z.object({ properties: jsonColumn(z.record(z.string(), z.string())) });

/** Meetings that keep the people of a link busy: all of the account that one of them owns. */
export function busyTimes(standIn: StandIn, portal: StoredPortal, link: SeededMeetingLink): Busy[] {
  const owners = portal.users.filter(({ userId }) => link.userIds.includes(userId)).map(({ ownerId }) => ownerId ?? '');
  return standIn.store
    .all(
      row,
      "select properties from objects where portal_id = ? and type_id = '0-47' and archived_at is null",
      portal.portalId,
    )
    .map(({ properties }) => properties)
    .filter((one) => owners.includes(one.hubspot_owner_id ?? '') && one.hs_meeting_outcome !== 'CANCELED')
    .map((one) => ({
      startMs: Date.parse(one.hs_meeting_start_time ?? ''),
      endMs: Date.parse(one.hs_meeting_end_time ?? ''),
    }));
}

/** Starts of free slots within the working hours of the account, in milliseconds; `month` counts from the present one. */
export function freeSlots(
  standIn: StandIn,
  portal: StoredPortal,
  link: SeededMeetingLink,
  o: { minutes: number; month: number | null; timeZone: string },
): number[] {
  const now = standIn.clock.now().getTime();
  const busy = busyTimes(standIn, portal, link);
  const wall = wallClock(portal.timeZone);
  const shown = wallClock(o.timeZone);
  const wanted = o.month === null ? null : monthAt(shown(now), o.month);
  const lengthMs = o.minutes * 60_000;
  const slots: number[] = [];
  const last = now + link.weeksToAdvertise * WEEK_MS;
  for (let at = Math.ceil(now / STEP_MS) * STEP_MS; at <= last; at += STEP_MS) {
    const local = wall(at);
    const minute = local.hour * 60 + local.minute;
    if (!link.weekdays.includes(local.weekday)) continue;
    if (minute < link.fromMinute || minute + o.minutes > link.toMinute || (minute - link.fromMinute) % o.minutes !== 0)
      continue;
    if (wanted !== null && monthAt(shown(at), 0) !== wanted) continue;
    if (busy.some(({ startMs, endMs }) => at < endMs && at + lengthMs > startMs)) continue;
    slots.push(at);
  }
  return slots;
}

type Wall = { year: number; month: number; weekday: number; hour: number; minute: number };
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function wallClock(timeZone: string): (ms: number) => Wall {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return {
      year: Number(parts.year),
      month: Number(parts.month),
      weekday: DAYS.indexOf(parts.weekday ?? ''),
      hour: Number(parts.hour),
      minute: Number(parts.minute),
    };
  };
}

function monthAt({ year, month }: Wall, offset: number): number {
  return year * 12 + month + offset;
}
