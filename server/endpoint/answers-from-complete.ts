import type { Program } from '@flowella/shared/compile/program.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { z } from 'zod';
import type { CheckContext } from './check-answer.ts';
import type { CheckCode } from './check-messages.ts';
import { checkScreen } from './check-screen.ts';

/** An answer that a connected flow would have refused: it is accepted all the same and its destinations may be held. */
export type Flag = { question: string; code: CheckCode };
export type CompleteAnswers = { answers: Answers; flags: Flag[]; versionId: string | null };

const payloadSchema = z.record(z.string(), z.json());

/**
 * The answers of a light flow from the `response_json` of its `nfm_reply`, as text or already parsed. The same checks as at
 * the endpoint, but a light flow cannot refuse: what fails them is kept and flagged (flow-rules.md section 4). Hidden
 * questions are dropped. Input that is no object gives no answers and a flag for every required question.
 */
export function answersFromComplete(
  program: Program,
  responseJson: unknown,
  now?: Date,
  context: CheckContext = {},
): CompleteAnswers {
  const payload = parsePayload(responseJson);
  // Without a time, conditions relative to today hold for none.
  const today = now ? now.toISOString().slice(0, 10) : '';
  const result: CompleteAnswers = {
    answers: {},
    flags: [],
    versionId: typeof payload.v === 'string' ? payload.v : null,
  };
  for (const screen of program.screens) {
    const checked = checkScreen(program, screen, payload, result.answers, today, { ...context, keepRefused: true });
    Object.assign(result.answers, checked.answers);
    result.flags.push(...checked.problems.map(({ question, code }) => ({ question, code })));
  }
  return result;
}

function parsePayload(responseJson: unknown): z.infer<typeof payloadSchema> {
  const parsed = payloadSchema.safeParse(typeof responseJson === 'string' ? parseText(responseJson) : responseJson);
  return parsed.success ? parsed.data : {};
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
