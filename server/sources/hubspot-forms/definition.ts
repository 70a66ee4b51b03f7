import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import type { Texts } from '../../hubspot/language.ts';
import { hasMember, withDraftId } from '../draft-id.ts';
import { refuseTooDeep } from '../refuse-too-deep.ts';

/**
 * HubSpot's form definition as far as we read it (Forms API v3 and 2026-09-beta, `HubSpotFormDefinition`). Tolerant: what is
 * missing or of another type reads as absent, since real bodies omit what the specification requires (form-tools.md 1.2).
 */
const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const count = z.number().int().nonnegative().optional().catch(undefined);
const idText = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);

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

const condition = z
  .object({
    operator: z.string().catch(''),
    value: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional().catch(undefined),
    values: listOf(z.union([z.string(), z.number(), z.boolean()]).transform(String)),
    rangeStart: idText,
    rangeEnd: idText,
  })
  .catch({ operator: '', values: [] });
export type DependentCondition = z.infer<typeof condition>;

const option = z.object({
  label: text,
  value: idText,
  description: text,
  displayOrder: z.number().optional().catch(undefined),
});

const fieldFacts = z.object({
  objectTypeId: idText,
  name: text,
  label: text,
  description: text,
  placeholder: text,
  required: flag,
  hidden: flag,
  fieldType: text,
  defaultValue: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional().catch(undefined),
  defaultValues: listOf(z.union([z.string(), z.number(), z.boolean()]).transform(String)),
  options: listOf(option),
  allowMultipleFiles: flag,
  validation: z
    .object({
      blockedEmailDomains: listOf(z.string()),
      useDefaultBlockList: flag,
      minAllowedDigits: count,
      maxAllowedDigits: count,
    })
    .optional()
    .catch(undefined),
});
export type Field = z.infer<typeof fieldFacts> & {
  dependentFields: { dependentCondition: DependentCondition; dependentField: Field }[];
};
const field: z.ZodType<Field> = z.lazy(() =>
  fieldFacts.extend({
    dependentFields: listOf(z.object({ dependentCondition: condition, dependentField: field })),
  }),
);

const checkbox = z.object({ label: text, required: flag, subscriptionTypeId: idText });
const consent = z.object({
  type: z.string().catch('none'),
  lawfulBasis: text,
  subscriptionTypeIds: listOf(z.union([z.string(), z.number()]).transform(String)),
  privacyText: text,
  communicationConsentText: text,
  communicationsCheckboxes: listOf(checkbox),
  consentToProcessText: text,
  consentToProcessCheckboxLabel: text,
  consentToProcessFooterText: text,
});
export type LegalConsent = z.infer<typeof consent>;

const definition = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  name: z.string().catch(''),
  formType: z.string().catch('hubspot'),
  archived: z.boolean().catch(false),
  fieldGroups: listOf(z.object({ groupType: text, richTextType: text, richText: text, fields: listOf(field) })),
  configuration: z
    .object({
      language: text,
      recaptchaEnabled: flag,
      embedType: text,
      postSubmitAction: z.object({ type: text, value: text }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  displayOptions: z.object({ submitButtonText: text }).optional().catch(undefined),
  legalConsentOptions: consent.optional().catch(undefined),
});
export type Definition = z.infer<typeof definition>;

/** Reads a raw definition; throws `not_a_form` with a sentence that says what was given instead. */
export function readDefinition(raw: unknown): Definition {
  refuseTooDeep(raw);
  if (Array.isArray(raw)) {
    if (raw.some(isLegacy)) throw legacyError();
    throw notAForm({
      en: 'This is a list. Pass one form definition of the list.',
      de: 'Das ist eine Liste. Geben Sie eine Formulardefinition aus der Liste an.',
    });
  }
  if (typeof raw !== 'object' || raw === null)
    throw notAForm({
      en: 'This is not a form definition: a JSON object was expected.',
      de: 'Das ist keine Formulardefinition: Erwartet wurde ein JSON-Objekt.',
    });
  if (isLegacy(raw)) throw legacyError();
  if ('results' in raw)
    throw notAForm({
      en: 'This is a list answer of the Forms API ("results"). Pass one of its members.',
      de: 'Das ist eine Listenantwort der Forms API („results“). Geben Sie eines ihrer Formulare an.',
    });
  if ([Reflect.get(raw, 'id'), Reflect.get(raw, 'archived'), Reflect.get(raw, 'createdAt')].some(isPlaceholder))
    throw notAForm({
      en: 'This is a documentation sample with placeholders such as "<string>", not a real form.',
      de: 'Das ist ein Beispiel aus der Dokumentation mit Platzhaltern wie „<string>“, kein echtes Formular.',
    });
  const parsed = definition.safeParse(withDraftId(raw, 'id', isDraft));
  const hasParts = ['fieldGroups', 'formType', 'configuration'].some((key) => key in raw);
  if (!parsed.success || !hasParts)
    throw notAForm({
      en: 'This is not a HubSpot form definition: "id" and "fieldGroups" were expected, as GET /marketing/v3/forms/{formId} returns them.',
      de: 'Das ist keine Definition eines HubSpot-Formulars: Erwartet wurden „id“ und „fieldGroups“, wie GET /marketing/v3/forms/{formId} sie liefert.',
    });
  return parsed.data;
}

/** The members of a list answer, or null when it is none: for callers that want to take one. */
export function listMembers(raw: unknown): unknown[] | null {
  if (typeof raw !== 'object' || raw === null || !('results' in raw) || !Array.isArray(raw.results)) return null;
  return raw.results;
}

function isDraft(raw: object): boolean {
  return hasMember(raw, 'fieldGroups', (one) => 'fields' in one);
}

function isLegacy(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'formFieldGroups' in raw;
}

function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && /^<[a-zA-Z ]+>$/.test(value);
}

function legacyError(): AppError {
  return notAForm({
    en: 'This is a form of the legacy v2 API ("formFieldGroups"), which is not read. Fetch it from /marketing/v3/forms/{formId}.',
    de: 'Das ist ein Formular der alten API v2 („formFieldGroups“), das nicht gelesen wird. Holen Sie es von /marketing/v3/forms/{formId}.',
  });
}

function notAForm(userMessage: Texts): AppError {
  return new AppError('not_a_form', { status: 422, userMessage });
}
