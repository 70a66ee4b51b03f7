import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { inspect } from 'node:util';
import { NoResultError } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../server/app-error.ts';
import { openDb, withPortal, type PortalTx } from '../../server/db/db.ts';
import { systemTimers } from '../../server/delivery/hold-lease.ts';
import { createBudgets } from '../../server/hubspot/budgets.ts';
import { createServices } from '../../server/run-server.ts';
import { RunCache } from '../../server/endpoint/run-cache.ts';
import type { Services } from '../../server/services.ts';
import { fillAnything } from '../security/support/fill-anything.ts';
import {
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  untilDelivered,
  withOwner,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { argumentsFor, findFunctions, isInside, ROOT, type Found, type World } from './support/find-functions.ts';

/**
 * Every exported function that has to do with a portal is found by itself and called by portal B with everything that names
 * portal A: its ids, its rows, its cursors. None may say anything of A or change a row of A. A function that cannot be called
 * this way fails here until somebody has said why.
 */
const WHY_NOT: Record<string, string> = {
  'api/contact-routes.ts contactRoutes': 'routes: test/security/api.test.ts',
  'api/flow-routes.ts flowRoutes': 'routes: test/security/api.test.ts',
  'api/setup-routes.ts setupRoutes': 'routes: test/security/api.test.ts',
  'hubspot/oauth-routes.ts oauthRoutes': 'routes: test/security/meta-and-browser.test.ts',
  'hubspot/webhook-routes.ts hubSpotWebhookRoutes': 'routes: test/security/privacy-deletion.test.ts',
  'hubspot/signature-plugin.ts addHubSpotSignature': 'routes: test/security/api.test.ts',
  'preview/preview-routes.ts previewRoutes': 'routes: test/security/meta-and-browser.test.ts',
  'run-server.ts createServices': 'makes services, touches no row',
  'run-background.ts startBackground': 'starts rounds over every portal',
  'flows/form-checks.ts startFormChecks': 'starts rounds over every portal',
  'hubspot/install-page.ts connectedPage': 'a text, touches no row',
  'hubspot/verify-request.ts readCaller': 'reads an address, touches no row',
  'db/db.ts withPortal': 'is what the others are held against',
  'hubspot/connect-portal.ts connectPortal': "the portal comes from HubSpot's own token answer: test/hubspot",
  'whatsapp/tend-tokens.ts tendTokens': 'by design over every portal: it looks at tokens whose time has come',
  'operator/check-keys.ts checkKeys': 'by design over every portal, for the operator',
  'operator/list-keys.ts listKeys': 'by design over every portal, for the operator',
  'operator/verify-audit.ts verifyAudit': 'by design over every portal, for the operator',
  'operator/rewrap-keys.ts rewrapKeys': 'by design over every portal, for the operator',
  'operator/operator-services.ts portalOf': 'by design from an account to its portal',
  'operator/operator-services.ts portalsWithDataKey': 'by design over every portal: ids only',
  'operator/operator-services.ts portalsWithAudit': 'by design over every portal: ids only',
  'whatsapp/accounts.ts portalOfAccount': 'by design from an address to its portal',
  'alerts/alert-task.ts findAlertTask': 'looks into HubSpot, touches no row: the account is that of the client',
  'preview/page-tokens.ts usePageToken': 'the portal stands in the token: test/security/meta-and-browser.test.ts',
};

let product: Product;
let services: Services;
let closeDb: () => Promise<void>;
let world: World;
let tells: string[];
let stateOfA: Awaited<ReturnType<typeof openStateOfA>>;
const functions = findFunctions();

beforeAll(async () => {
  product = await startProduct();
  const { sendId, message } = await product.send(CONTACT?.id ?? '', '4915123456789');
  expect((await product.fillIn(message, fillAnything)).stuck).toBeNull();
  await untilDelivered(product);
  await product.api(PORTAL_A, 'POST', '/api/webhooks', {
    name: 'Hook-of-A-Qx',
    url: 'http://127.0.0.1:9/hooks/of-a',
    idempotencyKey: randomBytes(12).toString('hex'),
  });
  await product.api(PORTAL_A, 'PATCH', `/api/flows/${product.flowId}`, {
    name: 'Flow-of-A-Qx',
    idempotencyKey: randomBytes(12).toString('hex'),
  });
  // Without its workers: whatever changes a row of A now, a call of B's has changed.
  await product.server.close();
  const { config, log, boss, clock } = product.server.services;
  const opened = openDb({ connectionString: product.t.url, max: 8, applicationName: 'test', onError: () => {} });
  closeDb = opened.close;
  services = createServices({ config, log, boss, clock, db: opened.db, pool: opened.pool });
  world = await worldOf(sendId);
  tells = await whatOnlyAHas();
  stateOfA = await openStateOfA();
}, 180_000);
afterAll(async () => {
  await stateOfA?.close();
  await closeDb?.();
  await product?.standIns.close();
  await product?.t.close();
});

const rowsOfA = (table: string): Promise<Json[]> =>
  withOwner(product.t.ownerUrl, async (client) => {
    const { rows } = await client.query(`select * from flowella.${table} where portal_id = $1`, [PORTAL_A]);
    return rows as Json[];
  });

/** Portal B's services, and under every name that an argument has what stands there at portal A. */
async function worldOf(sendId: string): Promise<World> {
  const first = async (table: string): Promise<Json> => (await rowsOfA(table))[0];
  const [account, number, key, flow, version] = [
    await first('wa_accounts'),
    await first('wa_numbers'),
    await first('flow_keys'),
    await first('flows'),
    await first('flow_versions'),
  ];
  const [template, person, submission, delivery, webhook, form] = [
    await first('templates'),
    await first('persons'),
    await first('submissions'),
    await first('deliveries'),
    await first('webhooks'),
    await first('forms'),
  ];
  const now = new Date();
  return {
    ...services,
    timers: systemTimers,
    budgets: createBudgets(services),
    signal: AbortSignal.timeout(60_000),
    language: 'en',
    now,
    at: now,
    seenAt: now,
    dataKey: randomBytes(32),
    portalId: PORTAL_B,
    portalIds: [PORTAL_B],
    portal_id: String(PORTAL_B),
    sendId,
    accountId: account.account_id,
    wabaId: account.waba_id,
    appId: account.app_id,
    portfolioId: account.portfolio_id,
    phoneNumberId: number.phone_number_id,
    keyId: key.key_id,
    flowId: flow.flow_id,
    sourceFormId: flow.source_form_id,
    source: flow.source,
    formId: form.form_id,
    formRevision: form.revision,
    revision: form.revision,
    mapping: flow.mapping,
    design: flow.design,
    form: form.model,
    raw: form.raw,
    versionId: version.version_id,
    templateId: template.template_id,
    metaTemplateId: template.meta_template_id,
    metaFlowId: template.meta_flow_id,
    personId: person.person_id,
    contactId: String(person.contact_id),
    identityKey: 'x',
    phone: '+4915123456789',
    wamid: (await first('sends')).wamid,
    submissionId: submission.submission_id,
    submissionIds: [submission.submission_id],
    run: { ...(await services.runs.load(PORTAL_A, sendId)), portalId: PORTAL_B },
    deliveryId: delivery.delivery_id,
    deliveryIds: [delivery.delivery_id],
    destination: delivery.destination,
    kind: delivery.destination,
    delivery,
    row: delivery,
    claimed: [{ delivery, outcomeUnknown: false }],
    webhookId: webhook.webhook_id,
    answers: { email: { kind: 'email', value: 'b@b.test' } },
    limit: 10,
    before: `${new Date(Date.now() + 1_000).toISOString()}|zzz`,
    fallback: undefined,
    earlier: undefined,
    work: async () => 'done',
    deadlineMs: 2_000,
    actor: 'operator',
    stopping: undefined,
    lane: 'live',
    sealed: Buffer.alloc(40),
    currentSealed: account.app_secret_sealed,
    known: undefined,
    within: undefined,
  };
}

/** Texts that stand at A and nowhere else, beyond the ids that are handed in. */
async function whatOnlyAHas(): Promise<string[]> {
  const texts: unknown[] = [
    'Flow-of-A-Qx',
    'Hook-of-A-Qx',
    '/hooks/of-a',
    product.secrets.metaAppSecret,
    product.secrets.metaToken,
  ];
  for (const [table, columns] of [
    ['templates', ['name', 'template_id']],
    ['flow_keys', ['public_key_pem']],
    ['submissions', ['submission_id']],
    ['deliveries', ['delivery_id', 'remote_id']],
    ['attempts', ['attempt_id']],
    ['sends', ['wamid']],
    ['persons', ['person_id']],
    ['wa_numbers', ['display_number', 'verified_name']],
  ] as const)
    for (const row of await rowsOfA(table)) for (const column of columns) texts.push(row[column]);
  return texts.filter((text): text is string => typeof text === 'string' && text.length > 6);
}

/** One connection and one statement, since it is asked after each of hundreds of calls. */
async function openStateOfA(): Promise<{ read: () => Promise<Record<string, string>>; close: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: product.t.ownerUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'flowella' and column_name = 'portal_id' order by 1`,
  );
  const statement = tables
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from flowella.${name} t where portal_id = $1`,
    )
    .join(' union all ');
  return {
    async read() {
      const { rows } = await client.query<{ name: string; hash: string }>(statement, [PORTAL_A]);
      return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
    },
    close: () => client.end(),
  };
}

const INSTANCES: Record<string, () => unknown> = {
  PortalKeys: () => services.keys,
  Runs: () => services.runs,
  EndpointAccounts: () => services.accounts,
  RunCache: () => new RunCache(),
};

/** What a call answers or throws, as one text; a fault of the call itself (not an AppError, not PostgreSQL's word) is told. */
async function callAs(found: Found, over: World): Promise<{ text: string; fault: string | null }> {
  const module = (await import(path.join(ROOT, 'server', found.file))) as Record<string, Json>;
  const [first = '', method] = (found.name.split(' ')[1] ?? '').replace('()', '').split('.');
  const made = found.maker && module[first](...argumentsFor(found, found.maker, { ...world, ...over }));
  const target = made ?? (method ? (INSTANCES[first]?.() ?? module[first]) : module);
  const run = (target as Record<string, Json>)[method ?? first];
  if (typeof run !== 'function') return { text: '', fault: 'is no function' };
  const work = (tx?: PortalTx): unknown => {
    const args = argumentsFor(found, found.parameters, { ...world, ...over, ...(tx ? { tx } : {}) });
    return run.apply(target, args);
  };
  const portalId = Number(over.portalId ?? PORTAL_B);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 15 s')), 15_000);
  });
  try {
    const result = await Promise.race([
      isInside(found) ? withPortal(services.db, portalId, async (tx) => work(tx)) : work(),
      deadline,
    ]);
    if (typeof (result as Json)?.release === 'function') (result as Json).release();
    return { text: inspect(result, { depth: 12, maxStringLength: null, maxArrayLength: null }), fault: null };
  } catch (err) {
    const isSaid =
      err instanceof AppError || err instanceof NoResultError || /^[0-9A-Z]{5}$/.test(String((err as Json).code));
    return { text: inspect(err, { depth: 6 }), fault: isSaid ? null : inspect(err, { depth: 2 }).slice(0, 400) };
  } finally {
    clearTimeout(timer);
  }
}

test('nothing is excused that does not exist, and the search finds what there is', () => {
  const names = new Set(functions.map(({ name }) => name));
  expect(Object.keys(WHY_NOT).filter((name) => !names.has(name))).toEqual([]);
  expect(functions.length).toBeGreaterThan(150);
});

test('no exported function tells another portal anything, or changes a row of it', { timeout: 300_000 }, async () => {
  const before = await stateOfA.read();
  const told: string[] = [];
  const faults: string[] = [];
  for (const found of functions.filter(({ name }) => WHY_NOT[name] === undefined)) {
    const { text, fault } = await callAs(found, {});
    if (fault) faults.push(`${found.name}: ${fault}`);
    told.push(
      ...tells
        .filter((secret) => text.includes(secret) && !handedIn(found, secret))
        .map((secret) => `${found.name} told ${secret.slice(0, 40)}`),
    );
  }
  expect(faults).toEqual([]);
  expect(told).toEqual([]);
  expect(await stateOfA.read()).toEqual(before);
});

/** What the caller gave comes back in some answers and errors: that tells nobody anything. */
function handedIn(found: Found, secret: string): boolean {
  const { log: _log, boss: _boss, db: _db, ...rest } = world;
  const args = argumentsFor(found, found.parameters, { ...rest, tx: null, db: null, services: null });
  return inspect(args, { depth: 6, maxStringLength: null }).includes(secret);
}

test(
  'the same calls by portal A itself do tell and do change: the arguments name what is there',
  { timeout: 300_000 },
  async () => {
    let moved = 0;
    let before = JSON.stringify(await stateOfA.read());
    const asA = { portalId: PORTAL_A, portal_id: String(PORTAL_A), portalIds: [PORTAL_A] };
    for (const found of functions.filter(({ name }) => WHY_NOT[name] === undefined && !/erase-portal/.test(name))) {
      const { text } = await callAs(found, asA);
      const hasTold = tells.some((secret) => text.includes(secret));
      const after = JSON.stringify(await stateOfA.read());
      if (hasTold || after !== before) moved += 1;
      before = after;
    }
    expect(moved).toBeGreaterThan(60);
  },
);
