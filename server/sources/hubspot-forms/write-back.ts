import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import type { Texts } from '../../hubspot/language.ts';
import type { WriteBack } from '../source.ts';
import { readDefinition, type Definition } from './definition.ts';
import { toForm } from './to-form.ts';

/**
 * What HubSpot's secure form submission can take of this form (form-tools.md 1.3). Forms with a captcha, captured forms and
 * forms that require what cannot be asked are refused: HubSpot turns down a submission without a required field.
 * `allowDocumentNumber` lists the question ids that the admin lets through knowingly (flow-rules.md section 7).
 */
export function writeBack(raw: unknown, allowDocumentNumber: readonly string[] = []): WriteBack {
  const definition = readDefinition(raw);
  const form = toForm(raw);
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const unsupported = questions.filter(
    (question) => cannotBeWritten(question) || isHeldBack(question, allowDocumentNumber),
  );
  const reasons = [
    ...formReasons(definition),
    ...unsupported.filter((question) => question.required && !question.visibleWhen).map(requiredReason),
  ];
  const isNative = reasons.length === 0;
  return {
    mode: isNative ? 'native' : 'none',
    native: isNative,
    verifiable: isNative,
    carriesSubmissionId: isNative,
    carriesOriginalTimestamp: isNative,
    unsupportedQuestionIds: unsupported.map((question) => question.id),
    reasons,
  };
}

function cannotBeWritten(question: Question): boolean {
  return question.kind === 'unsupported' || ('choices' in question && question.choices.length === 0);
}

function isHeldBack(question: Question, allowDocumentNumber: readonly string[]): boolean {
  return looksLikeDocumentNumber(question) && !allowDocumentNumber.includes(question.id);
}

function formReasons(definition: Definition): Texts[] {
  const reasons: Texts[] = [];
  if (definition.formType !== 'hubspot')
    reasons.push({
      en: 'This form stands on your own website and HubSpot only listens to it, so nothing can be submitted to it. Make a HubSpot form with the same fields.',
      de: 'Dieses Formular steht auf Ihrer eigenen Website, und HubSpot hört dort nur mit; es kann nichts daran übermittelt werden. Legen Sie ein HubSpot-Formular mit denselben Feldern an.',
    });
  if (definition.configuration?.recaptchaEnabled)
    reasons.push({
      en: 'This form has a captcha, which HubSpot asks of every submission and which WhatsApp cannot show. Turn the captcha off in the form, or use a copy of the form without it.',
      de: 'Dieses Formular hat ein Captcha, das HubSpot bei jeder Übermittlung verlangt und WhatsApp nicht zeigen kann. Schalten Sie es im Formular aus, oder verwenden Sie eine Kopie des Formulars ohne Captcha.',
    });
  if (definition.archived)
    reasons.push({
      en: 'This form is archived in HubSpot. Restore it before you publish.',
      de: 'Dieses Formular ist in HubSpot archiviert. Stellen Sie es wieder her, bevor Sie veröffentlichen.',
    });
  return reasons;
}

function requiredReason(question: Question): Texts {
  const label = question.label.slice(0, 100);
  if (looksLikeDocumentNumber(question))
    return {
      en: `"${label}" asks for a full document number, which we do not write into HubSpot unless you allow it for this flow, and the form requires it. Make it optional in the form, or allow it.`,
      de: `„${label}“ fragt nach einer vollständigen Dokumentnummer, die wir nur mit Ihrer Erlaubnis für diesen Flow in HubSpot schreiben, und das Formular verlangt sie. Machen Sie das Feld im Formular freiwillig, oder erlauben Sie es.`,
    };
  return {
    en: `"${label}" cannot be sent to HubSpot from WhatsApp, and the form requires it. Make it optional in the form, or use a copy of the form without it.`,
    de: `„${label}“ kann von WhatsApp aus nicht an HubSpot gesendet werden, und das Formular verlangt es. Machen Sie das Feld im Formular freiwillig, oder verwenden Sie eine Kopie des Formulars ohne dieses Feld.`,
  };
}
