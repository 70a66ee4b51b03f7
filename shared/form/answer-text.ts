import { flowWords, type FlowLanguage } from '../flow-words/languages.ts';
import { pluralOf } from '../flow-words/plural.ts';
import type { Answer } from './answers.ts';
import type { Question } from './form.ts';

/** An answer as a person reads it: choice labels instead of ids, yes and no, dates and numbers as the language writes them. */
export function answerText(question: Question | undefined, answer: Answer, language: FlowLanguage): string {
  const { screen, files } = flowWords(language);
  const labelOf = (id: string): string =>
    (question && 'choices' in question ? question.choices.find((choice) => choice.id === id)?.label : undefined) ?? id;
  const withOther = (labels: string[], other: string | undefined): string =>
    listText([...labels, ...(other ? [`${screen.other}: ${other}`] : [])], language);
  switch (answer.kind) {
    case 'boolean':
      return answer.value ? screen.yes : screen.no;
    case 'choice':
      return answer.otherText ? withOther([], answer.otherText) : labelOf(answer.choiceId);
    case 'choices':
      return withOther(answer.choiceIds.map(labelOf), answer.otherText);
    case 'ranking':
      return listText(
        answer.choiceIds.map((id, index) => `${index + 1}. ${labelOf(id)}`),
        language,
      );
    case 'date':
      return dateText(answer.value, language);
    case 'date-time': {
      const [date = '', time = ''] = answer.value.split('T');
      return `${dateText(date, language)} ${time.slice(0, 5)}`;
    }
    case 'appointment':
      return momentText(answer.value, answer.timeZone, language);
    case 'duration':
      return durationText(answer.seconds, language);
    case 'files':
      return filesText(answer.files.length);
    case 'number':
      return numberText(answer.value, language);
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
    case 'time':
      return answer.value;
  }

  function filesText(count: number): string {
    return pluralOf(language, files, count).replace('{count}', String(count));
  }
}

/**
 * The language's own customs with two exceptions that keep a date what was picked on the phone: our digits, which are the
 * only ones that fields take, and the Gregorian calendar.
 */
function localeOf(language: FlowLanguage): string {
  return `${language}-u-ca-gregory-nu-latn`;
}

function listText(parts: readonly string[], language: FlowLanguage): string {
  const comma = COMMAS[language] ?? ', ';
  return parts.join(comma);
}

/** What stands between the members of a list, where it is not the comma of most. */
const COMMAS: Partial<Record<FlowLanguage, string>> = {
  ar: '، ',
  fa: '، ',
  ja: '、',
  'zh-Hans': '、',
  'zh-Hant': '、',
};

function dateText(iso: string, language: FlowLanguage): string {
  const date = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}

/** Day, time and time zone of a moment. */
function momentText(iso: string, timeZone: string, language: FlowLanguage): string {
  const at = new Date(iso);
  const day = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'long', timeZone }).format(at);
  const options = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone } as const;
  return `${day} ${new Intl.DateTimeFormat(localeOf(language), options).format(at)}`;
}

function durationText(seconds: number, language: FlowLanguage): string {
  const part = (value: number, unit: 'hour' | 'minute') =>
    new Intl.NumberFormat(localeOf(language), { style: 'unit', unit, unitDisplay: 'short' }).format(value);
  return `${part(Math.floor(seconds / 3_600), 'hour')} ${part(Math.floor((seconds % 3_600) / 60), 'minute')}`;
}

/** A plain decimal with the language's decimal mark. Not grouped: it may be a year or the number of a house. */
export function numberText(plain: string, language: FlowLanguage): string {
  if (!/^-?\d+\.\d+$/.test(plain)) return plain;
  const mark = new Intl.NumberFormat(localeOf(language)).formatToParts(0.5).find(({ type }) => type === 'decimal');
  return plain.replace('.', mark?.value ?? '.');
}
