import type { Language, Texts } from '../../hubspot/language.ts';
import type { UrlProblem } from './check-url.ts';

/** What becomes of a delivery or a test: what happened, and who should do what. `status` is the receiver's HTTP status. */
const TEXTS = {
  webhook_unavailable: (status) => ({
    en: `The receiver answered ${status}. It is tried again by itself.`,
    de: `Der Empfänger hat mit ${status} geantwortet. Es wird von selbst erneut versucht.`,
  }),
  webhook_slow_down: (status) => ({
    en: `The receiver is busy (${status}). It is tried again after the pause it asked for.`,
    de: `Der Empfänger ist ausgelastet (${status}). Nach der Pause, um die er bat, wird es erneut versucht.`,
  }),
  webhook_refused: (status) => ({
    en: `The receiver refused the submission (${status}). Have its operator check the address and the secret, then deliver again.`,
    de: `Der Empfänger hat die Übermittlung abgelehnt (${status}). Lassen Sie dessen Betreiber Adresse und Geheimnis prüfen, und stellen Sie erneut zu.`,
  }),
  webhook_redirect: (status) => ({
    en: `The receiver redirects to another address (${status}), which is not followed. Enter the final address in Settings › Webhooks, then deliver again.`,
    de: `Der Empfänger leitet auf eine andere Adresse um (${status}), der wir nicht folgen. Tragen Sie unter Einstellungen › Webhooks die endgültige Adresse ein, und stellen Sie erneut zu.`,
  }),
  webhook_gone: () => ({
    en: 'The receiver said that this address is gone for good (410), so the webhook was switched off. Correct the address in Settings › Webhooks and switch it on: what waits is then delivered.',
    de: 'Der Empfänger meldet, dass es diese Adresse nicht mehr gibt (410), deshalb wurde der Webhook ausgeschaltet. Berichtigen Sie die Adresse unter Einstellungen › Webhooks und schalten Sie ihn ein: was wartet, wird dann zugestellt.',
  }),
  webhook_off: () => ({
    en: 'The webhook is switched off. Switch it on in Settings › Webhooks: what waits is then delivered.',
    de: 'Der Webhook ist ausgeschaltet. Schalten Sie ihn unter Einstellungen › Webhooks ein: was wartet, wird dann zugestellt.',
  }),
  webhook_deleted: () => ({
    en: 'This webhook was deleted. Choose another one for the flow and publish it again; this submission stays here.',
    de: 'Dieser Webhook wurde gelöscht. Wählen Sie für den Flow einen anderen und veröffentlichen Sie ihn neu; diese Übermittlung bleibt hier.',
  }),
  webhook_timeout: () => ({
    en: 'The receiver did not answer in time. It is tried again with the same webhook-id, so that the receiver knows a repeat.',
    de: 'Der Empfänger hat nicht rechtzeitig geantwortet. Es wird mit derselben webhook-id erneut versucht, an der der Empfänger eine Wiederholung erkennt.',
  }),
  webhook_connection_lost: () => ({
    en: 'The connection broke before the receiver answered. It is tried again with the same webhook-id, so that the receiver knows a repeat.',
    de: 'Die Verbindung brach ab, bevor der Empfänger antwortete. Es wird mit derselben webhook-id erneut versucht, an der der Empfänger eine Wiederholung erkennt.',
  }),
  webhook_unreachable: () => ({
    en: 'The receiver could not be reached. It is tried again by itself.',
    de: 'Der Empfänger war nicht erreichbar. Es wird von selbst erneut versucht.',
  }),
  webhook_certificate: () => ({
    en: "The receiver's certificate is not valid for this address. Its operator must renew it; until then it is tried again by itself.",
    de: 'Das Zertifikat des Empfängers gilt nicht für diese Adresse. Sein Betreiber muss es erneuern; bis dahin wird es von selbst erneut versucht.',
  }),
  webhook_no_address: () => ({
    en: 'The name in the address of the webhook is not known to DNS. It is tried again by itself; check the address in Settings › Webhooks.',
    de: 'Der Name in der Adresse des Webhooks ist im DNS nicht bekannt. Es wird von selbst erneut versucht; prüfen Sie die Adresse unter Einstellungen › Webhooks.',
  }),
  webhook_url_refused: () => ({
    en: 'The address of the webhook leads into a network that is not public, so it is not called. Correct it in Settings › Webhooks, then deliver again.',
    de: 'Die Adresse des Webhooks führt in ein Netz, das nicht öffentlich ist, und wird nicht aufgerufen. Berichtigen Sie sie unter Einstellungen › Webhooks, und stellen Sie erneut zu.',
  }),
  webhook_delivered: (status) => ({
    en: `The receiver took it (${status}).`,
    de: `Der Empfänger hat es angenommen (${status}).`,
  }),
  webhook_no_time_left: () => ({
    en: 'The time of this attempt was used up before its turn came. It is tried again by itself.',
    de: 'Die Zeit dieses Versuchs war um, bevor er an der Reihe war. Es wird von selbst erneut versucht.',
  }),
} satisfies Record<string, (status: number) => Texts>;

export type WebhookTextCode = keyof typeof TEXTS;

export function webhookText(code: WebhookTextCode, language: Language, status = 0): string {
  return TEXTS[code](status)[language];
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
