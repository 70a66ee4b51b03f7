import type { FlowDetail, Mapping } from '@flowella/shared/contract/api.ts';

export type PropertyLine = Mapping['contact']['properties'][number];

/** What the admin starts from: what was saved, or our suggestions where nothing has been mapped to properties yet. */
export function startingMapping(flow: FlowDetail): Mapping {
  const { contact } = flow.mapping;
  if (contact.properties.length > 0 || flow.suggestions.length === 0) return flow.mapping;
  return withSuggestions(flow.mapping, flow.suggestions);
}

export function withSuggestions(mapping: Mapping, suggestions: FlowDetail['suggestions']): Mapping {
  const properties = suggestions.map(({ question, property, create }) => ({ question, property, create }));
  return { ...mapping, contact: { enabled: true, properties } };
}

/** One question's line replaced; `null` takes it out. */
export function withProperty(mapping: Mapping, question: string, line: Omit<PropertyLine, 'question'> | null): Mapping {
  const rest = mapping.contact.properties.filter((one) => one.question !== question);
  const properties = line ? [...rest, { question, ...line }] : rest;
  return { ...mapping, contact: { ...mapping.contact, properties } };
}

/** A name for a new property that HubSpot takes: our prefix (design section 3) and the label in plain letters. */
export function newPropertyName(label: string): string {
  const plain = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
  return `flowella_${plain === '' ? shortHash(label) : plain}`;
}

/** For labels without a Latin letter: the same label, the same name. */
function shortHash(text: string): string {
  let hash = 5381;
  for (const char of text) hash = (hash * 33 + (char.codePointAt(0) ?? 0)) % 0x7fffffff;
  return hash.toString(36);
}

/** The check of a flow that has none yet: told what the KYC record asks for, as far as its parts are the same. */
export function startingCheck(mapping: Mapping, serviceId: string): NonNullable<Mapping['identityCheck']> {
  const { legalName = [], birthDate } = mapping.kycRecord.fields;
  const [firstName, ...lastNames] = legalName;
  return {
    enabled: false,
    serviceId,
    template: '',
    fields: {
      ...(firstName !== undefined && lastNames.length > 0
        ? { firstName: [firstName], lastName: lastNames.slice(0, 6) }
        : {}),
      ...(birthDate ? { birthDate: birthDate.slice(0, 1) } : {}),
    },
    riskWhen: ['declined', 'name_mismatch', 'birth_date_mismatch'],
  };
}

export function goesNowhere(mapping: Mapping): boolean {
  const { formSubmission, contact, kycRecord, timeline, owner, task, webhook, identityCheck } = mapping;
  const places = [formSubmission, contact, kycRecord, timeline, owner, task, webhook, identityCheck];
  return !places.some((place) => place?.enabled);
}
