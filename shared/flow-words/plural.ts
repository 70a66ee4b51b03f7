import type { Plural } from './flow-words.ts';
import type { FlowLanguage } from './languages.ts';

/** The form that a text takes with this number in this language. */
export function pluralOf(language: FlowLanguage, forms: Plural, count: number): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
}
