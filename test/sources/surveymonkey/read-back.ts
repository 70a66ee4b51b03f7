type RawAnswerPart = { id?: string | number; visible?: boolean };
type RawQuestion = {
  id?: string | number;
  family?: string;
  subtype?: string;
  validation?: { type?: string } | null;
  answers?: {
    rows?: RawAnswerPart[];
    choices?: RawAnswerPart[];
    other?: { id?: string | number; is_answer_choice?: boolean };
  };
};
type Given = { choice_id?: string; row_id?: string; col_id?: string; other_id?: string; text?: string };

/** What stands in the body of a new response, by id of row or question, after SurveyMonkey's documents. */
export function readBack(raw: unknown, submission: unknown): Map<string, string[]> {
  const questions = new Map<string, RawQuestion>();
  for (const page of (raw as { pages: { questions?: RawQuestion[] }[] }).pages)
    for (const question of page.questions ?? []) questions.set(String(question.id), question);
  const found = new Map<string, string[]>();
  const add = (id: string, value: string) => found.set(id, [...(found.get(id) ?? []), value]);
  const { pages } = submission as { pages: { questions: { id: string; answers: Given[] }[] }[] };
  for (const { id, answers } of pages.flatMap((page) => page.questions)) {
    const question = questions.get(id);
    const rows = (question?.answers?.rows ?? []).filter((row) => row.visible !== false);
    const choices = (question?.answers?.choices ?? []).map((choice) => String(choice.id));
    if (question?.subtype === 'ranking') {
      const byRank = answers.toSorted(
        (a, b) => choices.indexOf(a.choice_id ?? '') - choices.indexOf(b.choice_id ?? ''),
      );
      byRank.forEach((answer) => add(id, answer.row_id ?? '?'));
      continue;
    }
    for (const { choice_id, row_id, col_id, other_id, text } of answers) {
      const isOtherChoice = question?.answers?.other?.is_answer_choice === true;
      if (other_id !== undefined) add(isOtherChoice ? id : other_id, text ?? '');
      else if (col_id !== undefined) add(`${row_id ?? ''}/${col_id}`, choice_id ?? '');
      else add(row_id === undefined || rows.length === 1 ? id : row_id, choice_id ?? canonical(text ?? '', question));
    }
  }
  return found;
}

function canonical(text: string, question: RawQuestion | undefined): string {
  const isDate = question?.family === 'datetime' || question?.validation?.type?.startsWith('date_');
  if (!isDate) return text;
  const date = /(\d\d)\/(\d\d)\/(\d{4})/.exec(text);
  const time = /(\d\d):(\d\d) (AM|PM)/.exec(text);
  const [first = '', second = '', year = ''] = date?.slice(1) ?? [];
  const day = question?.validation?.type === 'date_intl' ? `${year}-${second}-${first}` : `${year}-${first}-${second}`;
  const hours = (Number(time?.[1] ?? 0) % 12) + (time?.[3] === 'PM' ? 12 : 0);
  const clock = `${String(hours).padStart(2, '0')}:${time?.[2] ?? ''}`;
  return [date ? day : '', time ? clock : ''].filter(Boolean).join('T');
}
