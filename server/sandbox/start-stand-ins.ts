import path from 'node:path';
import { SANDBOX_FORMS_A } from './hubspot/sandbox-forms.ts';
import { SANDBOX_PORTAL_A, SANDBOX_PORTAL_B, SANDBOX_PORTALS } from './hubspot/sandbox-seed.ts';
import { startIdentityStandIn, type IdentityStandIn } from './identity/start-identity-stand-in.ts';
import { startHubSpotStandIn, type HubSpotStandIn } from './hubspot/start-hubspot-stand-in.ts';
import { SANDBOX_WABAS, sandboxMeta } from './meta/sandbox-seed.ts';
import { startMetaStandIn, type MetaStandIn } from './meta/start-meta-stand-in.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook/start-webhook-receiver.ts';
import { startPageServer, type WorldAccount } from './start-page-server.ts';

export type StandInOptions = {
  /** Where the stand-ins keep their state and built pages. */
  dataDir: string;
  pagesDir: string;
  /** Without a port for them no receiver of webhooks and no identity vendors are started. */
  ports: { page: number; meta: number; hubspot: number; hubspotForms: number; webhooks?: number; identity?: number };
  serverUrl: string;
  secrets: { hubspotClientSecret: string; metaAppSecret: string; metaToken: string };
  /** What the app asks for at the install, from its own constant. */
  requiredScopes: string[];
  optionalScopes: string[];
};

export type StandIns = {
  hubspot: HubSpotStandIn;
  meta: MetaStandIn;
  webhooks: WebhookReceiver | null;
  /** Onfido, Persona, Veriff and Stripe Identity. */
  identity: IdentityStandIn | null;
  hubspotConfig: {
    appId: string;
    clientId: string;
    clientSecret: string;
    apiUrl: string;
    formsUrl: string;
    appUrl: string;
  };
  metaConfig: { graphUrl: string; graphVersion: string };
  /** Serves the page that shows the two worlds side by side; answers its address. */
  startPage(): Promise<string>;
  /** What `sandbox.json` says of the vendors. */
  describe(): Promise<{ meta: object; hubspot: object; webhookReceiver?: object; identityVendors?: object }>;
  close(): Promise<void>;
};

const HUBSPOT_APP = { appId: 4_711_001, clientId: '6f1c2a9e-3b7d-4e05-9a51-0f2b8c4d7e11', name: 'Flowella' };
const GRAPH_VERSION = 'v23.0';
/** A webhook that found no server is tried again soon: whoever restarts the server in the sandbox does not wait for Meta's minutes. */
const WEBHOOK_RETRIES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 300_000, 3_600_000];
const TEMPLATE_APPROVAL_MS = 1_500;

/** Starts HubSpot and Meta as this machine knows them, with two accounts each: one to be connected, one to walk the set-up with. */
export async function startStandIns(options: StandInOptions): Promise<StandIns> {
  const { ports, dataDir, secrets, serverUrl } = options;
  const [hubspot, meta, webhooks, identity] = await Promise.all([
    startHubSpotStandIn({
      apiPort: ports.hubspot,
      formsPort: ports.hubspotForms,
      databaseFile: path.join(dataDir, 'hubspot.sqlite'),
    }),
    startMetaStandIn({
      port: ports.meta,
      databaseFile: path.join(dataDir, 'meta.sqlite'),
      templateApprovalDelayMs: TEMPLATE_APPROVAL_MS,
      webhookRetryDelaysMs: WEBHOOK_RETRIES_MS,
    }),
    ports.webhooks === undefined
      ? null
      : startWebhookReceiver({ port: ports.webhooks, stateFile: path.join(dataDir, 'webhook-receiver.json') }),
    ports.identity === undefined
      ? null
      : startIdentityStandIn({ port: ports.identity, stateFile: path.join(dataDir, 'identity-vendors.json') }),
  ]);
  hubspot.seed({
    apps: [
      {
        ...HUBSPOT_APP,
        clientSecret: secrets.hubspotClientSecret,
        redirectUrls: [`${serverUrl}/oauth/callback`],
        requiredScopes: options.requiredScopes,
        optionalScopes: options.optionalScopes,
        permittedUrls: [serverUrl],
        webhookUrl: `${serverUrl}/webhooks/hubspot`,
      },
    ],
    portals: SANDBOX_PORTALS,
  });
  meta.seed(sandboxMeta({ appSecret: secrets.metaAppSecret, token: secrets.metaToken }));
  let closePage: () => Promise<void> = async () => {};
  return {
    hubspot,
    meta,
    webhooks,
    identity,
    hubspotConfig: {
      appId: String(HUBSPOT_APP.appId),
      clientId: HUBSPOT_APP.clientId,
      clientSecret: secrets.hubspotClientSecret,
      apiUrl: hubspot.apiUrl,
      formsUrl: hubspot.formsUrl,
      appUrl: `http://localhost:${ports.page}`,
    },
    metaConfig: { graphUrl: meta.url, graphVersion: GRAPH_VERSION },
    async startPage() {
      const page = await startPageServer({
        port: ports.page,
        pagesDir: options.pagesDir,
        world: {
          serverUrl,
          metaUrl: meta.url,
          hubspotUrl: hubspot.apiUrl,
          appId: HUBSPOT_APP.appId,
          accounts: accountsOf(secrets),
        },
      });
      closePage = page.close;
      return page.url;
    },
    describe: async () => ({
      meta: await describeMeta(meta, secrets),
      hubspot: await describeHubSpot(hubspot, secrets),
      ...(webhooks
        ? { webhookReceiver: { hooksUrl: `${webhooks.url}/hooks`, controlUrl: `${webhooks.url}/_standin` } }
        : {}),
      ...(identity ? { identityVendors: { url: identity.url, controlUrl: `${identity.url}/_standin` } } : {}),
    }),
    async close() {
      await closePage();
      await Promise.all([hubspot.close(), meta.close(), webhooks?.close(), identity?.close()]);
    },
  };
}

/** What an admin has at hand for the set-up, by HubSpot account: shown on the page, since nobody can look it up at Meta. */
function accountsOf(secrets: StandInOptions['secrets']): WorldAccount[] {
  return SANDBOX_WABAS.map((waba) => ({
    portalId: waba.portal === 'A' ? SANDBOX_PORTAL_A : SANDBOX_PORTAL_B,
    appId: waba.appId,
    appSecret: secrets.metaAppSecret,
    wabaId: waba.wabaId,
    phoneNumberId: waba.phoneNumberId,
    accessToken: secrets.metaToken,
  }));
}

async function describeMeta(meta: MetaStandIn, secrets: StandInOptions['secrets']): Promise<object> {
  const [first] = SANDBOX_WABAS;
  const key = await readJson(`${meta.url}/_standin/numbers/${first.phoneNumberId}/public-key`);
  const subscription = await readJson(`${meta.url}/_standin/wabas/${first.wabaId}/subscription`);
  return {
    graphUrl: `${meta.url}/${GRAPH_VERSION}`,
    outboxUrl: `${meta.url}/_standin/outbox`,
    inboundUrl: `${meta.url}/_standin/inbound`,
    appId: first.appId,
    appSecret: secrets.metaAppSecret,
    verifyToken: subscription.verifyToken,
    webhookUrl: subscription.callbackUrl,
    accessToken: secrets.metaToken,
    wabaId: first.wabaId,
    phoneNumberIds: [first.phoneNumberId],
    publicKeyPem: key.publicKeyPem,
    controlUrl: `${meta.url}/_standin`,
  };
}

async function describeHubSpot(hubspot: HubSpotStandIn, secrets: StandInOptions['secrets']): Promise<object> {
  const portal = SANDBOX_PORTALS.find((one) => one.portalId === SANDBOX_PORTAL_A);
  const [user] = portal?.users ?? [];
  // A second grant of the same install, so that an outside program can look around without taking the server's token.
  const grant = await readJson(`${hubspot.apiUrl}/_standin/portals/${SANDBOX_PORTAL_A}/install`, {
    accessTokenSeconds: 31_536_000,
  });
  return {
    apiUrl: hubspot.apiUrl,
    formsUrl: hubspot.formsUrl,
    portalId: SANDBOX_PORTAL_A,
    appId: HUBSPOT_APP.appId,
    clientId: HUBSPOT_APP.clientId,
    clientSecret: secrets.hubspotClientSecret,
    accessToken: grant.accessToken,
    userId: user?.userId,
    userEmail: user?.email,
    contactIds: portal?.contacts?.map((one) => one.id) ?? [],
    formIds: SANDBOX_FORMS_A.map((form) => form.id),
    unconnectedPortalId: SANDBOX_PORTAL_B,
    controlUrl: `${hubspot.apiUrl}/_standin`,
  };
}

async function readJson(url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(
    url,
    body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {},
  );
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}
