import { z } from 'zod';
import { notFound } from '../hubspot-error.ts';
import { jsonColumn, type Store } from '../store.ts';

export type ObjectType = {
  typeId: string;
  /** As it stands in paths and association names. */
  plural: string;
  singular: string;
  /** How error messages name it. */
  upper: string;
  readScopes: readonly string[];
  writeScopes: readonly string[];
  schemaReadScopes: readonly string[];
  schemaWriteScopes: readonly string[];
  /** Answered when a request names no properties. */
  shown: readonly string[];
  /** Refused when missing on create. */
  required: readonly string[];
  createdProperty: string;
  modifiedProperty: string;
  custom: boolean;
};

const contactScopes = {
  readScopes: ['crm.objects.contacts.read'],
  writeScopes: ['crm.objects.contacts.write'],
  // The description lets object scopes read properties too.
  schemaReadScopes: ['crm.schemas.contacts.read', 'crm.objects.contacts.read', 'crm.objects.contacts.write'],
  schemaWriteScopes: ['crm.schemas.contacts.write'],
};
const engagement = {
  createdProperty: 'hs_createdate',
  modifiedProperty: 'hs_lastmodifieddate',
  custom: false,
  ...contactScopes,
};
const engagementShown = ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'];

const STANDARD: readonly ObjectType[] = [
  {
    typeId: '0-1',
    plural: 'contacts',
    singular: 'contact',
    upper: 'CONTACT',
    shown: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
    required: [],
    createdProperty: 'createdate',
    modifiedProperty: 'lastmodifieddate',
    custom: false,
    ...contactScopes,
  },
  {
    typeId: '0-2',
    plural: 'companies',
    singular: 'company',
    upper: 'COMPANY',
    readScopes: ['crm.objects.companies.read'],
    writeScopes: ['crm.objects.companies.write'],
    schemaReadScopes: ['crm.schemas.companies.read', 'crm.objects.companies.read', 'crm.objects.companies.write'],
    schemaWriteScopes: ['crm.schemas.companies.write'],
    shown: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
    required: [],
    createdProperty: 'createdate',
    modifiedProperty: 'hs_lastmodifieddate',
    custom: false,
  },
  {
    typeId: '0-46',
    plural: 'notes',
    singular: 'note',
    upper: 'NOTE',
    shown: engagementShown,
    required: ['hs_timestamp'],
    ...engagement,
  },
  {
    typeId: '0-18',
    plural: 'communications',
    singular: 'communication',
    upper: 'COMMUNICATION',
    shown: engagementShown,
    required: ['hs_timestamp', 'hs_communication_channel_type', 'hs_communication_logged_from'],
    ...engagement,
  },
  {
    typeId: '0-27',
    plural: 'tasks',
    singular: 'task',
    upper: 'TASK',
    shown: engagementShown,
    required: ['hs_timestamp'],
    ...engagement,
  },
  {
    typeId: '0-47',
    plural: 'meetings',
    singular: 'meeting',
    upper: 'MEETING_EVENT',
    shown: engagementShown,
    required: ['hs_timestamp'],
    ...engagement,
  },
];

export const customObjectDefinition = z.object({
  id: z.string(),
  name: z.string(),
  fullyQualifiedName: z.string(),
  objectTypeId: z.string(),
  description: z.string().optional(),
  labels: z.object({ singular: z.string().optional(), plural: z.string().optional() }),
  primaryDisplayProperty: z.string().optional(),
  secondaryDisplayProperties: z.array(z.string()),
  searchableProperties: z.array(z.string()),
  requiredProperties: z.array(z.string()),
  allowsSensitiveProperties: z.boolean(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type CustomObjectDefinition = z.output<typeof customObjectDefinition>;

const schemaRow = z.object({ definition: jsonColumn(customObjectDefinition), archived_at: z.number().nullable() });

export function listCustomObjects(store: Store, portalId: number, archived = false): CustomObjectDefinition[] {
  const kept = archived ? 'archived_at is not null' : 'archived_at is null';
  return store
    .all(
      schemaRow,
      `select definition, archived_at from schemas where portal_id = ? and ${kept} order by type_id`,
      portalId,
    )
    .map((row) => row.definition);
}

/** By type id (`0-1`, `2-…`), plural, singular, fully qualified name (`p…_name`), `p_name` or bare name. Throws 400 as HubSpot does. */
export function resolveObjectType(store: Store, portalId: number, name: string): ObjectType {
  const wanted = name.toLowerCase();
  const standard = STANDARD.find((type) => [type.typeId, type.plural, type.singular].includes(wanted));
  if (standard) return standard;
  const custom = findCustomObject(store, portalId, name);
  if (custom) return toObjectType(custom);
  throw notFound(`Unable to infer object type from: ${name}`, {});
}

export function findCustomObject(store: Store, portalId: number, name: string): CustomObjectDefinition | undefined {
  const wanted = name.toLowerCase();
  return listCustomObjects(store, portalId).find((one) =>
    [one.objectTypeId, one.fullyQualifiedName, one.name, `p_${one.name}`].some(
      (known) => known.toLowerCase() === wanted,
    ),
  );
}

export function toObjectType(definition: CustomObjectDefinition): ObjectType {
  return {
    typeId: definition.objectTypeId,
    plural: definition.fullyQualifiedName,
    singular: definition.fullyQualifiedName,
    upper: definition.fullyQualifiedName,
    readScopes: ['crm.objects.custom.read'],
    writeScopes: ['crm.objects.custom.write'],
    schemaReadScopes: ['crm.schemas.custom.read', 'crm.objects.custom.read', 'crm.objects.custom.write'],
    schemaWriteScopes: ['crm.schemas.custom.write'],
    shown: [
      'hs_createdate',
      'hs_lastmodifieddate',
      'hs_object_id',
      ...(definition.primaryDisplayProperty ? [definition.primaryDisplayProperty] : []),
    ],
    required: definition.requiredProperties,
    createdProperty: 'hs_createdate',
    modifiedProperty: 'hs_lastmodifieddate',
    custom: true,
  };
}
