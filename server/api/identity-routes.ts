import { errorResponse } from '@flowella/shared/contract/api.ts';
import {
  addIdentityServiceRequest,
  changeIdentityServiceRequest,
  identityServiceActionRequest,
  identityServiceSchema,
  identityServicesResponse,
  identityTestResponse,
} from '@flowella/shared/contract/identity.ts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { addIdentityService } from '../destinations/identity-check/services.ts';
import { viewIdentityService, viewIdentityServices } from '../destinations/identity-check/view-services.ts';
import { requestLanguage } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import type { ApiScope } from './api-routes.ts';
import { once } from './idempotency.ts';
import {
  deleteIdentityService,
  identityServices,
  saveIdentityService,
  testIdentityService,
  type IdentityCaller,
} from './identity-settings.ts';

const tags = ['identity checks'];
const params = z.object({ serviceId: z.string().regex(/^ids_[0-9a-z]{20}$/) });

const callerOf = (request: FastifyRequest): IdentityCaller => ({
  portalId: request.hubspot.portalId,
  userId: request.hubspot.userId,
  language: requestLanguage(request),
});

/** Accounts at identity vendors, as the settings page adds, tries and changes them. */
export function identityRoutes(api: ApiScope, services: Services): void {
  readRoutes(api, services);
  changeRoutes(api, services);
}

function readRoutes(api: ApiScope, services: Services): void {
  api.get(
    '/identity-services',
    {
      schema: {
        tags,
        summary: 'All identity services; no key or secret is shown',
        response: { 200: identityServicesResponse, default: errorResponse },
      },
    },
    async (request) => ({
      services: await viewIdentityServices(identityServices(services), request.hubspot.portalId, services.publicUrl),
    }),
  );

  api.post(
    '/identity-services/:serviceId/test',
    {
      schema: {
        tags,
        summary: 'Whether the vendor takes the key',
        params,
        body: identityServiceActionRequest,
        response: { 200: identityTestResponse, default: errorResponse },
      },
    },
    (request) => testIdentityService(services, callerOf(request), request.params.serviceId),
  );
}

function changeRoutes(api: ApiScope, services: Services): void {
  const view = (caller: IdentityCaller, serviceId: string) =>
    viewIdentityService(identityServices(services), caller.portalId, {
      serviceId,
      publicUrl: services.publicUrl,
      language: caller.language,
    });
  api.post(
    '/identity-services',
    {
      schema: {
        tags,
        summary: 'Add an account at a vendor',
        body: addIdentityServiceRequest,
        response: { 200: identityServiceSchema, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId, language } = caller;
      const { idempotencyKey, ...input } = request.body;
      const call = { portalId, route: 'add-identity-service', key: idempotencyKey, request: input };
      const serviceId = await once(services, call, async () => {
        const added = await addIdentityService(identityServices(services), portalId, input, language);
        await withPortal(services.db, portalId, (tx) =>
          appendAudit(tx, portalId, services.clock.now(), {
            actor: `user:${caller.userId}`,
            action: 'identity-service.added',
            subject: added,
            detail: { vendor: input.vendor },
          }),
        );
        return added;
      });
      return view(caller, serviceId);
    },
  );

  api.patch(
    '/identity-services/:serviceId',
    {
      schema: {
        tags,
        summary: 'Change name, key, webhook secret or template; a new key sends what was held',
        params,
        body: changeIdentityServiceRequest,
        response: { 200: identityServiceSchema, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { serviceId } = request.params;
      const { idempotencyKey, ...change } = request.body;
      const route = `change-identity-service:${serviceId}`;
      const call = { portalId: caller.portalId, route, key: idempotencyKey, request: change };
      await once(services, call, async () => {
        await saveIdentityService(services, caller, serviceId, change);
        return serviceId;
      });
      return view(caller, serviceId);
    },
  );

  api.post(
    '/identity-services/:serviceId/delete',
    {
      schema: {
        tags,
        summary: 'Delete an account that no flow uses',
        params,
        body: identityServiceActionRequest,
        response: { 200: identityServicesResponse, default: errorResponse },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { portalId } = caller;
      const { serviceId } = request.params;
      const route = `delete-identity-service:${serviceId}`;
      await once(services, { portalId, route, key: request.body.idempotencyKey, request: {} }, async () => {
        await deleteIdentityService(services, caller, serviceId);
        return serviceId;
      });
      return { services: await viewIdentityServices(identityServices(services), portalId, services.publicUrl) };
    },
  );
}
