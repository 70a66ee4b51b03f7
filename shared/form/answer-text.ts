import type { Answer } from './answers.ts';
import type { Question } from './form.ts';

const WORDS = {
  en: { yes: 'Yes', no: 'No', other: 'Other', files: (n: number) => (n === 1 ? '1 file' : `${n} files`) },
  de: { yes: 'Ja', no: 'Nein', other: 'Andere', files: (n: number) => (n === 1 ? '1 Datei' : `${n} Dateien`) },
};

/** An answer as a person reads it on a card: choice labels instead of ids, yes and no, dates in the reader's order. */
export function answerText(question: Question | undefined, answer: Answer, language: 'en' | 'de'): string {
  const words = WORDS[language];
  const labelOf = (id: string): string =>
    (question && 'choices' in question ? question.choices.find((choice) => choice.id === id)?.label : undefined) ?? id;
  const withOther = (labels: string[], other: string | undefined): string =>
    [...labels, ...(other ? [`${words.other}: ${other}`] : [])].join(', ');
  switch (answer.kind) {
    case 'boolean':
      return answer.value ? words.yes : words.no;
    case 'choice':
      return answer.otherText ? withOther([], answer.otherText) : labelOf(answer.choiceId);
    case 'choices':
      return withOther(answer.choiceIds.map(labelOf), answer.otherText);
    case 'ranking':
      return answer.choiceIds.map((id, index) => `${index + 1}. ${labelOf(id)}`).join(', ');
    case 'date':
      return dateText(answer.value, language);
    case 'date-time': {
      const [date = '', time = ''] = answer.value.split('T');
      return `${dateText(date, language)} ${time.slice(0, 5)}`;
    }
    case 'duration':
      return `${Math.floor(answer.seconds / 3_600)} h ${Math.floor((answer.seconds % 3_600) / 60)} min`;
    case 'files':
      return words.files(answer.files.length);
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
    case 'number':
    case 'time':
      return answer.value;
  }
}

function dateText(iso: string, language: 'en' | 'de'): string {
  const [year, month, day] = iso.split('-');
  return language === 'de' && day ? `${day}.${month}.${year}` : iso;
}
