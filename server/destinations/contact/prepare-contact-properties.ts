import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { ensureProperties, OUR_PREFIX, type PropertySpec } from '../../hubspot/properties.ts';
import { propertySpec } from '../../hubspot/suggest-properties.ts';
import { answeredQuestions } from '../answered-questions.ts';
import type { DestinationContext } from '../destination.ts';

/**
 * Makes the contact properties that the mapping asks us to create, in our own group; for the moment of publishing. What exists
 * with the right type is taken. Throws `property_type_conflict`, or what the HubSpot client throws.
 */
export async function prepareContactProperties(
  context: Pick<DestinationContext, 'portalId' | 'hubspot'>,
  form: Form,
  mapping: Mapping,
): Promise<void> {
  if (!mapping.contact.enabled) return;
  const questions = answeredQuestions(form);
  const specs = mapping.contact.properties.flatMap((line): PropertySpec[] => {
    const question = questions.get(line.question);
    if (!line.create || !question || !line.property.startsWith(OUR_PREFIX)) return [];
    const spec = propertySpec(question, line.property);
    return spec ? [spec] : [];
  });
  await ensureProperties(context.hubspot, context.portalId, 'contacts', specs, 'card');
}
