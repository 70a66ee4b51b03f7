import type { FlowLanguage } from '@flowella/shared/flow-words/languages.ts';

/** What a meeting link offers: `starts` in order, ISO 8601 in UTC; null where it could not be known in time. */
export type FreeTimes = { timeZone: string; starts: readonly string[] | null };

/** A menu with more days than these is not looked through on a phone. */
const MAX_DAYS = 40;
/** Ours as everywhere in a flow: the Gregorian calendar and our digits. */
const localeOf = (language: FlowLanguage): string => `${language}-u-ca-gregory-nu-latn`;

/** The day of a moment in a time zone, `YYYY-MM-DD`. */
export function localDay(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(new Date(iso));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** Days with at least one free time. */
export function daysOf({ starts, timeZone }: FreeTimes): string[] {
  return [...new Set((starts ?? []).map((start) => localDay(start, timeZone)))].slice(0, MAX_DAYS);
}

/** Free times of one day. */
export function timesOn({ starts, timeZone }: FreeTimes, day: string): string[] {
  return (starts ?? []).filter((start) => localDay(start, timeZone) === day);
}

/** A day as it stands in a menu: at most 30 characters. */
export function dayTitle(day: string, language: FlowLanguage): string {
  const options = { weekday: 'short', day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(localeOf(language), options).format(new Date(`${day}T00:00:00Z`));
}

export function timeTitle(iso: string, timeZone: string, language: FlowLanguage): string {
  const options = { hour: '2-digit', minute: '2-digit', timeZone } as const;
  return new Intl.DateTimeFormat(localeOf(language), options).format(new Date(iso));
}

/** The time zone as people call it, with its distance from UTC at that moment. */
export function zoneTitle(timeZone: string, iso: string, language: FlowLanguage): string {
  const named = (timeZoneName: 'longGeneric' | 'shortOffset'): string =>
    new Intl.DateTimeFormat(localeOf(language), { timeZone, timeZoneName })
      .formatToParts(new Date(iso))
      .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  return `${named('longGeneric')} (${named('shortOffset')})`;
}

/**
 * The time zone of a country (ISO 3166-1 alpha-2) where all of its clocks show the same, now and half a year on; null for the
 * others: a number does not tell where in such a country its owner is.
 */
export function zoneOfCountry(country: string, now: Date): string | null {
  const zones = timeZonesOf(country);
  const [first] = zones;
  if (first === undefined) return null;
  const half = new Date(now.getTime() + 182 * 86_400_000);
  const clocks = new Set(zones.map((zone) => [now, half].map((at) => clock(at, zone)).join(' ')));
  return clocks.size === 1 ? first : null;
}

function clock(at: Date, timeZone: string): string {
  return `${localDay(at.toISOString(), timeZone)} ${timeTitle(at.toISOString(), timeZone, 'en')}`;
}

/** `Intl.Locale.prototype.getTimeZones`, which Node has and TypeScript's library does not describe yet. */
function timeZonesOf(country: string): string[] {
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?: () => string[] | undefined };
  return locale.getTimeZones?.() ?? [];
}
