import type { KycField, Mapping } from '@flowella/shared/contract/mapping.ts';
import type { FlowDetail } from '@flowella/shared/contract/api.ts';
import type { Form } from '@flowella/shared/form/form.ts';
import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Language, Texts } from '../hubspot/language.ts';
import { questionsOf, type PropertySuggestion } from '../hubspot/suggest-properties.ts';
import type { WriteBack } from '../sources/source.ts';

const REASONS: Record<PropertySuggestion['reason'], Texts> = {
  'same-field': {
    en: 'The form field is this contact property.',
    de: 'Das Formularfeld ist diese Kontakteigenschaft.',
  },
  'same-name': { en: 'Same name and a fitting type.', de: 'Gleicher Name und passender Typ.' },
  new: {
    en: 'No property fits; a new one can be created.',
    de: 'Keine Eigenschaft passt; eine neue kann angelegt werden.',
  },
};

export function describeSuggestions(suggestions: PropertySuggestion[], language: Language): FlowDetail['suggestions'] {
  return suggestions.map((line) => ({ ...line, reason: REASONS[line.reason][language] }));
}

/** By label or by the property's own name; of several that fit, all are taken for the parts in `JOINED`, the first for the others. */
const KYC: [KycField, RegExp][] = [
  [
    'legalName',
    /\b(legal|full|first|last|given|family|middle|sur)\s*-?\s*names?\b|^(first|last)name$|^(your )?name$|vorname|nachname|familienname|vollständiger name/iu,
  ],
  ['birthDate', /birth|geburt/iu],
  [
    'address',
    /\baddress\b|\bstreet\b|\bhouse n|^zip$|\bpostal code\b|\bpostcode\b|^city$|^country$|anschrift|adresse|straße|hausnummer|postleitzahl|\bplz\b|wohnort|^stadt$|^land$/iu,
  ],
  ['nationality', /nationalit|citizenship|staatsangehörig/iu],
  ['documentType', /\b(document|id|ausweis|dokument)\s*-?\s*(type|typ|art)\b|ausweisart|dokumentart/iu],
  ['documentExpiry', /expir|valid until|gültig bis|ablaufdatum/iu],
];
const JOINED: readonly KycField[] = ['legalName', 'address'];

function kycFields(form: Form): Mapping['kycRecord']['fields'] {
  const fields: Mapping['kycRecord']['fields'] = {};
  for (const question of questionsOf(form)) {
    // "E-mail address" is no address.
    if (question.kind === 'email') continue;
    const name = question.id.slice(question.id.lastIndexOf('/') + 1).replace(/_/g, ' ');
    const known = KYC.find(([, pattern]) => pattern.test(question.label) || pattern.test(name))?.[0];
    const field = looksLikeDocumentNumber(question) ? 'documentNumber' : known;
    if (!field) continue;
    const present = fields[field] ?? [];
    if (present.length === 0 || JOINED.includes(field)) fields[field] = [...present, question.id].slice(0, 12);
  }
  return fields;
}

/**
 * What a new flow starts with: back into the form where that works, onto the contact's existing properties, and the timeline;
 * a KYC record where the form asks for an identity. Pure; the admin changes it.
 */
export function suggestMapping(form: Form, writeBack: WriteBack, suggestions: PropertySuggestion[]): Mapping {
  const fields = kycFields(form);
  const isIdentity =
    fields.documentNumber !== undefined || (fields.birthDate !== undefined && fields.legalName !== undefined);
  const present = suggestions.filter((line) => !line.create);
  return {
    formSubmission: { enabled: writeBack.native && writeBack.mode !== 'none' },
    contact: {
      enabled: present.length > 0,
      properties: present.map(({ question, property }) => ({ question, property, create: false })),
    },
    kycRecord: { enabled: isIdentity, home: 'contact', fields },
    timeline: { enabled: true },
  };
}
