import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Form } from '@flowella/shared/form/form.ts';
import { openDb, withPortal } from '../../../server/db/db.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../server/db/embedded-postgres.ts';
import { signFlowToken } from '../../../server/endpoint/flow-token.ts';
import { freePort } from '../../../server/free-port.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../../server/hubspot/scopes.ts';
import { saveTokens } from '../../../server/hubspot/tokens.ts';
import { newId } from '../../../server/ids.ts';
import { PortalKeys } from '../../../server/keys/portal-keys.ts';
import { startHubSpotStandIn, type HubSpotStandIn } from '../../../server/sandbox/hubspot/start-hubspot-stand-in.ts';
import { toForm } from '../../../server/sources/hubspot-forms/to-form.ts';
import { seedFlow, seedPortal, type SeededFlow, type SeededPortal } from '../../bench/support/seed-portal.ts';
import { control } from '../../support/outside.ts';
import { until } from '../../support/until.ts';
import type { ServeOrder } from '../serve.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { makeDatabase, queryOnce } from './start-world.ts';

export type FleetServer = ServerProcess & { url: string };
/** Somebody on WhatsApp with a contact at HubSpot. */
export type FleetPerson = { personId: string; contactId: string; email: string };

/**
 * Two whole servers that accept and deliver, a database and a HubSpot of their own. Everything of them can be broken: processes, the
 * database, its connections, HubSpot; and time can be moved without starting anything anew.
 */
export type Fleet = {
  portal: SeededPortal;
  flow: SeededFlow;
  people: FleetPerson[];
  servers: FleetServer[];
  /** kill -9 and a new start, of one or of all. */
  killServers(indexes: readonly number[]): Promise<void>;
  killDatabase(): Promise<void>;
  hubspot: {
    down(): Promise<void>;
    up(): Promise<void>;
    fault(fault: Record<string, unknown>): Promise<void>;
    /** What stands on a contact: the submission ids by kind of entry. */
    entries(contactId: string): Promise<Map<string, string[]>>;
  };
  /** Servers and HubSpot are this much ahead from now on. */
  moveClocks(offsetMs: number): Promise<void>;
  /** An open send to a person; answers its flow token. */
  send(person: FleetPerson): Promise<string>;
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  ownerUrl: string;
  output(): string;
  close(): Promise<void>;
};

const PORTAL_ID = 148_330_001;
const FIRST_CONTACT = 70_001;
const RESTART_DEADLINE_MS = 60_000;
const APP = { appId: 4_711_002, clientId: 'fleet', clientSecret: randomBytes(18).toString('hex') };
const MAPPING = {
  formSubmission: { enabled: true },
  contact: { enabled: true, properties: [] },
  kycRecord: { enabled: true, home: 'contact', fields: {} },
  timeline: { enabled: true },
};
const field = (name: string, fieldType: string) => ({
  objectTypeId: '0-1',
  name,
  label: name,
  required: true,
  hidden: false,
  fieldType,
  dependentFields: [],
  ...(fieldType === 'email' ? { validation: { blockedEmailDomains: [], useDefaultBlockList: false } } : {}),
});
const RAW_FORM = {
  id: '7d0c5a10-1f5e-4b63-9c2e-5a1f0000f1e7',
  name: 'Fleet',
  formType: 'hubspot',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  archived: false,
  fieldGroups: [
    {
      groupType: 'default_group',
      richTextType: 'text',
      fields: [field('email', 'email'), field('city', 'single_line_text')],
    },
  ],
  configuration: { language: 'en', postSubmitAction: { type: 'thank_you', value: 'Thank you' } },
  displayOptions: { submitButtonText: 'Send' },
  legalConsentOptions: { type: 'none' },
};

export async function startFleet(o: { people: number; databasePool?: number }): Promise<Fleet> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-fleet-'));
  await chmod(dir, 0o755);
  const startPostgres = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dir: path.join(dir, 'pg'), durable: true });
  let postgres = await startPostgres();
  const password = randomBytes(12).toString('base64url');
  const ownerUrl = await makeDatabase(postgres, password);
  const databaseUrl = postgres.urlFor({ user: 'flowella_app', password, database: 'flowella' });
  const master = { id: 'k1', key: randomBytes(32) };
  const people = Array.from({ length: o.people }, (_, n) => ({
    personId: newId('person'),
    contactId: String(FIRST_CONTACT + n),
    email: `person${n}@fleet.test`,
  }));
  const ports = { apiPort: await freePort(), formsPort: 0 };
  ports.formsPort = await freePort(undefined, new Set([ports.apiPort]));
  const startHubSpot = (): Promise<HubSpotStandIn> =>
    startHubSpotStandIn({ ...ports, databaseFile: path.join(dir, 'hubspot.sqlite') });
  let hubspot: HubSpotStandIn | null = await startHubSpot();
  const apiUrl = hubspot.apiUrl;
  const controlUrl = `${apiUrl}/_standin`;
  hubspot.seed(hubSpotSeed(people));

  const { db, close: closeDb } = openDb({
    connectionString: databaseUrl,
    max: 4,
    applicationName: 'fleet',
    onError: () => {},
  });
  const keys = new PortalKeys(db, [master]);
  const seeded = { db, keys, keyring: [master] };
  const portal = await seedPortal(seeded, PORTAL_ID);
  const flow = await seedFlow(seeded, portal, toForm(RAW_FORM) as Form);
  const query: Fleet['query'] = (text, values) => queryOnce(ownerUrl, text, values);
  await query('update flowella.flows set mapping = $1', [JSON.stringify(MAPPING)]);
  await query('update flowella.flow_versions set mapping = $1', [JSON.stringify(MAPPING)]);
  await install({ db, keys }, controlUrl);
  await addPersons({ db, keys }, portal, people);

  const lines: string[] = [];
  const order = (port: number): ServeOrder => ({
    config: {
      mode: 'sandbox',
      publicUrl: 'https://api.flowella.test',
      host: '127.0.0.1',
      port,
      logLevel: 'error',
      databaseUrl,
      databasePool: o.databasePool ?? 10,
      keyRotationDays: null,
      masterKeys: [{ id: master.id, base64: master.key.toString('base64') }],
      pagesDir: path.join(dir, 'pages'),
      hubspot: { ...APP, appId: String(APP.appId), apiUrl, formsUrl: hubspot?.formsUrl ?? '', appUrl: apiUrl },
      meta: { graphUrl: 'http://127.0.0.1:9', graphVersion: 'v23.0' },
    },
    clockOffsetMs,
  });
  let clockOffsetMs = 0;
  const start = async (index: number): Promise<FleetServer> => {
    const port = await freePort();
    const server = await startServerProcess(path.join(dir, `order-${index}.json`), order(port), lines);
    // Time may have moved while it started.
    server.setClock(clockOffsetMs);
    return Object.assign(server, { url: `http://127.0.0.1:${port}` });
  };
  const servers = await Promise.all([start(0), start(1)]);

  return {
    portal,
    flow,
    people,
    servers,
    async killServers(indexes) {
      await Promise.all(indexes.map((index) => servers[index]?.kill()));
      await Promise.all(indexes.map(async (index) => (servers[index] = await start(index))));
    },
    async killDatabase() {
      const pid = Number((await readFile(path.join(postgres.dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      await until(
        () =>
          startPostgres().then(
            (started) => (postgres = started) !== null,
            () => false,
          ),
        RESTART_DEADLINE_MS,
      );
    },
    hubspot: {
      async down() {
        await hubspot?.close();
        hubspot = null;
      },
      async up() {
        hubspot ??= await startHubSpot();
      },
      async fault(fault) {
        await control(`${controlUrl}/faults`, fault);
      },
      async entries(contactId) {
        const { timeline } = (await control(`${controlUrl}/portals/${PORTAL_ID}/contacts/${contactId}`)) as {
          timeline: { kind: string }[];
        };
        const found = new Map<string, string[]>();
        for (const entry of timeline) {
          const id = /sub_[0-9a-z]{20}/.exec(JSON.stringify(entry))?.[0] ?? 'of nobody';
          found.set(entry.kind, [...(found.get(entry.kind) ?? []), id]);
        }
        return found;
      },
    },
    async moveClocks(offsetMs) {
      clockOffsetMs = offsetMs;
      for (const server of servers.filter((one) => one.isAlive())) server.setClock(offsetMs);
      if (hubspot) await control(`${controlUrl}/clock`, { offsetMs });
    },
    async send(person) {
      const expiresAt = new Date(Date.now() + clockOffsetMs + 7 * 86_400_000);
      const sendId = newId('send');
      await withPortal(db, PORTAL_ID, (tx) =>
        tx
          .insertInto('sends')
          .values({
            portal_id: String(PORTAL_ID),
            send_id: sendId,
            flow_id: flow.flowId,
            version_id: flow.versionId,
            person_id: person.personId,
            contact_id: person.contactId,
            phone_number_id: '1',
            recipient_key: sendId,
            channel: 'card',
            state: 'delivered',
            token_expires_at: expiresAt,
            created_at: new Date(),
          })
          .execute(),
      );
      return signFlowToken([master], { portalId: PORTAL_ID, sendId, expiresAt });
    },
    query,
    ownerUrl,
    output: () => lines.join(''),
    async close() {
      await Promise.all(servers.map((server) => server.kill()));
      await closeDb();
      await hubspot?.close();
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function hubSpotSeed(people: readonly FleetPerson[]): Parameters<HubSpotStandIn['seed']>[0] {
  return {
    apps: [
      {
        ...APP,
        name: 'Fleet',
        redirectUrls: [],
        requiredScopes: [...REQUIRED_SCOPES],
        optionalScopes: [...OPTIONAL_SCOPES],
        permittedUrls: [],
      },
    ],
    portals: [
      {
        portalId: PORTAL_ID,
        domain: 'fleet.test',
        accountName: 'Fleet',
        tier: 'enterprise',
        timeZone: 'UTC',
        users: [
          {
            userId: 1,
            email: 'admin@fleet.test',
            firstName: 'A',
            lastName: 'B',
            permissions: ['super-admin'],
            ownerId: null,
          },
        ],
        contacts: people.map(({ contactId, email }) => ({ id: contactId, properties: { email, firstname: 'P' } })),
        forms: [RAW_FORM],
      },
    ],
  };
}

type Tools = { db: ReturnType<typeof openDb>['db']; keys: PortalKeys };

async function install({ db, keys }: Tools, controlUrl: string): Promise<void> {
  const grant = (await control(`${controlUrl}/portals/${PORTAL_ID}/install`, {})) as {
    accessToken: string;
    refreshToken: string;
    expiresIn: number;
    scopes: string[];
  };
  const answer = {
    access_token: grant.accessToken,
    refresh_token: grant.refreshToken,
    expires_in: grant.expiresIn,
    hub_id: PORTAL_ID,
    user_id: 1,
    scopes: grant.scopes,
  };
  await withPortal(db, PORTAL_ID, (tx) => saveTokens(tx, { keys, portalId: PORTAL_ID, answer, now: new Date() }));
}

async function addPersons({ db, keys }: Tools, portal: SeededPortal, people: readonly FleetPerson[]): Promise<void> {
  const now = new Date();
  const rows = await Promise.all(
    people.map(async ({ personId, contactId }, n) => ({
      portal_id: String(PORTAL_ID),
      person_id: personId,
      portfolio_id: `waba:${portal.wabaId}`,
      contact_id: contactId,
      identity_sealed: await keys.sealJson(PORTAL_ID, `persons.identity:${personId}`, {
        phone: `+49151${String(30_000_000 + n)}`,
      }),
      created_at: now,
      updated_at: now,
    })),
  );
  await withPortal(db, PORTAL_ID, (tx) => tx.insertInto('persons').values(rows).execute());
}
