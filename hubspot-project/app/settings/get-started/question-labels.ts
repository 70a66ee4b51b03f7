import type { FlowDetail } from '@flowella/shared/contract/api.ts';

export type AskedQuestion = FlowDetail['screens'][number]['questions'][number];

/** Every question that is asked, once, in the order in which it is asked. */
export function askedQuestions(flow: FlowDetail): AskedQuestion[] {
  const seen = new Map<string, AskedQuestion>();
  for (const screen of flow.screens) {
    for (const question of screen.questions) if (!seen.has(question.question)) seen.set(question.question, question);
  }
  return [...seen.values()];
}

/** What a question is called: as it is asked, as the design names it, or its id at the tool. */
export function labelOf(flow: FlowDetail, question: string): string {
  const asked = askedQuestions(flow).find((one) => one.question === question);
  return asked?.label ?? flow.design.labels?.[question] ?? flow.labels[question] ?? question;
}
