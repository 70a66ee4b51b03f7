import type { Answers } from '@flowella/shared/form/answers.ts';
import type { Form, SourceKind } from '@flowella/shared/form/form.ts';
import type { PortalId } from '../db/db.ts';
import type { Texts } from '../hubspot/language.ts';

/** What a connected form's tool can do with answers: shown before publishing, stored with each delivery (form-tools.md section 0). */
export type WriteBack = {
  mode: 'native' | 'apps_script' | 'public_endpoint' | 'compatible_webhook' | 'prefill_link' | 'none';
  /** The tool shows what we write as its own submission. */
  native: boolean;
  verifiable: boolean;
  carriesSubmissionId: boolean;
  carriesOriginalTimestamp: boolean;
  unsupportedQuestionIds: string[];
  /** Why `mode` is `none`, or what is lost; sentences for the customer. Not empty when publishing with write-back must be refused. */
  reasons: Texts[];
};

export type FormSummary = {
  source: SourceKind;
  sourceFormId: string;
  name: string;
  updatedAt: string | null;
  questionCount: number;
  writeBack: WriteBack;
};

/** A form tool that forms are read from. Adding one touches its own folder and one line of the registry. */
export interface Source {
  kind: SourceKind;
  /** One page of the portal's forms, newest first; `after` is the opaque cursor of the previous page. */
  listForms(
    portalId: PortalId,
    page: { after?: string; search?: string },
  ): Promise<{ forms: FormSummary[]; after: string | null }>;
  /** The raw definition as the tool returns it. Throws `form_not_found` when it is gone, `form_archived` when it was put away. */
  readForm(portalId: PortalId, sourceFormId: string): Promise<unknown>;
  /** Pure. Throws `not_a_form` on input that is not a definition of this tool; never on a strange one. */
  toForm(raw: unknown): Form;
  /** Pure: what can be written back into this form. */
  writeBack(raw: unknown): WriteBack;
}

/**
 * What the definitions of a tool become, without a portal and without the network: what the command line and the corpus run
 * use. `toSubmission` gives the answers in the shape in which the tool itself keeps a response.
 */
export interface FormReader {
  kind: SourceKind;
  /** What `flowella compile --source` calls it, and the name of its folder in a corpus. */
  name: string;
  /** Takes one definition out of a list answer of the tool's API, where it has such answers. */
  choose?: (raw: unknown, wanted: string | undefined) => unknown;
  /** Pure. Throws `not_a_form` on input that is not a definition of this tool; never on a strange one. */
  toForm(raw: unknown): Form;
  /**
   * Pure: the form in another language than its own, from the translations that lie beside the definition, or as it is with a line
   * in the report that says why there is none. Throws as `toForm` does.
   */
  inLanguage(raw: unknown, language: string): Form;
  /** Pure: what can be written back into this form. */
  writeBack(raw: unknown): WriteBack;
  /** Pure: one response in the tool's own shape. */
  toSubmission(answers: AnswersToSubmit): unknown;
}

/** `computed` holds the final values of the form's variables, by id. */
export type AnswersToSubmit = {
  form: Form;
  answers: Answers;
  computed: Record<string, string>;
  submissionId: string;
  startedAt: Date;
  finishedAt: Date;
};

/** The answers of one submission with what a tool needs to know about where they came from. */
export type AnswersToWrite = { form: Form; answers: Answers; submissionId: string; finishedAt: Date; flowName: string };
