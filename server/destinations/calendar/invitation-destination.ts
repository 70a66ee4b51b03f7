import { answerText } from '@flowella/shared/form/answer-text.ts';
import { portalLanguage, type Language } from '../../hubspot/language.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import type { DeliveryItem, DeliveryOutcome, Destination, DestinationContext } from '../destination.ts';
import { dead, held, outcomeOf, retry } from '../outcomes.ts';
import { appointmentOf, type Appointment } from './appointment-of.ts';
import { attendeeOf, findMeeting, isBooked, type FoundMeeting } from './find-meeting.ts';
import { flowLanguage } from './flow-language.ts';
import { meaningOfRefusal } from './meaning-of-refusal.ts';
import { chosenOf, newestOffer } from './offers.ts';
import type { SendDocument } from './send-document.ts';
import { toIcs } from './to-ics.ts';

const BATCH = 10;
/**
 * Looked at again after these while the window is shut. At first soon: the phone's own reply, which opens it, comes a moment after the
 * submission. Then the person's next message does, whenever that is.
 */
const WINDOW_PAUSES_MS = [3_000, 30_000, 900_000] as const;
/**
 * Meta takes no `text/calendar` (error 100 names what it takes); by the name's ending the phone knows what it is ("The WhatsApp client
 * will use an appropriate file type icon based on the extension").
 */
const FILE = { fileName: 'appointment.ics', mimeType: 'text/plain' } as const;

/** The booked appointment as a calendar file in the person's chat, sent at most once. */
export function createInvitationDestination(tools: { keys: PortalKeys; sendDocument: SendDocument }): Destination {
  return {
    kind: 'invitation',
    dependsOn: 'calendar',
    batchSize: BATCH,
    wanted: (mapping, { appointment }) => appointment === true && mapping.calendar?.invitation === true,
    check: () => Promise.resolve([]),

    async deliver(context, items) {
      const language = await portalLanguage(context.db, context.portalId);
      const outcomes: DeliveryOutcome[] = [];
      for (const item of items) outcomes.push(await invite(context, item, { ...tools, language }));
      return outcomes;
    },

    async readBack(context) {
      const language = await portalLanguage(context.db, context.portalId);
      return { ...dead('invitation_unknown', language), isUnknowable: true };
    },
  };
}

async function invite(
  context: DestinationContext,
  item: DeliveryItem,
  tools: { keys: PortalKeys; sendDocument: SendDocument; language: Language },
): Promise<DeliveryOutcome> {
  const { language } = tools;
  if (context.signal.aborted) return retry('no_time_left', language);
  const instead = chosenOf(await tools.keys.dataKey(context.portalId), await newestOffer(context, item.submissionId));
  const appointment = instead ?? appointmentOf(item);
  if (!appointment) return dead('no_contact', language);
  if (Date.parse(appointment.value) <= context.clock.now().getTime()) return dead('appointment_past', language);
  let meeting: FoundMeeting | null;
  try {
    meeting = await bookedMeeting(context, item, appointment);
  } catch (err) {
    return outcomeOf(err, language);
  }
  if (meeting && !isBooked(meeting)) return dead('invitation_canceled', language);
  return send(context, item, { ...tools, appointment, meeting });
}

async function bookedMeeting(
  context: DestinationContext,
  item: DeliveryItem,
  { value }: Appointment,
): Promise<FoundMeeting | null> {
  const attendee = await attendeeOf(context, item);
  const contactId = attendee?.contactId ?? item.contactId;
  return contactId === null ? null : findMeeting(context, contactId, value);
}

async function send(
  context: DestinationContext,
  item: DeliveryItem,
  o: { sendDocument: SendDocument; language: Language; appointment: Appointment; meeting: FoundMeeting | null },
): Promise<DeliveryOutcome> {
  const { language, appointment, meeting } = o;
  try {
    const sent = await o.sendDocument({
      portalId: context.portalId,
      submissionId: item.submissionId,
      deliveryId: item.deliveryId,
      ...FILE,
      content: toInvitation(item, appointment, meeting),
      caption: answerText(undefined, appointment, flowLanguage(item.origin.locale)),
    });
    switch (sent.kind) {
      case 'sent':
        return { kind: 'delivered', remoteId: sent.messageId };
      case 'window-closed':
        return windowClosed(item, language);
      case 'opted-out':
        return dead('invitation_opted_out', language);
      case 'account':
        return held('invitation_account', language);
    }
  } catch (err) {
    return refusal(err, item, language);
  }
}

function refusal(err: unknown, item: DeliveryItem, language: Language): DeliveryOutcome {
  const meaning = meaningOfRefusal(err);
  switch (meaning.kind) {
    case 'unknown':
      return dead('invitation_unknown', language);
    case 'window-closed':
      return windowClosed(item, language);
    case 'opted-out':
      return dead('invitation_opted_out', language);
    case 'later':
      return retry('invitation_later', language);
    case 'account':
      return held('invitation_account', language);
    case 'refused':
      return dead('invitation_refused', language, { code: meaning.code });
  }
}

function windowClosed({ attempt }: DeliveryItem, language: Language): DeliveryOutcome {
  const retryAfterMs = WINDOW_PAUSES_MS[Math.min(attempt, WINDOW_PAUSES_MS.length) - 1] ?? WINDOW_PAUSES_MS[0];
  return { ...retry('invitation_window', language), retryAfterMs };
}

/** The file of one submission: the same bytes whenever it is made, as long as the meeting is the same. Pure. */
export function toInvitation(
  item: Pick<DeliveryItem, 'submissionId' | 'acceptedAt' | 'flowName'>,
  appointment: Appointment,
  meeting: FoundMeeting | null,
): string {
  const location = meeting?.location ?? '';
  const isAddress = URL.parse(location)?.protocol === 'https:';
  return toIcs({
    uid: `${item.submissionId}@flowella`,
    stamp: item.acceptedAt,
    start: new Date(appointment.value),
    minutes: appointment.minutes,
    title: meeting?.title || item.flowName,
    ...(location ? { location } : {}),
    ...(isAddress ? { url: location } : {}),
  });
}
