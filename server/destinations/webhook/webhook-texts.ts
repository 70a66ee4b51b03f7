import type { Language, Texts } from '../../hubspot/language.ts';
import type { UrlProblem } from '../../safe-fetch/check-url.ts';

type Sentences = Readonly<Record<Language, readonly [happened: string, next: string]>>;

const RETRIED = { en: 'It is tried again by itself.', de: 'Es wird von selbst erneut versucht.' };
const SAME_ID = {
  en: 'It is tried again with the same webhook-id, by which the receiver knows a repeat.',
  de: 'Es wird mit derselben webhook-id erneut versucht, an der der Empfänger eine Wiederholung erkennt.',
};
const AGAIN = { en: 'Then deliver again.', de: 'Stellen Sie danach erneut zu.' };
const SWITCH_ON = {
  en: 'Switch it on in the settings of Flowella under “Webhooks”: what waits is then delivered.',
  de: 'Schalten Sie ihn in den Einstellungen von Flowella unter „Webhooks“ ein: was wartet, wird dann zugestellt.',
};

/** What a call came to, who should do what, and what becomes of the delivery. `status` is the receiver's HTTP status. */
const TEXTS = {
  webhook_unavailable: (status) => ({
    en: [`The receiver answered ${status}.`, RETRIED.en],
    de: [`Der Empfänger hat mit ${status} geantwortet.`, RETRIED.de],
  }),
  webhook_slow_down: (status) => ({
    en: [`The receiver is busy (${status}).`, 'It is tried again after the pause it asked for.'],
    de: [`Der Empfänger ist ausgelastet (${status}).`, 'Nach der Pause, um die er bat, wird es erneut versucht.'],
  }),
  webhook_refused: (status) => ({
    en: [`The receiver refused the call (${status}). Have its operator check the address and the secret.`, AGAIN.en],
    de: [
      `Der Empfänger hat den Aufruf abgelehnt (${status}). Lassen Sie dessen Betreiber Adresse und Geheimnis prüfen.`,
      AGAIN.de,
    ],
  }),
  webhook_redirect: (status) => ({
    en: [
      `The receiver redirects to another address (${status}), which is not followed. Enter the final address in the settings of Flowella under “Webhooks”.`,
      AGAIN.en,
    ],
    de: [
      `Der Empfänger leitet auf eine andere Adresse um (${status}), der wir nicht folgen. Tragen Sie in den Einstellungen von Flowella unter „Webhooks“ die endgültige Adresse ein.`,
      AGAIN.de,
    ],
  }),
  webhook_gone: () => ({
    en: [
      'The receiver says that this address is gone for good (410). Correct the address in the settings of Flowella under “Webhooks”.',
      'The webhook was switched off. Switch it on when the address is right: what waits is then delivered.',
    ],
    de: [
      'Der Empfänger meldet, dass es diese Adresse nicht mehr gibt (410). Berichtigen Sie sie in den Einstellungen von Flowella unter „Webhooks“.',
      'Der Webhook wurde ausgeschaltet. Schalten Sie ihn ein, wenn die Adresse stimmt: was wartet, wird dann zugestellt.',
    ],
  }),
  webhook_off: () => ({
    en: ['The webhook is switched off.', SWITCH_ON.en],
    de: ['Der Webhook ist ausgeschaltet.', SWITCH_ON.de],
  }),
  webhook_deleted: () => ({
    en: [
      'This webhook was deleted. Choose another one for the flow and publish it again.',
      'This submission stays here.',
    ],
    de: [
      'Dieser Webhook wurde gelöscht. Wählen Sie für den Flow einen anderen und veröffentlichen Sie ihn neu.',
      'Diese Übermittlung bleibt hier.',
    ],
  }),
  webhook_timeout: () => ({
    en: ['The receiver did not answer in time.', SAME_ID.en],
    de: ['Der Empfänger hat nicht rechtzeitig geantwortet.', SAME_ID.de],
  }),
  webhook_connection_lost: () => ({
    en: ['The connection broke before the receiver answered.', SAME_ID.en],
    de: ['Die Verbindung brach ab, bevor der Empfänger antwortete.', SAME_ID.de],
  }),
  webhook_unreachable: () => ({
    en: ['The receiver could not be reached.', RETRIED.en],
    de: ['Der Empfänger war nicht erreichbar.', RETRIED.de],
  }),
  webhook_certificate: () => ({
    en: [
      "The receiver's certificate is not valid for this address. Its operator must renew it.",
      'Until then it is tried again by itself.',
    ],
    de: [
      'Das Zertifikat des Empfängers gilt nicht für diese Adresse. Sein Betreiber muss es erneuern.',
      'Bis dahin wird es von selbst erneut versucht.',
    ],
  }),
  webhook_no_address: () => ({
    en: [
      'The name in the address is not known to DNS. Check the address in the settings of Flowella under “Webhooks”.',
      RETRIED.en,
    ],
    de: [
      'Der Name in der Adresse ist im DNS nicht bekannt. Prüfen Sie die Adresse in den Einstellungen von Flowella unter „Webhooks“.',
      RETRIED.de,
    ],
  }),
  webhook_url_refused: () => ({
    en: [
      'The address leads into a network that is not public, so it is not called. Correct it in the settings of Flowella under “Webhooks”.',
      AGAIN.en,
    ],
    de: [
      'Die Adresse führt in ein Netz, das nicht öffentlich ist, und wird nicht aufgerufen. Berichtigen Sie sie in den Einstellungen von Flowella unter „Webhooks“.',
      AGAIN.de,
    ],
  }),
  webhook_delivered: (status) => ({
    en: [`The receiver took it (${status}).`, ''],
    de: [`Der Empfänger hat es angenommen (${status}).`, ''],
  }),
  webhook_put_off: () => ({
    en: ['The receiver did not answer another call a moment ago, so this one was not made.', RETRIED.en],
    de: ['Der Empfänger hat eben auf einen anderen Aufruf nicht geantwortet, deshalb unterblieb dieser.', RETRIED.de],
  }),
  webhook_no_time_left: () => ({
    en: ['The time of this attempt was used up before its turn came.', RETRIED.en],
    de: ['Die Zeit dieses Versuchs war um, bevor er an der Reihe war.', RETRIED.de],
  }),
} satisfies Record<string, (status: number) => Sentences>;

export type WebhookTextCode = keyof typeof TEXTS;

/** For a delivery: what happened and what becomes of it. */
export function webhookText(code: WebhookTextCode, language: Language, status = 0): string {
  return TEXTS[code](status)[language].join(' ').trim();
}

/** For a test, which is never repeated and changes nothing: what happened alone. */
export function webhookTestText(code: WebhookTextCode, language: Language, status: number): string {
  return TEXTS[code](status)[language][0];
}

const URL_PROBLEMS: Record<UrlProblem, Texts> = {
  not_a_url: {
    en: 'This is not an address. Enter it in full, such as https://hooks.your-company.com/flowella.',
    de: 'Das ist keine Adresse. Geben Sie sie vollständig an, etwa https://hooks.ihre-firma.de/flowella.',
  },
  too_long: {
    en: 'This address is too long. It may have 2,048 characters.',
    de: 'Diese Adresse ist zu lang. Sie darf 2.048 Zeichen haben.',
  },
  not_https: {
    en: 'The address must begin with https://, so that answers travel encrypted.',
    de: 'Die Adresse muss mit https:// beginnen, damit Antworten verschlüsselt übertragen werden.',
  },
  has_credentials: {
    en: 'The address holds a user name or password. Leave them out: every call is signed with the secret instead.',
    de: 'Die Adresse enthält Benutzername oder Passwort. Lassen Sie beides weg: Jeder Aufruf ist stattdessen mit dem Geheimnis signiert.',
  },
  other_port: {
    en: 'Only the usual port of https, 443, is called. Leave the port out of the address.',
    de: 'Aufgerufen wird nur der übliche https-Port 443. Lassen Sie den Port in der Adresse weg.',
  },
  not_public: {
    en: 'This address is not on the public internet. Enter one that can be reached from outside your network.',
    de: 'Diese Adresse liegt nicht im öffentlichen Internet. Geben Sie eine an, die von außerhalb Ihres Netzes erreichbar ist.',
  },
  not_resolved: {
    en: 'The name in this address is not known to DNS. Check the spelling.',
    de: 'Der Name in dieser Adresse ist im DNS nicht bekannt. Prüfen Sie die Schreibweise.',
  },
};

export function urlProblemText(problem: UrlProblem, language: Language): string {
  return URL_PROBLEMS[problem][language];
}
