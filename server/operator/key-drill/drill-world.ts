import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { startEmbeddedPostgres } from '../../db/embedded-postgres.ts';
import { migrate } from '../../db/migrate.ts';
import { freePort } from '../../free-port.ts';
import { OPTIONAL_SCOPES, REQUIRED_SCOPES } from '../../hubspot/scopes.ts';
import { SANDBOX_PORTAL_A } from '../../sandbox/hubspot/sandbox-seed.ts';
import { SANDBOX_WABAS } from '../../sandbox/meta/sandbox-seed.ts';
import { expectOk, seedSandbox, type Context } from '../../sandbox/seed-sandbox.ts';
import { startStandIns } from '../../sandbox/start-stand-ins.ts';
import { startRelay } from './start-relay.ts';
import { startServerProcess } from './start-server-process.ts';

/** A flow message that a person has received: what a phone needs to open it. */
export type DrillMessage = { messageId: string; flowToken: string };
export type DrillWorld = {
  config: Config;
  accountId: string;
  phoneNumberId: string;
  /** Base of the Meta stand-in's control routes. */
  controlUrl: string;
  messages: DrillMessage[];
  /** Connections that each of the server processes has been given. */
  given(): number[];
  close(): Promise<void>;
};

/** Processes behind one address: what one of them has read of the keys, the other one need not have. */
const SERVERS = 2;
/** Phones at once, two of each person's: enough to keep two cores busy. */
const PEOPLE = 10;

const APPROVAL_DEADLINE_MS = 60_000;

const publicationSchema = z.looseObject({ template: z.looseObject({ state: z.string() }).nullish() });
const grantSchema = z.object({ accessToken: z.string() });
const contactSchema = z.object({ id: z.string() });
const outboxSchema = z.object({
  messages: z.array(z.looseObject({ id: z.string(), flow: z.object({ flowToken: z.string() }).nullish() })),
});

/**
 * A whole installation of its own on this machine's loopback, thrown away afterwards: database, strict stand-ins, two processes of
 * the server, a published flow and people who have received it. Nothing of the real installation is read or reached.
 */
export async function startDrillWorld(): Promise<DrillWorld> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-drill-'));
  const opened: (() => Promise<void>)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const databaseUrl = await startDatabase(dir, opened);
    const port = await freePort();
    const serverUrl = `http://127.0.0.1:${port}`;
    const secrets = {
      hubspotClientSecret: randomBytes(18).toString('hex'),
      metaAppSecret: randomBytes(16).toString('hex'),
      metaToken: `EAAG${randomBytes(48).toString('base64url')}`,
    };
    const standIns = await startStandIns({
      dataDir: dir,
      pagesDir: dir,
      ports: { page: 0, meta: 0, hubspot: 0, hubspotForms: 0 },
      serverUrl,
      secrets,
      requiredScopes: [...REQUIRED_SCOPES],
      optionalScopes: [...OPTIONAL_SCOPES],
    });
    opened.push(() => standIns.close());
    const config = configOf({ dir, port, serverUrl, databaseUrl, standIns });
    const ports: number[] = [];
    for (let n = 0; n < SERVERS; n += 1) {
      const own = await freePort(undefined, new Set([port, ...ports]));
      opened.push(await startServerProcess({ ...config, port: own }));
      ports.push(own);
    }
    const relay = await startRelay(port, ports);
    opened.push(() => relay.close());
    const context = { serverUrl, standIns, secrets };
    const sample = await seedSandbox(context);
    return {
      config,
      accountId: sample.flowEndpointUrl.split('/').at(-1) ?? '',
      phoneNumberId: SANDBOX_WABAS[0].phoneNumberId,
      controlUrl: `${standIns.meta.url}/_standin`,
      messages: await sendToEverybody(context, sample.flowId),
      given: () => relay.given(),
      close,
    };
  } catch (err) {
    await close();
    throw err;
  }
}

async function startDatabase(dir: string, opened: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dir: path.join(dir, 'postgres'), durable: false });
  // The data may lie elsewhere than in `dir` (PostgreSQL does not run as root).
  opened.push(() => rm(path.dirname(postgres.dataDir), { recursive: true, force: true }));
  opened.push(() => postgres.stop());
  const password = randomBytes(18).toString('base64url');
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query('create database flowella');
  await admin.end();
  const owner = new URL(postgres.adminUrl);
  owner.pathname = '/flowella';
  await migrate({ ownerUrl: owner.toString(), appPassword: password });
  return postgres.urlFor({ user: 'flowella_app', password, database: 'flowella' });
}

function configOf(o: {
  dir: string;
  port: number;
  serverUrl: string;
  databaseUrl: string;
  standIns: Pick<Awaited<ReturnType<typeof startStandIns>>, 'hubspotConfig' | 'metaConfig'>;
}): Config {
  return {
    mode: 'sandbox',
    publicUrl: o.serverUrl,
    host: '127.0.0.1',
    port: o.port,
    logLevel: 'silent',
    databaseUrl: o.databaseUrl,
    databasePool: 10,
    pagesDir: o.dir,
    masterKeys: [{ id: 'k1', key: randomBytes(32) }],
    keyRotationDays: null,
    hubspot: o.standIns.hubspotConfig,
    meta: o.standIns.metaConfig,
  };
}

/** People of the drill's own, who agree and get the flow by the calls that the card makes. */
async function sendToEverybody(context: Context, flowId: string): Promise<DrillMessage[]> {
  const { meta, hubspot } = context.standIns;
  const control = `${meta.url}/_standin`;
  const { accessToken } = grantSchema.parse(
    await postJson(`${hubspot.apiUrl}/_standin/portals/${SANDBOX_PORTAL_A}/install`, {}),
  );
  await untilTemplateApproved(context, flowId);
  const messages: DrillMessage[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const waId = `49151900000${String(n).padStart(2, '0')}`;
    const person = {
      firstname: 'Drill',
      lastname: String(n),
      email: `drill-${n}@person.test`,
      mobilephone: `+${waId}`,
    };
    await postJson(`${control}/people`, { waId, name: `Drill ${n}` });
    const contact = await postJson(
      `${hubspot.apiUrl}/crm/objects/2026-09/contacts`,
      { properties: person },
      accessToken,
    );
    const { id } = contactSchema.parse(contact);
    await expectOk(context, 'POST', `/api/contacts/${id}/consent`, { state: 'opted_in' });
    await expectOk(context, 'POST', `/api/contacts/${id}/sends`, { flowId });
    const outbox = await fetch(`${control}/outbox?to=${waId}`);
    const message = outboxSchema.parse(await outbox.json()).messages.findLast((one) => one.flow);
    if (!message?.flow) throw new Error(`The flow has not reached ${n + 1}. person of the drill`);
    messages.push({ messageId: message.id, flowToken: message.flow.flowToken });
  }
  return messages;
}

/** Nobody here has written to the account, so that the flow can be sent by an approved template only. */
async function untilTemplateApproved(context: Context, flowId: string): Promise<void> {
  const end = performance.now() + APPROVAL_DEADLINE_MS;
  for (;;) {
    const publication = await expectOk(context, 'GET', `/api/flows/${flowId}/publication`);
    if (publicationSchema.parse(publication).template?.state === 'APPROVED') return;
    if (performance.now() > end) throw new Error('The template of the sample flow was not approved in time');
    await pause(100);
  }
}

async function postJson(url: string, body: object, token?: string): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return answer.json();
}
