import { FORM_GONE } from '../destinations/form-submission/form-submission-destination.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { PAUSED } from './destination-health.ts';

/** What somebody who has never seen the code does about deliveries that stopped: one way per kind of reason. */
export const WAYS = {
  away: {
    en: 'Nothing has to be changed here. When the other side works again, try one of them; once it arrives, try all of these.',
    de: 'Hier muss nichts geändert werden. Sobald die Gegenseite wieder funktioniert, stellen Sie eine davon erneut zu; kommt sie an, dann alle.',
  },
  install: {
    en: 'A super admin of this HubSpot account opens “Connected apps”, installs Flowella again and accepts its permissions. Then try all of these again.',
    de: 'Ein Super-Admin dieses HubSpot-Kontos öffnet „Verbundene Apps“, installiert Flowella erneut und bestätigt die Berechtigungen. Stellen Sie dann alle erneut zu.',
  },
  contact: {
    en: 'Open the contacts in the list below and put each right in HubSpot: merge, restore or correct it. Then try all of these again.',
    de: 'Öffnen Sie die Kontakte aus der Liste unten und bringen Sie jeden in HubSpot in Ordnung: zusammenführen, wiederherstellen oder berichtigen. Stellen Sie dann alle erneut zu.',
  },
  property: {
    en: 'Open the property in HubSpot (Settings › Properties) and correct its type, options or rules. Then try all of these again. Changing “Where answers go” of the flow helps what is submitted after you publish it, not these.',
    de: 'Öffnen Sie die Eigenschaft in HubSpot (Einstellungen › Eigenschaften) und berichtigen Sie Typ, Optionen oder Regeln. Stellen Sie dann alle erneut zu. „Wohin die Antworten gehen“ zu ändern, hilft dem, was nach dem Veröffentlichen eingesendet wird, nicht diesen.',
  },
  form: {
    en: 'Open the flow under “Flows”: it shows how the HubSpot form differs from what people filled in. Put the form right, or decide there what happens to what it does not take. Then try all of these again.',
    de: 'Öffnen Sie den Flow unter „Flows“: Dort steht, wie sich das HubSpot-Formular von dem unterscheidet, was ausgefüllt wurde. Bringen Sie das Formular in Ordnung, oder entscheiden Sie dort, was mit dem geschieht, was es nicht annimmt. Stellen Sie dann alle erneut zu.',
  },
  captcha: {
    en: 'Open the form in HubSpot (Marketing › Forms) and turn its captcha off. Then try all of these again.',
    de: 'Öffnen Sie das Formular in HubSpot (Marketing › Formulare) und schalten Sie sein Captcha aus. Stellen Sie dann alle erneut zu.',
  },
  noField: {
    en: 'Nothing can be submitted from these answers: leave them as they are. They stand on the contacts’ cards and in the other places of the flow. So that no new ones stop, turn off writing back into the form under “Where answers go” of the flow and publish it.',
    de: 'Aus diesen Antworten lässt sich nichts übermitteln: Lassen Sie sie, wie sie sind. Sie stehen auf den Karten der Kontakte und an den anderen Orten des Flows. Damit keine neuen stehen bleiben, schalten Sie das Zurückschreiben unter „Wohin die Antworten gehen“ des Flows aus und veröffentlichen Sie ihn.',
  },
  customObject: {
    en: 'Make room for a custom object in HubSpot, or have a super admin install Flowella again and accept its optional permissions. Then try all of these again. Choosing contact properties as the home of KYC records helps what is submitted after you publish the flow, not these.',
    de: 'Schaffen Sie in HubSpot Platz für ein benutzerdefiniertes Objekt, oder lassen Sie einen Super-Admin Flowella erneut installieren und die optionalen Berechtigungen bestätigen. Stellen Sie dann alle erneut zu. Kontakteigenschaften als Ort der KYC-Akten zu wählen, hilft dem, was nach dem Veröffentlichen eingesendet wird, nicht diesen.',
  },
  formGone: {
    en: 'If the form is archived, restore it in HubSpot and try all of these again. If it was deleted for good, decide below that these answers will not go to it. So that no new ones wait, turn off writing back into the form under “Where answers go” of the flow and publish it.',
    de: 'Ist das Formular archiviert, stellen Sie es in HubSpot wieder her und stellen Sie alle erneut zu. Ist es endgültig gelöscht, entscheiden Sie unten, dass diese Antworten nicht daran gehen. Damit keine neuen warten, schalten Sie das Zurückschreiben unter „Wohin die Antworten gehen“ des Flows aus und veröffentlichen Sie ihn.',
  },
  formUnclear: {
    en: 'If the form is archived, restore it in HubSpot and try all of these again. Whether it was deleted for good is looked up each time this list is opened; once HubSpot says so, you can decide here that these answers will not go to it. So that no new ones wait, turn off writing back into the form under “Where answers go” of the flow and publish it.',
    de: 'Ist das Formular archiviert, stellen Sie es in HubSpot wieder her und stellen Sie alle erneut zu. Ob es endgültig gelöscht ist, wird bei jedem Öffnen dieser Liste nachgesehen; sobald HubSpot das sagt, können Sie hier entscheiden, dass diese Antworten nicht daran gehen. Damit keine neuen warten, schalten Sie das Zurückschreiben unter „Wohin die Antworten gehen“ des Flows aus und veröffentlichen Sie ihn.',
  },
  account: {
    en: 'Connect the WhatsApp account again under “WhatsApp accounts”. Then try all of these again.',
    de: 'Verbinden Sie das WhatsApp-Konto unter „WhatsApp-Konten“ erneut. Stellen Sie dann alle erneut zu.',
  },
  person: {
    en: 'What was lost cannot be fetched again. Ask the persons to send it once more: open the contact and press “Send again”.',
    de: 'Was verloren ist, lässt sich nicht noch einmal holen. Bitten Sie die Personen, es noch einmal zu senden: Öffnen Sie den Kontakt und drücken Sie „Noch einmal senden“.',
  },
  appointment: {
    en: 'Nothing is booked for these persons. Do what the sentence says with each of them: agree on a time, or open the contact and press “Send again”, so that they can choose a new one.',
    de: 'Für diese Personen ist nichts gebucht. Tun Sie bei jeder, was der Satz sagt: Vereinbaren Sie eine Zeit, oder öffnen Sie den Kontakt und drücken Sie „Noch einmal senden“, damit sie eine neue wählen kann.',
  },
  webhook: {
    en: 'Look at the webhook under “Webhooks”, put the address or your own system right, and send a test there. When the test arrives, try all of these again.',
    de: 'Sehen Sie sich den Webhook unter „Webhooks“ an, bringen Sie die Adresse oder Ihr eigenes System in Ordnung und senden Sie dort einen Test. Kommt der Test an, stellen Sie alle erneut zu.',
  },
  webhookOff: {
    en: 'Put the address or your own system right under “Webhooks”, send a test there, and press “Switch on”: these follow by themselves then.',
    de: 'Bringen Sie unter „Webhooks“ die Adresse oder Ihr eigenes System in Ordnung, senden Sie dort einen Test und drücken Sie „Einschalten“: Diese folgen dann von selbst.',
  },
  webhookDeleted: {
    en: 'These cannot be sent any more: they were meant for a webhook that was deleted. Their answers stand on the contacts’ cards. So that new ones arrive, choose another webhook under “Where answers go” of the flow and publish it.',
    de: 'Diese lassen sich nicht mehr senden: Sie waren für einen Webhook bestimmt, der gelöscht wurde. Ihre Antworten stehen auf den Karten der Kontakte. Damit neue ankommen, wählen Sie unter „Wohin die Antworten gehen“ des Flows einen anderen Webhook und veröffentlichen Sie ihn.',
  },
  identityKey: {
    en: 'Enter a valid key under “Identity checks”: these go on by themselves then.',
    de: 'Tragen Sie unter „Identitätsprüfungen“ einen gültigen Schlüssel ein: Diese gehen dann von selbst weiter.',
  },
  identityTemplate: {
    en: 'Put the workflow or template right at the vendor, under the id that the flow names. Then try all of these again. Naming another one under “Where answers go” helps what is submitted after you publish the flow, not these.',
    de: 'Bringen Sie den Workflow oder die Vorlage beim Anbieter in Ordnung, unter der ID, die der Flow nennt. Stellen Sie dann alle erneut zu. Unter „Wohin die Antworten gehen“ eine andere zu nennen, hilft dem, was nach dem Veröffentlichen eingesendet wird, nicht diesen.',
  },
  identityGone: {
    en: 'These checks cannot be started any more: choose another service under “Where answers go” of the flow, publish it, and then open each contact and press “Send again”.',
    de: 'Diese Prüfungen lassen sich nicht mehr anlegen: Wählen Sie unter „Wohin die Antworten gehen“ des Flows einen anderen Dienst, veröffentlichen Sie ihn, öffnen Sie dann jeden Kontakt und drücken Sie „Noch einmal senden“.',
  },
  other: {
    en: 'Do what the sentence says, then try one of them. When it arrives, try all of these again.',
    de: 'Tun Sie, was der Satz sagt, und stellen Sie dann eine davon erneut zu. Kommt sie an, stellen Sie alle erneut zu.',
  },
} satisfies Record<string, Texts>;

type Way = keyof typeof WAYS;

const WAY_OF = new Map<string, Way>(
  Object.entries({
    away: `hubspot_unavailable hubspot_locked hubspot_rate_limited hubspot_outcome_unknown no_time_left no_outcome not_listed_yet
      internal file_not_fetched invitation_later identity_unreachable identity_unavailable identity_slow_down identity_no_answer
      identity_unreadable ${PAUSED}`,
    install: 'portal_disconnected hubspot_missing_scope files_permission',
    contact: `contact_gone no_contact several_contacts email_of_other_contact form_email_conflict hubspot_not_found
      hubspot_conflict`,
    property: 'property_changed value_refused hubspot_rejected property_type_conflict',
    customObject: 'custom_objects_unavailable custom_objects_full',
    form: 'form_refused form_changed',
    captcha: 'form_has_captcha',
    noField: 'nothing_to_submit',
    formUnclear: FORM_GONE,
    account: 'files_account slot_account invitation_account',
    appointment: `slot_not_chosen slot_none_free slot_window_closed slot_opted_out slot_refused slot_not_arrived slot_taken_often
      slot_later slot_window_opens appointment_past meeting_link_gone`,
    person: 'files_lost',
    webhookOff: 'webhook_gone webhook_off',
    webhookDeleted: 'webhook_deleted',
    identityKey: 'identity_key_refused',
    identityTemplate: 'identity_not_found identity_refused',
    identityGone: 'identity_service_gone',
  } satisfies Partial<Record<Way, string>>).flatMap(([way, codes]) =>
    codes.split(/\s+/).map((code) => [code, way as Way] as const),
  ),
);

/** How deliveries whose form is known to be deleted for good are mended: their group offers to give them up. */
export function mendGoneText(language: Language): string {
  return WAYS.formGone[language];
}

/** How deliveries that stopped for this reason are mended; what no line names is told to follow its own sentence. */
export function mendText(code: string, language: Language): string {
  const way = WAY_OF.get(code) ?? (code.startsWith('webhook_') ? 'webhook' : 'other');
  return WAYS[way][language];
}
