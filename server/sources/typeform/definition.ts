import { withoutRecallMarks } from '@flowella/shared/form/recall.ts';
import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import type { Texts } from '../../hubspot/language.ts';
import { hasMember, withDraftId } from '../draft-id.ts';
import { refuseTooDeep } from '../refuse-too-deep.ts';

/**
 * Typeform's form definition as far as we read it (Create API, `GET /forms/{id}`; form-tools.md 3.2). Tolerant: what is
 * missing or of another type reads as absent, since bodies of different ages carry different members. All text, names
 * included, is without the characters that mean a recall to us.
 */
const clean = z.string().transform(withoutRecallMarks);
const text = clean.optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const count = z.number().int().nonnegative().optional().catch(undefined);
const name = z
  .union([z.string(), z.number()])
  .transform((value) => withoutRecallMarks(String(value)))
  .pipe(z.string().min(1));
const idText = name.optional().catch(undefined);

function listOf<T>(member: z.ZodType<T>) {
  return z
    .array(z.unknown())
    .catch([])
    .transform((members) =>
      members.flatMap((one) => {
        const parsed = member.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}

const attachment = z
  .object({
    type: text,
    href: text,
    properties: z.object({ description: text }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);
export type Attachment = z.infer<typeof attachment>;

const layout = z.object({ attachment }).optional().catch(undefined);

const choice = z.object({ id: idText, ref: idText, label: text, attachment });
export type RawChoice = z.infer<typeof choice>;

const propertyFacts = z.object({
  description: text,
  allow_multiple_selection: flag,
  allow_other_choice: flag,
  alphabetical_order: flag,
  randomize: flag,
  default_country_code: text,
  steps: number,
  start_at_one: flag,
  labels: z.object({ left: text, center: text, right: text }).optional().catch(undefined),
  choices: listOf(choice),
  /** Of a screen that stands among the fields. */
  button_mode: text,
  redirect_url: text,
});
/** A new one each time: fields are told apart by their identity. */
const noProperties = () => ({ choices: [], fields: [], formats: [] });

const fieldFacts = z.object({
  id: idText,
  ref: idText,
  title: text,
  type: text,
  subfield_key: text,
  validations: z
    .object({
      required: flag,
      max_length: count,
      min_value: number,
      max_value: number,
      min_selection: count,
      max_selection: count,
    })
    .optional()
    .catch(undefined),
  attachment,
  layout,
});
export type Field = z.infer<typeof fieldFacts> & {
  properties: z.infer<typeof propertyFacts> & { fields: Field[]; formats: string[] };
};

/** A field that cannot be read at all still is a field: it gets a line in the report. */
const field: z.ZodType<Field> = z.lazy(() =>
  fieldFacts
    .extend({
      properties: z
        .record(z.string(), z.unknown())
        .transform((properties) => ({
          ...propertyFacts.parse(properties),
          fields: listOf(field).parse(properties.fields ?? []),
          formats: formatsOf(properties),
        }))
        .catch(noProperties)
        .default(noProperties),
    })
    .catch(() => ({ properties: noProperties() })),
);

/** The ways in which a `multi_format` question may be answered; where they stand is not documented. */
function formatsOf(properties: Record<string, unknown>): string[] {
  return Object.entries(properties).flatMap(([key, value]) =>
    /format|answer_types/.test(key) && Array.isArray(value)
      ? value.filter((one): one is string => typeof one === 'string')
      : [],
  );
}

const screen = z.object({
  id: idText,
  ref: idText,
  title: text,
  type: text,
  properties: z.object({ description: text, button_mode: text, redirect_url: text }).optional().catch(undefined),
  attachment,
  layout,
});
export type Screen = z.infer<typeof screen>;

export type RawVar = { type?: string; value?: unknown };
export type RawCondition = { op: string; vars: (RawVar | RawCondition)[] };

const condition: z.ZodType<RawCondition> = z.lazy(() =>
  z.object({ op: z.string(), vars: z.array(z.union([condition, variable])).catch([]) }),
);
const variable: z.ZodType<RawVar> = z.object({ type: text, value: z.unknown() }).catch({ value: undefined });

const place = z.object({ type: text, value: z.unknown() }).optional().catch(undefined);
const action = z.object({
  action: z.string().catch(''),
  details: z.object({ to: place, target: place, value: place }).optional().catch(undefined),
  /** null: it stands there and cannot be read. */
  condition: condition.nullable().optional().catch(null),
});
export type RawAction = z.infer<typeof action>;

const logic = z.object({ type: text, ref: idText, actions: listOf(action) });
export type RawLogic = z.infer<typeof logic>;

const variables = z
  .union([
    z.record(z.string(), z.union([z.number(), clean]).catch('')),
    z
      .array(z.object({ key: z.string(), type: text, number, text }).nullable().catch(null))
      .transform((members) =>
        Object.fromEntries(
          members.flatMap((one) =>
            one ? [[one.key, one.type === 'text' ? (one.text ?? '') : (one.number ?? 0)] as const] : [],
          ),
        ),
      ),
  ])
  .catch({});

const definition = z.object({
  id: name,
  title: clean.catch(''),
  settings: z.record(z.string(), z.unknown()).catch({}),
  welcome_screens: listOf(screen),
  thankyou_screens: listOf(screen),
  fields: listOf(field),
  hidden: listOf(name),
  variables: variables.default({}),
  logic: listOf(logic),
});
export type Definition = z.infer<typeof definition>;

const PARTS = ['fields', 'welcome_screens', 'thankyou_screens', 'logic'];

/** Reads a raw definition; throws `not_a_form` with a sentence that says what was given instead. */
export function readDefinition(raw: unknown): Definition {
  refuseTooDeep(raw);
  if (Array.isArray(raw))
    throw notAForm({
      en: 'This is a list. Pass one form definition of the list.',
      de: 'Das ist eine Liste. Geben Sie eine Formulardefinition aus der Liste an.',
    });
  if (typeof raw !== 'object' || raw === null)
    throw notAForm({
      en: 'This is not a form definition: a JSON object was expected.',
      de: 'Das ist keine Formulardefinition: Erwartet wurde ein JSON-Objekt.',
    });
  if ('form_response' in raw)
    throw notAForm({
      en: 'This is a webhook of Typeform ("form_response"), that is, answers. Pass the form definition.',
      de: 'Das ist ein Webhook von Typeform („form_response“), also Antworten. Geben Sie die Formulardefinition an.',
    });
  if ('items' in raw && 'total_items' in raw)
    throw notAForm({
      en: 'This is a list answer of the Create API ("items"). Fetch one form from GET /forms/{id}.',
      de: 'Das ist eine Listenantwort der Create API („items“). Holen Sie ein Formular von GET /forms/{id}.',
    });
  const parsed = definition.safeParse(withDraftId(raw, 'id', isDraft));
  if (!parsed.success || !PARTS.some((part) => Array.isArray(Reflect.get(raw, part))))
    throw notAForm({
      en: 'This is not a Typeform definition: "id" and "fields" were expected, as GET https://api.typeform.com/forms/{id} returns them.',
      de: 'Das ist keine Typeform-Definition: Erwartet wurden „id“ und „fields“, wie GET https://api.typeform.com/forms/{id} sie liefert.',
    });
  return parsed.data;
}

function isDraft(raw: object): boolean {
  return hasMember(raw, 'fields', (one) => typeof Reflect.get(one, 'type') === 'string');
}

function notAForm(userMessage: Texts): AppError {
  return new AppError('not_a_form', { status: 422, userMessage });
}
