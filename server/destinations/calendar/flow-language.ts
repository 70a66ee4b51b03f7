import { FLOW_LANGUAGES, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';

/** The language that the person filled the flow in, as their submission says it. */
export function flowLanguage(locale: string | null): FlowLanguage {
  return FLOW_LANGUAGES.find((language) => language === locale) ?? 'en';
}
