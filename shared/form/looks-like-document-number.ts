import type { Question } from './form.ts';

const NUMBER = String.raw`(?:number|numbers|no(?!\p{L})\.?|nr(?!\p{L})\.?|num\.?|nummer|numéro|número|numero|#)`;
const DOCUMENT = String.raw`(?:passport|passeport|pasaporte|passaporto|reisepass|personalausweis|ausweis|aufenthaltstitel|führerschein|identity\s*card|id\s*card|national\s*id|identity|identification|document|dokument(?:en)?|driv(?:er'?s?|ing)\s*licen[cs]e|licen[cs]e|residence\s*permit|visa|identit[ée]|identidad)`;
const PATTERNS = [
  new RegExp(String.raw`${DOCUMENT}\s*-?\s*(?:card\s*)?${NUMBER}`, 'iu'),
  // "no documento" is Portuguese for "in the document".
  new RegExp(
    String.raw`${NUMBER.replace('no(?!\\p{L})\\.?', 'no\\.')}\s*(?:of|des|der|de|du|del|della|d['’])?\s*(?:the|your|ihres|ihrer|la|le|votre|su)?\s*${DOCUMENT}`,
    'iu',
  ),
  /(?:ausweis|pass|führerschein|dokument(?:en)?)-?\s*(?:nummer|nr\b)/iu,
  /\b(?:ssn|social\s*security\s*(?:number|no\.?)|national\s*insurance\s*(?:number|no\.?)|aadhaar|id\s*(?:number|no\.?)|dni|cpf|curp|bsn)\b/iu,
  // In small letters it is "never" in German.
  /(?<!\p{L})NIE(?!\p{L})|^nie$/u,
  /(?:номер|серия|№).{0,20}(?:паспорт|удостоверени)|(?:паспорт|удостоверени).{0,20}(?:номер|серия|№)/iu,
  /(?<!\p{L})(?:инн|снилс)(?!\p{L})/iu,
  /(?:आधार|पासपोर्ट|पैन)\s*(?:कार्ड\s*)?(?:संख्या|नंबर|नम्बर)/u,
  /(?:护照|護照|身份证|身分證|证件|證件)\s*(?:号|號|编号|編號)/u,
  /マイナンバー|(?:パスポート|旅券|運転免許証?|個人)\s*番号|(?:여권|주민등록|운전면허)\s*번호/u,
  /رقم\s*(?:ال)?(?:جواز|هوية|إقامة|بطاقة)|(?:מספר\s*(?:ה)?דרכון|תעודת\s*(?:ה)?זהות)/u,
];
/** Only the last characters of a number are asked for: that may stand at HubSpot. */
const PARTIAL =
  /\b(?:last|final)\s*(?:\d|two|three|four|five|six|few)|letzte[nr]?\s|derniers?\s|últim[oa]s?\s|ultim[ei]\s/iu;

/**
 * True for a question that asks for the full number of an identity document, told by its label or name. Such a field is
 * refused by default when answers are written back to HubSpot (flow-rules.md section 7).
 */
export function looksLikeDocumentNumber(question: Pick<Question, 'kind' | 'id' | 'label' | 'help'>): boolean {
  if (question.kind !== 'short-text' && question.kind !== 'number' && question.kind !== 'long-text') return false;
  const name = question.id.slice(question.id.lastIndexOf('/') + 1).replace(/[_-]+/g, ' ');
  const texts = [question.label, name];
  if (texts.some((text) => PARTIAL.test(text)) || (question.help && PARTIAL.test(question.help))) return false;
  return texts.some((text) => PATTERNS.some((pattern) => pattern.test(text)));
}
