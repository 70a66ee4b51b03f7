import type { Language } from '../hubspot/language.ts';
import type { WriteBack } from './source.ts';

/** What a form's tool can do with answers, in the reader's language. */
export function viewWriteBack(
  writeBack: WriteBack,
  language: Language,
): Omit<WriteBack, 'reasons'> & { reasons: string[] } {
  return { ...writeBack, reasons: writeBack.reasons.map((reason) => reason[language]) };
}
