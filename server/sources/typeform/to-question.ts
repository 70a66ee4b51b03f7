import type { Choice, Image, Question } from '@flowella/shared/form/form.ts';
import type { Attachment, Field } from './definition.ts';
import type { PlainText } from './to-text.ts';

/** A choice as the answer names it: our id, Typeform's `ref`, and the label with its marks. */
export type ChoiceOrigin = { id: string; ref?: string; label: string };
/** What a response of Typeform says of a field beside the answer. */
export type FieldOrigin = {
  type: string;
  ref?: string;
  title: string;
  subfieldKey?: string;
  allowsMultiple?: boolean;
  allowsOther?: boolean;
  choices?: ChoiceOrigin[];
};

export type TextReader = {
  text: (raw: string | undefined) => PlainText;
  line: (raw: string | undefined) => PlainText;
};

/** What a field takes from the one it stands in. */
export type Surroundings = {
  group?: string;
  required?: boolean;
  choices?: Field['properties']['choices'];
  /** The type of a member that states none. */
  type?: string;
};

/**
 * One field as a question (form-tools.md 3.2 and 6). A type that cannot be asked, or is not known, becomes `unsupported` with
 * its raw name; nothing is left out.
 */
export function toQuestion(field: Field, id: string, reader: TextReader, around: Surroundings = {}): Question {
  const remarks = new Set<string>();
  const read = (part: PlainText): string => {
    if (part.isLost) remarks.add('recall_lost');
    return part.text;
  };
  const { properties } = field;
  const required = field.validations?.required ?? around.required ?? false;
  const label = read(reader.text(field.title));
  if (label === '') remarks.add('label_missing');
  const kind = kindOf(field, required, (raw) => read(reader.line(raw)), around, remarks);
  const help = [
    read(reader.text(properties.description)),
    centerOf(kind.body, read(reader.line(properties.labels?.center))),
  ];
  const image = imageOf(field);
  const origin: FieldOrigin = {
    type: field.type ?? around.type ?? '',
    ...(field.ref !== undefined ? { ref: field.ref } : {}),
    title: field.title ?? '',
    ...(field.subfield_key !== undefined ? { subfieldKey: field.subfield_key } : {}),
    ...(properties.allow_multiple_selection ? { allowsMultiple: true } : {}),
    ...(properties.allow_other_choice ? { allowsOther: true } : {}),
    ...(kind.choices ? { choices: kind.choices } : {}),
  };
  return {
    id,
    label: label || (field.ref ?? id),
    ...optional('help', help.filter((part) => part !== '').join('\n')),
    ...(image ? { image } : {}),
    required,
    ...(around.group !== undefined ? { group: around.group } : {}),
    ...(remarks.size > 0 ? { remarks: [...remarks] } : {}),
    origin,
    ...kind.body,
  };
}

type Body = Question extends infer Q ? (Q extends Question ? Omit<Q, keyof Base> : never) : never;
type Base = Omit<Extract<Question, { kind: 'url' }>, 'kind'>;
type Kind = { body: Body; choices?: ChoiceOrigin[] };

function kindOf(
  field: Field,
  required: boolean,
  line: (raw: string | undefined) => string,
  around: Surroundings,
  remarks: Set<string>,
): Kind {
  const { properties, validations } = field;
  const limit = validations?.max_length ? { maxLength: validations.max_length } : {};
  const withChoices = (style: 'list' | 'menu'): Kind => {
    const { choices, origins } = choicesOf(field, around, line, remarks);
    const allowOther = properties.allow_other_choice ? { allowOther: true } : {};
    const body: Body = properties.allow_multiple_selection
      ? { kind: 'multi-choice', choices, ...allowOther, ...selectionOf(field) }
      : { kind: 'single-choice', choices, ...allowOther, style };
    return { body, choices: origins };
  };
  switch (field.type ?? around.type) {
    case 'short_text':
      return { body: { kind: 'short-text', ...limit } };
    case 'long_text':
      return { body: { kind: 'long-text', ...limit } };
    case 'email':
      return { body: { kind: 'email' } };
    case 'phone_number':
      return { body: { kind: 'phone', ...countryOf(properties.default_country_code) } };
    case 'website':
    case 'url':
      return { body: { kind: 'url' } };
    case 'number':
      return { body: { kind: 'number', ...rangeOf(field) } };
    case 'multiple_choice':
    case 'picture_choice':
      return withChoices('list');
    case 'dropdown':
      return withChoices('menu');
    case 'checkbox':
      return properties.choices.length > 1
        ? withManyChoices(field, around, line, remarks)
        : {
            body: { kind: 'checkbox', mustAccept: required },
            ...(properties.choices.length > 0 ? { choices: choicesOf(field, around, line, remarks).origins } : {}),
          };
    case 'legal':
      return { body: { kind: 'checkbox', mustAccept: required } };
    case 'yes_no':
      return { body: { kind: 'yes-no' } };
    case 'opinion_scale':
    case 'nps':
    case 'rating':
      if (field.type === 'rating') remarks.add('symbols_as_list');
      return { body: { kind: 'scale', ...stepsOf(field), ...endsOf(field, line) } };
    case 'ranking': {
      const { choices, origins } = choicesOf(field, around, line, remarks);
      return { body: { kind: 'ranking', choices }, choices: origins };
    }
    case 'date':
      return { body: { kind: 'date' } };
    case 'file_upload':
      return { body: { kind: 'file', multiple: false } };
    case 'multi_format':
      if (!properties.formats.includes('text')) break;
      remarks.add('text_answer_only');
      return { body: { kind: 'long-text' } };
    case undefined:
    default:
  }
  return { body: { kind: 'unsupported', rawType: field.type || around.type || '' } };
}

function withManyChoices(
  field: Field,
  around: Surroundings,
  line: (raw: string | undefined) => string,
  remarks: Set<string>,
): Kind {
  const { choices, origins } = choicesOf(field, around, line, remarks);
  const allowOther = field.properties.allow_other_choice ? { allowOther: true } : {};
  return { body: { kind: 'multi-choice', choices, ...allowOther, ...selectionOf(field) }, choices: origins };
}

/** Choices in the order in which Typeform shows them, known by `id`, else `ref`, else the label; each once. */
function choicesOf(
  field: Field,
  around: Surroundings,
  line: (raw: string | undefined) => string,
  remarks: Set<string>,
): { choices: Choice[]; origins: ChoiceOrigin[] } {
  const own = field.properties.choices;
  const raw = own.length > 0 ? own : (around.choices ?? []);
  if (field.properties.randomize) remarks.add('order_not_shuffled');
  const wanted = raw.map((one, index) => one.id ?? one.ref ?? (one.label?.trim() || `choice-${index + 1}`));
  const used = new Set<string>();
  const read = raw.map((one, index) => {
    const first = wanted[index] ?? '';
    let id = first;
    for (let number = 2; used.has(id) || (id !== first && wanted.includes(id)); number += 1) id = `${first}-${number}`;
    used.add(id);
    const image = toImage(one.attachment);
    const shown = line(one.label);
    if (shown === '') remarks.add('choice_label_missing');
    const choice: Choice = { id, label: shown || image?.alt || String(index + 1), ...(image ? { image } : {}) };
    const origin: ChoiceOrigin = { id, ...(one.ref !== undefined ? { ref: one.ref } : {}), label: one.label ?? '' };
    return { choice, origin };
  });
  const ordered = field.properties.alphabetical_order
    ? read.toSorted((left, right) => left.choice.label.localeCompare(right.choice.label, 'en'))
    : read;
  return { choices: ordered.map(({ choice }) => choice), origins: ordered.map(({ origin }) => origin) };
}

/** 0 and absent both mean "no limit"; limits that no answer can keep are none. */
function selectionOf(field: Field): { minSelected?: number; maxSelected?: number } {
  const { min_selection: min, max_selection: max } = field.validations ?? {};
  if (min && max && min > max) return {};
  return { ...(min ? { minSelected: min } : {}), ...(max ? { maxSelected: max } : {}) };
}

function rangeOf(field: Field): { min?: number; max?: number } {
  const { min_value: min, max_value: max } = field.validations ?? {};
  if (min !== undefined && max !== undefined && min > max) return {};
  return { ...(min !== undefined ? { min } : {}), ...(max !== undefined ? { max } : {}) };
}

function countryOf(code: string | undefined): { defaultCountry?: string } {
  return code !== undefined && /^[a-z]{2}$/i.test(code) ? { defaultCountry: code.toUpperCase() } : {};
}

/** Opinion scales count from 0 unless told otherwise, ratings from 1; NPS is always 0 to 10. */
function stepsOf(field: Field): { min: number; max: number } {
  if (field.type === 'nps') return { min: 0, max: 10 };
  const stated = Math.trunc(field.properties.steps ?? 0);
  const isRating = field.type === 'rating';
  const steps = stated >= 2 && stated <= 100 ? stated : isRating ? 5 : 11;
  const min = isRating || field.properties.start_at_one ? 1 : 0;
  return { min, max: min + steps - 1 };
}

function endsOf(field: Field, line: (raw: string | undefined) => string): { minLabel?: string; maxLabel?: string } {
  const { left, right } = field.properties.labels ?? {};
  return { ...optional('minLabel', line(left)), ...optional('maxLabel', line(right)) };
}

/** The label in the middle of a scale has no place of its own on the phone. */
function centerOf(body: Body, center: string): string {
  if (body.kind !== 'scale' || center === '') return '';
  const middle = (body.min + body.max) / 2;
  return Number.isInteger(middle) ? `${middle}: ${center}` : center;
}

/** The picture of a field or a screen: newer bodies keep it in `layout`. */
export function imageOf(part: { attachment?: Attachment; layout?: { attachment?: Attachment } }): Image | undefined {
  return toImage(part.attachment) ?? toImage(part.layout?.attachment);
}

/** The address of a video of a field or a screen, when it can be linked to. */
export function videoOf(part: { attachment?: Attachment; layout?: { attachment?: Attachment } }): string | undefined {
  const found = [part.attachment, part.layout?.attachment].find((one) => one?.type === 'video');
  return webAddress(found?.href, ['https:']);
}

function toImage(attachment: Attachment): Image | undefined {
  if (!attachment || (attachment.type !== undefined && attachment.type !== 'image')) return undefined;
  const url = webAddress(attachment.href, ['https:', 'http:']);
  if (url === undefined) return undefined;
  return { url, ...optional('alt', attachment.properties?.description?.trim() ?? '') };
}

/** The address when it is one that may be opened or fetched. */
export function webAddress(address: string | undefined, protocols: readonly string[]): string | undefined {
  const url = address === undefined ? null : URL.parse(address.trim());
  return url && protocols.includes(url.protocol) ? url.href : undefined;
}

export function optional<K extends string>(key: K, value: string): { [key in K]?: string } {
  return value === '' ? {} : ({ [key]: value } as { [key in K]: string });
}
