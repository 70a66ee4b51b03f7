import { nearestLanguage } from '@flowella/shared/flow-words/nearest-language.ts';
import type { Form } from '@flowella/shared/form/form.ts';

/** True where somebody who asked for one of the languages is content with the other: `de` and `de_AT`. */
export function isSameLanguage(a: string, b: string): boolean {
  const plain = (tag: string): string => tag.trim().toLowerCase().replaceAll('_', '-');
  if (plain(a) === plain(b)) return true;
  const near = nearestLanguage(a);
  // Languages without words of ours are told apart by their own names.
  return near !== null && near === nearestLanguage(b) && plain(a).split('-')[0] === plain(b).split('-')[0];
}

/**
 * The form as it is, for somebody who asked for another language than its own, with the line of the report that says why it is not
 * shown in it. `code` is the report's. Pure.
 */
export function notTranslated(form: Form, asked: string, code: string): Form {
  if (isSameLanguage(form.language, asked)) return form;
  const notice = { code, message: '', advice: '' };
  return { ...form, translation: { asked, original: form.language }, notices: [...form.notices, notice] };
}
