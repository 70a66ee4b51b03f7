import { z } from 'zod';
import type { Answer, Answers } from './answers.ts';

const value = z.string().min(1);

export const answerSchema: z.ZodType<Answer> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), value }),
  z.object({ kind: z.literal('email'), value }),
  z.object({ kind: z.literal('phone'), value }),
  z.object({ kind: z.literal('url'), value }),
  z.object({ kind: z.literal('number'), value }),
  z.object({ kind: z.literal('boolean'), value: z.boolean() }),
  z.object({ kind: z.literal('choice'), choiceId: z.string(), otherText: z.string().optional() }),
  z.object({ kind: z.literal('choices'), choiceIds: z.array(z.string()), otherText: z.string().optional() }),
  z.object({ kind: z.literal('ranking'), choiceIds: z.array(z.string()) }),
  z.object({ kind: z.literal('date'), value }),
  z.object({ kind: z.literal('time'), value }),
  z.object({ kind: z.literal('date-time'), value }),
  z.object({ kind: z.literal('duration'), seconds: z.number().int().nonnegative() }),
  z.object({
    kind: z.literal('appointment'),
    value: z.iso.datetime(),
    minutes: z.number().int().positive(),
    timeZone: value,
    link: value,
  }),
  z.object({
    kind: z.literal('files'),
    files: z.array(
      z.object({
        fileName: z.string(),
        mimeType: z.string().optional(),
        sha256: z.string(),
        mediaId: z.string(),
        cdn: z
          .object({
            url: z.string(),
            encryptedHash: z.string(),
            iv: z.string(),
            encryptionKey: z.string(),
            hmacKey: z.string(),
          })
          .optional(),
        storedUrl: z.string().optional(),
      }),
    ),
  }),
]);

/** Answers as they are sealed with a submission or a send's prefill. */
export const answersSchema: z.ZodType<Answers> = z.record(z.string(), answerSchema);
