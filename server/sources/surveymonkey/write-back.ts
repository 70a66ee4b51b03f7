import type { Texts } from '../../hubspot/language.ts';
import type { WriteBack } from '../source.ts';
import { toForm } from './to-form.ts';

/**
 * What can be done with answers to a survey: responses are created in a collector of their own (form-tools.md 4.3), where
 * the customer's plan and SurveyMonkey's approval allow it.
 */
export function writeBack(raw: unknown): WriteBack {
  const form = toForm(raw);
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const unsupported = questions.filter(
    (question) =>
      question.kind === 'unsupported' ||
      question.kind === 'file' ||
      ('choices' in question && question.choices.length === 0 && !('allowOther' in question && question.allowOther)),
  );
  return {
    mode: 'native',
    native: true,
    verifiable: true,
    carriesSubmissionId: true,
    carriesOriginalTimestamp: true,
    unsupportedQuestionIds: unsupported.map((question) => question.id),
    reasons: [
      {
        en: 'Adding responses needs a paid SurveyMonkey plan and the right "responses_write", which is checked when the account is connected.',
        de: 'Antworten hinzuzufügen braucht einen bezahlten SurveyMonkey-Tarif und das Recht „responses_write“, was beim Verbinden des Kontos geprüft wird.',
      },
      ...unsupported
        .filter((question) => question.required)
        .map(({ label }): Texts => ({
          en: `"${label.slice(0, 100)}" is required in SurveyMonkey and cannot be answered from WhatsApp. Make it optional in the survey.`,
          de: `„${label.slice(0, 100)}“ ist in SurveyMonkey Pflicht und von WhatsApp aus nicht zu beantworten. Machen Sie die Frage in der Umfrage freiwillig.`,
        })),
    ],
  };
}
