import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Db } from './db/db.ts';
import type { WakeUps } from './delivery/wake-ups.ts';
import type { Destination } from './destinations/destination.ts';
import type { EndpointAccounts } from './endpoint/accounts.ts';
import type { CodeSender } from './endpoint/confirmation/code-sender.ts';
import type { Runs } from './endpoint/runs.ts';
import type { HubSpotClient } from './hubspot/client.ts';
import type { HubSpotTokens } from './hubspot/tokens.ts';
import type { PortalKeys } from './keys/portal-keys.ts';
import type { MasterKey } from './keys/vault.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import type { PreviewedFlow } from './flows/previewed-flow.ts';
import type { Source } from './sources/source.ts';
import type { GraphClient } from './whatsapp/graph-client.ts';
import type { OnFlowReply, ReadContact } from './whatsapp/services.ts';

/** Everything the rooms work with: made once by `run-server.ts`, passed in, never global. Each room asks for its part of it. */
export type Services = {
  config: Config;
  log: Log;
  clock: Clock;
  metrics: Metrics;
  random: () => number;
  db: Db;
  /** What `db` is over, for statements that are prepared once per connection. */
  pool: Pool;
  boss: PgBoss;
  keys: PortalKeys;
  keyring: readonly MasterKey[];
  publicUrl: string;
  hubspot: HubSpotClient;
  tokens: HubSpotTokens;
  graph: GraphClient;
  sources: readonly Source[];
  destinations: readonly Destination[];
  wakeUps: WakeUps;
  accounts: EndpointAccounts;
  runs: Runs;
  codeSender: CodeSender;
  readContact: ReadContact;
  onFlowReply: OnFlowReply;
  previewedFlow: (portalId: number, flowId: string) => Promise<PreviewedFlow | null>;
};
