import type { Form, Item } from '../form/form.ts';
import { splitRecall } from '../form/recall.ts';
import { guessLanguage, hanScript } from './guess-language.ts';
import type { FlowLanguage } from './languages.ts';
import { isPrivateCode, isUndecidedChinese, nearestLanguage, statesLanguage } from './nearest-language.ts';

type Readable = Pick<Form, 'language' | 'pages' | 'welcome'>;

/**
 * The language that a form's flow speaks: the nearest to the one that the form states, English where none is near; where the
 * form states none, the one that its script leaves no doubt of, otherwise `fallback`, the portal's.
 */
export function formLanguage(form: Readable, fallback: FlowLanguage = 'en'): FlowLanguage {
  if (!statesLanguage(form.language)) return guessLanguage(textsOf(form)) ?? fallback;
  if (isUndecidedChinese(form.language)) return hanScript(textsOf(form).join('\n')) ?? 'zh-Hans';
  return nearestLanguage(form.language) ?? 'en';
}

/** The form with a language in BCP 47: what its tool states stays, what it leaves open is settled once, when the form is kept. */
export function withLanguage(form: Form, fallback: FlowLanguage): Form {
  const { language } = form;
  const isOpen = !statesLanguage(language) || isUndecidedChinese(language) || isPrivateCode(language);
  return isOpen ? { ...form, language: formLanguage(form, fallback) } : form;
}

/** So much of each text and of all of them tells the script; the rest of a long form would only take time. */
const TEXT_SAMPLE = 400;
const FORM_SAMPLE = 40_000;

function textsOf({ welcome, pages }: Readable): string[] {
  const sample: string[] = [];
  let left = FORM_SAMPLE;
  for (const item of [...(welcome ? [welcome] : []), ...pages.flatMap((page) => page.items)]) {
    for (const text of textsOfItem(item)) {
      const part = withoutRecall(text.slice(0, TEXT_SAMPLE));
      sample.push(part);
      left -= part.length;
    }
    if (left <= 0) break;
  }
  return sample;
}

/** Ids of questions say nothing about a language. */
function withoutRecall(text: string): string {
  return splitRecall(text)
    .filter((part) => typeof part === 'string')
    .join(' ');
}

function textsOfItem(item: Item): string[] {
  if (item.kind === 'statement') return [item.title ?? '', item.text ?? ''];
  const choices = 'choices' in item ? item.choices.map((choice) => choice.label) : [];
  return [item.label, item.help ?? '', ...choices];
}
