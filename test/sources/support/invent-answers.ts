import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { Choice, Form, Question } from '@flowella/shared/form/form.ts';
import { STRANGE_TEXTS } from './mutate.ts';

/** An answer to every question that can have one, in its canonical form; some questions are passed by. */
export function inventAnswers(form: Form, pick: (count: number) => number): Answers {
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const given = questions.flatMap((question): [string, Answer][] => {
    const answer = pick(10) === 0 ? null : inventAnswer(question, pick);
    return answer ? [[question.id, answer]] : [];
  });
  return Object.fromEntries(given);
}

function inventAnswer(question: Question, pick: (count: number) => number): Answer | null {
  const text = STRANGE_TEXTS[pick(STRANGE_TEXTS.length)] || 'text';
  switch (question.kind) {
    case 'short-text':
    case 'long-text':
      return { kind: 'text', value: text };
    case 'email':
    case 'phone':
    case 'url':
      return { kind: question.kind, value: text };
    case 'number':
    case 'scale':
      return { kind: 'number', value: String(pick(1_000)) };
    case 'yes-no':
    case 'checkbox':
      return { kind: 'boolean', value: pick(2) === 0 };
    case 'single-choice': {
      if (question.allowOther && pick(3) === 0) return { kind: 'choice', choiceId: '__other__', otherText: text };
      const choice = question.choices[pick(question.choices.length)];
      return choice ? { kind: 'choice', choiceId: choice.id } : null;
    }
    case 'multi-choice':
    case 'ranking': {
      const choiceIds = some(question.choices, pick);
      if (choiceIds.length === 0) return null;
      return { kind: question.kind === 'ranking' ? 'ranking' : 'choices', choiceIds };
    }
    case 'date':
      return { kind: 'date', value: '2026-02-28' };
    case 'time':
      return { kind: 'time', value: '09:05' };
    case 'date-time':
      return { kind: 'date-time', value: '2026-02-28T09:05' };
    case 'duration':
      return { kind: 'duration', seconds: pick(100_000) };
    case 'appointment-day':
    case 'appointment':
    case 'file':
    case 'unsupported':
      return null;
  }
}

function some(choices: readonly Choice[], pick: (count: number) => number): string[] {
  return choices.slice(0, 5).flatMap((choice) => (pick(2) === 0 ? [choice.id] : []));
}
