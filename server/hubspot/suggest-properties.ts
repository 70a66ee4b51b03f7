import type { Form, Question } from '@flowella/shared/form/form.ts';
import { looksLikeDocumentNumber } from '@flowella/shared/form/looks-like-document-number.ts';
import type { Property, PropertySpec } from './properties.ts';
import { OUR_PREFIX } from './properties.ts';
import { propertyProblem } from './to-property-value.ts';

export type PropertySuggestion = {
  question: string;
  label: string;
  property: string;
  create: boolean;
  /** `same-field`: the HubSpot form's own property; `same-name`: name or label agree; `new`: none fits, ours would be made. */
  reason: 'same-field' | 'same-name' | 'new';
};

/** HubSpot keeps names to a hundred characters. */
const MAX_NAME = 100;

/** Where each answer could go, by name and type; nothing for questions whose answers do not belong into a property. Pure. */
export function suggestProperties(form: Form, properties: ReadonlyMap<string, Property>): PropertySuggestion[] {
  const taken = new Set<string>();
  return questionsOf(form).flatMap((question): PropertySuggestion[] => {
    if (looksLikeDocumentNumber(question)) return [];
    const found = findProperty(question, properties, taken);
    if (found) {
      taken.add(found.property);
      return [{ question: question.id, label: question.label, create: false, ...found }];
    }
    const spec = propertySpec(question);
    if (!spec) return [];
    const name = unique(spec.name, taken);
    taken.add(name);
    return [{ question: question.id, label: question.label, property: name, create: true, reason: 'new' }];
  });
}

/** A name for a new property that HubSpot takes: our prefix (design section 3) and the words in plain letters. Pure. */
export function ownPropertyName(words: string): string {
  return `${OUR_PREFIX}${slug(words)}`;
}

/** The property we would make for a question's answers, or null when none can hold them. Pure. */
export function propertySpec(question: Question, name = ownPropertyName(question.label)): PropertySpec | null {
  const base = {
    name: name.slice(0, MAX_NAME),
    label: question.label.slice(0, 200),
    description: 'Answer from a WhatsApp flow',
  };
  switch (question.kind) {
    case 'short-text':
    case 'email':
    case 'url':
    case 'time':
      return { ...base, type: 'string', fieldType: 'text' };
    case 'phone':
      return { ...base, type: 'string', fieldType: 'phonenumber' };
    case 'long-text':
    case 'ranking':
      return { ...base, type: 'string', fieldType: 'textarea' };
    case 'number':
    case 'scale':
    case 'duration':
      return { ...base, type: 'number', fieldType: 'number' };
    case 'yes-no':
    case 'checkbox':
      return {
        ...base,
        type: 'bool',
        fieldType: 'booleancheckbox',
        options: [
          { label: 'Yes', value: 'true' },
          { label: 'No', value: 'false' },
        ],
      };
    case 'single-choice':
      return { ...base, type: 'enumeration', fieldType: 'select', options: distinct(question.choices) };
    case 'multi-choice':
      return { ...base, type: 'enumeration', fieldType: 'checkbox', options: distinct(question.choices) };
    case 'appointment-day':
    case 'date':
      return { ...base, type: 'date', fieldType: 'date' };
    case 'appointment':
    case 'date-time':
      return { ...base, type: 'datetime', fieldType: 'date' };
    default:
      return null;
  }
}

export function questionsOf(form: Form): Question[] {
  return form.pages.flatMap((page) => page.items).filter((item) => item.kind !== 'statement');
}

function findProperty(
  question: Question,
  properties: ReadonlyMap<string, Property>,
  taken: ReadonlySet<string>,
): { property: string; reason: 'same-field' | 'same-name' } | null {
  const fits = (name: string): boolean => {
    const property = properties.get(name);
    return property !== undefined && !taken.has(name) && propertyProblem(question, property) === null;
  };
  const own = /^0-1\/(.+)$/.exec(question.id)?.[1];
  if (own && fits(own)) return { property: own, reason: 'same-field' };
  const label = normal(question.label);
  const byLabel = [...properties.values()].find(
    (property) =>
      !property.hidden && (normal(property.label) === label || normal(property.name) === label) && fits(property.name),
  );
  if (byLabel) return { property: byLabel.name, reason: 'same-name' };
  if (question.kind === 'email' && fits('email')) return { property: 'email', reason: 'same-name' };
  return null;
}

function normal(text: string): string {
  return text
    .normalize('NFKD')
    .toLocaleLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** Internal names are lower case ASCII; a label without any gets a neutral one. */
function slug(label: string): string {
  const text = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return text.slice(0, 60).replace(/_+$/, '') || 'answer';
}

function unique(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n += 1) if (!taken.has(`${name}_${n}`)) return `${name}_${n}`;
}

/** HubSpot wants every option's label and value only once. */
function distinct(choices: readonly { id: string; label: string }[]): { label: string; value: string }[] {
  const labels = new Set<string>();
  const values = new Set<string>();
  return choices.flatMap(({ id, label }) => {
    if (values.has(id)) return [];
    values.add(id);
    const text = unique(label || id, labels);
    labels.add(text);
    return [{ label: text, value: id }];
  });
}
