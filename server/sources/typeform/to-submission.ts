import type { Answer } from '@flowella/shared/form/answers.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { AnswersToSubmit } from '../source.ts';
import { reachedEnding } from './reached-ending.ts';
import type { ChoiceOrigin, FieldOrigin } from './to-question.ts';

type FieldName = { id: string; type: string; ref?: string };
export type ChoiceAnswer = { id?: string; ref?: string; label?: string; other?: string };
export type ChoicesAnswer = { ids: string[]; refs: string[]; labels: string[]; other?: string };
export type TypeformAnswer = { field: FieldName } & (
  | { type: 'text'; text: string }
  | { type: 'email'; email: string }
  | { type: 'phone_number'; phone_number: string }
  | { type: 'url'; url: string }
  | { type: 'number'; number: number }
  | { type: 'boolean'; boolean: boolean }
  | { type: 'date'; date: string }
  | { type: 'choice'; choice: ChoiceAnswer }
  | { type: 'choices'; choices: ChoicesAnswer }
  | { type: 'file_url'; file_url: string }
);

export type FormResponse = {
  form_id: string;
  token: string;
  landed_at: string;
  submitted_at: string;
  hidden?: Record<string, string>;
  calculated?: { score: number };
  variables?: ({ key: string; type: 'number'; number: number } | { key: string; type: 'text'; text: string })[];
  definition: {
    id: string;
    title: string;
    fields: DefinitionField[];
    hidden?: string[];
    endings?: { id: string; title: string; type: 'thankyou_screen' | 'url_redirect' }[];
  };
  answers: TypeformAnswer[];
  ending?: { id: string };
};

type DefinitionField = FieldName & {
  title: string;
  properties: Record<string, never>;
  allow_multiple_selections?: true;
  allow_other_choice?: true;
  choices?: ChoiceOrigin[];
};

/**
 * One response as the member `form_response` of Typeform's webhooks (Webhooks API, "Example payload"; form-tools.md 3.3): only
 * answered fields, in the order of the form, members of groups and rows of a matrix by their own id.
 */
export function toSubmission(submission: AnswersToSubmit): FormResponse {
  const { form, answers, computed } = submission;
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const ending = reachedEnding(form, answers, submission.finishedAt.toISOString().slice(0, 10));
  const variables = (form.variables ?? []).map(({ id, type, initial }) => {
    const value = computed[id] ?? initial;
    return type === 'number'
      ? { key: id, type, number: finite(value) }
      : { key: id, type: 'text' as const, text: value };
  });
  const score = variables.find((variable) => variable.key === 'score');
  return {
    form_id: form.sourceFormId,
    token: submission.submissionId,
    landed_at: toSecond(submission.startedAt),
    submitted_at: toSecond(submission.finishedAt),
    ...(form.hidden.length > 0
      ? { hidden: Object.fromEntries(form.hidden.map((field) => [field.id, field.value ?? ''])) }
      : {}),
    ...(score?.type === 'number' ? { calculated: { score: score.number } } : {}),
    ...(variables.length > 0 ? { variables } : {}),
    definition: definitionOf(form, questions),
    answers: questions.flatMap((question) => {
      const answer = answers[question.id];
      return answer ? toAnswers(question, answer) : [];
    }),
    ...(ending !== null ? { ending: { id: ending } } : {}),
  };
}

function definitionOf(form: Form, questions: readonly Question[]): FormResponse['definition'] {
  return {
    id: form.sourceFormId,
    title: form.name,
    fields: questions.map((question) => {
      const { title, allowsMultiple, allowsOther, choices } = originOf(question);
      return {
        ...nameOf(question),
        title,
        properties: {},
        ...(allowsMultiple ? { allow_multiple_selections: true as const } : {}),
        ...(allowsOther ? { allow_other_choice: true as const } : {}),
        ...(choices ? { choices } : {}),
      };
    }),
    ...(form.hidden.length > 0 ? { hidden: form.hidden.map((field) => field.id) } : {}),
    ...(form.endings
      ? {
          endings: form.endings.map(({ id, title, text, redirectUrl }) => ({
            id,
            title: title ?? '',
            type:
              redirectUrl !== undefined && !title && !text ? ('url_redirect' as const) : ('thankyou_screen' as const),
          })),
        }
      : {}),
  };
}

function toAnswers(question: Question, answer: Answer): TypeformAnswer[] {
  const field = nameOf(question);
  switch (answer.kind) {
    case 'text':
    case 'time':
    case 'date-time':
    case 'appointment':
      return [{ type: 'text', text: answer.value, field }];
    case 'email':
      return [{ type: 'email', email: answer.value, field }];
    case 'phone':
      return [{ type: 'phone_number', phone_number: answer.value, field }];
    case 'url':
      return [{ type: 'url', url: answer.value, field }];
    case 'number':
      return [{ type: 'number', number: finite(answer.value), field }];
    case 'duration':
      return [{ type: 'number', number: answer.seconds, field }];
    case 'boolean':
      return [toBoolean(question, answer.value, field)];
    case 'date':
      return [{ type: 'date', date: answer.value, field }];
    case 'choice': {
      const choice = choiceOf(question, answer.choiceId);
      return [{ type: 'choice', choice: choice ?? { other: answer.otherText ?? '' }, field }];
    }
    case 'choices':
    case 'ranking':
      return [{ type: 'choices', choices: choicesOf(question, answer), field }];
    // One file per answer, as Typeform has it. The address names the stored file; delivery puts a link of ours there.
    case 'files':
      return answer.files.map((file) => ({
        type: 'file_url',
        file_url: file.storedUrl ?? fileAddress(file.mediaId),
        field,
      }));
  }
}

/** A box with a text of its own is a list with one choice at Typeform; yes/no and legal are booleans. */
function toBoolean(question: Question, value: boolean, field: FieldName): TypeformAnswer {
  const { choices } = originOf(question);
  const [box] = choices ?? [];
  if (!box) return { type: 'boolean', boolean: value, field };
  return { type: 'choices', choices: value ? listOf([box]) : listOf([]), field };
}

function choicesOf(question: Question, answer: Extract<Answer, { kind: 'choices' | 'ranking' }>): ChoicesAnswer {
  const known = answer.choiceIds.flatMap((id) => choiceOf(question, id) ?? []);
  const other = answer.kind === 'choices' ? answer.otherText : undefined;
  return { ...listOf(known), ...(other !== undefined ? { other } : {}) };
}

function listOf(choices: readonly ChoiceOrigin[]): ChoicesAnswer {
  return {
    ids: choices.map((choice) => choice.id),
    refs: choices.map((choice) => choice.ref ?? ''),
    labels: choices.map((choice) => choice.label),
  };
}

function choiceOf(question: Question, id: string): ChoiceOrigin | undefined {
  return originOf(question).choices?.find((choice) => choice.id === id);
}

function nameOf(question: Question): FieldName {
  const { type, ref } = originOf(question);
  return { id: question.id, type, ...(ref !== undefined ? { ref } : {}) };
}

/** Written by this source when it read the field. */
function originOf(question: Question): FieldOrigin {
  return question.origin as FieldOrigin;
}

const FILE_ADDRESS = 'urn:flowella:media:';

/** Where a stored file is named in a response until delivery replaces it with a link that can be opened. */
export function fileAddress(mediaId: string): string {
  return FILE_ADDRESS + encodeURIComponent(mediaId);
}

function finite(value: string): number {
  const number = Number(value);
  return Number.isFinite(number) ? number : 0;
}

/** Typeform states times to the second. */
function toSecond(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
