import type { FlowWords } from './flow-words.ts';
import { ar } from './ar.ts';
import { bg } from './bg.ts';
import { bn } from './bn.ts';
import { cs } from './cs.ts';
import { da } from './da.ts';
import { de } from './de.ts';
import { el } from './el.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fa } from './fa.ts';
import { fi } from './fi.ts';
import { fr } from './fr.ts';
import { he } from './he.ts';
import { hi } from './hi.ts';
import { hu } from './hu.ts';
import { id } from './id.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { ms } from './ms.ts';
import { nb } from './nb.ts';
import { nl } from './nl.ts';
import { pl } from './pl.ts';
import { pt } from './pt.ts';
import { ro } from './ro.ts';
import { ru } from './ru.ts';
import { sv } from './sv.ts';
import { ta } from './ta.ts';
import { te } from './te.ts';
import { th } from './th.ts';
import { tr } from './tr.ts';
import { uk } from './uk.ts';
import { vi } from './vi.ts';
import { zhHans } from './zh-Hans.ts';
import { zhHant } from './zh-Hant.ts';

/** The languages that a flow speaks: language, and script where there are two, as in BCP 47. Portuguese is that of Brazil. */
export const FLOW_LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'pt',
  'it',
  'nl',
  'pl',
  'cs',
  'sv',
  'da',
  'nb',
  'fi',
  'ro',
  'hu',
  'el',
  'bg',
  'uk',
  'ru',
  'tr',
  'ar',
  'he',
  'fa',
  'hi',
  'bn',
  'ta',
  'te',
  'id',
  'ms',
  'vi',
  'th',
  'zh-Hans',
  'zh-Hant',
  'ja',
  'ko',
] as const;

export type FlowLanguage = (typeof FLOW_LANGUAGES)[number];

const WORDS: Record<FlowLanguage, FlowWords> = {
  en,
  de,
  fr,
  es,
  pt,
  it,
  nl,
  pl,
  cs,
  sv,
  da,
  nb,
  fi,
  ro,
  hu,
  el,
  bg,
  uk,
  ru,
  tr,
  ar,
  he,
  fa,
  hi,
  bn,
  ta,
  te,
  id,
  ms,
  vi,
  th,
  'zh-Hans': zhHans,
  'zh-Hant': zhHant,
  ja,
  ko,
};

/** All words of our own in one language. */
export function flowWords(language: FlowLanguage): FlowWords {
  return WORDS[language];
}
