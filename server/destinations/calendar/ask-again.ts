import type { Language } from '../../hubspot/language.ts';
import { newId } from '../../ids.ts';
import type { PortalKeys } from '../../keys/portal-keys.ts';
import { PERSON_ASKED, type DeliveryItem, type DeliveryOutcome, type DestinationContext } from '../destination.ts';
import { dead, retry } from '../outcomes.ts';
import { textOf } from '../texts.ts';
import type { Appointment } from './appointment-of.ts';
import { flowLanguage } from './flow-language.ts';
import { meaningOfRefusal, type Refusal } from './meaning-of-refusal.ts';
import { claimOffer, closeOffer, dropOffer, keepOffer, type OfferRow } from './offers.ts';
import type { SendTimes, SentTimes } from './send-times.ts';
import { timesInstead, toTimesMessage } from './times-message.ts';

export type AskTools = { keys: PortalKeys; sendTimes: SendTimes };

/** Whoever has lost three times in a row is better called. */
const MAX_LISTS = 3;
/** As long as the window that their submission opened. */
const CHOOSE_WITHIN_MS = 24 * 3_600_000;
/** The webhook of the reply comes within seconds of the last screen, and opens the window. */
const REPLY_COMES_MS = 60_000;
const LOOK_AGAIN_MS = 3_000;

/**
 * What a list comes to that nothing was tapped in: it is waited for, or it is over, which is said until it is written down. Null when it
 * was over before this schedule began: somebody wants the person asked once more.
 */
export async function awaitChoice(
  context: DestinationContext,
  item: DeliveryItem,
  offer: OfferRow,
  language: Language,
): Promise<DeliveryOutcome | 'chosen' | null> {
  // Closed by an attempt whose end was not written down, not by one that somebody has repeated.
  if (offer.over_at) return item.triedSince && offer.over_at > item.triedSince ? over(offer, language) : null;
  const isLapsed = context.clock.now() >= offer.expires_at;
  if (offer.state !== 'failed' && !isLapsed) {
    // The process that sent it died before it heard: whether it arrived is known by its status alone.
    if (offer.state === 'sending') await keepOffer(context, offer.offer_id, 'unknown');
    return waits(context, offer.expires_at, offer.state === 'sent', language);
  }
  if (!(await closeOffer(context, offer.offer_id))) return 'chosen';
  return over(offer, language);
}

function over(offer: OfferRow, language: Language): DeliveryOutcome {
  return offer.state === 'failed'
    ? dead('slot_not_arrived', language, { code: offer.error_code ?? '' })
    : dead('slot_not_chosen', language);
}

/** Sends the person other free times as a list, once, inside the window; what is tapped comes back as a webhook (`take-choice.ts`). */
export async function askAgain(
  context: DestinationContext,
  item: DeliveryItem,
  o: {
    appointment: Appointment;
    offer: OfferRow | null;
    free: readonly string[];
    tools: AskTools & { language: Language };
  },
): Promise<DeliveryOutcome> {
  const { language, sendTimes } = o.tools;
  const now = context.clock.now();
  const number = (o.offer?.number ?? 0) + 1;
  if (number > MAX_LISTS) return dead('slot_taken_often', language);
  const starts = timesInstead(o.free, o.appointment.value, now);
  const last = starts.at(-1);
  if (last === undefined) return dead('slot_none_free', language);
  const offerId = newId('timeOffer');
  const expiresAt = new Date(Math.min(now.getTime() + CHOOSE_WITHIN_MS, Date.parse(last)));
  const { submissionId } = item;
  let meaning: SentTimes | Refusal;
  try {
    meaning = await sendTimes({
      portalId: context.portalId,
      submissionId,
      offerId,
      message: toTimesMessage(offerId, starts, {
        timeZone: o.appointment.timeZone,
        language: flowLanguage(item.origin.locale),
      }),
      claim: () => claimOffer(context, { offerId, submissionId, number, starts, expiresAt, before: o.offer }),
    });
  } catch (err) {
    meaning = meaningOfRefusal(err);
  }
  return toOutcome(context, item, { meaning, offerId, expiresAt, language });
}

async function toOutcome(
  context: DestinationContext,
  item: DeliveryItem,
  o: { meaning: SentTimes | Refusal; offerId: string; expiresAt: Date; language: Language },
): Promise<DeliveryOutcome> {
  const { meaning, offerId, language } = o;
  if (meaning.kind === 'sent' || meaning.kind === 'unknown') {
    await keepOffer(context, offerId, meaning.kind);
    return waits(context, o.expiresAt, meaning.kind === 'sent', language);
  }
  // It has certainly not left us: nobody waits for an answer to it.
  await dropOffer(context, offerId);
  switch (meaning.kind) {
    case 'window-closed': {
      const age = context.clock.now().getTime() - item.acceptedAt.getTime();
      return age < REPLY_COMES_MS
        ? { ...retry('slot_window_opens', language), retryAfterMs: LOOK_AGAIN_MS }
        : dead('slot_window_closed', language);
    }
    case 'opted-out':
      return dead('slot_opted_out', language);
    case 'account':
      return dead('slot_account', language);
    case 'refused':
      return dead('slot_refused', language, { code: meaning.code });
    case 'later':
    case 'not-claimed':
      return retry('slot_later', language);
  }
}

function waits(context: DestinationContext, expiresAt: Date, hasArrived: boolean, language: Language): DeliveryOutcome {
  const reason = textOf(hasArrived ? PERSON_ASKED : 'slot_asked_perhaps', language);
  const retryAfterMs = Math.max(0, expiresAt.getTime() - context.clock.now().getTime());
  return { kind: 'retry', code: PERSON_ASKED, reason, retryAfterMs };
}
