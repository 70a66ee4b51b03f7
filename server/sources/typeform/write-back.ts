import type { Question } from '@flowella/shared/form/form.ts';
import type { Texts } from '../../hubspot/language.ts';
import type { WriteBack } from '../source.ts';
import { toForm } from './to-form.ts';

/**
 * What can be done with answers to a Typeform: its Responses API reads and deletes, and adds nothing (form-tools.md 0 and 3.4).
 * So answers go to the customer's own webhooks in the shape of a Typeform webhook, and are never called a Typeform response.
 */
export function writeBack(raw: unknown): WriteBack {
  const form = toForm(raw);
  const questions = form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
  const unsupported = questions.filter((question) => question.kind === 'unsupported');
  return {
    mode: 'compatible_webhook',
    native: false,
    verifiable: false,
    carriesSubmissionId: true,
    carriesOriginalTimestamp: true,
    unsupportedQuestionIds: unsupported.map((question) => question.id),
    reasons: [
      {
        en: 'Typeform has no way to add responses: its API only reads and deletes them. The answers stay here and go to your webhooks in the form that Typeform uses; nothing appears in the results at Typeform.',
        de: 'Typeform kann keine Antworten aufnehmen: Seine API liest und löscht sie nur. Die Antworten bleiben hier und gehen in der Form, die Typeform verwendet, an Ihre Webhooks; in den Ergebnissen bei Typeform erscheint nichts.',
      },
      ...(questions.some((question) => question.kind === 'file')
        ? [
            {
              en: 'Files that people send are kept here: the webhook names them by a link of ours, not of Typeform.',
              de: 'Dateien, die Personen senden, bleiben hier: Der Webhook nennt sie mit einem Link von uns, nicht von Typeform.',
            },
          ]
        : []),
      ...unsupported.filter((question) => question.required).map(requiredReason),
    ],
  };
}

function requiredReason(question: Question): Texts {
  const label = question.label.slice(0, 100);
  return {
    en: `"${label}" is required in Typeform and cannot be asked on WhatsApp, so the webhook goes out without it.`,
    de: `„${label}“ ist in Typeform Pflicht und auf WhatsApp nicht zu fragen; der Webhook geht ohne diese Antwort hinaus.`,
  };
}
