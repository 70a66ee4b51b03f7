import type { FlowLanguage } from './languages.ts';

/** Scripts that one of our languages is written in and no other language of many readers, but for the letters in `not`. */
const SCRIPTS: { script: RegExp; language: FlowLanguage; not?: RegExp }[] = [
  { script: /\p{Script=Greek}/gu, language: 'el' },
  // The ligatures of Yiddish.
  { script: /\p{Script=Hebrew}/gu, language: 'he', not: /[\u05f0-\u05f2]/u },
  { script: /\p{Script=Thai}/gu, language: 'th' },
  // Letters of Marathi and common words of Nepali.
  { script: /\p{Script=Devanagari}/gu, language: 'hi', not: /[\u0933\u0931]|तपाई|गर्नु/u },
  // Letters of Assamese.
  { script: /\p{Script=Bengali}/gu, language: 'bn', not: /[\u09f0\u09f1]/u },
  { script: /\p{Script=Tamil}/gu, language: 'ta' },
  { script: /\p{Script=Telugu}/gu, language: 'te' },
  { script: /\p{Script=Hangul}/gu, language: 'ko' },
];

/** Characters that only one of the two ways to write Chinese has, of those that stand in forms. */
const SIMPLIFIED =
  /[们请电话邮选择务问题国这为个时间号码联写应单类无关与对会发开门东业产见贵费签订证龄职称级满确认继续输须谢让说]/gu;
const TRADITIONAL =
  /[們請電話郵選擇務問題國這為個時間號碼聯寫應單類無關與對會發開門東業產見貴費簽訂證齡職稱級滿確認繼續輸須謝讓說]/gu;

/**
 * The language of texts whose script leaves no doubt, by the script of most of their letters; null where it does: Latin
 * letters could be anything, Cyrillic and Arabic ones are decided by letters that only one of their languages has.
 */
export function guessLanguage(texts: readonly string[]): FlowLanguage | null {
  const text = texts.join('\n').normalize('NFC');
  const letters = count(text, /\p{L}/gu);
  const isMostly = (script: RegExp) => letters > 0 && count(text, script) > letters / 2;
  for (const { script, language, not } of SCRIPTS) {
    if (isMostly(script)) return not?.test(text) ? null : language;
  }
  if (isMostly(/\p{Script=Arabic}/gu)) return arabicScript(text);
  if (isMostly(/\p{Script=Cyrillic}/gu)) return cyrillicScript(text);
  if (isMostly(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)) return eastAsian(text);
  return null;
}

/** Persian has four letters of its own and its own yeh and kaf; Urdu, Pashto, Kurdish and Uyghur have theirs. */
function arabicScript(text: string): FlowLanguage | null {
  if (/[ٹڈڑںےھټډړښګڼېۍێۆڕڵەۇۈۋ]/u.test(text)) return null;
  const arabic = count(text, /[ةىيك]/gu);
  const persian = count(text, /[پچژگکی]/gu);
  if (arabic === persian) return null;
  return persian > arabic ? 'fa' : 'ar';
}

function cyrillicScript(text: string): FlowLanguage | null {
  const lower = text.toLowerCase();
  // Serbian, Macedonian, Belarusian, Kazakh, Kyrgyz, Tatar, Mongolian, Tajik.
  if (/[јљњђћџѓќѕўәғқңөұүһҳҷӣӯ]/u.test(lower)) return null;
  if (/[іїєґ]/u.test(lower)) return 'uk';
  if (/[ыэё]/u.test(lower)) return 'ru';
  // A vowel in Bulgarian; in Russian the sign stands before е, ё, ю and я only.
  return /ъ[бвгджзклмнпрстфхцчшщ]/u.test(lower) ? 'bg' : null;
}

function eastAsian(text: string): FlowLanguage | null {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 'ja';
  return hanScript(text);
}

/** Which characters Chinese is written with; null where all of them belong to both ways. */
export function hanScript(text: string): 'zh-Hans' | 'zh-Hant' | null {
  const simplified = count(text, SIMPLIFIED);
  const traditional = count(text, TRADITIONAL);
  if (simplified === traditional) return null;
  return simplified > traditional ? 'zh-Hans' : 'zh-Hant';
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
