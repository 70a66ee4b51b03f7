import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addApiRoute, parseBody, type Answer, type Call } from '../api-route.ts';
import { conflict, HubSpotError, notFound, validationError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { batchAnswer, checkBatch, standardError } from './batch-routes.ts';
import { typeOf } from './object-call.ts';
import {
  archiveGroup,
  archiveProperty,
  isBuiltInGroup,
  listArchivedProperties,
  listGroups,
  listProperties,
  propertyMap,
  storeGroup,
  storeProperty,
} from './properties.ts';
import { allowsFieldType, FIELD_TYPES, PROPERTY_TYPES, toPropertyJson, type PropertyDefinition } from './property.ts';
import type { ObjectType } from './object-types.ts';

export const optionInput = z.strictObject({
  label: z.string().min(1),
  value: z.string().min(1),
  description: z.string().optional(),
  displayOrder: z.number().int().default(-1),
  hidden: z.boolean().default(false),
});
const sensitivity = z.enum(['highly_sensitive', 'non_sensitive', 'sensitive']);
const propertyCreate = z.strictObject({
  name: z.string(),
  label: z.string().min(1),
  type: z.enum(PROPERTY_TYPES),
  fieldType: z.enum(FIELD_TYPES),
  groupName: z.string(),
  description: z.string().optional(),
  options: z.array(optionInput).optional(),
  displayOrder: z.number().int().optional(),
  hasUniqueValue: z.boolean().optional(),
  hidden: z.boolean().optional(),
  formField: z.boolean().optional(),
  externalOptions: z.boolean().optional(),
  referencedObjectType: z.string().optional(),
  calculationFormula: z.string().optional(),
  dataSensitivity: sensitivity.optional(),
});
type PropertyCreate = z.output<typeof propertyCreate>;
const propertyUpdate = propertyCreate
  .pick({
    label: true,
    type: true,
    fieldType: true,
    groupName: true,
    description: true,
    options: true,
    displayOrder: true,
    hidden: true,
    formField: true,
    calculationFormula: true,
  })
  .partial();
const groupCreate = z.strictObject({
  name: z.string(),
  label: z.string().min(1),
  displayOrder: z.number().int().optional(),
});
const groupUpdate = groupCreate.pick({ label: true, displayOrder: true }).partial();
const namesInput = z.strictObject({
  inputs: z.array(z.strictObject({ name: z.string() })),
  archived: z.boolean().default(false),
  dataSensitivity: sensitivity.optional(),
});

const NAME = /^[a-z][a-z0-9_]{0,99}$/;
const BASE = '/crm/properties/2026-09/:objectType';
const READ_QUERY = ['archived', 'dataSensitivity', 'locale', 'properties'];

/** Properties and groups 2026-09 (hubspot-platform.md section 5.2). */
export function addPropertyRoutes(app: FastifyInstance, standIn: StandIn): void {
  const read = (call: Call): readonly string[] => typeOf(call).schemaReadScopes;
  const write = (call: Call): readonly string[] => typeOf(call).schemaWriteScopes;
  const add = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    handle: (call: Call) => Answer,
    query: readonly string[] = [],
  ): void =>
    addApiRoute(app, standIn, {
      method,
      url: `${BASE}${path}`,
      scopes: method === 'GET' || path === '/batch/read' ? read : write,
      query,
      handle,
    });
  add('GET', '', list, READ_QUERY);
  add('POST', '', createOne);
  add('POST', '/batch/create', createMany);
  add('POST', '/batch/read', readMany, ['locale']);
  add('POST', '/batch/archive', archiveMany);
  add('GET', '/groups', groups, ['locale']);
  add('POST', '/groups', createGroup);
  add('GET', '/groups/:groupName', readGroup, ['locale']);
  add('PATCH', '/groups/:groupName', updateGroup);
  add('DELETE', '/groups/:groupName', removeGroup);
  add('GET', '/:propertyName', readOne, READ_QUERY);
  add('PATCH', '/:propertyName', updateOne);
  add('DELETE', '/:propertyName', removeOne);
}

function list(call: Call): Answer {
  const type = typeOf(call);
  const results = call.query.flag('archived')
    ? listArchivedProperties(call.standIn.store, call.portalId, type).map((one) =>
        toPropertyJson(one.property, one.archivedAt),
      )
    : listProperties(call.standIn.store, call.portalId, type).map((property) => toPropertyJson(property));
  return { status: 200, body: { results } };
}

function readOne(call: Call): Answer {
  return { status: 200, body: toPropertyJson(existing(call, typeOf(call))) };
}

function createOne(call: Call): Answer {
  const type = typeOf(call);
  return { status: 201, body: toPropertyJson(create(call, type, parseBody(propertyCreate, call.body))) };
}

function createMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(z.strictObject({ inputs: z.array(propertyCreate) }), call.body);
  checkBatch(inputs.map((input) => input.name));
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    try {
      results.push(toPropertyJson(create(call, type, input)));
    } catch (thrown) {
      // An existing name is reported beside the others; any other refusal fails the batch.
      if (!(thrown instanceof HubSpotError) || thrown.status !== 409) throw thrown;
      errors.push(standardError(thrown, { name: [input.name] }));
    }
  }
  return batchAnswer(call, 200, results, errors, errors.length);
}

function readMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs, archived } = parseBody(namesInput, call.body);
  checkBatch(inputs.map((input) => input.name));
  const known = propertyMap(call.standIn.store, call.portalId, type);
  const gone = new Map(
    listArchivedProperties(call.standIn.store, call.portalId, type).map((one) => [one.property.name, one]),
  );
  const errors: unknown[] = [];
  const results = inputs.flatMap(({ name }) => {
    const property = known.get(name);
    if (property && !archived) return [toPropertyJson(property)];
    const old = gone.get(name);
    if (old && archived) return [toPropertyJson(old.property, old.archivedAt)];
    errors.push(standardError(missing(type, name), { name: [name] }));
    return [];
  });
  return batchAnswer(call, 200, results, errors, errors.length);
}

function updateOne(call: Call): Answer {
  const type = typeOf(call);
  const property = existing(call, type);
  const changes = parseBody(propertyUpdate, call.body);
  if (property.hubspotDefined)
    throw new HubSpotError(403, {
      message: `${property.name} is defined by HubSpot; its definition cannot be changed.`,
      category: 'FORBIDDEN',
    });
  const next: PropertyDefinition = {
    ...property,
    ...withoutUndefined(changes),
    options: changes.options?.map(toOption) ?? property.options,
    updatedAt: call.standIn.clock.now().toISOString(),
  };
  checkShape(call, type, next);
  storeProperty(call.standIn.store, call.portalId, type, next);
  return { status: 200, body: toPropertyJson(next) };
}

function removeOne(call: Call): Answer {
  const type = typeOf(call);
  removeProperty(call, type, existing(call, type));
  return { status: 204 };
}

function archiveMany(call: Call): Answer {
  const type = typeOf(call);
  const { inputs } = parseBody(z.strictObject({ inputs: z.array(z.strictObject({ name: z.string() })) }), call.body);
  const known = propertyMap(call.standIn.store, call.portalId, type);
  for (const { name } of inputs) {
    const property = known.get(name);
    if (property) removeProperty(call, type, property);
  }
  return { status: 204 };
}

function groups(call: Call): Answer {
  return { status: 200, body: { results: listGroups(call.standIn.store, call.portalId, typeOf(call)) } };
}

function readGroup(call: Call): Answer {
  return { status: 200, body: existingGroup(call) };
}

function createGroup(call: Call): Answer {
  const type = typeOf(call);
  const input = parseBody(groupCreate, call.body);
  if (!NAME.test(input.name)) throw invalidName(input.name);
  if (listGroups(call.standIn.store, call.portalId, type).some((one) => one.name === input.name)) {
    throw conflict(`Property group '${input.name}' already exists.`);
  }
  const group = { name: input.name, label: input.label, displayOrder: input.displayOrder ?? -1 };
  storeGroup(call.standIn.store, call.portalId, type, group);
  return { status: 201, body: { ...group, archived: false } };
}

function updateGroup(call: Call): Answer {
  const type = typeOf(call);
  const group = existingGroup(call);
  const input = parseBody(groupUpdate, call.body);
  const next = {
    name: group.name,
    label: input.label ?? group.label,
    displayOrder: input.displayOrder ?? group.displayOrder,
  };
  if (isBuiltInGroup(type, group.name))
    throw new HubSpotError(403, { message: `${group.name} is defined by HubSpot.`, category: 'FORBIDDEN' });
  storeGroup(call.standIn.store, call.portalId, type, next);
  return { status: 200, body: { ...next, archived: false } };
}

function removeGroup(call: Call): Answer {
  const type = typeOf(call);
  const group = existingGroup(call);
  if (listProperties(call.standIn.store, call.portalId, type).some((one) => one.groupName === group.name)) {
    throw validationError(`Property group '${group.name}' still has active properties.`);
  }
  archiveGroup(call.standIn.store, call.portalId, type, group.name);
  return { status: 204 };
}

function create(call: Call, type: ObjectType, input: PropertyCreate): PropertyDefinition {
  if (!NAME.test(input.name)) throw invalidName(input.name);
  if (propertyMap(call.standIn.store, call.portalId, type).has(input.name)) {
    throw new HubSpotError(409, {
      message: `A property named '${input.name}' already exists.`,
      category: 'OBJECT_ALREADY_EXISTS',
      subCategory: 'PropertiesError.PROPERTY_EXISTS',
      context: { name: [input.name] },
    });
  }
  const now = call.standIn.clock.now().toISOString();
  const property: PropertyDefinition = {
    name: input.name,
    label: input.label,
    type: input.type,
    fieldType: input.fieldType,
    groupName: input.groupName,
    description: input.description ?? '',
    options: (input.options ?? []).map(toOption),
    displayOrder: input.displayOrder ?? -1,
    hasUniqueValue: input.hasUniqueValue ?? false,
    hidden: input.hidden ?? false,
    formField: input.formField ?? false,
    hubspotDefined: false,
    calculated: input.calculationFormula !== undefined,
    readOnlyValue: input.calculationFormula !== undefined,
    createdAt: now,
    updatedAt: now,
  };
  checkShape(call, type, property);
  storeProperty(call.standIn.store, call.portalId, type, property);
  return property;
}

function checkShape(call: Call, type: ObjectType, property: PropertyDefinition): void {
  if (!allowsFieldType(property.type, property.fieldType)) {
    throw validationError(`fieldType ${property.fieldType} is not valid for a property of type ${property.type}`, {
      context: { type: [property.type], fieldType: [property.fieldType] },
    });
  }
  if (!listGroups(call.standIn.store, call.portalId, type).some((one) => one.name === property.groupName)) {
    throw validationError(`Property group ${property.groupName} does not exist`, {
      context: { groupName: [property.groupName] },
    });
  }
  checkOptions(property);
}

function checkOptions(property: PropertyDefinition): void {
  if (property.type === 'enumeration' && property.options.length === 0) {
    throw validationError(`Property ${property.name} of type enumeration must have at least one option`);
  }
  if (property.type !== 'enumeration' && property.type !== 'bool' && property.options.length > 0) {
    throw validationError(`Options are not allowed for a property of type ${property.type}`);
  }
  if (
    property.fieldType === 'booleancheckbox' &&
    property.options.some((option) => !['true', 'false'].includes(option.value))
  ) {
    throw validationError('Options of a booleancheckbox must have the values true and false');
  }
  for (const field of ['value', 'label'] as const) {
    const seen = property.options.map((option) => option[field]);
    const repeated = seen.find((value, index) => seen.indexOf(value) !== index);
    if (repeated !== undefined) throw validationError(`Property option ${field} "${repeated}" is not unique`);
  }
}

function removeProperty(call: Call, type: ObjectType, property: PropertyDefinition): void {
  if (property.hubspotDefined)
    throw new HubSpotError(403, {
      message: `${property.name} is defined by HubSpot and cannot be archived.`,
      category: 'FORBIDDEN',
    });
  archiveProperty(call.standIn.store, call.portalId, type, property.name, call.standIn.clock.now().getTime());
}

function existing(call: Call, type: ObjectType): PropertyDefinition {
  const name = call.params.propertyName ?? '';
  const property = propertyMap(call.standIn.store, call.portalId, type).get(name);
  if (!property) throw missing(type, name);
  return property;
}

function existingGroup(call: Call): { name: string; label: string; displayOrder: number; archived: boolean } {
  const name = call.params.groupName ?? '';
  const group = listGroups(call.standIn.store, call.portalId, typeOf(call)).find((one) => one.name === name);
  if (!group) throw notFound(`Property group '${name}' does not exist`);
  return group;
}

function missing(type: ObjectType, name: string): HubSpotError {
  return notFound(`Property ${name} does not exist on ${type.upper}`, {
    context: { name: [name] },
    subCategory: 'PropertiesError.PROPERTY_NOT_FOUND',
  });
}

function invalidName(name: string): HubSpotError {
  return validationError(
    `Property name "${name}" is invalid: it must start with a letter and hold only lowercase letters, digits and underscores`,
    {
      context: { name: [name] },
    },
  );
}

function toOption(option: z.output<typeof optionInput>): PropertyDefinition['options'][number] {
  return option;
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  // Object.entries loses the key type; every key comes from `value` itself.
  return Object.fromEntries(
    Object.entries(value).filter(([name, inner]) => inner !== undefined && name !== 'options'),
  ) as Partial<T>;
}
