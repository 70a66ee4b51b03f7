import type { DestinationKind } from '@flowella/shared/contract/destination-kinds.ts';
import type { Language } from '../hubspot/language.ts';
import type { AlertKind, SubjectType } from './alert-kinds.ts';

/** What a sentence is about: how many, which figure, and the subject as people call it. */
export type Facts = { amount: number; figure: number | null; name: string };
/** `title`: in a few words. `happened`: what happened. `todo`: who does what. */
export type AlertWords = { title: string; happened: string; todo: string };
type Say = Record<Language, (facts: Facts) => [title: string, happened: string, todo: string]>;

const DESTINATIONS: Record<DestinationKind, Record<Language, string>> = {
  contact: { en: 'the contact', de: 'den Kontakt' },
  files: { en: "HubSpot's files", de: 'die HubSpot-Dateien' },
  'form-submission': { en: 'the HubSpot form', de: 'das HubSpot-Formular' },
  'kyc-record': { en: 'the KYC record', de: 'die KYC-Akte' },
  timeline: { en: "the contact's timeline", de: 'die Zeitleiste des Kontakts' },
  task: { en: 'the task or note', de: 'die Aufgabe oder Notiz' },
  calendar: { en: 'the appointment', de: 'den Termin' },
  invitation: { en: 'the calendar invitation', de: 'die Kalendereinladung' },
  webhook: { en: 'your webhook', de: 'Ihren Webhook' },
  'identity-check': { en: 'the identity check', de: 'die Identitätsprüfung' },
  'identity-result': { en: 'the result of the identity check', de: 'das Ergebnis der Identitätsprüfung' },
};
const HUBSPOT: Record<Language, string> = { en: 'HubSpot', de: 'HubSpot' };
const GONE: Record<Exclude<SubjectType, 'destination' | 'hubspot'>, Record<Language, string>> = {
  flow: { en: 'a flow that was deleted', de: 'ein gelöschter Flow' },
  account: { en: 'a WhatsApp account', de: 'ein WhatsApp-Konto' },
  webhook: { en: 'a webhook that was deleted', de: 'ein gelöschter Webhook' },
};

const isDestination = (subject: string): subject is DestinationKind => Object.hasOwn(DESTINATIONS, subject);

/** The subject as people call it; `found` is the name of a flow, an account or a webhook where there is one. */
export function subjectName(type: SubjectType, subject: string, found: string | null, language: Language): string {
  if (type === 'hubspot') return HUBSPOT[language];
  if (type === 'destination') return isDestination(subject) ? DESTINATIONS[subject][language] : subject;
  return found ?? GONE[type][language];
}

const quoted = { en: (name: string) => `“${name}”`, de: (name: string) => `„${name}“` };
const many = (count: number, language: Language): string => new Intl.NumberFormat(language).format(count);
const submissions = {
  en: (count: number) => (count === 1 ? '1 submission' : `${many(count, 'en')} submissions`),
  de: (count: number) => (count === 1 ? '1 Einsendung' : `${many(count, 'de')} Einsendungen`),
};
const percent = (figure: number | null, language: Language): string =>
  `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(figure ?? 0)} %`;
const waiting = {
  en: (count: number) =>
    count === 0
      ? ''
      : ` ${count === 1 ? '1 message waits' : `${many(count, 'en')} messages wait`} and will be sent by themselves.`,
  de: (count: number) =>
    count === 0
      ? ''
      : ` ${count === 1 ? '1 Nachricht wartet und wird' : `${many(count, 'de')} Nachrichten warten und werden`} von selbst gesendet.`,
};
const days = {
  en: (figure: number | null) =>
    Math.floor(figure ?? 0) === 0
      ? 'within a day'
      : Math.floor(figure ?? 0) === 1
        ? 'in 1 day'
        : `in ${Math.floor(figure ?? 0)} days`,
  de: (figure: number | null) =>
    Math.floor(figure ?? 0) === 0
      ? 'innerhalb eines Tages'
      : Math.floor(figure ?? 0) === 1
        ? 'in 1 Tag'
        : `in ${Math.floor(figure ?? 0)} Tagen`,
};
const OPERATOR = {
  en: 'The operator of this server looks at its load and its log; nothing is lost meanwhile.',
  de: 'Der Betreiber dieses Servers prüft Auslastung und Protokoll; inzwischen geht nichts verloren.',
};

const TEXTS: Record<AlertKind, Say> = {
  deliveries_dead: {
    en: (f) => [
      'Submissions were not delivered',
      `${submissions.en(f.amount)} could not be delivered to ${f.name}. The answers are kept here, as long as the flow’s privacy settings say.`,
      'Open the tab “Deliveries”: it says why, until when the answers are kept, and what to do. Mend the cause, then try them again there.',
    ],
    de: (f) => [
      'Einsendungen wurden nicht zugestellt',
      `${submissions.de(f.amount)} an ${f.name} ${f.amount === 1 ? 'konnte' : 'konnten'} nicht zugestellt werden. Die Antworten sind hier aufbewahrt, solange die Datenschutzeinstellungen des Flows es vorsehen.`,
      'Öffnen Sie den Reiter „Zustellungen“: Dort steht der Grund, bis wann die Antworten bleiben und was zu tun ist. Beheben Sie ihn und stellen Sie dort erneut zu.',
    ],
  },
  deliveries_held: {
    en: (f) => [
      'Submissions wait for a decision',
      `${submissions.en(f.amount)} to ${f.name} ${f.amount === 1 ? 'waits' : 'wait'} until somebody decides or mends something. Nothing is lost meanwhile.`,
      'Open the tab “Deliveries”: it says why, and what to do.',
    ],
    de: (f) => [
      'Einsendungen warten auf eine Entscheidung',
      `${submissions.de(f.amount)} an ${f.name} ${f.amount === 1 ? 'wartet' : 'warten'}, bis jemand etwas entscheidet oder behebt. Inzwischen geht nichts verloren.`,
      'Öffnen Sie den Reiter „Zustellungen“: Dort steht der Grund und was zu tun ist.',
    ],
  },
  deliveries_late: {
    en: (f) => [
      'Submissions are late',
      `${submissions.en(f.amount)} to ${f.name} ${f.amount === 1 ? 'has' : 'have'} been on the way for more than an hour.`,
      'They are tried again by themselves for three days. If it goes on, check that the destination works.',
    ],
    de: (f) => [
      'Einsendungen verspäten sich',
      `${submissions.de(f.amount)} an ${f.name} ${f.amount === 1 ? 'ist' : 'sind'} seit mehr als einer Stunde unterwegs.`,
      'Sie werden drei Tage lang von selbst erneut zugestellt. Dauert es an, prüfen Sie, ob das Ziel funktioniert.',
    ],
  },
  destination_paused: {
    en: (f) => [
      'A destination is paused',
      `Nothing has reached ${f.name} for five days, so we stopped trying. The submissions are kept.`,
      'Mend the destination, then try one again in the tab “Deliveries”: when it arrives, all others follow.',
    ],
    de: (f) => [
      'Ein Ziel ist angehalten',
      `Seit fünf Tagen kam an ${f.name} nichts an, deshalb versuchen wir es nicht mehr. Die Einsendungen sind aufbewahrt.`,
      'Beheben Sie den Fehler und stellen Sie im Reiter „Zustellungen“ eine erneut zu: Kommt sie an, folgen alle anderen.',
    ],
  },
  webhook_gone: {
    en: (f) => [
      'A webhook was switched off',
      `The receiver of ${quoted.en(f.name)} said that it no longer exists (410). Submissions to it wait.`,
      'Correct its address in the tab Webhooks and switch it on, or choose another webhook for the flows that use it.',
    ],
    de: (f) => [
      'Ein Webhook wurde abgeschaltet',
      `Der Empfänger von ${quoted.de(f.name)} hat gemeldet, dass es ihn nicht mehr gibt (410). Einsendungen an ihn warten.`,
      'Berichtigen Sie die Adresse im Reiter Webhooks und schalten Sie ihn ein, oder wählen Sie für die Flows einen anderen Webhook.',
    ],
  },
  hubspot_disconnected: {
    en: () => [
      'HubSpot is not connected',
      'HubSpot no longer accepts our access: the app was uninstalled or its access was revoked. Submissions are kept and wait.',
      'A super admin installs the app again; everything that waits is delivered then.',
    ],
    de: () => [
      'HubSpot ist nicht verbunden',
      'HubSpot nimmt unseren Zugang nicht mehr an: Die App wurde deinstalliert oder der Zugang entzogen. Einsendungen sind aufbewahrt und warten.',
      'Ein Super-Admin installiert die App erneut; dann wird alles Wartende zugestellt.',
    ],
  },
  account_broken: {
    en: (f) => [
      'A WhatsApp account does not work',
      `WhatsApp refused the account ${quoted.en(f.name)}. Nothing can be sent from it.`,
      'Open the tab WhatsApp accounts, read which check failed, and connect the account again.',
    ],
    de: (f) => [
      'Ein WhatsApp-Konto funktioniert nicht',
      `WhatsApp hat das Konto ${quoted.de(f.name)} abgewiesen. Es kann nichts gesendet werden.`,
      'Öffnen Sie den Reiter WhatsApp-Konten, lesen Sie, welche Prüfung fehlschlug, und verbinden Sie das Konto erneut.',
    ],
  },
  meta_token_invalid: {
    en: (f) => [
      "Meta's access token has ended",
      `Meta no longer accepts the access token of ${quoted.en(f.name)}. Nothing can be sent from it.`,
      'Make a new token of the system user in Meta’s business settings and connect the account again with it.',
    ],
    de: (f) => [
      'Das Zugriffstoken von Meta gilt nicht mehr',
      `Meta nimmt das Zugriffstoken von ${quoted.de(f.name)} nicht mehr an. Es kann nichts gesendet werden.`,
      'Erzeugen Sie in den Unternehmenseinstellungen von Meta ein neues Token des Systemnutzers und verbinden Sie das Konto damit erneut.',
    ],
  },
  meta_token_expiring: {
    en: (f) => [
      "Meta's access token ends soon",
      `The access token of ${quoted.en(f.name)} ends ${days.en(f.figure)}. After that nothing can be sent.`,
      'Make a token without an end for the system user in Meta’s business settings and connect the account again with it.',
    ],
    de: (f) => [
      'Das Zugriffstoken von Meta endet bald',
      `Das Zugriffstoken von ${quoted.de(f.name)} endet ${days.de(f.figure)}. Danach kann nichts gesendet werden.`,
      'Erzeugen Sie in den Unternehmenseinstellungen von Meta ein Token ohne Ablauf für den Systemnutzer und verbinden Sie das Konto damit erneut.',
    ],
  },
  number_key_mismatch: {
    en: (f) => [
      'A number has a wrong key',
      `Meta says that the key of ${f.amount === 1 ? 'a number' : `${f.amount} numbers`} of ${quoted.en(f.name)} does not fit. Flows cannot be opened from there.`,
      'We register the key again by ourselves. If this stays for an hour, connect the account again in the tab WhatsApp accounts.',
    ],
    de: (f) => [
      'Eine Nummer hat einen falschen Schlüssel',
      `Meta meldet, dass der Schlüssel ${f.amount === 1 ? 'einer Nummer' : `von ${f.amount} Nummern`} von ${quoted.de(f.name)} nicht passt. Flows lassen sich dort nicht öffnen.`,
      'Wir registrieren den Schlüssel von selbst neu. Bleibt dies eine Stunde bestehen, verbinden Sie das Konto im Reiter WhatsApp-Konten erneut.',
    ],
  },
  key_mismatch: {
    en: (f) => [
      'WhatsApp uses another key',
      `${many(f.amount, 'en')} calls of WhatsApp for ${quoted.en(f.name)} could not be opened with our keys.`,
      'WhatsApp fetches the key anew by itself. If this stays, connect the account again: that registers the key.',
    ],
    de: (f) => [
      'WhatsApp verwendet einen anderen Schlüssel',
      `${many(f.amount, 'de')} Aufrufe von WhatsApp für ${quoted.de(f.name)} ließen sich mit unseren Schlüsseln nicht öffnen.`,
      'WhatsApp holt den Schlüssel von selbst neu. Bleibt dies bestehen, verbinden Sie das Konto erneut: Dabei wird der Schlüssel registriert.',
    ],
  },
  signature_mismatch: {
    en: (f) => [
      'Calls are signed with another secret',
      `${many(f.amount, 'en')} calls for ${quoted.en(f.name)} carried a signature that no app secret of ours makes, and none carried a good one.`,
      'Was the app secret changed at Meta? Connect the account again with the new one. If nobody uses the flows now, strangers may be the reason.',
    ],
    de: (f) => [
      'Aufrufe sind mit einem anderen Geheimnis signiert',
      `${many(f.amount, 'de')} Aufrufe für ${quoted.de(f.name)} trugen eine Signatur, die keines unserer App-Geheimnisse ergibt, und keiner eine gültige.`,
      'Wurde das App-Geheimnis bei Meta geändert? Verbinden Sie das Konto mit dem neuen erneut. Nutzt gerade niemand die Flows, können Fremde der Grund sein.',
    ],
  },
  endpoint_slow: {
    en: (f) => [
      'Flows answer slowly',
      `One in ten calls of ${quoted.en(f.name)} takes us ${many(f.figure ?? 0, 'en')} ms or more. WhatsApp warns at 1,000 ms and later holds the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'Flows antworten langsam',
      `Jeder zehnte Aufruf von ${quoted.de(f.name)} dauert bei uns ${many(f.figure ?? 0, 'de')} ms oder länger. WhatsApp warnt ab 1.000 ms und bremst den Flow später.`,
      OPERATOR.de,
    ],
  },
  endpoint_failing: {
    en: (f) => [
      'Flows answer with errors',
      `${percent(f.figure, 'en')} of the calls of ${quoted.en(f.name)} failed on our side. WhatsApp warns at 5 % and later holds the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'Flows antworten mit Fehlern',
      `${percent(f.figure, 'de')} der Aufrufe von ${quoted.de(f.name)} schlugen bei uns fehl. WhatsApp warnt ab 5 % und bremst den Flow später.`,
      OPERATOR.de,
    ],
  },
  endpoint_unavailable: {
    en: (f) => [
      'Flows cannot be reached at times',
      `${percent(f.figure, 'en')} of the calls of ${quoted.en(f.name)} were not answered. WhatsApp warns at 10 % and later holds the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'Flows sind zeitweise nicht erreichbar',
      `${percent(f.figure, 'de')} der Aufrufe von ${quoted.de(f.name)} blieben ohne Antwort. WhatsApp warnt ab 10 % und bremst den Flow später.`,
      OPERATOR.de,
    ],
  },
  phone_errors: {
    en: (f) => [
      'Phones report errors',
      `In ${percent(f.figure, 'en')} of the calls of ${quoted.en(f.name)} phones reported an error. WhatsApp warns at 5 %.`,
      'Send yourself a test of the flow and fill it in; the log names the type of error and the screen.',
    ],
    de: (f) => [
      'Telefone melden Fehler',
      `Bei ${percent(f.figure, 'de')} der Aufrufe von ${quoted.de(f.name)} meldeten Telefone einen Fehler. WhatsApp warnt ab 5 %.`,
      'Senden Sie sich einen Test des Flows und füllen Sie ihn aus; das Protokoll nennt Art und Bildschirm.',
    ],
  },
  flow_throttled: {
    en: (f) => [
      'WhatsApp holds a flow back',
      `WhatsApp lets ${quoted.en(f.name)} be sent ten times an hour only, so we send nothing.${waiting.en(f.amount)}`,
      'Mend what is reported for this flow, here and below. Sending goes on by itself as soon as WhatsApp allows it.',
    ],
    de: (f) => [
      'WhatsApp bremst einen Flow',
      `WhatsApp lässt ${quoted.de(f.name)} nur zehnmal je Stunde senden, deshalb senden wir nichts.${waiting.de(f.amount)}`,
      'Beheben Sie, was hier und unten zu diesem Flow gemeldet ist. Das Senden geht von selbst weiter, sobald WhatsApp es erlaubt.',
    ],
  },
  flow_blocked: {
    en: (f) => [
      'WhatsApp has blocked a flow',
      `${quoted.en(f.name)} can be neither sent nor opened, because it failed for too many people.${waiting.en(f.amount)}`,
      'Mend what is reported for this flow, here and below. Sending goes on by itself as soon as WhatsApp allows it.',
    ],
    de: (f) => [
      'WhatsApp hat einen Flow gesperrt',
      `${quoted.de(f.name)} lässt sich weder senden noch öffnen, weil er bei zu vielen Personen fehlschlug.${waiting.de(f.amount)}`,
      'Beheben Sie, was hier und unten zu diesem Flow gemeldet ist. Das Senden geht von selbst weiter, sobald WhatsApp es erlaubt.',
    ],
  },
  flow_version_expiring: {
    en: (f) => [
      'A flow must be published again',
      `WhatsApp will soon no longer support the format in which ${quoted.en(f.name)} is published.`,
      'Open the flow and publish it again: the new version uses the current format.',
    ],
    de: (f) => [
      'Ein Flow muss neu veröffentlicht werden',
      `WhatsApp unterstützt das Format, in dem ${quoted.de(f.name)} veröffentlicht ist, bald nicht mehr.`,
      'Öffnen Sie den Flow und veröffentlichen Sie ihn erneut: Die neue Version verwendet das aktuelle Format.',
    ],
  },
  meta_client_error_rate: {
    en: (f) => [
      'WhatsApp reports errors on phones',
      `WhatsApp counts errors in ${percent(f.figure, 'en')} of the uses of ${quoted.en(f.name)}. It may hold the flow back.`,
      'Send yourself a test of the flow and fill it in; the report below names the types of error.',
    ],
    de: (f) => [
      'WhatsApp meldet Fehler auf Telefonen',
      `WhatsApp zählt Fehler bei ${percent(f.figure, 'de')} der Nutzungen von ${quoted.de(f.name)}. Der Flow kann gebremst werden.`,
      'Senden Sie sich einen Test des Flows und füllen Sie ihn aus; der Bericht unten nennt die Fehlerarten.',
    ],
  },
  meta_endpoint_error_rate: {
    en: (f) => [
      'WhatsApp reports failed calls',
      `WhatsApp counts ${percent(f.figure, 'en')} failed calls of ${quoted.en(f.name)}. It may hold the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'WhatsApp meldet fehlgeschlagene Aufrufe',
      `WhatsApp zählt ${percent(f.figure, 'de')} fehlgeschlagene Aufrufe von ${quoted.de(f.name)}. Der Flow kann gebremst werden.`,
      OPERATOR.de,
    ],
  },
  meta_endpoint_latency: {
    en: (f) => [
      'WhatsApp reports slow answers',
      `WhatsApp measures ${many(f.figure ?? 0, 'en')} ms for one in ten calls of ${quoted.en(f.name)}. It may hold the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'WhatsApp meldet langsame Antworten',
      `WhatsApp misst bei jedem zehnten Aufruf von ${quoted.de(f.name)} ${many(f.figure ?? 0, 'de')} ms. Der Flow kann gebremst werden.`,
      OPERATOR.de,
    ],
  },
  meta_endpoint_availability: {
    en: (f) => [
      'WhatsApp cannot always reach us',
      `WhatsApp reached ${quoted.en(f.name)} in ${percent(f.figure, 'en')} of its checks only. It may hold the flow back.`,
      OPERATOR.en,
    ],
    de: (f) => [
      'WhatsApp erreicht uns nicht immer',
      `WhatsApp erreichte ${quoted.de(f.name)} nur bei ${percent(f.figure, 'de')} seiner Prüfungen. Der Flow kann gebremst werden.`,
      OPERATOR.de,
    ],
  },
  balance_broken: {
    en: (f) => [
      'Our books do not add up',
      `What was accepted for ${f.name} and what became of it differ. This is a fault of ours.`,
      'The operator of this server finds the figures in the log and tells us; do not delete anything meanwhile.',
    ],
    de: (f) => [
      'Unsere Zählung geht nicht auf',
      `Was für ${f.name} angenommen wurde und was daraus wurde, stimmt nicht überein. Das ist ein Fehler von uns.`,
      'Der Betreiber dieses Servers findet die Zahlen im Protokoll und meldet sie uns; löschen Sie inzwischen nichts.',
    ],
  },
};

/** What happened and what to do, in a person's language. Pure. */
export function alertWords(kind: AlertKind, facts: Facts, language: Language): AlertWords {
  const [title, happened, todo] = TEXTS[kind][language](facts);
  return { title, happened, todo };
}
