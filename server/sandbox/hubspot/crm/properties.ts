import { z } from 'zod';
import { jsonColumn, type Store } from '../store.ts';
import { customObjectProperties, DEFAULT_PROPERTIES } from './default-properties.ts';
import type { ObjectType } from './object-types.ts';
import { propertyDefinition, type PropertyDefinition } from './property.ts';

const row = z.object({ property: jsonColumn(propertyDefinition), archived_at: z.number().nullable() });

export function listProperties(store: Store, portalId: number, type: ObjectType): PropertyDefinition[] {
  const own = store.all(
    row,
    'select property, archived_at from properties where portal_id = ? and type_id = ? and archived_at is null order by name',
    portalId,
    type.typeId,
  );
  return [...builtIn(type), ...own.map((one) => one.property)];
}

export function listArchivedProperties(
  store: Store,
  portalId: number,
  type: ObjectType,
): { property: PropertyDefinition; archivedAt: number }[] {
  return store
    .all(
      row,
      'select property, archived_at from properties where portal_id = ? and type_id = ? and archived_at is not null order by name',
      portalId,
      type.typeId,
    )
    .map((one) => ({ property: one.property, archivedAt: one.archived_at ?? 0 }));
}

/** By name in lower case: HubSpot's internal names have no capitals. */
export function propertyMap(store: Store, portalId: number, type: ObjectType): ReadonlyMap<string, PropertyDefinition> {
  return new Map(listProperties(store, portalId, type).map((property) => [property.name, property]));
}

export function storeProperty(store: Store, portalId: number, type: ObjectType, property: PropertyDefinition): void {
  store.run(
    `insert into properties (portal_id, type_id, name, property) values (?, ?, ?, ?)
     on conflict (portal_id, type_id, name) do update set property = excluded.property, archived_at = null`,
    portalId,
    type.typeId,
    property.name,
    JSON.stringify(property),
  );
}

export function archiveProperty(store: Store, portalId: number, type: ObjectType, name: string, atMs: number): void {
  store.run(
    'update properties set archived_at = ? where portal_id = ? and type_id = ? and name = ?',
    atMs,
    portalId,
    type.typeId,
    name,
  );
}

export type PropertyGroup = { name: string; label: string; displayOrder: number; archived: boolean };

const DEFAULT_GROUPS: Readonly<Record<string, PropertyGroup[]>> = {
  '0-1': [
    group('contactinformation', 'Contact information'),
    group('emailinformation', 'Email information'),
    group('conversioninformation', 'Conversion information'),
  ],
  '0-2': [group('companyinformation', 'Company information')],
  '0-46': [group('note', 'Note information')],
  '0-18': [group('communication', 'Communication information')],
  '0-27': [group('task', 'Task information')],
};

export function listGroups(store: Store, portalId: number, type: ObjectType): PropertyGroup[] {
  const own = store
    .all(
      z.object({ name: z.string(), label: z.string(), display_order: z.number(), archived: z.number() }),
      'select name, label, display_order, archived from property_groups where portal_id = ? and type_id = ? and archived = 0 order by name',
      portalId,
      type.typeId,
    )
    .map((one) => ({ name: one.name, label: one.label, displayOrder: one.display_order, archived: false }));
  return [...(DEFAULT_GROUPS[type.typeId] ?? []), ...own];
}

export function isBuiltInGroup(type: ObjectType, name: string): boolean {
  return (DEFAULT_GROUPS[type.typeId] ?? []).some((one) => one.name === name);
}

export function storeGroup(
  store: Store,
  portalId: number,
  type: ObjectType,
  one: Omit<PropertyGroup, 'archived'>,
): void {
  store.run(
    `insert into property_groups (portal_id, type_id, name, label, display_order) values (?, ?, ?, ?, ?)
     on conflict (portal_id, type_id, name) do update set label = excluded.label, display_order = excluded.display_order, archived = 0`,
    portalId,
    type.typeId,
    one.name,
    one.label,
    one.displayOrder,
  );
}

export function archiveGroup(store: Store, portalId: number, type: ObjectType, name: string): void {
  store.run(
    'update property_groups set archived = 1 where portal_id = ? and type_id = ? and name = ?',
    portalId,
    type.typeId,
    name,
  );
}

function builtIn(type: ObjectType): readonly PropertyDefinition[] {
  return type.custom
    ? customObjectProperties(`${type.plural.replace(/^p\d+_/, '').toLowerCase()}_information`)
    : (DEFAULT_PROPERTIES[type.typeId] ?? []);
}

function group(name: string, label: string): PropertyGroup {
  return { name, label, displayOrder: -1, archived: false };
}
