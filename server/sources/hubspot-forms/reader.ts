import { notTranslated } from '../in-language.ts';
import type { FormReader } from '../source.ts';
import { chooseForm } from './choose-form.ts';
import { toForm } from './to-form.ts';
import { toSubmissionFields } from './to-submission-fields.ts';
import { writeBack } from './write-back.ts';

/** HubSpot's definitions without a portal; a submission is the body of its secure submission endpoint (form-tools.md 1.3). */
export const hubSpotFormsReader: FormReader = {
  kind: 'hubspot-forms',
  name: 'hubspot',
  choose: chooseForm,
  toForm,
  inLanguage: (raw, language) => notTranslated(toForm(raw), language, 'translations_are_forms'),
  writeBack,
  toSubmission: ({ form, answers, finishedAt }) => ({
    submittedAt: String(finishedAt.getTime()),
    ...toSubmissionFields(form, answers, { today: finishedAt.toISOString().slice(0, 10) }),
  }),
};
