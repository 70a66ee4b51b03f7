import { AppError } from '../../app-error.ts';
import { BoundedCache } from '../../bounded-cache.ts';
import type { PortalId } from '../../db/db.ts';
import { listOwners, type Owner } from '../../hubspot/owners.ts';
import type { DeliveryItem, DestinationContext } from '../destination.ts';
import { routesOwner, type ChosenOwner } from './choose-owner.ts';
import { settleOwners } from './owner-choices.ts';

/** People leave seldom; who was archived a minute ago may still be given a contact, which HubSpot then shows as theirs. */
const OWNERS_TTL_MS = 60_000;

export type RouteOwners = (
  context: DestinationContext,
  targets: readonly { item: DeliveryItem; contactId: string }[],
  currentOf: (contactId: string) => string,
) => Promise<Map<string, ChosenOwner>>;

/** Finds the new owner of each contact whose flow has rules for it; by submission id. Throws what the HubSpot client throws. */
export function createRouteOwners(): RouteOwners {
  const known = new BoundedCache<PortalId, ReadonlyMap<string, Owner> | null>({ max: 500, ttlMs: OWNERS_TTL_MS });
  return async (context, targets, currentOf) => {
    const routed = targets.filter(({ item }) => routesOwner(item));
    if (routed.length === 0) return new Map();
    const owners = await known.get(context.portalId, () => readOwners(context));
    const isActive = (ownerId: string): boolean => owners === null || owners.get(ownerId)?.archived === false;
    const items = routed
      .toSorted((a, b) => Number(a.item.finishedAt) - Number(b.item.finishedAt))
      .map(({ item, contactId }) => ({ item, contactId, current: currentOf(contactId) }));
    return settleOwners(context, items, isActive);
  };
}

/** Null where the account has not granted the list: then HubSpot itself is the judge of an owner's id. */
async function readOwners({ hubspot, portalId }: DestinationContext): Promise<ReadonlyMap<string, Owner> | null> {
  try {
    return await listOwners({ hubspot, portalId, priority: 'delivery' });
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_missing_scope') return null;
    throw err;
  }
}
