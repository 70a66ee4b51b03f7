import type { FastifyInstance } from 'fastify';
import { systemClock, type Clock } from '../../clock.ts';
import type { Log } from '../../observe/log.ts';
import { addAccountRoutes } from './accounts/account-routes.ts';
import { addContactBookRoute } from './accounts/contact-book-route.ts';
import { addDebugTokenRoute } from './accounts/debug-token-route.ts';
import { addEncryptionRoutes } from './accounts/encryption-routes.ts';
import { addAppSubscriptionRoutes, addSubscriptionRoutes } from './accounts/subscription-routes.ts';
import { addControlRoutes } from './control/control-routes.ts';
import { createFaults } from './control/faults.ts';
import { addFlowFileRoutes, addFlowRoutes } from './flow-management/flow-routes.ts';
import { createGraphApp } from './graph/graph-app.ts';
import { addNodeRoutes } from './graph/node-routes.ts';
import { addMediaRoutes } from './media/media-routes.ts';
import { addMessageRoutes } from './messages/message-routes.ts';
import { applySeed, type MetaSeed } from './seed.ts';
import { createStandInClock } from './stand-in-clock.ts';
import { openStore } from './store.ts';
import { startReviewTimer, type ReviewTimer } from './templates/review-timer.ts';
import { addTemplateRoutes } from './templates/template-routes.ts';
import { WebhookQueue } from './webhooks/webhook-queue.ts';
import type { World } from './world.ts';

export type MetaStandInOptions = {
  /** 0 takes a free one. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** A SQLite file, or ':memory:'. */
  databaseFile: string;
  clock?: Clock;
  /** How long a template waits for its approval. Default 2 s. */
  templateApprovalDelayMs?: number;
  log?: Log;
  /** Waits before each further try of a webhook. Default: Meta's seven days. */
  webhookRetryDelaysMs?: number[];
};

export type MetaStandIn = {
  /** Base of the Graph API, without version and trailing slash; `/_standin` lies under it too. */
  url: string;
  /** May be repeated. */
  seed(data: MetaSeed): void;
  /** Ends connections, waits for webhooks under way and closes the file. */
  close(): Promise<void>;
};

const DEFAULT_APPROVAL_DELAY_MS = 2_000;

/** Starts a strict stand-in of Meta's Graph API for WhatsApp; what it was told survives a kill -9 in its file. */
export async function startMetaStandIn(options: MetaStandInOptions): Promise<MetaStandIn> {
  const store = openStore(options.databaseFile);
  const clock = createStandInClock(store, options.clock ?? systemClock);
  const log = options.log ?? null;
  let url = '';
  const world: World = {
    store,
    clock,
    log,
    webhooks: new WebhookQueue({ store, clock, log, retryDelaysMs: options.webhookRetryDelaysMs }),
    faults: createFaults(),
    templateApprovalDelayMs: options.templateApprovalDelayMs ?? DEFAULT_APPROVAL_DELAY_MS,
    url: () => url,
  };
  const app = createGraphApp(world);
  const timer = startReviewTimer(world);
  await addRoutes(app, world, timer);
  url = await app.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
  world.webhooks.pump();
  return {
    url,
    seed: (data) => applySeed(store, data),
    close: async () => {
      timer.stop();
      await app.close();
      await world.webhooks.close();
      store.close();
    },
  };
}

/** Within one plugin, so that the hooks of `createGraphApp` and the body parsers are there before any route. */
async function addRoutes(app: FastifyInstance, world: World, timer: ReviewTimer): Promise<void> {
  await app.register(async (routes) => {
    addControlRoutes(routes, world, timer);
    addFlowFileRoutes(routes, world);
    addDebugTokenRoute(routes, world);
    addAccountRoutes(routes, world);
    addSubscriptionRoutes(routes, world);
    addAppSubscriptionRoutes(routes, world);
    addEncryptionRoutes(routes, world);
    addContactBookRoute(routes, world);
    addFlowRoutes(routes, world);
    addTemplateRoutes(routes, world, timer);
    addMessageRoutes(routes, world);
    addMediaRoutes(routes, world);
    addNodeRoutes(routes, world, timer);
  });
}
