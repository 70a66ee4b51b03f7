import { constants, createCipheriv, createHmac, publicEncrypt, randomBytes } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../server/app.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import {
  Dice,
  hostileText,
  mutateBase64,
  mutateBytes,
  mutateJson,
  strangeHeaders,
  type Json as Value,
} from './support/mutate.ts';
import {
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  sign,
  startProduct,
  withCaller,
  type Json,
  type Product,
} from './support/product.ts';

/**
 * Whatever is sent, signed or not, encrypted or not: refused with a status of the protocol, never our fault, never a hang, never a
 * word about our insides. `MUTATIONS` is how many bodies in all; `MUTATION_SEED` walks a printed run again.
 */
const TOTAL = Number(process.env.MUTATIONS ?? 5_000);
const SEED = Number(process.env.MUTATION_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Longer than any honest answer takes on two busy cores. */
const HANG_MS = 10_000;
const LEAK =
  /\bat .*\.[jt]s:\d|node_modules|\/server\/|\bselect \w|\binsert into|postgres|kysely|ECONN|flowella_app|FST_|SyntaxError|TypeError|"stack"/;
const BATCH = 4;

let product: Product;
let app: FastifyInstance;
let publicKey: string;
let token: string;
let versionId: string;
let screens: string[];

beforeAll(async () => {
  process.stdout.write(`MUTATION_SEED=${SEED} MUTATIONS=${TOTAL}\n`);
  product = await startProduct();
  // The same server without its workers' sockets between: a hundred thousand calls in minutes.
  app = await buildApp(product.server.services);
  await app.ready();
  const control = `${product.standIns.meta.url}/_standin`;
  publicKey = (await json(`${control}/numbers/${SANDBOX_WABAS[0].phoneNumberId}/public-key`)).publicKeyPem;
  const { message } = await product.send(CONTACT?.id ?? '', '4915123456789');
  token = message.flow.flowToken;
  const { flowJson } = await json(`${control}/messages/${encodeURIComponent(message.id)}/flow`);
  screens = JSON.parse(flowJson).screens.map((screen: Json) => screen.id);
  versionId = /"v":"(ver_\w+)"/.exec(flowJson)?.[1] ?? '';
  expect(versionId).toMatch(/^ver_/);
}, 120_000);
afterAll(async () => {
  await app?.close();
  await product?.close();
});

const json = async (url: string): Promise<Json> => (await fetch(url)).json();
const hex = (secret: string, body: Buffer | string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

type Case = { method: string; url: string; body: Buffer; headers: Record<string, string>; plain?: Buffer };
type Target = {
  /** Of every hundred bodies. */
  share: number;
  make: (dice: Dice) => Case;
  allowed: (status: number, answer: LightMyRequestResponse, one: Case) => boolean;
};

// --- the flow endpoint ------------------------------------------------------------------------------------------------------

/** A content type that is none is refused by the framework, before anything of ours sees the call. */
const noType = (status: number): boolean => status === 415;

function envelopeOf(plain: Buffer): { [key: string]: Value } {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const oaep = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return {
    encrypted_flow_data: sealed.toString('base64'),
    encrypted_aes_key: publicEncrypt(oaep, aesKey).toString('base64'),
    initial_vector: iv.toString('base64'),
  };
}

function phoneRequest(dice: Dice): { [key: string]: Value } {
  const screen = dice.pick(screens);
  return dice.pick<{ [key: string]: Value }>([
    { version: '3.0', action: 'ping' },
    { version: '3.0', action: 'INIT', flow_token: token },
    { version: '3.0', action: 'BACK', screen, data: {}, flow_token: token },
    { version: '3.0', action: 'data_exchange', screen, data: { v: versionId, s: screen, a: 'x' }, flow_token: token },
    { version: '3.0', action: 'data_exchange', screen, data: { error: 'x', error_message: 'y' }, flow_token: token },
  ]);
}

const signedFlow = (dice: Dice, body: Buffer): Case => ({
  method: 'POST',
  url: `/flow/${product.accountId}`,
  body,
  headers: {
    'content-type': 'application/json',
    ...strangeHeaders(dice),
    'x-hub-signature-256': hex(product.secrets.metaAppSecret, body),
  },
});

const flowEnvelope: Target = {
  share: 20,
  make: (dice) => {
    const envelope = envelopeOf(Buffer.from(JSON.stringify(phoneRequest(dice))));
    const member = dice.pick(Object.keys(envelope));
    if (dice.chance(0.4)) envelope[member] = mutateBase64(dice, String(envelope[member]));
    const text = dice.chance(0.5) ? mutateJson(dice, envelope) : JSON.stringify(envelope);
    return signedFlow(dice, dice.chance(0.3) ? mutateBytes(dice, Buffer.from(text)) : Buffer.from(text));
  },
  // An envelope that a change did not touch, or touched harmlessly, is answered; one that cannot be opened never is.
  allowed: (status, answer) =>
    status === 200 || status === 427
      ? answer.payload !== ''
      : noType(status) || ([400, 413, 421].includes(status) && answer.payload === ''),
};

const flowRequest: Target = {
  share: 25,
  make: (dice) => {
    const text = mutateJson(dice, phoneRequest(dice));
    const plain = dice.chance(0.1) ? mutateBytes(dice, Buffer.from(text)) : Buffer.from(text);
    return { ...signedFlow(dice, Buffer.from(JSON.stringify(envelopeOf(plain)))), plain };
  },
  allowed: (status, answer, { plain }) => {
    if (status === 200 || status === 427) return answer.payload !== '';
    // The protocol's word for a request that names no flow of ours (flow-rules.md section 6), and for no other.
    if (status === 500) return answer.payload === '' && !namesFlow(plain ?? Buffer.alloc(0));
    return noType(status) || ([400, 421].includes(status) && answer.payload === '');
  },
};

function namesFlow(plain: Buffer): boolean {
  const request = JSON.parse(plain.toString('utf8')) as Json;
  return request.flow_token === token || request.data?.v === versionId;
}

const flowUnsigned: Target = {
  share: 10,
  make: (dice) => {
    const body = Buffer.from(mutateJson(dice, envelopeOf(Buffer.from('{"action":"ping"}'))));
    const right = hex(product.secrets.metaAppSecret, body);
    const forged = dice.pick([
      '',
      right.slice(0, -1),
      `${right}0`,
      right.replace('sha256', 'sha1'),
      hex(randomBytes(16).toString('hex'), body),
      hex(product.secrets.metaAppSecret, Buffer.concat([body, Buffer.from(' ')])),
      'sha256=',
      `sha256=${'g'.repeat(64)}`,
      ` ${right}x`,
    ]);
    const account = dice.pick([
      product.accountId,
      product.accountId,
      `${product.accountId}x`,
      '..%2f',
      '%00',
      '__proto__',
    ]);
    return {
      method: 'POST',
      url: `/flow/${account}`,
      body,
      headers: { ...strangeHeaders(dice), 'x-hub-signature-256': forged },
    };
  },
  allowed: (status, answer) => noType(status) || ([404, 413, 432].includes(status) && answer.payload === ''),
};

// --- webhooks ----------------------------------------------------------------------------------------------------------------

const message = (dice: Dice): Value =>
  dice.pick<Value>([
    {
      id: `wamid.${dice.below(1e9)}`,
      from: '4915123456789',
      timestamp: '1790000000',
      type: 'text',
      text: { body: 'stop' },
    },
    {
      id: `wamid.${dice.below(1e9)}`,
      from: '905321234567',
      timestamp: '1790000000',
      type: 'interactive',
      context: { id: 'wamid.none' },
      interactive: { type: 'nfm_reply', nfm_reply: { response_json: '{"flow_token":"x"}' } },
    },
    {
      id: `wamid.${dice.below(1e9)}`,
      timestamp: '1790000000',
      type: 'system',
      system: { type: 'user_changed_user_id', user_id: 'a' },
    },
  ]);
const metaWebhook = (dice: Dice): Value => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: dice.chance(0.9) ? SANDBOX_WABAS[0].wabaId : '1',
      changes: [
        dice.chance(0.7)
          ? {
              field: 'messages',
              value: {
                metadata: { phone_number_id: SANDBOX_WABAS[0].phoneNumberId },
                contacts: [{ wa_id: '4915123456789', profile: { name: 'x' } }],
                messages: [message(dice)],
                statuses: [{ id: 'wamid.x', status: 'read', timestamp: '1790000000', recipient_id: '49151' }],
              },
            }
          : {
              field: dice.pick(['flows', 'user_preferences', 'message_template_status_update']),
              value: { event: 'x', flow_id: 1 },
            },
      ],
    },
  ],
});

const whatsapp: Target = {
  share: 15,
  make: (dice) => {
    const text = mutateJson(dice, metaWebhook(dice));
    const body = dice.chance(0.2) ? mutateBytes(dice, Buffer.from(text)) : Buffer.from(text);
    const isSigned = dice.chance(0.85);
    const headers = { 'content-type': 'application/json', ...(isSigned ? {} : strangeHeaders(dice)) };
    return {
      method: 'POST',
      url: `/webhooks/whatsapp/${dice.chance(0.95) ? product.accountId : 'wac_x'}`,
      body,
      headers: { ...headers, 'x-hub-signature-256': hex(isSigned ? product.secrets.metaAppSecret : 'x', body) },
    };
  },
  allowed: (status, answer) =>
    status === 200 || status === 400 || status === 401 || status === 404
      ? answer.payload === '' || status === 404 || status === 400
      : [413, 415].includes(status),
};

const hubspot: Target = {
  share: 10,
  make: (dice) => {
    const event: Value = {
      eventId: 1,
      portalId: dice.pick([PORTAL_A, PORTAL_B, 99]),
      appId: 4_711_001,
      subscriptionType: dice.pick(['contact.privacyDeletion', 'contact.deletion']),
      objectId: 900_000_000 + dice.below(1_000),
      attemptNumber: 0,
    };
    const body = Buffer.from(mutateJson(dice, dice.chance(0.9) ? [event, event] : event));
    const target = '/webhooks/hubspot';
    const secret = dice.chance(0.85) ? product.secrets.hubspotClientSecret : 'x'.repeat(36);
    return {
      method: 'POST',
      url: target,
      body,
      headers: { ...strangeHeaders(dice), ...sign(secret, product.url, { method: 'POST', target, body }) },
    };
  },
  allowed: (status) => status === 204 || (status >= 400 && status < 500),
};

// --- the cards' API ----------------------------------------------------------------------------------------------------------

const API: readonly { method: string; path: string; body?: { [key: string]: Value } }[] = [
  { method: 'GET', path: '/api/setup' },
  { method: 'GET', path: '/api/flows' },
  { method: 'GET', path: '/api/webhooks' },
  { method: 'GET', path: '/api/flows/{flow}/publication' },
  { method: 'GET', path: '/api/sends/snd_00000000000000000000' },
  { method: 'GET', path: '/api/contacts/101/submissions?before=x' },
  { method: 'POST', path: '/api/flows', body: { source: 'hubspot-forms', sourceFormId: 'x', accountId: 'x' } },
  {
    method: 'PATCH',
    path: '/api/flows/{flow}',
    body: {
      name: 'x',
      design: { questions: {}, mode: 'connected' },
      mapping: { contact: { fields: {} } },
      retention: { kind: 'keep' },
    },
  },
  { method: 'POST', path: '/api/flows/{flow}/take-over', body: { revision: 'x' } },
  { method: 'POST', path: '/api/flows/{flow}/held-submissions', body: { decision: 'again' } },
  { method: 'POST', path: '/api/flows/{flow}/test-sends', body: { to: 'x' } },
  { method: 'POST', path: '/api/contacts/101/sends', body: { flowId: 'x', replace: false } },
  { method: 'POST', path: '/api/contacts/101/consent', body: { state: 'x' } },
  { method: 'POST', path: '/api/deliveries/dlv_00000000000000000000/replay', body: {} },
  { method: 'POST', path: '/api/webhooks', body: { name: 'x', url: 'http://[::1' } },
  { method: 'PATCH', path: '/api/webhooks/whk_00000000000000000000', body: { name: 'x', state: 'off' } },
  {
    method: 'POST',
    path: '/api/whatsapp/accounts',
    body: { appId: '1', appSecret: 'x', wabaId: '1', phoneNumberId: '1', accessToken: 'x' },
  },
];

/** A path or query with something in it that belongs nowhere. */
function mutatePath(dice: Dice, path: string): string {
  const strange = dice.pick([
    '%00',
    '%ZZ',
    '%2e%2e%2f',
    "'--",
    '%F0%9F%92%A9',
    '9'.repeat(30),
    'x'.repeat(300),
    '%0d%0aX:1',
  ]);
  const parts = path.split('/');
  parts[1 + dice.below(parts.length - 1)] += strange;
  return dice.chance(0.5) ? parts.join('/') : `${path}${path.includes('?') ? '&' : '?'}${strange}=${strange}`;
}

const cardApi: Target = {
  share: 15,
  make: (dice) => {
    const route = dice.pick(API);
    const plain = route.path.replace('{flow}', product.flowId);
    const target = withCaller(
      dice.chance(0.3) ? mutatePath(dice, plain) : plain,
      dice.pick([PORTAL_A, PORTAL_A, PORTAL_B]),
    );
    const key = dice.bytes(12).toString('hex');
    const text = route.body
      ? mutateJson(dice, { ...route.body, idempotencyKey: key })
      : dice.chance(0.8)
        ? ''
        : hostileText(dice);
    const body = Buffer.from(text);
    const secret = dice.chance(0.9) ? product.secrets.hubspotClientSecret : 'x'.repeat(36);
    return {
      method: route.method,
      url: target,
      body,
      headers: { ...strangeHeaders(dice), ...sign(secret, product.url, { method: route.method, target, body }) },
    };
  },
  allowed: (status) => status >= 200 && status < 500 && status !== 304,
};

// --- what browsers and strangers call --------------------------------------------------------------------------------------

const pages: Target = {
  share: 5,
  make: (dice) => ({
    method: dice.pick(['GET', 'GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']),
    url: mutatePath(
      dice,
      dice.pick([
        '/oauth/callback?code=x&state=y',
        '/oauth/start?returnUrl=x',
        '/preview/x-y',
        '/preview/view/a.b.c/session.json',
        '/preview/view/a.b.c/assets/x.js',
        '/preview/view/a.b.c/exchange',
        `/webhooks/whatsapp/${product.accountId}?hub.mode=subscribe&hub.verify_token=x&hub.challenge=y`,
        '/healthz',
        '/.env',
      ]),
    ),
    body: Buffer.from(dice.chance(0.5) ? hostileText(dice) : ''),
    headers: strangeHeaders(dice),
  }),
  allowed: (status) => status < 500,
};

const TARGETS = { flowEnvelope, flowRequest, flowUnsigned, whatsapp, hubspot, cardApi, pages };

async function runOne(name: keyof typeof TARGETS, seed: number): Promise<number> {
  const { make, allowed } = TARGETS[name];
  const one = make(new Dice(seed));
  const describe = (): string =>
    `${name} seed ${seed}: ${one.method} ${one.url.slice(0, 200)} ${JSON.stringify(one.headers).slice(0, 300)} ${(one.plain ?? one.body).toString('latin1').slice(0, 600)}`;
  let timer: NodeJS.Timeout | undefined;
  const answer = await Promise.race([
    app.inject({
      method: one.method as 'POST',
      url: one.url,
      headers: one.headers,
      ...(one.body.length > 0 ? { payload: one.body } : {}),
    }),
    new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${HANG_MS} ms: ${describe()}`)), HANG_MS);
    }),
  ]).finally(() => clearTimeout(timer));
  if (!allowed(answer.statusCode, answer, one))
    throw new Error(`${answer.statusCode} ${answer.payload.slice(0, 300)}: ${describe()}`);
  if (LEAK.test(answer.payload)) throw new Error(`a leak: ${answer.payload.slice(0, 300)}: ${describe()}`);
  return answer.statusCode;
}

test.each(Object.keys(TARGETS) as (keyof typeof TARGETS)[])(
  'mutated calls of %s get a status of the protocol, at once and without a word about our insides',
  { timeout: 3_600_000 },
  async (name) => {
    const runs = Math.ceil((TOTAL * TARGETS[name].share) / 100);
    const before = (await product.rowCounts()).submissions;
    const statuses: Record<number, number> = {};
    for (let n = 0; n < runs; n += BATCH) {
      const seeds = Array.from({ length: Math.min(BATCH, runs - n) }, (_, index) => SEED + n + index);
      for (const status of await Promise.all(seeds.map((seed) => runOne(name, seed))))
        statuses[status] = (statuses[status] ?? 0) + 1;
    }
    process.stdout.write(`${name}: ${runs} ${JSON.stringify(statuses)}\n`);
    expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(runs);
    expect(({} as Json).polluted).toBeUndefined();
    expect((await product.rowCounts()).submissions).toBe(before);
    // Whatever was sent, the next honest phone is answered.
    const ping = await app.inject({ ...pingCase(), method: 'POST' });
    expect(ping.statusCode).toBe(200);
  },
);

function pingCase(): { url: string; payload: Buffer; headers: Record<string, string> } {
  const body = Buffer.from(JSON.stringify(envelopeOf(Buffer.from('{"version":"3.0","action":"ping"}'))));
  return {
    url: `/flow/${product.accountId}`,
    payload: body,
    headers: { 'x-hub-signature-256': hex(product.secrets.metaAppSecret, body) },
  };
}
