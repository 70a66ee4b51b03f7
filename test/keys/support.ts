import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import Fastify from 'fastify';
import pino from 'pino';
import { withPortal } from '../../server/db/db.ts';
import { EndpointAccounts } from '../../server/endpoint/accounts.ts';
import { flowRoute } from '../../server/endpoint/flow-route.ts';
import { EndpointMeter } from '../../server/endpoint/endpoint-meter.ts';
import { Runs } from '../../server/endpoint/runs.ts';
import { createMetrics } from '../../server/observe/metrics.ts';
import { startMetaStandIn, type MetaStandIn } from '../../server/sandbox/meta/start-meta-stand-in.ts';
import { getAccountSecrets, loadFlowKeys, stampsOfAccounts } from '../../server/whatsapp/accounts.ts';
import { connectAccount } from '../../server/whatsapp/connect-account.ts';
import { noteKeyUse } from '../../server/whatsapp/flow-keys.ts';
import { GraphClient } from '../../server/whatsapp/graph-client.ts';
import { webhookRoutes } from '../../server/whatsapp/webhook-routes.ts';
import { control } from '../support/outside.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

export const APP = { id: '670843887433847', name: 'Test app', secret: 'e'.repeat(32) };
export const WABA = '102290129340398';
export const OTHER_WABA = '102290129341455';
export const NUMBERS = ['106540352242922', '106540352242923'] as const;
export const TOKEN = 'EAAtesttokenofasystemuser0123';
export const HOUR = 3_600_000;

export type KeyBench = Awaited<ReturnType<typeof keyBench>>;

/**
 * A real database, a strict Meta with one account of two numbers, and the endpoint as one process serves it: with its own
 * memory, apart from whoever rotates. The clock stands still until it is moved.
 */
export async function keyBench() {
  const t = await testDatabase({ poolSize: 8 });
  const meta = await startMetaStandIn({ port: 0, databaseFile: ':memory:', webhookRetryDelaysMs: [50] });
  meta.seed({ ...world(), people: [] });
  let at = Date.parse('2026-11-23T10:00:00Z');
  const clock = { now: () => new Date(at), move: (ms: number) => void (at += ms) };
  const config = { publicUrl: '' };
  const services = {
    db: t.db,
    pool: t.pool,
    keys: t.keys,
    keyring: t.keyring,
    clock,
    log: pino({ level: 'silent' }),
    config,
    graph: new GraphClient({ graphUrl: meta.url, graphVersion: 'v23.0', wait: async () => {} }),
    wait: async (ms: number) => clock.move(ms),
  };
  let reads = 0;
  const app = await endpoint(
    services,
    () => at,
    () => (reads += 1),
  );
  config.publicUrl = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    t,
    meta,
    clock,
    /** How often the endpoint asked the database for an account. */
    reads: () => reads,
    services,
    url: config.publicUrl,
    connect: async (portalId: number): Promise<string> => (await connectAccount(services, portalId, input())).accountId,
    async close() {
      await app.close();
      await meta.close();
      await t.close();
    },
  };
}

export const input = (appSecret = APP.secret) => ({
  appId: APP.id,
  appSecret,
  wabaId: WABA,
  phoneNumberId: NUMBERS[0],
  accessToken: TOKEN,
});

/** What exists at Meta; more may be added by seeding again. */
export function world(o: { secret?: string; numbers?: readonly string[] } = {}) {
  return {
    apps: [{ ...APP, secret: o.secret ?? APP.secret }],
    businesses: [{ id: '2729063490586005', name: 'Example' }],
    wabas: [
      { id: WABA, name: 'Example', businessId: '2729063490586005' },
      { id: OTHER_WABA, name: 'Other', businessId: '2729063490586005' },
    ],
    phoneNumbers: (o.numbers ?? NUMBERS).map((id, index) => ({
      id,
      wabaId: WABA,
      displayPhoneNumber: `+49 40 8796940${index}`,
      verifiedName: 'Example',
    })),
    tokens: [
      {
        token: TOKEN,
        appId: APP.id,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
        assetIds: [WABA],
      },
    ],
  };
}

type Served = Parameters<typeof connectAccount>[0] & { pool: TestDatabase['pool'] };

async function endpoint(services: Served, monotonicMs: () => number, onRead: () => void) {
  const app = Fastify();
  flowRoute(app, {
    meter: new EndpointMeter(),
    ...services,
    runs: new Runs(services.db, services.keys, services.pool),
    wakeUps: { add: async () => {} },
    destinations: [],
    codeSender: { send: () => {}, settled: async () => {}, stop: async () => {} },
    metrics: createMetrics(),
    accounts: new EndpointAccounts(
      {
        stamps: (ids) => {
          onRead();
          return stampsOfAccounts(services, ids);
        },
        appSecrets: async (portal, id) => (await getAccountSecrets(services, portal, id)).appSecrets,
        flowKeys: (portal, id) => loadFlowKeys(services, portal, id),
        keyUsed: (portal, id) => noteKeyUse(services, portal, id),
      },
      monotonicMs,
    ),
  });
  await app.register((scope) => webhookRoutes(scope, services));
  return app;
}

/** A ping encrypted for `pem` by Meta's document alone; the status, and whether the reply opened. */
export async function ping(
  b: Pick<KeyBench, 'url'>,
  accountId: string,
  pem: string,
  secret = APP.secret,
): Promise<{ status: number; isActive: boolean }> {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const text = JSON.stringify({ version: '3.0', action: 'ping' });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const wrapped = publicEncrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, aesKey);
  const body = JSON.stringify({
    encrypted_flow_data: sealed.toString('base64'),
    encrypted_aes_key: wrapped.toString('base64'),
    initial_vector: iv.toString('base64'),
  });
  const answer = await fetch(`${b.url}/flow/${accountId}`, {
    method: 'POST',
    body,
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` },
  });
  const reply = Buffer.from(await answer.text(), 'base64');
  if (reply.length <= 16) return { status: answer.status, isActive: false };
  const decipher = createDecipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => byte ^ 0xff)));
  decipher.setAuthTag(reply.subarray(-16));
  const opened = Buffer.concat([decipher.update(reply.subarray(0, -16)), decipher.final()]).toString('utf8');
  return { status: answer.status, isActive: opened === '{"data":{"status":"active"}}' };
}

/** The key that Meta hands to phones for a number. */
export async function keyAtMeta(b: KeyBench, phoneNumberId: string): Promise<{ pem: string; status: string }> {
  const found = (await control(`${b.meta.url}/_standin/numbers/${phoneNumberId}/public-key`)) as {
    publicKeyPem: string;
    status: string;
  };
  return { pem: found.publicKeyPem, status: found.status };
}

export const foreignPem = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;

/** The account's keys as they stand, oldest first. */
export function keyRows(t: TestDatabase, portalId: number, accountId: string) {
  return withPortal(t.db, portalId, (tx) =>
    tx
      .selectFrom('flow_keys')
      .select(['key_id', 'state', 'private_key_sealed', 'last_used_at'])
      .where('account_id', '=', accountId)
      .orderBy('created_at')
      .execute(),
  );
}

export function auditRows(t: TestDatabase, portalId: number) {
  return withPortal(t.db, portalId, (tx) =>
    tx.selectFrom('audit_log').select(['actor', 'action', 'subject', 'detail']).orderBy('seq').execute(),
  );
}

/** Asks the stand-in for a fault; see `control/faults.ts` there. */
export function fault(meta: MetaStandIn, body: Record<string, unknown>): Promise<unknown> {
  return control(`${meta.url}/_standin/faults`, body);
}
