import { consentQuestions } from '@flowella/shared/form/consent-questions.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';

/** Every question of a form that can have an answer, by id, with the boxes of its consent. */
export function answeredQuestions(form: Form): Map<string, Question> {
  const asked = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const boxes = form.consent ? consentQuestions(form.consent) : [];
  return new Map([...asked, ...boxes].map((question) => [question.id, question]));
}
