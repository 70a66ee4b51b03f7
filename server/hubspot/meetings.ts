import { z } from 'zod';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';

type Where = { hubspot: HubSpotClient; portalId: PortalId; priority: HubSpotPriority };

/** A page on which meetings are booked (Scheduler 2026-09, `ExternalLinkMetadata`). */
export type MeetingLink = { link: string; name: string; type: string };

/** HubSpot's page size for lists; more links than five pages nobody chooses from. */
const PAGE = 100;
const MAX_PAGES = 5;
/** Months a link's free times are asked for: this one and the next, each in a call of its own. */
const MONTHS = [0, 1] as const;

const linksSchema = z.object({
  results: z.array(z.object({ slug: z.string(), name: z.string().nullish(), type: z.string().catch('') })),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});
const infoSchema = z.object({
  customParams: z.object({
    durations: z.array(z.number()).catch([]),
    formFields: z
      .array(z.object({ name: z.string(), label: z.string().catch(''), isRequired: z.boolean().catch(false) }))
      .catch([]),
    legalConsentEnabled: z.boolean().catch(false),
  }),
});
const availabilitySchema = z.object({
  linkAvailability: z
    .object({
      linkAvailabilityByDuration: z.record(
        z.string(),
        z.object({ availabilities: z.array(z.object({ startMillisUtc: z.number(), endMillisUtc: z.number() })) }),
      ),
    })
    .optional(),
  allUsersBusyTimes: z
    .array(z.object({ meetingsUser: z.object({ userId: z.union([z.string(), z.number()]).transform(String) }) }))
    .catch([]),
});
const bookedSchema = z.object({
  calendarEventId: z.string(),
  contactId: z.union([z.string(), z.number()]).transform(String),
  start: z.string(),
  end: z.string(),
  subject: z.string(),
  location: z.string().nullish(),
  webConferenceUrl: z.string().nullish(),
});
export type Booked = z.infer<typeof bookedSchema>;

/** Free times of a link, and who of it may be free. */
export type Availability = { starts: string[]; userIds: string[] };

/** All meeting links of the account. */
export async function listMeetingLinks({ hubspot, portalId, priority }: Where): Promise<MeetingLink[]> {
  const links: MeetingLink[] = [];
  let after: string | undefined;
  for (let n = 0; n < MAX_PAGES; n += 1) {
    const page = await hubspot.call(portalId, {
      method: 'GET',
      path: PATHS.meetingLinks,
      query: { limit: PAGE, ...(after === undefined ? {} : { after }) },
      schema: linksSchema,
      priority,
      idempotent: true,
    });
    links.push(...page.results.map(({ slug, name, type }) => ({ link: slug, name: name || slug, type })));
    after = page.paging?.next?.after;
    if (after === undefined) break;
  }
  return links;
}

/** How long meetings of a link may be, in minutes, and what it asks for besides name and address. Throws `hubspot_not_found`. */
export async function readMeetingLink(
  { hubspot, portalId, priority }: Where,
  link: string,
  timeZone: string,
): Promise<{ minutes: number[]; requiredFields: string[]; asksConsent: boolean }> {
  const { customParams } = await hubspot.call(portalId, {
    method: 'GET',
    path: PATHS.meetingLink(link),
    query: { timezone: timeZone },
    schema: infoSchema,
    priority,
    idempotent: true,
  });
  const own = ['email', 'firstname', 'lastname'];
  const required = customParams.formFields.filter(({ name, isRequired }) => isRequired && !own.includes(name));
  return {
    minutes: customParams.durations.map((ms) => ms / 60_000),
    requiredFields: required.map(({ label, name }) => label || name),
    asksConsent: customParams.legalConsentEnabled,
  };
}

/** Free times of this month and the next, in order. `deadlineMs` is for each of the two calls, which go out together. */
export async function readAvailability(
  { hubspot, portalId, priority }: Where,
  o: { link: string; minutes: number; timeZone: string; deadlineMs?: number },
): Promise<Availability> {
  const pages = await Promise.all(
    MONTHS.map((monthOffset) =>
      hubspot.call(portalId, {
        method: 'GET',
        path: PATHS.meetingAvailability(o.link),
        query: { timezone: o.timeZone, monthOffset },
        schema: availabilitySchema,
        priority,
        idempotent: true,
        ...(o.deadlineMs === undefined ? {} : { deadlineMs: o.deadlineMs }),
      }),
    ),
  );
  const starts = pages.flatMap(
    ({ linkAvailability }) =>
      linkAvailability?.linkAvailabilityByDuration[String(o.minutes * 60_000)]?.availabilities.map(
        ({ startMillisUtc }) => startMillisUtc,
      ) ?? [],
  );
  const users = pages.flatMap((page) => page.allUsersBusyTimes.map(({ meetingsUser }) => meetingsUser.userId));
  return {
    starts: [...new Set(starts)].toSorted((a, b) => a - b).map((ms) => new Date(ms).toISOString()),
    userIds: [...new Set(users)],
  };
}

export type Booking = {
  link: string;
  minutes: number;
  /** ISO 8601 in UTC. */
  start: string;
  timeZone: string;
  locale: string | null;
  person: { email: string; firstName: string; lastName: string };
  userIds: readonly string[];
};

/** Books a meeting. Not idempotent: throws `hubspot_outcome_unknown` when the answer is lost. */
export async function bookMeeting({ hubspot, portalId, priority }: Where, booking: Booking): Promise<Booked> {
  const { person, locale } = booking;
  return hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.meetingBooking,
    body: {
      slug: booking.link,
      duration: booking.minutes * 60_000,
      startTime: booking.start,
      ...person,
      timezone: booking.timeZone,
      ...(locale === null ? {} : { locale }),
      formFields: [],
      legalConsentResponses: [],
      likelyAvailableUserIds: booking.userIds,
    },
    schema: bookedSchema,
    priority,
    idempotent: false,
  });
}
