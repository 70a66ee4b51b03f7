import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JournalRecord } from '../../server/sandbox/meta/control/journal.ts';
import { connectedFlow, lightFlow } from '../sandbox/meta/support/flow-json.ts';
import { ANNA, APP, HIDDEN, NUMBER, PORTFOLIO, TOKEN, WABA } from '../sandbox/meta/support/meta-seed.ts';
import {
  connect,
  createFlow,
  flowMessage,
  publishedFlow,
  say,
  startScenario,
  upload,
  type Scenario,
} from '../sandbox/meta/support/meta-scenario.ts';
import { checkMetaJournal, META_SPEC } from './check-meta.ts';

const conformance = existsSync(META_SPEC) ? test : test.skip;
const because = existsSync(META_SPEC) ? '' : ` (skipped: Meta's API description is not at ${META_SPEC})`;

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({ templateApprovalDelayMs: 0 });
});
afterAll(() => scenario.close());

async function journal(): Promise<JournalRecord[]> {
  const answer = await scenario.call('GET', '/_standin/journal?since=0');
  return answer.body.records as JournalRecord[];
}

conformance(`the Meta stand-in takes and answers every route as Meta's own description says${because}`, async () => {
  await connect(scenario);
  await tourAccounts();
  const flowId = await tourFlows();
  await tourTemplates(flowId);
  await tourMessages(flowId);
  await tourRefusals(flowId);
  const result = checkMetaJournal(await journal(), META_SPEC);
  expect(result.mismatches).toEqual([]);
  expect(result.checked).toBeGreaterThan(50);
  expect(result.routes).toMatchInlineSnapshot(`
    [
      "DELETE /{Version}/{Flow-ID}",
      "DELETE /{Version}/{Phone-Number-ID}/contact_book",
      "DELETE /{Version}/{WABA-ID}/message_templates",
      "DELETE /{Version}/{WABA-ID}/subscribed_apps",
      "GET /{Version}/debug_token",
      "GET /{Version}/{Application-ID}/subscriptions",
      "GET /{Version}/{Business-ID}",
      "GET /{Version}/{Flow-ID}",
      "GET /{Version}/{Flow-ID}/assets",
      "GET /{Version}/{Phone-Number-ID}",
      "GET /{Version}/{Phone-Number-ID}/whatsapp_business_encryption",
      "GET /{Version}/{TEMPLATE_ID}",
      "GET /{Version}/{WABA-ID}",
      "GET /{Version}/{WABA-ID}/flows",
      "GET /{Version}/{WABA-ID}/message_templates",
      "GET /{Version}/{WABA-ID}/phone_numbers",
      "GET /{Version}/{WABA-ID}/subscribed_apps",
      "POST /{Version}/{Application-ID}/subscriptions",
      "POST /{Version}/{Flow-ID}",
      "POST /{Version}/{Flow-ID}/assets",
      "POST /{Version}/{Flow-ID}/deprecate",
      "POST /{Version}/{Flow-ID}/publish",
      "POST /{Version}/{Phone-Number-ID}/media",
      "POST /{Version}/{Phone-Number-ID}/messages",
      "POST /{Version}/{Phone-Number-ID}/whatsapp_business_encryption",
      "POST /{Version}/{TEMPLATE_ID}",
      "POST /{Version}/{WABA-ID}/flows",
      "POST /{Version}/{WABA-ID}/message_templates",
      "POST /{Version}/{WABA-ID}/subscribed_apps",
    ]
  `);
});

conformance(`a request or answer that differs from the description is found${because}`, async () => {
  await say(scenario, ANNA.waId, 'Hi');
  const text = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: ANNA.waId,
    type: 'text',
    text: { body: 'x' },
  };
  await scenario.call('POST', `/${NUMBER}/messages`, { json: text });
  await scenario.call('GET', `/${WABA}`);
  const [message, account] = (await journal()).slice(-2);
  if (!message || !account) throw new Error('The journal is empty');
  const changes: [JournalRecord, Partial<JournalRecord>, string | null][] = [
    [message, {}, null],
    [message, { body: { ...text, colour: 'red' } }, 'request'],
    [message, { body: { ...text, text: { body: 7 } } }, 'request'],
    [message, { body: { ...text, recipient_type: 'business_scoped_user_id' } }, 'request'],
    [message, { headers: { ...message.headers, 'content-type': 'text/plain' } }, 'request'],
    [message, { headers: { 'content-type': 'application/json' } }, 'request'],
    [message, { answer: { messages: [{ id: 1 }] } }, 'answer'],
    [account, { query: { colour: 'red' } }, 'query'],
    [account, { answer: { id: WABA } }, 'answer'],
    [account, { answer: { id: WABA, name: 'x', colour: 'red' } }, 'answer'],
    [account, { status: 400, answer: { message: 'no' } }, 'answer'],
    [account, { route: '/{Version}/{WABA-ID}/nothing' }, 'route'],
  ];
  const { mismatches } = checkMetaJournal(
    changes.map(([record, change], n) => ({ ...record, ...change, n })),
    META_SPEC,
  );
  const found = changes.map((_entry, n) => mismatches.find((mismatch) => mismatch.n === n)?.where ?? null);
  expect(found).toEqual(changes.map(([, , where]) => where));
});

async function tourAccounts(): Promise<void> {
  const { call } = scenario;
  const app = { token: `${APP.id}|${APP.secret}` };
  await call('GET', `/debug_token?input_token=${TOKEN}`, app);
  await call('GET', `/debug_token?input_token=nonsense`, app);
  await call('GET', `/${APP.id}/subscriptions`, app);
  await call('GET', `/${WABA}`);
  await call(
    'GET',
    `/${WABA}?fields=id,name,owner_business_info,on_behalf_of_business_info,currency,country,timezone_id`,
  );
  await call(
    'GET',
    `/${WABA}?fields=message_template_namespace,account_review_status,business_verification_status,ownership_type,health_status`,
  );
  await call('GET', `/${WABA}/phone_numbers`);
  await call('GET', `/${WABA}/phone_numbers?fields=id,display_phone_number,verified_name,quality_rating&limit=100`);
  await call('GET', `/${NUMBER}`);
  const fields = 'id,display_phone_number,verified_name,quality_rating,name_status,health_status,status';
  await call('GET', `/${NUMBER}?fields=${fields},whatsapp_business_manager_messaging_limit,throughput,platform_type`);
  await call('GET', `/${PORTFOLIO}?fields=id,name,verification_status`);
  await call('GET', `/${NUMBER}/whatsapp_business_encryption`);
  await call('GET', `/${WABA}/subscribed_apps`);
}

async function tourFlows(): Promise<string> {
  const { call, receiver } = scenario;
  const light = await publishedFlow(scenario, 'light');
  const connected = await createFlow(scenario, 'connected', connectedFlow());
  await call('POST', `/${connected}`, {
    multipart: {
      endpoint_uri: `${receiver.url}/flow`,
      application_id: APP.id,
      categories: '["SURVEY"]',
      name: 'connected 2',
    },
  });
  await call('POST', `/${connected}/publish`);
  await upload(scenario, connected, { ...connectedFlow(), surprise: 1 });
  await call('GET', `/${connected}`);
  const fields = 'json_version,data_api_version,endpoint_uri,preview,whatsapp_business_account,application';
  await call(
    'GET',
    `/${connected}?fields=id,name,status,categories,validation_errors,${fields},health_status.phone_number(${NUMBER})`,
  );
  await call('GET', `/${WABA}/flows`);
  await call('GET', `/${WABA}/flows?fields=id,name,status&limit=1`);
  await call('GET', `/${connected}/assets`);
  const clone = await call('POST', `/${WABA}/flows`, {
    multipart: { name: 'clone', categories: '["OTHER"]', clone_flow_id: light },
  });
  await call('DELETE', `/${clone.id}`);
  const inline = await call('POST', `/${WABA}/flows`, {
    multipart: {
      name: 'inline',
      categories: '["OTHER"]',
      flow_json: JSON.stringify(lightFlow()),
      publish: 'true',
      endpoint_uri: `${receiver.url}/flow`,
    },
  });
  await call('POST', `/${inline.id}/deprecate`);
  return light;
}

async function tourTemplates(flowId: string): Promise<void> {
  const { call } = scenario;
  const components = [
    { type: 'HEADER', format: 'TEXT', text: 'Muster GmbH' },
    { type: 'BODY', text: 'Hello {{1}}, please answer.', example: { body_text: [['Anna']] } },
    { type: 'FOOTER', text: 'Muster' },
    {
      type: 'BUTTONS',
      buttons: [
        {
          type: 'FLOW',
          text: 'Start',
          flow_id: flowId,
          flow_action: 'navigate',
          navigate_screen: 'NAME',
          icon: 'DOCUMENT',
        },
      ],
    },
  ];
  const made = await call('POST', `/${WABA}/message_templates`, {
    json: { name: 'greeting', language: 'en', category: 'UTILITY', components },
  });
  await call('GET', `/${made.id}`);
  await call('GET', `/${made.id}?fields=name,status,rejected_reason,quality_score`);
  await call('GET', `/${WABA}/message_templates?name=greeting`);
  await call('GET', `/${WABA}/message_templates?fields=name,status,language,category&status=APPROVED&limit=10`);
  await call('POST', `/${made.id}`, { json: { components } });
  const other = await call('POST', `/${WABA}/message_templates`, {
    json: { name: 'other', language: 'en', category: 'UTILITY', components: [{ type: 'BODY', text: 'Hello.' }] },
  });
  await call('DELETE', `/${WABA}/message_templates?name=other&hsm_id=${other.id}`);
}

async function tourMessages(flowId: string): Promise<void> {
  const { call } = scenario;
  const send = (json: unknown) => call('POST', `/${NUMBER}/messages`, { json });
  const incoming = await say(scenario, ANNA.waId, 'Hi');
  await say(scenario, HIDDEN.bsuid, 'Hi');
  const base = { messaging_product: 'whatsapp', recipient_type: 'individual', to: ANNA.waId };
  await send({ ...base, type: 'text', text: { body: 'Hello', preview_url: false }, biz_opaque_callback_data: 'snd_1' });
  const document = { link: 'https://example.com/a.pdf', caption: 'A', filename: 'a.pdf' };
  await send({ ...base, type: 'document', document, context: { message_id: incoming.body.messageId } });
  const file = { content: 'BEGIN:VCALENDAR\r\n', type: 'text/plain' };
  const uploaded = await call('POST', `/${NUMBER}/media`, { multipart: { messaging_product: 'whatsapp' }, file });
  await send({ ...base, type: 'document', document: { id: uploaded.id, filename: 'a.ics', caption: 'A' } });
  await call('POST', `/${NUMBER}/media`, {
    multipart: { messaging_product: 'whatsapp' },
    file: { ...file, type: 'text/calendar' },
  });
  await send(flowMessage(ANNA.waId, flowId));
  const { to: _to, ...unaddressed } = flowMessage('', flowId);
  await send({ ...unaddressed, recipient: HIDDEN.bsuid });
  const contact = {
    type: 'request_contact_info',
    body: { text: 'Your number?' },
    action: { name: 'request_contact_info' },
  };
  await send({ ...base, type: 'interactive', interactive: contact });
  const parameters = { display_text: 'Confirm identity', url: 'https://withpersona.com/verify?code=1' };
  const link = { type: 'cta_url', body: { text: 'One more step.' }, action: { name: 'cta_url', parameters } };
  expect(await send({ ...base, type: 'interactive', interactive: link })).toMatchObject({ status: 200 });
  const rows = [{ id: 'tof_1.0', title: '10:00', description: 'Mon 1 March' }];
  const list = {
    type: 'list',
    body: { text: 'Please choose another one:' },
    action: { button: 'Choose a time', sections: [{ title: 'Mon 1 March', rows }] },
  };
  const sentList = await send({ ...base, type: 'interactive', interactive: list });
  expect(sentList).toMatchObject({ status: 200 });
  const tapped = { from: ANNA.waId, type: 'list_reply', contextId: sentList.messageId, rowId: 'tof_1.0' };
  expect(await call('POST', '/_standin/inbound', { json: tapped })).toMatchObject({ status: 200 });
  const action = { flow_token: 't', flow_action_data: { hello: 'Hi' } };
  const components = [
    { type: 'body', parameters: [{ type: 'text', text: 'Anna' }] },
    { type: 'button', sub_type: 'flow', index: '0', parameters: [{ type: 'action', action }] },
  ];
  await send({ ...base, type: 'template', template: { name: 'greeting', language: { code: 'en' }, components } });
  await send({ messaging_product: 'whatsapp', status: 'read', message_id: incoming.body.messageId });
  await call('DELETE', `/${NUMBER}/contact_book?messaging_product=whatsapp&bsuid=${HIDDEN.bsuid}`);
}

/** The shapes of what is refused: the errors of the token, the permission, the id, the parameter, the flow and the message. */
async function tourRefusals(flowId: string): Promise<void> {
  const { call } = scenario;
  await call('GET', `/${WABA}`, { token: 'EAAunknown' });
  await call('GET', `/${WABA}`, { token: 'EAAmessagingonly' });
  await call('GET', `/${WABA}?fields=colour`);
  await call('DELETE', `/${flowId}`);
  await call('POST', `/${flowId}/publish`);
  await call('POST', `/${NUMBER}/messages`, { json: flowMessage(ANNA.waId, flowId, { flow_cta: 'x'.repeat(40) }) });
  await call('POST', `/${NUMBER}/messages`, { json: flowMessage('49', flowId) });
  await call('POST', `/_standin/faults`, { json: { route: `GET /${WABA}`, times: 1, kind: '500' } });
  await call('GET', `/${WABA}`);
  await call('DELETE', `/${WABA}/subscribed_apps`);
}
