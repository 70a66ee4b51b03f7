import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { conflict, HubSpotError, notFound, validationError } from '../hubspot-error.ts';
import { findPortal, type StandIn } from '../stand-in.ts';
import { defineAssociation, pairTypes } from './associations.ts';
import { listObjects } from './objects.ts';
import {
  findCustomObject,
  listCustomObjects,
  resolveObjectType,
  toObjectType,
  type CustomObjectDefinition,
} from './object-types.ts';
import { listProperties, storeGroup, storeProperty } from './properties.ts';
import { optionInput } from './property-routes.ts';
import { allowsFieldType, FIELD_TYPES, PROPERTY_TYPES, toPropertyJson } from './property.ts';

const labels = z.strictObject({ singular: z.string().optional(), plural: z.string().optional() });
const propertyCreate = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]{0,99}$/,
      'must start with a letter and hold only lowercase letters, digits and underscores',
    ),
  label: z.string().min(1),
  type: z.enum(PROPERTY_TYPES),
  fieldType: z.enum(FIELD_TYPES),
  groupName: z.string().optional(),
  description: z.string().optional(),
  options: z.array(optionInput).optional(),
  displayOrder: z.number().int().optional(),
  hasUniqueValue: z.boolean().optional(),
  hidden: z.boolean().optional(),
  formField: z.boolean().optional(),
  searchableInGlobalSearch: z.boolean().optional(),
  showCurrencySymbol: z.boolean().optional(),
  numberDisplayHint: z.string().optional(),
  textDisplayHint: z.string().optional(),
  optionSortStrategy: z.enum(['ALPHABETICAL', 'DISPLAY_ORDER']).optional(),
  referencedObjectType: z.string().optional(),
  externalOptionsReferenceType: z.string().optional(),
});
const schemaCreate = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must start with a letter and hold only letters, digits and underscores'),
  labels,
  properties: z.array(propertyCreate),
  requiredProperties: z.array(z.string()).default([]),
  searchableProperties: z.array(z.string()).default([]),
  secondaryDisplayProperties: z.array(z.string()).default([]),
  primaryDisplayProperty: z.string().optional(),
  associatedObjects: z.array(z.string()).default([]),
  allowsSensitiveProperties: z.boolean().default(false),
  description: z.string().optional(),
});
type SchemaCreate = z.output<typeof schemaCreate>;
const associationCreate = z.strictObject({
  fromObjectTypeId: z.string(),
  toObjectTypeId: z.string(),
  name: z.string().optional(),
});

const BASE = '/crm-object-schemas/2026-09/schemas';
const READ = ['crm.schemas.custom.read', 'crm.objects.custom.read'];
const WRITE = ['crm.schemas.custom.write'];
const SHOW_QUERY = ['includeAssociationDefinitions', 'includeAuditMetadata', 'includePropertyDefinitions'];
/** Custom object definitions of an Enterprise account. */
const MAX_CUSTOM_OBJECTS = 10;

/** Custom object schemas 2026-09 and their limit (hubspot-platform.md section 5.3). Accounts below Enterprise are refused. */
export function addSchemaRoutes(app: FastifyInstance, standIn: StandIn): void {
  addApiRoute(app, standIn, {
    method: 'GET',
    url: BASE,
    scopes: READ,
    query: ['archived', ...SHOW_QUERY],
    handle: list,
  });
  addApiRoute(app, standIn, { method: 'POST', url: BASE, scopes: WRITE, handle: create });
  addApiRoute(app, standIn, {
    method: 'GET',
    url: `${BASE}/:objectType`,
    scopes: [...READ, 'oauth'],
    query: SHOW_QUERY,
    handle: read,
  });
  addApiRoute(app, standIn, {
    method: 'DELETE',
    url: `${BASE}/:objectType`,
    scopes: WRITE,
    query: ['archived'],
    handle: remove,
  });
  addApiRoute(app, standIn, {
    method: 'POST',
    url: `${BASE}/:objectType/associations`,
    scopes: WRITE,
    handle: addAssociation,
  });
  addApiRoute(app, standIn, {
    method: 'GET',
    url: '/crm/limits/2026-09/custom-object-types',
    scopes: READ,
    handle: limits,
  });
}

function list(call: Call): Answer {
  const found = listCustomObjects(call.standIn.store, call.portalId, call.query.flag('archived'));
  return { status: 200, body: { results: found.map((definition) => toSchemaJson(call, definition)) } };
}

function read(call: Call): Answer {
  return { status: 200, body: toSchemaJson(call, existing(call)) };
}

function create(call: Call): Answer {
  requireEnterprise(call);
  const input = parseBody(schemaCreate, call.body);
  checkSchema(call, input);
  const definition = toDefinition(call, input);
  call.standIn.store.run(
    'insert into schemas (portal_id, type_id, name, definition) values (?, ?, ?, ?)',
    call.portalId,
    definition.objectTypeId,
    definition.name,
    JSON.stringify(definition),
  );
  addOwnProperties(call, definition, input);
  const type = toObjectType(definition);
  for (const name of [...input.associatedObjects, 'NOTE', 'COMMUNICATION', 'TASK']) {
    defineAssociation(
      call.standIn.store,
      call.portalId,
      type,
      resolveObjectType(call.standIn.store, call.portalId, name),
      `${definition.name}_to_${name.toLowerCase()}`,
    );
  }
  return { status: 201, body: toSchemaJson(call, definition) };
}

function remove(call: Call): Answer {
  const definition = existing(call);
  const type = toObjectType(definition);
  if (listObjects(call.standIn, call.portalId, type, { afterId: 0, limit: 1 }).length > 0) {
    throw validationError(`There are still records of ${definition.fullyQualifiedName}; delete them first.`);
  }
  call.standIn.store.run(
    'update schemas set archived_at = ? where portal_id = ? and type_id = ?',
    call.standIn.clock.now().getTime(),
    call.portalId,
    definition.objectTypeId,
  );
  return { status: 204 };
}

function addAssociation(call: Call): Answer {
  const definition = existing(call);
  const input = parseBody(associationCreate, call.body);
  const from = resolveObjectType(call.standIn.store, call.portalId, input.fromObjectTypeId);
  const to = resolveObjectType(call.standIn.store, call.portalId, input.toObjectTypeId);
  if (![from.typeId, to.typeId].includes(definition.objectTypeId))
    throw validationError(`The association must start or end at ${definition.fullyQualifiedName}`);
  const name = input.name ?? `${from.singular}_to_${to.singular}`;
  const id = defineAssociation(call.standIn.store, call.portalId, from, to, name);
  return { status: 201, body: { id: String(id), fromObjectTypeId: from.typeId, toObjectTypeId: to.typeId, name } };
}

function limits(call: Call): Answer {
  const limit = findPortal(call.standIn.store, call.portalId)?.tier === 'enterprise' ? MAX_CUSTOM_OBJECTS : 0;
  const usage = listCustomObjects(call.standIn.store, call.portalId).length;
  return { status: 200, body: { limit, usage, percentage: limit === 0 ? 0 : (usage / limit) * 100 } };
}

function requireEnterprise(call: Call): void {
  if (findPortal(call.standIn.store, call.portalId)?.tier === 'enterprise') return;
  throw new HubSpotError(403, {
    message: 'This account does not have access to custom objects. An Enterprise subscription is required.',
    category: 'FORBIDDEN',
  });
}

function checkSchema(call: Call, input: SchemaCreate): void {
  const known = listCustomObjects(call.standIn.store, call.portalId);
  if (known.some((one) => one.name.toLowerCase() === input.name.toLowerCase()))
    throw conflict(`Object type ${input.name} already exists.`);
  if (known.length >= MAX_CUSTOM_OBJECTS)
    throw validationError(`This account may have at most ${MAX_CUSTOM_OBJECTS} custom object types.`);
  const names = input.properties.map((property) => property.name);
  const used = [
    ...input.requiredProperties,
    ...input.searchableProperties,
    ...input.secondaryDisplayProperties,
    ...(input.primaryDisplayProperty ? [input.primaryDisplayProperty] : []),
  ];
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw validationError(`Property ${unknown} is used by the schema but not among its properties`);
  for (const property of input.properties) {
    if (!allowsFieldType(property.type, property.fieldType))
      throw validationError(`fieldType ${property.fieldType} is not valid for a property of type ${property.type}`);
    if (property.type === 'enumeration' && !property.options?.length)
      throw validationError(`Property ${property.name} of type enumeration must have at least one option`);
  }
}

function toDefinition(call: Call, input: SchemaCreate): CustomObjectDefinition {
  const id = 40_000_000 + call.standIn.store.nextNumber('custom object type');
  const now = call.standIn.clock.now().toISOString();
  return {
    id: String(id),
    objectTypeId: `2-${id}`,
    fullyQualifiedName: `p${call.portalId}_${input.name}`,
    name: input.name,
    ...(input.description === undefined ? {} : { description: input.description }),
    labels: input.labels,
    ...(input.primaryDisplayProperty === undefined ? {} : { primaryDisplayProperty: input.primaryDisplayProperty }),
    secondaryDisplayProperties: input.secondaryDisplayProperties,
    searchableProperties: input.searchableProperties,
    requiredProperties: input.requiredProperties,
    allowsSensitiveProperties: input.allowsSensitiveProperties,
    createdAt: now,
    updatedAt: now,
  };
}

function addOwnProperties(call: Call, definition: CustomObjectDefinition, input: SchemaCreate): void {
  const type = toObjectType(definition);
  const groupName = `${definition.name.toLowerCase()}_information`;
  storeGroup(call.standIn.store, call.portalId, type, {
    name: groupName,
    label: `${definition.labels.singular ?? definition.name} information`,
    displayOrder: -1,
  });
  for (const property of input.properties) {
    storeProperty(call.standIn.store, call.portalId, type, {
      name: property.name,
      label: property.label,
      type: property.type,
      fieldType: property.fieldType,
      groupName: property.groupName ?? groupName,
      description: property.description ?? '',
      options: property.options ?? [],
      displayOrder: property.displayOrder ?? -1,
      hasUniqueValue: property.hasUniqueValue ?? false,
      hidden: property.hidden ?? false,
      formField: property.formField ?? false,
      hubspotDefined: false,
      calculated: false,
      readOnlyValue: false,
      createdAt: definition.createdAt,
      updatedAt: definition.updatedAt,
    });
  }
}

function toSchemaJson(call: Call, definition: CustomObjectDefinition): Record<string, unknown> {
  const { store } = call.standIn;
  const type = toObjectType(definition);
  const others = ['contacts', 'companies', 'notes', 'communications', 'tasks'].map((name) =>
    resolveObjectType(store, call.portalId, name),
  );
  const associations = others.flatMap((other) => [
    ...pairTypes(store, call.portalId, type, other).map((one) => ({
      id: String(one.typeId),
      fromObjectTypeId: type.typeId,
      toObjectTypeId: other.typeId,
      name: `${definition.name}_to_${other.singular}`,
    })),
    ...pairTypes(store, call.portalId, other, type).map((one) => ({
      id: String(one.typeId),
      fromObjectTypeId: other.typeId,
      toObjectTypeId: type.typeId,
      name: `${other.singular}_to_${definition.name}`,
    })),
  ]);
  return {
    ...definition,
    archived: false,
    properties: listProperties(store, call.portalId, type).map((property) => toPropertyJson(property)),
    associations,
  };
}

function existing(call: Call): CustomObjectDefinition {
  const name = call.params.objectType ?? '';
  const definition = findCustomObject(call.standIn.store, call.portalId, name);
  if (!definition) throw notFound(`Object type ${name} does not exist`);
  return definition;
}
