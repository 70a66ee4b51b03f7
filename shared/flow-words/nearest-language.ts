import { ownMember } from '../form/own-member.ts';
import { FLOW_LANGUAGES, type FlowLanguage } from './languages.ts';

/**
 * Languages that have no words of their own here, and old or private codes: to the one that their readers read.
 * `ch` and `di` are Typeform's codes for Chinese and informal German, `zht` is SurveyMonkey's for traditional characters.
 */
const NEAREST: Record<string, FlowLanguage> = {
  iw: 'he',
  in: 'id',
  no: 'nb',
  nn: 'nb',
  mo: 'ro',
  di: 'de',
  lb: 'de',
  gsw: 'de',
  nds: 'de',
  fy: 'nl',
  ca: 'es',
  gl: 'es',
  eu: 'es',
  ast: 'es',
  sk: 'cs',
  fo: 'da',
  be: 'ru',
  prs: 'fa',
  arz: 'ar',
  zsm: 'ms',
  cmn: 'zh-Hans',
  ch: 'zh-Hans',
  zhs: 'zh-Hans',
  zht: 'zh-Hant',
  yue: 'zh-Hant',
};

/** Where Chinese is written with traditional characters. */
const TRADITIONAL = new Set(['hant', 'tw', 'hk', 'mo']);

/**
 * The words that come nearest to a form's language, which tools write as `pt_BR`, `zh-TW`, `nb-NO`, `iw` or `no`.
 * Null for an empty tag, one that says that the language is not known, and a language that is near none of ours.
 */
export function nearestLanguage(tag: string): FlowLanguage | null {
  const [base = '', ...rest] = subtags(tag);
  if (base === 'zh' || base === 'ch') {
    const isTraditional = !rest.includes('hans') && rest.some((one) => TRADITIONAL.has(one));
    return isTraditional ? 'zh-Hant' : 'zh-Hans';
  }
  return FLOW_LANGUAGES.find((language) => language === base) ?? ownMember(NEAREST, base) ?? null;
}

/** Chinese of which the tag does not say with which characters it is written. */
export function isUndecidedChinese(tag: string): boolean {
  const [base = '', ...rest] = subtags(tag);
  return (base === 'zh' || base === 'ch') && rest.length === 0;
}

/** A tool's own code, which nobody else would understand. */
export function isPrivateCode(tag: string): boolean {
  return ['ch', 'di', 'zhs', 'zht'].includes(subtags(tag)[0] ?? '');
}

/** Tags that say that nobody knows (BCP 47: `und` undetermined, `mul` several, `zxx` none). */
const UNKNOWN = new Set(['', 'und', 'mul', 'zxx', 'xx']);

/** Whether a tag names a language at all. */
export function statesLanguage(tag: string): boolean {
  return !UNKNOWN.has(subtags(tag)[0] ?? '');
}

function subtags(tag: string): string[] {
  return tag.trim().toLowerCase().split(/[-_]/);
}
