import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { associate, defaultSpec } from '../crm/associations.ts';
import { createObject, findObjectBy, updateObject, type CrmObject, type WriteSource } from '../crm/objects.ts';
import { resolveObjectType } from '../crm/object-types.ts';
import { isEmail } from '../crm/property-values.ts';
import { HubSpotError, notFound, validationError } from '../hubspot-error.ts';
import type { SeededMeetingLink, StoredPortal } from '../seed.ts';
import { findPortal, type StandIn } from '../stand-in.ts';
import { busyTimes, freeSlots } from './free-slots.ts';

const BASE = '/scheduler/2026-09/meetings/meeting-links';
const READ = ['scheduler.meetings.meeting-link.read'];
const EPOCH = '2024-01-15T09:00:00.000Z';
const TYPES = ['GROUP_CALENDAR', 'PERSONAL_LINK', 'ROUND_ROBIN_CALENDAR'];

/** What the description of Scheduler 2026-09 takes for a booking (`ExternalMeetingBooking`). */
const booking = z.strictObject({
  slug: z.string().min(1),
  duration: z.number().int(),
  startTime: z.iso.datetime({ offset: true }),
  email: z.string(),
  firstName: z.string().min(1),
  lastName: z.string().min(1),
  formFields: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  legalConsentResponses: z.array(z.strictObject({ communicationTypeId: z.string(), consented: z.boolean() })),
  likelyAvailableUserIds: z.array(z.string()),
  timezone: z.string().optional(),
  locale: z.string().optional(),
});
type Booking = z.output<typeof booking>;

/** Scheduler 2026-09: meeting links, their free times, and bookings. */
export function addSchedulerRoutes(app: FastifyInstance, standIn: StandIn): void {
  const list = ['after', 'limit', 'name', 'organizerUserId', 'type'];
  addApiRoute(app, standIn, { method: 'GET', url: BASE, scopes: READ, query: list, handle: listLinks });
  addApiRoute(app, standIn, {
    method: 'GET',
    url: `${BASE}/book/availability-page/:slug`,
    scopes: READ,
    query: ['timezone', 'monthOffset'],
    handle: readAvailability,
  });
  addApiRoute(app, standIn, {
    method: 'GET',
    url: `${BASE}/book/:slug`,
    scopes: READ,
    query: ['timezone'],
    handle: readBookingInfo,
  });
  addApiRoute(app, standIn, {
    method: 'POST',
    url: `${BASE}/book`,
    scopes: ['crm.objects.contacts.write'],
    handle: book,
  });
}

function portalOf(call: Call): StoredPortal {
  const portal = findPortal(call.standIn.store, call.portalId);
  if (!portal) throw notFound('portal not found');
  return portal;
}

function linkOf(portal: StoredPortal, slug: string): SeededMeetingLink {
  const link = portal.meetingLinks.find((one) => one.slug === slug);
  if (!link) throw notFound(`Meeting link ${slug} was not found`);
  return link;
}

function listLinks(call: Call): Answer {
  const limit = call.query.wholeNumber('limit', 100, { min: 1, max: 100 });
  const type = call.query.text('type');
  if (type !== undefined && !TYPES.includes(type)) throw validationError(`Invalid type ${type}`);
  const organizer = call.query.text('organizerUserId');
  const name = call.query.text('name')?.toLowerCase();
  const after = Number(call.query.text('after') ?? '0');
  if (!Number.isSafeInteger(after) || after < 0) throw validationError('Invalid paging cursor');
  const all = portalOf(call).meetingLinks.filter(
    (link) =>
      (type === undefined || link.type === type) &&
      (organizer === undefined || String(link.organizerUserId) === organizer) &&
      (name === undefined || link.name.toLowerCase().includes(name)),
  );
  const paging = after + limit < all.length ? { paging: { next: { after: String(after + limit) } } } : {};
  const results = all.slice(after, after + limit).map((link) => ({
    id: link.id,
    slug: link.slug,
    link: `https://meetings.hubspot.com/${link.slug}`,
    name: link.name,
    type: link.type,
    organizerUserId: String(link.organizerUserId),
    userIdsOfLinkMembers: link.userIds.map(String),
    defaultLink: false,
    createdAt: EPOCH,
    updatedAt: EPOCH,
  }));
  return { status: 200, body: { total: all.length, results, ...paging } };
}

function timeZoneOf(call: Call): string {
  const timeZone = call.query.text('timezone');
  if (timeZone === undefined) throw validationError('Query parameter timezone is required');
  return checkZone(timeZone);
}

function checkZone(timeZone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch {
    throw validationError(`Invalid timezone ${timeZone}`);
  }
}

function readAvailability(call: Call): Answer {
  const timeZone = timeZoneOf(call);
  const portal = portalOf(call);
  const link = linkOf(portal, call.params.slug ?? '');
  const month = call.query.wholeNumber('monthOffset', 0, { min: 0, max: 24 });
  return {
    status: 200,
    body: {
      allUsersBusyTimes: usersOf(call, portal, link),
      linkAvailability: availability(call, portal, link, { month, timeZone }),
    },
  };
}

function availability(
  call: Call,
  portal: StoredPortal,
  link: SeededMeetingLink,
  o: { month: number; timeZone: string },
): Record<string, unknown> {
  const byDuration = link.minutes.map((minutes) => {
    const availabilities = freeSlots(call.standIn, portal, link, { ...o, minutes }).map((start) => ({
      startMillisUtc: start,
      endMillisUtc: start + minutes * 60_000,
    }));
    return [String(minutes * 60_000), { meetingDurationMillis: minutes * 60_000, availabilities }] as const;
  });
  const later = freeSlots(call.standIn, portal, link, {
    minutes: link.minutes[0] ?? 30,
    month: o.month + 1,
    timeZone: o.timeZone,
  });
  return { hasMore: later.length > 0, linkAvailabilityByDuration: Object.fromEntries(byDuration) };
}

function usersOf(call: Call, portal: StoredPortal, link: SeededMeetingLink): unknown[] {
  const busy = busyTimes(call.standIn, portal, link).map(({ startMs, endMs }) => ({ start: startMs, end: endMs }));
  return portal.users
    .filter(({ userId }) => link.userIds.includes(userId))
    .map((user) => ({
      isOffline: false,
      busyTimes: busy,
      meetingsUser: {
        id: String(user.userId + 500_000),
        userId: String(user.userId),
        calendarProvider: 'GOOGLE',
        isSalesStarter: false,
        userProfile: { email: user.email, firstName: user.firstName, lastName: user.lastName },
      },
    }));
}

function readBookingInfo(call: Call): Answer {
  const timeZone = timeZoneOf(call);
  const portal = portalOf(call);
  const link = linkOf(portal, call.params.slug ?? '');
  return {
    status: 200,
    body: {
      linkId: link.id,
      linkType: link.type,
      isOffline: false,
      allUsersBusyTimes: usersOf(call, portal, link),
      linkAvailability: availability(call, portal, link, { month: 0, timeZone }),
      customParams: {
        availability: Object.fromEntries(
          link.weekdays.map((day) => [String(day), { start: link.fromMinute, end: link.toMinute }]),
        ),
        durations: link.minutes.map((minutes) => minutes * 60_000),
        formFields: link.formFields.map((field) => ({
          ...field,
          type: 'string',
          fieldType: 'text',
          isCustom: false,
          options: [],
        })),
        legalConsentEnabled: link.legalConsentEnabled,
        meetingBufferTime: 0,
        ownerPrioritized: false,
        startTimeIncrementMinutes: 'MEETING_DURATION',
        weeksToAdvertise: link.weeksToAdvertise,
      },
    },
  };
}

function book(call: Call): Answer {
  const wanted = parseBody(booking, call.body);
  const portal = portalOf(call);
  const link = linkOf(portal, wanted.slug);
  const minutes = wanted.duration / 60_000;
  if (!link.minutes.includes(minutes)) throw validationError(`Invalid duration ${wanted.duration}`);
  if (!isEmail(wanted.email)) throw validationError(`Email address ${wanted.email} is invalid`, { context: {} });
  const timeZone = checkZone(wanted.timezone ?? portal.timeZone);
  refuseFields(link, wanted);
  const start = Date.parse(wanted.startTime);
  if (!freeSlots(call.standIn, portal, link, { minutes, month: null, timeZone }).includes(start)) {
    throw new HubSpotError(409, { message: 'The requested time is not available', category: 'CONFLICT' });
  }
  const contact = contactOf(call, wanted);
  const meeting = addMeeting(call, { portal, link, wanted, contact });
  return {
    status: 200,
    body: {
      calendarEventId: `evt_${meeting.id}_${randomUUID().slice(0, 8)}`,
      contactId: contact.id,
      bookingTimezone: timeZone,
      start: new Date(start).toISOString(),
      end: new Date(start + wanted.duration).toISOString(),
      duration: wanted.duration,
      subject: meeting.properties.hs_meeting_title,
      formFields: wanted.formFields.map((field) => ({ ...field, label: field.name, isCustom: false })),
      guestEmails: [],
      legalConsentResponses: wanted.legalConsentResponses,
      isOffline: false,
      ...(wanted.locale === undefined ? {} : { locale: wanted.locale }),
      ...(link.location === null ? {} : { location: link.location }),
      webConferenceUrl: `https://meet.example/${meeting.id}`,
    },
  };
}

function refuseFields(link: SeededMeetingLink, { formFields }: Booking): void {
  const given = formFields.map(({ name }) => name);
  const unknown = given.find((name) => !link.formFields.some((field) => field.name === name));
  if (unknown !== undefined) throw validationError(`Form field ${unknown} is not part of this meeting link`);
  const missing = link.formFields.find(({ name, isRequired }) => isRequired && !given.includes(name));
  if (missing) throw validationError(`Form field ${missing.name} is required`);
}

const sourceOf = (call: Call): WriteSource => ({
  type: 'INTEGRATION',
  id: String(call.appId),
  label: call.appName,
  userId: call.userId,
});

/** Found by its address or made, with the names that were given, as HubSpot's own booking page does. */
function contactOf(call: Call, { email, firstName, lastName }: Booking): CrmObject {
  const type = resolveObjectType(call.standIn.store, call.portalId, 'contacts');
  const found = findObjectBy(call.standIn, call.portalId, type, email.toLowerCase(), 'email');
  const properties = { firstname: firstName, lastname: lastName };
  return found
    ? updateObject(call.standIn, call.portalId, type, found, properties, sourceOf(call))
    : createObject(call.standIn, call.portalId, type, { email, ...properties }, sourceOf(call));
}

function addMeeting(
  call: Call,
  o: { portal: StoredPortal; link: SeededMeetingLink; wanted: Booking; contact: CrmObject },
): CrmObject {
  const { standIn, portalId } = call;
  const type = resolveObjectType(standIn.store, portalId, 'meetings');
  const contacts = resolveObjectType(standIn.store, portalId, 'contacts');
  const start = Date.parse(o.wanted.startTime);
  const organizer = o.portal.users.find(({ userId }) => userId === o.link.organizerUserId);
  const meeting = createObject(
    standIn,
    portalId,
    type,
    {
      hs_meeting_title: `${o.link.name}: ${o.wanted.firstName} ${o.wanted.lastName}`,
      hs_meeting_start_time: new Date(start).toISOString(),
      hs_meeting_end_time: new Date(start + o.wanted.duration).toISOString(),
      hs_timestamp: new Date(start).toISOString(),
      hs_meeting_outcome: 'SCHEDULED',
      ...(organizer?.ownerId ? { hubspot_owner_id: organizer.ownerId } : {}),
    },
    sourceOf(call),
  );
  associate(
    standIn,
    portalId,
    { type, id: meeting.id },
    { type: contacts, id: o.contact.id },
    defaultSpec(standIn.store, portalId, type, contacts),
  );
  return meeting;
}
