import { COMFORT, LIMITS } from '@flowella/shared/compile/limits.ts';
import type { FlowTextKey, FlowWords, Plural } from '@flowella/shared/flow-words/flow-words.ts';
import { FLOW_LANGUAGES, flowWords, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';

/** Where each word of a screen stands, as the compiler uses it. */
const SCREEN_LIMITS: Record<FlowTextKey, number> = {
  ...within(LIMITS.footer, ['continue', 'send', 'close']),
  ...within(LIMITS.textInputLabel, ['yourAnswer', 'email', 'phone', 'number', 'time', 'website', 'hours', 'minutes']),
  ...within(LIMITS.textInputLabel, ['surname', 'code']),
  ...within(LIMITS.dropdownLabel, ['chooseOne', 'range', 'place', 'otherAnswer']),
  ...within(LIMITS.dateLabel, ['date']),
  ...within(LIMITS.pickerLabel, ['addFile']),
  // Beside it stands which of at most 20 groups it is.
  ...within(LIMITS.choiceGroupLabel - ' (12/20)'.length, ['chooseSome']),
  ...within(Math.min(LIMITS.optionTitle, LIMITS.optInLabel), ['other', 'yes', 'no', 'agree']),
  ...within(LIMITS.helper, ['phoneHelp', 'timeHelp', 'urlHelp', 'pleaseCheck', 'filesHelp', 'fileHelp']),
  ...within(LIMITS.helper, ['digitsBetween', 'digitsAtLeast', 'digitsAtMost', 'codeHelp']),
  ...within(LIMITS.screenTitle, ['firstDetails', 'moreDetails', 'consentTitle', 'lastTitle', 'step', 'noticeTitle']),
  ...within(LIMITS.screenTitle, ['confirmTitle']),
  ...within(LIMITS.caption, ['closing', 'interlude', 'maybeNothing', 'nothingToAsk', 'start', 'filesKept']),
  ...within(LIMITS.linkText, ['viewPicture', 'openLink', 'codeAgain']),
};
/** Two lines of a small phone; what stands in the chat is read there. */
const SNACKBAR = 90;
const CHAT = 120;
/** A message takes 1,024 characters, of which the form's name takes up to 200; its button 20 (whatsapp-flows.md 9.1). */
const MESSAGE_BODY = 800;
const MESSAGE_BUTTON = 20;
/** The largest figures that are put in: 99 screens, 30 files, numbers of 20 digits. */
const LARGEST: Record<string, string> = { number: '99', count: '99', min: '20', max: '20', megabytes: '100', form: '' };

function within<K extends FlowTextKey>(limit: number, keys: K[]): Record<K, number> {
  // Every key is one of K by construction.
  return Object.fromEntries(keys.map((key) => [key, limit])) as Record<K, number>;
}

type Entry = { place: string; forms: [form: string, text: string][]; isPlural: boolean; limit: number };

function entriesOf(words: FlowWords): Entry[] {
  const entry = (place: string, word: string | Plural, limit: number): Entry => ({
    place,
    forms: typeof word === 'string' ? [['', word]] : Object.entries(word),
    isPlural: typeof word !== 'string',
    limit,
  });
  const group = (name: string, texts: Record<string, string>, limit: number) =>
    Object.entries(texts).map(([key, text]) => entry(`${name}.${key}`, text, limit));
  return [
    ...Object.entries(words.screen).map(([key, word]) => entry(key, word, SCREEN_LIMITS[key as FlowTextKey])),
    ...group('checks', words.checks, LIMITS.textInputError),
    ...group('notices', words.notices, LIMITS.caption),
    ...group('over', words.over, CHAT),
    ...group('confirm', words.confirm, LIMITS.caption),
    ...group('snackbar', words.snackbar, SNACKBAR),
    entry('files', words.files, LIMITS.helper),
    entry('message.body', words.message.body, MESSAGE_BODY),
    entry('message.button', words.message.button, MESSAGE_BUTTON),
    entry('times.taken', words.times.taken, MESSAGE_BODY),
    entry('times.button', words.times.button, MESSAGE_BUTTON),
  ];
}

const ENGLISH = new Map(entriesOf(flowWords('en')).map((one) => [one.place, one]));
const textsOf = (language: FlowLanguage): [string, string][] =>
  entriesOf(flowWords(language)).flatMap(({ place, forms }) =>
    forms.map(([form, text]): [string, string] => [form ? `${place}.${form}` : place, text]),
  );
const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name: string) => LARGEST[name] ?? '?');
const placesIn = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();

/** Whole numbers that the form of a plural stands for, as far as any text of ours counts. */
function numbersOf(language: FlowLanguage): Map<string, number[]> {
  const rules = new Intl.PluralRules(language);
  return Map.groupBy(
    Array.from({ length: 201 }, (_, number) => number),
    (number) => rules.select(number),
  );
}

/** Words that are the same in English, by rights. */
const LIKE_ENGLISH: Partial<Record<FlowLanguage, string[]>> = {
  de: ['code'],
  nl: ['code'],
  es: ['no'],
  it: ['files', 'no'],
  id: ['files'],
  fr: ['code', 'date', 'minutes'],
  da: ['send'],
  nb: ['send'],
};

/** Scripts that a language is written in; the others use Latin letters. */
const SCRIPTS: Partial<Record<FlowLanguage, RegExp>> = {
  el: /\p{Script=Greek}/u,
  bg: /\p{Script=Cyrillic}/u,
  uk: /\p{Script=Cyrillic}/u,
  ru: /\p{Script=Cyrillic}/u,
  ar: /\p{Script=Arabic}/u,
  he: /\p{Script=Hebrew}/u,
  fa: /\p{Script=Arabic}/u,
  hi: /\p{Script=Devanagari}/u,
  bn: /\p{Script=Bengali}/u,
  ta: /\p{Script=Tamil}/u,
  te: /\p{Script=Telugu}/u,
  th: /\p{Script=Thai}/u,
  'zh-Hans': /\p{Script=Han}/u,
  'zh-Hant': /\p{Script=Han}/u,
  ja: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u,
  ko: /\p{Script=Hangul}/u,
};
const RIGHT_TO_LEFT: FlowLanguage[] = ['ar', 'he', 'fa'];
/** Letters that only one way to write Chinese has, of those that stand in our words. */
const ONLY_SIMPLIFIED =
  /[个从们优传储关写几删动单变号后围图处将应开张择数无时检电码简络续缩联范话请谢较过这选里钟链长闭问间项顾题]/u;
const ONLY_TRADITIONAL =
  /[個從們優傳儲關寫幾刪動單變號後圍圖處將應開張擇數無時檢電碼簡絡續縮聯範話請謝較過這選裡鐘鏈長閉問間項顧題]/u;
/** Letters that are not of this language although they are of its script. */
const FOREIGN_LETTERS: Partial<Record<FlowLanguage, RegExp>> = {
  ru: /[іїєґў]/iu,
  bg: /[ыэёіїєґ]/iu,
  uk: /[ыэёъ]/iu,
  ar: /[پچژگکی]/u,
  fa: /[كيىة]/u,
  'zh-Hans': ONLY_TRADITIONAL,
  'zh-Hant': ONLY_SIMPLIFIED,
};
/** What stands in Latin letters everywhere. */
const LATIN_WORDS = /www\.example\.com|WhatsApp|\bMB\b|\bemail\b/g;

describe.each(FLOW_LANGUAGES)('%s', (language) => {
  const entries = entriesOf(flowWords(language));
  const texts = textsOf(language);

  test('every text is within the limit of its place, with the largest figures in it', () => {
    const tooLong = entries.flatMap(({ place, forms, limit }) =>
      forms.flatMap(([, text]) => (filled(text).length > limit ? [`${place}: ${text} (${filled(text).length})`] : [])),
    );
    expect(tooLong).toEqual([]);
  });

  test('every text has the places of the English one; a number is left out only where its form means no other', () => {
    const numbers = numbersOf(language);
    const wrong = entries.flatMap(({ place, forms }) => {
      const expected = placesIn(ENGLISH.get(place)!.forms.find(([form]) => form === '' || form === 'other')![1]);
      return forms.flatMap(([form, text]) => {
        const isCounted = numbers.get(form)?.length === 1;
        const fits = isCounted
          ? placesIn(text).every((one) => expected.includes(one)) && placesIn(text).length >= expected.length - 1
          : String(placesIn(text)) === String(expected);
        return fits ? [] : [`${place}.${form}: ${text}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  test('texts with a number have every plural form of the language, and no other', () => {
    const expected = [...new Set([...numbersOf(language).keys(), 'other'])].toSorted();
    for (const { place, forms, isPlural } of entries)
      if (isPlural) expect([place, ...forms.map(([form]) => form).toSorted()]).toEqual([place, ...expected]);
  });

  test('no text is empty, padded or ends in the middle; buttons have no mark at their end', () => {
    for (const [place, text] of texts) {
      expect.soft(text, place).toBe(text.trim().replace(/ {2,}/g, ' ').normalize('NFC'));
      expect.soft(text, place).toMatch(/\p{L}/u);
    }
    const { screen, message, times } = flowWords(language);
    for (const button of [screen.continue, screen.send, screen.close, message.button, times.button])
      expect(button).not.toMatch(/[.。।!:]$|\p{Extended_Pictographic}/u);
  });

  test.runIf(language !== 'en')('nothing is left in English', () => {
    const same = entries.filter(({ place, forms }) => {
      const english = new Set(ENGLISH.get(place)!.forms.map(([, text]) => text));
      return forms.some(([, text]) => english.has(text));
    });
    expect(same.map(({ place }) => place).toSorted()).toEqual((LIKE_ENGLISH[language] ?? []).toSorted());
  });

  test('every letter is of a script of the language: no look-alikes, nothing of a neighbour', () => {
    const script = SCRIPTS[language] ?? /\p{Script=Latin}/u;
    for (const [place, text] of texts) {
      const own = text.replace(/\{\w+\}/g, '').replace(LATIN_WORDS, '');
      const foreign = [...own].filter((letter) => /\p{L}/u.test(letter) && !script.test(letter));
      expect.soft(foreign, `${place}: ${text}`).toEqual([]);
      expect.soft(FOREIGN_LETTERS[language]?.exec(own)?.[0], `${place}: ${text}`).toBeUndefined();
    }
  });

  test('the telephone number shown is one that exists, and the country code asked for is its own', () => {
    const { screen, checks } = flowWords(language);
    const shown = /\+[\d -]+\d/.exec(screen.phoneHelp)?.[0];
    const number = parsePhoneNumberFromString(shown ?? '');
    expect(number?.isValid(), shown).toBe(true);
    expect(checks['phone-country']).toContain(`+${number!.countryCallingCode} …`);
  });

  test('the time is shown as the field takes it', () => {
    const { screen, checks } = flowWords(language);
    expect(screen.timeHelp).toContain('14:30');
    expect(checks.time).toContain('14:30');
  });

  test('words between which a person chooses differ', () => {
    const { screen, checks } = flowWords(language);
    expect(new Set([screen.continue, screen.send, screen.close]).size).toBe(3);
    expect(new Set([screen.yes, screen.no, screen.other]).size).toBe(3);
    expect(checks['too-few-choices']).not.toBe(checks['too-many-choices']);
    expect(checks['too-short']).not.toBe(checks['too-long']);
    expect(checks.date).not.toBe(checks['date-range']);
  });

  test('what is not ours to reorder stands apart from text that runs from right to left', () => {
    for (const [place, text] of texts) {
      const marks = text.match(/[\u2066-\u2069]/g) ?? [];
      if (!RIGHT_TO_LEFT.includes(language)) expect.soft(marks, place).toEqual([]);
      const outside = text.replace(/\u2066[^\u2066-\u2069]*\u2069/g, '');
      expect.soft(outside, place).not.toMatch(/[\u2066-\u2069]/);
      if (RIGHT_TO_LEFT.includes(language))
        expect.soft(outside.replace(/\{\w+\}/g, ''), place).not.toMatch(/[+:]\s*\d|\p{Script=Latin}/u);
    }
  });
});

test('the figures that texts are measured with are at least those that flows have', () => {
  expect(Number(LARGEST.megabytes)).toBeGreaterThanOrEqual(COMFORT.fileKilobytes / 1_024);
  expect(Number(LARGEST.count)).toBeGreaterThanOrEqual(Math.max(LIMITS.filesPerPicker, LIMITS.screens - 1));
});
