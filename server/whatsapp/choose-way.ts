import type { Language, Texts } from '../hubspot/language.ts';
import type { Consent } from './consents.ts';

/** The 24-hour customer service window (whatsapp-flows.md section 9.3). */
export const WINDOW_MS = 24 * 3_600_000;
/** A message sent in the last moments would arrive after the window: it counts as closed a little before. */
const WINDOW_MARGIN_MS = 60_000;

export type Situation = {
  flowState: 'draft' | 'publishing' | 'published' | 'failed' | 'paused' | 'retired';
  /** Why it is paused: Meta's `throttled` or `blocked`. */
  pausedBy: string | null;
  isLive: boolean;
  accountState: 'connecting' | 'connected' | 'broken' | 'disconnected';
  hasNumberToSendFrom: boolean;
  hasRecipient: boolean;
  consent: Consent['state'];
  requireOptIn: boolean;
  /** The last message from the person to the number that would send. */
  lastInboundAt: Date | null;
  template: { state: string } | null;
  /** An admin's test to a number of their own needs no recorded opt-in. */
  isTest: boolean;
  /** The flow confirms who answers, and nobody could be confirmed as this contact; null where that is no matter. */
  notConfirmable: NotConfirmable | null;
  now: Date;
};

/** What a contact lacks to be confirmed by surname and code. */
export type NotConfirmable = 'confirms-contacts-only' | 'no-surname' | 'no-email' | 'confirms-since';

export type BlockedCode =
  | NotConfirmable
  | 'flow-not-published'
  | 'flow-publishing'
  | 'flow-throttled'
  | 'flow-blocked'
  | 'flow-retired'
  | 'account-broken'
  | 'no-business-number'
  | 'no-recipient'
  | 'opted-out'
  | 'no-opt-in'
  | 'template-missing'
  | 'template-pending'
  | 'template-rejected';

export type Way = { kind: 'interactive' | 'template' } | { kind: 'blocked'; code: BlockedCode };

export function windowUntil(lastInboundAt: Date | null, now: Date): Date | null {
  if (!lastInboundAt) return null;
  const until = new Date(lastInboundAt.getTime() + WINDOW_MS);
  return until.getTime() - WINDOW_MARGIN_MS > now.getTime() ? until : null;
}

/** Whether and how a flow may be sent now: everything that can stop it, the most fundamental first. Pure. */
export function chooseWay(s: Situation): Way {
  const blocked = (code: BlockedCode): Way => ({ kind: 'blocked', code });
  if (s.flowState === 'publishing') return blocked('flow-publishing');
  if (s.flowState === 'paused') return blocked(s.pausedBy === 'throttled' ? 'flow-throttled' : 'flow-blocked');
  if (s.flowState === 'retired') return blocked('flow-retired');
  if (!s.isLive) return blocked('flow-not-published');
  if (s.accountState !== 'connected') return blocked('account-broken');
  if (!s.hasNumberToSendFrom) return blocked('no-business-number');
  if (!s.hasRecipient) return blocked('no-recipient');
  if (s.consent === 'opted_out') return blocked('opted-out');
  if (s.notConfirmable) return blocked(s.notConfirmable);
  if (windowUntil(s.lastInboundAt, s.now)) return { kind: 'interactive' };
  if (s.requireOptIn && s.consent === 'unknown' && !s.isTest) return blocked('no-opt-in');
  return templateWay(s.template);
}

function templateWay(template: Situation['template']): Way {
  if (!template) return { kind: 'blocked', code: 'template-missing' };
  if (template.state === 'APPROVED') return { kind: 'template' };
  const isWaiting = ['CREATING', 'PENDING', 'IN_APPEAL'].includes(template.state);
  return { kind: 'blocked', code: isWaiting ? 'template-pending' : 'template-rejected' };
}

const BLOCKED: Record<BlockedCode, Texts> = {
  'flow-not-published': {
    en: 'This flow is not published yet. An admin publishes it in the settings of Flowella.',
    de: 'Dieser Flow ist noch nicht veröffentlicht. Ein Admin veröffentlicht ihn in den Einstellungen von Flowella.',
  },
  'flow-publishing': {
    en: 'This flow is being published. Try again in a minute.',
    de: 'Dieser Flow wird gerade veröffentlicht. Versuchen Sie es in einer Minute noch einmal.',
  },
  'flow-throttled': {
    en: 'WhatsApp is holding this flow back because it failed for too many people. It can be sent again as soon as WhatsApp allows it, which we notice within minutes; messages that wait go out by themselves then. An admin finds the cause in the settings of Flowella under “What needs you”.',
    de: 'WhatsApp bremst diesen Flow, weil er bei zu vielen Personen fehlschlug. Er kann wieder gesendet werden, sobald WhatsApp es erlaubt; das bemerken wir binnen Minuten, und wartende Nachrichten gehen dann von selbst hinaus. Die Ursache findet ein Admin in den Einstellungen von Flowella unter „Handlungsbedarf“.',
  },
  'flow-blocked': {
    en: 'WhatsApp has blocked this flow because it failed for too many people. An admin mends the cause (in the settings of Flowella, “What needs you”); it can be sent again as soon as WhatsApp allows it, which we notice within minutes, and messages that wait go out by themselves then.',
    de: 'WhatsApp hat diesen Flow gesperrt, weil er bei zu vielen Personen fehlschlug. Ein Admin behebt die Ursache (in den Einstellungen von Flowella, „Handlungsbedarf“); gesendet werden kann, sobald WhatsApp es wieder erlaubt. Das bemerken wir binnen Minuten, und wartende Nachrichten gehen dann von selbst hinaus.',
  },
  'flow-retired': {
    en: 'This flow is no longer in use. Choose another one.',
    de: 'Dieser Flow wird nicht mehr verwendet. Wählen Sie einen anderen.',
  },
  'account-broken': {
    en: 'The WhatsApp account is not working. An admin opens Settings, reads which check failed and connects it again.',
    de: 'Das WhatsApp-Konto funktioniert nicht. Ein Admin öffnet die Einstellungen, sieht die fehlgeschlagene Prüfung und verbindet es erneut.',
  },
  'no-business-number': {
    en: 'The WhatsApp account has no number that can send. An admin checks its numbers in the settings of Flowella.',
    de: 'Das WhatsApp-Konto hat keine Nummer, die senden kann. Ein Admin prüft die Nummern in den Einstellungen von Flowella.',
  },
  'no-recipient': {
    en: 'There is no phone number that WhatsApp could use. Add one with its country code to the contact.',
    de: 'Es gibt keine Telefonnummer, die WhatsApp verwenden könnte. Ergänzen Sie am Kontakt eine mit Ländervorwahl.',
  },
  'opted-out': {
    en: 'This person does not want messages from your business. Nothing is sent until they agree again.',
    de: 'Diese Person möchte keine Nachrichten von Ihrem Unternehmen. Es wird nichts gesendet, bis sie wieder zustimmt.',
  },
  'confirms-contacts-only': {
    en: 'This flow asks who is answering, so it can only be sent to a contact: send it from the card on a contact’s record.',
    de: 'Dieser Flow fragt, wer antwortet, und kann deshalb nur an einen Kontakt gesendet werden: Senden Sie ihn von der Karte am Kontakt.',
  },
  'no-surname': {
    en: 'This flow asks for the surname to confirm who is answering, but the contact has none. Add it, then send.',
    de: 'Dieser Flow fragt zur Bestätigung nach dem Nachnamen, aber der Kontakt hat keinen. Ergänzen Sie ihn, dann senden Sie.',
  },
  'no-email': {
    en: 'This flow confirms who is answering by a code sent by e-mail, but the contact has no e-mail address. Add it, then send.',
    de: 'Dieser Flow bestätigt mit einem Code per E-Mail, wer antwortet, aber der Kontakt hat keine E-Mail-Adresse. Ergänzen Sie sie, dann senden Sie.',
  },
  'confirms-since': {
    en: 'Since this message was queued, the flow has begun to ask who is answering. Send it again.',
    de: 'Seit diese Nachricht eingereiht wurde, fragt der Flow, wer antwortet. Senden Sie ihn erneut.',
  },
  'no-opt-in': {
    en: 'No consent is on record, and the person has not written within 24 hours. Record that they agreed, then send.',
    de: 'Es ist keine Zustimmung vermerkt, und die Person hat in den letzten 24 Stunden nicht geschrieben. Vermerken Sie die Zustimmung, dann senden Sie.',
  },
  'template-missing': {
    en: 'The person has not written within 24 hours, and this flow has no message template. An admin publishes it again.',
    de: 'Die Person hat in den letzten 24 Stunden nicht geschrieben, und dieser Flow hat keine Nachrichtenvorlage. Ein Admin veröffentlicht ihn erneut.',
  },
  'template-pending': {
    en: 'The person has not written within 24 hours, and WhatsApp has not approved the message template yet. Try again later.',
    de: 'Die Person hat in den letzten 24 Stunden nicht geschrieben, und WhatsApp hat die Nachrichtenvorlage noch nicht genehmigt. Versuchen Sie es später.',
  },
  'template-rejected': {
    en: 'The person has not written within 24 hours, and WhatsApp does not allow the message template. An admin changes its text and publishes again.',
    de: 'Die Person hat in den letzten 24 Stunden nicht geschrieben, und WhatsApp lässt die Nachrichtenvorlage nicht zu. Ein Admin ändert den Text und veröffentlicht erneut.',
  },
};

export function explainBlocked(code: BlockedCode, language: Language): string {
  return BLOCKED[code][language];
}

/** The same for a stored reason that may be something else; null then. */
export function explainBlockedReason(reason: string, language: Language): string | null {
  const text: Texts | undefined = Object.hasOwn(BLOCKED, reason) ? BLOCKED[reason as BlockedCode] : undefined;
  return text?.[language] ?? null;
}
