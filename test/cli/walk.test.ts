import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  privateDecrypt,
  timingSafeEqual,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { walkFlowFile } from '../../server/preview/walk-command.ts';

const SECRET = 'app-secret';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

const input = (name: string) => ({ type: 'TextInput', name, label: 'Name', required: true });
const screen = (id: string, name: string, action: object, extra: object = {}) => ({
  id,
  title: 'Title',
  ...extra,
  layout: {
    type: 'SingleColumnLayout',
    children: [
      {
        type: 'Form',
        name: 'form',
        children: [input(name), { type: 'Footer', label: 'Go', 'on-click-action': action }],
      },
    ],
  },
});
const LIGHT = JSON.stringify({
  version: '7.3',
  screens: [
    screen('FIRST', 'name', { name: 'navigate', next: { type: 'screen', name: 'LAST' }, payload: {} }),
    screen(
      'LAST',
      'town',
      { name: 'complete', payload: { name: '${screen.FIRST.form.name}', town: '${form.town}' } },
      { terminal: true },
    ),
  ],
});
const CONNECTED = JSON.stringify({
  version: '7.3',
  data_api_version: '3.0',
  routing_model: { FIRST: [] },
  screens: [screen('FIRST', 'name', { name: 'data_exchange', payload: { name: '${form.name}' } }, { terminal: true })],
});

const exchange = (payload: object) => ({ name: 'data_exchange', payload });
const options = ['a', 'b'].map((id) => ({ id, title: id }));
/** A choice asks the endpoint at once; the last screen asks for a town only when the endpoint says so. */
const CHOICE = JSON.stringify({
  version: '7.3',
  data_api_version: '3.0',
  routing_model: { PICK: ['FIRST'], FIRST: [] },
  screens: [
    {
      id: 'PICK',
      title: 'Title',
      layout: {
        type: 'SingleColumnLayout',
        children: [
          {
            type: 'RadioButtonsGroup',
            name: 'kind',
            label: 'Kind',
            'data-source': options,
            'on-select-action': exchange({ kind: '${form.kind}' }),
          },
          { type: 'Footer', label: 'Go', 'on-click-action': exchange({}) },
        ],
      },
    },
    {
      id: 'FIRST',
      title: 'Title',
      terminal: true,
      data: { asks_town: { type: 'boolean', __example__: true } },
      layout: {
        type: 'SingleColumnLayout',
        children: [
          input('name'),
          { ...input('town'), visible: '${data.asks_town}', required: '${data.asks_town}' },
          { type: 'Footer', label: 'Go', 'on-click-action': exchange({ name: '${form.name}', town: '${form.town}' }) },
        ],
      },
    },
  ],
});

let server: Server | null = null;
afterEach(() => void server?.close());

type Decrypted = { action: string; data?: Record<string, unknown>; flow_token: string };

/** An endpoint after Meta's document, with nothing of ours. `reply` may answer with a bare status. */
async function endpoint(reply: (request: Decrypted) => object | number): Promise<{ url: string; seen: Decrypted[] }> {
  const seen: Decrypted[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const signed = Buffer.from(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
      const given = Buffer.from(String(request.headers['x-hub-signature-256']));
      if (signed.length !== given.length || !timingSafeEqual(signed, given)) return response.writeHead(432).end();
      const locked = JSON.parse(body) as Record<'encrypted_flow_data' | 'encrypted_aes_key' | 'initial_vector', string>;
      const part = (key: keyof typeof locked) => Buffer.from(locked[key], 'base64');
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const aesKey = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, part('encrypted_aes_key'));
      const [sealed, iv] = [part('encrypted_flow_data'), part('initial_vector')];
      const decipher = createDecipheriv('aes-128-gcm', aesKey, iv);
      decipher.setAuthTag(sealed.subarray(-16));
      const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString();
      const request_ = JSON.parse(opened) as Decrypted;
      seen.push(request_);
      const answer = reply(request_);
      if (typeof answer === 'number') return response.writeHead(answer).end();
      const cipher = createCipheriv(
        'aes-128-gcm',
        aesKey,
        iv.map((byte) => ~byte & 0xff),
      );
      const out = Buffer.concat([cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()]);
      return response.writeHead(200, { 'content-type': 'text/plain' }).end(out.toString('base64'));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, seen };
}

const walk = (flowText: string, answers: unknown, url?: string, appSecret = SECRET) =>
  walkFlowFile({
    flowText,
    answers,
    token: 'token-1',
    ...(url === undefined ? {} : { endpoint: { url, publicKeyPem, appSecret } }),
  });

describe('flowella walk', () => {
  it('fills a light flow in and prints what the message would carry', async () => {
    await expect(walk(LIGHT, { name: 'Zoë', LAST: { town: 'Köln' } })).resolves.toMatchObject({
      visited: ['FIRST', 'LAST'],
      outcome: 'submitted',
      response: { name: 'Zoë', town: 'Köln' },
    });
  });

  it('says where it got stuck and why', async () => {
    const report = await walk(LIGHT, { name: 'Zoë' });
    expect(report).toMatchObject({
      outcome: 'stuck',
      visited: ['FIRST', 'LAST'],
      stuck: { screen: 'LAST', missing: ['town'] },
      message: expect.stringMatching(/screen LAST cannot be pressed.*"town", which is required/) as string,
      unknown: [],
    });
  });

  it('names answers that no field asks for, wherever they stand', async () => {
    const report = await walk(LIGHT, {
      name: 'Zoë',
      twon: 'Köln',
      FIRST: { age: 3 },
      LAST: { town: 'Köln' },
      LATS: {},
    });
    expect(report).toMatchObject({ outcome: 'submitted', unknown: ['twon', 'FIRST.age', 'LATS'] });
  });

  it('talks to an endpoint as WhatsApp does', async () => {
    const { url, seen } = await endpoint((request) =>
      request.action === 'INIT'
        ? { screen: 'FIRST', data: {} }
        : { screen: 'SUCCESS', data: { extension_message_response: { params: { flow_token: 'token-1', id: '7' } } } },
    );
    const report = await walk(CONNECTED, { name: 'साथ' }, url);
    expect(report).toMatchObject({ outcome: 'submitted', visited: ['FIRST'], response: { id: '7' } });
    expect(seen.map(({ action, flow_token }) => [action, flow_token])).toEqual([
      ['INIT', 'token-1'],
      ['data_exchange', 'token-1'],
    ]);
    expect(seen[1]?.data).toEqual({ name: 'साथ' });
  });

  it('tries once more after 421, and says what 421, 427 and a wrong secret mean', async () => {
    const refusing = await endpoint(() => 421);
    await expect(walk(CONNECTED, {}, refusing.url)).resolves.toMatchObject({
      outcome: 'broken',
      message: expect.stringContaining('421 twice') as string,
    });
    expect(refusing.seen.map(({ action }) => action)).toEqual(['INIT', 'INIT']);
    server?.close();
    const revoked = await endpoint(() => 427);
    await expect(walk(CONNECTED, {}, revoked.url)).resolves.toMatchObject({ outcome: 'revoked' });
    await expect(walk(CONNECTED, {}, revoked.url, 'other secret')).resolves.toMatchObject({ outcome: 'broken' });
  });

  it('goes where a choice leads, and ends when the endpoint ends the flow there', async () => {
    const { url } = await endpoint(({ action, data }) =>
      action === 'INIT'
        ? { screen: 'PICK', data: {} }
        : data?.kind === 'b'
          ? 427
          : { screen: 'FIRST', data: { asks_town: false } },
    );
    await expect(walk(CHOICE, { kind: 'b' }, url)).resolves.toEqual({
      visited: ['PICK'],
      outcome: 'revoked',
      message: expect.stringContaining('427') as string,
      unknown: [],
    });
    await expect(walk(CHOICE, { kind: 'a' }, url)).resolves.toMatchObject({ visited: ['PICK', 'FIRST'] });
  });

  it('goes on when the endpoint asks for more on the same screen', async () => {
    const { url, seen } = await endpoint(({ action, data }) => {
      if (action === 'INIT') return { screen: 'PICK', data: {} };
      if (data?.kind !== undefined) return { screen: 'FIRST', data: { asks_town: false } };
      if (data?.town !== 'T') return { screen: 'FIRST', data: { asks_town: true } };
      return { screen: 'SUCCESS', data: { extension_message_response: { params: { flow_token: 'token-1' } } } };
    });
    const report = await walk(CHOICE, { kind: 'a', name: 'N', town: 'T' }, url);
    expect(report).toMatchObject({ outcome: 'submitted', visited: ['PICK', 'FIRST', 'FIRST'] });
    expect(seen.at(-1)?.data).toEqual({ name: 'N', town: 'T' });
  });

  it("says what was wrong with the endpoint's reply later on, which the person is not told", async () => {
    const replies: [object | number, string][] = [
      [500, 'another status than 200, 421, 427 or 432. (unexpected_http_status_code)'],
      [{ screen: 'OTHER', data: {} }, 'OTHER cannot follow PICK. (invalid-screen-transition)'],
      [
        { screen: 'FIRST', data: { asks_town: 'no' } },
        'data.asks_town must be boolean, is string. (payload-schema-error)',
      ],
    ];
    for (const [reply, message] of replies) {
      const { url, seen } = await endpoint(({ action, data }) => {
        if (data?.error !== undefined) return { data: { acknowledged: true } };
        return action === 'INIT' ? { screen: 'PICK', data: {} } : reply;
      });
      await expect(walk(CHOICE, {}, url)).resolves.toMatchObject({
        outcome: 'stuck',
        stuck: { screen: 'PICK' },
        message: expect.stringContaining(message) as string,
      });
      const told = typeof reply === 'number' ? undefined : (expect.any(String) as string);
      // It is told without being waited for.
      await expect.poll(() => seen.at(-1)?.data?.error).toEqual(told);
      server?.close();
    }
  });

  it('refuses what cannot be walked with a sentence', async () => {
    await expect(walk(CONNECTED, {})).rejects.toThrow(/--endpoint/);
    await expect(walk('{"version":"7.3"}', {})).rejects.toMatchObject({ code: 'not_valid' });
    await expect(walk(LIGHT, [])).rejects.toThrow(/JSON object/);
  });
});
