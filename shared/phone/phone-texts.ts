/** What the phone itself says, in the person's language; everything else comes from the flow. */
export type PhoneTexts = {
  required: string;
  tooShort(minChars: number): string;
  tooLong(maxChars: number): string;
  notNumber: string;
  notEmail: string;
  notPhone: string;
  wrongFormat: string;
  selectAtLeast(count: number): string;
  selectAtMost(count: number): string;
  dateUnavailable: string;
  rangeIncomplete: string;
  rangeTooShort(days: number): string;
  rangeTooLong(days: number): string;
  addFiles(count: number): string;
  tooManyFiles(count: number): string;
  fileTooLarge(name: string, maxKb: number): string;
  fileTypeRefused(name: string): string;
  somethingWrong: string;
  noConnection: string;
  cannotUpload: string;
  noLongerAvailable: string;
  yes: string;
  no: string;
  /** A day `YYYY-MM-DD` as people write it. */
  day(day: string): string;
};

export type PhoneLocale = 'en' | 'de';

const english: PhoneTexts = {
  required: 'Fill in this field.',
  tooShort: (minChars) => `Enter at least ${minChars} characters.`,
  tooLong: (maxChars) => `Enter at most ${maxChars} characters.`,
  notNumber: 'Enter a number.',
  notEmail: 'Enter an email address like name@example.com.',
  notPhone: 'Enter a phone number.',
  wrongFormat: 'Enter it in the format shown below the field.',
  selectAtLeast: (count) => `Select at least ${count}.`,
  selectAtMost: (count) => `Select at most ${count}.`,
  dateUnavailable: 'This date is not available. Choose another one.',
  rangeIncomplete: 'Choose a start and an end date.',
  rangeTooShort: (days) => `Choose at least ${days} days.`,
  rangeTooLong: (days) => `Choose at most ${days} days.`,
  addFiles: (count) => (count === 1 ? 'Add a file.' : `Add at least ${count} files.`),
  tooManyFiles: (count) => (count === 1 ? 'Add one file only.' : `Add at most ${count} files.`),
  fileTooLarge: (name, maxKb) => `${name} is larger than ${formatKb(maxKb, 'en')}. Choose a smaller file.`,
  fileTypeRefused: (name) => `${name} is a type of file that is not accepted here.`,
  somethingWrong: 'Something went wrong. Try again later.',
  noConnection: 'No answer. Check your connection and try again.',
  cannotUpload: 'The file could not be uploaded. Try again.',
  noLongerAvailable: 'This form is no longer available.',
  yes: 'Yes',
  no: 'No',
  day: (day) => formatDay(day, 'en'),
};

const german: PhoneTexts = {
  required: 'Füllen Sie dieses Feld aus.',
  tooShort: (minChars) => `Geben Sie mindestens ${minChars} Zeichen ein.`,
  tooLong: (maxChars) => `Geben Sie höchstens ${maxChars} Zeichen ein.`,
  notNumber: 'Geben Sie eine Zahl ein.',
  notEmail: 'Geben Sie eine E-Mail-Adresse wie name@beispiel.de ein.',
  notPhone: 'Geben Sie eine Telefonnummer ein.',
  wrongFormat: 'Geben Sie es in dem Format ein, das unter dem Feld steht.',
  selectAtLeast: (count) => `Wählen Sie mindestens ${count}.`,
  selectAtMost: (count) => `Wählen Sie höchstens ${count}.`,
  dateUnavailable: 'Dieses Datum ist nicht verfügbar. Wählen Sie ein anderes.',
  rangeIncomplete: 'Wählen Sie ein Start- und ein Enddatum.',
  rangeTooShort: (days) => `Wählen Sie mindestens ${days} Tage.`,
  rangeTooLong: (days) => `Wählen Sie höchstens ${days} Tage.`,
  addFiles: (count) => (count === 1 ? 'Fügen Sie eine Datei hinzu.' : `Fügen Sie mindestens ${count} Dateien hinzu.`),
  tooManyFiles: (count) =>
    count === 1 ? 'Fügen Sie nur eine Datei hinzu.' : `Fügen Sie höchstens ${count} Dateien hinzu.`,
  fileTooLarge: (name, maxKb) => `${name} ist größer als ${formatKb(maxKb, 'de')}. Wählen Sie eine kleinere Datei.`,
  fileTypeRefused: (name) => `Der Dateityp von ${name} wird hier nicht angenommen.`,
  somethingWrong: 'Etwas ist schiefgegangen. Versuchen Sie es später noch einmal.',
  noConnection: 'Keine Antwort. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
  cannotUpload: 'Die Datei konnte nicht hochgeladen werden. Versuchen Sie es noch einmal.',
  noLongerAvailable: 'Dieses Formular ist nicht mehr verfügbar.',
  yes: 'Ja',
  no: 'Nein',
  day: (day) => formatDay(day, 'de'),
};

/** The phone's own words in one language. */
export function phoneTexts(locale: PhoneLocale): PhoneTexts {
  return locale === 'de' ? german : english;
}

function formatKb(kb: number, locale: PhoneLocale): string {
  if (kb < 1024) return `${kb} KB`;
  return `${(kb / 1024).toLocaleString(locale, { maximumFractionDigits: 1 })} MB`;
}

function formatDay(day: string, locale: PhoneLocale): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at)) return day;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}
