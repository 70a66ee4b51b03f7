/** Small definitions of our own making, in the shape in which the Forms API returns a form (`forms.get`). */
export type RawItem = Record<string, unknown> & { itemId?: string; title?: string };

export function questionItem(id: string, kind: Record<string, unknown>, more: Record<string, unknown> = {}): RawItem {
  return { itemId: `i${id}`, title: `Title ${id}`, questionItem: { question: { questionId: id, ...kind, ...more } } };
}

export function choiceItem(id: string, type: string, options: unknown[], more: Record<string, unknown> = {}): RawItem {
  return questionItem(id, { choiceQuestion: { type, options } }, more);
}

export function section(id: string, title = `Section ${id}`): RawItem {
  return { itemId: id, title, pageBreakItem: {} };
}

export function definitionOf(items: RawItem[], more: Record<string, unknown> = {}): Record<string, unknown> {
  return { formId: 'form-1', info: { title: 'A form', documentTitle: 'A form' }, items, ...more };
}

export const graded = (points: number, ...right: string[]) => ({
  grading: {
    pointValue: points,
    ...(right.length > 0 ? { correctAnswers: { answers: right.map((value) => ({ value })) } } : {}),
  },
});

export const QUIZ = { settings: { quizSettings: { isQuiz: true } } };
