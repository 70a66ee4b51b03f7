import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { openFlow, type Phone } from '../../../shared/phone/run-flow.ts';
import { encryptedLink, type EndpointLink } from '../../../shared/phone/endpoint-link.ts';
import { walkFlow, type Answers, type Walk } from '../../../shared/phone/walk-flow.ts';
import type { Config } from '../../../server/config.ts';
import { freePort } from '../../../server/free-port.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../../server/hubspot/scopes.ts';
import { signV3 } from '../../../server/hubspot/verify-request.ts';
import { createLog } from '../../../server/observe/log.ts';
import { runServer, type RunningServer } from '../../../server/run-server.ts';
import { SANDBOX_FORMS_A } from '../../../server/sandbox/hubspot/sandbox-forms.ts';
import { SANDBOX_PORTAL_A, SANDBOX_PORTAL_B, SANDBOX_PORTALS } from '../../../server/sandbox/hubspot/sandbox-seed.ts';
import { SANDBOX_WABAS } from '../../../server/sandbox/meta/sandbox-seed.ts';
import { seedSandbox } from '../../../server/sandbox/seed-sandbox.ts';
import { startStandIns, type StandIns } from '../../../server/sandbox/start-stand-ins.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';

export const PORTAL_A = SANDBOX_PORTAL_A;
export const PORTAL_B = SANDBOX_PORTAL_B;
/** The first contact of account A: has a number, an address and a name. */
export const CONTACT = SANDBOX_PORTALS[0]?.contacts?.[0];

export type Answer = { status: number; text: string; json: Json; headers: Headers };
// What a test reads out of an answer is checked by its expectations.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export type Product = {
  url: string;
  server: RunningServer;
  standIns: StandIns;
  t: TestDatabase;
  flowId: string;
  accountId: string;
  secrets: { hubspotClientSecret: string; metaAppSecret: string; metaToken: string };
  /** Every line the server has logged, at level trace. */
  logged: () => string;
  /** A call as HubSpot signs it for a user of this portal. */
  api(portalId: number, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Rows per table of both schemas, without the counters that every call moves. */
  rowCounts(): Promise<Record<string, number>>;
  /** Every text, JSON and byte column of the database with its place, read as the owner. */
  dump(): Promise<{ place: string; bytes: Buffer }[]>;
  /** Sends the sample flow to a contact of account A; answers the send and what the phone got. */
  send(contactId: string, waId: string): Promise<{ sendId: string; message: Json }>;
  /** Opens a message on the phone and fills everything in. */
  fillIn(message: Json, answers: Answers): Promise<Walk>;
  /** Opens a message on the phone; `link` is its way to the endpoint, for whoever does what no phone does. */
  open(message: Json): Promise<{ phone: Phone; link: EndpointLink }>;
  close(): Promise<void>;
};

/** The whole product with its stand-ins: account A installed, connected and published by its own calls, account B installed only. */
export async function startProduct(
  options: {
    mode?: Config['mode'];
    prepare?: (standIns: StandIns) => Promise<void>;
    /** With the stand-ins of the identity vendors, and a check in the sample flow. */
    identity?: boolean;
  } = {},
): Promise<Product> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-security-'));
  const t = await testDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secrets = {
    hubspotClientSecret: randomBytes(18).toString('hex'),
    metaAppSecret: randomBytes(16).toString('hex'),
    metaToken: `EAAG${randomBytes(48).toString('base64url')}`,
  };
  const standIns = await startStandIns({
    dataDir: dir,
    pagesDir: pagesDir(),
    ports: { page: 0, meta: 0, hubspot: 0, hubspotForms: 0, ...(options.identity ? { identity: 0 } : {}) },
    serverUrl: url,
    secrets,
    requiredScopes: [...REQUIRED_SCOPES],
    optionalScopes: [...OPTIONAL_SCOPES],
  });
  await options.prepare?.(standIns);
  const lines: string[] = [];
  const server = await runServer(configOf({ t, port, url, standIns, mode: options.mode ?? 'sandbox' }), {
    log: createLog({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } }),
  });
  const sample = await seedSandbox({ serverUrl: url, standIns, secrets });
  await install(url, standIns, PORTAL_B);
  const api = (portalId: number, method: string, target: string, body?: unknown): Promise<Answer> =>
    callSigned({ url, secret: secrets.hubspotClientSecret, portalId, method, target, body });
  // Sending outside of the 24-hour window needs the template's approval, which comes a moment after the publication.
  await until(async () => {
    const { json } = await api(PORTAL_A, 'GET', `/api/flows/${sample.flowId}/publication`);
    return json?.template?.state === 'APPROVED';
  }, 30_000);
  return {
    url,
    server,
    standIns,
    t,
    secrets,
    flowId: sample.flowId,
    accountId: sample.flowEndpointUrl.split('/').at(-1) ?? '',
    logged: () => lines.join(''),
    api,
    rowCounts: () => rowCounts(t.ownerUrl),
    dump: () => dump(t.ownerUrl),
    send: (contactId, waId) => sendTo({ api, standIns, flowId: sample.flowId, contactId, waId }),
    fillIn: async (message, answers) => walkFlow((await open(standIns, message)).phone, answers),
    open: (message) => open(standIns, message),
    async close() {
      await server.close();
      await standIns.close();
      await t.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const pagesDir = (): string => path.resolve(import.meta.dirname, '../../../.data/pages');

function configOf(o: { t: TestDatabase; port: number; url: string; standIns: StandIns; mode: Config['mode'] }): Config {
  return {
    mode: o.mode,
    publicUrl: o.url,
    host: '127.0.0.1',
    port: o.port,
    logLevel: 'trace',
    databaseUrl: o.t.url,
    databasePool: 8,
    masterKeys: o.t.keyring,
    keyRotationDays: 90,
    hubspot: o.standIns.hubspotConfig,
    meta: o.standIns.metaConfig,
    pagesDir: pagesDir(),
    ...(o.standIns.identity ? { identityStandInUrl: o.standIns.identity.url } : {}),
  };
}

/** The install as a browser does it. */
async function install(url: string, standIns: StandIns, portalId: number): Promise<void> {
  const start = await fetch(`${url}/oauth/start`, { redirect: 'manual' });
  const cookie = start.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const callback = await grant(standIns, new URL(start.headers.get('location') ?? ''), portalId);
  const landed = await fetch(callback, { headers: { cookie }, redirect: 'manual' });
  if (landed.status !== 200) throw new Error(`The install ended with ${landed.status}`);
}

/** What HubSpot's consent page does when somebody agrees: where it sends the browser back to. */
export async function grant(standIns: StandIns, authorize: URL, portalId: number): Promise<string> {
  const user = SANDBOX_PORTALS.find((portal) => portal.portalId === portalId)?.users[0];
  const form = new URLSearchParams(authorize.searchParams);
  form.set('account', `${portalId}:${user?.userId}`);
  const granted = await fetch(`${standIns.hubspot.apiUrl}/oauth/grant`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  return granted.headers.get('location') ?? '';
}

/** The query HubSpot appends: with an address whose @ arrives escaped. */
export function withCaller(target: string, portalId: number): string {
  return `${target}${target.includes('?') ? '&' : '?'}userId=7001&portalId=${portalId}&userEmail=planted.rep%40canary-bank.test&appId=4711001`;
}

export async function callSigned(o: {
  url: string;
  secret: string;
  portalId: number;
  method: string;
  target: string;
  body?: unknown;
}): Promise<Answer> {
  const target = withCaller(o.target, o.portalId);
  const body = o.body === undefined ? '' : JSON.stringify(o.body);
  return call(o.url, { method: o.method, target, body, headers: sign(o.secret, o.url, { ...o, target, body }) });
}

export function sign(
  secret: string,
  url: string,
  o: { method: string; target: string; body: string | Buffer; timestamp?: number },
): Record<string, string> {
  const timestamp = String(o.timestamp ?? Date.now());
  const signature = signV3(secret, {
    method: o.method,
    url: `${url}${o.target}`,
    body: Buffer.from(o.body),
    timestamp,
  });
  return { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp };
}

export async function call(
  url: string,
  o: { method: string; target: string; body?: string | Buffer; headers?: Record<string, string> },
): Promise<Answer> {
  const hasBody = o.body !== undefined && o.body.length > 0;
  const answer = await fetch(`${url}${o.target}`, {
    method: o.method,
    headers: { ...(hasBody ? { 'content-type': 'application/json' } : {}), ...o.headers },
    body: hasBody ? new Uint8Array(Buffer.from(o.body ?? '')) : null,
    redirect: 'manual',
  });
  const text = await answer.text();
  return { status: answer.status, text, json: parse(text), headers: answer.headers };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export async function withOwner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

type Table = { table_schema: string; table_name: string };
const TABLES = `select table_schema, table_name from information_schema.tables
  where table_schema in ('flowella', 'pgboss') and table_type = 'BASE TABLE' order by 1, 2`;

/** Budgets, counts of calls and alerts are no data of anybody, and are written when their time comes, whatever a test does. */
const OWN_TIME = new Set(['budgets', 'endpoint_measures', 'alerts', 'used_signatures']);

/** Read until two readings agree: webhooks and deliveries of what a test did before write a little after it. */
async function rowCounts(ownerUrl: string): Promise<Record<string, number>> {
  let last = await countRows(ownerUrl);
  for (let reading = 0; reading < 20; reading++) {
    await sleep(150);
    const next = await countRows(ownerUrl);
    if (isDeepStrictEqual(last, next)) break;
    last = next;
  }
  return last;
}

function countRows(ownerUrl: string): Promise<Record<string, number>> {
  return withOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<Table>(TABLES);
    const counts: Record<string, number> = {};
    for (const one of rows.filter(
      ({ table_schema, table_name }) => table_schema === 'flowella' && !OWN_TIME.has(table_name),
    )) {
      const found = await client.query(`select count(*)::int as n from flowella.${one.table_name}`);
      counts[one.table_name] = found.rows[0].n;
    }
    return counts;
  });
}

function dump(ownerUrl: string): Promise<{ place: string; bytes: Buffer }[]> {
  return withOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<Table>(TABLES);
    const found: { place: string; bytes: Buffer }[] = [];
    for (const { table_schema, table_name } of rows) {
      const table = await client.query(`select * from ${table_schema}.${table_name}`);
      for (const row of table.rows as Record<string, unknown>[]) {
        for (const [column, value] of Object.entries(row)) {
          if (value === null) continue;
          const bytes = Buffer.isBuffer(value)
            ? value
            : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
          found.push({ place: `${table_name}.${column}`, bytes });
        }
      }
    }
    return found;
  });
}

async function sendTo(o: {
  api: Product['api'];
  standIns: StandIns;
  flowId: string;
  contactId: string;
  waId: string;
}): Promise<{ sendId: string; message: Json }> {
  const consent = { idempotencyKey: randomBytes(12).toString('hex'), state: 'opted_in' };
  await o.api(PORTAL_A, 'POST', `/api/contacts/${o.contactId}/consent`, consent);
  const sent = await o.api(PORTAL_A, 'POST', `/api/contacts/${o.contactId}/sends`, {
    idempotencyKey: randomBytes(12).toString('hex'),
    flowId: o.flowId,
    replace: true,
  });
  if (sent.status !== 200) throw new Error(`Sending answered ${sent.status} ${sent.text}`);
  const outbox = await (await fetch(`${o.standIns.meta.url}/_standin/outbox?to=${o.waId}`)).json();
  return { sendId: sent.json.sendId, message: (outbox as Json).messages.filter((one: Json) => one.flow).at(-1) };
}

async function open(standIns: StandIns, message: Json): Promise<{ phone: Phone; link: EndpointLink }> {
  const control = `${standIns.meta.url}/_standin`;
  const found = (await (await fetch(`${control}/messages/${encodeURIComponent(message.id)}/flow`)).json()) as Json;
  const flowJson = typeof found.flowJson === 'string' ? JSON.parse(found.flowJson) : found.flowJson;
  const key = (await (await fetch(`${control}/numbers/${SANDBOX_WABAS[0].phoneNumberId}/public-key`)).json()) as Json;
  const bytes = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
  const link = encryptedLink({
    publicKey: async () => key.publicKeyPem,
    exchange: async (body: string) => {
      const answer = await fetch(`${control}/exchange`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messageId: message.id, body }),
      });
      const { status, body: text } = (await answer.json()) as Json;
      return { status, body: text };
    },
    timer: (ms: number, fn: () => void) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
    randomBytes: bytes,
  } as Json);
  const phone = openFlow({
    flowJson,
    message: {
      flowToken: message.flow.flowToken,
      action: message.flow.action,
      screen: message.flow.screen,
      data: message.flow.data,
    },
    effects: {
      link,
      randomBytes: bytes,
      uploadFile: async (locked: Uint8Array) => (await put(`${control}/cdn`, { base64: base64Of(locked) })).url,
      uploadMedia: async (file: { mimeType: string; bytes: Uint8Array }) =>
        (
          await put(`${control}/media`, {
            phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
            mimeType: file.mimeType,
            base64: base64Of(file.bytes),
          })
        ).id,
    },
    locale: 'en',
  } as Json);
  return { phone, link };
}

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

async function put(url: string, body: unknown): Promise<Json> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Waits until no delivery of account A is under way any more. */
export async function untilDelivered(product: Product): Promise<void> {
  await until(
    () =>
      withOwner(product.t.ownerUrl, async (client) => {
        const found = await client.query(
          `select count(*) filter (where state in ('waiting', 'delivering'))::int as open, count(*)::int as n from flowella.deliveries`,
        );
        return found.rows[0].n > 0 && found.rows[0].open === 0;
      }),
    20_000,
  );
}

/** The sample form with a question for the number of a document, as a customer might have it. */
export async function askForDocumentNumber(standIns: StandIns): Promise<void> {
  const form = structuredClone(SANDBOX_FORMS_A[1]) as Json;
  form.fieldGroups.push({
    groupType: 'default_group',
    richTextType: 'text',
    fields: [
      {
        objectTypeId: '0-1',
        name: 'document_number',
        label: 'Document number',
        // Required, it would rightly not be publishable: the number is not written back.
        required: false,
        hidden: false,
        fieldType: 'single_line_text',
        dependentFields: [],
      },
    ],
  });
  await put(`${standIns.hubspot.apiUrl}/_standin/portals/${PORTAL_A}/forms`, { form });
}
