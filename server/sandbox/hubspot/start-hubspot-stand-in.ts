import Fastify, { type FastifyInstance } from 'fastify';
import { systemClock, type Clock } from '../../clock.ts';
import { acceptJsonOnly, answerErrors } from './api-route.ts';
import { addControlRoutes } from './control/control-routes.ts';
import { createFaults } from './control/faults.ts';
import { sendDueWebhooks } from './control/webhooks.ts';
import { addAssociationRoutes } from './crm/association-routes.ts';
import { addObjectRoutes } from './crm/object-routes.ts';
import { addOwnerRoutes } from './crm/owner-routes.ts';
import { addSchedulerRoutes } from './scheduler/scheduler-routes.ts';
import { addPropertyRoutes } from './crm/property-routes.ts';
import { addSchemaRoutes } from './crm/schema-routes.ts';
import { addFileRoutes } from './files/file-routes.ts';
import { addFormRoutes } from './forms/form-routes.ts';
import { nextDueTimes, processDueSubmissions } from './forms/process-submissions.ts';
import { addSubmissionRoutes } from './forms/submission-routes.ts';
import { addAccountRoutes } from './install/account-routes.ts';
import { addOAuthRoutes } from './install/oauth-routes.ts';
import { observeRequests } from './observe-requests.ts';
import { plantSeed } from './plant-seed.ts';
import { createRateLimits } from './rate-limits.ts';
import type { HubSpotSeed } from './seed.ts';
import { readClockOffset, type Lags, type StandIn } from './stand-in.ts';
import { openStore } from './store.ts';

export type HubSpotStandInOptions = {
  /** 0 takes a free one. */
  apiPort: number;
  formsPort: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** `:memory:` keeps nothing. */
  databaseFile: string;
  clock?: Clock;
  /** Defaults: search 500 ms, processing of form submissions 300 ms, their reading 200 ms. */
  lags?: Partial<Lags>;
};

export type HubSpotStandIn = {
  apiUrl: string;
  formsUrl: string;
  /** Where the authorize pages are: the same server as the API. */
  appUrl: string;
  /** Idempotent: what is there stays as it is. */
  seed(data: HubSpotSeed): void;
  close(): Promise<void>;
};

const DEFAULT_LAGS: Lags = { searchIndexMs: 500, submissionProcessingMs: 300, submissionReadingMs: 200 };

/**
 * A strict stand-in of HubSpot: its API with the install pages and the control surface (`/_standin`) on one port, the form submission
 * host on another. Everything is kept in one SQLite file and goes on after a kill -9.
 */
export async function startHubSpotStandIn(options: HubSpotStandInOptions): Promise<HubSpotStandIn> {
  const host = options.host ?? '127.0.0.1';
  const baseClock = options.clock ?? systemClock;
  const store = openStore(options.databaseFile);
  const clock: Clock = { now: () => new Date(baseClock.now().getTime() + readClockOffset(store)) };
  let apiUrl = '';
  const timers = createTimers(() => runDueWork(standIn), clock);
  const standIn: StandIn = {
    store,
    clock,
    baseClock,
    lags: { ...DEFAULT_LAGS, ...options.lags },
    faults: createFaults(),
    limits: createRateLimits(clock),
    apiUrl: () => apiUrl,
    wakeAt: timers.wakeAt,
  };
  const api = apiServer(standIn);
  const forms = formsServer(standIn);
  apiUrl = await api.listen({ host, port: options.apiPort });
  const formsUrl = await forms.listen({ host, port: options.formsPort });
  for (const dueAt of nextDueTimes(standIn)) timers.wakeAt(dueAt);
  return {
    apiUrl,
    formsUrl,
    appUrl: apiUrl,
    seed: (data) => plantSeed(standIn, data),
    close: async () => {
      await Promise.all([api.close(), forms.close()]);
      await timers.stop();
      store.close();
    },
  };
}

function apiServer(standIn: StandIn): FastifyInstance {
  const app = newServer(standIn, 'api');
  void app.register(async (scope) => addOAuthRoutes(scope, standIn));
  void app.register(async (scope) => {
    acceptJsonOnly(scope);
    addAccountRoutes(scope, standIn);
    addPropertyRoutes(scope, standIn);
    addSchemaRoutes(scope, standIn);
    addOwnerRoutes(scope, standIn);
    addSchedulerRoutes(scope, standIn);
    addFormRoutes(scope, standIn);
    addAssociationRoutes(scope, standIn);
    addObjectRoutes(scope, standIn);
  });
  void app.register(async (scope) => addFileRoutes(scope, standIn));
  void app.register(async (scope) => {
    acceptJsonOnly(scope);
    addControlRoutes(scope, standIn);
  });
  return app;
}

function formsServer(standIn: StandIn): FastifyInstance {
  const app = newServer(standIn, 'forms');
  void app.register(async (scope) => {
    acceptJsonOnly(scope);
    addSubmissionRoutes(scope, standIn);
  });
  return app;
}

function newServer(standIn: StandIn, host: 'api' | 'forms'): FastifyInstance {
  // Connections still open at the end are the clients' keep-alive ones; nobody waits for them.
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 10_000_000 });
  answerErrors(app);
  observeRequests(app, standIn, host);
  // What became due since the last request is done before the next one looks.
  app.addHook('preHandler', async () => processDueSubmissions(standIn));
  return app;
}

async function runDueWork(standIn: StandIn): Promise<void> {
  processDueSubmissions(standIn);
  await sendDueWebhooks(standIn);
}

type Timers = { wakeAt(dueAtMs: number): void; stop(): Promise<void> };

/** One run at a time; a wake-up during a run leads to another one after it. */
function createTimers(work: () => Promise<void>, clock: Clock): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  return {
    wakeAt: (dueAtMs) => {
      if (stopped) return;
      const timer = setTimeout(
        () => {
          waiting.delete(timer);
          running = running.then(() => (stopped ? undefined : work())).catch(reportFault);
        },
        Math.min(Math.max(0, dueAtMs - clock.now().getTime()), 2_000_000_000),
      );
      timer.unref();
      waiting.add(timer);
    },
    stop: async () => {
      stopped = true;
      for (const timer of waiting) clearTimeout(timer);
      await running;
    },
  };
}

/** The next wake-up tries again; a sandbox must not end because one webhook could not be written down. */
function reportFault(fault: unknown): void {
  process.stderr.write(`HubSpot stand-in: ${fault instanceof Error ? fault.stack : String(fault)}\n`);
}
