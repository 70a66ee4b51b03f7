import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import { evaluateCondition } from '@flowella/shared/form/evaluate-condition.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
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
  answers: Record<string, GoogleAnswer>;
};
/** `grade` only where Google can grade by itself; what a person grades has none until they have. */
type GoogleAnswer = {
  questionId: string;
  grade?: { score: number; correct: boolean };
  textAnswers: { answers: { value: string }[] };
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
  const written = new Map<string, GoogleAnswer>();
  const gradeOf = grader(form, answers, finishedAt);
  const keys = responseKeys(form);
  for (const question of form.pages.flatMap((page) => page.items)) {
    if (question.kind === 'statement' || question.id === RESPONDENT_EMAIL) continue;
    const answer = answers[question.id];
    const values = answer ? valuesOf(answer, question) : [];
    if (values.length === 0) continue;
    const questionId = keys.get(question.id) ?? question.id;
    written.set(questionId, {
      questionId,
      ...gradeOf(question.id),
      textAnswers: { answers: values.map((value) => ({ value })) },
    });
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

/** The points of each answer by the rule that counts them for the whole (Forms API v1, `Grade`). */
function grader(form: Form, answers: Answers, finishedAt: Date): (id: string) => Pick<GoogleAnswer, 'grade'> {
  const today = finishedAt.toISOString().slice(0, 10);
  const grades = new Map<string, GoogleAnswer['grade']>();
  for (const rule of form.rules ?? []) {
    if (rule.kind !== 'calculate' || rule.variable !== SCORE || rule.after === null) continue;
    if (!rule.when || rule.value.op !== 'number') continue;
    const correct = evaluateCondition(rule.when, answers, today);
    grades.set(rule.after, { score: correct ? rule.value.value : 0, correct });
  }
  return (id) => {
    const grade = grades.get(id);
    return grade ? { grade } : {};
  };
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
      return [answer.value.slice(question.kind === 'date-time' && question.withoutYear ? 5 : 0, 16).replace('T', ' ')];
    case 'duration':
      return [clock(answer.seconds)];
    // Google takes no files from outside; such questions are refused before publishing.
    case 'files':
      return [];
    default:
      return [answer.value];
  }
}

/** `HH:MM` as the Forms API documents it (`TextAnswer.value`), with seconds only where there are some. */
function clock(exact: number): string {
  const seconds = Math.max(0, Math.round(exact));
  const parts = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (seconds % 60 > 0) parts.push(seconds % 60);
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
