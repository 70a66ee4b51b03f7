import type { ShownWhen } from './shown-when.ts';
/** A meeting link of HubSpot's scheduler that a flow offers times of. Texts are the customer's own, in the flow's language. */
export type AppointmentDesign = {
  /** The link's slug, such as `acme/first-call`. */
  link: string;
  /** What the link is called, for the settings. */
  name: string;
  minutes: number;
  /** IANA name of the account's time zone. */
  timeZone: string;
  /** Whose time is shown: the account's, or that of the person's country where it has only one. */
  zone: 'account' | 'person';
  /** Question of the form in whose place it is asked; at the end where absent. */
  question?: string;
  label: string;
  /** Asks for a day that is wished where no free one suits. */
  wishLabel: string;
  /** Said where there are no free times, or they cannot be known. */
  noTimes: string;
};

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
  /** The mode when the customer chose one; otherwise the rule of flow-rules.md section 4 decides. */
  mode?: 'connected' | 'light';
  /** Ask for the document number's write-back knowingly: question ids. */
  allowDocumentNumber?: string[];
  /** Who answers confirms who they are before anything is shown; connected flows only. */
  confirmIdentity?: ConfirmIdentity;
  appointment?: AppointmentDesign;
};

/**
 * How the code reaches the person, who enters it with their surname: sent to the contact's e-mail address by the customer's own
 * system, or given by somebody who has checked the person. A code to the same WhatsApp would prove little.
 */
export type ConfirmIdentity = { channel: 'email'; webhookId: string } | { channel: 'agent' };
