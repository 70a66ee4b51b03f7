import { sql } from 'kysely';
import { AppError } from './app-error.ts';
import { startAlerts } from './alerts/start-alerts.ts';
import { buildApp } from './app.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import { openDb, type Db } from './db/db.ts';
import { pendingMigrations } from './db/migrate.ts';
import { startDelivery } from './delivery/start-delivery.ts';
import { openJobs, wakeUps } from './delivery/wake-ups.ts';
import { createReadFreeTimes } from './destinations/calendar/read-free-times.ts';
import { createDestinations } from './destinations/registry.ts';
import { createSafeFetch } from './safe-fetch/safe-fetch.ts';
import { createSendDocument } from './whatsapp/send-document.ts';
import { countryOfName } from './whatsapp/country-of-name.ts';
import { createFetchFile } from './whatsapp/fetch-file.ts';
import { createSendTimes } from './whatsapp/send-times.ts';
import { createSendLink } from './whatsapp/send-identity-link.ts';
import { acceptReply } from './endpoint/accept-reply.ts';
import { EndpointAccounts } from './endpoint/accounts.ts';
import { createCodeSender } from './endpoint/confirmation/code-sender.ts';
import { EndpointMeter } from './endpoint/endpoint-meter.ts';
import { Runs } from './endpoint/runs.ts';
import { startFormChecks } from './flows/form-checks.ts';
import { previewedFlow } from './flows/previewed-flow.ts';
import { createBudgets } from './hubspot/budgets.ts';
import { readContact } from './hubspot/contacts.ts';
import { createHubSpotClient } from './hubspot/create-hubspot-client.ts';
import { createHubSpotTokens } from './hubspot/tokens.ts';
import { PortalKeys } from './keys/portal-keys.ts';
import { createLimits, LIMITS, UNLIMITED } from './limits.ts';
import { createLog, type Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import type { Services } from './services.ts';
import { createSources } from './sources/registry.ts';
import { getAccountSecrets, loadFlowKeys, stampsOfAccounts } from './whatsapp/accounts.ts';
import { noteKeyUse } from './whatsapp/flow-keys.ts';
import { GraphClient } from './whatsapp/graph-client.ts';
import { startBackground } from './run-background.ts';
import { startKeys } from './run-keys.ts';

export type RunningServer = { config: Config; address: string; services: Services; close(): Promise<void> };

/** Requests under way have this long to end when the server closes. */
const CLOSE_DEADLINE_MS = 10_000;

/**
 * Config → services → app → listen → workers; `close` goes the other way: stop listening, end the workers, close the pools.
 * Refuses to start on a database that lacks migrations. `background: false` serves without working off deliveries and webhooks.
 */
export async function runServer(
  config: Config,
  options: { background?: boolean; log?: Log; clock?: Clock } = {},
): Promise<RunningServer> {
  const log = options.log ?? createLog({ level: config.logLevel });
  const {
    db,
    pool,
    close: closeDb,
  } = openDb({
    connectionString: config.databaseUrl,
    max: config.databasePool,
    applicationName: 'flowella server',
    onError: (err) => log.warn({ err }, 'a database connection broke'),
  });
  await refuseOldSchema(db).catch(async (err: unknown) => {
    await closeDb();
    throw err;
  });
  const boss = openJobs({
    connectionString: config.databaseUrl,
    onError: (err) => log.warn({ err }, 'the job queue had a fault'),
  });
  await boss.start();
  const services = createServices({ config, log, db, pool, boss, clock: options.clock ?? systemClock });
  const app = await buildApp(services);
  const address = await app.listen({ host: config.host, port: config.port });

  const workers =
    options.background === false
      ? []
      : [
          await startDelivery(services, boss),
          await startKeys(services, boss),
          await startFormChecks(services, boss),
          startBackground(services),
          startAlerts(services),
        ];
  return {
    config,
    address,
    services,
    async close() {
      await Promise.race([app.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_DEADLINE_MS).unref())]);
      await services.codeSender.stop();
      await Promise.all(workers.map((worker) => worker.stop()));
      await boss.stop({ graceful: true, timeout: CLOSE_DEADLINE_MS });
      await closeDb();
    },
  };
}

async function refuseOldSchema(db: Db): Promise<void> {
  const missing = await pendingMigrations(async (text) => ({
    rows: (await sql.raw<{ name: string }>(text).execute(db)).rows,
  }));
  if (missing.length > 0) {
    throw new AppError('schema_too_old', {
      status: 500,
      message: `The database lacks ${missing.join(', ')}: run "npx flowella migrate" with DATABASE_OWNER_URL, then start again`,
    });
  }
}

export function createServices(o: Pick<Services, 'config' | 'log' | 'db' | 'pool' | 'boss' | 'clock'>): Services {
  const { config, db, log, clock } = o;
  const keys = new PortalKeys(db, config.masterKeys);
  const tokens = createHubSpotTokens({
    db,
    keys,
    clock,
    app: {
      clientId: config.hubspot.clientId,
      clientSecret: config.hubspot.clientSecret,
      apiUrl: config.hubspot.apiUrl,
    },
  });
  const hubspot = createHubSpotClient({
    apiUrl: config.hubspot.apiUrl,
    formsUrl: config.hubspot.formsUrl,
    db,
    tokens,
    budgets: createBudgets({ db, clock }),
    clock,
    log,
  });
  const graph = new GraphClient(config.meta);
  // In the sandbox WhatsApp's CDN and a customer's receiver are stand-ins on this machine.
  const urlRules = { allowLoopback: config.mode === 'sandbox' };
  const safeFetch = createSafeFetch(urlRules);
  const metrics = createMetrics();
  const base = {
    ...o,
    metrics,
    meter: new EndpointMeter(metrics),
    limits: createLimits(config.mode === 'sandbox' ? UNLIMITED : LIMITS),
    keys,
    tokens,
    hubspot,
    random: Math.random,
    keyring: config.masterKeys,
    publicUrl: config.publicUrl,
    graph,
    safeFetch,
    sources: createSources({ hubspot }),
    destinations: createDestinations({
      keys,
      urlRules,
      sendDocument: createSendDocument({ db, keys, clock, graph }),
      sendTimes: createSendTimes({ db, keys, clock, graph }),
      fetchFile: createFetchFile({ db, keys, clock, graph, safeFetch }),
      identity: {
        standInUrl: config.identityStandInUrl ?? null,
        sendLink: createSendLink({ db, keys, clock, log, graph, config, keyring: config.masterKeys }),
        countryOf: countryOfName,
      },
    }),
    wakeUps,
    readFreeTimes: createReadFreeTimes({ hubspot, clock, log }),
    runs: new Runs(db, keys, o.pool),
    codeSender: createCodeSender({ db, keys, clock, log, safeFetch }),
    accounts: new EndpointAccounts({
      stamps: (accountIds) => stampsOfAccounts({ db, clock }, accountIds),
      appSecrets: async (portalId, accountId) =>
        (await getAccountSecrets({ db, keys, clock }, portalId, accountId)).appSecrets,
      flowKeys: (portalId, accountId) => loadFlowKeys({ db, keys }, portalId, accountId),
      keyUsed: (portalId, keyId) => noteKeyUse({ db, clock }, portalId, keyId),
    }),
  };
  return {
    ...base,
    readContact: async (portalId, contactId, properties) => {
      try {
        return await readContact({ hubspot, portalId, priority: 'card' }, contactId, properties);
      } catch (err) {
        if (err instanceof AppError && err.code === 'hubspot_not_found') return null;
        throw err;
      }
    },
    onFlowReply: (portalId, reply) => acceptReply(base, portalId, reply),
    previewedFlow: (portalId, flowId) => previewedFlow({ db }, portalId, flowId),
  };
}
