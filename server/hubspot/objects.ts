import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';

/** HubSpot's own association types (hubspot-platform.md section 5.4). */
export const ASSOCIATION = { communicationToContact: 81, noteToContact: 202, taskToContact: 204 } as const;
/** Most inputs of a batch call (hubspot-platform.md section 5.1). */
export const MAX_BATCH = 100;
/** Activities of one contact that are looked through for ours, newest first: an attempt is minutes old, not years. */
const MAX_LOOKED_AT = 100;

export const objectSchema = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()).catch({}),
  objectWriteTraceId: z.string().optional().catch(undefined),
});
export type CrmObject = z.infer<typeof objectSchema>;
const batchSchema = z.object({ results: z.array(objectSchema).catch([]) });

type Where = { hubspot: HubSpotClient; portalId: PortalId; priority: HubSpotPriority };

/** A record with these properties. Throws `hubspot_not_found`. */
export async function readObject(
  { hubspot, portalId, priority }: Where,
  type: string,
  id: string,
  options: { properties: string[]; idProperty?: string },
): Promise<CrmObject> {
  return hubspot.call(portalId, {
    method: 'GET',
    path: PATHS.object(type, id),
    query: { properties: options.properties, idProperty: options.idProperty },
    schema: objectSchema,
    priority,
    idempotent: true,
  });
}

/** The records among `ids` that exist, by id; at most a hundred. */
export async function readObjects(
  { hubspot, portalId, priority }: Where,
  type: string,
  ids: readonly string[],
  properties: string[],
): Promise<Map<string, CrmObject>> {
  if (ids.length === 0) return new Map();
  const answer = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objectBatch(type, 'read'),
    query: { archived: false },
    body: { inputs: ids.map((id) => ({ id })), properties, propertiesWithHistory: [] },
    schema: batchSchema,
    priority,
    idempotent: true,
  });
  return new Map(answer.results.map((object) => [object.id, object]));
}

export async function updateObject(
  { hubspot, portalId, priority }: Where,
  type: string,
  id: string,
  properties: Record<string, string>,
): Promise<CrmObject> {
  return hubspot.call(portalId, {
    method: 'PATCH',
    path: PATHS.object(type, id),
    body: { properties },
    schema: objectSchema,
    priority,
    idempotent: true,
  });
}

/** Ids of the records that were certainly changed; those left out were refused one by one (HTTP 207). */
export async function updateObjects(
  { hubspot, portalId, priority }: Where,
  type: string,
  inputs: readonly { id: string; properties: Record<string, string> }[],
): Promise<Set<string>> {
  const answer = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objectBatch(type, 'update'),
    // With a trace id of its own, a refused member does not refuse the others.
    body: { inputs: inputs.map((input) => ({ ...input, objectWriteTraceId: input.id })) },
    schema: batchSchema,
    priority,
    idempotent: true,
  });
  return new Set(answer.results.map((object) => object.id));
}

export type NewActivity = {
  traceId: string;
  properties: Record<string, string>;
  contactId: string;
  associationTypeId: number;
};

/** What a batch of new activities came to: ids by trace id, and whether every record HubSpot made is among them. */
export type CreatedActivities = { ids: Map<string, string>; complete: boolean };

/**
 * Creates activities on contacts in one call. A record is matched by its trace id, or by the trace id in its text where HubSpot does
 * not echo it. When `complete`, those without an id were certainly not made.
 * Not idempotent: throws `hubspot_outcome_unknown` when the answer is lost.
 */
export async function createActivities(
  { hubspot, portalId, priority }: Where,
  type: string,
  activities: readonly NewActivity[],
): Promise<CreatedActivities> {
  const { results } = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objectBatch(type, 'create'),
    body: {
      inputs: activities.map((activity) => ({ ...activityBody(activity), objectWriteTraceId: activity.traceId })),
    },
    schema: batchSchema,
    priority,
    idempotent: false,
  });
  const ids = new Map<string, string>();
  for (const object of results) {
    const text = Object.values(object.properties).join(' ');
    const traceId =
      object.objectWriteTraceId ?? activities.find((activity) => text.includes(activity.traceId))?.traceId;
    if (traceId !== undefined) ids.set(traceId, object.id);
  }
  return { ids, complete: ids.size === results.length };
}

export async function createActivity(
  { hubspot, portalId, priority }: Where,
  type: string,
  activity: NewActivity,
): Promise<string> {
  const created = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objects(type),
    body: activityBody(activity),
    schema: objectSchema,
    priority,
    idempotent: false,
  });
  return created.id;
}

function activityBody(activity: NewActivity): { properties: Record<string, string>; associations: unknown[] } {
  return {
    properties: activity.properties,
    associations: [
      {
        to: { id: activity.contactId },
        types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: activity.associationTypeId }],
      },
    ],
  };
}

/**
 * The contact's newest activities of a type with one property, read through the associations and not by search, whose index lags
 * behind (hubspot-platform.md section 5.1). An unknown contact has none.
 */
export async function readActivities(
  where: Where,
  type: string,
  contactId: string,
  property: string,
): Promise<{ id: string; value: string }[]> {
  const objects = await readNewest(where, type, contactId, [property]);
  return objects.map((object) => ({ id: object.id, value: object.properties[property] ?? '' }));
}

/** The contact's newest records of a type; see `readActivities`. */
export async function readNewest(
  where: Where,
  type: string,
  contactId: string,
  properties: string[],
): Promise<CrmObject[]> {
  const ids = await readAssociatedIds(where, contactId, type);
  const newest = ids.toSorted((a, b) => Number(b) - Number(a)).slice(0, MAX_LOOKED_AT);
  return [...(await readObjects(where, type, newest, properties)).values()];
}

async function readAssociatedIds(
  { hubspot, portalId, priority }: Where,
  contactId: string,
  type: string,
): Promise<string[]> {
  const page = z.object({
    results: z
      .array(
        z.object({
          to: z.array(z.object({ toObjectId: z.union([z.string(), z.number()]).transform(String) })),
          paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
        }),
      )
      .catch([]),
  });
  const ids: string[] = [];
  let after: string | undefined;
  // Ten pages of HubSpot's five hundred: beyond that nobody reads a timeline, and the newest ids are among any.
  for (let n = 0; n < 10; n += 1) {
    const answer = await hubspot.call(portalId, {
      method: 'POST',
      path: PATHS.associationRead('contacts', type),
      body: { inputs: [after === undefined ? { id: contactId } : { id: contactId, after }] },
      schema: page,
      priority,
      idempotent: true,
    });
    const [found] = answer.results;
    ids.push(...(found?.to ?? []).map((to) => to.toObjectId));
    after = found?.paging?.next?.after;
    if (after === undefined) return ids;
  }
  return ids;
}

/** Creates or changes a record known by one of our own unique properties; doing it twice is doing it once. */
export async function upsertObject(
  { hubspot, portalId, priority }: Where,
  type: string,
  input: { idProperty: string; id: string; properties: Record<string, string> },
): Promise<CrmObject> {
  const answer = await hubspot.call(portalId, {
    method: 'POST',
    path: PATHS.objectBatch(type, 'upsert'),
    body: { inputs: [input] },
    schema: batchSchema,
    priority,
    idempotent: true,
  });
  const [object] = answer.results;
  if (!object) {
    throw new AppError('hubspot_rejected', {
      context: { status: 207, category: 'VALIDATION_ERROR', correlationId: '', message: '', errors: [] },
    });
  }
  return object;
}

/** Ties two records together with HubSpot's default type; again changes nothing. */
export async function associate(
  { hubspot, portalId, priority }: Where,
  from: { type: string; id: string },
  to: { type: string; id: string },
): Promise<void> {
  await hubspot.call(portalId, {
    method: 'PUT',
    path: PATHS.defaultAssociation(from.type, from.id, to.type, to.id),
    schema: z.unknown(),
    priority,
    idempotent: true,
  });
}
