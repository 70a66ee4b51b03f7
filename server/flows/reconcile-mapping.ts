import type { IdentityField } from '@flowella/shared/contract/identity.ts';
import type { KycField, Mapping } from '@flowella/shared/contract/mapping.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { answeredQuestions } from '../destinations/answered-questions.ts';
import type { Language } from '../hubspot/language.ts';

/** A line of the mapping whose question is gone: where its answers no longer go. */
export type MappingLine = { question: string; label: string } & (
  | { code: 'property-dropped'; property: string }
  | { code: 'kyc-dropped'; field: KycField }
  | { code: 'identity-dropped'; field: IdentityField }
);

/**
 * The mapping for the changed form: lines of what is still asked or worked out stay as they are, the others are taken out, each
 * with a line, since a mapping to nothing cannot be published. Where else answers go stays the customer's choice. Pure.
 */
export function reconcileMapping(
  mapping: Mapping,
  before: Form,
  after: Form,
  language?: Language,
): { mapping: Mapping; lines: MappingLine[] } {
  const [old, young] = [answeredQuestions(before, language), answeredQuestions(after)];
  const labelOf = (question: string): string => old.get(question)?.label ?? question;
  const lines: MappingLine[] = [];
  const properties = mapping.contact.properties.filter(({ question, property }) => {
    if (young.has(question)) return true;
    lines.push({ code: 'property-dropped', question, label: labelOf(question), property });
    return false;
  });
  const fields: Mapping['kycRecord']['fields'] = {};
  for (const [field, questions] of Object.entries(mapping.kycRecord.fields) as [KycField, string[]][]) {
    const kept = questions.filter((question) => young.has(question));
    if (kept.length > 0) fields[field] = kept;
    for (const question of questions.filter((one) => !young.has(one)))
      lines.push({ code: 'kyc-dropped', question, label: labelOf(question), field });
  }
  const told: NonNullable<Mapping['identityCheck']>['fields'] = {};
  for (const [field, questions] of Object.entries(mapping.identityCheck?.fields ?? {}) as [IdentityField, string[]][]) {
    const kept = questions.filter((question) => young.has(question));
    if (kept.length > 0) told[field] = kept;
    for (const question of questions.filter((one) => !young.has(one)))
      lines.push({ code: 'identity-dropped', question, label: labelOf(question), field });
  }
  return {
    mapping: {
      ...mapping,
      ...(mapping.identityCheck ? { identityCheck: { ...mapping.identityCheck, fields: told } } : {}),
      contact: { ...mapping.contact, properties },
      kycRecord: { ...mapping.kycRecord, fields },
    },
    lines,
  };
}
