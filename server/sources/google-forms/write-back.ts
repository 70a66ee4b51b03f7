import type { WriteBack } from '../source.ts';
import { RESPONDENT_EMAIL, toForm } from './to-form.ts';

/**
 * What can be done with answers to a Google form: there is no official way to create a response (form-tools.md 2.3), so the
 * owner installs a script that submits them in his own account.
 */
export function writeBack(raw: unknown): WriteBack {
  const form = toForm(raw);
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  // The script cannot set Google's own field for the respondent's address (form-tools.md 2.3).
  const unsupported = questions.filter(
    ({ kind, id }) => kind === 'unsupported' || kind === 'file' || id === RESPONDENT_EMAIL,
  );
  return {
    mode: 'apps_script',
    native: false,
    verifiable: true,
    carriesSubmissionId: false,
    carriesOriginalTimestamp: false,
    unsupportedQuestionIds: unsupported.map((question) => question.id),
    reasons: [
      'Google has no official way for apps to add responses. They can be added by a script that the owner of the form installs in their own account; its time is the time of delivery.',
      ...unsupported
        .filter((question) => question.required)
        .map(
          ({ label }) =>
            `"${label.slice(0, 100)}" is required in Google Forms and cannot be answered from WhatsApp, so Google would refuse the response. Make it optional in the form.`,
        ),
    ],
  };
}
