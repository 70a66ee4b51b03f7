import { z } from 'zod';
import { conflict, notFound, validationError, type HubSpotError } from '../hubspot-error.ts';
import type { StandIn } from '../stand-in.ts';
import { jsonColumn } from '../store.ts';
import type { ObjectType } from './object-types.ts';
import { propertyMap } from './properties.ts';
import type { PropertyDefinition } from './property.ts';
import { checkValue, mayMoveLifecycle, searchablePhone, type ValueProblem } from './property-values.ts';

export type Properties = Record<string, string>;

/** One record of any type; times in milliseconds. */
export type CrmObject = {
  id: string;
  properties: Properties;
  createdAtMs: number;
  updatedAtMs: number;
  archivedAtMs: number | null;
};

/** Who writes: kept in the history as HubSpot's property sources are. */
export type WriteSource = {
  type: 'INTEGRATION' | 'FORM' | 'CRM_UI' | 'MERGE_OBJECTS';
  id: string | null;
  label: string | null;
  userId: number | null;
};

const row = z.object({
  id: z.number(),
  properties: jsonColumn(z.record(z.string(), z.string())),
  created_at: z.number(),
  updated_at: z.number(),
  archived_at: z.number().nullable(),
  merged_into: z.number().nullable(),
});
type Row = z.output<typeof row>;
const COLUMNS = 'id, properties, created_at, updated_at, archived_at, merged_into';

/** The record with that id, or the one it was merged into; undefined when there is none (or it is archived, unless asked for). */
export function findObject(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  id: string,
  archived = false,
): CrmObject | undefined {
  if (!/^\d{1,15}$/.test(id)) return undefined;
  let found = readRow(standIn, portalId, type, Number(id));
  for (let hops = 0; found && found.merged_into !== null && hops < 20; hops++) {
    found = readRow(standIn, portalId, type, found.merged_into);
  }
  if (!found || (found.archived_at !== null) !== archived) return undefined;
  return toObject(found);
}

/** By record id or by a unique property. Throws 400 when the property is not unique. */
export function findObjectBy(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  id: string,
  idProperty: string | undefined,
): CrmObject | undefined {
  if (idProperty === undefined || idProperty === 'hs_object_id') return findObject(standIn, portalId, type, id);
  const definition = propertyMap(standIn.store, portalId, type).get(idProperty);
  if (!definition)
    throw validationError(`Property "${idProperty}" does not exist`, { context: { propertyName: [idProperty] } });
  if (!definition.hasUniqueValue) {
    throw validationError(`${idProperty} is not a unique identifier property for ${type.upper}`, {
      context: { propertyName: [idProperty] },
    });
  }
  const holder = uniqueHolder(standIn, portalId, type, idProperty, id);
  return holder === undefined ? undefined : findObject(standIn, portalId, type, String(holder));
}

export function listObjects(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  page: { afterId: number; limit: number; archived?: boolean },
): CrmObject[] {
  return standIn.store
    .all(
      row,
      `select ${COLUMNS} from objects where portal_id = ? and type_id = ? and merged_into is null and id > ?
       and (archived_at is not null) = ? order by id limit ?`,
      portalId,
      type.typeId,
      page.afterId,
      page.archived ? 1 : 0,
      page.limit,
    )
    .map(toObject);
}

/** Creates a record; `id` only for seeding. Throws HubSpot's own refusals. */
export function createObject(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  input: Properties,
  source: WriteSource,
  id?: number,
): CrmObject {
  const checked = checkProperties(standIn, portalId, type, input, {});
  const missing = type.required.filter((name) => !checked[name]);
  if (missing.length > 0) {
    throw validationError(`Error creating ${type.upper}. Some required properties were not set.`, {
      context: { properties: missing },
    });
  }
  refuseTaken(standIn, portalId, type, checked, null);
  const newId = id ?? nextObjectId(standIn);
  const now = standIn.clock.now().getTime();
  const defaults: Properties = type.typeId === '0-1' && !checked.lifecyclestage ? { lifecyclestage: 'lead' } : {};
  const properties = complete(type, { ...defaults, ...withoutEmpty(checked) }, newId, now, now);
  standIn.store.run(
    'insert into objects (portal_id, type_id, id, properties, created_at, updated_at) values (?, ?, ?, ?, ?, ?)',
    portalId,
    type.typeId,
    newId,
    JSON.stringify(properties),
    now,
    now,
  );
  remember(standIn, portalId, type, newId, {}, properties, source, now);
  return { id: String(newId), properties, createdAtMs: now, updatedAtMs: now, archivedAtMs: null };
}

/** Changes some properties; a lifecycle stage further back is left as it is, as HubSpot does. */
export function updateObject(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  input: Properties,
  source: WriteSource,
): CrmObject {
  const checked = checkProperties(standIn, portalId, type, input, object.properties);
  refuseTaken(standIn, portalId, type, checked, Number(object.id));
  if (
    type.typeId === '0-1' &&
    checked.lifecyclestage &&
    !mayMoveLifecycle(object.properties.lifecyclestage, checked.lifecyclestage)
  ) {
    delete checked.lifecyclestage;
  }
  const changes = Object.entries(checked).filter(([name, value]) => (object.properties[name] ?? '') !== value);
  if (changes.length === 0) return object;
  return writeProperties(
    standIn,
    portalId,
    type,
    object,
    { ...object.properties, ...Object.fromEntries(changes) },
    source,
  );
}

/** Writes properties that HubSpot itself works out or that are read-only to apps. */
export function writeProperties(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  next: Properties,
  source: WriteSource,
): CrmObject {
  const now = standIn.clock.now().getTime();
  const properties = complete(type, withoutEmpty(next), Number(object.id), object.createdAtMs, now);
  standIn.store.run(
    'update objects set properties = ?, updated_at = ? where portal_id = ? and type_id = ? and id = ?',
    JSON.stringify(properties),
    now,
    portalId,
    type.typeId,
    Number(object.id),
  );
  remember(standIn, portalId, type, Number(object.id), object.properties, properties, source, now);
  return { ...object, properties, updatedAtMs: now };
}

export function archiveObject(standIn: StandIn, portalId: number, type: ObjectType, object: CrmObject): void {
  const id = Number(object.id);
  const key = [portalId, type.typeId, id] as const;
  standIn.store.run(
    'update objects set archived_at = ?, indexed = null, index_due_at = null where portal_id = ? and type_id = ? and id = ?',
    standIn.clock.now().getTime(),
    ...key,
  );
  standIn.store.run('delete from unique_values where portal_id = ? and type_id = ? and id = ?', ...key);
  standIn.store.run(
    'delete from associations where portal_id = ? and ((from_type = ? and from_id = ?) or (to_type = ? and to_id = ?))',
    portalId,
    type.typeId,
    id,
    type.typeId,
    id,
  );
}

/** Removes the record, its history and whatever was merged into it, without a trace (GDPR). */
export function eraseObject(standIn: StandIn, portalId: number, type: ObjectType, object: CrmObject): void {
  archiveObject(standIn, portalId, type, object);
  const key = [portalId, type.typeId, Number(object.id)] as const;
  standIn.store.run('delete from history where portal_id = ? and type_id = ? and id = ?', ...key);
  standIn.store.run('delete from objects where portal_id = ? and type_id = ? and id = ?', ...key);
  standIn.store.run('delete from objects where portal_id = ? and type_id = ? and merged_into = ?', ...key);
}

/** The primary keeps its id; the other's id resolves to it; gaps are filled from the other. */
export function mergeObjects(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  primary: CrmObject,
  other: CrmObject,
  source: WriteSource,
): CrmObject {
  if (primary.id === other.id) throw validationError('Cannot merge an object with itself');
  const { store } = standIn;
  store.run(
    'delete from unique_values where portal_id = ? and type_id = ? and id = ?',
    portalId,
    type.typeId,
    Number(other.id),
  );
  store.run(
    'update objects set merged_into = ?, indexed = null, index_due_at = null where portal_id = ? and type_id = ? and id = ?',
    Number(primary.id),
    portalId,
    type.typeId,
    Number(other.id),
  );
  moveAssociations(standIn, portalId, type, other.id, primary.id);
  store.run(
    'update submissions set contact_id = ? where portal_id = ? and contact_id = ?',
    Number(primary.id),
    portalId,
    Number(other.id),
  );
  const emails = [
    primary.properties.hs_additional_emails,
    primary.properties.email ? other.properties.email : undefined,
    other.properties.hs_additional_emails,
  ];
  const merged: Properties = {
    ...withoutEmpty(other.properties),
    ...withoutEmpty(primary.properties),
    hs_additional_emails: joined(emails),
    hs_merged_object_ids: joined([
      primary.properties.hs_merged_object_ids,
      other.properties.hs_merged_object_ids,
      other.id,
    ]),
  };
  return writeProperties(standIn, portalId, type, primary, merged, source);
}

/** Every refusal at once, as HubSpot lists them. Returns the values as HubSpot keeps them. */
export function checkProperties(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  input: Properties,
  current: Properties,
): Properties {
  const definitions = propertyMap(standIn.store, portalId, type);
  const problems: ValueProblem[] = [];
  const checked: Properties = {};
  for (const [given, raw] of Object.entries(input)) {
    const definition = definitions.get(given.toLowerCase());
    if (!definition) {
      problems.push({ name: given, code: 'PROPERTY_DOESNT_EXIST', message: `Property "${given}" does not exist` });
      continue;
    }
    const result = checkValue(definition, raw);
    if ('problem' in result) problems.push(result.problem);
    else checked[definition.name] = appended(definition, result.value, current[definition.name]);
  }
  if (problems.length > 0) throw propertiesInvalid(problems);
  return checked;
}

export function propertiesInvalid(problems: readonly ValueProblem[]): HubSpotError {
  const listed = problems.map((one) => ({
    isValid: false,
    message: one.message,
    error: one.code,
    name: one.name,
    localizedErrorMessage: one.message,
  }));
  return validationError(`Property values were not valid: ${JSON.stringify(listed)}`, {
    errors: problems.map((one) => ({ message: one.message, code: one.code, context: { propertyName: [one.name] } })),
  });
}

export function objectNotFound(type: ObjectType, ids: readonly string[]): HubSpotError {
  return ids.length === 1
    ? notFound('resource not found')
    : notFound(
        `Could not get some ${type.upper} objects, they may be deleted or not exist. Check that ids are valid.`,
        { context: { ids: [...ids] } },
      );
}

function readRow(standIn: StandIn, portalId: number, type: ObjectType, id: number): Row | undefined {
  return standIn.store.first(
    row,
    `select ${COLUMNS} from objects where portal_id = ? and type_id = ? and id = ?`,
    portalId,
    type.typeId,
    id,
  );
}

function toObject(found: Row): CrmObject {
  return {
    id: String(found.id),
    properties: found.properties,
    createdAtMs: found.created_at,
    updatedAtMs: found.updated_at,
    archivedAtMs: found.archived_at,
  };
}

/** Seeded contacts have small ids; new records start well above them, as HubSpot's do. */
function nextObjectId(standIn: StandIn): number {
  return 100_000 + standIn.store.nextNumber('object');
}

/** What HubSpot works out itself. */
function complete(
  type: ObjectType,
  properties: Properties,
  id: number,
  createdAtMs: number,
  updatedAtMs: number,
): Properties {
  const calculated: Properties =
    type.typeId === '0-1'
      ? {
          hs_searchable_calculated_phone_number: searchablePhone(properties.phone),
          hs_searchable_calculated_mobile_number: searchablePhone(properties.mobilephone),
        }
      : {};
  return {
    ...properties,
    ...withoutEmpty(calculated),
    hs_object_id: String(id),
    [type.createdProperty]: new Date(createdAtMs).toISOString(),
    [type.modifiedProperty]: new Date(updatedAtMs).toISOString(),
  };
}

function appended(definition: PropertyDefinition, value: string, current: string | undefined): string {
  if (definition.fieldType !== 'checkbox' || !value.startsWith(';')) return value;
  const all = new Set([...(current ?? '').split(';'), ...value.split(';')].filter(Boolean));
  return [...all].join(';');
}

function uniqueHolder(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  property: string,
  value: string,
): number | undefined {
  return standIn.store.first(
    z.object({ id: z.number() }),
    'select id from unique_values where portal_id = ? and type_id = ? and property = ? and value = ?',
    portalId,
    type.typeId,
    property,
    value.trim().toLowerCase(),
  )?.id;
}

function refuseTaken(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  checked: Properties,
  self: number | null,
): void {
  for (const definition of propertyMap(standIn.store, portalId, type).values()) {
    const value = checked[definition.name];
    if (!definition.hasUniqueValue || !value) continue;
    const holder = uniqueHolder(standIn, portalId, type, definition.name, value);
    if (holder === undefined || holder === self) continue;
    if (type.typeId === '0-1' && definition.name === 'email')
      throw conflict(`Contact already exists. Existing ID: ${holder}`);
    throw propertiesInvalid([
      {
        name: definition.name,
        code: 'CONFLICTING_UNIQUE_VALUE',
        message: `${holder} already has that value for ${definition.name}.`,
      },
    ]);
  }
}

/** History, unique values and the moment from which search may find the new values. */
function remember(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  id: number,
  before: Properties,
  after: Properties,
  source: WriteSource,
  nowMs: number,
): void {
  const unique = propertyMap(standIn.store, portalId, type);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = after[name] ?? '';
    if ((before[name] ?? '') === value) continue;
    standIn.store.run(
      'insert into history (portal_id, type_id, id, property, value, at, source_type, source_id, source_label, user_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      portalId,
      type.typeId,
      id,
      name,
      value,
      nowMs,
      source.type,
      source.id,
      source.label,
      source.userId,
    );
    if (unique.get(name)?.hasUniqueValue && name !== 'hs_object_id')
      replaceUnique(standIn, portalId, type, id, name, value);
  }
  const dueAt = nowMs + standIn.lags.searchIndexMs;
  standIn.store.run(
    'update objects set index_due_at = ? where portal_id = ? and type_id = ? and id = ?',
    dueAt,
    portalId,
    type.typeId,
    id,
  );
}

function replaceUnique(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  id: number,
  name: string,
  value: string,
): void {
  standIn.store.run(
    'delete from unique_values where portal_id = ? and type_id = ? and id = ? and property = ?',
    portalId,
    type.typeId,
    id,
    name,
  );
  if (!value) return;
  standIn.store.run(
    'insert into unique_values (portal_id, type_id, property, value, id) values (?, ?, ?, ?, ?)',
    portalId,
    type.typeId,
    name,
    value.trim().toLowerCase(),
    id,
  );
}

function moveAssociations(standIn: StandIn, portalId: number, type: ObjectType, from: string, to: string): void {
  for (const side of ['from', 'to']) {
    standIn.store.run(
      `update or ignore associations set ${side}_id = ? where portal_id = ? and ${side}_type = ? and ${side}_id = ?`,
      Number(to),
      portalId,
      type.typeId,
      Number(from),
    );
    standIn.store.run(
      `delete from associations where portal_id = ? and ${side}_type = ? and ${side}_id = ?`,
      portalId,
      type.typeId,
      Number(from),
    );
  }
}

function withoutEmpty(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''));
}

function joined(parts: (string | undefined)[]): string {
  return [...new Set(parts.flatMap((part) => (part ?? '').split(';')).filter(Boolean))].join(';');
}
