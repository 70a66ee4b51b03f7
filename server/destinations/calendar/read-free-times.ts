import type { AppointmentLink } from '@flowella/shared/form/form.ts';
import { toAppError } from '../../app-error.ts';
import { BoundedCache } from '../../bounded-cache.ts';
import type { Clock } from '../../clock.ts';
import type { PortalId } from '../../db/db.ts';
import type { HubSpotClient } from '../../hubspot/client.ts';
import { readAvailability } from '../../hubspot/meetings.ts';
import type { Log } from '../../observe/log.ts';
import { zoneOfCountry, type FreeTimes } from './free-times.ts';

/** What an exchange may wait for a live list (flow-rules.md section 3). */
const WAIT_MS = 800;
/** The call itself goes on a little, for whoever asks next. */
const CALL_MS = 4_000;
/** Times go; asking HubSpot anew for each of a person's screens would spend the account's budget. */
const FRESH_MS = 30_000;
/** While HubSpot does not answer, times from a moment ago are better than none: a booked one is refused when it is booked. */
const STALE_MS = 600_000;
/** After a failure nobody waits again for so long. */
const PAUSE_MS = 5_000;
/** Nobody is ready for a meeting that begins while they press. */
const LEAD_MS = 300_000;

export type ReadFreeTimes = (
  portalId: PortalId,
  appointment: AppointmentLink,
  country: string | null,
  /** True to ask HubSpot now, whatever is known: before a time is taken for good. */
  anew?: boolean,
) => Promise<FreeTimes>;

/**
 * Free times for an exchange with a phone: never throws and never takes longer than 0.8 s; `starts` is null where they could
 * not be known, which the flow says honestly.
 */
export function createReadFreeTimes(o: {
  hubspot: HubSpotClient;
  clock: Clock;
  log: Log;
  waitMs?: number;
}): ReadFreeTimes {
  const fresh = new BoundedCache<string, readonly string[] | null>({ max: 1_000, ttlMs: FRESH_MS });
  const last = new Map<string, { at: number; starts: readonly string[] }>();
  const failed = new Map<string, number>();

  async function load(key: string, portalId: PortalId, { link, minutes, timeZone }: AppointmentLink) {
    try {
      const where = { hubspot: o.hubspot, portalId, priority: 'card' as const };
      const { starts } = await readAvailability(where, { link, minutes, timeZone, deadlineMs: CALL_MS });
      remember(last, key, { at: performance.now(), starts });
      failed.delete(key);
      return starts;
    } catch (err) {
      o.log.warn({ code: toAppError(err).code, portalId }, 'free times of a meeting link were not read');
      fresh.forget(key);
      remember(failed, key, performance.now());
      return null;
    }
  }

  return async (portalId, appointment, country, anew = false) => {
    const now = o.clock.now();
    const own = appointment.zone === 'person' && country ? zoneOfCountry(country, now) : null;
    const timeZone = own ?? appointment.timeZone;
    const key = JSON.stringify([portalId, appointment.link, appointment.minutes]);
    if (anew) fresh.forget(key);
    const isPaused = performance.now() - (failed.get(key) ?? -Infinity) < PAUSE_MS;
    const asked = isPaused
      ? null
      : await within(
          fresh.get(key, () => load(key, portalId, appointment)),
          o.waitMs,
        );
    const known = last.get(key);
    const stale = known && performance.now() - known.at < STALE_MS ? known.starts : null;
    const earliest = now.getTime() + LEAD_MS;
    return { timeZone, starts: (asked ?? stale)?.filter((start) => Date.parse(start) >= earliest) ?? null };
  };
}

/** The value, or null when it takes longer than an exchange may. */
async function within<T>(value: Promise<T>, waitMs = WAIT_MS): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), waitMs)));
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Bounded, the oldest first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > 1_000 && oldest !== undefined) map.delete(oldest);
}
