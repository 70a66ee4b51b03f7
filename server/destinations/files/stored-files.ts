import type { Answers } from '@flowella/shared/form/answers.ts';
import { z } from 'zod';

/** One file that lies at HubSpot. No name: the detail of a delivery stands outside the seal of the answers. */
const storedFile = z.object({
  question: z.string(),
  /** Place among the files of its question, from 0. */
  index: z.number().int(),
  fileId: z.string(),
  url: z.string(),
});
export type StoredFile = z.infer<typeof storedFile>;

const detailSchema = z.object({
  files: z
    .array(storedFile)
    .readonly()
    .catch(() => []),
  /** Names of files that are being put away: they may lie there, and their ids are not known. */
  underWay: z
    .array(z.string())
    .readonly()
    .catch(() => []),
});
export type FilesDetail = z.infer<typeof detailSchema>;

/** What a files delivery has put away so far, and what it may have. */
export function filesDetailOf(detail: unknown): FilesDetail {
  const parsed = detailSchema.safeParse(detail);
  return parsed.success ? parsed.data : { files: [], underWay: [] };
}

/** What a files delivery has put away so far. */
export function storedFilesOf(detail: unknown): readonly StoredFile[] {
  return filesDetailOf(detail).files;
}

/** The answers with the address of every file that has been put away. Pure. */
export function withStoredFiles(answers: Answers, stored: readonly StoredFile[]): Answers {
  if (stored.length === 0) return answers;
  return Object.fromEntries(
    Object.entries(answers).map(([question, answer]) => {
      if (answer.kind !== 'files') return [question, answer];
      const files = answer.files.map((file, index) => {
        const found = stored.find((one) => one.question === question && one.index === index);
        return found ? { ...file, storedUrl: found.url } : file;
      });
      return [question, { ...answer, files }];
    }),
  );
}
