import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readWindows } from '../../server/endpoint/judge-windows.ts';
import { signFlowToken } from '../../server/endpoint/flow-token.ts';
import { SANDBOX_WABAS } from '../../server/sandbox/meta/sandbox-seed.ts';
import {
  call,
  CONTACT,
  PORTAL_A,
  PORTAL_B,
  startProduct,
  withOwner,
  type Json,
  type Product,
} from '../security/support/product.ts';
import { until } from '../support/until.ts';

/** The endpoint as Meta and a phone meet it: over HTTP, encrypted here from Meta's document alone. */
let product: Product;
let publicKey: string;
/** The screens that ask something, in order, with a good answer to each of their fields. */
let screens: { id: string; answers: Record<string, Json> }[];
let versionId: string;
let token: string;

beforeAll(async () => {
  product = await startProduct();
  const { phoneNumberId } = SANDBOX_WABAS[0];
  const control = `${product.standIns.meta.url}/_standin`;
  publicKey = ((await (await fetch(`${control}/numbers/${phoneNumberId}/public-key`)).json()) as Json).publicKeyPem;
  // Whoever has written can be answered without a template: its approval need not be waited for.
  await fetch(`${control}/inbound`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'text', from: '4915123456789', text: 'Hello' }),
  });
  await until(
    () =>
      newToken().then(
        (first) => (token = first) !== '',
        () => false,
      ),
    20_000,
  );
  screens = await readScreens();
}, 90_000);
afterAll(() => product.close());
beforeEach(async () => {
  token = await newToken();
});

async function newToken(): Promise<string> {
  const { message } = await product.send(CONTACT?.id ?? '', '4915123456789');
  const found = await fetch(`${product.standIns.meta.url}/_standin/messages/${encodeURIComponent(message.id)}/flow`);
  flowJson = JSON.parse(((await found.json()) as Json).flowJson) as FlowJson;
  return message.flow.flowToken;
}
let flowJson: FlowJson;

/** What each screen's button sends, as the published Flow JSON says: its literals, and an answer for every field. */
async function readScreens(): Promise<typeof screens> {
  const asked: typeof screens = [];
  for (const screen of flowJson.screens) {
    const footer = find(screen, (one) => one.type === 'Footer');
    const payload = footer?.['on-click-action']?.payload ?? {};
    if (payload.v) versionId = payload.v;
    const answers: Record<string, Json> = {};
    for (const [name, bound] of Object.entries(payload)) {
      if (!String(bound).startsWith('${form.')) continue;
      answers[name] = answerFor(find(screen, (one) => one.name === name));
    }
    if (Object.keys(answers).length > 0) asked.push({ id: screen.id, answers });
  }
  return asked;
}

function find(node: Json, matches: (one: Json) => boolean): Json {
  if (typeof node !== 'object' || node === null) return undefined;
  if (!Array.isArray(node) && matches(node)) return node;
  for (const child of Object.values(node)) {
    const found = find(child, matches);
    if (found) return found;
  }
  return undefined;
}

function answerFor(component: Json): Json {
  switch (component?.type) {
    case 'DatePicker':
    case 'CalendarPicker':
      return '1990-05-17';
    case 'OptIn':
      return true;
    case 'CheckboxGroup':
      return [component['data-source'][0].id];
    case 'RadioButtonsGroup':
    case 'Dropdown':
      return component['data-source'].at(-1).id;
    default:
      return component?.['input-type'] === 'email' ? CONTACT?.properties.email : 'Rue du Lac 12';
  }
}

type Options = { key?: string; secret?: string; target?: string };
type Exchanged = { status: number; reply: Json; text: string };

async function exchange(payload: object, o: Options = {}): Promise<Exchanged> {
  const aesKey = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-gcm', aesKey, iv);
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify({ version: '3.0', ...payload }), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const wrapped = publicEncrypt(
    { key: o.key ?? publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    aesKey,
  );
  const answer = await post(
    JSON.stringify({
      encrypted_flow_data: sealed.toString('base64'),
      encrypted_aes_key: wrapped.toString('base64'),
      initial_vector: iv.toString('base64'),
    }),
    o,
  );
  return { ...answer, reply: open(answer.text, aesKey, iv) };
}

function open(text: string, aesKey: Buffer, iv: Buffer): Json {
  if (text === '') return null;
  const sealed = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-128-gcm', aesKey, Buffer.from(iv.map((byte) => byte ^ 0xff)));
  decipher.setAuthTag(sealed.subarray(-16));
  return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8'));
}

async function post(body: string | Buffer, o: Options = {}): Promise<{ status: number; text: string }> {
  const secret = o.secret ?? product.secrets.metaAppSecret;
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const { status, text } = await call(product.url, {
    method: 'POST',
    target: o.target ?? `/flow/${product.accountId}`,
    body,
    headers: { 'x-hub-signature-256': signature },
  });
  return { status, text };
}

const init = (flowToken = token): Promise<Exchanged> => exchange({ action: 'INIT', flow_token: flowToken });
const submit = (index: number, more: Record<string, Json> = {}, flowToken = token): Promise<Exchanged> => {
  const screen = screens[index];
  if (!screen) throw new Error(`there is no screen ${index}`);
  const data = { v: versionId, s: screen.id, ...screen.answers, ...more };
  return exchange({ action: 'data_exchange', screen: screen.id, data, flow_token: flowToken });
};
/** Up to the last screen, whose submit is the test's own. */
async function walkToLast(): Promise<void> {
  await init();
  for (let index = 0; index < screens.length - 1; index += 1) expect((await submit(index)).status).toBe(200);
}
const last = (more: Record<string, Json> = {}): Promise<Exchanged> => submit(screens.length - 1, more);
const submissions = (): Promise<number> => product.rowCounts().then((counts) => counts.submissions ?? 0);

/** What calls at the endpoint write. Meta's webhooks, deliveries and rounds of what came before write elsewhere in their own time. */
const WRITTEN_BY_CALLS = [
  'sessions',
  'submissions',
  'submission_repeats',
  'deliveries',
  'confirmations',
  'confirmation_codes',
  'sends',
  'persons',
];
async function rowsOfCalls(): Promise<number[]> {
  const counts = await product.rowCounts();
  return WRITTEN_BY_CALLS.map((table) => counts[table] ?? expect.unreachable(`there is no table ${table}`));
}
const latest = async (): Promise<Json> =>
  (await product.api(PORTAL_A, 'GET', `/api/contacts/${CONTACT?.id}/submissions`)).json.submissions[0];
const noticeId = (): string => String(flowJson.screens.find((screen) => /NOTICE/.test(screen.id))?.id);

describe('what is measured', () => {
  test('a call is counted for its flow, a notice of Meta about the same send too, and a bad signature apart', async () => {
    const { meter, db, clock } = product.server.services;
    const counted = async () => {
      await meter.flush(db);
      const all = await readWindows(db, new Date(clock.now().getTime() + 60_000));
      const of = (flowId: string) => all.find((one) => one.flowId === flowId && one.minutes === 60);
      return { flow: of(product.flowId), rest: of('') };
    };
    const before = await counted();
    await init();
    await exchange({
      action: 'data_exchange',
      screen: screens[0]?.id ?? '',
      data: { error: 'timeout_error', error_message: 'too slow' },
      flow_token: token,
    });
    await post('{}', { secret: 'not the secret' });
    const after = await counted();
    expect(after.flow?.requests).toBe((before.flow?.requests ?? 0) + 2);
    expect(after.flow?.unavailable).toBe((before.flow?.unavailable ?? 0) + 1);
    expect(after.rest?.unsigned).toBe((before.rest?.unsigned ?? 0) + 1);
    expect(after.rest?.requests ?? 0).toBe(before.rest?.requests ?? 0);
  });
});

describe('the way of a phone', () => {
  test('a ping is answered active', async () => {
    expect(await exchange({ action: 'ping' })).toMatchObject({ status: 200, reply: { data: { status: 'active' } } });
  });

  test('a reply is base64 alone, as plain text, and asks no browser for anything', async () => {
    const body = '{}';
    const signature = `sha256=${createHmac('sha256', product.secrets.metaAppSecret).update(body).digest('hex')}`;
    const { text } = await exchange({ action: 'ping' });
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    const target = `/flow/${product.accountId}`;
    const refused = await call(product.url, {
      method: 'POST',
      target,
      body,
      headers: { 'x-hub-signature-256': signature },
    });
    expect([refused.status, refused.headers.get('content-type'), refused.text]).toEqual([400, 'text/plain', '']);
  });

  test('INIT gives the entry screen with what the contact is known by, each screen the next, the last one SUCCESS with the id and no answer', async () => {
    const opened = await init();
    expect(opened).toMatchObject({ status: 200, reply: { screen: screens[0]?.id } });
    expect(JSON.stringify(opened.reply.data.init)).toContain(CONTACT?.properties.firstname);
    for (let index = 0; index < screens.length - 1; index += 1)
      expect((await submit(index)).reply.screen).toBe(screens[index + 1]?.id);
    const before = await submissions();
    const done = await last();
    expect(done.reply.screen).toBe('SUCCESS');
    expect(done.reply.data).toEqual({
      extension_message_response: {
        params: { flow_token: token, submission_id: expect.stringMatching(/^sub_[0-9a-z]{20}$/) },
      },
    });
    expect(await submissions()).toBe(before + 1);
  });

  test('a bad answer comes back at its field with everything else that was sent, and nothing is accepted', async () => {
    await init();
    const [name] = Object.keys(screens[0]?.answers ?? {});
    const { reply } = await submit(0, { [String(name)]: '' });
    expect(reply.screen).toBe(screens[0]?.id);
    expect(Object.keys(reply.data.errors)).toEqual([name]);
  });

  test('BACK shows the screen before with what was answered there', async () => {
    await init();
    await submit(0);
    const { reply } = await exchange({ action: 'BACK', screen: screens[1]?.id, data: {}, flow_token: token });
    expect(reply).toMatchObject({ screen: screens[0]?.id, data: { init: screens[0]?.answers } });
  });

  test('an error notice is acknowledged', async () => {
    const notice = { error: 'invalid-screen-transition', error_message: 'no such screen' };
    const told = await exchange({ action: 'data_exchange', screen: screens[0]?.id, data: notice, flow_token: token });
    expect(told).toMatchObject({ status: 200, reply: { data: { acknowledged: true } } });
  });

  test('a repeated last submit gets SUCCESS with the same submission, and INIT of a finished flow 427', async () => {
    await walkToLast();
    const first = await last();
    const again = await last();
    expect(again.reply).toEqual(first.reply);
    const opened = await init();
    expect(opened.status).toBe(427);
    expect(opened.reply.error_msg).toContain('already answered');
  });

  test('what is sent again with other answers after the acceptance is kept beside it, once, and seen on the card', async () => {
    await walkToLast();
    const first = await last();
    await last();
    expect((await latest()).sentAgain).toEqual([]);
    // Back on the phone is silent: the screen that comes again need not be the last one.
    const index = screens.findIndex((one) => Object.values(one.answers).includes('Rue du Lac 12'));
    const [name] = Object.entries(screens[index]?.answers ?? {}).find(([, one]) => one === 'Rue du Lac 12') ?? [];
    const sendWith = (value: string) => submit(index, { [String(name)]: value });
    for (let n = 0; n < 2; n += 1) expect((await sendWith('Chemin des Roses 4')).reply).toEqual(first.reply);
    const { submissionId, answers, sentAgain } = await latest();
    expect(first.reply.data.extension_message_response.params.submission_id).toBe(submissionId);
    expect(answers.map((one: Json) => one.value)).toContain('Rue du Lac 12');
    expect(sentAgain).toMatchObject([{ answers: [{ value: 'Chemin des Roses 4' }] }]);
    for (let n = 0; n < 12; n += 1) await sendWith(`House ${n}`);
    // Of many, the newest is always there.
    expect((await latest()).sentAgain).toHaveLength(10);
    expect((await latest()).sentAgain.at(-1)).toMatchObject({ answers: [{ value: 'House 11' }] });
    // A box of the consent that is taken back is named too.
    const box = Object.keys(screens.at(-1)?.answers ?? {}).find((one) => /^consent_\d+$/.test(one));
    await last({ [String(box)]: false });
    const { answers: changed } = (await latest()).sentAgain.at(-1);
    expect(changed).toMatchObject([{ question: expect.stringContaining('consent') }]);
  });

  test('a submission says when it was sent, opened, each of its screens answered and the last one sent, in this order', async () => {
    await walkToLast();
    await last();
    const { sentAt, openedAt, screens: answered, finishedAt, acceptedAt } = await latest();
    expect(answered.map((one: Json) => one.screen)).toEqual(screens.map((screen) => screen.id));
    const times = [sentAt, openedAt, ...answered.map((one: Json) => one.at), finishedAt, acceptedAt];
    expect(times).toEqual(times.toSorted());
  });

  test('two last submits at once become one submission', async () => {
    await walkToLast();
    const before = await submissions();
    const answers = await Promise.all([last(), last(), last()]);
    const ids = answers.map(({ reply }) => reply.data.extension_message_response?.params.submission_id);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^sub_/);
    expect(await submissions()).toBe(before + 1);
  });
});

describe('who may not', () => {
  test('a wrong signature gets 432, a foreign key 421, an unknown account 404, malformed JSON 400: all without a word', async () => {
    const foreign = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect(await exchange({ action: 'ping' }, { secret: 'another secret' })).toMatchObject({ status: 432, text: '' });
    expect(await exchange({ action: 'ping' }, { key: foreign.publicKey })).toMatchObject({ status: 421, text: '' });
    expect(await exchange({ action: 'ping' }, { target: '/flow/acc_00000000000000000000' })).toMatchObject({
      status: 404,
      text: '',
    });
    expect(await exchange({ action: 'ping' }, { target: '/flow/nonsense' })).toMatchObject({ status: 404, text: '' });
    expect(await post('{"encrypted_flow_data": ')).toEqual({ status: 400, text: '' });
  });

  test('20 MB get 413', async () => {
    const status = await post(Buffer.alloc(20 * 1_048_576, 'a')).then(
      (answer) => answer.status,
      // The server may hang up before everything has arrived.
      (err: Error) => (/ECONNRESET|EPIPE|socket|closed/i.test(String(err.cause ?? err)) ? 413 : 0),
    );
    expect(status).toBe(413);
  });

  test('a forged, builder-made, unused or missing token and one of another portal get the notice, and nothing is written', async () => {
    await init();
    const before = await rowsOfCalls();
    const expiresAt = new Date(Date.now() + 3_600_000);
    const sendId = String(token.split('.')[3]);
    const wrong = [
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      'flows-builder-1234',
      'unused',
      '',
      signFlowToken(product.t.keyring, { portalId: PORTAL_B, sendId, expiresAt }),
    ];
    for (const flowToken of wrong) {
      const { status, reply } = await submit(0, {}, flowToken);
      expect({ flowToken, status, screen: reply?.screen }).toEqual({ flowToken, status: 200, screen: noticeId() });
    }
    expect(await rowsOfCalls()).toEqual(before);
  });

  test('a signature of the token, as data API 4.0 has it, must be genuine where it comes: else the notice, and nothing is written', async () => {
    await init();
    const before = await rowsOfCalls();
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = (flowToken: string, secret: string): string => {
      const text = `${part({ alg: 'HS256' })}.${part({ flow_token: flowToken })}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const ask = (signature: string) =>
      exchange({
        version: '4.0',
        action: 'data_exchange',
        screen: screens[0]?.id,
        data: { v: versionId, s: screens[0]?.id, ...screens[0]?.answers },
        flow_token: token,
        flow_token_signature: signature,
      });
    for (const wrong of [signed(token, 'guessed'), signed(`${token}x`, product.secrets.metaAppSecret), 'e30.e30.x'])
      expect(await ask(wrong)).toMatchObject({ status: 200, reply: { screen: noticeId() } });
    expect(await rowsOfCalls()).toEqual(before);
    const { reply } = await ask(signed(token, product.secrets.metaAppSecret));
    expect(reply.screen).toBe(screens[1]?.id);
  });

  test('a version that is unknown or cannot be one gets the notice of the flow that was sent, and something encrypted that is no request 400', async () => {
    await init();
    for (const v of [`ver_${'0'.repeat(20)}`, '', 'a\u0000b', '__proto__', 'x'.repeat(10_000)]) {
      const { status, reply } = await submit(0, { v });
      expect({ v: v.slice(0, 30), status, screen: reply?.screen }).toEqual({
        v: v.slice(0, 30),
        status: 200,
        screen: noticeId(),
      });
    }
    for (const strange of [{ action: 7 }, { data: 'x' }, { action: 'INIT', flow_token: {} }])
      expect(await exchange(strange)).toMatchObject({ status: 400, text: '' });
  });

  test('a genuine token that is expired, or replaced by a newer message, gets 427 with the reason', async () => {
    const sendId = String(token.split('.')[3]);
    const portalId = Number.parseInt(String(token.split('.')[2]), 36);
    const expired = signFlowToken(product.t.keyring, { portalId, sendId, expiresAt: new Date(Date.now() - 1_000) });
    expect(await init(expired)).toMatchObject({
      status: 427,
      reply: { error_msg: expect.stringContaining('no longer') },
    });
    const older = token;
    await newToken();
    expect(await init(older)).toMatchObject({ status: 427, reply: { error_msg: expect.stringContaining('replaced') } });
  });
});

describe('our own fault', () => {
  test('with the database down the last screen comes again and says so, never SUCCESS; with it back the same press succeeds', async () => {
    await walkToLast();
    const before = await submissions();
    const name = new URL(product.t.ownerUrl).pathname.slice(1);
    const admin = new URL(product.t.ownerUrl);
    admin.pathname = '/postgres';
    await withOwner(admin.toString(), async (client) => {
      await client.query(`alter database ${name} with allow_connections false`);
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      const { status, reply } = await last();
      await client.query(`alter database ${name} with allow_connections true`);
      expect(status).toBe(200);
      expect(reply.screen).toBe(screens.at(-1)?.id);
      expect(reply.data.error_message).toContain('press the button again');
      expect(reply.data.init).toMatchObject(screens.at(-1)?.answers ?? {});
    });
    const answer = await last();
    expect(answer.reply.screen).toBe('SUCCESS');
    expect(await submissions()).toBe(before + 1);
  });
});
