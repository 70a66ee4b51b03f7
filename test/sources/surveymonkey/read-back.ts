type RawAnswerPart = { id?: string | number; visible?: boolean };
type RawQuestion = {
  id?: string | number;
  family?: string;
  subtype?: string;
  validation?: { type?: string } | null;
  answers?: {
    rows?: RawAnswerPart[];
    cols?: RawAnswerPart[];
    choices?: RawAnswerPart[];
    other?: { id?: string | number; text?: string; is_answer_choice?: boolean };
  };
};
type Given = { choice_id?: string; row_id?: string; col_id?: string; other_id?: string; text?: string };

/** What stands in the body of a new response, by id of row or question, after SurveyMonkey's documents. */
export function readBack(raw: unknown, submission: unknown): Map<string, string[]> {
  const questions = new Map<string, RawQuestion>();
  const rowIds = rowIdsOf(raw);
  (raw as { pages: { questions?: RawQuestion[] }[] }).pages.forEach((page, pageIndex) =>
    page.questions?.forEach((question, index) =>
      questions.set(String(question?.id ?? `${pageIndex + 1}.${index + 1}`), question),
    ),
  );
  const found = new Map<string, string[]>();
  const add = (id: string, value: string) => found.set(id, [...(found.get(id) ?? []), value]);
  const { pages } = submission as { pages: { questions: { id: string; answers: Given[] }[] }[] };
  for (const { id, answers } of pages.flatMap((page) => page.questions)) {
    const question = questions.get(id);
    const rows = (question?.answers?.rows ?? []).filter((row) => row.visible !== false);
    const choices = (question?.answers?.choices ?? []).map((choice) => String(choice?.id));
    if (question?.subtype === 'ranking') {
      const byRank = answers.toSorted(
        (a, b) => choices.indexOf(a.choice_id ?? '') - choices.indexOf(b.choice_id ?? ''),
      );
      byRank.forEach((answer) => add(id, answer.row_id ?? '?'));
      continue;
    }
    for (const { choice_id, row_id, col_id, other_id, text } of answers) {
      const other = question?.answers?.other;
      const isOtherChoice = other?.is_answer_choice === true && /_choice$/.test(question?.family ?? '');
      // "Other" in plain words is a field of ours; any other name is a choice with its own field below it.
      const isPlain = /^(?:others?|andere[rs]?|sonstige[rs]?)?[^\p{L}\p{N}]*(?:[(:,–-].*)?$/isu.test(other?.text ?? '');
      if (other_id !== undefined && isOtherChoice && !isPlain) {
        add(id, other_id);
        add(`${other_id}/text`, text ?? '');
      } else if (other_id !== undefined) add(isOtherChoice ? id : other_id, text ?? '');
      else if (col_id !== undefined) add(rowIds.get(`${id} ${row_id ?? ''}/${col_id}`) ?? '?', choice_id ?? '');
      else
        add(
          row_id === undefined || rows.length === 1 ? id : (rowIds.get(`${id} ${row_id}`) ?? '?'),
          choice_id ?? canonical(text ?? '', question),
        );
    }
  }
  return found;
}

/** What a row is called among our questions, by question and row: by its id alone, unless an earlier one has it. */
function rowIdsOf(raw: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const used = new Set<string>();
  (raw as { pages: { questions?: RawQuestion[] }[] }).pages.forEach((page, pageIndex) =>
    page.questions?.forEach((question, index) => {
      const id = String(question?.id ?? `${pageIndex + 1}.${index + 1}`);
      used.add(id);
      const rows = (question?.answers?.rows ?? []).filter((row) => row.visible !== false);
      if (question?.subtype === 'ranking' || (rows.length === 1 && question.subtype !== 'menu')) return;
      const places = rows.flatMap((row, rowIndex) => {
        const place = String(row.id ?? `${id}/${rowIndex + 1}`);
        if (question?.subtype !== 'menu' || question.family !== 'matrix') return [place];
        return (question.answers?.cols ?? []).map(
          (col, column) => `${place}/${String(col.id ?? `column-${column + 1}`)}`,
        );
      });
      for (const place of places) {
        const own = used.has(place) ? `${id}/${place}` : place;
        used.add(own);
        found.set(`${id} ${place}`, own);
      }
    }),
  );
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
