import type { Check } from '@flowella/shared/contract/api.ts';
import type { Language } from '../hubspot/language.ts';

type Say = (o: Record<string, string>) => Record<Language, string>;

/** What the connect says, by what it found; every failure names the fix. */
export const connectTexts = {
  tokenOk: () => ({ en: 'The access token has both permissions.', de: 'Das Zugriffstoken hat beide Berechtigungen.' }),
  tokenInvalid: () => ({
    en: 'Meta says the access token is not valid. Make a new system user token in Business settings › System users and paste it here.',
    de: 'Meta meldet das Zugriffstoken als ungültig. Erzeugen Sie unter Unternehmenseinstellungen › Systemnutzer ein neues Token und fügen Sie es hier ein.',
  }),
  appSecretWrong: () => ({
    en: 'Meta does not accept this app secret for this app id. Copy both again from the app dashboard › App settings › Basic.',
    de: 'Meta nimmt dieses App-Geheimnis für diese App-ID nicht an. Kopieren Sie beide erneut aus dem App-Dashboard › App-Einstellungen › Allgemein.',
  }),
  tokenOfOtherApp: () => ({
    en: 'The access token belongs to another app. Make the token with the app whose id you entered.',
    de: 'Das Zugriffstoken gehört zu einer anderen App. Erzeugen Sie das Token mit der App, deren ID Sie eingegeben haben.',
  }),
  tokenLacks: (o) => ({
    en: `The access token lacks ${o.scopes}. Make a new system user token and tick these permissions.`,
    de: `Dem Zugriffstoken fehlt ${o.scopes}. Erzeugen Sie ein neues Systemnutzer-Token und wählen Sie diese Berechtigungen.`,
  }),
  accountOk: (o) => ({ en: `The account is ${o.name}.`, de: `Das Konto ist ${o.name}.` }),
  accountDenied: () => ({
    en: 'The token cannot see this WhatsApp account. Check the account id, and assign the account to the system user in Business settings › System users › Assets.',
    de: 'Das Token sieht dieses WhatsApp-Konto nicht. Prüfen Sie die Konto-ID und weisen Sie das Konto dem Systemnutzer unter Unternehmenseinstellungen › Systemnutzer › Assets zu.',
  }),
  numberMissing: () => ({
    en: 'This number id does not belong to the account. Copy the phone number id from WhatsApp Manager › Phone numbers.',
    de: 'Diese Nummern-ID gehört nicht zum Konto. Kopieren Sie die Telefonnummer-ID aus dem WhatsApp Manager › Telefonnummern.',
  }),
  numberOk: (o) => ({
    en: `${o.number} can send as ${o.name}.`,
    de: `${o.number} kann als ${o.name} senden.`,
  }),
  numberLimited: (o) => ({
    en: `${o.number} can send with limits. Look at its health in WhatsApp Manager. ${o.details}`.trim(),
    de: `${o.number} kann eingeschränkt senden. Prüfen Sie den Zustand im WhatsApp Manager. ${o.details}`.trim(),
  }),
  numberBlocked: (o) => ({
    en: `${o.number} cannot send. Mend this in WhatsApp Manager, then connect again. ${o.details}`.trim(),
    de: `${o.number} kann nicht senden. Beheben Sie das im WhatsApp Manager und verbinden Sie erneut. ${o.details}`.trim(),
  }),
  nameMissing: (o) => ({
    en: `${o.number} has no approved display name. Set one in WhatsApp Manager; until then messages may be refused.`,
    de: `${o.number} hat keinen genehmigten Anzeigenamen. Legen Sie einen im WhatsApp Manager fest; bis dahin können Nachrichten abgelehnt werden.`,
  }),
  taken: () => ({
    en: 'This WhatsApp account is already connected to another HubSpot account. Disconnect it there first: one WhatsApp account belongs to one HubSpot account.',
    de: 'Dieses WhatsApp-Konto ist bereits mit einem anderen HubSpot-Konto verbunden. Trennen Sie es dort zuerst: Ein WhatsApp-Konto gehört zu einem HubSpot-Konto.',
  }),
  webhookOk: () => ({
    en: 'Meta reached our webhook address, and the account and the app are subscribed.',
    de: 'Meta hat unsere Webhook-Adresse erreicht; Konto und App sind abonniert.',
  }),
  webhookOfOtherTool: () => ({
    en: 'Messages reach us. The webhook address of your Meta app belongs to another tool, so approvals of templates are asked for every few minutes and warnings of Meta do not reach us. In the app dashboard › WhatsApp › Configuration, use an app of its own to change that; "messages" must be subscribed there.',
    de: 'Nachrichten erreichen uns. Die Webhook-Adresse Ihrer Meta-App gehört einem anderen Werkzeug; Genehmigungen von Vorlagen fragen wir deshalb alle paar Minuten ab, und Warnungen von Meta erreichen uns nicht. Nutzen Sie eine eigene App, um das zu ändern; im App-Dashboard › WhatsApp › Konfiguration muss „messages“ abonniert sein.',
  }),
  webhookFailed: (o) => ({
    en: `Meta could not subscribe our webhook address. Make sure ${o.url} is reachable from the internet over https, then connect again. ${o.details}`.trim(),
    de: `Meta konnte unsere Webhook-Adresse nicht abonnieren. Stellen Sie sicher, dass ${o.url} aus dem Internet über https erreichbar ist, und verbinden Sie erneut. ${o.details}`.trim(),
  }),
  keyRegistered: (o) => ({
    en: `The encryption key is registered on ${o.count} numbers.`,
    de: `Der Schlüssel ist auf ${o.count} Nummern registriert.`,
  }),
  keyRegisteredOne: () => ({
    en: 'The encryption key is registered on the number.',
    de: 'Der Schlüssel ist auf der Nummer registriert.',
  }),
  keyFailed: (o) => ({
    en: `Meta did not take the encryption key for ${o.numbers}. Check that the number is registered with WhatsApp, then connect again. ${o.details}`.trim(),
    de: `Meta hat den Schlüssel für ${o.numbers} nicht angenommen. Prüfen Sie, ob die Nummer bei WhatsApp registriert ist, und verbinden Sie erneut. ${o.details}`.trim(),
  }),
  keyValid: () => ({ en: 'Meta says the key is VALID.', de: 'Meta meldet den Schlüssel als VALID.' }),
  keyMismatch: (o) => ({
    en: `Meta says the key of ${o.numbers} does not match. Connect again to register it anew.`,
    de: `Meta meldet, dass der Schlüssel von ${o.numbers} nicht passt. Verbinden Sie erneut, um ihn neu zu registrieren.`,
  }),
} satisfies Record<string, Say>;

/** One line of the checklist. */
export function check(
  language: Language,
  code: Check['code'],
  state: Check['state'],
  texts: Record<Language, string>,
): Check {
  return { code, state, message: texts[language] };
}
