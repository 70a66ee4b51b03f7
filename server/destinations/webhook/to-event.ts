import { answerText } from '@flowella/shared/form/answer-text.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import { computedId, ENDING_ID, isComputedId } from '@flowella/shared/form/computed-values.ts';
import type { Question } from '@flowella/shared/form/form.ts';
import type { Language } from '../../hubspot/language.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem } from '../destination.ts';

/** Standard Webhooks, *Payload structure*: a dotted type, when it happened, and what. Names are part of the contract: never changed. */
export type WebhookEvent = { type: string; timestamp: string; data: Record<string, unknown> };

/**
 * The event of one accepted submission. Answers stand under their question's id with the question's label, the canonical value
 * (`shared/form/answers.ts`; choices by their ids) and the text a person reads; questions that were not answered are absent.
 * Pure: the same submission, the same bytes, but for a contact that became known in between.
 */
export function toSubmissionEvent(item: DeliveryItem, language: Language): WebhookEvent {
  const questions = answeredQuestions(item.form);
  // In the form's order; what no question of the form explains comes last, without a label, and is not left out.
  const ids = new Set([...questions.keys(), ...Object.keys(item.answers)]);
  const answers = [...ids].flatMap((id) => {
    const answer = isComputedId(id) ? undefined : item.answers[id];
    return answer ? [[id, toAnswer(questions.get(id), answer, language)] as const] : [];
  });
  const { origin, form } = item;
  return {
    type: 'submission.accepted',
    timestamp: item.acceptedAt.toISOString(),
    data: {
      submission_id: item.submissionId,
      sent_at: origin.sentAt?.toISOString() ?? null,
      opened_at: origin.openedAt?.toISOString() ?? null,
      finished_at: item.finishedAt.toISOString(),
      accepted_at: item.acceptedAt.toISOString(),
      screens: origin.screens.map(({ screen, title, at }) => ({ id: screen, title, answered_at: at })),
      channel: origin.channel,
      locale: origin.locale,
      flow: { id: item.flowId, name: item.flowName, version: origin.versionNumber, version_id: item.versionId },
      form: { source: form.source, id: form.sourceFormId, name: form.name, revision: form.revision },
      person: { hubspot_contact_id: item.contactId, whatsapp_user_id: item.person.bsuid },
      answers: Object.fromEntries(answers),
      ...workedOut(item),
    },
  };
}

/** The form's variables by their names, and its ending; the keys are there where the form has such. */
function workedOut({ form, answers }: DeliveryItem): Record<string, unknown> {
  const valueAt = (id: string): string | null => {
    const answer = answers[id];
    return answer?.kind === 'number' || answer?.kind === 'text' ? answer.value : null;
  };
  const computed = (form.variables ?? []).map(({ id }) => [id, valueAt(computedId(id))] as const);
  return {
    ...(computed.length > 0 ? { computed: Object.fromEntries(computed) } : {}),
    ...((form.endings ?? []).length > 1 ? { ending: valueAt(ENDING_ID) } : {}),
  };
}

/** What *Send a test* sends: nobody's answers, and a type of its own, so that no receiver takes it for a submission. */
export function toTestEvent(at: Date, webhook: { webhookId: string; name: string }): WebhookEvent {
  return {
    type: 'webhook.test',
    timestamp: at.toISOString(),
    data: { webhook_id: webhook.webhookId, name: webhook.name },
  };
}

function toAnswer(question: Question | undefined, answer: Answer, language: Language): Record<string, unknown> {
  const ids = choiceIds(answer);
  const labelOf = (id: string): string | null =>
    (question && 'choices' in question ? question.choices.find((choice) => choice.id === id)?.label : undefined) ??
    null;
  return {
    label: question?.label ?? null,
    kind: answer.kind,
    value: valueOf(answer),
    text: answerText(question, answer, language),
    ...(ids ? { choices: ids.map((id) => ({ id, label: labelOf(id) })) } : {}),
    ...('otherText' in answer && answer.otherText ? { other_text: answer.otherText } : {}),
  };
}

function choiceIds(answer: Answer): string[] | null {
  switch (answer.kind) {
    case 'choice':
      return [answer.choiceId];
    case 'choices':
    case 'ranking':
      return answer.choiceIds;
    default:
      return null;
  }
}

function valueOf(answer: Answer): unknown {
  switch (answer.kind) {
    case 'choice':
      return answer.choiceId;
    case 'choices':
    case 'ranking':
      return answer.choiceIds;
    case 'duration':
      return answer.seconds;
    case 'files':
      return answer.files.map(({ fileName, mimeType, sha256, storedUrl }) => ({
        name: fileName,
        mime_type: mimeType ?? null,
        sha256,
        // Where it was put for the customer; what opens WhatsApp's own copy never leaves.
        url: storedUrl ?? null,
      }));
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
    case 'number':
    case 'boolean':
    case 'date':
    case 'time':
    case 'date-time':
    case 'appointment':
      return answer.value;
  }
}
