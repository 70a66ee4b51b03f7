import { randomBytes } from 'node:crypto';
import { SANDBOX_FORMS_A } from './hubspot/sandbox-forms.ts';
import { SANDBOX_PORTAL_A, SANDBOX_PORTALS } from './hubspot/sandbox-seed.ts';
import { VENDORS } from './identity/sessions.ts';
import { SAMPLE_TEMPLATES } from './identity/world.ts';
import { SANDBOX_WABAS } from './meta/sandbox-seed.ts';
import type { StandIns } from './start-stand-ins.ts';

const PUBLISH_DEADLINE_MS = 60_000;
const SAMPLE_HOOK = 'sample';
/** The know-your-customer form: it goes to every place. */
const SAMPLE_FORM = SANDBOX_FORMS_A[1];

const SAMPLE_VENDOR = 'persona';

type Json = Record<string, unknown>;
type Service = { serviceId: string; vendor: string; callbackUrl: string };
type Sample = { flowEndpointUrl: string; flowId: string };
export type Context = { serverUrl: string; standIns: StandIns; secrets: { metaAppSecret: string; metaToken: string } };

/**
 * Connects the sandbox's first account and publishes its sample flow, by the very calls a browser and HubSpot's pages make:
 * nothing is written past the product. What is there from an earlier start is left as it is.
 */
export async function seedSandbox(context: Context): Promise<Sample> {
  if ((await call(context, 'GET', '/api/setup')).status === 403) await installApp(context);
  const accountId = await connectAccount(context);
  const webhookId = await addWebhook(context);
  const serviceId = await addIdentityServices(context);
  const flowId = await publishSample(context, accountId, { webhookId, serviceId });
  await recordConsents(context);
  return { flowEndpointUrl: `${context.serverUrl}/flow/${accountId}`, flowId };
}

/** The install as a browser does it: our start page, HubSpot's consent page, our callback. */
async function installApp({ serverUrl, standIns }: Context): Promise<void> {
  const start = await fetch(`${serverUrl}/oauth/start`, { redirect: 'manual' });
  const cookie = start.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const authorize = new URL(start.headers.get('location') ?? '');
  const user = SANDBOX_PORTALS.find((portal) => portal.portalId === SANDBOX_PORTAL_A)?.users[0];
  const grant = new URLSearchParams(authorize.searchParams);
  grant.set('account', `${SANDBOX_PORTAL_A}:${user?.userId}`);
  const granted = await fetch(`${standIns.hubspot.apiUrl}/oauth/grant`, {
    method: 'POST',
    body: grant,
    redirect: 'manual',
  });
  const callback = granted.headers.get('location');
  if (!callback) throw new Error(`HubSpot's consent page answered ${granted.status}`);
  const landed = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
  if (landed.status !== 200) throw new Error(`The install ended with ${landed.status}`);
}

async function connectAccount(context: Context): Promise<string> {
  const setup = await expectOk(context, 'GET', '/api/setup');
  const [present] = setup.accounts as { accountId: string; state: string }[];
  if (present?.state === 'connected') return present.accountId;
  const [waba] = SANDBOX_WABAS;
  const account = await expectOk(context, 'POST', '/api/whatsapp/accounts', {
    appId: waba.appId,
    appSecret: context.secrets.metaAppSecret,
    wabaId: waba.wabaId,
    phoneNumberId: waba.phoneNumberId,
    accessToken: context.secrets.metaToken,
  });
  if (account.state !== 'connected')
    throw new Error(`The sample WhatsApp account is not connected: ${JSON.stringify(account.checks)}`);
  return String(account.accountId);
}

/** The customer's own system: told the secret when the webhook is added, as its operator would be; null where there is none. */
async function addWebhook(context: Context): Promise<string | null> {
  const { webhooks: receiver } = context.standIns;
  if (!receiver) return null;
  const url = `${receiver.url}/hooks/${SAMPLE_HOOK}`;
  const { webhooks } = (await expectOk(context, 'GET', '/api/webhooks')) as {
    webhooks: { webhookId: string; url: string }[];
  };
  const present = webhooks.find((one) => one.url.endsWith(`/hooks/${SAMPLE_HOOK}`));
  if (present) {
    if (present.url !== url) await expectOk(context, 'PATCH', `/api/webhooks/${present.webhookId}`, { url });
    return present.webhookId;
  }
  const added = await expectOk(context, 'POST', '/api/webhooks', { name: 'Sample receiver', url });
  const told = await fetch(`${receiver.url}/_standin/hooks/${SAMPLE_HOOK}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secrets: [added.secret] }),
  });
  if (!told.ok) throw new Error(`The receiver answered ${told.status}`);
  return (added.webhook as { webhookId: string }).webhookId;
}

/**
 * An account at each identity vendor, with the keys that its stand-in knows, and our address entered there as its dashboard would
 * have it; answers the one the sample flow uses, or null where there are no vendors.
 */
async function addIdentityServices(context: Context): Promise<string | null> {
  const { identity } = context.standIns;
  if (!identity) return null;
  const { services } = (await expectOk(context, 'GET', '/api/identity-services')) as { services: Service[] };
  for (const vendor of VENDORS) {
    const account = identity.account(vendor);
    const service =
      services.find((one) => one.vendor === vendor) ??
      ((await expectOk(context, 'POST', '/api/identity-services', {
        vendor,
        name: `${vendor[0]?.toUpperCase()}${vendor.slice(1)} (sandbox)`,
        region: vendor === 'onfido' ? 'eu' : null,
        apiKey: account.apiKey,
        webhookSecret: account.webhookSecret,
      })) as unknown as Service);
    if (!services.includes(service)) services.push(service);
    await fetch(`${identity.url}/_standin/${vendor}/webhook`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: service.callbackUrl }),
    });
  }
  return services.find((one) => one.vendor === SAMPLE_VENDOR)?.serviceId ?? null;
}

async function publishSample(
  context: Context,
  accountId: string,
  places: { webhookId: string | null; serviceId: string | null },
): Promise<string> {
  const { flows } = (await expectOk(context, 'GET', '/api/flows')) as {
    flows: { flowId: string; sourceFormId: string; state: string }[];
  };
  const present = flows.find((flow) => flow.sourceFormId === SAMPLE_FORM?.id);
  if (present?.state === 'published') return present.flowId;
  const flowId =
    present?.flowId ??
    String(
      (
        await expectOk(context, 'POST', '/api/flows', {
          source: 'hubspot-forms',
          sourceFormId: SAMPLE_FORM?.id,
          accountId,
        })
      ).flowId,
    );
  const flow = await expectOk(context, 'GET', `/api/flows/${flowId}`);
  // Connected, so that an outside client finds an endpoint to talk to; by itself this form would run on the phone alone.
  await expectOk(context, 'PATCH', `/api/flows/${flowId}`, {
    design: { mode: 'connected' },
    mapping: everywhere(flow, places),
  });
  await expectOk(context, 'POST', `/api/flows/${flowId}/publish`, {});
  await untilPublished(context, flowId);
  return flowId;
}

/** Every place switched on; which question holds what is the product's own suggestion. */
function everywhere(
  flow: Json,
  { webhookId, serviceId }: { webhookId: string | null; serviceId: string | null },
): Json {
  const mapping = flow.mapping as { contact: Json; kycRecord: { fields: Record<string, string[]> } } & Json;
  const { legalName = [], birthDate } = mapping.kycRecord.fields;
  const [firstName, lastName] = legalName;
  return {
    ...mapping,
    formSubmission: { enabled: true },
    contact: { ...mapping.contact, enabled: true },
    kycRecord: { ...mapping.kycRecord, enabled: true },
    timeline: { enabled: true },
    ...(webhookId === null ? {} : { webhook: { enabled: true, webhookId } }),
    ...(serviceId === null
      ? {}
      : {
          identityCheck: {
            enabled: true,
            serviceId,
            template: SAMPLE_TEMPLATES[SAMPLE_VENDOR],
            fields: {
              ...(firstName ? { firstName: [firstName] } : {}),
              ...(lastName ? { lastName: [lastName] } : {}),
              ...(birthDate ? { birthDate } : {}),
            },
            riskWhen: ['declined', 'needs_review', 'expired', 'name_mismatch', 'birth_date_mismatch'],
          },
        }),
  };
}

/** What the contacts said before the sandbox began, as a rep records it on the card; later words are left alone. */
async function recordConsents(context: Context): Promise<void> {
  const contacts = SANDBOX_PORTALS.find((portal) => portal.portalId === SANDBOX_PORTAL_A)?.contacts ?? [];
  const said: Record<string, string> = { given: 'opted_in', withdrawn: 'opted_out' };
  for (const contact of contacts) {
    const state = said[contact.properties.whatsapp_consent ?? ''];
    if (!state) continue;
    const answer = await call(context, 'GET', `/api/contacts/${contact.id}/flows`);
    // Somebody erased them here before: the sandbox goes on without.
    if (answer.status === 404) continue;
    if (answer.status >= 300) throw new Error(`The card of ${contact.id} answered ${answer.status}: ${answer.body}`);
    const { consent } = (JSON.parse(answer.body) as { contact: { consent: { state: string } } }).contact;
    if (consent.state === 'unknown') await expectOk(context, 'POST', `/api/contacts/${contact.id}/consent`, { state });
  }
}

async function untilPublished(context: Context, flowId: string): Promise<void> {
  const deadline = Date.now() + PUBLISH_DEADLINE_MS;
  for (;;) {
    const publication = await expectOk(context, 'GET', `/api/flows/${flowId}/publication`);
    const template = publication.template as { state: string } | null;
    if (publication.state === 'published' && (!template || template.state === 'APPROVED')) return;
    if (publication.state === 'failed')
      throw new Error(`The sample flow was not published: ${JSON.stringify(publication)}`);
    if (Date.now() > deadline)
      throw new Error(`The sample flow is not published in time: ${JSON.stringify(publication)}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** A call of HubSpot's pages that must succeed; throws with what was answered otherwise. */
export async function expectOk(context: Context, method: string, path: string, body?: Json): Promise<Json> {
  const answer = await call(
    context,
    method,
    path,
    body && { idempotencyKey: randomBytes(16).toString('hex'), ...body },
  );
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Json;
}

/** A call of HubSpot's pages: through HubSpot's own proxy, which signs it. */
async function call(
  { serverUrl, standIns }: Context,
  method: string,
  path: string,
  body?: Json,
): Promise<{ status: number; body: string }> {
  const user = SANDBOX_PORTALS.find((portal) => portal.portalId === SANDBOX_PORTAL_A)?.users[0];
  const response = await fetch(`${standIns.hubspot.apiUrl}/_standin/portals/${SANDBOX_PORTAL_A}/fetch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: user?.userId, method, url: `${serverUrl}${path}`, ...(body ? { body } : {}) }),
  });
  if (!response.ok) throw new Error(`HubSpot's proxy answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as { status: number; body: string };
}
