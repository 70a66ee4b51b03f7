import { z } from 'zod';
import type { StandIn } from '../stand-in.ts';
import { associationName, listAssociated } from './associations.ts';
import type { CrmObject } from './objects.ts';
import { resolveObjectType, type ObjectType } from './object-types.ts';

export type Selection = {
  properties: readonly string[];
  propertiesWithHistory: readonly string[];
  associations: readonly string[];
};

export const NOTHING_SELECTED: Selection = { properties: [], propertiesWithHistory: [], associations: [] };

/** A record as the object APIs answer it: the default properties, or those asked for (unknown ones are left out, set ones may be null). */
export function toObjectJson(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  selection: Selection = NOTHING_SELECTED,
  known: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const asked = [...selection.properties, ...selection.propertiesWithHistory];
  const names =
    asked.length === 0
      ? type.shown
      : [type.createdProperty, type.modifiedProperty, 'hs_object_id', ...asked.filter((name) => known.has(name))];
  const properties = Object.fromEntries(
    [...new Set(names)].toSorted().map((name) => [name, object.properties[name] ?? null]),
  );
  return {
    id: object.id,
    properties,
    ...(selection.propertiesWithHistory.length > 0
      ? { propertiesWithHistory: history(standIn, portalId, type, object, selection.propertiesWithHistory) }
      : {}),
    createdAt: new Date(object.createdAtMs).toISOString(),
    updatedAt: new Date(object.updatedAtMs).toISOString(),
    archived: object.archivedAtMs !== null,
    ...(object.archivedAtMs === null ? {} : { archivedAt: new Date(object.archivedAtMs).toISOString() }),
    url: `https://app.hubspot.com/contacts/${portalId}/record/${type.typeId}/${object.id}`,
    ...associationsJson(standIn, portalId, type, object, selection.associations),
  };
}

/** After a write HubSpot answers every property that was set, beside the default ones. */
export function toWrittenJson(
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  written: readonly string[],
): Record<string, unknown> {
  const names = new Set([
    ...type.shown,
    ...written.map((name) => name.toLowerCase()),
    ...Object.keys(object.properties),
  ]);
  const properties = Object.fromEntries(
    [...names]
      .toSorted()
      .flatMap((name) => (object.properties[name] === undefined ? [] : [[name, object.properties[name]]])),
  );
  return {
    id: object.id,
    properties,
    createdAt: new Date(object.createdAtMs).toISOString(),
    updatedAt: new Date(object.updatedAtMs).toISOString(),
    archived: false,
    url: `https://app.hubspot.com/contacts/${portalId}/record/${type.typeId}/${object.id}`,
  };
}

function associationsJson(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  wanted: readonly string[],
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of wanted) {
    const to = resolveObjectType(standIn.store, portalId, name);
    const results = listAssociated(standIn, portalId, { type, id: object.id }, to).map((one) => ({
      id: one.toId,
      type: associationName(type, to),
    }));
    if (results.length > 0) found[to.plural] = { results };
  }
  return Object.keys(found).length === 0 ? {} : { associations: found };
}

function history(
  standIn: StandIn,
  portalId: number,
  type: ObjectType,
  object: CrmObject,
  names: readonly string[],
): Record<string, unknown> {
  const row = z.object({
    value: z.string(),
    at: z.number(),
    source_type: z.string(),
    source_id: z.string().nullable(),
    source_label: z.string().nullable(),
    user_id: z.number().nullable(),
  });
  return Object.fromEntries(
    names.map((name) => [
      name,
      standIn.store
        .all(
          row,
          'select value, at, source_type, source_id, source_label, user_id from history where portal_id = ? and type_id = ? and id = ? and property = ? order by n desc limit 50',
          portalId,
          type.typeId,
          Number(object.id),
          name,
        )
        .map((one) => ({
          value: one.value,
          timestamp: new Date(one.at).toISOString(),
          sourceType: one.source_type,
          ...(one.source_id === null ? {} : { sourceId: one.source_id }),
          ...(one.source_label === null ? {} : { sourceLabel: one.source_label }),
          ...(one.user_id === null ? {} : { updatedByUserId: one.user_id }),
        })),
    ]),
  );
}
