import { z } from 'zod';
import { jsonColumn, type Store } from '../store.ts';

/** What the submission host reads of a definition; the rest is kept and answered as it is. */
type Condition = {
  operator: string;
  value?: string | undefined;
  values?: string[] | undefined;
  rangeStart?: string | undefined;
  rangeEnd?: string | undefined;
};
export type FormField = {
  objectTypeId: string;
  name: string;
  label: string;
  required: boolean;
  hidden: boolean;
  fieldType: string;
  options?: { label: string; value: string }[] | undefined;
  validation?:
    | {
        blockedEmailDomains?: string[] | undefined;
        useDefaultBlockList?: boolean | undefined;
        minAllowedDigits?: number | undefined;
        maxAllowedDigits?: number | undefined;
      }
    | undefined;
  dependentFields?: { dependentCondition: Condition; dependentField: FormField }[] | undefined;
};

const condition = z.looseObject({
  operator: z.string(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
  rangeStart: z.string().optional(),
  rangeEnd: z.string().optional(),
});
const field: z.ZodType<FormField> = z.lazy(() =>
  z.looseObject({
    objectTypeId: z.string().default('0-1'),
    name: z.string(),
    label: z.string().default(''),
    required: z.boolean().default(false),
    hidden: z.boolean().default(false),
    fieldType: z.string(),
    options: z.array(z.looseObject({ label: z.string(), value: z.string() })).optional(),
    validation: z
      .looseObject({
        blockedEmailDomains: z.array(z.string()).optional(),
        useDefaultBlockList: z.boolean().optional(),
        minAllowedDigits: z.number().optional(),
        maxAllowedDigits: z.number().optional(),
      })
      .optional(),
    dependentFields: z.array(z.looseObject({ dependentCondition: condition, dependentField: field })).optional(),
  }),
);

const consentCheckbox = z.looseObject({
  subscriptionTypeId: z.number(),
  label: z.string().default(''),
  required: z.boolean().default(false),
});
const legalConsent = z.looseObject({
  type: z.enum(['none', 'legitimate_interest', 'explicit_consent_to_process', 'implicit_consent_to_process']),
  communicationsCheckboxes: z.array(consentCheckbox).optional(),
  subscriptionTypeIds: z.array(z.number()).optional(),
});
export type LegalConsent = z.output<typeof legalConsent>;

const definition = z.looseObject({
  id: z.string(),
  name: z.string(),
  formType: z.string(),
  fieldGroups: z.array(z.looseObject({ fields: z.array(field).optional() })).default([]),
  configuration: z
    .looseObject({
      recaptchaEnabled: z.boolean().optional(),
      postSubmitAction: z.looseObject({ type: z.string(), value: z.string() }).optional(),
      lifecycleStages: z.array(z.looseObject({ objectTypeId: z.string(), value: z.string() })).optional(),
    })
    .default({}),
  legalConsentOptions: legalConsent.default({ type: 'none' }),
});
export type FormDefinition = z.output<typeof definition>;

export type StoredForm = { raw: Record<string, unknown>; definition: FormDefinition; archived: boolean };

const row = z.object({ raw: jsonColumn(z.record(z.string(), z.unknown())), archived: z.number() });

export function findForm(store: Store, portalId: number, formId: string): StoredForm | undefined {
  const found = store.first(
    row,
    'select definition as raw, archived from forms where portal_id = ? and form_id = ?',
    portalId,
    formId,
  );
  return found && { raw: found.raw, definition: definition.parse(found.raw), archived: found.archived === 1 };
}

/** In the order in which they were made; `afterN` is the position of the last one of the previous page. */
export function listForms(
  store: Store,
  portalId: number,
  filter: { archived: boolean; formTypes: readonly string[] },
  page: { afterN: number; limit: number },
): { n: number; raw: Record<string, unknown> }[] {
  const rows = store.all(
    row.extend({ n: z.number(), form_type: z.string() }),
    'select n, form_type, definition as raw, archived from forms where portal_id = ? and archived = ? and n > ? order by n',
    portalId,
    filter.archived ? 1 : 0,
    page.afterN,
  );
  const wanted = (type: string): boolean => filter.formTypes.includes('all') || filter.formTypes.includes(type);
  return rows.filter((one) => wanted(one.form_type)).slice(0, page.limit);
}

export function storeForm(
  store: Store,
  portalId: number,
  raw: Record<string, unknown> & { id: string; formType: string },
  archived: boolean,
): void {
  const known = store.first(
    z.object({ n: z.number() }),
    'select n from forms where portal_id = ? and form_id = ?',
    portalId,
    raw.id,
  );
  const n = known?.n ?? store.nextNumber('form');
  store.run(
    'insert or replace into forms (portal_id, form_id, n, form_type, archived, definition) values (?, ?, ?, ?, ?, ?)',
    portalId,
    raw.id,
    n,
    raw.formType,
    archived ? 1 : 0,
    JSON.stringify(raw),
  );
}

/** As if there had never been one. */
export function forgetForm(store: Store, portalId: number, formId: string): void {
  store.run('delete from forms where portal_id = ? and form_id = ?', portalId, formId);
}

/** Every field with the fields that depend on it, each with the chain of conditions under which it is shown. */
export type PlacedField = { field: FormField; shownWhen: { parent: FormField; condition: Condition }[] };

export function allFields(form: FormDefinition): PlacedField[] {
  const place = (one: FormField, shownWhen: PlacedField['shownWhen']): PlacedField[] => [
    { field: one, shownWhen },
    ...(one.dependentFields ?? []).flatMap((dependent) =>
      place(dependent.dependentField, [...shownWhen, { parent: one, condition: dependent.dependentCondition }]),
    ),
  ];
  return form.fieldGroups.flatMap((group) => (group.fields ?? []).flatMap((one) => place(one, [])));
}

export type { Condition };
