import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { AnswersToSubmit } from '../source.ts';
import { RESPONDENT_EMAIL, SCORE } from './to-form.ts';

/** One response as `forms.responses.get` answers it (Forms API v1, `FormResponse`; form-tools.md 2.4). */
export type GoogleResponse = {
  formId: string;
  responseId: string;
  createTime: string;
  lastSubmittedTime: string;
  respondentEmail?: string;
  totalScore?: number;
  answers: Record<string, { questionId: string; textAnswers: { answers: { value: string }[] } }>;
};

/** Questions that were not asked or not answered are left out. */
export function toSubmission({
  form,
  answers,
  computed,
  submissionId,
  startedAt,
  finishedAt,
}: AnswersToSubmit): GoogleResponse {
  const written = new Map<string, GoogleResponse['answers'][string]>();
  const keys = responseKeys(form);
  for (const question of form.pages.flatMap((page) => page.items)) {
    if (question.kind === 'statement' || question.id === RESPONDENT_EMAIL) continue;
    const answer = answers[question.id];
    const values = answer ? valuesOf(answer, question) : [];
    if (values.length === 0) continue;
    const questionId = keys.get(question.id) ?? question.id;
    written.set(questionId, { questionId, textAnswers: { answers: values.map((value) => ({ value })) } });
  }
  const email = answers[RESPONDENT_EMAIL];
  const score = Number(computed[SCORE] ?? NaN);
  return {
    formId: form.sourceFormId,
    responseId: submissionId,
    createTime: startedAt.toISOString(),
    lastSubmittedTime: finishedAt.toISOString(),
    ...(email?.kind === 'email' || email?.kind === 'text' ? { respondentEmail: email.value } : {}),
    ...(Number.isNaN(score) ? {} : { totalScore: score }),
    answers: Object.fromEntries(written),
  };
}

/** Google's own id of each question; one that stands twice belongs to the first, whoever answered. */
function responseKeys(form: Form): Map<string, string> {
  const keys = new Map<string, string>();
  const used = new Set<string>();
  for (const item of form.pages.flatMap((page) => page.items)) {
    if (item.kind === 'statement') continue;
    const { questionId } = item.origin;
    if (typeof questionId !== 'string' || questionId === '' || used.has(questionId)) continue;
    used.add(questionId);
    keys.set(item.id, questionId);
  }
  return keys;
}

function valuesOf(answer: Answer, question: Question): string[] {
  // A value that stands twice among the options has a number behind it only with us.
  const valueOf = (id: string) =>
    ('choices' in question ? question.choices.find((choice) => choice.id === id)?.label : undefined) || id;
  switch (answer.kind) {
    case 'choice':
      return [answer.otherText ?? valueOf(answer.choiceId)];
    case 'choices':
      return [
        ...answer.choiceIds.filter((id) => id !== OTHER_CHOICE).map(valueOf),
        ...(answer.otherText ? [answer.otherText] : []),
      ];
    case 'ranking':
      return answer.choiceIds.map(valueOf);
    case 'boolean':
      return [String(answer.value)];
    case 'date':
      return [question.kind === 'date' && question.withoutYear ? answer.value.slice(5) : answer.value];
    case 'date-time':
      return [answer.value.slice(0, 16).replace('T', ' ')];
    case 'duration':
      return [clock(answer.seconds)];
    // Google takes no files from outside; such questions are refused before publishing.
    case 'files':
      return [];
    default:
      return [answer.value];
  }
}

function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
