import { errorResponse } from '@flowella/shared/contract/api.ts';
import {
  replayStoppedRequest,
  replayStoppedResponse,
  stoppedGroupsResponse,
  stoppedKind,
  stoppedListQuery,
  stoppedListResponse,
} from '@flowella/shared/contract/stopped.ts';
import { withPortal } from '../db/db.ts';
import { replayStopped } from '../delivery/replay-stopped.ts';
import { refreshHeldForms } from '../flows/refresh-held-forms.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import { contactUrlOf } from '../submissions/view-submissions.ts';
import { listStopped, viewStopped } from '../submissions/view-stopped.ts';
import type { ApiScope } from './api-routes.ts';
import { once } from './idempotency.ts';

const tags = ['deliveries'];

/** What the settings page shows of deliveries that stopped, and how they are tried again. */
export function stoppedRoutes(api: ApiScope, services: Services): void {
  api.get(
    '/stopped-deliveries',
    {
      schema: {
        tags,
        summary: 'Deliveries that stopped, in groups by reason, and what is under way',
        response: { 200: stoppedGroupsResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId } = request.hubspot;
      const language = requestLanguage(request);
      await refreshHeldForms(services, portalId, language);
      return viewStopped(services, portalId, language);
    },
  );

  api.get(
    '/stopped-deliveries/:destination/:code',
    {
      schema: {
        tags,
        summary: 'The deliveries of one group, oldest first',
        params: stoppedKind,
        querystring: stoppedListQuery,
        response: { 200: stoppedListResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId } = request.hubspot;
      const portal = await withPortal(services.db, portalId, (tx) =>
        tx
          .selectFrom('portals')
          .select('ui_domain')
          .where('portal_id', '=', String(portalId))
          .executeTakeFirstOrThrow(),
      );
      const contactUrl = contactUrlOf(services.config.hubspot.appUrl, portalId, portal.ui_domain);
      return listStopped(services, portalId, { ...request.params, after: request.query.after, contactUrl });
    },
  );

  api.post(
    '/stopped-deliveries/replay',
    {
      schema: {
        tags,
        summary: 'Try all deliveries of one group again, or all that stopped',
        body: replayStoppedRequest,
        response: { 200: replayStoppedResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const { idempotencyKey, kind } = request.body;
      const filter = kind ?? null;
      const call = { portalId, route: 'replay-stopped', key: idempotencyKey, request: { filter } };
      const result = await once(services, call, async () =>
        JSON.stringify(await replayStopped(services, portalId, { filter, actor: `user:${userId}` })),
      );
      return replayStoppedResponse.parse(JSON.parse(result));
    },
  );
}
