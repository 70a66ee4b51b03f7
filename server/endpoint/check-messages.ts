import { cutText } from '@flowella/shared/form/cut-text.ts';

/** Why an answer is not taken. The codes are stable: they are logged and shown to the admin. */
export type CheckCode =
  | 'required'
  | 'must-accept'
  | 'too-long'
  | 'too-short'
  | 'format'
  | 'email'
  | 'email-blocked'
  | 'phone'
  | 'phone-country'
  | 'phone-digits'
  | 'url'
  | 'number'
  | 'number-digits'
  | 'number-range'
  | 'choice'
  | 'too-few-choices'
  | 'too-many-choices'
  | 'same-place'
  | 'date'
  | 'date-range'
  | 'time'
  | 'file'
  | 'too-many-files';

/** At most 30 characters each, since an error under a text field has no more room (whatsapp-flows.md 4.2). */
const MESSAGES: Record<CheckCode, { en: string; de: string }> = {
  required: { en: 'Please fill this in', de: 'Bitte ausfüllen' },
  'must-accept': { en: 'Please tick this box', de: 'Bitte ankreuzen' },
  'too-long': { en: 'Please shorten your answer', de: 'Bitte kürzer antworten' },
  'too-short': { en: 'Please write a little more', de: 'Bitte etwas mehr schreiben' },
  format: { en: 'Please check the format', de: 'Bitte das Format prüfen' },
  email: { en: 'Please check this address', de: 'Bitte die Adresse prüfen' },
  'email-blocked': { en: 'Please use another address', de: 'Bitte eine andere Adresse' },
  phone: { en: 'Please check this number', de: 'Bitte die Nummer prüfen' },
  'phone-country': { en: 'Add the country code: +49 …', de: 'Bitte mit Vorwahl: +49 …' },
  'phone-digits': { en: 'Check the number of digits', de: 'Bitte Ziffernzahl prüfen' },
  url: { en: 'Please check this address', de: 'Bitte die Adresse prüfen' },
  number: { en: 'Please enter a number', de: 'Bitte eine Zahl eingeben' },
  'number-digits': { en: 'Check the number of digits', de: 'Bitte Ziffernzahl prüfen' },
  'number-range': { en: 'This number is out of range', de: 'Zahl außerhalb des Bereichs' },
  choice: { en: 'Please choose from the list', de: 'Bitte aus der Liste wählen' },
  'too-few-choices': { en: 'Please choose some more', de: 'Bitte mehr auswählen' },
  'too-many-choices': { en: 'Please choose fewer', de: 'Bitte weniger auswählen' },
  'same-place': { en: 'Choose each one only once', de: 'Bitte jedes nur einmal' },
  date: { en: 'Please check this date', de: 'Bitte das Datum prüfen' },
  'date-range': { en: 'This date is not possible', de: 'Dieses Datum geht nicht' },
  file: { en: 'Please choose the file again', de: 'Bitte Datei erneut wählen' },
  'too-many-files': { en: 'Please choose fewer files', de: 'Bitte weniger Dateien' },
  time: { en: 'Hours and minutes, like 14:30', de: 'Bitte wie 14:30 eingeben' },
};

/** What the person reads under the field. */
export function checkMessage(code: CheckCode, language: 'en' | 'de', maxLength: number): string {
  return cutText(MESSAGES[code][language], maxLength);
}
