import type { Answer } from '../form/answers.ts';
import type { ProgramField } from './program.ts';

/** Of an answer to a question whose boxes are spread over screens, what this field of it holds; null where that is nothing. */
export function shareOf({ share, inputs }: ProgramField, answer: Answer): Answer | null {
  if (!share || answer.kind !== 'choices') return answer;
  const own = new Set(inputs.flatMap(({ options = [] }) => options.map(({ choice }) => choice)));
  const choiceIds = answer.choiceIds.filter((id) => own.has(id));
  const otherText = inputs.some(({ role }) => role === 'other') ? answer.otherText : undefined;
  if (choiceIds.length === 0 && otherText === undefined) return null;
  return { kind: 'choices', choiceIds, ...(otherText === undefined ? {} : { otherText }) };
}

/** What was ticked on other screens, and on this one. */
export function withShare(others: Answer | undefined, own: Answer): Answer {
  if (others?.kind !== 'choices' || own.kind !== 'choices') return own;
  return { ...others, ...own, choiceIds: [...new Set([...others.choiceIds, ...own.choiceIds])] };
}
