import type { FormReader } from '../source.ts';
import { toForm } from './to-form.ts';
import { toSubmission } from './to-submission.ts';
import { inLanguage } from './translate.ts';
import { writeBack } from './write-back.ts';

/** SurveyMonkey's surveys and responses, without an account and without the network (form-tools.md section 4). */
export const surveyMonkeyReader: FormReader = {
  kind: 'surveymonkey',
  name: 'surveymonkey',
  toForm,
  inLanguage,
  writeBack,
  toSubmission,
};
