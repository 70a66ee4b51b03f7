/**
 * A form of any tool in our own model, at one revision (design, section 3).
 * A question keeps the tool's id, the full label and everything the compiler needs; `origin` is read again only by the
 * source that wrote it, when answers go back. Choices are known by a stable id, never by their title.
 */
export type SourceKind = 'hubspot-forms' | 'google-forms' | 'typeform' | 'surveymonkey';

export type Form = {
  source: SourceKind;
  /** The tool's id of the form. */
  sourceFormId: string;
  name: string;
  /** BCP 47, as the tool states it; `en` where it states none. */
  language: string;
  /** SHA-256 (hex) of the canonical raw definition. */
  revision: string;
  welcome?: Statement;
  thankYou?: { text?: string; redirectUrl?: string };
  /** Label of the tool's own submit button. */
  submitLabel?: string;
  pages: Page[];
  /** Values that are sent back without being asked. */
  hidden: HiddenField[];
  consent?: Consent;
  /** What is true of the whole form and must be said in the report: not exposed by the tool's API, cannot be written back … */
  notices: FormNotice[];
};

export type Page = { id: string; title?: string; items: Item[] };
export type Item = Question | Statement;

export type Statement = { kind: 'statement'; id: string; title?: string; text?: string; visibleWhen?: Condition };

export type Choice = { id: string; label: string; description?: string };

type QuestionBase = {
  /** The tool's own id; for HubSpot `objectTypeId/name`. */
  id: string;
  /** The full label, as plain text. */
  label: string;
  help?: string;
  placeholder?: string;
  required: boolean;
  /** Shown only when this holds; a hidden question is not answered and not required. */
  visibleWhen?: Condition;
  /** Questions of one group stand together in the tool (a row, an address): kept on one screen where that can be done. */
  group?: string;
  /** The default of the form, in the canonical form of the answer. */
  defaultValue?: string | string[] | boolean;
  /** Codes of the fit report for what the source found while reading: an unreadable condition, a missing label … */
  remarks?: string[];
  /** Whatever the source needs to write the answer back. Opaque to everyone else. */
  origin: Record<string, unknown>;
};

export type Question = QuestionBase &
  (
    | { kind: 'short-text'; maxLength?: number; minLength?: number; pattern?: string; patternHelp?: string }
    | { kind: 'long-text'; maxLength?: number }
    | { kind: 'email'; blockedDomains?: string[]; blockFreeProviders?: boolean }
    | { kind: 'phone'; minDigits?: number; maxDigits?: number; defaultCountry?: string }
    | { kind: 'url' }
    | { kind: 'number'; min?: number; max?: number; integer?: boolean; minDigits?: number; maxDigits?: number }
    | { kind: 'yes-no' }
    /** One box that is ticked or not; `mustAccept` when only the tick is accepted. */
    | { kind: 'checkbox'; mustAccept: boolean }
    | { kind: 'single-choice'; choices: Choice[]; allowOther?: boolean; style?: 'list' | 'menu' }
    | { kind: 'multi-choice'; choices: Choice[]; allowOther?: boolean; minSelected?: number; maxSelected?: number }
    | { kind: 'scale'; min: number; max: number; minLabel?: string; maxLabel?: string }
    | { kind: 'ranking'; choices: Choice[] }
    | { kind: 'date'; min?: string; max?: string }
    | { kind: 'time' }
    | { kind: 'date-time' }
    | { kind: 'duration' }
    | { kind: 'file'; multiple: boolean; maxFiles?: number; mimeTypes?: string[] }
    /** Anything that cannot be asked; `rawType` names it as the tool does. */
    | { kind: 'unsupported'; rawType: string }
  );

export type QuestionKind = Question['kind'];

export type HiddenField = {
  id: string;
  label: string;
  value?: string;
  /** The tool refuses answers without it. */
  required?: boolean;
  origin: Record<string, unknown>;
};

/** Consent as the tool asks for it, with the exact texts, so that what was agreed to can be proved. */
export type Consent = {
  kind: 'explicit' | 'implicit' | 'legitimate-interest';
  /** SHA-256 (hex) over all texts: the version that was shown. */
  textVersion: string;
  processingText?: string;
  processingCheckboxLabel?: string;
  processingFooter?: string;
  communicationText?: string;
  privacyText?: string;
  communications: { id: string; label: string; required: boolean; subscriptionTypeId: string }[];
  legalBasis?: 'CUSTOMER' | 'LEAD' | 'OTHER';
  subscriptionTypeIds?: string[];
};

export type FormNotice = { code: string; message: string; advice: string };

/** Conditions over answers. The one expression language of rules; evaluated the same on the server and, where it can be said, on the phone. */
export type Condition =
  | { op: 'and' | 'or'; conditions: Condition[] }
  | { op: 'not'; condition: Condition }
  | { op: 'answered'; question: string }
  | { op: 'equals'; question: string; value: string }
  | { op: 'contains' | 'starts-with' | 'ends-with'; question: string; value: string }
  | { op: 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal'; question: string; value: string }
  | { op: 'includes-any' | 'includes-all' | 'is-exactly'; question: string; values: string[] }
  /** Relative to now, in whole days: `within` the last (negative) or next days. */
  | { op: 'date-within-days'; question: string; from: number; to: number };
