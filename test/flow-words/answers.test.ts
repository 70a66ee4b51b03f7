import { compile } from '@flowella/shared/compile/compile.ts';
import { flowText } from '@flowella/shared/compile/flow-texts.ts';
import { timePattern } from '@flowella/shared/compile/time-pattern.ts';
import { FLOW_LANGUAGES, flowWords, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { asciiDigits } from '@flowella/shared/form/ascii-digits.ts';
import { answerText } from '@flowella/shared/form/answer-text.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import { describe, expect, test } from 'vitest';
import { noticeScreen } from '../../server/endpoint/answer-request.ts';
import { normalizePhone } from '../../server/endpoint/normalize-phone.ts';
import { defaultMessage } from '../../server/flows/default-message.ts';
import { endpointInMemory, fillIn, openOnPhone } from '../compile/support/fill-in.ts';
import { everyKind, recalling } from './support/every-kind.ts';

/** What Intl puts between words and around numbers differs between releases of its data: any space is a space. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f\u2009]/g, ' ').replace(/[\u200e\u200f\u061c]/g, '');

describe('a number takes the plural form of its language', () => {
  test.each<[FlowLanguage, number, string]>([
    ['en', 1, 'At least 1 digit'],
    ['en', 2, 'At least 2 digits'],
    ['fr', 1, 'Au moins 1 chiffre'],
    ['fr', 2, 'Au moins 2 chiffres'],
    ['ru', 1, 'Не менее 1 цифры'],
    ['ru', 5, 'Не менее 5 цифр'],
    ['ru', 21, 'Не менее 21 цифры'],
    ['pl', 3, 'Co najmniej 3 cyfry'],
    ['pl', 5, 'Co najmniej 5 cyfr'],
    ['pl', 22, 'Co najmniej 22 cyfry'],
    ['cs', 4, 'Alespoň 4 číslice'],
    ['cs', 5, 'Alespoň 5 číslic'],
    ['ro', 19, 'Cel puțin 19 cifre'],
    ['ro', 20, 'Cel puțin 20 de cifre'],
    ['ar', 2, 'رقمان على الأقل'],
    ['ar', 3, '3 أرقام على الأقل'],
    ['ar', 11, '11 رقمًا على الأقل'],
    ['he', 2, 'לפחות שתי ספרות'],
    ['ja', 2, '2桁以上'],
  ])('%s, %i: %s', (language, min, expected) => {
    expect(flowText(language, 'digitsAtLeast', { min })).toBe(expected);
  });

  test('between two numbers, that of the one beside the noun', () => {
    expect(flowText('ru', 'digitsBetween', { min: 2, max: 21 })).toBe('От 2 до 21 цифры');
    expect(flowText('de', 'digitsBetween', { min: 1, max: 1 })).toBe('1 bis 1 Ziffer');
    expect(flowText('cs', 'filesHelp', { count: 3, megabytes: 10 })).toBe('Nejvýše 3 soubory, každý do 10 MB');
  });
});

describe('an answer is read as its language writes it', () => {
  const said = (answer: Answer, language: FlowLanguage) => plain(answerText(undefined, answer, language));

  test.each<[FlowLanguage, string, string]>([
    ['en', 'March 5, 2026', '1.5'],
    ['de', '5. März 2026', '1,5'],
    ['fr', '5 mars 2026', '1,5'],
    ['pt', '5 de março de 2026', '1,5'],
    ['ru', '5 марта 2026 г.', '1,5'],
    ['ar', '5 مارس 2026', '1.5'],
    ['fa', '5 مارس 2026', '1.5'],
    ['th', '5 มีนาคม ค.ศ. 2026', '1.5'],
    ['hi', '5 मार्च 2026', '1.5'],
    ['zh-Hant', '2026年3月5日', '1.5'],
    ['ja', '2026年3月5日', '1.5'],
    ['ko', '2026년 3월 5일', '1.5'],
  ])('%s: %s, %s', (language, date, number) => {
    expect(said({ kind: 'date', value: '2026-03-05' }, language)).toContain(date);
    expect(said({ kind: 'date-time', value: '2026-03-05T14:30' }, language)).toMatch(/ 14:30$/);
    expect(said({ kind: 'number', value: '1.5' }, language)).toBe(number);
  });

  test.each(FLOW_LANGUAGES)('%s: the year that was picked, in digits that fields take', (language) => {
    const texts = [
      said({ kind: 'date', value: '2026-03-05' }, language),
      said({ kind: 'duration', seconds: 9_000 }, language),
      said({ kind: 'number', value: '-1234567.25' }, language),
    ];
    expect(texts[0]).toContain('2026');
    expect(texts[2]).toMatch(/^-1234567[.,]25$/);
    for (const text of texts) expect(text).not.toMatch(/(?![0-9])\p{Nd}/u);
  });

  test('yes, no, another choice, lists and files are said in the language', () => {
    expect(said({ kind: 'boolean', value: true }, 'fi')).toBe('Kyllä');
    expect(said({ kind: 'choice', choiceId: '__other__', otherText: 'Tee' }, 'nb')).toBe('Annet: Tee');
    expect(said({ kind: 'choices', choiceIds: ['a', 'b'] }, 'ja')).toBe('a、b');
    const file = { mediaId: 'm', fileName: 'a.pdf', sha256: '' };
    const files = (count: number): Answer => ({ kind: 'files', files: Array.from({ length: count }, () => file) });
    expect(said(files(2), 'uk')).toBe('2 файли');
    expect(said(files(1), 'he')).toBe('קובץ אחד');
  });

  test('what is no date or has no decimals stays as it is', () => {
    expect(said({ kind: 'date', value: 'soon' }, 'fr')).toBe('soon');
    expect(said({ kind: 'number', value: '2026' }, 'fr')).toBe('2026');
  });
});

describe('an answer inside a sentence of the other direction', () => {
  const arabic = (place: string) => `شكرًا ${place}، ما سؤالك التالي؟`;
  const english = (place: string) => `Thank you ${place}, what comes next?`;
  const shown = async (compiled: ReturnType<typeof compile>, value: string) =>
    (await fillIn(compiled, () => value)).texts.find((text) => /ما سؤالك|what comes next/.test(text));

  test.each(['connected', 'light'] as const)('stands apart in a sentence from right to left (%s)', async (mode) => {
    const form = recalling('ar', { kind: 'short-text' }, arabic);
    const compiled = compile({ form, design: {}, locale: 'en', mode });
    expect(await shown(compiled, 'Zoë +49 151')).toBe('شكرًا \u2068Zoë +49 151\u2069، ما سؤالك التالي؟');
  });

  test('stands apart in a sentence from left to right when it runs the other way', async () => {
    const compiled = compile({
      form: recalling('en', { kind: 'short-text' }, english),
      design: {},
      locale: 'en',
      mode: 'connected',
    });
    expect(await shown(compiled, 'زينب')).toBe('Thank you \u2068زينب\u2069, what comes next?');
    expect(await shown(compiled, 'Zoë')).toBe('Thank you Zoë, what comes next?');
  });

  test('the name of a form stands apart in the message', () => {
    const form = { ...everyKind('ar'), name: 'Lead form 3 (2026)' };
    expect(defaultMessage(form).body).toContain('\u2068Lead form 3 (2026)\u2069');
    expect(defaultMessage({ ...form, language: 'fr' }).body).toContain(': Lead form 3 (2026).');
    expect(defaultMessage({ ...form, name: "$& $1 $' {form}" }).body).toContain("$& $1 $' {form}");
  });
});

describe('digits of any keyboard', () => {
  test.each([
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['۱۴:۳۰', '14:30'],
    ['१२३', '123'],
    ['১২৩', '123'],
    ['௧௨௩', '123'],
    ['౧౨౩', '123'],
    ['๑๒๓', '123'],
    ['１４：３０', '14:30'],
    ['١٬٢٣٤٫٥', '1234.5'],
    ['\u200f+٩٦٦ ٥١\u200f', '+966 51'],
    ['plain 14:30', 'plain 14:30'],
  ])('%s is read as %s', (typed, expected) => expect(asciiDigits(typed)).toBe(expected));

  test.each<[FlowLanguage, string]>([
    ['ar', '١٤:٣٠'],
    ['fa', '۲۳:۵۹'],
    ['hi', '९:०५'],
    ['bn', '১৪:৩০'],
    ['ja', '１４：３０'],
    ['zh-Hant', '0：00'],
    ['fr', '14:30'],
  ])('%s: the phone takes the time %s, and the endpoint reads it', async (language, typed) => {
    const form = recalling(language, { kind: 'time' }, (place) => place);
    for (const mode of ['connected', 'light'] as const) {
      const compiled = compile({ form, design: {}, locale: 'en', mode });
      const { answers } = await fillIn(compiled, ({ kind, name }) =>
        kind === 'text-input' && name === 'told' ? typed : 'x',
      );
      expect(answers?.told).toEqual({ kind: 'time', value: asciiDigits(typed).padStart(5, '0') });
    }
  });

  test.each(FLOW_LANGUAGES)('%s: a time of day from 0:00 to 23:59 and nothing else', (language) => {
    const pattern = new RegExp(timePattern(language), 'u');
    for (const time of ['0:00', '00:00', '9:05', '14:30', '23:59']) expect(time).toMatch(pattern);
    for (const time of ['24:00', '12:60', '14.30', '1430', '٢٤:٠٠', '114:30', '', '7'])
      expect(time).not.toMatch(pattern);
  });

  test('a telephone number is the same one', () => {
    expect(normalizePhone('٠٠٩٦٦ ٥١ ٢٣٤ ٥٦٧٨', undefined)).toEqual({ kind: 'phone', e164: '+966512345678' });
  });
});

describe.each(['fr', 'ar', 'zh-Hant', 'ta'] as const)('the endpoint speaks %s', (language) => {
  const compiled = compile({ form: everyKind(language), design: {}, locale: 'en', mode: 'connected' });
  const words = flowWords(language);

  test('errors, the snackbar and the notice', async () => {
    const { link, decisions } = endpointInMemory(compiled);
    const ask = (data: Record<string, string>, screen: string) =>
      link({
        version: '3.0',
        action: 'data_exchange',
        screen,
        data: { v: 'draft', s: screen, ...data },
        flow_token: 't',
      });
    const entry = compiled.program.entry;
    const input = (index: number) =>
      compiled.program.fields.find(({ question }) => question.id === `q${index}`)!.inputs[0]!.name;
    await ask({ [input(3)]: 'nobody' }, entry);
    expect(decisions.at(-1)).toMatchObject({ data: { errors: { [input(3)]: words.checks.email } } });
    await ask({ [input(3)]: 'a@blocked.test' }, entry);
    expect(decisions.at(-1)).toMatchObject({ data: { errors: { [input(3)]: words.checks['email-blocked'] } } });
    await link({ version: '3.0', action: 'data_exchange', screen: entry, data: { v: 'other' }, flow_token: 't' });
    expect(decisions.at(-1)).toMatchObject({ kind: 'notice', data: { text: words.notices['unknown-version'] } });
    expect(noticeScreen(compiled.program, 'our-fault')?.data.text).toBe(words.notices['our-fault']);
  });

  test('the phone draws our words on its buttons and fields', async () => {
    const phone = openOnPhone(compiled, endpointInMemory(compiled).link);
    await phone.settled();
    const view = phone.view();
    if (view.kind !== 'screen') throw new Error(`a screen was expected, not ${view.kind}`);
    expect(view.screen.footer?.label).toBe(words.screen.continue);
    const labels = view.screen.components.flatMap((one) => ('label' in one ? [one.label] : []));
    expect(labels).toContain(words.screen.email);
    expect(labels).toContain(words.screen.yourAnswer);
  });
});
