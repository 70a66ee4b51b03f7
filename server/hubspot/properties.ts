import { z } from 'zod';
import { AppError } from '../app-error.ts';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';

/** Everything we create at HubSpot carries our prefix, for ever (design, section 3, Names that can never change). */
export const OUR_GROUP = { name: 'flowella', label: 'Flowella (WhatsApp)' } as const;
export const OUR_PREFIX = 'flowella_';

const optionSchema = z.object({ label: z.string().catch(''), value: z.string(), hidden: z.boolean().catch(false) });
/** A property as far as we look at it (Properties 2026-09, `Property`). */
export const propertySchema = z.object({
  name: z.string(),
  label: z.string().catch(''),
  type: z.string(),
  fieldType: z.string().catch(''),
  groupName: z.string().catch(''),
  options: z.array(optionSchema).catch([]),
  hidden: z.boolean().catch(false),
  calculated: z.boolean().catch(false),
  archived: z.boolean().catch(false),
  modificationMetadata: z
    .object({ readOnlyValue: z.boolean().catch(false) })
    .optional()
    .catch(undefined),
});
export type Property = z.infer<typeof propertySchema>;

export type PropertySpec = {
  name: string;
  label: string;
  type: 'string' | 'number' | 'bool' | 'enumeration' | 'date' | 'datetime';
  fieldType: string;
  description?: string;
  options?: { label: string; value: string }[];
  /** No two records may have the same value: for finding a record again by our own id. */
  unique?: boolean;
};

/** True for a property that an app may write: not calculated, not read-only, not hidden away by HubSpot. */
export function isWritable(property: Property): boolean {
  return !property.calculated && !property.archived && property.modificationMetadata?.readOnlyValue !== true;
}

/** All properties of an object type, by name. */
export async function listProperties(
  hubspot: HubSpotClient,
  portalId: PortalId,
  objectType: string,
  priority: HubSpotPriority,
): Promise<Map<string, Property>> {
  const answer = await hubspot.call(portalId, {
    method: 'GET',
    path: PATHS.properties(objectType),
    query: { archived: false },
    schema: z.object({ results: z.array(propertySchema) }),
    priority,
    idempotent: true,
  });
  return new Map(answer.results.map((property) => [property.name, property]));
}

/**
 * Makes sure that our group and these properties exist. One that is already there is taken when type and input agree, whoever
 * made it; otherwise throws `property_type_conflict` (context.property, userMessage).
 */
export async function ensureProperties(
  hubspot: HubSpotClient,
  portalId: PortalId,
  objectType: string,
  specs: readonly PropertySpec[],
  priority: HubSpotPriority,
): Promise<void> {
  if (specs.length === 0) return;
  const present = await listProperties(hubspot, portalId, objectType, priority);
  const missing = specs.filter((spec) => {
    const property = present.get(spec.name);
    if (property) assertSameType(spec, property);
    return !property;
  });
  if (missing.length === 0) return;
  await ensureGroup(hubspot, portalId, objectType, priority);
  for (const spec of missing) await createProperty(hubspot, portalId, objectType, spec, priority);
}

async function ensureGroup(
  hubspot: HubSpotClient,
  portalId: PortalId,
  objectType: string,
  priority: HubSpotPriority,
): Promise<void> {
  await unlessThere(() =>
    hubspot.call(portalId, {
      method: 'POST',
      path: PATHS.propertyGroups(objectType),
      body: { ...OUR_GROUP, displayOrder: -1 },
      schema: z.unknown(),
      priority,
      idempotent: true,
    }),
  );
}

async function createProperty(
  hubspot: HubSpotClient,
  portalId: PortalId,
  objectType: string,
  spec: PropertySpec,
  priority: HubSpotPriority,
): Promise<void> {
  const created = await unlessThere(() =>
    hubspot.call(portalId, {
      method: 'POST',
      path: PATHS.properties(objectType),
      body: {
        name: spec.name,
        label: spec.label,
        type: spec.type,
        fieldType: spec.fieldType,
        groupName: OUR_GROUP.name,
        description: spec.description ?? '',
        options: (spec.options ?? []).map((option, displayOrder) => ({ ...option, displayOrder, hidden: false })),
        formField: false,
        hasUniqueValue: spec.unique ?? false,
      },
      schema: z.unknown(),
      priority,
      // A repeat answers 409, which says that it is there.
      idempotent: true,
    }),
  );
  if (created) return;
  const property = await hubspot.call(portalId, {
    method: 'GET',
    path: PATHS.property(objectType, spec.name),
    schema: propertySchema,
    priority,
    idempotent: true,
  });
  assertSameType(spec, property);
}

/** False when HubSpot answered 409: it exists already. */
async function unlessThere(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_conflict') return false;
    throw err;
  }
}

function assertSameType(spec: PropertySpec, property: Property): void {
  if (property.type === spec.type) return;
  throw new AppError('property_type_conflict', {
    status: 409,
    userMessage: {
      en: `The property "${property.label || spec.name}" (${spec.name}) exists in HubSpot with the type ${property.type}, but ${spec.type} is needed. Map the question to another property, or archive that one in HubSpot.`,
      de: `Die Eigenschaft „${property.label || spec.name}“ (${spec.name}) gibt es in HubSpot mit dem Typ ${property.type}, gebraucht wird aber ${spec.type}. Ordnen Sie die Frage einer anderen Eigenschaft zu, oder archivieren Sie diese in HubSpot.`,
    },
    context: { property: spec.name, has: property.type, needs: spec.type },
  });
}
