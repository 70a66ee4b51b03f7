/** Words of our own that a person reads inside a flow, in the languages of the flow (others read English). */
export type FlowLanguage = 'en' | 'de';

const EN = {
  continue: 'Continue',
  send: 'Send',
  close: 'Close',
  yourAnswer: 'Your answer',
  chooseOne: 'Please choose',
  chooseSome: 'Choose all that apply',
  email: 'E-mail address',
  phone: 'Phone number',
  number: 'Number',
  date: 'Date',
  time: 'Time',
  website: 'Web address',
  hours: 'Hours',
  minutes: 'Minutes',
  other: 'Other',
  otherAnswer: 'Your own answer',
  range: 'Section of the list',
  place: 'Place',
  yes: 'Yes',
  no: 'No',
  agree: 'I agree',
  phoneHelp: 'With country code, for example +49 151 23456789',
  timeHelp: 'Hours and minutes, for example 14:30',
  urlHelp: 'For example www.example.com',
  digitsBetween: '{min} to {max} digits',
  digitsAtLeast: 'At least {min} digits',
  digitsAtMost: 'At most {max} digits',
  pleaseCheck: 'Please check the format',
  firstDetails: 'Your details',
  moreDetails: 'More details',
  consentTitle: 'Your consent',
  lastTitle: 'Almost done',
  step: 'Step {number} of {count}',
  closing: 'That was the last question. Press the button to send your answers.',
  interlude: 'Thank you so far. Press the button to go on.',
  maybeNothing: 'If nothing is asked here, press the button to go on.',
  nothingToAsk: 'There is nothing to fill in here yet.',
  noticeTitle: 'Please note',
  start: 'Press the button to begin.',
  viewPicture: 'View the picture',
  openLink: 'Open the link',
} as const;

export type FlowTextKey = keyof typeof EN;

const DE: Record<FlowTextKey, string> = {
  continue: 'Weiter',
  send: 'Absenden',
  close: 'Schließen',
  yourAnswer: 'Ihre Antwort',
  chooseOne: 'Bitte auswählen',
  chooseSome: 'Alles Zutreffende wählen',
  email: 'E-Mail-Adresse',
  phone: 'Telefonnummer',
  number: 'Zahl',
  date: 'Datum',
  time: 'Uhrzeit',
  website: 'Internetadresse',
  hours: 'Stunden',
  minutes: 'Minuten',
  other: 'Sonstiges',
  otherAnswer: 'Eigene Antwort',
  range: 'Teil der Liste',
  place: 'Platz',
  yes: 'Ja',
  no: 'Nein',
  agree: 'Ich stimme zu',
  phoneHelp: 'Mit Landesvorwahl, zum Beispiel +49 151 23456789',
  timeHelp: 'Stunden und Minuten, zum Beispiel 14:30',
  urlHelp: 'Zum Beispiel www.example.com',
  digitsBetween: '{min} bis {max} Ziffern',
  digitsAtLeast: 'Mindestens {min} Ziffern',
  digitsAtMost: 'Höchstens {max} Ziffern',
  pleaseCheck: 'Bitte auf das Format achten',
  firstDetails: 'Ihre Angaben',
  moreDetails: 'Weitere Angaben',
  consentTitle: 'Ihre Einwilligung',
  lastTitle: 'Fast fertig',
  step: 'Schritt {number} von {count}',
  closing: 'Das war die letzte Frage. Mit der Schaltfläche senden Sie Ihre Antworten ab.',
  interlude: 'Danke bis hierher. Mit der Schaltfläche geht es weiter.',
  maybeNothing: 'Wenn hier nichts gefragt wird, geht es mit der Schaltfläche weiter.',
  nothingToAsk: 'Hier gibt es noch nichts auszufüllen.',
  noticeTitle: 'Bitte beachten',
  start: 'Mit der Schaltfläche beginnen Sie.',
  viewPicture: 'Bild ansehen',
  openLink: 'Link öffnen',
};

/** One of our texts, with `{name}` places filled. */
export function flowText(
  language: FlowLanguage,
  key: FlowTextKey,
  values: Record<string, string | number> = {},
): string {
  const text = (language === 'de' ? DE : EN)[key];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** Flows speak German for German forms and English for all others: the form's own texts stay as they are. */
export function flowLanguage(formLanguage: string): FlowLanguage {
  return /^de(?:[-_]|$)/i.test(formLanguage) ? 'de' : 'en';
}
