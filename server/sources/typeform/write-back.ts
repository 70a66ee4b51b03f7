import type { Question } from '@flowella/shared/form/form.ts';
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
      'Typeform has no way to add responses: its API only reads and deletes them. The answers stay here and go to your webhooks in the form that Typeform uses; nothing appears in the results at Typeform.',
      ...(questions.some((question) => question.kind === 'file')
        ? ['Files that people send are kept here: the webhook names them by a link of ours, not of Typeform.']
        : []),
      ...unsupported.filter((question) => question.required).map(requiredReason),
    ],
  };
}

function requiredReason(question: Question): string {
  return `"${question.label.slice(0, 100)}" is required in Typeform and cannot be asked on WhatsApp, so the webhook goes out without it.`;
}
