/** What stands in a response of Google's, by question id, after the Forms API's documents; knows nothing of what wrote it. */
export function readBack(raw: unknown, submission: unknown): Map<string, string[]> {
  const kinds = kindsOf(raw);
  const { answers, respondentEmail } = submission as {
    answers: Record<string, { questionId: string; textAnswers?: { answers: { value: string }[] } }>;
    respondentEmail?: string;
  };
  const found = new Map<string, string[]>();
  for (const [id, { textAnswers }] of Object.entries(answers)) {
    const values = (textAnswers?.answers ?? []).map(({ value }) => value);
    found.set(
      id,
      values.map((value) => canonical(value, kinds.get(id))),
    );
  }
  if (respondentEmail !== undefined) found.set('respondentEmail', [respondentEmail]);
  return found;
}

type RawQuestion = {
  questionId?: string;
  dateQuestion?: { includeTime?: boolean };
  timeQuestion?: { duration?: boolean };
};
type RawItem = { questionItem?: { question?: RawQuestion }; questionGroupItem?: { questions?: RawQuestion[] } };

function kindsOf(raw: unknown): Map<string, RawQuestion> {
  const { items } = raw as { items?: RawItem[] };
  const all = (items ?? []).flatMap((item: RawItem | null) => [
    item?.questionItem?.question,
    ...(item?.questionGroupItem?.questions ?? []),
  ]);
  return new Map(all.flatMap((one) => (one?.questionId ? [[one.questionId, one] as const] : [])));
}

function canonical(value: string, question: RawQuestion | undefined): string {
  if (question?.dateQuestion?.includeTime) return value.replace(' ', 'T');
  if (!question?.timeQuestion?.duration) return value;
  const [hours = 0, minutes = 0, seconds = 0] = value.split(':').map(Number);
  return String(hours * 3_600 + minutes * 60 + seconds);
}
