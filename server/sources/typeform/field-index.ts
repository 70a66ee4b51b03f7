import { RESERVED_IDS } from '../reserved-ids.ts';
import type { Definition, Field } from './definition.ts';

/** Types that are one question, or none, whatever stands inside them: the parts of a payment are not to be asked. */
const LEAVES: ReadonlySet<string> = new Set([
  'short_text',
  'long_text',
  'email',
  'phone_number',
  'website',
  'url',
  'number',
  'multiple_choice',
  'picture_choice',
  'dropdown',
  'checkbox',
  'legal',
  'yes_no',
  'opinion_scale',
  'nps',
  'rating',
  'ranking',
  'date',
  'file_upload',
  'statement',
  'payment',
  'calendly',
  'signature',
  'multi_format',
]);

/**
 * Whether its members are asked instead of the field: a group, a matrix, an address, contact details, and any type that we do
 * not know and that has members. Without members it is a question that cannot be asked.
 */
export function isContainer(field: Field): boolean {
  if (isGroup(field)) return true;
  return field.properties.fields.length > 0 && !LEAVES.has(field.type ?? '') && !isEndingField(field);
}

/** A group that is a page of its own. */
export function isGroup(field: Field): boolean {
  return field.type === 'group' || field.type === 'inline_group';
}

/** A screen that stands among the fields, as bodies that were sent to the Create API have it. */
export function isEndingField(field: Field): boolean {
  return field.type === 'thankyou_screen' || field.type === 'url_redirect';
}

export function isQuestion(field: Field): boolean {
  return !isContainer(field) && !isEndingField(field) && field.type !== 'statement';
}

/** How the fields of one form are known: every field has an id of its own, and logic finds it by its `ref`. */
export class FieldIndex {
  readonly #ids = new Map<Field, string>();
  readonly #byRef = new Map<string, Field>();
  readonly #byId = new Map<string, Field>();
  readonly #used: Set<string>;

  constructor(definition: Definition, variables: Iterable<string> = []) {
    // Hidden fields have a line of their own in the report, under their name.
    this.#used = new Set([...RESERVED_IDS, ...definition.hidden, ...variables]);
    const taken = new Set(this.#used);
    // All fields first: what we name ourselves must never take the id of a field further down.
    for (const field of allFields(definition.fields)) {
      const wanted = field.id ?? field.ref;
      if (field.ref !== undefined && !this.#byRef.has(field.ref)) this.#byRef.set(field.ref, field);
      if (wanted !== undefined && !this.#byId.has(wanted)) {
        this.#byId.set(wanted, field);
        if (taken.has(wanted)) continue;
        this.#ids.set(field, wanted);
        this.#used.add(wanted);
      }
    }
    let number = 0;
    for (const field of allFields(definition.fields)) {
      number += 1;
      if (!this.#ids.has(field)) this.#ids.set(field, this.newId(field.id ?? field.ref ?? `field-${number}`));
    }
  }

  /** The field's `id`, else its `ref`; one that stands twice gets a number behind it. */
  idOf(field: Field): string {
    return this.#ids.get(field) ?? '';
  }

  /** The field that logic or recall means. */
  find(ref: unknown): Field | undefined {
    const name = typeof ref === 'string' || typeof ref === 'number' ? String(ref) : '';
    return this.#byRef.get(name) ?? this.#byId.get(name);
  }

  /** An id that nothing else in the form has. */
  newId(wanted: string): string {
    let id = wanted;
    for (let number = 2; this.#used.has(id); number += 1) id = `${wanted}-${number}`;
    this.#used.add(id);
    return id;
  }
}

export function allFields(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...allFields(field.properties.fields)]);
}
