import type { CheckState, RiskRule } from '@flowella/shared/contract/identity.ts';
import type { Language, Texts } from '../../hubspot/language.ts';

type Values = { vendor?: string; status?: number; fields?: string };

/** Why an identity check is not under way, or a mapping cannot work: what happened, and who should do what. */
const TEXTS = {
  identity_unreachable: ({ vendor }: Values) => ({
    en: `${vendor} could not be reached. It is tried again by itself.`,
    de: `${vendor} war nicht erreichbar. Es wird von selbst erneut versucht.`,
  }),
  identity_unavailable: ({ vendor, status }: Values) => ({
    en: `${vendor} has a fault (${status}). It is tried again by itself, after a look whether the check is there already.`,
    de: `${vendor} hat eine Störung (${status}). Es wird von selbst erneut versucht, nachdem geprüft ist, ob die Prüfung schon angelegt ist.`,
  }),
  identity_slow_down: ({ vendor, status }: Values) => ({
    en: `${vendor} is busy (${status}). It is tried again after the pause it asked for.`,
    de: `${vendor} ist ausgelastet (${status}). Nach der verlangten Pause wird es erneut versucht.`,
  }),
  identity_no_answer: ({ vendor }: Values) => ({
    en: `${vendor}'s answer was lost. We look whether the check is there before anything is repeated.`,
    de: `Die Antwort von ${vendor} ging verloren. Wir sehen nach, ob die Prüfung angelegt ist, bevor etwas wiederholt wird.`,
  }),
  identity_unreadable: ({ vendor }: Values) => ({
    en: `${vendor} answered in a way that we do not know. It is tried again by itself; if that goes on, tell the operator of Flowella.`,
    de: `${vendor} hat anders geantwortet als bekannt. Es wird von selbst erneut versucht; bleibt es dabei, sagen Sie es dem Betreiber von Flowella.`,
  }),
  identity_url_refused: ({ vendor }: Values) => ({
    en: `The address of ${vendor} leads into a network that is not public, so it is not called. Tell the operator of Flowella.`,
    de: `Die Adresse von ${vendor} führt in ein Netz, das nicht öffentlich ist, und wird nicht aufgerufen. Sagen Sie es dem Betreiber von Flowella.`,
  }),
  identity_key_refused: ({ vendor, status }: Values) => ({
    en: `${vendor} refuses the key (${status}). An admin enters a valid one in the settings of Flowella under “Identity checks”; what waits then goes on by itself.`,
    de: `${vendor} lehnt den Schlüssel ab (${status}). Ein Admin trägt in den Einstellungen von Flowella unter „Identitätsprüfungen“ einen gültigen ein; was wartet, geht dann von selbst weiter.`,
  }),
  identity_not_found: ({ vendor }: Values) => ({
    en: `${vendor} does not know this check or its template (404). Put the template right at the vendor under the id that the flow names, then deliver again.`,
    de: `${vendor} kennt diese Prüfung oder ihre Vorlage nicht (404). Bringen Sie die Vorlage beim Anbieter unter der ID in Ordnung, die der Flow nennt, und stellen Sie erneut zu.`,
  }),
  identity_refused: ({ vendor, status }: Values) => ({
    en: `${vendor} refused to start the check (${status}). Compare the template with what the flow asks for, then deliver again.`,
    de: `${vendor} hat den Start der Prüfung abgelehnt (${status}). Vergleichen Sie die Vorlage mit dem, was der Flow abfragt, und stellen Sie erneut zu.`,
  }),
  identity_service_gone: () => ({
    en: 'The identity service of this flow was deleted. Choose another one in the mapping and publish again.',
    de: 'Der Prüfdienst dieses Flows wurde gelöscht. Wählen Sie in der Zuordnung einen anderen und veröffentlichen Sie erneut.',
  }),
  identity_no_webhook_secret: ({ vendor }: Values) => ({
    en: `${vendor} cannot tell us results yet: its webhook secret is missing. Make the webhook at ${vendor} with our address, and enter its secret in the settings of Flowella under “Identity checks”.`,
    de: `${vendor} kann uns Ergebnisse noch nicht mitteilen: Das Webhook-Geheimnis fehlt. Legen Sie bei ${vendor} den Webhook mit unserer Adresse an und tragen Sie sein Geheimnis in den Einstellungen von Flowella unter „Identitätsprüfungen“ ein.`,
  }),
  identity_no_template: ({ vendor }: Values) => ({
    en: `${vendor} needs to know what to check: enter the id of its workflow or template.`,
    de: `${vendor} muss wissen, was zu prüfen ist: Tragen Sie die ID des Workflows oder der Vorlage ein.`,
  }),
  identity_fields_missing: ({ vendor, fields }: Values) => ({
    en: `${vendor} cannot start without: ${fields}. Say which questions ask for it.`,
    de: `${vendor} kann nicht beginnen ohne: ${fields}. Geben Sie an, welche Fragen danach fragen.`,
  }),
  identity_answers_missing: ({ vendor }: Values) => ({
    en: `The person left out a name that ${vendor} cannot start without. Ask for it, or make the question required.`,
    de: `Die Person hat einen Namen ausgelassen, ohne den ${vendor} nicht beginnen kann. Fragen Sie nach, oder machen Sie die Frage zur Pflicht.`,
  }),
  identity_needs_kyc: () => ({
    en: 'The result of an identity check is written to the KYC record. Turn the KYC record on for this flow.',
    de: 'Das Ergebnis der Identitätsprüfung wird in die KYC-Akte geschrieben. Schalten Sie die KYC-Akte für diesen Flow ein.',
  }),
  identity_unknown_question: () => ({
    en: 'The form has no such question any more. Remove it from the identity check.',
    de: 'Das Formular hat diese Frage nicht mehr. Entfernen Sie sie aus der Identitätsprüfung.',
  }),
  identity_not_a_date: () => ({
    en: 'The date of birth needs a question that asks for a date. Choose another question.',
    de: 'Das Geburtsdatum braucht eine Frage nach einem Datum. Wählen Sie eine andere Frage.',
  }),
  identity_no_check: () => ({
    en: 'There is no identity check of this submission that could have a result. Start the check first.',
    de: 'Zu dieser Übermittlung gibt es keine Identitätsprüfung, die ein Ergebnis haben könnte. Starten Sie zuerst die Prüfung.',
  }),
  identity_not_started: () => ({
    en: 'The check is still being started. Its result is asked for again by itself; if the start has stopped, deliver that again first.',
    de: 'Die Prüfung wird noch angelegt. Ihr Ergebnis wird von selbst erneut erfragt; hat das Anlegen angehalten, stellen Sie zuerst dieses erneut zu.',
  }),
  identity_window_opens: () => ({
    en: "The person's reply is on its way; it opens the chat for the link. It is sent in a moment.",
    de: 'Die Antwort der Person ist unterwegs; sie öffnet den Chat für den Link. Er wird gleich gesendet.',
  }),
  identity_no_time_left: () => ({
    en: 'The time of this attempt was used up before its turn came. It is tried again by itself.',
    de: 'Die Zeit dieses Versuchs war um, bevor er an der Reihe war. Es wird von selbst erneut versucht.',
  }),
  identity_works: ({ vendor }: Values) => ({
    en: `${vendor} accepts the key.`,
    de: `${vendor} nimmt den Schlüssel an.`,
  }),
} satisfies Record<string, (values: Values) => Texts>;

export type IdentityTextCode = keyof typeof TEXTS;

/** The same of a call that somebody has just made and waits for: nothing repeats it but they. */
const ONCE_TEXTS: Partial<Record<IdentityTextCode, (values: Values) => Texts>> = {
  identity_unreachable: ({ vendor }) => ({
    en: `${vendor} could not be reached. Try again in a few minutes.`,
    de: `${vendor} war nicht erreichbar. Versuchen Sie es in einigen Minuten noch einmal.`,
  }),
  identity_unavailable: ({ vendor, status }) => ({
    en: `${vendor} has a fault (${status}). Try again in a few minutes.`,
    de: `${vendor} hat eine Störung (${status}). Versuchen Sie es in einigen Minuten noch einmal.`,
  }),
  identity_slow_down: ({ vendor, status }) => ({
    en: `${vendor} is busy (${status}). Try again in a few minutes.`,
    de: `${vendor} ist ausgelastet (${status}). Versuchen Sie es in einigen Minuten noch einmal.`,
  }),
  identity_no_answer: ({ vendor }) => ({
    en: `${vendor} did not answer. Try again in a few minutes.`,
    de: `${vendor} hat nicht geantwortet. Versuchen Sie es in einigen Minuten noch einmal.`,
  }),
  identity_unreadable: ({ vendor }) => ({
    en: `${vendor} answered in a way that we do not know. Try again in a few minutes; if that goes on, tell the operator of Flowella.`,
    de: `${vendor} hat anders geantwortet als bekannt. Versuchen Sie es in einigen Minuten noch einmal; bleibt es dabei, sagen Sie es dem Betreiber von Flowella.`,
  }),
  identity_key_refused: ({ vendor, status }) => ({
    en: `${vendor} refuses the key (${status}). An admin enters a valid one in the settings of Flowella under “Identity checks”; then try again.`,
    de: `${vendor} lehnt den Schlüssel ab (${status}). Ein Admin trägt in den Einstellungen von Flowella unter „Identitätsprüfungen“ einen gültigen ein; versuchen Sie es danach noch einmal.`,
  }),
  identity_not_found: ({ vendor }) => ({
    en: `${vendor} does not know what it was asked for (404). Compare the account whose key is entered in the settings of Flowella under “Identity checks” with the one at ${vendor}.`,
    de: `${vendor} kennt nicht, wonach gefragt wurde (404). Vergleichen Sie das Konto, dessen Schlüssel in den Einstellungen von Flowella unter „Identitätsprüfungen“ eingetragen ist, mit dem bei ${vendor}.`,
  }),
  identity_refused: ({ vendor, status }) => ({
    en: `${vendor} refused the call (${status}). Look in ${vendor} at what it says of this account and this check.`,
    de: `${vendor} hat den Aufruf abgelehnt (${status}). Sehen Sie bei ${vendor} nach, was dort zu diesem Konto und dieser Prüfung steht.`,
  }),
};

/** Of what is repeated by itself, by its delivery's schedule. */
export function identityText(code: IdentityTextCode, language: Language, values: Values = {}): string {
  return TEXTS[code](values)[language];
}

/** Of a call that somebody waits for; it promises no repeat. */
export function identityTextOnce(code: IdentityTextCode, language: Language, values: Values = {}): string {
  return (ONCE_TEXTS[code] ?? TEXTS[code])(values)[language];
}

export const STATE_TEXTS: Readonly<Record<CheckState, Texts>> = {
  requested: {
    en: 'Requested; the person does not have the link yet',
    de: 'Angefordert; die Person hat den Link noch nicht',
  },
  link_sent: { en: 'Link sent', de: 'Link gesendet' },
  in_progress: { en: 'In progress', de: 'In Arbeit' },
  needs_review: { en: 'Needs review', de: 'Muss geprüft werden' },
  approved: { en: 'Approved', de: 'Bestätigt' },
  declined: { en: 'Declined', de: 'Abgelehnt' },
  expired: { en: 'Expired', de: 'Abgelaufen' },
  cancelled: { en: 'Cancelled', de: 'Abgebrochen' },
};

export const RISK_TEXTS: Readonly<Record<RiskRule, Texts>> = {
  declined: { en: 'The identity check was declined', de: 'Die Identitätsprüfung wurde abgelehnt' },
  needs_review: { en: 'The identity check needs review', de: 'Die Identitätsprüfung muss geprüft werden' },
  expired: { en: 'The identity check expired', de: 'Die Identitätsprüfung ist abgelaufen' },
  cancelled: { en: 'The identity check was cancelled', de: 'Die Identitätsprüfung wurde abgebrochen' },
  name_mismatch: { en: 'The name is not the one on the document', de: 'Der Name ist nicht der des Ausweises' },
  birth_date_mismatch: {
    en: 'The date of birth is not the one on the document',
    de: 'Das Geburtsdatum ist nicht das des Ausweises',
  },
};

/** What keeps a link from going out by itself; the rep has it then. Codes of `server/whatsapp/choose-way.ts` and of Meta. */
const LINK_NOTES: Record<string, Texts> = {
  'opted-out': {
    en: 'The person does not want messages from your business, so the link was not sent. Give it to them another way.',
    de: 'Die Person möchte keine Nachrichten von Ihrem Unternehmen, deshalb wurde der Link nicht gesendet. Geben Sie ihn ihr auf anderem Weg.',
  },
  'window-closed': {
    en: 'The person has not written within 24 hours, and there is no template for the link. Send them this link, or ask them to write to you.',
    de: 'Die Person hat in den letzten 24 Stunden nicht geschrieben, und es gibt keine Vorlage für den Link. Senden Sie ihr diesen Link, oder bitten Sie sie, Ihnen zu schreiben.',
  },
  unknown: {
    en: 'Whether WhatsApp took the message with the link is not known, so it is not sent again by itself. Ask the person, and send them this link if they did not get it.',
    de: 'Ob WhatsApp die Nachricht mit dem Link angenommen hat, ist nicht bekannt; sie wird deshalb nicht von selbst noch einmal gesendet. Fragen Sie die Person, und senden Sie ihr diesen Link, falls er nicht ankam.',
  },
  failed: {
    en: 'WhatsApp did not deliver the message with the link. Send the person this link another way.',
    de: 'WhatsApp hat die Nachricht mit dem Link nicht zugestellt. Senden Sie der Person diesen Link auf anderem Weg.',
  },
  other: {
    en: 'The link could not be sent by WhatsApp. Send the person this link another way.',
    de: 'Der Link konnte nicht über WhatsApp gesendet werden. Senden Sie der Person diesen Link auf anderem Weg.',
  },
};

export function linkNote(code: string | null, language: Language): string {
  return (LINK_NOTES[code ?? 'other'] ?? LINK_NOTES.other)?.[language] ?? '';
}

/** The chat message with the link where the customer wrote none; in the language of the form, as far as it is one of ours. */
export const LINK_MESSAGE: Readonly<Record<Language, { body: string; button: string }>> = {
  en: {
    body: 'One more step: please confirm your identity. The link opens a secure page of our identity service.',
    button: 'Confirm identity',
  },
  de: {
    body: 'Noch ein Schritt: Bitte bestätigen Sie Ihre Identität. Der Link öffnet eine sichere Seite unseres Prüfdienstes.',
    button: 'Identität bestätigen',
  },
};
