import { consentQuestions } from '@flowella/shared/form/consent-questions.ts';
import { computedQuestions } from '@flowella/shared/form/computed-values.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { Language } from '../hubspot/language.ts';

/**
 * Every question of a form that can have an answer, by id, with the boxes of its consent and what it works out; only the names of the
 * latter are in a language of ours.
 */
export function answeredQuestions(form: Form, language?: Language): Map<string, Question> {
  const asked = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const boxes = form.consent ? consentQuestions(form.consent) : [];
  return new Map([...asked, ...boxes, ...computedQuestions(form, language)].map((question) => [question.id, question]));
}
