import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import underPressure from '@fastify/under-pressure';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { apiRoutes } from './api/api-routes.ts';
import { notFound, replyNotFound, replyToBrokenRequest, replyWithError } from './api/errors.ts';
import { refusingValidator } from './api/refused-request.ts';
import { refuseOtherMethods } from './api/method-not-allowed.ts';
import { releaseHeld } from './delivery/release-held.ts';
import { callerOf } from './limits.ts';
import { flowRoute } from './endpoint/flow-route.ts';
import { requestLanguage } from './hubspot/signature-plugin.ts';
import { oauthRoutes } from './hubspot/oauth-routes.ts';
import { hubSpotWebhookRoutes } from './hubspot/webhook-routes.ts';
import { identityCallbackRoute } from './identity/callback-route.ts';
import { metricsRoute } from './observe/metrics-route.ts';
import { previewRoutes } from './preview/preview-routes.ts';
import type { Services } from './services.ts';
import { eraseContact } from './whatsapp/erase-contact.ts';
import { webhookRoutes } from './whatsapp/webhook-routes.ts';

/** Of one address in a minute, over all routes: a HubSpot proxy or Meta stays far below it per address. */
const REQUESTS_PER_MINUTE = 6_000;
/** Meta calls for all of its customers from few addresses; these routes have limits of their own per account and message. */
const META_REQUESTS_PER_MINUTE = 60_000;
const META_ROUTE = /^\/webhooks\/whatsapp\//;
/**
 * A proxy stands on this machine or in a private network; only then is its X-Forwarded-For believed. Believing everybody would
 * let a stranger name a new address with every call and so pass every rate limit.
 */
const TRUSTED_PROXIES = 'loopback, linklocal, uniquelocal';
/** HubSpot and Meta send at once; who drips a request in byte by byte keeps a connection and nothing else. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** No page of ours needs any of it. */
const PERMISSIONS = 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()';
/** Unknown addresses are counted apart and tightly: nobody scans for routes for free. */
const NOT_FOUND_PER_MINUTE = 60;

const BUSY = {
  en: 'The server is busy. Please try again in a few seconds.',
  de: 'Der Server ist ausgelastet. Bitte versuchen Sie es in einigen Sekunden noch einmal.',
};

/**
 * Composes plugins, routes and error handling; never listens (`main.ts` does). Close it to close nothing but itself: pools
 * and workers belong to `run-server.ts`.
 */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: services.log as FastifyBaseLogger,
    // One line per request is too much on the hot path; errors and slow calls are logged where they happen.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: services.config.mode === 'production' ? TRUSTED_PROXIES : false,
    bodyLimit: 1_048_576,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 30_000,
    // Node looks at slow callers every half a minute only, unless it is told otherwise.
    http: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    routerOptions: { maxParamLength: 200 },
    // Addresses that cannot be decoded, parameters that are too long: refused before any route, in the same shape.
    frameworkErrors: replyWithError,
    clientErrorHandler: replyToBrokenRequest,
    genReqId: () => `req_${Math.random().toString(36).slice(2, 12)}`,
  });
  app.setValidatorCompiler(refusingValidator);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(replyWithError);

  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Flowella for HubSpot',
        version: '0.1.0',
        description: "What HubSpot's cards and pages, Meta and browsers call.",
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  // Before and beside everything else: Meta's servers call it from few addresses, as often as people press a button, and it sheds load
  // and counts strangers by itself, in its own protocol.
  flowRoute(app, services);
  await app.register((scope) => guardedRoutes(scope, services));
  return app;
}

/** All other routes: with a browser's headers, cookies, a limit per address and 503 under pressure. */
async function guardedRoutes(app: FastifyInstance, services: Services): Promise<void> {
  // Pages say their own policy; everything else is data that no browser needs to draw or frame.
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: false,
  });
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('permissions-policy', PERMISSIONS);
    // Answers hold what customers submit: nobody between keeps them, unless a route says otherwise.
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
  await app.register(cookie);
  await app.register(rateLimit, {
    max: (request) => (META_ROUTE.test(request.url) ? META_REQUESTS_PER_MINUTE : REQUESTS_PER_MINUTE),
    keyGenerator: (request) => `${META_ROUTE.test(request.url) ? 'meta ' : ''}${callerOf(request.ip)}`,
    timeWindow: '1 minute',
    allowList: services.config.mode === 'sandbox' ? ['127.0.0.1', '::1'] : [],
  });
  await app.register(underPressure, {
    maxEventLoopDelay: 1_000,
    retryAfter: 5,
    exposeStatusRoute: false,
    pressureHandler: (request, reply) => {
      // No fault that is worth a line of log each: there may be thousands in a moment.
      reply.code(503).send({ error: { code: 'busy', message: BUSY[requestLanguage(request)], requestId: request.id } });
    },
  });
  const countUnknown = app.rateLimit({ max: NOT_FOUND_PER_MINUTE, timeWindow: '1 minute' });
  app.setNotFoundHandler(replyNotFound);
  // Before a body is read: one that cannot be read would be answered as if there were something.
  app.addHook('preParsing', async (request, reply) => {
    if (!request.is404) return;
    await countUnknown.call(app, request, reply);
    throw notFound();
  });
  const refuseOthers = refuseOtherMethods(app);

  await app.register((scope) => webhookRoutes(scope, services));
  await app.register((scope) =>
    hubSpotWebhookRoutes(scope, {
      ...services,
      eraseContact: (portal, contact) => eraseContact(services, portal, contact),
    }),
  );
  await app.register((scope) => identityCallbackRoute(scope, services));
  await app.register((scope) => oauthRoutes(scope, { ...services, releaseHeld }));
  await app.register((scope) => apiRoutes(scope, services), { prefix: '/api' });
  await app.register((scope) => previewRoutes(scope, services));
  healthRoutes(app, services);
  metricsRoute(app, services.metrics);
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await refuseOthers();
}

function healthRoutes(app: FastifyInstance, services: Services): void {
  app.get('/healthz', { schema: { summary: 'The process is alive', tags: ['operator'] } }, () => ({ status: 'ok' }));
  app.get(
    '/readyz',
    { schema: { summary: 'The process can serve: its database answers', tags: ['operator'] } },
    async (_request, reply) => {
      try {
        await sql`select 1`.execute(services.db);
        return { status: 'ready' };
      } catch {
        return reply.code(503).send({ status: 'the database does not answer' });
      }
    },
  );
}
