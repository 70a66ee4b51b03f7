import { compile, type Compiled } from '@flowella/shared/compile/compile.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import type { Language } from '../hubspot/language.ts';

export type CompiledVersion = {
  /** The bytes that are validated, hashed and uploaded. */
  flowJson: string;
  program: Compiled['program'];
  report: Compiled['report'];
  hasQuestions: boolean;
};

/** A form and its design as one version: the version's id stands in every payload of its Flow JSON (flow-rules.md section 2). */
export function compileVersion(form: Form, design: Design, versionId: string, language: Language): CompiledVersion {
  const compiled = compile({ form, design, locale: language, version: versionId });
  return {
    flowJson: JSON.stringify(compiled.flowJson),
    program: compiled.program,
    report: compiled.report,
    hasQuestions: compiled.hasQuestions,
  };
}
