export type Locale = 'en' | 'de';

const english = {
  title: 'Flowella sandbox',
  account: 'Account',
  user: 'User',
  language: 'Language',
  whatToShow: 'What to show',
  hubspot: 'HubSpot',
  phone: 'Phone',
  phoneOf: 'Phone of',
  phonesOf: (account: string) => `Contacts of ${account}`,
  otherPhones: 'Other people',
  loading: 'Loading …',
  away: 'The sandbox does not answer. Is “npm start” still running?',
  pages: 'HubSpot pages',
  contacts: 'Contacts',
  settings: 'Settings',
  contactsGuide:
    'New here? Open a contact, record consent and press Send. Then answer on the phone and watch the record follow.',
  settingsGuide:
    'A form becomes a WhatsApp flow here, step by step. For the test at the end, use the number of one of the phones.',
  phoneGuideNarrow: 'Press “Phone” at the top to see it.',
  noNumber: 'No number',
  install: 'Install Flowella',
  installText:
    'Flowella is not installed in this account yet. Install it as an admin would from HubSpot’s marketplace, then connect WhatsApp and publish a form.',
  formTitle: 'The submissions of this form',
  formText:
    'In HubSpot this link opens the list of the form’s submissions. The sandbox has no such page: open a contact instead; its submissions stand on the tab “Activities”.',
  noContact: 'This contact cannot be read. Open another one from the list.',
  loadingContact: 'Loading the contact …',
  about: 'About this contact',
  record: 'Record',
  app: 'App',
  activities: 'Activities',
  noActivity: 'There is no activity yet. What people answer on WhatsApp appears here.',
  poweredBy: 'Powered by Flowella',
  justChanged: 'just changed',
  messages: 'Messages from the app',
  closeMessage: 'Close message',
  settingsPath: 'Integrations › Connected apps › Flowella › Settings',
  atHand: 'Sandbox: what you would copy from Meta to connect WhatsApp',
  atHandFields: {
    appId: 'App ID',
    appSecret: 'App secret',
    wabaId: 'WhatsApp account ID',
    phoneNumberId: 'Phone number ID',
    accessToken: 'System user token',
  },
};

export type PageTexts = typeof english;

const german: PageTexts = {
  title: 'Flowella-Sandbox',
  account: 'Konto',
  user: 'Benutzer',
  language: 'Sprache',
  whatToShow: 'Was gezeigt wird',
  hubspot: 'HubSpot',
  phone: 'Telefon',
  phoneOf: 'Telefon von',
  phonesOf: (account) => `Kontakte von ${account}`,
  otherPhones: 'Andere Personen',
  loading: 'Wird geladen …',
  away: 'Die Sandbox antwortet nicht. Läuft „npm start“ noch?',
  pages: 'HubSpot-Seiten',
  contacts: 'Kontakte',
  settings: 'Einstellungen',
  contactsGuide:
    'Neu hier? Öffnen Sie einen Kontakt, halten Sie die Einwilligung fest und drücken Sie auf Senden. Antworten Sie dann auf dem Telefon und sehen Sie zu, wie der Datensatz folgt.',
  settingsGuide:
    'Hier wird Schritt für Schritt aus einem Formular ein WhatsApp-Flow. Nehmen Sie für den Test am Ende die Nummer eines der Telefone.',
  phoneGuideNarrow: 'Oben auf „Telefon“ drücken, um es zu sehen.',
  noNumber: 'Keine Nummer',
  install: 'Flowella installieren',
  installText:
    'Flowella ist in diesem Konto noch nicht installiert. Installieren Sie es wie ein Admin aus dem HubSpot-Marktplatz, verbinden Sie dann WhatsApp und veröffentlichen Sie ein Formular.',
  formTitle: 'Die Einsendungen dieses Formulars',
  formText:
    'In HubSpot öffnet dieser Link die Liste der Einsendungen. Die Sandbox hat diese Seite nicht: Öffnen Sie stattdessen einen Kontakt; seine Einsendungen stehen im Tab „Aktivitäten“.',
  noContact: 'Dieser Kontakt kann nicht gelesen werden. Öffnen Sie einen anderen aus der Liste.',
  loadingContact: 'Der Kontakt wird geladen …',
  about: 'Über diesen Kontakt',
  record: 'Datensatz',
  app: 'App',
  activities: 'Aktivitäten',
  noActivity: 'Noch keine Aktivität. Was Personen auf WhatsApp antworten, erscheint hier.',
  poweredBy: 'Bereitgestellt von Flowella',
  justChanged: 'eben geändert',
  messages: 'Meldungen der App',
  closeMessage: 'Meldung schließen',
  settingsPath: 'Integrationen › Verbundene Apps › Flowella › Einstellungen',
  atHand: 'Sandbox: was Sie bei Meta kopieren würden, um WhatsApp zu verbinden',
  atHandFields: {
    appId: 'App-ID',
    appSecret: 'App-Geheimcode',
    wabaId: 'ID des WhatsApp-Kontos',
    phoneNumberId: 'ID der Telefonnummer',
    accessToken: 'Token des Systembenutzers',
  },
};

/** The words of the sandbox's page and of HubSpot's pages in it. */
export function pageTexts(locale: Locale): PageTexts {
  return locale === 'de' ? german : english;
}
