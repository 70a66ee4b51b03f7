/** An appointment as a calendar file tells it; texts are plain. */
export type IcsEvent = {
  /** The same for ever: a calendar that has it already changes it instead of adding another. */
  uid: string;
  /** When the file was made first, so that a repeat is the same bytes. */
  stamp: Date;
  start: Date;
  minutes: number;
  title: string;
  location?: string;
  /** Address of a video call. */
  url?: string;
};

const MAX_OCTETS = 75;

/**
 * The event as an iCalendar file (RFC 5545): times in UTC, so that every phone shows them in its own zone. Without METHOD: the file
 * is opened by its reader, and RFC 5546 gives a method to what is sent between organizers and attendees only. Pure.
 */
export function toIcs(event: IcsEvent): string {
  const end = new Date(event.start.getTime() + event.minutes * 60_000);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Flowella//Flowella for HubSpot//EN',
    'CALSCALE:GREGORIAN',
    'BEGIN:VEVENT',
    `UID:${escapeText(event.uid)}`,
    `DTSTAMP:${utc(event.stamp)}`,
    `DTSTART:${utc(event.start)}`,
    `DTEND:${utc(end)}`,
    `SUMMARY:${escapeText(event.title)}`,
    ...(event.location ? [`LOCATION:${escapeText(event.location)}`] : []),
    ...(event.url ? [`URL:${event.url.replace(/\s/g, '')}`, `DESCRIPTION:${escapeText(event.url)}`] : []),
    'SEQUENCE:0',
    'STATUS:CONFIRMED',
    'TRANSP:OPAQUE',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

/** `DATE-TIME` in UTC (RFC 5545 section 3.3.5, form 2). */
function utc(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** `TEXT` (RFC 5545 section 3.3.11); control characters, which no line may hold, are left out. */
function escapeText(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      .replace(/[\\;,]/g, (char) => `\\${char}`)
      .replace(/\n/g, '\\n')
      // eslint-disable-next-line no-control-regex -- exactly these are not allowed (section 3.1, CONTROL)
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  );
}

/** Lines of at most 75 octets, goes on with a space; a character of several octets stays whole (RFC 5545 section 3.1). */
function fold(line: string): string {
  let folded = '';
  let octets = 0;
  for (const char of line) {
    const size = Buffer.byteLength(char);
    if (octets + size > MAX_OCTETS) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += char;
    octets += size;
  }
  return folded;
}
