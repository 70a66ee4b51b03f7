import type { Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Design } from '@flowella/shared/form/design.ts';
import type { Form, Question } from '@flowella/shared/form/form.ts';
import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Language } from '../../hubspot/language.ts';
import { OUR_PREFIX, type Property } from '../../hubspot/properties.ts';
import { propertySpec } from '../../hubspot/suggest-properties.ts';
import { propertyProblem } from '../../hubspot/to-property-value.ts';
import { answeredQuestions } from '../answered-questions.ts';
import { textOf, type TextCode, type TextValues } from '../texts.ts';

export type MappingProblem = { question?: string; code: string; message: string };
type Line = Mapping['contact']['properties'][number];

/** Every line of the contact mapping that cannot work, with the reason; empty when all can. Pure. */
export function checkContactMapping(
  form: Form,
  mapping: Mapping,
  catalog: ReadonlyMap<string, Property>,
  options: { language: Language; design?: Design },
): MappingProblem[] {
  if (!mapping.contact.enabled) return [];
  const questions = answeredQuestions(form);
  const seen = new Set<string>();
  return mapping.contact.properties.flatMap((line) => {
    const found = problemOf(line, { question: questions.get(line.question), catalog, design: options.design, seen });
    seen.add(line.property);
    if (!found) return [];
    return [{ question: line.question, code: found.code, message: textOf(found.code, options.language, found.values) }];
  });
}

function problemOf(
  line: Line,
  known: {
    question: Question | undefined;
    catalog: ReadonlyMap<string, Property>;
    design?: Design;
    seen: ReadonlySet<string>;
  },
): { code: TextCode; values?: TextValues } | null {
  const { question, catalog, design, seen } = known;
  const property = catalog.get(line.property);
  const values = { property: property?.label || line.property };
  if (!question) return { code: 'unknown_question', values: { question: line.question } };
  if (seen.has(line.property)) return { code: 'property_twice', values };
  if (looksLikeDocumentNumber(question) && !design?.allowDocumentNumber?.includes(question.id))
    return { code: 'document_number' };
  if (property) {
    const problem = propertyProblem(question, property);
    return problem && { code: problem.why, values: { ...values, option: problem.missing } };
  }
  if (!line.create) return { code: 'unknown_property', values };
  if (!line.property.startsWith(OUR_PREFIX)) return { code: 'name_not_ours', values };
  if (propertySpec(question)) return null;
  return { code: question.kind === 'file' ? 'files' : 'unsupported' };
}
