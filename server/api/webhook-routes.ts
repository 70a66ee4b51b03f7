import {
  addWebhookRequest,
  changeWebhookRequest,
  errorResponse,
  webhookActionRequest,
  webhookDeliveriesResponse,
  webhookSchema,
  webhookSecretResponse,
  webhooksResponse,
  webhookTestResponse,
} from '@flowella/shared/contract/api.ts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { viewWebhook, viewWebhookDeliveries, viewWebhooks } from '../destinations/webhook/view-webhooks.ts';
import { addWebhook, getWebhook, rotateWebhookSecret } from '../destinations/webhook/webhooks.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import type { ApiScope } from './api-routes.ts';
import { once } from './idempotency.ts';
import {
  deleteWebhook,
  saveWebhook,
  showSecret,
  testWebhook,
  webhookServices,
  type WebhookCaller,
} from './webhook-settings.ts';

const tags = ['webhooks'];
const params = z.object({ webhookId: z.string().regex(/^whk_[0-9a-z]{20}$/) });

const callerOf = (request: FastifyRequest): WebhookCaller => ({
  portalId: request.hubspot.portalId,
  userId: request.hubspot.userId,
  language: requestLanguage(request),
});

/** The customer's own systems that take submissions, as the settings page adds, tries and watches them. */
export function webhookSettingsRoutes(api: ApiScope, services: Services): void {
  readRoutes(api, services);
  secretRoutes(api, services);
  changeRoutes(api, services);
}

function readRoutes(api: ApiScope, services: Services): void {
  api.get(
    '/webhooks',
    { schema: { tags, summary: 'All webhooks', response: { 200: webhooksResponse, default: errorResponse } } },
    async (request) => ({
      webhooks: await viewWebhooks(services, request.hubspot.portalId, requestLanguage(request)),
    }),
  );

  api.get(
    '/webhooks/:webhookId/deliveries',
    {
      schema: {
        tags,
        summary: 'The last deliveries to a webhook',
        params,
        response: { 200: webhookDeliveriesResponse, default: errorResponse },
      },
    },
    async (request) => {
      const { portalId, language } = callerOf(request);
      await getWebhook(services, portalId, request.params.webhookId, language);
      return viewWebhookDeliveries(services, portalId, request.params.webhookId);
    },
  );
}

function auditOf(services: Services, caller: WebhookCaller, action: string, subject: string): Promise<void> {
  return withPortal(services.db, caller.portalId, (tx) =>
    appendAudit(tx, caller.portalId, services.clock.now(), { actor: `user:${caller.userId}`, action, subject }),
  );
}

function secretRoutes(api: ApiScope, services: Services): void {
  api.post(
    '/webhooks',
    {
      schema: {
        tags,
        summary: 'Add a webhook; its secret is shown here and never again',
        body: addWebhookRequest,
        response: { 200: webhookSecretResponse, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId } = caller;
      const { idempotencyKey, ...input } = request.body;
      const call = { portalId, route: 'add-webhook', key: idempotencyKey, request: input };
      const webhookId = await once(services, call, async () => {
        const added = await addWebhook(webhookServices(services), portalId, input, caller.language);
        await auditOf(services, caller, 'webhook.added', added);
        return added;
      });
      return showSecret(services, caller, webhookId);
    },
  );

  api.post(
    '/webhooks/:webhookId/rotate',
    {
      schema: {
        tags,
        summary: 'A new secret; the old one signs too for a day',
        params,
        body: webhookActionRequest,
        response: { 200: webhookSecretResponse, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId } = caller;
      const { webhookId } = request.params;
      const call = { portalId, route: `rotate-webhook:${webhookId}`, key: request.body.idempotencyKey, request: {} };
      await once(services, call, async () => {
        await rotateWebhookSecret(webhookServices(services), portalId, webhookId, caller.language);
        await auditOf(services, caller, 'webhook.secret-rotated', webhookId);
        return webhookId;
      });
      return showSecret(services, caller, webhookId);
    },
  );
}

function changeRoutes(api: ApiScope, services: Services): void {
  api.patch(
    '/webhooks/:webhookId',
    {
      schema: {
        tags,
        summary: 'Change name or address, switch on or off; switching on sends what was held',
        params,
        body: changeWebhookRequest,
        response: { 200: webhookSchema, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId } = caller;
      const { webhookId } = request.params;
      const { idempotencyKey, ...change } = request.body;
      const call = { portalId, route: `change-webhook:${webhookId}`, key: idempotencyKey, request: change };
      await once(services, call, async () => {
        await saveWebhook(services, caller, webhookId, change);
        return webhookId;
      });
      return viewWebhook(services, portalId, webhookId, caller.language);
    },
  );

  api.post(
    '/webhooks/:webhookId/delete',
    {
      schema: {
        tags,
        summary: 'Delete a webhook that no flow uses',
        params,
        body: webhookActionRequest,
        response: { 200: webhooksResponse, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId } = caller;
      const { webhookId } = request.params;
      const call = { portalId, route: `delete-webhook:${webhookId}`, key: request.body.idempotencyKey, request: {} };
      await once(services, call, async () => {
        await deleteWebhook(services, caller, webhookId);
        return webhookId;
      });
      return { webhooks: await viewWebhooks(services, portalId, caller.language) };
    },
  );

  api.post(
    '/webhooks/:webhookId/test',
    {
      schema: {
        tags,
        summary: 'Send one test event and say what came of it',
        params,
        body: webhookActionRequest,
        response: { 200: webhookTestResponse, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const result = await testWebhook(services, caller, request.params.webhookId);
      await auditOf(services, caller, 'webhook.tested', request.params.webhookId);
      return result;
    },
  );
}
