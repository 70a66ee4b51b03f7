import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { ANNA, HIDDEN, NUMBER, USA, WABA } from './support/meta-seed.ts';
import { connect, createFlow, publishedFlow, startScenario, type Scenario } from './support/meta-scenario.ts';

let scenario: Scenario;
let flowId: string;
beforeAll(async () => {
  scenario = await startScenario({ templateApprovalDelayMs: 60_000 });
  await connect(scenario);
  flowId = await publishedFlow(scenario, 'for templates');
});
afterAll(() => scenario.close());

const call: Scenario['call'] = (method, path, o) => scenario.call(method, path, o);

function template(
  name: string,
  change: Record<string, unknown> = {},
  button: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name,
    language: 'de',
    category: 'UTILITY',
    components: [
      { type: 'body', text: 'Hallo {{1}}, bitte beantworten Sie uns etwas.', example: { body_text: [['Anna']] } },
      { type: 'footer', text: 'Muster GmbH' },
      {
        type: 'buttons',
        buttons: [{ type: 'FLOW', text: 'Starten', flow_id: flowId, flow_action: 'navigate', ...button }],
      },
    ],
    ...change,
  };
}

const create = (json: unknown) => call('POST', `/${WABA}/message_templates`, { json });
const approve = (id: string, status = 'APPROVED') =>
  call('POST', `/_standin/templates/${id}/review`, { json: { status } });

async function approved(name: string, change: Record<string, unknown> = {}): Promise<string> {
  const answer = await create(template(name, change));
  if (answer.status !== 200) throw new Error(answer.text);
  await approve(String(answer.body.id));
  return String(answer.body.id);
}

function sendTemplate(name: string, change: Record<string, unknown> = {}, action: Record<string, unknown> = {}) {
  return call('POST', `/${NUMBER}/messages`, {
    json: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: ANNA.waId,
      type: 'template',
      template: {
        name,
        language: { code: 'de' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: 'Anna' }] },
          {
            type: 'button',
            sub_type: 'flow',
            index: '0',
            parameters: [
              {
                type: 'action',
                action: { flow_token: 'token-t', flow_action_data: { hello: 'Hallo Anna' }, ...action },
              },
            ],
          },
        ],
        ...change,
      },
    },
  });
}

describe('creating', () => {
  test('a template is PENDING until its review and the app’s own address hears of the approval', async () => {
    const answer = await create(template('reviewed'));
    expect(answer.body).toMatchObject({ status: 'PENDING', category: 'UTILITY' });
    const id = String(answer.body.id);
    expect((await sendTemplate('reviewed')).code).toBe(132001);
    const read = await call('GET', `/${id}`);
    expect(read.body).toMatchObject({ id, name: 'reviewed', language: 'de', status: 'PENDING' });
    expect(read.at('components.2.buttons.0')).toMatchObject({ flow_id: flowId, navigate_screen: 'NAME' });
    await call('POST', '/_standin/clock', { json: { offsetMs: 60_000 } });
    await until(async () => (await call('GET', `/${id}?fields=status`)).body.status === 'APPROVED');
    await until(() => scenario.receiver.state.hooks.some((hook) => hook.field === 'message_template_status_update'));
    const hook = scenario.receiver.state.hooks.find((entry) => entry.field === 'message_template_status_update');
    expect(hook?.value).toMatchObject({
      event: 'APPROVED',
      message_template_id: Number(id),
      message_template_name: 'reviewed',
      message_template_language: 'de',
      reason: 'NONE',
    });
  });

  test.each([
    ['a name with capitals', () => template('Bad Name')],
    ['the same name and language twice', () => template('reviewed')],
    [
      'a flow that is not published',
      async () => template('draft_flow', {}, { flow_id: await createFlow(scenario, 'a draft') }),
    ],
    ['an unknown flow', () => template('no_flow', {}, { flow_id: '1' })],
    ['two ways to name the flow', () => template('two_ways', {}, { flow_name: 'for templates' })],
    ['a button text of 26 characters', () => template('long_button', {}, { text: 'x'.repeat(26) })],
    ['an unknown screen', () => template('no_screen', {}, { navigate_screen: 'NOWHERE' })],
    ['a misspelt property', () => template('misspelt', {}, { nagivate_screen: 'NAME' })],
    ['data_exchange without an endpoint', () => template('exchange', {}, { flow_action: 'data_exchange' })],
    ['no body', () => template('no_body', { components: [{ type: 'FOOTER', text: 'x' }] })],
    [
      'a variable without an example',
      () => template('no_example', { components: [{ type: 'BODY', text: 'Hi {{1}}!' }] }),
    ],
    [
      'a variable at the end',
      () => template('at_end', { components: [{ type: 'BODY', text: 'Hi {{1}}', example: { body_text: [['a']] } }] }),
    ],
    [
      'variables out of order',
      () => template('order', { components: [{ type: 'BODY', text: 'Hi {{2}}!', example: { body_text: [['a']] } }] }),
    ],
    ['an unknown category', () => template('category', { category: 'NEWS' })],
  ])('%s is refused with 100', async (_title, make) => {
    const answer = await create(await make());
    expect([answer.status, answer.code]).toEqual([400, 100]);
  });

  test('a rejected template says why and cannot be sent', async () => {
    const id = String((await create(template('rejected'))).body.id);
    await call('POST', `/_standin/templates/${id}/review`, {
      json: { status: 'REJECTED', reason: 'TAG_CONTENT_MISMATCH' },
    });
    const read = await call('GET', `/${id}?fields=status,rejected_reason`);
    expect(read.body).toEqual({ id, status: 'REJECTED', rejected_reason: 'TAG_CONTENT_MISMATCH' });
    expect((await sendTemplate('rejected')).code).toBe(132001);
  });

  test('a deleted template is gone and its name rests for 30 days', async () => {
    await approved('short_lived');
    expect((await call('DELETE', `/${WABA}/message_templates?name=short_lived`)).body).toEqual({ success: true });
    expect((await call('GET', `/${WABA}/message_templates?name=short_lived`)).body).toEqual({ data: [] });
    expect((await create(template('short_lived'))).at('error.error_subcode')).toBe(2388023);
    expect((await call('DELETE', `/${WABA}/message_templates?name=short_lived`)).code).toBe(100);
  });
});

describe('sending', () => {
  test('an approved template goes out without an open window, filled in, with its flow', async () => {
    await approved('greeting');
    const answer = await sendTemplate('greeting');
    expect(answer.at('messages.0')).toMatchObject({ message_status: 'accepted' });
    const outbox = await call('GET', `/_standin/outbox?to=${ANNA.waId}`);
    expect(outbox.list('messages').at(-1)).toMatchObject({
      type: 'template',
      template: { name: 'greeting', body: 'Hallo Anna, bitte beantworten Sie uns etwas.' },
      flow: {
        flowId,
        flowToken: 'token-t',
        action: 'navigate',
        screen: 'NAME',
        data: { hello: 'Hallo Anna' },
        cta: 'Starten',
      },
    });
  });

  test.each([
    ['an unknown language', { language: { code: 'en_US' } }, {}, 404, 132001],
    ['too few parameters', { components: [] }, {}, 400, 132000],
    ['data that does not fit the screen', {}, { flow_action_data: { hello: 7 } }, 400, 132018],
    ['no data where the screen needs some', {}, { flow_action_data: undefined }, 400, 132018],
    ['an invented key in the action', {}, { colour: 'red' }, 400, 100],
  ])('%s is refused', async (_title, change, action, status, code) => {
    const answer = await sendTemplate('greeting', change, action);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('a paused template is 132015, a disabled one 132016', async () => {
    const id = await approved('tired');
    await approve(id, 'PAUSED');
    expect((await sendTemplate('tired')).code).toBe(132015);
    await approve(id, 'DISABLED');
    expect((await sendTemplate('tired')).code).toBe(132016);
  });

  test('who stopped marketing gets no marketing template, and still the other ones', async () => {
    await approved('offer', { category: 'MARKETING' });
    const stop = { from: ANNA.waId, type: 'user_preferences' };
    await call('POST', '/_standin/inbound', { json: stop });
    const refused = String((await sendTemplate('offer')).messageId);
    await until(() => scenario.receiver.statuses(refused).length === 1);
    expect(scenario.receiver.statuses(refused)).toMatchObject([{ status: 'failed', errors: [{ code: 131050 }] }]);
    const utility = String((await sendTemplate('greeting')).messageId);
    await until(() => scenario.receiver.statuses(utility).length === 2);
    await call('POST', '/_standin/inbound', { json: { ...stop, text: 'resume' } });
    const again = String((await sendTemplate('offer')).messageId);
    await until(() => scenario.receiver.statuses(again).length === 2);
  });

  test('marketing templates do not reach numbers of the United States', async () => {
    const answer = await call('POST', `/${NUMBER}/messages`, {
      json: bodyFor(USA.waId),
    });
    const id = String(answer.messageId);
    await until(() => scenario.receiver.statuses(id).length === 1);
    expect(scenario.receiver.statuses(id)).toMatchObject([{ status: 'failed', errors: [{ code: 131049 }] }]);
  });

  test('a template addressed by user id answers with the user id', async () => {
    const { to: _to, ...body } = bodyFor('', 'greeting');
    const answer = await call('POST', `/${NUMBER}/messages`, { json: { ...body, recipient: HIDDEN.bsuid } });
    expect(answer.body.contacts).toEqual([{ input: HIDDEN.bsuid, user_id: HIDDEN.bsuid }]);
  });
});

function bodyFor(to: string, name = 'offer'): Record<string, unknown> {
  const components = [
    { type: 'body', parameters: [{ type: 'text', text: 'Carl' }] },
    {
      type: 'button',
      sub_type: 'flow',
      index: '0',
      parameters: [{ type: 'action', action: { flow_token: 't', flow_action_data: { hello: 'Hi' } } }],
    },
  ];
  return {
    messaging_product: 'whatsapp',
    to,
    type: 'template',
    template: { name, language: { code: 'de' }, components },
  };
}
