import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APP, HIDDEN, NUMBER, OTHER_APP, OTHER_WABA, PORTFOLIO, TOKEN, WABA } from './support/meta-seed.ts';
import { PUBLIC_KEY_PEM } from './support/receiver.ts';
import { say, startScenario, type Scenario } from './support/meta-scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario();
});
afterAll(() => scenario.close());

const call: Scenario['call'] = (method, path, o) => scenario.call(method, path, o);

describe('tokens', () => {
  test.each([
    ['no token', null],
    ['an unknown token', 'EAAunknown'],
    ['an expired token', 'EAAexpired'],
    ['an app token with a wrong secret', `${APP.id}|wrong`],
  ])('%s is refused with 190 and HTTP 401', async (_title, token) => {
    const answer = await call('GET', `/${WABA}`, { token });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ type: 'OAuthException', code: 190 });
  });

  test('debug_token tells an app what its token may do, and another app nothing', async () => {
    const own = await call('GET', `/debug_token?input_token=${TOKEN}`, { token: `${APP.id}|${APP.secret}` });
    expect(own.body.data).toMatchObject({
      app_id: APP.id,
      is_valid: true,
      scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      granular_scopes: [{ scope: 'whatsapp_business_management', target_ids: [WABA] }, {}],
    });
    const other = await call('GET', `/debug_token?input_token=${TOKEN}`, {
      token: `${OTHER_APP.id}|${OTHER_APP.secret}`,
    });
    expect([other.status, other.code]).toEqual([400, 100]);
    const dead = await call('GET', '/debug_token?input_token=EAAexpired', { token: `${APP.id}|${APP.secret}` });
    expect(dead.at('data.is_valid')).toBe(false);
    const nonsense = await call('GET', '/debug_token?input_token=nonsense', { token: `${APP.id}|${APP.secret}` });
    expect(nonsense.body.data).toMatchObject({ is_valid: false, error: { code: 190 } });
  });

  test('a missing permission is 200 for management and 10 for messaging, both HTTP 403', async () => {
    const management = await call('GET', `/${WABA}`, { token: 'EAAmessagingonly' });
    expect([management.status, management.code]).toEqual([403, 200]);
    const messaging = await call('GET', `/${NUMBER}/whatsapp_business_encryption`, { token: 'EAAmanagementonly' });
    expect([messaging.status, messaging.code]).toEqual([403, 10]);
  });
});

describe('accounts and numbers', () => {
  test('only the fields asked for are answered, always with the id', async () => {
    expect((await call('GET', `/${WABA}`)).body).toEqual({ id: WABA, name: 'Muster WhatsApp' });
    const some = await call('GET', `/${WABA}?fields=name,owner_business_info,on_behalf_of_business_info`);
    expect(some.body).toEqual({
      id: WABA,
      name: 'Muster WhatsApp',
      owner_business_info: { id: PORTFOLIO, name: 'Muster GmbH' },
    });
    const number = await call(
      'GET',
      `/${NUMBER}?fields=name_status,health_status,whatsapp_business_manager_messaging_limit`,
    );
    expect(number.body).toMatchObject({
      id: NUMBER,
      name_status: 'APPROVED',
      whatsapp_business_manager_messaging_limit: 'TIER_2K',
      health_status: { can_send_message: 'AVAILABLE' },
    });
  });

  test.each([
    ['a field that does not exist', `/${WABA}?fields=colour`],
    ['a parameter that does not exist', `/${WABA}?colour=red`],
    ['broken field syntax', `/${WABA}?fields=name{`],
    ['an account the token may not see', `/${OTHER_WABA}`],
    ['an id that does not exist', '/999999999999999'],
    ['a number of another account', '/106540352242999'],
  ])('%s is refused with 100', async (_title, path) => {
    const answer = await call('GET', path);
    expect([answer.status, answer.code]).toEqual([400, 100]);
  });

  test('versions 20 to 29 and no version are served, others are unknown paths', async () => {
    expect((await call('GET', `/${WABA}`, { version: 'v23.0' })).status).toBe(200);
    const bare = await fetch(`${scenario.meta.url}/${WABA}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(bare.status).toBe(200);
    const ancient = await call('GET', `/${WABA}`, { version: 'v2.1' });
    expect([ancient.status, ancient.code]).toEqual([400, 2500]);
  });

  test('numbers are listed page by page with cursors', async () => {
    const page = await call('GET', `/${WABA}/phone_numbers?fields=id,display_phone_number&limit=1`);
    expect(page.body.data).toEqual([{ id: NUMBER, display_phone_number: '+49 30 901820' }]);
    expect(page.at('paging.cursors.after')).toBe(page.at('paging.cursors.before'));
    const empty = await call('GET', `/${WABA}/phone_numbers?after=${page.at('paging.cursors.after')}`);
    expect(empty.body).toEqual({ data: [] });
    expect((await call('GET', `/${WABA}/phone_numbers?after=nonsense`)).code).toBe(100);
  });
});

describe('subscriptions', () => {
  const override = () => ({ override_callback_uri: `${scenario.receiver.url}/hook`, verify_token: 'verify-me' });

  test('an address cannot be overridden before the app is subscribed', async () => {
    const answer = await call('POST', `/${WABA}/subscribed_apps`, { json: override() });
    expect([answer.status, answer.code]).toEqual([400, 100]);
    expect(answer.at('error.message')).toContain('must be subscribed');
  });

  test('an address is taken only after its handshake', async () => {
    expect((await call('POST', `/${WABA}/subscribed_apps`)).body).toEqual({ success: true });
    const wrong = await call('POST', `/${WABA}/subscribed_apps`, { json: { ...override(), verify_token: 'guess' } });
    expect([wrong.status, wrong.code]).toEqual([400, 2200]);
    const dead = await call('POST', `/${WABA}/subscribed_apps`, {
      json: { ...override(), override_callback_uri: 'http://127.0.0.1:9/hook' },
    });
    expect(dead.code).toBe(2200);
    const plain = await call('POST', `/${WABA}/subscribed_apps`, {
      json: { ...override(), override_callback_uri: 'http://example.com/hook' },
    });
    expect(plain.code).toBe(100);
    expect((await call('POST', `/${WABA}/subscribed_apps`, { json: override() })).body).toEqual({ success: true });
    const list = await call('GET', `/${WABA}/subscribed_apps`);
    expect(list.body.data).toMatchObject([
      {
        whatsapp_business_api_data: { id: APP.id, name: APP.name },
        override_callback_uri: `${scenario.receiver.url}/hook`,
      },
    ]);
  });

  test('an override carries messages only: opt-outs go to the address of the app or nowhere', async () => {
    const stop = { from: HIDDEN.waId, type: 'user_preferences' };
    expect((await call('POST', '/_standin/inbound', { json: stop })).body.webhookStatus).toBeNull();
    expect((await say(scenario, HIDDEN.waId, 'hello')).body.webhookStatus).toBe(200);
    const app = { token: `${APP.id}|${APP.secret}` };
    const form = {
      object: 'whatsapp_business_account',
      callback_url: `${scenario.receiver.url}/hook`,
      verify_token: 'verify-me',
      fields: 'user_preferences',
    };
    expect((await call('POST', `/${APP.id}/subscriptions`, { form })).code).toBe(15);
    expect((await call('POST', `/${APP.id}/subscriptions`, { ...app, form })).body).toEqual({ success: true });
    expect((await call('POST', '/_standin/inbound', { json: stop })).body.webhookStatus).toBe(200);
    expect(scenario.receiver.state.hooks.at(-1)?.value).toMatchObject({
      user_preferences: [{ user_id: HIDDEN.bsuid, category: 'marketing_messages', value: 'stop' }],
    });
  });

  test('an unsubscribed app hears nothing', async () => {
    expect((await call('DELETE', `/${WABA}/subscribed_apps`)).body).toEqual({ success: true });
    expect((await call('DELETE', `/${WABA}/subscribed_apps`)).code).toBe(100);
    expect((await say(scenario, HIDDEN.waId, 'anyone there?')).body.webhookStatus).toBeNull();
  });
});

describe('the key of a number', () => {
  const path = `/${NUMBER}/whatsapp_business_encryption`;

  test('a 2048-bit RSA public key is taken as a form field and reads VALID, until the number is registered again', async () => {
    expect((await call('GET', path)).body).toEqual({ data: [] });
    expect((await call('POST', path, { form: { business_public_key: PUBLIC_KEY_PEM } })).body).toEqual({
      success: true,
    });
    const read = await call('GET', path);
    expect(read.body.data).toEqual([
      { business_public_key: PUBLIC_KEY_PEM, business_public_key_signature_status: 'VALID' },
    ]);
    await call('POST', `/_standin/numbers/${NUMBER}/public-key`, { json: { status: 'MISMATCH' } });
    expect((await call('GET', path)).at('data.0.business_public_key_signature_status')).toBe('MISMATCH');
    const phone = await call('GET', `/_standin/numbers/${NUMBER}/public-key`);
    expect(phone.body).toEqual({ publicKeyPem: PUBLIC_KEY_PEM, status: 'MISMATCH' });
  });

  test('shorter keys, other kinds, private keys and JSON are refused', async () => {
    const spki = {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    } as const;
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024, ...spki });
    const long = generateKeyPairSync('rsa', { modulusLength: 2_048, ...spki });
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256', ...spki });
    for (const pem of [short.publicKey, curve.publicKey, long.privateKey, 'nonsense', '']) {
      const answer = await call('POST', path, { form: { business_public_key: String(pem) } });
      expect([answer.status, answer.code]).toEqual([400, 100]);
    }
    const json = await call('POST', path, { json: { business_public_key: PUBLIC_KEY_PEM } });
    expect(json.code).toBe(100);
  });
});
