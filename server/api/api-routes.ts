import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { addHubSpotSignature } from '../hubspot/signature-plugin.ts';
import type { Services } from '../services.ts';
import { alertRoutes } from './alert-routes.ts';
import { choiceRoutes } from './choice-routes.ts';
import { contactRoutes } from './contact-routes.ts';
import { flowRoutes } from './flow-routes.ts';
import { identityRoutes } from './identity-routes.ts';
import { setupRoutes } from './setup-routes.ts';
import { stoppedRoutes } from './stopped-routes.ts';
import { webhookSettingsRoutes } from './webhook-routes.ts';

/** A scope whose routes are typed by their zod schemas. */
export type ApiScope = ReturnType<typeof typed>;

function typed(scope: FastifyInstance) {
  return scope.withTypeProvider<ZodTypeProvider>();
}

/**
 * Everything HubSpot's cards and pages call, under HubSpot's signature: the portal and the user come from it, never from a
 * body. Each route parses with the schemas of `shared/contract` and is a thin line to its room.
 */
export function apiRoutes(scope: FastifyInstance, services: Services): void {
  addHubSpotSignature(scope, {
    clientSecret: services.config.hubspot.clientSecret,
    oldClientSecret: services.config.hubspot.oldClientSecret,
    publicUrl: services.config.publicUrl,
    db: services.db,
    clock: services.clock,
    limits: services.limits,
  });
  const api = typed(scope);
  setupRoutes(api, services);
  choiceRoutes(api, services);
  flowRoutes(api, services);
  contactRoutes(api, services);
  webhookSettingsRoutes(api, services);
  alertRoutes(api, services);
  identityRoutes(api, services);
  stoppedRoutes(api, services);
}
