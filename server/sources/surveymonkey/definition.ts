import { withoutRecallMarks } from '@flowella/shared/form/recall.ts';
import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { refuseTooDeep } from '../refuse-too-deep.ts';
import { htmlToText } from '../hubspot-forms/html-to-text.ts';
import { embedsInHtml } from '../hubspot-forms/media-in-html.ts';

/**
 * SurveyMonkey's survey as far as we read it (API v3, `GET /surveys/{id}/details`; form-tools.md 4.2). Tolerant: what is
 * missing or of another type reads as absent. Texts are plain, without the characters that mean a recall to us.
 */
const plain = (value: string) => htmlToText(withoutRecallMarks(value)).text.replace(PIPED, '…').trim();
/**
 * Places where SurveyMonkey shows an earlier answer or a custom value. The API documents none of them and resolves none
 * (form-tools.md 4.2), so each becomes "…" rather than code that people would read.
 */
const PIPED = /\{\{[^{}]{1,200}\}\}|\[question\([^()[\]]{1,100}\)[^[\]]{0,100}\]|\[Q\d{1,4}\]|\[\w{1,60}_value\]/g;
const text = z.string().transform(plain).optional().catch(undefined);
const word = z.string().optional().catch(undefined);
const address = z
  .string()
  .regex(/^https?:\/\/\S+$/i)
  .optional()
  .catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const numeric = z.coerce.number().finite().optional().catch(undefined);
const id = z
  .union([z.string(), z.number()])
  .transform((value) => withoutRecallMarks(String(value)))
  .optional()
  .catch(undefined);

function optionalOf<T>(schema: z.ZodType<T>) {
  return schema
    .nullish()
    .transform((value) => value ?? undefined)
    .catch(undefined);
}

function listOf<T>(member: z.ZodType<T>) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((members) =>
      members.flatMap((one) => {
        const parsed = member.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}

const image = optionalOf(z.object({ url: address }));

const choice = z.object({
  id,
  text,
  visible: flag,
  is_na: flag,
  image,
  quiz_options: optionalOf(z.object({ score: numeric })),
});
export type RawChoice = z.infer<typeof choice>;

const row = z.object({ id, text, visible: flag, type: word, required: flag, choices: listOf(choice) });
export type RawRow = z.infer<typeof row>;

const other = z.object({ id, text, visible: flag, is_answer_choice: flag, num_lines: numeric });
export type RawOther = z.infer<typeof other>;

const question = z.object({
  id,
  family: word,
  subtype: word,
  visible: flag,
  required: z
    .union([
      z.object({ type: word, amount: z.coerce.string().optional().catch(undefined) }),
      z.literal(true).transform(() => ({ type: undefined, amount: undefined })),
    ])
    .nullish()
    .catch(undefined),
  validation: optionalOf(
    z.object({
      type: word,
      text,
      min: z.unknown().optional(),
      max: z.unknown().optional(),
      sum: z.unknown().optional(),
    }),
  ),
  forced_ranking: flag,
  quiz_options: optionalOf(z.object({ scoring_enabled: flag })),
  headings: listOf(z.object({ heading: text, description: text, image })),
  answers: z
    .object({
      choices: listOf(choice),
      rows: listOf(row),
      cols: listOf(row),
      // An object when it is read, a list in the documents of creating one.
      other: z
        .union([other, z.array(other).transform((list) => list[0])])
        .nullish()
        .transform((value) => value ?? undefined)
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
  display_options: optionalOf(
    z.object({
      display_type: word,
      display_subtype: word,
      left_label: text,
      right_label: text,
      custom_options: optionalOf(z.object({ step_size: numeric })),
    }),
  ),
});
/** `isPiped`: some text of it had an answer put in; `video`: the address of a film in its heading. */
export type RawQuestion = z.infer<typeof question> & { isPiped: boolean; video?: string };

/** As they come, since a film is lost from a text that is read. */
const headingsSchema = z.array(z.object({ heading: z.string().catch('') }).catch({ heading: '' })).catch([]);

function readQuestion(raw: unknown): RawQuestion {
  const parsed = question.safeParse(raw);
  // A question that cannot be read stays, as one of an unknown type.
  if (!parsed.success) return { ...question.parse({}), isPiped: false };
  const { headings, answers } = raw as Record<string, unknown>;
  const [video] = headingsSchema.parse(headings).flatMap(({ heading }) => embedsInHtml(heading));
  return {
    ...parsed.data,
    isPiped: (JSON.stringify([headings, answers]).match(PIPED) ?? []).length > 0,
    ...(video === undefined ? {} : { video }),
  };
}

const page = z.object({
  id,
  title: text,
  description: text,
  questions: z
    .array(z.unknown())
    .catch([])
    .transform((members) => members.map(readQuestion)),
});

const definition = z.object({
  id,
  title: text,
  nickname: text,
  language: word,
  custom_variables: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  buttons_text: optionalOf(z.object({ done_button: text })),
  pages: z.array(page.catch({ id: undefined, title: undefined, description: undefined, questions: [] })),
});
export type Definition = z.infer<typeof definition>;

/** Throws `not_a_form` on what is no survey with its pages. */
export function readDefinition(raw: unknown): Definition {
  refuseTooDeep(raw);
  const parsed = definition.safeParse(raw);
  const isResponse = typeof raw === 'object' && raw !== null && ('response_status' in raw || 'collector_id' in raw);
  if (parsed.success && !isResponse && hasQuestions(raw)) return parsed.data;
  throw new AppError('not_a_form', {
    status: 422,
    userMessage: {
      en: 'This is not a SurveyMonkey survey with its questions: it needs a list "pages", as the API answers for /surveys/{id}/details.',
      de: 'Das ist keine Umfrage von SurveyMonkey mit ihren Fragen: Sie braucht eine Liste „pages“, wie die API für /surveys/{id}/details antwortet.',
    },
  });
}

/** Other tools have "pages" as well; SurveyMonkey's hold a list "questions". A survey may be empty. */
function hasQuestions(raw: unknown): boolean {
  const { pages } = raw as { pages: unknown[] };
  return (
    pages.length === 0 ||
    pages.some((one) => typeof one === 'object' && one !== null && 'questions' in one && Array.isArray(one.questions))
  );
}
