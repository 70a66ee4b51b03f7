import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Property } from '../../hubspot/properties.ts';
import { toPropertyValue } from '../../hubspot/to-property-value.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DeliveryItem } from '../destination.ts';

export const LIFECYCLE = 'lifecyclestage';

export type ContactUpdate = {
  properties: Record<string, string>;
  /** Labels of the properties that no longer take their answer: the rest is written, these wait for the customer. */
  affected: string[];
};

/**
 * What an item's answers change on its contact. Unanswered questions change nothing, full document numbers stay out unless
 * allowed, and a lifecycle stage only moves forward (hubspot-platform.md section 5.1). Pure.
 */
export function toContactUpdate(
  item: Pick<DeliveryItem, 'form' | 'answers' | 'mapping' | 'allowDocumentNumber'>,
  catalog: ReadonlyMap<string, Property>,
  currentStage: string,
): ContactUpdate {
  const update: ContactUpdate = { properties: {}, affected: [] };
  if (!item.mapping.contact.enabled) return update;
  const questions = answeredQuestions(item.form);
  for (const line of item.mapping.contact.properties) {
    const question = questions.get(line.question);
    const answer = item.answers[line.question];
    if (!question || !answer) continue;
    if (looksLikeDocumentNumber(question) && !item.allowDocumentNumber?.includes(question.id)) continue;
    const property = catalog.get(line.property);
    const result = property && toPropertyValue(question, answer, property);
    if (!property || result?.kind !== 'value') {
      update.affected.push(property?.label || line.property);
      continue;
    }
    if (line.property === LIFECYCLE && !movesForward(property, currentStage, result.value)) continue;
    update.properties[line.property] = result.value;
  }
  return update;
}

/** True when the mapping of an item reaches for the lifecycle stage, whose present value must then be known. */
export function changesLifecycle(item: Pick<DeliveryItem, 'mapping'>): boolean {
  return item.mapping.contact.enabled && item.mapping.contact.properties.some((line) => line.property === LIFECYCLE);
}

function movesForward(property: Property, from: string, to: string): boolean {
  const order = property.options.map((option) => option.value);
  return from === '' || order.indexOf(to) > order.indexOf(from);
}
