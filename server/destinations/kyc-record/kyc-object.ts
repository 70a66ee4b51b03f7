import { z } from 'zod';
import { AppError } from '../../app-error.ts';
import { withPortal } from '../../db/db.ts';
import { PATHS } from '../../hubspot/api-version.ts';
import type { HubSpotPriority } from '../../hubspot/client.ts';
import { ensureProperties } from '../../hubspot/properties.ts';
import { CUSTOM_OBJECT_SCOPES } from '../../hubspot/scopes.ts';
import type { DestinationContext } from '../destination.ts';
import { findThing, rememberThing } from '../things.ts';
import { KYC_PROPERTIES, KYC_REFERENCE, KYC_STATUS } from './kyc-properties.ts';

const KIND = 'custom-object';
/** The object's internal name; HubSpot never lets it be changed. */
const NAME = 'flowella_kyc_record';
/** Raised when KYC_PROPERTIES gains one, as for contacts. */
const OBJECT_PROPERTY_SET = 'kyc-object-v2';

const schemaAnswer = z.object({ objectTypeId: z.string(), name: z.string() });
const limitAnswer = z.object({ limit: z.number(), usage: z.number() });

/** Whether the install granted what custom objects need: they are optional, since only Enterprise accounts have them. */
export async function mayUseCustomObjects({
  db,
  portalId,
}: Pick<DestinationContext, 'db' | 'portalId'>): Promise<boolean> {
  const row = await withPortal(db, portalId, (tx) =>
    tx.selectFrom('hubspot_tokens').select('scopes').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return CUSTOM_OBJECT_SCOPES.every((scope) => row?.scopes.includes(scope));
}

/** The object type id of our KYC record in this portal (`2-…`), or null when it was not made yet. */
export function kycObjectType(context: DestinationContext): Promise<string | null> {
  return findThing(context, KIND, NAME);
}

/**
 * Makes the custom object once per portal and remembers its type id; finds the one that an earlier install or a lost answer left.
 * Throws `custom_objects_full` when the account has no room, or what the HubSpot client throws.
 */
export async function ensureKycObject(context: DestinationContext, priority: HubSpotPriority): Promise<string> {
  const known = await kycObjectType(context);
  if (known) return known;
  const id = (await findSchema(context, priority)) ?? (await createSchema(context, priority));
  await rememberThing(context, { kind: KIND, name: NAME, remoteId: id });
  return id;
}

/** Adds what the object of an earlier version lacks, once per portal. */
export async function ensureKycObjectProperties(
  context: DestinationContext,
  type: string,
  priority: HubSpotPriority,
): Promise<void> {
  if ((await findThing(context, 'property-set', OBJECT_PROPERTY_SET)) !== null) return;
  await ensureProperties(context.hubspot, context.portalId, type, KYC_PROPERTIES, priority);
  await rememberThing(context, { kind: 'property-set', name: OBJECT_PROPERTY_SET, remoteId: null });
}

/** True when the account can take one more custom object, or has ours already. */
export async function hasRoomForKycObject(context: DestinationContext, priority: HubSpotPriority): Promise<boolean> {
  if (await kycObjectType(context)) return true;
  if ((await findSchema(context, priority)) !== null) return true;
  const { limit, usage } = await context.hubspot.call(context.portalId, {
    method: 'GET',
    path: PATHS.customObjectLimits,
    schema: limitAnswer,
    priority,
    idempotent: true,
  });
  return usage < limit;
}

async function findSchema(
  { hubspot, portalId }: DestinationContext,
  priority: HubSpotPriority,
): Promise<string | null> {
  const { results } = await hubspot.call(portalId, {
    method: 'GET',
    path: PATHS.schemas,
    query: { archived: false },
    schema: z.object({ results: z.array(schemaAnswer) }),
    priority,
    idempotent: true,
  });
  return results.find((schema) => schema.name === NAME)?.objectTypeId ?? null;
}

async function createSchema(context: DestinationContext, priority: HubSpotPriority): Promise<string> {
  if (!(await hasRoomForKycObject(context, priority))) throw new AppError('custom_objects_full');
  try {
    const schema = await context.hubspot.call(context.portalId, {
      method: 'POST',
      path: PATHS.schemas,
      body: {
        name: NAME,
        description: 'Identity details received by WhatsApp flows',
        labels: { singular: 'KYC record', plural: 'KYC records' },
        primaryDisplayProperty: KYC_REFERENCE,
        secondaryDisplayProperties: ['flowella_kyc_legal_name', KYC_STATUS],
        requiredProperties: [KYC_REFERENCE],
        searchableProperties: [KYC_REFERENCE],
        allowsSensitiveProperties: false,
        associatedObjects: ['CONTACT'],
        properties: KYC_PROPERTIES.map(({ unique: _unique, options, ...spec }, displayOrder) => ({
          ...spec,
          displayOrder,
          hasUniqueValue: spec.name === KYC_REFERENCE,
          ...(options
            ? { options: options.map((option, order) => ({ ...option, displayOrder: order, hidden: false })) }
            : {}),
        })),
      },
      schema: schemaAnswer,
      priority,
      // A second schema of the same name is refused, and then found.
      idempotent: true,
    });
    return schema.objectTypeId;
  } catch (err) {
    const there =
      err instanceof AppError && ['hubspot_conflict', 'hubspot_rejected'].includes(err.code)
        ? await findSchema(context, priority)
        : null;
    if (there !== null) return there;
    throw err;
  }
}
