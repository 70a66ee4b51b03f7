const DAY_MS = 86_400_000;

/** `14:03` for a time of today, `23 Nov, 14:03` within a year, with the year beyond; in the reader's zone. */
export function formatTime(iso: string, options: { locale: string; timeZone?: string | undefined; now: Date }): string {
  const time = new Date(iso);
  const zone = options.timeZone ? { timeZone: options.timeZone } : {};
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...zone };
  const dayOf = (date: Date) => new Intl.DateTimeFormat('en-CA', zone).format(date);
  if (dayOf(time) === dayOf(options.now)) return new Intl.DateTimeFormat(options.locale, clock).format(time);
  const old = Math.abs(options.now.getTime() - time.getTime()) > 300 * DAY_MS;
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', ...(old ? { year: 'numeric' } : {}) };
  return new Intl.DateTimeFormat(options.locale, { ...day, ...clock }).format(time);
}
