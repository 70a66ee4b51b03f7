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
  'NIE',
  'CPF',
  'Серия и номер паспорта',
  'Паспорт: серия, номер',
  'ИНН',
  'आधार संख्या',
  'पासपोर्ट नंबर',
  '身份证号码',
  '護照號碼',
  'パスポート番号',
  '주민등록번호',
  'رقم جواز السفر',
  'رقم الهوية',
  'מספר דרכון',
  'תעודת זהות',
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
  'Qual é o seu nome completo, tal como aparece no documento?',
  'Warum haben Sie uns noch nie besucht?',
  'Is your visa not valid?',
  'Identity notes',
  'आपका पूरा नाम (जैसा आधार कार्ड पर लिखा है)',
  'Есть ли у вас паспорт?',
  'Номер телефона',
  '护照有效期',
  'هل لديك جواز سفر؟',
])('"%s" does not', (label) => expect(ask(label)).toBe(false));

test('the property name tells it too', () => {
  expect(ask('Number', '0-1/passport_number')).toBe(true);
  expect(ask('Number', '0-1/passport_last_four')).toBe(false);
});
