import type { Program } from '@flowella/shared/compile/program.ts';
import type { NoticeCode } from '@flowella/shared/flow-words/flow-words.ts';
import { flowWords } from '@flowella/shared/flow-words/languages.ts';

export type { NoticeCode } from '@flowella/shared/flow-words/flow-words.ts';

/** The notice screen of a connected flow with its text; null where there is no such screen. */
export function noticeScreen(
  program: Program | null,
  code: NoticeCode,
): { screen: string; data: { text: string } } | null {
  if (!program?.notice) return null;
  return { screen: program.notice, data: { text: flowWords(program.language).notices[code] } };
}
