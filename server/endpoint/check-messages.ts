import type { CheckCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords, type FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { cutText } from '@flowella/shared/form/cut-text.ts';

export type { CheckCode } from '@flowella/shared/flow-words/flow-words.ts';

/** What the person reads under the field. */
export function checkMessage(code: CheckCode, language: FlowLanguage, maxLength: number): string {
  return cutText(flowWords(language).checks[code], maxLength);
}
