import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Language } from '../hubspot/language.ts';
import type { Pictures } from '../sources/fetch-pictures.ts';

export type CompiledVersion = {
  /** The bytes that are validated, hashed and uploaded. */
  flowJson: string;
  program: Compiled['program'];
  report: Compiled['report'];
  hasQuestions: boolean;
};

/** A form and its design as one version: the version's id stands in every payload of its Flow JSON (flow-rules.md section 2). */
export function compileVersion(
  reading: { form: Form; pictures: Pictures },
  design: Design,
  versionId: string,
  language: Language,
): CompiledVersion {
  const { assets, missing } = reading.pictures;
  // Once for each reason: the pictures themselves are links, where they stand in the form.
  const notices = [...new Set(Object.values(missing))].map((code) => ({ code, message: '', advice: '' }));
  const form = { ...reading.form, notices: [...reading.form.notices, ...notices] };
  const compiled = compile({ form, design, locale: language, version: versionId, assets });
  return {
    flowJson: JSON.stringify(compiled.flowJson),
    program: compiled.program,
    report: compiled.report,
    hasQuestions: compiled.hasQuestions,
  };
}
