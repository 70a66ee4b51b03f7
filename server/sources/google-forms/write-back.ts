import type { Form, Question } from '@flowella/shared/form/form.ts';
import type { Texts } from '../../hubspot/language.ts';
import type { WriteBack } from '../source.ts';
import { readDefinition, type Definition } from './definition.ts';
import { closedCode } from './notices.ts';
import { RESPONDENT_EMAIL, toForm } from './to-form.ts';

/**
 * What can be done with answers to a Google form: there is no official way to create a response (form-tools.md 2.3), so the
 * owner installs a script that submits them in his own account.
 */
export function writeBack(raw: unknown): WriteBack {
  const questions = questionsOf(toForm(raw));
  const unsupported = questions.filter((question) => !canBeWritten(question));
  return {
    mode: 'apps_script',
    native: false,
    verifiable: true,
    carriesSubmissionId: false,
    carriesOriginalTimestamp: false,
    unsupportedQuestionIds: unsupported.map((question) => question.id),
    reasons: [
      {
        en: 'Google has no official way for apps to add responses. They can be added by a script that the owner of the form installs in their own account; its time is the time of delivery.',
        de: 'Google sieht nicht vor, dass Apps Antworten hinzufügen. Ein Skript, das der Besitzer des Formulars in seinem Konto einrichtet, kann es; als Zeit gilt dort die der Zustellung.',
      },
      ...formReasons(readDefinition(raw)),
      ...unsupported
        .filter((question) => question.required && question.id !== RESPONDENT_EMAIL)
        .map(({ label }): Texts => ({
          en: `"${label.slice(0, 100)}" is required in Google Forms and cannot be answered from WhatsApp, so Google would refuse the response. Make it optional in the form.`,
          de: `„${label.slice(0, 100)}“ ist in Google Forms Pflicht und von WhatsApp aus nicht zu beantworten; Google würde die Antwort ablehnen. Machen Sie die Frage im Formular freiwillig.`,
        })),
      ...handGraded(questions),
    ],
  };
}

function questionsOf(form: Form): Question[] {
  return form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
}

/** The script can neither add files nor set Google's own field for the respondent's address (form-tools.md 2.3). */
function canBeWritten(question: Question): boolean {
  const { kind, id } = question;
  if (kind === 'unsupported' || kind === 'file' || id === RESPONDENT_EMAIL) return false;
  // Nothing can be chosen, so nothing can be sent.
  return !('choices' in question) || question.choices.length > 0 || ('allowOther' in question && !!question.allowOther);
}

function formReasons(definition: Definition): Texts[] {
  const closed = closedCode(definition);
  const collects = definition.settings?.emailCollectionType;
  const reasons: Texts[] = [];
  if (closed === 'google_not_published')
    reasons.push({
      en: 'The form is not published, so Google may refuse responses. Publish it before you write back.',
      de: 'Das Formular ist nicht veröffentlicht, daher kann Google Antworten ablehnen. Veröffentlichen Sie es, bevor Sie zurückschreiben.',
    });
  if (closed === 'google_closed')
    reasons.push({
      en: 'The form does not accept responses at the moment, so Google may refuse them. Let it accept responses before you write back.',
      de: 'Das Formular nimmt derzeit keine Antworten an, daher kann Google sie ablehnen. Lassen Sie Antworten zu, bevor Sie zurückschreiben.',
    });
  if (collects === 'RESPONDER_INPUT')
    reasons.push({
      en: 'The form collects e-mail addresses in a field of its own, which the script cannot fill: the address is kept with the answers here and is missing in Google.',
      de: 'Das Formular erfasst E-Mail-Adressen in einem eigenen Feld, das das Skript nicht füllen kann: Die Adresse bleibt hier bei den Antworten und fehlt bei Google.',
    });
  if (collects === 'VERIFIED')
    reasons.push({
      en: 'The form collects the verified address of a Google account, which WhatsApp does not know: responses from WhatsApp have none.',
      de: 'Das Formular erfasst die bestätigte Adresse eines Google-Kontos, die WhatsApp nicht kennt: Antworten aus WhatsApp haben keine.',
    });
  return reasons;
}

function handGraded(questions: readonly Question[]): Texts[] {
  const count = questions.filter((question) => question.remarks?.includes('google_graded_by_hand')).length;
  return count === 0
    ? []
    : [
        {
          en: `The points of ${count === 1 ? 'one question' : `${count} questions`} are given by hand in Google Forms.`,
          de: `Die Punkte ${count === 1 ? 'einer Frage' : `von ${count} Fragen`} werden in Google Forms von Hand vergeben.`,
        },
      ];
}
