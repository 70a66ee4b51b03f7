import { notTranslated } from '../in-language.ts';
import type { FormReader } from '../source.ts';
import { toForm } from './to-form.ts';
import { toSubmission } from './to-submission.ts';
import { writeBack } from './write-back.ts';

/** Typeform's definitions and responses, without an account and without the network (form-tools.md section 3). */
export const typeformReader: FormReader = {
  kind: 'typeform',
  name: 'typeform',
  toForm,
  inLanguage: (raw, language) => notTranslated(toForm(raw), language, 'typeform_languages_not_read'),
  writeBack,
  toSubmission,
};
