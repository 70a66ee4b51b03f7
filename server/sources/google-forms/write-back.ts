import type { Form, Question } from '@flowella/shared/form/form.ts';
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
      'Google has no official way for apps to add responses. They can be added by a script that the owner of the form installs in their own account; its time is the time of delivery.',
      ...formReasons(readDefinition(raw)),
      ...unsupported
        .filter((question) => question.required && question.id !== RESPONDENT_EMAIL)
        .map(
          ({ label }) =>
            `"${label.slice(0, 100)}" is required in Google Forms and cannot be answered from WhatsApp, so Google would refuse the response. Make it optional in the form.`,
        ),
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

function formReasons(definition: Definition): string[] {
  const closed = closedCode(definition);
  const collects = definition.settings?.emailCollectionType;
  const reasons = [
    closed === 'google_not_published'
      ? 'The form is not published, so Google may refuse responses. Publish it before you write back.'
      : '',
    closed === 'google_closed'
      ? 'The form does not accept responses at the moment, so Google may refuse them. Let it accept responses before you write back.'
      : '',
    collects === 'RESPONDER_INPUT'
      ? 'The form collects e-mail addresses in a field of its own, which the script cannot fill: the address is kept with the answers here and is missing in Google.'
      : '',
    collects === 'VERIFIED'
      ? 'The form collects the verified address of a Google account, which WhatsApp does not know: responses from WhatsApp have none.'
      : '',
  ];
  return reasons.filter((reason) => reason !== '');
}

function handGraded(questions: readonly Question[]): string[] {
  const count = questions.filter((question) => question.remarks?.includes('google_graded_by_hand')).length;
  return count === 0
    ? []
    : [`The points of ${count === 1 ? 'one question' : `${count} questions`} are given by hand in Google Forms.`];
}
