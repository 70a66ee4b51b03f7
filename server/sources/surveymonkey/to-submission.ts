import { OTHER_CHOICE } from '@flowella/shared/compile/plan-question.ts';
import type { Answer, Answers } from '@flowella/shared/form/answers.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import { z } from 'zod';
import type { AnswersToSubmit } from '../source.ts';
import type { Origin } from './to-question.ts';

export type ResponseAnswer = {
  choice_id?: string;
  row_id?: string;
  col_id?: string;
  other_id?: string;
  text?: string;
};

/** Body of `POST /v3/collectors/{id}/responses` (form-tools.md 4.3); our submission id goes into `custom_value`. */
export type SurveyMonkeyResponse = {
  custom_value: string;
  date_created: string;
  response_status: 'completed';
  custom_variables?: Record<string, string>;
  pages: { id: string; questions: { id: string; answers: ResponseAnswer[] }[] }[];
};

const originSchema: z.ZodType<Origin> = z.object({
  page: z.string(),
  question: z.string(),
  row: z.string().optional(),
  col: z.string().optional(),
  other: z.string().optional(),
  otherText: z.string().optional(),
  isOtherText: z.literal(true).optional(),
  ranks: z.array(z.string()).optional(),
  dates: z.enum(['us', 'intl']).optional(),
});

/** Questions that were not asked or not answered are left out, and so are pages without any. */
export function toSubmission({ form, answers, submissionId, finishedAt }: AnswersToSubmit): SurveyMonkeyResponse {
  const pages = new Map<string, Map<string, ResponseAnswer[]>>();
  for (const question of form.pages.flatMap((page) => page.items)) {
    if (question.kind === 'statement') continue;
    const answer = answers[question.id];
    const origin = originSchema.safeParse(question.origin);
    if (!answer || !origin.success) continue;
    const written = toAnswers(answer, question, origin.data, wordsOf(answers, origin.data.otherText));
    if (written.length === 0) continue;
    const page = pages.get(origin.data.page) ?? new Map<string, ResponseAnswer[]>();
    page.set(origin.data.question, [...(page.get(origin.data.question) ?? []), ...written]);
    pages.set(origin.data.page, page);
  }
  const variables = form.hidden.flatMap(({ id, value }) => (value === undefined ? [] : [[id, value] as const]));
  return {
    custom_value: submissionId,
    date_created: finishedAt.toISOString(),
    response_status: 'completed',
    ...(variables.length > 0 ? { custom_variables: Object.fromEntries(variables) } : {}),
    pages: [...pages].map(([id, questions]) => ({
      id,
      questions: [...questions].map(([questionId, list]) => ({ id: questionId, answers: list })),
    })),
  };
}

function wordsOf(answers: Answers, id: string | undefined): string | undefined {
  const words = id === undefined ? undefined : answers[id];
  return words?.kind === 'text' ? words.value : undefined;
}

/** `words` is what was written beside a choice with a field of its own; the two go out as one answer. */
function toAnswers(answer: Answer, question: Question, origin: Origin, words: string | undefined): ResponseAnswer[] {
  if (origin.isOtherText) return [];
  const place = { ...(origin.row ? { row_id: origin.row } : {}), ...(origin.col ? { col_id: origin.col } : {}) };
  const text = (value: string): ResponseAnswer[] => [{ ...place, text: value }];
  const own = (value: string): ResponseAnswer => ({ other_id: origin.other ?? '', text: value });
  const chosen = (id: string): ResponseAnswer => (id === origin.other ? own(words ?? '') : { ...place, choice_id: id });
  switch (answer.kind) {
    case 'choice':
      return [answer.otherText === undefined ? chosen(answer.choiceId) : own(answer.otherText)];
    case 'choices':
      return [
        ...answer.choiceIds.filter((id) => id !== OTHER_CHOICE).map(chosen),
        ...(answer.otherText === undefined ? [] : [own(answer.otherText)]),
      ];
    case 'ranking':
      return answer.choiceIds.flatMap((row, index) => {
        const rank = origin.ranks?.[index];
        return rank === undefined ? [] : [{ row_id: row, choice_id: rank }];
      });
    case 'boolean':
      return text(String(answer.value));
    case 'date':
      return text(dateText(answer.value, origin.dates));
    case 'time':
      return text(clock(answer.value));
    case 'date-time': {
      const [day = '', time = ''] = answer.value.split('T');
      return text(`${dateText(day, origin.dates)} ${clock(time)}`);
    }
    case 'duration':
      return text(String(answer.seconds));
    // The API takes no files; such questions are refused before publishing.
    case 'files':
      return [];
    default:
      return origin.other && question.kind === 'long-text' && !origin.row ? [own(answer.value)] : text(answer.value);
  }
}

/** `MM/DD/YYYY`, or `DD/MM/YYYY` where the question says so. */
function dateText(iso: string, style: Origin['dates']): string {
  const [year = '', month = '', day = ''] = iso.split('-');
  return style === 'intl' ? `${day}/${month}/${year}` : `${month}/${day}/${year}`;
}

/** `hh:mm AM`. */
function clock(time: string): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const twelve = hours % 12 === 0 ? 12 : hours % 12;
  return `${String(twelve).padStart(2, '0')}:${String(minutes).padStart(2, '0')} ${hours < 12 ? 'AM' : 'PM'}`;
}
