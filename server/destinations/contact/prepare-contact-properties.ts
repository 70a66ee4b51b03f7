import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import { isComputedId } from '@flowella/shared/form/computed-values.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { portalLanguage } from '../../hubspot/language.ts';
import { ensureProperties, OUR_PREFIX, type PropertySpec } from '../../hubspot/properties.ts';
import { propertySpec } from '../../hubspot/suggest-properties.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DestinationContext } from '../destination.ts';

/**
 * Makes the contact properties that the mapping asks us to create, in our own group; for the moment of publishing. What exists
 * with the right type is taken. Throws `property_type_conflict`, or what the HubSpot client throws.
 */
export async function prepareContactProperties(
  context: Pick<DestinationContext, 'portalId' | 'db' | 'hubspot'>,
  form: Form,
  mapping: Mapping,
): Promise<void> {
  if (!mapping.contact.enabled) return;
  const questions = answeredQuestions(form, await portalLanguage(context.db, context.portalId));
  const specs = mapping.contact.properties.flatMap((line): PropertySpec[] => {
    const question = questions.get(line.question);
    if (!line.create || !question || !line.property.startsWith(OUR_PREFIX)) return [];
    const spec = propertySpec(named(question, form), line.property);
    return spec ? [spec] : [];
  });
  await ensureProperties(context.hubspot, context.portalId, 'contacts', specs, 'card');
}

/** Every quiz has a score: in the list of all properties it says whose it is. */
function named(question: Question, form: Form): Question {
  return isComputedId(question.id) ? { ...question, label: `${form.name.slice(0, 120)}: ${question.label}` } : question;
}
