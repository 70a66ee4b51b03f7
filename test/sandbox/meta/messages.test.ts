import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { ANNA, HIDDEN, NUMBER, USA, WABA } from './support/meta-seed.ts';
import {
  connect,
  flowMessage,
  publishedFlow,
  say,
  startScenario,
  valueAt,
  type Scenario,
} from './support/meta-scenario.ts';

let scenario: Scenario;
let flowId: string;

beforeAll(async () => {
  scenario = await startScenario();
  await connect(scenario);
  flowId = await publishedFlow(scenario, 'messages');
});
afterAll(() => scenario.close());

const send = (json: unknown, token?: string) => scenario.call('POST', `/${NUMBER}/messages`, { json, token });

async function failedWith(messageId: string): Promise<unknown> {
  await until(() => scenario.receiver.statuses(messageId).length > 0);
  const statuses = scenario.receiver.statuses(messageId);
  expect(statuses.map((status) => status.status)).toEqual(['failed']);
  return (statuses[0]?.errors as { code: number }[])[0]?.code;
}

describe('the 24-hour window', () => {
  test('a message outside the window is accepted and fails with 131047 by webhook', async () => {
    const answer = await send(flowMessage(ANNA.waId, flowId));
    expect(answer.status).toBe(200);
    expect(await failedWith(String(answer.messageId))).toBe(131047);
  });

  test('a message inside the window is delivered, and its flow stands in the outbox', async () => {
    await say(scenario, ANNA.waId, 'Hello');
    const answer = await send({ ...flowMessage(`+${ANNA.waId}`, flowId), biz_opaque_callback_data: 'snd_1' });
    expect(answer.body).toMatchObject({
      messaging_product: 'whatsapp',
      contacts: [{ input: `+${ANNA.waId}`, wa_id: ANNA.waId }],
    });
    const id = String(answer.messageId);
    await until(() => scenario.receiver.statuses(id).length === 2);
    expect(scenario.receiver.statuses(id)).toMatchObject([
      { status: 'sent', recipient_id: ANNA.waId, recipient_user_id: ANNA.bsuid, biz_opaque_callback_data: 'snd_1' },
      { status: 'delivered', pricing: { billable: false, type: 'free_customer_service' } },
    ]);
    const outbox = await scenario.call('GET', `/_standin/outbox?to=${ANNA.waId}`);
    expect(outbox.body.messages).toMatchObject([
      {
        id,
        from: NUMBER,
        to: ANNA.waId,
        direction: 'out',
        type: 'interactive',
        flow: {
          flowId,
          flowToken: 'token-1',
          action: 'navigate',
          screen: 'NAME',
          data: { hello: 'Hello Anna' },
          cta: 'Start',
          mode: 'published',
        },
        statuses: [{ status: 'sent' }, { status: 'delivered' }],
      },
    ]);
  });

  test('the window closes 24 hours after the last message of the person', async () => {
    await say(scenario, ANNA.waId, 'Again');
    scenario.advance(86_400_000);
    const answer = await send(flowMessage(ANNA.waId, flowId));
    expect(await failedWith(String(answer.messageId))).toBe(131047);
    await say(scenario, ANNA.waId, 'Back');
  });
});

describe('recipients', () => {
  test('a number that is not on WhatsApp is accepted and fails with 131026', async () => {
    const answer = await send(flowMessage('4915100000000', flowId));
    expect(await failedWith(String(answer.messageId))).toBe(131026);
  });

  test('a user id in `to` is accepted and never delivered nor reported', async () => {
    await say(scenario, HIDDEN.bsuid, 'Hi');
    const answer = await send(flowMessage(HIDDEN.bsuid, flowId));
    expect(answer.status).toBe(200);
    const id = String(answer.messageId);
    const later = await send(flowMessage(ANNA.waId, flowId));
    await until(() => scenario.receiver.statuses(String(later.messageId)).length === 2);
    expect(scenario.receiver.statuses(id)).toEqual([]);
    expect((await scenario.call('GET', `/_standin/outbox?to=${HIDDEN.bsuid}`)).body.messages).toEqual([]);
  });

  test('a user id in `recipient` reaches a person whose number stays hidden', async () => {
    await say(scenario, HIDDEN.bsuid, 'Hi');
    const { to: _to, ...rest } = flowMessage('', flowId);
    const answer = await send({ ...rest, recipient: HIDDEN.bsuid });
    expect(answer.body.contacts).toEqual([{ input: HIDDEN.bsuid, user_id: HIDDEN.bsuid }]);
    const id = String(answer.messageId);
    await until(() => scenario.receiver.statuses(id).length === 2);
    expect(scenario.receiver.statuses(id)[0]).not.toHaveProperty('recipient_id');
    expect(scenario.receiver.statuses(id)[0]).toMatchObject({ recipient_user_id: HIDDEN.bsuid });
    const incoming = scenario.receiver.state.hooks.find((hook) =>
      JSON.stringify(hook.value).includes('"from_user_id":"DE.222'),
    );
    expect(incoming?.raw).not.toContain(HIDDEN.waId);
    expect(incoming?.value).toMatchObject({ contacts: [{ user_id: HIDDEN.bsuid, profile: { username: 'berta.b' } }] });
  });

  test('once the number itself was messaged, webhooks show it, until the contact book entry is deleted', async () => {
    await send(flowMessage(HIDDEN.waId, flowId));
    await say(scenario, HIDDEN.bsuid, 'visible now');
    const find = (text: string) => scenario.receiver.state.hooks.find((hook) => hook.raw.includes(`"body":"${text}"`));
    await until(() => find('visible now') !== undefined);
    expect(find('visible now')?.value).toMatchObject({ contacts: [{ wa_id: HIDDEN.waId }] });
    const path = `/${NUMBER}/contact_book?messaging_product=whatsapp&bsuid=${HIDDEN.bsuid}`;
    expect((await scenario.call('DELETE', path)).body).toEqual({
      messaging_product: 'whatsapp',
      success: true,
      deleted: true,
    });
    await say(scenario, HIDDEN.bsuid, 'hidden again');
    expect(find('hidden again')?.value).toMatchObject({ messages: [{ from_user_id: HIDDEN.bsuid }] });
    expect(find('hidden again')?.raw).not.toContain(HIDDEN.waId);
  });

  test.each([
    ['business_scoped_user_id as recipient type', { recipient_type: 'business_scoped_user_id' }, 100],
    ['the sender as recipient', { to: '4930901820' }, 131021],
    ['no recipient at all', { to: undefined }, 131008],
    ['letters as a number', { to: 'anna' }, 100],
  ])('%s is refused at once', async (_title, change, code) => {
    const answer = await send({ ...flowMessage(ANNA.waId, flowId), ...change });
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(answer.at('error.fbtrace_id')).toMatch(/^A/);
  });
});

describe('what a flow message must be', () => {
  test.each([
    ['a button text of 21 characters', { flow_cta: 'x'.repeat(21) }, 131009],
    ['an emoji in the button text', { flow_cta: 'Start 🚀' }, 131009],
    ['no button text', { flow_cta: undefined }, 131008],
    ['both id and name of the flow', { flow_name: 'messages' }, 131009],
    ['empty data', { flow_action_payload: { screen: 'NAME', data: {} } }, 131009],
    ['data of another type', { flow_action_payload: { screen: 'NAME', data: { hello: 1 } } }, 131009],
    [
      'data that the screen does not declare',
      { flow_action_payload: { screen: 'NAME', data: { hello: 'a', b: 'c' } } },
      131009,
    ],
    ['no data where the screen declares some', { flow_action_payload: { screen: 'NAME' } }, 131009],
    ['an unknown screen', { flow_action_payload: { screen: 'NOWHERE', data: { hello: 'a' } } }, 131009],
    ['a payload with data_exchange', { flow_action: 'data_exchange' }, 131009],
    ['data_exchange without an endpoint', { flow_action: 'data_exchange', flow_action_payload: undefined }, 131009],
    ['another message version', { flow_message_version: '2' }, 131009],
    ['an unknown flow', { flow_id: '1234567890123456' }, 131009],
    ['an invented parameter', { flow_color: 'red' }, 100],
    ['draft mode of a published flow', { mode: 'draft' }, 131009],
  ])('%s is refused', async (_title, parameters, code) => {
    const answer = await send(flowMessage(ANNA.waId, flowId, parameters));
    expect([answer.status, answer.code]).toEqual([400, code]);
  });

  test('other bodies than JSON and other types than served are refused', async () => {
    const form = await scenario.call('POST', `/${NUMBER}/messages`, { form: { messaging_product: 'whatsapp' } });
    expect(form.code).toBe(100);
    const image = await send({
      messaging_product: 'whatsapp',
      to: ANNA.waId,
      type: 'image',
      image: { link: 'https://a.b/c.png' },
    });
    expect(image.code).toBe(131051);
    const broken = await scenario.call('POST', `/${NUMBER}/messages`, { json: '{"a":' });
    expect([broken.status, broken.code]).toEqual([400, 100]);
  });

  test('a token without whatsapp_business_messaging is refused with 10', async () => {
    const answer = await send(flowMessage(ANNA.waId, flowId), 'EAAmanagementonly');
    expect([answer.status, answer.code]).toEqual([403, 10]);
  });
});

describe('limits', () => {
  test('45 messages at once to one person are taken, the next is refused with 131056 until 6 s have passed', async () => {
    const { waId } = { waId: '4915155500001' };
    await say(scenario, waId, 'Hello');
    const text = { messaging_product: 'whatsapp', to: waId, type: 'text', text: { body: 'x' } };
    for (let index = 0; index < 45; index += 1) expect((await send(text)).status).toBe(200);
    expect((await send(text)).code).toBe(131056);
    scenario.advance(6_000);
    expect((await send(text)).status).toBe(200);
    expect((await send(text)).code).toBe(131056);
  });

  test('the 81st message of a number in one second is refused with 130429', async () => {
    scenario.advance(10_000);
    const people = Array.from({ length: 81 }, (_, index) => `49151666${String(index).padStart(5, '0')}`);
    const answers = [];
    for (const to of people)
      answers.push((await send({ messaging_product: 'whatsapp', to, type: 'text', text: { body: 'x' } })).status);
    expect(answers.slice(0, 80).every((status) => status === 200)).toBe(true);
    expect(answers[80]).toBe(429);
    scenario.advance(10_000);
  });

  test('a throttled flow takes ten messages an hour, a blocked one none', async () => {
    const id = await publishedFlow(scenario, 'throttled');
    await scenario.call('POST', `/_standin/flows/${id}/status`, { json: { status: 'THROTTLED' } });
    await say(scenario, USA.waId, 'Hi');
    for (let index = 0; index < 10; index += 1) expect((await send(flowMessage(USA.waId, id))).status).toBe(200);
    expect((await send(flowMessage(USA.waId, id))).code).toBe(132069);
    scenario.advance(3_600_001);
    expect((await send(flowMessage(USA.waId, id))).status).toBe(200);
    await scenario.call('POST', `/_standin/flows/${id}/status`, { json: { status: 'BLOCKED' } });
    expect((await send(flowMessage(USA.waId, id))).code).toBe(132068);
    await until(() =>
      scenario.receiver.state.hooks.some((hook) => hook.field === 'flows' && hook.value.new_status === 'BLOCKED'),
    );
  });
});

describe('incoming', () => {
  test('a flow reply is signed over the bytes on the wire and answers the message by context', async () => {
    const sent = await send(flowMessage(USA.waId, flowId));
    const contextId = String(sent.messageId);
    const reply = await scenario.call('POST', '/_standin/inbound', {
      json: {
        from: USA.waId,
        type: 'nfm_reply',
        contextId,
        responseJson: { flow_token: 'token-1', name: 'Jörg / 李' },
      },
    });
    expect(reply.body).toMatchObject({ ok: true, webhookStatus: 200 });
    const hook = scenario.receiver.state.hooks.find((candidate) => candidate.raw.includes('nfm_reply'));
    expect(hook).toMatchObject({ field: 'messages', wabaId: WABA, signatureIsRight: true });
    expect(hook?.raw).toMatch(/^[\x20-\x7e]*$/);
    const message = valueAt(hook?.value, 'messages.0');
    expect(message).toMatchObject({
      id: reply.body.messageId,
      from: USA.waId,
      from_user_id: USA.bsuid,
      type: 'interactive',
      context: { from: '4930901820', id: contextId },
      interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent' } },
    });
    expect(JSON.parse(String(valueAt(message, 'interactive.nfm_reply.response_json')))).toEqual({
      flow_token: 'token-1',
      name: 'Jörg / 李',
    });
  });

  test('a flow reply to a message of somebody else is refused', async () => {
    const sent = await send(flowMessage(USA.waId, flowId));
    const reply = await scenario.call('POST', '/_standin/inbound', {
      json: { from: ANNA.waId, type: 'nfm_reply', contextId: sent.messageId, responseJson: {} },
    });
    expect(reply.status).toBe(400);
  });

  test('a webhook that is not taken is posted again until it is', async () => {
    scenario.receiver.state.refuse = { marker: 'take me', statuses: [500, 503], posts: 0 };
    const answer = await say(scenario, ANNA.waId, 'take me');
    expect(answer.body.webhookStatus).toBe(500);
    await until(() => scenario.receiver.state.hooks.some((hook) => hook.raw.includes('take me')));
    expect(scenario.receiver.state.refuse.posts).toBe(3);
  });

  test('reading a message is reported once', async () => {
    const sent = await send(flowMessage(USA.waId, flowId));
    const messageId = String(sent.messageId);
    const read = { from: USA.waId, type: 'status', status: 'read', messageId };
    await until(() => scenario.receiver.statuses(messageId).length === 2);
    expect((await scenario.call('POST', '/_standin/inbound', { json: read })).body.webhookStatus).toBe(200);
    expect((await scenario.call('POST', '/_standin/inbound', { json: read })).body.webhookStatus).toBeNull();
    expect(scenario.receiver.statuses(messageId).map((status) => status.status)).toEqual(['sent', 'delivered', 'read']);
  });

  test('every webhook so far was signed with the secret of the subscribed app', () => {
    expect(scenario.receiver.state.hooks.length).toBeGreaterThan(50);
    expect(scenario.receiver.state.hooks.every((hook) => hook.signatureIsRight)).toBe(true);
  });
});

describe('a list of rows', () => {
  const row = (n: number, change: object = {}) => ({
    id: `row.${n}`,
    title: `09:${n}0`,
    description: 'Monday',
    ...change,
  });
  const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => row(n));
  const list = (sections: object[], change: object = {}) => ({
    messaging_product: 'whatsapp',
    to: ANNA.waId,
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text: 'Please choose.' },
      action: { button: 'Choose a time', sections },
      ...change,
    },
  });

  test('is taken with ten rows over its sections, and its tapped row comes back with title and description', async () => {
    await say(scenario, ANNA.waId, 'Hello');
    const sections = [
      { title: 'Monday', rows: rowsOf(4) },
      { title: 'Tuesday', rows: rowsOf(10).slice(4) },
    ];
    const sent = await send(list(sections));
    expect(sent.status, sent.text).toBe(200);
    const tap = (rowId: string, contextId = sent.messageId) =>
      scenario.call('POST', '/_standin/inbound', { json: { type: 'list_reply', from: ANNA.waId, rowId, contextId } });
    expect((await tap('row.7')).status).toBe(200);
    const outbox = await scenario.call('GET', `/_standin/outbox?to=${ANNA.waId}&chat=1`);
    expect(outbox.list('messages').at(-1)).toMatchObject({
      direction: 'in',
      type: 'interactive',
      interactive: { type: 'list_reply', list_reply: row(7) },
      context: { id: sent.messageId },
    });
    expect((await tap('row.10')).status).toBe(400);
    const text = await say(scenario, ANNA.waId, 'No list');
    expect((await tap('row.1', String(text.body.messageId))).status).toBe(400);
  });

  test.each([
    ['eleven rows', list([{ rows: rowsOf(11) }])],
    [
      'eleven rows over two sections',
      list([
        { title: 'a', rows: rowsOf(6) },
        { title: 'b', rows: rowsOf(11).slice(6) },
      ]),
    ],
    ['no row', list([{ rows: [] }])],
    ['no section', list([])],
    ['two sections without a title', list([{ rows: [row(1)] }, { title: 'b', rows: [row(2)] }])],
    ['one id twice', list([{ rows: [row(1), row(1)] }])],
    ['a long title', list([{ rows: [row(1, { title: 'x'.repeat(25) })] }])],
    ['a long description', list([{ rows: [row(1, { description: 'x'.repeat(73) })] }])],
    ['a long id', list([{ rows: [row(1, { id: 'x'.repeat(201) })] }])],
    ['a long section title', list([{ title: 'x'.repeat(25), rows: [row(1)] }])],
    [
      'a long button',
      list([{ rows: [row(1)] }], { action: { button: 'x'.repeat(21), sections: [{ rows: [row(1)] }] } }),
    ],
    ['a long body', list([{ rows: [row(1)] }], { body: { text: 'x'.repeat(1_025) } })],
    [
      'a picture above it',
      list([{ rows: [row(1)] }], { header: { type: 'image', image: { link: 'https://x.test/a' } } }),
    ],
  ])('is refused with %s', async (_what, json) => {
    const answer = await send(json);
    expect(answer.status).toBe(400);
    expect([100, 131_009]).toContain(answer.code);
  });
});
