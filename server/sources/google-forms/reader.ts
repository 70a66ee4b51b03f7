import { notTranslated } from '../in-language.ts';
import type { FormReader } from '../source.ts';
import { toForm } from './to-form.ts';
import { toSubmission } from './to-submission.ts';
import { writeBack } from './write-back.ts';

/** Google's definitions and responses, without an account and without the network (form-tools.md section 2). */
export const googleFormsReader: FormReader = {
  kind: 'google-forms',
  name: 'google-forms',
  toForm,
  inLanguage: (raw, language) => notTranslated(toForm(raw), language, 'google_no_translations'),
  writeBack,
  toSubmission,
};
