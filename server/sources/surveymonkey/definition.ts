import { withoutRecallMarks } from '@flowella/shared/form/recall.ts';
import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { htmlToText } from '../hubspot-forms/html-to-text.ts';

/**
 * SurveyMonkey's survey as far as we read it (API v3, `GET /surveys/{id}/details`; form-tools.md 4.2). Tolerant: what is
 * missing or of another type reads as absent. Texts are plain, without the characters that mean a recall to us.
 */
const plain = (value: string) => htmlToText(withoutRecallMarks(value)).text.trim();
const text = z.string().transform(plain).optional().catch(undefined);
const address = z.string().optional().catch(undefined);
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
  image,
  quiz_options: optionalOf(z.object({ score: numeric })),
});
export type RawChoice = z.infer<typeof choice>;

const row = z.object({ id, text, visible: flag, type: address, required: flag, choices: listOf(choice) });
export type RawRow = z.infer<typeof row>;

const other = z.object({ id, text, visible: flag, is_answer_choice: flag });

const question = z.object({
  id,
  family: address,
  subtype: address,
  visible: flag,
  required: z
    .union([
      z.object({ type: address, amount: z.coerce.string().optional().catch(undefined) }),
      z.literal(true).transform(() => ({ type: undefined, amount: undefined })),
    ])
    .nullish()
    .catch(undefined),
  validation: optionalOf(z.object({ type: address, text, min: z.unknown().optional(), max: z.unknown().optional() })),
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
      display_type: address,
      display_subtype: address,
      left_label: text,
      right_label: text,
      custom_options: optionalOf(z.object({ step_size: numeric })),
    }),
  ),
});
export type RawQuestion = z.infer<typeof question>;

const unreadable = question.parse({});
const page = z.object({
  id,
  title: text,
  description: text,
  // A question that cannot be read stays, as one of an unknown type.
  questions: z
    .array(z.unknown())
    .catch([])
    .transform((members) =>
      members.map((one) => {
        const parsed = question.safeParse(one);
        return parsed.success ? parsed.data : unreadable;
      }),
    ),
});

const definition = z.object({
  id,
  title: text,
  nickname: text,
  language: address,
  custom_variables: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  buttons_text: optionalOf(z.object({ done_button: text })),
  pages: z.array(page.catch({ id: undefined, title: undefined, description: undefined, questions: [] })),
});
export type Definition = z.infer<typeof definition>;

/** Throws `not_a_form` on what is no survey with its pages. */
export function readDefinition(raw: unknown): Definition {
  const parsed = definition.safeParse(raw);
  const isResponse = typeof raw === 'object' && raw !== null && ('response_status' in raw || 'collector_id' in raw);
  if (parsed.success && !isResponse) return parsed.data;
  throw new AppError('not_a_form', {
    status: 422,
    userMessage:
      'This is not a SurveyMonkey survey with its questions: it needs a list "pages", as the API answers for /surveys/{id}/details.',
  });
}
