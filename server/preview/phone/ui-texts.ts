import type { PhoneLocale } from '@flowella/shared/phone/phone-texts.ts';

/** The words of the chat and of the sheet around a flow. */
export type UiTexts = {
  close: string;
  back: string;
  more: string;
  moreAbout: string;
  managedBy(business: string): string;
  optional: string;
  loading: string;
  opening: string;
  readMore: string;
  choose: string;
  chooseDate: string;
  clear: string;
  previousMonth: string;
  nextMonth: string;
  year: string;
  month: string;
  done: string;
  addPhoto: string;
  addDocument: string;
  removeFile(name: string): string;
  filesOf(count: number, max: number): string;
  dismiss: string;
  ok: string;
  verified: string;
  chatWith(name: string): string;
  message: string;
  send: string;
  emptyChat: string;
  today: string;
  yesterday: string;
  responseSent: string;
  viewResponse: string;
  yourResponse: string;
  noLongerKnown: string;
  openForm: string;
  formNotOpen: string;
  standInAway: string;
  notSent: string;
  unsupported: string;
  status: Record<'pending' | 'sent' | 'delivered' | 'read' | 'failed', string>;
  characters(count: number, max: number): string;
  showPassword: string;
  hidePassword: string;
  encrypted: string;
};

const english: UiTexts = {
  close: 'Close',
  back: 'Back',
  more: 'More options',
  moreAbout: 'Your answers go to this business. WhatsApp shows the form and does not keep it.',
  managedBy: (business) => `Managed by ${business}`,
  optional: 'optional',
  loading: 'Sending',
  opening: 'Opening the form',
  readMore: 'Read more',
  choose: 'Choose an option',
  chooseDate: 'Choose a date',
  clear: 'Clear',
  previousMonth: 'Previous month',
  nextMonth: 'Next month',
  year: 'Year',
  month: 'Month',
  done: 'Done',
  addPhoto: 'Add photos',
  addDocument: 'Add documents',
  removeFile: (name) => `Remove ${name}`,
  filesOf: (count, max) => `${count} of ${max}`,
  dismiss: 'Dismiss',
  ok: 'OK',
  verified: 'Verified business',
  chatWith: (name) => `Chat with ${name}`,
  message: 'Message',
  send: 'Send',
  emptyChat: 'No messages yet. What the business sends appears here.',
  today: 'Today',
  yesterday: 'Yesterday',
  responseSent: 'Response sent',
  viewResponse: 'View response',
  yourResponse: 'Your response',
  noLongerKnown: 'The answers are no longer kept on this phone.',
  openForm: 'Open form',
  formNotOpen: 'The form could not be opened. Try again later.',
  standInAway: 'No connection. Trying again.',
  notSent: 'Not sent. Try again.',
  unsupported: 'This message cannot be shown here.',
  status: { pending: 'Sending', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Not delivered' },
  characters: (count, max) => `${count} of ${max} characters`,
  showPassword: 'Show',
  hidePassword: 'Hide',
  encrypted: 'Messages with this business are shown as WhatsApp would show them.',
};

const german: UiTexts = {
  close: 'Schließen',
  back: 'Zurück',
  more: 'Weitere Optionen',
  moreAbout: 'Ihre Antworten gehen an dieses Unternehmen. WhatsApp zeigt das Formular und speichert es nicht.',
  managedBy: (business) => `Verwaltet von ${business}`,
  optional: 'optional',
  loading: 'Wird gesendet',
  opening: 'Formular wird geöffnet',
  readMore: 'Mehr lesen',
  choose: 'Option wählen',
  chooseDate: 'Datum wählen',
  clear: 'Löschen',
  previousMonth: 'Voriger Monat',
  nextMonth: 'Nächster Monat',
  year: 'Jahr',
  month: 'Monat',
  done: 'Fertig',
  addPhoto: 'Fotos hinzufügen',
  addDocument: 'Dokumente hinzufügen',
  removeFile: (name) => `${name} entfernen`,
  filesOf: (count, max) => `${count} von ${max}`,
  dismiss: 'Ausblenden',
  ok: 'OK',
  verified: 'Verifiziertes Unternehmen',
  chatWith: (name) => `Chat mit ${name}`,
  message: 'Nachricht',
  send: 'Senden',
  emptyChat: 'Noch keine Nachrichten. Was das Unternehmen sendet, erscheint hier.',
  today: 'Heute',
  yesterday: 'Gestern',
  responseSent: 'Antwort gesendet',
  viewResponse: 'Antwort ansehen',
  yourResponse: 'Ihre Antwort',
  noLongerKnown: 'Die Antworten sind auf diesem Telefon nicht mehr gespeichert.',
  openForm: 'Formular öffnen',
  formNotOpen: 'Das Formular konnte nicht geöffnet werden. Versuchen Sie es später noch einmal.',
  standInAway: 'Keine Verbindung. Neuer Versuch läuft.',
  notSent: 'Nicht gesendet. Versuchen Sie es noch einmal.',
  unsupported: 'Diese Nachricht kann hier nicht gezeigt werden.',
  status: {
    pending: 'Wird gesendet',
    sent: 'Gesendet',
    delivered: 'Zugestellt',
    read: 'Gelesen',
    failed: 'Nicht zugestellt',
  },
  characters: (count, max) => `${count} von ${max} Zeichen`,
  showPassword: 'Anzeigen',
  hidePassword: 'Verbergen',
  encrypted: 'Nachrichten mit diesem Unternehmen erscheinen, wie WhatsApp sie zeigen würde.',
};

/** The page's own words in one language. */
export function uiTexts(locale: PhoneLocale): UiTexts {
  return locale === 'de' ? german : english;
}
