import type { Form, Question } from '@flowella/shared/form/form.ts';
import { z } from 'zod';
import type { SubmissionField, SubmissionFields } from '../../sources/hubspot-forms/to-submission-fields.ts';

const originSchema = z.object({ optionValues: z.record(z.string(), z.string()).optional() });

/**
 * What the form as it is now still takes of a submission: fields that are gone are left out, and so are choices that are gone.
 * Only for a customer who decided it (flow-rules.md section 7). Pure.
 */
export function leaveOutRemoved(content: SubmissionFields, form: Form): SubmissionFields {
  const questions = new Map(
    form.pages
      .flatMap((page) => page.items)
      .flatMap((item) => (item.kind === 'statement' ? [] : [[item.id, item] as const])),
  );
  const hidden = new Set(form.hidden.map((field) => field.id));
  const fields = content.fields.flatMap((field): SubmissionField[] => {
    const id = `${field.objectTypeId}/${field.name}`;
    const question = questions.get(id);
    if (!question) return hidden.has(id) ? [field] : [];
    const value = takenOf(question, field.value);
    return value === null ? [] : [{ ...field, value }];
  });
  return { ...content, fields };
}

/** The part of a value that is among the question's choices; null when nothing is left of it. */
function takenOf(question: Question, value: string): string | null {
  if (!('choices' in question)) return value;
  const { optionValues = {} } = originSchema.parse(question.origin);
  const allowed = new Set(question.choices.map(({ id }) => optionValues[id] ?? id));
  if (question.kind !== 'multi-choice') return allowed.has(value) ? value : null;
  const taken = value.split(';').filter((one) => allowed.has(one));
  return taken.length > 0 ? taken.join(';') : null;
}
