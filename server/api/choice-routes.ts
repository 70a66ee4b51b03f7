import {
  errorResponse,
  meetingLinkResponse,
  meetingLinksResponse,
  ownersResponse,
  type MeetingLinksResponse,
  type OwnersResponse,
} from '@flowella/shared/contract/api.ts';
import { isTimeZone } from '@flowella/shared/form/is-time-zone.ts';
import { z } from 'zod';
import { AppError } from '../app-error.ts';
import { withPortal, type Db } from '../db/db.ts';
import { listMeetingLinks, readMeetingLink } from '../hubspot/meetings.ts';
import { listOwners } from '../hubspot/owners.ts';
import type { Services } from '../services.ts';
import type { ApiScope } from './api-routes.ts';

const tags = ['settings'];

/** What an admin chooses from in HubSpot when saying where answers go: owners and meeting links. */
export function choiceRoutes(api: ApiScope, services: Services): void {
  api.get(
    '/owners',
    { schema: { tags, summary: 'Who can own a contact', response: { 200: ownersResponse, default: errorResponse } } },
    (request) => viewOwners(services, request.hubspot.portalId),
  );

  api.get(
    '/meeting-links',
    {
      schema: {
        tags,
        summary: 'Meeting links that a flow can offer times of',
        response: { 200: meetingLinksResponse, default: errorResponse },
      },
    },
    (request) => viewMeetingLinks(services, request.hubspot.portalId),
  );

  api.get(
    '/meeting-link',
    {
      schema: {
        tags,
        summary: 'How long the meetings of a link may be',
        querystring: z.looseObject({ link: z.string().min(1).max(200) }),
        response: { 200: meetingLinkResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId } = request.hubspot;
      const where = { hubspot: services.hubspot, portalId, priority: 'card' as const };
      const timeZone = await timeZoneOf(services.db, portalId);
      try {
        const { minutes } = await readMeetingLink(where, request.query.link, timeZone);
        return { minutes };
      } catch (err) {
        if (err instanceof AppError && err.code === 'hubspot_not_found') throw noSuchLink(request.query.link, err);
        throw err;
      }
    },
  );
}

function noSuchLink(link: string, cause: unknown): AppError {
  return new AppError('meeting_link_not_found', {
    status: 404,
    userMessage: {
      en: `HubSpot has no meeting link “${link}”. Choose one of those that the account has, or check whether it was deleted.`,
      de: `In HubSpot gibt es keinen Meeting-Link „${link}“. Wählen Sie einen von denen, die das Konto hat, oder prüfen Sie, ob er gelöscht wurde.`,
    },
    cause,
  });
}

async function viewOwners({ hubspot }: Services, portalId: number): Promise<OwnersResponse> {
  const owners = await unlessForbidden(() => listOwners({ hubspot, portalId, priority: 'card' }));
  const found = [...(owners?.values() ?? [])];
  return { owners: found.toSorted((a, b) => a.name.localeCompare(b.name)), permitted: owners !== null };
}

async function viewMeetingLinks({ hubspot, db }: Services, portalId: number): Promise<MeetingLinksResponse> {
  const links = await unlessForbidden(() => listMeetingLinks({ hubspot, portalId, priority: 'card' }));
  const found = (links ?? []).map(({ link, name }) => ({ link, name }));
  return {
    links: found.toSorted((a, b) => a.name.localeCompare(b.name)),
    timeZone: await timeZoneOf(db, portalId),
    permitted: links !== null,
  };
}

/** Null where the account has not granted it. */
async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (err) {
    if (err instanceof AppError && err.code === 'hubspot_missing_scope') return null;
    throw err;
  }
}

async function timeZoneOf(db: Db, portalId: number): Promise<string> {
  const row = await withPortal(db, portalId, (tx) =>
    tx.selectFrom('portals').select('time_zone').where('portal_id', '=', String(portalId)).executeTakeFirst(),
  );
  return row?.time_zone && isTimeZone(row.time_zone) ? row.time_zone : 'UTC';
}
