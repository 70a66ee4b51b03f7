import { withoutRecallMarks } from '@flowella/shared/form/recall.ts';
import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { hasMember, withDraftId } from '../draft-id.ts';
import { refuseTooDeep } from '../refuse-too-deep.ts';

/**
 * Google's form definition as far as we read it (Forms API v1, `forms.get`; form-tools.md 2.2). Tolerant: what is missing or
 * of another type reads as absent. All text is without the characters that mean a recall to us.
 */
const text = z.string().transform(withoutRecallMarks).optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const number = z.number().optional().catch(undefined);

function optionalOf<T>(schema: z.ZodType<T>) {
  return schema.optional().catch(undefined);
}

/** Members that cannot be read are left out of a list of details, never of the list of items. */
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

const image = optionalOf(z.object({ contentUri: text, altText: text, sourceUri: text }));
const option = z.object({ value: text, isOther: flag, image, goToAction: text, goToSectionId: text });
export type RawOption = z.infer<typeof option>;

const choiceQuestion = z.object({ type: text, options: listOf(option) });
const grading = z.object({
  pointValue: number,
  correctAnswers: optionalOf(z.object({ answers: listOf(z.object({ value: text })) })),
});

const question = z
  .looseObject({
    questionId: text,
    required: flag,
    grading: optionalOf(grading),
    choiceQuestion: optionalOf(choiceQuestion),
    textQuestion: optionalOf(z.object({ paragraph: flag })),
    scaleQuestion: optionalOf(z.object({ low: number, high: number, lowLabel: text, highLabel: text })),
    ratingQuestion: optionalOf(z.object({ ratingScaleLevel: number, iconType: text })),
    dateQuestion: optionalOf(z.object({ includeTime: flag, includeYear: flag })),
    timeQuestion: optionalOf(z.object({ duration: flag })),
    fileUploadQuestion: optionalOf(z.object({ types: listOf(z.string()), maxFiles: number })),
    rowQuestion: optionalOf(z.object({ title: text })),
  })
  .catch({ questionId: undefined, required: undefined } as never);
export type RawQuestion = z.infer<typeof question>;

const item = z.looseObject({
  itemId: text,
  title: text,
  description: text,
  questionItem: optionalOf(z.object({ question, image })),
  questionGroupItem: optionalOf(
    z.object({
      questions: z.array(question).catch([]),
      grid: optionalOf(z.object({ columns: optionalOf(choiceQuestion) })),
      image,
    }),
  ),
  pageBreakItem: optionalOf(z.looseObject({})),
  textItem: optionalOf(z.looseObject({})),
  imageItem: optionalOf(z.object({ image })),
  videoItem: optionalOf(z.object({ video: optionalOf(z.object({ youtubeUri: text })), caption: text })),
});
export type RawItem = z.infer<typeof item>;

const definition = z.object({
  formId: z.string().min(1).transform(withoutRecallMarks),
  info: optionalOf(z.object({ title: text, documentTitle: text, description: text })),
  publishSettings: optionalOf(
    z.object({ publishState: optionalOf(z.object({ isPublished: flag, isAcceptingResponses: flag })) }),
  ),
  settings: optionalOf(z.object({ quizSettings: optionalOf(z.object({ isQuiz: flag })), emailCollectionType: text })),
  items: z.array(z.unknown()).optional(),
});

export type Definition = Omit<z.infer<typeof definition>, 'items'> & { items: RawItem[] };

/** Throws `not_a_form` on what `forms.get` does not answer; an item that cannot be read stays, as one of an unknown type. */
export function readDefinition(raw: unknown): Definition {
  refuseTooDeep(raw);
  const parsed = definition.safeParse(withDraftId(raw, 'formId', isDraft));
  if (!parsed.success || (typeof raw === 'object' && raw !== null && 'responseId' in raw))
    throw new AppError('not_a_form', {
      status: 422,
      userMessage: {
        en: 'This is not a Google Forms definition: it needs a "formId" and a list "items", as the Forms API answers for forms.get.',
        de: 'Das ist keine Definition von Google Forms: Sie braucht eine „formId“ und eine Liste „items“, wie die Forms API für forms.get antwortet.',
      },
    });
  return { ...parsed.data, items: (parsed.data.items ?? []).map((one) => item.catch({} as never).parse(one)) };
}

function isDraft(raw: object): boolean {
  return hasMember(raw, 'items', (one) => Object.keys(one).some((key) => key.endsWith('Item')));
}
