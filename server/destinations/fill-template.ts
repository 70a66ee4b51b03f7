import { answerText } from '@flowella/shared/form/answer-text.ts';
import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Language } from '../hubspot/language.ts';
import { answeredQuestions } from './answered-questions.ts';
import type { DeliveryItem } from './destination.ts';

/** A place for an answer in a customer's text: `{{question id}}`. Ids of tools hold no braces. */
const PLACE = /\{\{\s*([^{}]+?)\s*\}\}/g;
/** Stands where a question was not answered, so that a text does not end in nothing. */
const NO_ANSWER = '–';

/** Ids of the questions whose answers stand in a text. */
export function placesIn(text: string): string[] {
  return [...text.matchAll(PLACE)].map(([, id]) => id ?? '');
}

/** The text with the answers in their places, as a person reads them. A full document number stays out unless allowed. Pure. */
export function fillTemplate(
  text: string,
  item: Pick<DeliveryItem, 'form' | 'answers' | 'allowDocumentNumber'>,
  language: Language,
): string {
  const questions = answeredQuestions(item.form);
  return text.replace(PLACE, (_place, id: string) => {
    const answer = item.answers[id];
    const question = questions.get(id);
    if (!answer) return NO_ANSWER;
    if (question && looksLikeDocumentNumber(question) && !item.allowDocumentNumber?.includes(id)) return NO_ANSWER;
    return answerText(question, answer, language);
  });
}
