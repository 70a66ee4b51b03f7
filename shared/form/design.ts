import type { ShownWhen } from './shown-when.ts';

/**
 * What the customer decided about a form: edited, never generated over. It refers to questions by id, so that a changed
 * form is reconciled instead of imported again. Everything is optional: an empty design is the form as it is.
 */
export type Design = {
  /** Texts by question id. */
  labels?: Record<string, string>;
  help?: Record<string, string>;
  required?: Record<string, boolean>;
  /** When a question is shown, by its id, in place of what the form says; null shows it always. */
  shownWhen?: Record<string, ShownWhen | null>;
  /** Questions left out on purpose. */
  omitted?: string[];
  /** Order and screen breaks: question ids per screen; ids not named follow in the form's order. */
  screens?: { title?: string; questions: string[] }[];
  submitLabel?: string;
  thankYouText?: string;
  /** The mode when the customer chose one; otherwise the rule of flow-rules.md section 4 decides. */
  mode?: 'connected' | 'light';
  /** Ask for the document number's write-back knowingly: question ids. */
  allowDocumentNumber?: string[];
};
