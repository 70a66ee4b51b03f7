import { consentQuestions } from '@flowella/shared/form/consent-questions.ts';
import { computedQuestions } from '@flowella/shared/form/computed-values.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';

/** Every question of a form that can have an answer, by id, with the boxes of its consent and what it works out. */
export function answeredQuestions(form: Form): Map<string, Question> {
  const asked = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const boxes = form.consent ? consentQuestions(form.consent) : [];
  return new Map([...asked, ...boxes, ...computedQuestions(form)].map((question) => [question.id, question]));
}
