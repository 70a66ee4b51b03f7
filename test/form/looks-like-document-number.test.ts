import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import { expect, test } from 'vitest';

const ask = (label: string, id = 'x') => looksLikeDocumentNumber({ kind: 'short-text', id, label });

test.each([
  'Passport number',
  'Passport No.',
  'Number of your passport',
  'ID card number',
  'National ID number',
  'Document number',
  "Driver's license number",
  'Reisepassnummer',
  'Ausweisnummer',
  'Nummer Ihres Personalausweises',
  'Personalausweis-Nr.',
  'Numéro de passeport',
  'Número de pasaporte',
  'Social security number',
])('"%s" asks for a full document number', (label) => expect(ask(label)).toBe(true));

test.each([
  'Last four digits of your passport number',
  'Letzte vier Zeichen der Ausweisnummer',
  'Phone number',
  'Order number',
  'Customer number',
  'Number of guests',
  'Which documents do you have?',
  'Passport valid until',
  'Hausnummer',
])('"%s" does not', (label) => expect(ask(label)).toBe(false));

test('the property name tells it too', () => {
  expect(ask('Number', '0-1/passport_number')).toBe(true);
  expect(ask('Number', '0-1/passport_last_four')).toBe(false);
});
