import { AppError } from '../app-error.ts';
import type { Language, Texts } from '../hubspot/language.ts';

/** What Meta said in the body of a refused call, reduced to what may be kept: no message text, which can hold a number. */
export type MetaFault = {
  httpStatus: number;
  code: number;
  subcode: number | null;
  /** `error_data.details` or `message`: shown to the admin, never logged. */
  details: string | null;
  fbtraceId: string | null;
};

type Rule = { code: string; retryable: boolean; texts: Texts };

const TOKEN: Rule = {
  code: 'meta_token_invalid',
  retryable: false,
  texts: {
    en: 'Meta no longer accepts the access token of this WhatsApp account. An admin makes a new system user token and connects the account again in the settings of Flowella.',
    de: 'Meta nimmt das Zugriffstoken dieses WhatsApp-Kontos nicht mehr an. Ein Admin erzeugt ein neues Systemnutzer-Token und verbindet das Konto in den Einstellungen von Flowella erneut.',
  },
};
const PERMISSION: Rule = {
  code: 'meta_permission_missing',
  retryable: false,
  texts: {
    en: 'The access token may not do this. An admin gives the system user full control of the WhatsApp account and a token with whatsapp_business_management and whatsapp_business_messaging.',
    de: 'Das Zugriffstoken darf das nicht. Ein Admin gibt dem Systemnutzer die volle Kontrolle über das WhatsApp-Konto und ein Token mit whatsapp_business_management und whatsapp_business_messaging.',
  },
};
const RATE: Rule = {
  code: 'meta_rate_limited',
  retryable: true,
  texts: {
    en: 'Meta takes no more calls from this account for the moment. Try again in a few minutes.',
    de: 'Meta nimmt von diesem Konto im Moment keine weiteren Aufrufe an. Versuchen Sie es in einigen Minuten noch einmal.',
  },
};
const UNAVAILABLE: Rule = {
  code: 'meta_unavailable',
  retryable: true,
  texts: {
    en: 'Meta cannot be reached or is out of order at the moment. Nothing was done. Try again in a few minutes.',
    de: 'Meta ist gerade nicht erreichbar oder gestört. Es wurde nichts ausgeführt. Versuchen Sie es in einigen Minuten noch einmal.',
  },
};
const PARAMETER: Rule = {
  code: 'meta_bad_parameter',
  retryable: false,
  texts: {
    en: 'Meta refused a value in this call. Check the settings named in its message; if they are right, send us the trace id.',
    de: 'Meta hat einen Wert in diesem Aufruf abgelehnt. Prüfen Sie die Angaben in der Meldung; stimmen sie, senden Sie uns die Trace-ID.',
  },
};
const PAYMENT: Rule = {
  code: 'meta_payment_problem',
  retryable: false,
  texts: {
    en: 'Meta has no valid payment method for this WhatsApp account. An admin adds one in WhatsApp Manager, then sends again.',
    de: 'Meta hat für dieses WhatsApp-Konto keine gültige Zahlungsart. Ein Admin hinterlegt eine im WhatsApp Manager und sendet erneut.',
  },
};
const REGISTRATION: Rule = {
  code: 'meta_number_not_registered',
  retryable: false,
  texts: {
    en: 'The business number is not registered with WhatsApp. An admin registers it in WhatsApp Manager and connects the account again.',
    de: 'Die Geschäftsnummer ist nicht bei WhatsApp registriert. Ein Admin registriert sie im WhatsApp Manager und verbindet das Konto erneut.',
  },
};
const ACCOUNT_LOCKED: Rule = {
  code: 'meta_account_restricted',
  retryable: false,
  texts: {
    en: 'Meta has restricted this WhatsApp account or this country. An admin looks at the account quality page in WhatsApp Manager.',
    de: 'Meta hat dieses WhatsApp-Konto oder dieses Land eingeschränkt. Ein Admin prüft die Kontoqualität im WhatsApp Manager.',
  },
};
const TEMPLATE: Rule = {
  code: 'meta_template_rejected',
  retryable: false,
  texts: {
    en: 'Meta did not accept the message template or its values. An admin checks the message of this flow and publishes it again.',
    de: 'Meta hat die Nachrichtenvorlage oder ihre Werte nicht angenommen. Ein Admin prüft die Nachricht dieses Flows und veröffentlicht ihn erneut.',
  },
};
const REJECTED: Rule = {
  code: 'meta_rejected',
  retryable: false,
  texts: {
    en: 'Meta refused this call. Its message says why; send us the trace id if it does not help.',
    de: 'Meta hat diesen Aufruf abgelehnt. Die Meldung sagt warum; hilft sie nicht, senden Sie uns die Trace-ID.',
  },
};

const one = (code: string, retryable: boolean, en: string, de: string): Rule => ({
  code,
  retryable,
  texts: { en, de },
});

/** Meta's error codes with what to do about them (whatsapp-flows.md sections 8 and 9.4, whatsapp-users.md section 4). */
const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [0, TOKEN],
  [190, TOKEN],
  [3, PERMISSION],
  [10, PERMISSION],
  [131005, PERMISSION],
  [4, RATE],
  [80007, RATE],
  [130429, RATE],
  [133016, RATE],
  [1, UNAVAILABLE],
  [2, UNAVAILABLE],
  [131000, UNAVAILABLE],
  [131016, UNAVAILABLE],
  [131057, UNAVAILABLE],
  [33, PARAMETER],
  [100, PARAMETER],
  [131008, PARAMETER],
  [131009, PARAMETER],
  [131051, PARAMETER],
  [131042, PAYMENT],
  [131044, PAYMENT],
  [131045, REGISTRATION],
  [131031, ACCOUNT_LOCKED],
  [130497, ACCOUNT_LOCKED],
  [368, ACCOUNT_LOCKED],
  [132000, TEMPLATE],
  [132001, TEMPLATE],
  [132005, TEMPLATE],
  [132007, TEMPLATE],
  [132008, TEMPLATE],
  [132012, TEMPLATE],
  [132018, TEMPLATE],
  [
    131056,
    one(
      'meta_pair_rate_limited',
      true,
      'Too many messages went to this person within a few seconds. Wait a minute and send again.',
      'An diese Person gingen zu viele Nachrichten in wenigen Sekunden. Warten Sie eine Minute und senden Sie erneut.',
    ),
  ],
  [
    131048,
    one(
      'meta_spam_limited',
      false,
      'Meta limits this number because people blocked or reported its messages. Stop sending and look at its quality in WhatsApp Manager.',
      'Meta begrenzt diese Nummer, weil Personen ihre Nachrichten blockiert oder gemeldet haben. Senden Sie nicht weiter und prüfen Sie ihre Qualität im WhatsApp Manager.',
    ),
  ],
  [
    131064,
    one(
      'meta_messaging_limit',
      true,
      'The messaging limit of this business is used up for today. Send again tomorrow.',
      'Das Nachrichtenlimit dieses Unternehmens ist für heute ausgeschöpft. Senden Sie morgen erneut.',
    ),
  ],
  [
    131021,
    one(
      'meta_same_number',
      false,
      'The number belongs to the business itself: a message cannot go from a number to itself. Use another number.',
      'Die Nummer gehört dem Unternehmen selbst: Eine Nachricht kann nicht an die eigene Nummer gehen. Verwenden Sie eine andere.',
    ),
  ],
  [
    131026,
    one(
      'meta_undeliverable',
      false,
      'WhatsApp cannot deliver to this person: the number is not on WhatsApp, the app is too old, or its terms were not accepted. Check the number or use another channel.',
      'WhatsApp kann dieser Person nicht zustellen: Die Nummer ist nicht bei WhatsApp, die App ist zu alt oder die Bedingungen wurden nicht angenommen. Prüfen Sie die Nummer oder nehmen Sie einen anderen Kanal.',
    ),
  ],
  [
    131030,
    one(
      'meta_not_in_test_list',
      false,
      'This is a test number of Meta, and the recipient is not in its list. An admin adds the recipient in the app dashboard.',
      'Das ist eine Testnummer von Meta, und der Empfänger steht nicht in ihrer Liste. Ein Admin ergänzt ihn im App-Dashboard.',
    ),
  ],
  [
    131037,
    one(
      'meta_display_name_missing',
      false,
      'Meta has not approved the display name of the business number. An admin sets it in WhatsApp Manager.',
      'Meta hat den Anzeigenamen der Geschäftsnummer nicht genehmigt. Ein Admin legt ihn im WhatsApp Manager fest.',
    ),
  ],
  [
    131047,
    one(
      'meta_window_closed',
      false,
      'The 24 hours since the last message of this person are over. Send again: the approved template is used then.',
      'Die 24 Stunden seit der letzten Nachricht dieser Person sind vorbei. Senden Sie erneut: Dann wird die genehmigte Vorlage verwendet.',
    ),
  ],
  [
    131049,
    one(
      'meta_marketing_capped',
      false,
      'Meta held this message back, because the person received many marketing messages. Do not send again within 24 hours.',
      'Meta hat diese Nachricht zurückgehalten, weil die Person viele Werbenachrichten erhalten hat. Senden Sie frühestens in 24 Stunden erneut.',
    ),
  ],
  [
    131050,
    one(
      'meta_opted_out',
      false,
      'This person has stopped messages from your business in WhatsApp. The opt-out is recorded; nothing more will be sent.',
      'Diese Person hat Nachrichten Ihres Unternehmens in WhatsApp gestoppt. Die Abmeldung ist vermerkt; es wird nichts mehr gesendet.',
    ),
  ],
  [
    131062,
    one(
      'meta_needs_number',
      false,
      'WhatsApp sends this kind of message to phone numbers only, and this person shows none. Ask for the number first.',
      'WhatsApp sendet diese Art Nachricht nur an Telefonnummern, und diese Person zeigt keine. Fragen Sie zuerst nach der Nummer.',
    ),
  ],
  [
    131063,
    one(
      'meta_marketing_disabled',
      false,
      'Marketing templates are switched off for this account. An admin uses the category "utility" or allows marketing in WhatsApp Manager.',
      'Marketing-Vorlagen sind für dieses Konto abgeschaltet. Ein Admin nimmt die Kategorie „Service“ oder erlaubt Marketing im WhatsApp Manager.',
    ),
  ],
  [
    130472,
    one(
      'meta_experiment',
      false,
      'Meta held this message back as part of an experiment with marketing messages. Use another channel for this person.',
      'Meta hat diese Nachricht im Rahmen eines Versuchs mit Werbenachrichten zurückgehalten. Nehmen Sie für diese Person einen anderen Kanal.',
    ),
  ],
  [
    132015,
    one(
      'meta_template_paused',
      false,
      'Meta has paused the template of this flow because of its quality. An admin improves its text and publishes the flow again.',
      'Meta hat die Vorlage dieses Flows wegen ihrer Qualität pausiert. Ein Admin verbessert den Text und veröffentlicht den Flow erneut.',
    ),
  ],
  [
    132016,
    one(
      'meta_template_disabled',
      false,
      'Meta has disabled the template of this flow. An admin changes its text and publishes the flow again.',
      'Meta hat die Vorlage dieses Flows gesperrt. Ein Admin ändert den Text und veröffentlicht den Flow erneut.',
    ),
  ],
  [
    132068,
    one(
      'meta_flow_blocked',
      false,
      'Meta has blocked this flow because it did not work for people. An admin looks at the flow in the settings of Flowella and publishes it again.',
      'Meta hat diesen Flow gesperrt, weil er bei Personen nicht funktionierte. Ein Admin prüft ihn in den Einstellungen von Flowella und veröffentlicht ihn erneut.',
    ),
  ],
  [
    132069,
    one(
      'meta_flow_throttled',
      true,
      'Meta lets this flow be sent ten times an hour for the moment, and those are used. Send again in an hour.',
      'Meta lässt diesen Flow im Moment zehnmal je Stunde senden, und die sind verbraucht. Senden Sie in einer Stunde erneut.',
    ),
  ],
  [
    139000,
    one(
      'meta_integrity_blocked',
      false,
      'Meta does not let this account create or publish flows. An admin contacts Meta support from WhatsApp Manager.',
      'Meta lässt dieses Konto keine Flows anlegen oder veröffentlichen. Ein Admin wendet sich im WhatsApp Manager an den Meta-Support.',
    ),
  ],
  [
    139001,
    one(
      'meta_flow_not_editable',
      false,
      'Meta does not let this flow be changed any more. Publish it as a new flow.',
      'Meta lässt diesen Flow nicht mehr ändern. Veröffentlichen Sie ihn als neuen Flow.',
    ),
  ],
  [
    139002,
    one(
      'meta_publish_refused',
      false,
      'Meta did not publish the flow: something it needs is missing. Its message names it; an admin mends it and publishes again.',
      'Meta hat den Flow nicht veröffentlicht: Es fehlt etwas. Die Meldung nennt es; ein Admin behebt es und veröffentlicht erneut.',
    ),
  ],
]);

function ruleOf(metaCode: number, httpStatus: number): Rule {
  const known = RULES.get(metaCode);
  if (known) return known;
  if (metaCode >= 200 && metaCode <= 299) return PERMISSION;
  if (metaCode >= 132000 && metaCode <= 132099) return TEMPLATE;
  if (metaCode >= 133000 && metaCode <= 133099) return REGISTRATION;
  if (httpStatus === 429) return RATE;
  if (httpStatus >= 500) return UNAVAILABLE;
  return REJECTED;
}

/** A refused call as AppError: code `meta_…`, context `{ metaCode, subcode, fbtraceId, httpStatus }`; details stay out of log and context. */
export function toMetaError(fault: MetaFault, language: Language = 'en'): MetaError {
  return new MetaError(ruleOf(fault.code, fault.httpStatus), fault, language);
}

/** An AppError that also carries Meta's own words, for the admin's eyes. */
export class MetaError extends AppError {
  readonly metaCode: number;
  readonly details: string | null;

  constructor(rule: Rule, fault: MetaFault, language: Language) {
    super(rule.code, {
      message: `Meta refused a call with error ${fault.code}`,
      retryable: rule.retryable,
      status: rule.retryable ? 503 : 422,
      userMessage: rule.texts[language],
      context: {
        metaCode: fault.code,
        subcode: fault.subcode,
        fbtraceId: fault.fbtraceId,
        httpStatus: fault.httpStatus,
      },
    });
    this.metaCode = fault.code;
    this.details = fault.details;
  }
}

/** The sentence for an error of Meta's that was stored by its number (sends.error_code, `meta:<number>`). */
export function explainMetaCode(metaCode: number, language: Language): string {
  return ruleOf(metaCode, 400).texts[language];
}

/** Not sent or certainly without effect: the caller may try again. */
export function metaUnavailable(language: Language, cause: unknown): AppError {
  return new AppError(UNAVAILABLE.code, {
    message: 'Meta could not be reached',
    retryable: true,
    userMessage: UNAVAILABLE.texts[language],
    cause,
  });
}

/** Sent, but the answer was lost: it may have taken effect. Never repeated by itself (flow-rules.md section 7). */
export function metaOutcomeUnknown(language: Language, cause: unknown): AppError {
  const texts: Texts = {
    en: 'Meta received the call, but its answer was lost: it may have been carried out. Look before you try again.',
    de: 'Meta hat den Aufruf erhalten, aber die Antwort ging verloren: Er kann ausgeführt worden sein. Prüfen Sie das, bevor Sie es erneut versuchen.',
  };
  return new AppError('meta_outcome_unknown', {
    message: 'The answer of Meta was lost',
    status: 504,
    userMessage: texts[language],
    cause,
  });
}
