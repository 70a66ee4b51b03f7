import {
  alertsResponse,
  chooseAlertWaysRequest,
  errorResponse,
  quietAlertRequest,
} from '@flowella/shared/contract/api.ts';
import { z } from 'zod';
import { chooseAlertWays } from '../alerts/choose-ways.ts';
import { quietAlert, viewAlerts } from '../alerts/view-alerts.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import type { ApiScope } from './api-routes.ts';
import { once } from './idempotency.ts';

const tags = ['alerts'];
const params = z.object({ alertId: z.string().regex(/^alr_[0-9a-z]{20}$/) });
const response = { 200: alertsResponse, default: errorResponse };

/** What needs the customer, and how else they are told of it. */
export function alertRoutes(api: ApiScope, services: Services): void {
  api.get('/alerts', { schema: { tags, summary: 'What needs you', response } }, (request) =>
    viewAlerts(services, request.hubspot.portalId, requestLanguage(request)),
  );

  api.post(
    '/alerts/ways',
    { schema: { tags, summary: 'Choose how you are told of alerts', body: chooseAlertWaysRequest, response } },
    async (request) => {
      const { portalId, userId } = request.hubspot;
      const language = requestLanguage(request);
      const { idempotencyKey, ...ways } = request.body;
      await once(services, { portalId, route: 'alert-ways', key: idempotencyKey, request: ways }, async () => {
        await chooseAlertWays(services, portalId, { ...ways, userId, language });
        return 'chosen';
      });
      return viewAlerts(services, portalId, language);
    },
  );

  api.post(
    '/alerts/:alertId/quiet',
    { schema: { tags, summary: 'No reminder until more of it happens', params, body: quietAlertRequest, response } },
    async (request) => {
      const { portalId } = request.hubspot;
      const language = requestLanguage(request);
      const { alertId } = request.params;
      const call = { portalId, route: `quiet-alert:${alertId}`, key: request.body.idempotencyKey, request: {} };
      await once(services, call, async () => {
        await quietAlert(services, portalId, alertId, { userId: request.hubspot.userId, language });
        return alertId;
      });
      return viewAlerts(services, portalId, language);
    },
  );
}
