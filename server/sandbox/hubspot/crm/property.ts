import { z } from 'zod';

export const PROPERTY_TYPES = ['bool', 'date', 'datetime', 'enumeration', 'number', 'phone_number', 'string'] as const;
export const FIELD_TYPES = [
  'booleancheckbox',
  'calculation_equation',
  'checkbox',
  'date',
  'file',
  'html',
  'number',
  'phonenumber',
  'radio',
  'select',
  'text',
  'textarea',
] as const;

export const propertyOption = z.object({
  label: z.string(),
  value: z.string(),
  description: z.string().optional(),
  displayOrder: z.number().int(),
  hidden: z.boolean(),
});
export type PropertyOption = z.output<typeof propertyOption>;

/** A property's definition as HubSpot answers it (Properties 2026-09, `Property`), without what is worked out when answering. */
export const propertyDefinition = z.object({
  name: z.string(),
  label: z.string(),
  type: z.enum(PROPERTY_TYPES),
  fieldType: z.enum(FIELD_TYPES),
  groupName: z.string(),
  description: z.string(),
  options: z.array(propertyOption),
  displayOrder: z.number().int(),
  hasUniqueValue: z.boolean(),
  hidden: z.boolean(),
  formField: z.boolean(),
  hubspotDefined: z.boolean(),
  calculated: z.boolean(),
  readOnlyValue: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type PropertyDefinition = z.output<typeof propertyDefinition>;

/** Which field types a type allows (hubspot-platform.md section 5.2). */
const ALLOWED_FIELD_TYPES: Record<PropertyDefinition['type'], readonly string[]> = {
  string: ['text', 'textarea', 'html', 'file', 'phonenumber', 'calculation_equation'],
  enumeration: ['select', 'radio', 'checkbox', 'booleancheckbox', 'calculation_equation'],
  number: ['number', 'calculation_equation'],
  bool: ['booleancheckbox', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  phone_number: ['phonenumber'],
};

export function allowsFieldType(type: PropertyDefinition['type'], fieldType: string): boolean {
  return ALLOWED_FIELD_TYPES[type].includes(fieldType);
}

export function toPropertyJson(
  property: PropertyDefinition,
  archivedAtMs: number | null = null,
): Record<string, unknown> {
  const { readOnlyValue, ...rest } = property;
  return {
    ...rest,
    archived: archivedAtMs !== null,
    ...(archivedAtMs === null ? {} : { archivedAt: new Date(archivedAtMs).toISOString() }),
    externalOptions: false,
    dataSensitivity: 'non_sensitive',
    modificationMetadata: {
      archivable: !property.hubspotDefined,
      readOnlyDefinition: property.hubspotDefined,
      readOnlyOptions: property.hubspotDefined,
      readOnlyValue,
    },
  };
}
