import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { ANNA, APP, NUMBER, OTHER_APP, WABA } from './support/meta-seed.ts';
import { connectedFlow, lightFlow } from './support/flow-json.ts';
import { encryptPing } from './support/encrypt-ping.ts';
import { PUBLIC_KEY_PEM } from './support/receiver.ts';
import {
  connect,
  createFlow,
  flowMessage,
  publishedFlow,
  say,
  startScenario,
  upload,
  valueAt,
  type Scenario,
} from './support/meta-scenario.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario();
});
afterAll(() => scenario.close());

const call: Scenario['call'] = (method, path, o) => scenario.call(method, path, o);
const publish = (id: string) => call('POST', `/${id}/publish`);

describe('creating and editing', () => {
  test('a flow can be created by form or JSON, with its JSON and published at once', async () => {
    const answer = await call('POST', `/${WABA}/flows`, {
      json: { name: 'at once', categories: ['SURVEY'], flow_json: JSON.stringify(lightFlow()), publish: true },
    });
    expect(answer.body).toMatchObject({ success: true, validation_errors: [] });
    const read = await call('GET', `/${answer.body.id}`);
    expect(read.body).toEqual({
      id: answer.body.id,
      name: 'at once',
      status: 'PUBLISHED',
      categories: ['SURVEY'],
      validation_errors: [],
    });
  });

  test.each([
    ['a name that is taken', { name: 'at once', categories: '["OTHER"]' }],
    ['an unknown category', { name: 'x', categories: '["NEWS"]' }],
    ['categories that are no list', { name: 'x', categories: 'OTHER' }],
    ['no name', { categories: '["OTHER"]' }],
    ['an invented parameter', { name: 'x', categories: '["OTHER"]', colour: 'red' }],
    ['an endpoint without https', { name: 'x', categories: '["OTHER"]', endpoint_uri: 'http://example.com/flow' }],
    ['an unknown flow to clone', { name: 'x', categories: '["OTHER"]', clone_flow_id: '1' }],
  ])('%s is refused with 100', async (_title, multipart) => {
    const answer = await call('POST', `/${WABA}/flows`, { multipart: multipart as unknown as Record<string, string> });
    expect([answer.status, answer.code]).toEqual([400, 100]);
  });

  test('Flow JSON with errors is saved, named, and not published', async () => {
    const id = await createFlow(scenario, 'with errors');
    const broken = await upload(scenario, id, { ...lightFlow(), surprise: true });
    expect(broken.body.success).toBe(true);
    expect(broken.at('validation_errors.0')).toMatchObject({
      error: 'INVALID_PROPERTY_KEY',
      line_start: expect.any(Number),
    });
    const read = await call('GET', `/${id}`);
    expect(read.body.validation_errors).toEqual(broken.body.validation_errors);
    expect((await publish(id)).body.error).toMatchObject({
      code: 139002,
      error_user_title: 'Publishing Flow with validation errors',
    });
    expect((await upload(scenario, id, 'no json')).at('validation_errors.0.error')).toBe('INVALID_FLOW_JSON');
  });

  test('the uploaded JSON can be downloaded byte for byte', async () => {
    const id = await createFlow(scenario, 'download');
    const text = `${JSON.stringify(lightFlow('Über uns'), null, 3)}\n`;
    await upload(scenario, id, text);
    const assets = await call('GET', `/${id}/assets`);
    expect(assets.body.data).toMatchObject([{ name: 'flow.json', asset_type: 'FLOW_JSON' }]);
    expect(await (await fetch(assets.textAt('data.0.download_url'))).text()).toBe(text);
    const forged = assets.textAt('data.0.download_url').replace(/signature=.{4}/, 'signature=0000');
    expect((await fetch(forged)).status).toBe(403);
  });

  test.each([
    ['another asset type', { name: 'flow.json', asset_type: 'IMAGE' }, {}],
    ['another name', { name: 'other.json', asset_type: 'FLOW_JSON' }, {}],
    ['a file that is not JSON by its type', { name: 'flow.json', asset_type: 'FLOW_JSON' }, { type: 'text/plain' }],
    ['a part of another name', { name: 'flow.json', asset_type: 'FLOW_JSON' }, { field: 'upload' }],
  ])('an upload with %s is refused', async (_title, multipart, file) => {
    const id = await createFlow(scenario, `upload ${JSON.stringify([multipart, file])}`);
    const answer = await call('POST', `/${id}/assets`, { multipart, file: { content: '{}', ...file } });
    expect([answer.status, answer.code]).toEqual([400, 100]);
  });

  test('flows are listed newest first and paged', async () => {
    const first = await call('GET', `/${WABA}/flows?limit=2`);
    expect(first.body.data).toHaveLength(2);
    expect(first.at('paging.next')).toContain(`after=${first.at('paging.cursors.after')}`);
    const names: string[] = [];
    let after: string | undefined;
    do {
      const page = await call('GET', `/${WABA}/flows?limit=2${after ? `&after=${after}` : ''}&fields=name`);
      names.push(...page.list('data').map((flow) => String(flow.name)));
      after = page.at('paging.next') ? page.textAt('paging.cursors.after') : undefined;
    } while (after);
    expect(names.at(-1)).toBe('at once');
    expect(new Set(names).size).toBe(names.length);
  });

  test('a draft can be deleted; a flow that was ever published cannot', async () => {
    const draft = await createFlow(scenario, 'to delete');
    expect((await call('DELETE', `/${draft}`)).body).toEqual({ success: true });
    expect((await call('GET', `/${draft}`)).at('error.error_subcode')).toBe(33);
    const published = await publishedFlow(scenario, 'to keep');
    expect((await call('DELETE', `/${published}`)).code).toBe(139004);
    await upload(scenario, published, lightFlow('edited'));
    expect((await call('DELETE', `/${published}`)).code).toBe(139004);
  });

  test('only published flows are deprecated, once, and never edited again', async () => {
    const id = await createFlow(scenario, 'to deprecate');
    expect((await call('POST', `/${id}/deprecate`)).code).toBe(139003);
    await publish(id);
    expect((await call('POST', `/${id}/deprecate`)).body).toEqual({ success: true });
    expect((await call('POST', `/${id}/deprecate`)).code).toBe(139003);
    expect((await upload(scenario, id, lightFlow())).code).toBe(139001);
    expect((await publish(id)).code).toBe(139002);
  });
});

describe('publishing a connected flow', () => {
  test('each missing condition is named in Meta’s words, and the last is a real encrypted ping', async () => {
    const id = await createFlow(scenario, 'connected', connectedFlow());
    const refused = async (): Promise<unknown> => (await publish(id)).at('error.error_user_title');
    expect(await refused()).toBe('Publishing without specifying endpoint_uri is forbidden');
    await call('POST', `/${id}`, { form: { endpoint_uri: `${scenario.receiver.url}/flow` } });
    expect(await refused()).toBe('Missing Flows Signed Public Key');
    await call('POST', `/${NUMBER}/whatsapp_business_encryption`, { form: { business_public_key: PUBLIC_KEY_PEM } });
    expect(await refused()).toBe('No Application Connected to the Flow');
    const foreign = await call('POST', `/${id}`, { form: { application_id: OTHER_APP.id } });
    expect(foreign.code).toBe(100);
    await call('POST', `/${id}`, { form: { application_id: APP.id } });
    expect(await refused()).toBe('WhatsApp Business Account is not subscribed to Flows Webhooks');
    await connect(scenario);
    for (const endpoint of ['plain', 'wrong-status', 'silent', 'slow-500'] as const) {
      scenario.receiver.state.endpoint = endpoint;
      expect(await refused()).toBe('Endpoint Not Available');
    }
    scenario.receiver.state.endpoint = 'alive';
    expect((await publish(id)).body).toEqual({ success: true });
    expect(scenario.receiver.state.endpointCalls.at(-1)).toEqual({
      signatureIsRight: true,
      request: { version: '3.0', action: 'ping' },
    });
    expect(await refused()).toBe('Publishing Flow in invalid state');
  });

  test('the details name endpoint, app, versions, preview and health', async () => {
    const id = (await call('GET', `/${WABA}/flows?fields=name&limit=1`)).textAt('data.0.id');
    const fields =
      'json_version,data_api_version,endpoint_uri,application,whatsapp_business_account,preview.invalidate(true)';
    const read = await call('GET', `/${id}?fields=${fields},health_status.phone_number(${NUMBER})`);
    expect(read.body).toMatchObject({
      json_version: '7.3',
      data_api_version: '3.0',
      endpoint_uri: `${scenario.receiver.url}/flow`,
      application: { id: APP.id },
      whatsapp_business_account: { id: WABA },
      health_status: { can_send_message: 'AVAILABLE' },
    });
    expect(read.list('health_status.entities').map((entity) => entity.entity_type)).toEqual([
      'FLOW',
      'WABA',
      'BUSINESS',
      'APP',
      'PHONE_NUMBER',
    ]);
    expect((await fetch(read.textAt('preview.preview_url'))).status).toBe(200);
    await call('GET', `/${id}?fields=preview.invalidate(true)`);
    expect((await fetch(read.textAt('preview.preview_url'))).status).toBe(403);
  });
});

describe('health', () => {
  test('alerts come as webhooks in the documented shapes, a status can change without one, and made-up alerts are refused', async () => {
    const id = await publishedFlow(scenario, 'alerts', lightFlow('Alerts'));
    const told = (): unknown[] =>
      scenario.receiver.state.hooks
        .filter((hook) => hook.field === 'flows' && hook.value.flow_id === id)
        .map((hook) => hook.value);
    const send = (json: object) => call('POST', `/_standin/flows/${id}/alerts`, { json });
    await send({ event: 'ENDPOINT_AVAILABILITY', availability: 75, alert_state: 'ACTIVATED' });
    await send({ event: 'FLOW_VERSION_EXPIRY_WARNING' });
    await send({ event: 'OTHER', value: { event: 'NEW', flow_id: id } });
    await until(() => told().length === 4);
    expect(told()).toMatchObject([
      { event: 'FLOW_STATUS_CHANGE', old_status: 'DRAFT', new_status: 'PUBLISHED' },
      { event: 'ENDPOINT_AVAILABILITY', flow_id: id, availability: 75, threshold: 90, alert_state: 'ACTIVATED' },
      { event: 'FLOW_VERSION_EXPIRY_WARNING', flow_id: id },
      { event: 'NEW', flow_id: id },
    ]);
    expect((await send({ event: 'ENDPOINT_LATENCY', p90_latency: 1, threshold: 3, alert_state: 'ON' })).status).toBe(
      400,
    );
    expect((await send({ event: 'OTHER' })).status).toBe(400);
    await call('POST', `/_standin/flows/${id}/status`, { json: { status: 'THROTTLED', silent: true } });
    expect((await call('GET', `/${id}`)).body.status).toBe('THROTTLED');
    expect(told()).toHaveLength(4);
  });
});

describe('versions', () => {
  test('editing a published flow makes it a draft while sent messages keep their content and new ones the last published', async () => {
    const id = await publishedFlow(scenario, 'versions', lightFlow('Version one'));
    await say(scenario, ANNA.waId, 'Hi');
    const send = async (): Promise<string> =>
      String((await call('POST', `/${NUMBER}/messages`, { json: flowMessage(ANNA.waId, id) })).messageId);
    const title = async (messageId: string): Promise<unknown> =>
      valueAt(
        JSON.parse((await call('GET', `/_standin/messages/${encodeURIComponent(messageId)}/flow`)).textAt('flowJson')),
        'screens.0.title',
      );
    const first = await send();
    await upload(scenario, id, lightFlow('Version two'));
    expect((await call('GET', `/${id}`)).body.status).toBe('DRAFT');
    const between = await send();
    await publish(id);
    const second = await send();
    expect([await title(first), await title(between), await title(second)]).toEqual([
      'Version one',
      'Version one',
      'Version two',
    ]);
    for (let version = 3; version <= 6; version += 1) {
      await upload(scenario, id, lightFlow(`Version ${version}`));
      await publish(id);
    }
    const gone = await call('GET', `/_standin/messages/${encodeURIComponent(first)}/flow`);
    expect(gone.status).toBe(410);
    expect(await title(second)).toBe('Version two');
  });
});

describe('the relay of the phone', () => {
  test('an exchange reaches the endpoint signed over its exact bytes and comes back as received', async () => {
    const flow = (await call('GET', `/${WABA}/flows?fields=name,status`))
      .list('data')
      .find((entry) => entry.name === 'connected');
    const message = flowMessage(ANNA.waId, String(flow?.id), {
      flow_action: 'data_exchange',
      flow_action_payload: undefined,
    });
    const sent = await call('POST', `/${NUMBER}/messages`, { json: message });
    const messageId = String(sent.messageId);
    const answer = await call('POST', '/_standin/exchange', { json: { messageId, body: encryptPing(PUBLIC_KEY_PEM) } });
    expect(answer.body).toMatchObject({ status: 200, contentType: 'text/plain' });
    expect(scenario.receiver.state.endpointCalls.at(-1)?.signatureIsRight).toBe(true);
    scenario.receiver.state.endpoint = 'refuses';
    const calls = scenario.receiver.state.endpointCalls.length;
    const refused = await call('POST', '/_standin/exchange', {
      json: { messageId, body: encryptPing(PUBLIC_KEY_PEM) },
    });
    expect(refused.body).toMatchObject({ status: 421, body: '' });
    // What to do about a 421 is the phone's decision: the relay sends once.
    expect(scenario.receiver.state.endpointCalls.length - calls).toBe(1);
    scenario.receiver.state.endpoint = 'silent';
    const dead = await call('POST', '/_standin/exchange', { json: { messageId, body: encryptPing(PUBLIC_KEY_PEM) } });
    expect(dead.body).toEqual({ status: 0, clientError: 'no_http_response_error' });
    scenario.receiver.state.endpoint = 'alive';
  });
});
