import type { AppointmentDesign } from './design.ts';

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
  /** As the tool states it, BCP 47 or nearly; empty where it states none, until the form is kept (`withLanguage`). */
  language: string;
  /**
   * Where another language was asked for: which one, and the form's own, in which stands what has no translation. `language` is the
   * one that the form is shown in.
   */
  translation?: { asked: string; original: string };
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
  /** Jumps and calculations in the order in which the tool carries them out; `desugarRules` turns them into conditions. */
  rules?: Rule[];
  /** Values that rules change while a person answers: a score, a price. */
  variables?: Variable[];
  /** Several ways to end; `thankYou` is the one without a rule. */
  endings?: Ending[];
  /** Fields of the tool that we ask as several questions (a grid, an address): each has its own line in the report. */
  groups?: QuestionGroup[];
  /** Named parts of conditions and values, made from the rules: said once, however often they are looked at. */
  definitions?: Definitions;
  /** What is true of the whole form and must be said in the report: not exposed by the tool's API, cannot be written back … */
  notices: FormNotice[];
};

export type Page = { id: string; title?: string; items: Item[] };
export type Item = Question | Statement;

export type Statement = {
  kind: 'statement';
  id: string;
  title?: string;
  text?: string;
  image?: Image;
  /** A video or a page that can only be linked to; https. */
  linkUrl?: string;
  /** The tool counts it as a field of its own, so the report has a line for it. */
  isListed?: boolean;
  visibleWhen?: Condition;
};

/** A picture by its address; its bytes arrive beside the form (`CompileInput.assets`), since the compiler does no I/O. */
export type Image = { url: string; alt?: string };

export type Choice = { id: string; label: string; description?: string; image?: Image };

/** A field of the tool that is asked as several questions; `members` are their ids. */
export type QuestionGroup = {
  id: string;
  label: string;
  kind: 'matrix' | 'address' | 'contact-info' | 'group';
  members: string[];
  /** Id of the statement that says its words above them: shown while any of them is asked. */
  heading?: string;
  remarks?: string[];
};

export type Variable = { id: string; type: 'number' | 'text'; initial: string };
export type Ending = { id: string; title?: string; text?: string; redirectUrl?: string };

/**
 * What happens after a question, a statement or a page (by its id), in the order of `Form.rules`: all calculations are
 * done, and the first jump whose condition holds is taken. A target is the id of a question, statement or page.
 */
export type Rule =
  | { kind: 'jump'; after: string; when?: Condition; to: { item: string } | { end: string | null } }
  | {
      kind: 'calculate';
      /** null: before the first question. */
      after: string | null;
      when?: Condition;
      variable: string;
      operator: 'set' | 'add' | 'subtract' | 'multiply' | 'divide';
      value: Expression;
    };

type QuestionBase = {
  /** The tool's own id; for HubSpot `objectTypeId/name`. */
  id: string;
  /** The full label, as plain text. */
  label: string;
  help?: string;
  image?: Image;
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
    | {
        kind: 'number';
        min?: number;
        max?: number;
        integer?: boolean;
        step?: number;
        minDigits?: number;
        maxDigits?: number;
      }
    | { kind: 'yes-no' }
    /** One box that is ticked or not; `mustAccept` when only the tick is accepted. `linkUrl`: https, what is agreed to in full. */
    | { kind: 'checkbox'; mustAccept: boolean; linkUrl?: string }
    | { kind: 'single-choice'; choices: Choice[]; allowOther?: boolean; style?: 'list' | 'menu' }
    | { kind: 'multi-choice'; choices: Choice[]; allowOther?: boolean; minSelected?: number; maxSelected?: number }
    | { kind: 'scale'; min: number; max: number; step?: number; minLabel?: string; maxLabel?: string }
    | { kind: 'ranking'; choices: Choice[] }
    /** `withoutYear`: the tool keeps day and month only. */
    | { kind: 'date'; min?: string; max?: string; withoutYear?: boolean }
    | { kind: 'time' }
    | { kind: 'date-time'; withoutYear?: boolean }
    | { kind: 'duration' }
    /** A day with free times of a meeting link; which ones is known only when it is asked (`AppointmentDesign`). */
    | ({ kind: 'appointment-day' } & AppointmentLink)
    /** A free time of that day. */
    | ({ kind: 'appointment' } & AppointmentLink)
    | { kind: 'file'; multiple: boolean; maxFiles?: number; mimeTypes?: string[] }
    /** Anything that cannot be asked; `rawType` names it as the tool does. */
    | { kind: 'unsupported'; rawType: string }
  );

export type AppointmentLink = Pick<AppointmentDesign, 'link' | 'minutes' | 'timeZone' | 'zone' | 'noTimes'>;

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
  | { op: 'date-within-days'; question: string; from: number; to: number }
  /** Two values, by number where both are numbers, else as text. */
  | {
      op: 'compare';
      comparison: 'equals' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';
      left: Expression;
      right: Expression;
    }
  | { op: 'constant'; value: boolean }
  /** A condition of `Definitions.conditions`. */
  | { op: 'ref'; name: string };

/** A computed value: text or a decimal number. Absent answers count as nothing: 0 in arithmetic, '' in texts. */
export type Expression =
  | { op: 'number'; value: number }
  | { op: 'text'; value: string }
  | { op: 'answer'; question: string }
  | { op: 'hidden'; field: string }
  | { op: 'variable'; name: string }
  | { op: 'add' | 'subtract' | 'multiply' | 'divide'; left: Expression; right: Expression }
  | { op: 'concat'; parts: Expression[] }
  | { op: 'if'; condition: Condition; then: Expression; else: Expression }
  /** A value of `Definitions.values`. */
  | { op: 'ref'; name: string };

export type Definitions = { conditions: Record<string, Condition>; values: Record<string, Expression> };
