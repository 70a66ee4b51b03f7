import type { Design } from '@flowella/shared/form/design.ts';
import { AppError } from '../../app-error.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import { bookMeeting, readAvailability, readMeetingLink, type Availability } from '../../hubspot/meetings.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { isSettled } from '../last-sent-at.ts';
import { dead, outcomeOf, retry } from '../outcomes.ts';
import { textOf, type TextCode, type TextValues } from '../texts.ts';
import { appointmentOf, type Appointment } from './appointment-of.ts';
import { askAgain, awaitChoice, type AskTools } from './ask-again.ts';
import { attendeeOf, findMeeting, isBooked, whereOf, type Attendee } from './find-meeting.ts';
import { chosenOf, newestOffer, type OfferRow } from './offers.ts';

/** Two of one link at once could take each other's times while they look. */
const BATCH = 10;
/** HubSpot's words for a time that is gone are not documented: after any of these we look ourselves. */
const MAY_BE_TAKEN = ['hubspot_conflict', 'hubspot_rejected'];

/**
 * The chosen time booked as a meeting through HubSpot's scheduler. A booking carries no id of ours, but a contact has one meeting at a
 * time: what may have been booked is found by contact and beginning before anything is tried again. Where somebody else was faster
 * the person is sent other times, and the one they tap is booked instead.
 */
export function createCalendarDestination(tools: AskTools): Destination {
  return {
    kind: 'calendar',
    dependsOn: 'contact',
    batchSize: BATCH,
    wanted: (_mapping, { appointment }) => appointment === true,

    async check(context, _form, _mapping, design) {
      return checkAppointment(context, design, await portalLanguage(context.db, context.portalId));
    },

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const outcomes: DeliveryOutcome[] = [];
      for (const item of items)
        outcomes.push(await guarded(() => bookOrAsk(context, item, { ...tools, language }), language));
      return outcomes;
    },

    async readBack(context, item) {
      const language = await portalLanguage(context.db, context.portalId);
      return lookFor(context, item, { ...tools, language });
    },
  };
}

type Tools = AskTools & { language: Language };
/** What is to be booked: the time that was tapped in the newest list, else the one that was submitted. */
type Wish = { appointment: Appointment; isChosenInstead: boolean; offer: OfferRow | null };

async function wishOf(context: DestinationContext, item: DeliveryItem, tools: AskTools): Promise<Wish | null> {
  const submitted = appointmentOf(item);
  if (!submitted) return null;
  const offer = await newestOffer(context, item.submissionId);
  const chosen = chosenOf(await tools.keys.dataKey(context.portalId), offer);
  return { appointment: chosen ?? submitted, isChosenInstead: chosen !== null, offer };
}

async function bookOrAsk(context: DestinationContext, item: DeliveryItem, tools: Tools): Promise<DeliveryOutcome> {
  const { language } = tools;
  if (context.signal.aborted) return retry('no_time_left', language);
  const wish = await wishOf(context, item, tools);
  if (!wish || item.contactId === null) return dead('no_contact', language);
  const { offer } = wish;
  if (offer === null || wish.isChosenInstead) return book(context, item, wish, tools);
  const awaited = await awaitChoice(context, item, offer, language);
  // The choice came while we looked.
  if (awaited === 'chosen') return bookOrAsk(context, item, tools);
  return awaited ?? book(context, item, wish, tools);
}

async function book(
  context: DestinationContext,
  item: DeliveryItem,
  wish: Wish,
  tools: Tools,
): Promise<DeliveryOutcome> {
  const { language } = tools;
  const { appointment, offer } = wish;
  const { link, minutes, timeZone, value: start } = appointment;
  const isPast = Date.parse(start) <= context.clock.now().getTime();
  if (isPast && offer === null) return dead('appointment_past', language);
  const attendee = await attendeeOf(context, item);
  if (!attendee) return dead('appointment_no_email', language);
  const look = (): Promise<Availability> => readAvailability(whereOf(context), { link, minutes, timeZone });
  const free = await linkThere(look);
  if (!free) return dead('meeting_link_gone', language);
  const taken = (now: Availability) => ownOrAsk(context, item, { wish, attendee, free: now.starts, tools });
  // Who was told that a time is gone is not booked for it behind their back: they are asked once more.
  const isGivenUp = offer !== null && !wish.isChosenInstead;
  if (isPast || isGivenUp || !free.starts.includes(start)) return taken(free);
  try {
    const person = { email: attendee.email, firstName: attendee.firstName, lastName: attendee.lastName };
    const { locale } = item.origin;
    const wanted = { link, minutes, start, timeZone, locale, person, userIds: free.userIds };
    const booked = await bookMeeting(whereOf(context), wanted);
    return { kind: 'delivered', remoteId: booked.calendarEventId };
  } catch (err) {
    if (!(err instanceof AppError) || !MAY_BE_TAKEN.includes(err.code)) throw err;
    const now = await look();
    return now.starts.includes(start) ? outcomeOf(err, language) : taken(now);
  }
}

/** Taken by the person's own meeting it is booked; by somebody else it is lost, and the person may choose again. */
async function ownOrAsk(
  context: DestinationContext,
  item: DeliveryItem,
  o: { wish: Wish; attendee: Attendee; free: readonly string[]; tools: Tools },
): Promise<DeliveryOutcome> {
  const { appointment, offer } = o.wish;
  const { contactId } = o.attendee;
  const own = contactId === null ? null : await findMeeting(context, contactId, appointment.value);
  return isBooked(own) ? alreadyThere(own.id) : askAgain(context, item, { ...o, appointment, offer });
}

async function lookFor(context: DestinationContext, item: DeliveryItem, tools: Tools): Promise<DeliveryOutcome | null> {
  const { language } = tools;
  const wish = await wishOf(context, item, tools);
  if (!wish || item.contactId === null) return null;
  const outcome = await guarded(async () => {
    // Asked before looking: what takes effect while we look must not be missed by it.
    const settled = await isSettled(context, item);
    const attendee = await attendeeOf(context, item);
    const contactId = attendee?.contactId ?? item.contactId ?? '';
    const own = await findMeeting(context, contactId, wish.appointment.value);
    if (isBooked(own)) return alreadyThere(own.id);
    return settled
      ? { kind: 'retry', code: 'not_there', reason: '' }
      : { kind: 'unknown', code: 'not_listed_yet', reason: textOf('not_listed_yet', language) };
  }, language);
  if (outcome.kind === 'retry' && outcome.code === 'not_there') return null;
  return outcome.kind === 'retry' ? { kind: 'unknown', code: outcome.code, reason: outcome.reason } : outcome;
}

function alreadyThere(meetingId: string): DeliveryOutcome {
  return { kind: 'delivered', remoteId: meetingId, detail: { readBack: true } };
}

async function guarded(work: () => Promise<DeliveryOutcome>, language: Language): Promise<DeliveryOutcome> {
  try {
    return await work();
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return dead('contact_gone', language);
    if (err instanceof AppError && err.code === 'hubspot_missing_scope')
      return dead('meetings_not_permitted', language);
    return outcomeOf(err, language);
  }
}

/** What cannot work about the meeting link of a design; empty where there is none. */
async function checkAppointment(
  context: DestinationContext,
  design: Design | undefined,
  language: Language,
): Promise<{ code: string; message: string }[]> {
  const appointment = design?.appointment;
  if (!appointment) return [];
  const say = (code: TextCode, values?: TextValues) => [{ code, message: textOf(code, language, values) }];
  try {
    const where = { ...whereOf(context), priority: 'card' as const };
    const link = await linkThere(() => readMeetingLink(where, appointment.link, appointment.timeZone));
    if (!link) return say('meeting_link_gone');
    return [
      ...(link.minutes.includes(appointment.minutes) ? [] : say('meeting_minutes', { count: appointment.minutes })),
      ...(link.requiredFields.length > 0
        ? say('meeting_link_fields', { property: link.requiredFields.join(', ') })
        : []),
      ...(link.asksConsent ? say('meeting_link_consent') : []),
    ];
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_missing_scope') return say('meetings_not_permitted');
    throw err;
  }
}

/** Null where HubSpot does not know the link (any more). */
async function linkThere<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_not_found') return null;
    throw err;
  }
}
