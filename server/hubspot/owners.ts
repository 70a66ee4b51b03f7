import { z } from 'zod';
import type { PortalId } from '../db/db.ts';
import { PATHS } from './api-version.ts';
import type { HubSpotClient, HubSpotPriority } from './client.ts';

/** Somebody who can own contacts (Owners 2026-09, `PublicOwner`). The id differs from the user's. */
export type Owner = { ownerId: string; name: string; archived: boolean };

/** HubSpot's largest page; more owners than five pages no account has. */
const PAGE = 500;
const MAX_PAGES = 5;

const pageSchema = z.object({
  results: z.array(
    z.object({
      id: z.union([z.string(), z.number()]).transform(String),
      email: z.string().nullish(),
      firstName: z.string().nullish(),
      lastName: z.string().nullish(),
      archived: z.boolean().catch(false),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
});

type Where = { hubspot: HubSpotClient; portalId: PortalId; priority: HubSpotPriority };

/** All owners of the account, those who are archived too, by id. Throws what the HubSpot client throws; reading twice does no harm. */
export async function listOwners(where: Where): Promise<Map<string, Owner>> {
  const [present, archived] = await Promise.all([listPages(where, false), listPages(where, true)]);
  return new Map([...archived, ...present].map((owner) => [owner.ownerId, owner]));
}

async function listPages({ hubspot, portalId, priority }: Where, archived: boolean): Promise<Owner[]> {
  const owners: Owner[] = [];
  let after: string | undefined;
  for (let n = 0; n < MAX_PAGES; n += 1) {
    const page = await hubspot.call(portalId, {
      method: 'GET',
      path: PATHS.owners,
      query: { limit: String(PAGE), archived, ...(after === undefined ? {} : { after }) },
      schema: pageSchema,
      priority,
      idempotent: true,
    });
    owners.push(
      ...page.results.map((one) => ({
        ownerId: one.id,
        name: [one.firstName, one.lastName].filter(Boolean).join(' ') || one.email || one.id,
        archived: archived || one.archived,
      })),
    );
    after = page.paging?.next?.after;
    if (after === undefined) break;
  }
  return owners;
}
