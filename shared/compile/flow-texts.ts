import type { FlowTextKey, Plural } from '../flow-words/flow-words.ts';
import { flowWords, type FlowLanguage } from '../flow-words/languages.ts';
import { pluralOf } from '../flow-words/plural.ts';

export type { FlowTextKey } from '../flow-words/flow-words.ts';
export type { FlowLanguage } from '../flow-words/languages.ts';

type Values = Record<string, string | number>;

/** One of our texts, with `{name}` places filled and in the plural form of the number in it. */
export function flowText(language: FlowLanguage, key: FlowTextKey, values: Values = {}): string {
  const word: string | Plural = flowWords(language).screen[key];
  const text = typeof word === 'string' ? word : pluralOf(language, word, countIn(values));
  return fillIn(text, values);
}

function fillIn(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The number that decides the plural form: of files or digits, and where there are two the one that stands beside the noun. */
function countIn({ count, min, max }: Values): number {
  return Number(count ?? max ?? min);
}
