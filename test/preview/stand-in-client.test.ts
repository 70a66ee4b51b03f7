import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFlow } from '@flowella/shared/phone/run-flow.ts';
import { walkFlow } from '@flowella/shared/phone/walk-flow.ts';
import { messageContent } from '../../server/preview/phone/message-content.ts';
import { standInClient } from '../../server/preview/phone/stand-in-client.ts';
import {
  connect,
  flowMessage,
  publishedFlow,
  say,
  startScenario,
  type Scenario,
} from '../sandbox/meta/support/meta-scenario.ts';
import { ANNA, NUMBER } from '../sandbox/meta/support/meta-seed.ts';

let scenario: Scenario;

beforeEach(async () => {
  scenario = await startScenario();
  await connect(scenario);
});

afterEach(() => scenario.close());

test('a flow sent at the stand-in is read, opened and answered by the phone, and the answer reaches the webhook', async () => {
  const client = standInClient(scenario.meta.url, ANNA.waId);
  await say(scenario, ANNA.waId, 'Hello');
  const flowId = await publishedFlow(scenario, 'Your name');
  await scenario.call('POST', `/${NUMBER}/messages`, { json: flowMessage(ANNA.waId, flowId) });

  const [own, sent] = await client.chat();
  if (own === undefined || sent === undefined) throw new Error('two messages are in the chat');
  expect(messageContent(own)).toEqual({ kind: 'text', text: 'Hello' });
  const content = messageContent(sent);
  expect(content).toMatchObject({ kind: 'message', header: 'Muster GmbH', footer: 'Takes a minute' });
  if (content.kind !== 'message' || content.flow === null) throw new Error('it carries a flow');
  expect(content.flow.cta).toBe('Start');

  const { flowJson } = await client.flowOf(sent.id);
  const { flowToken, action, screen, data } = content.flow;
  const phone = openFlow({
    flowJson,
    message: { flowToken, action, screen: screen ?? null, data: data ?? null },
    effects: { link: null, randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  });
  const walk = await walkFlow(phone, { name: 'Anna' });
  if (walk.view.kind !== 'closed' || walk.view.outcome.kind !== 'submitted') throw new Error('the flow is submitted');
  const { responseJson } = walk.view.outcome;
  await client.send(sent.from, { type: 'nfm_reply', contextId: sent.id, responseJson });
  await client.send(sent.from, { type: 'status', messageId: sent.id, status: 'read' });

  const after = await client.chat();
  expect(after.map((message) => messageContent(message).kind)).toEqual(['text', 'message', 'response']);
  expect(after[1]?.statuses.map((entry) => entry.status)).toContain('read');
  expect(after[2] && messageContent(after[2])).toEqual({ kind: 'response', flowMessageId: sent.id });
  const reply = scenario.receiver.state.hooks.find((hook) => hook.raw.includes('nfm_reply'));
  expect(reply?.signatureIsRight).toBe(true);
  expect(reply?.raw).toContain('Anna');
});

test('what the person writes stands in the chat, and the number has a public key to encrypt with', async () => {
  const client = standInClient(`${scenario.meta.url}/`, ANNA.waId);
  await client.send(null, { type: 'text', text: 'Good morning' });
  const chat = await client.chat();
  expect(chat.map((message) => [message.direction, messageContent(message)])).toEqual([
    ['in', { kind: 'text', text: 'Good morning' }],
  ]);
  expect(await client.publicKey(NUMBER)).toMatch(/^-----BEGIN PUBLIC KEY-----/);
});

test('a message nobody has and a stand-in that refuses are errors, not empty answers', async () => {
  const client = standInClient(scenario.meta.url, ANNA.waId);
  await expect(client.flowOf('wamid.nothing')).rejects.toThrow('answered 404');
});
