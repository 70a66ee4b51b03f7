import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import { open, type Exchange } from '../phone/fake-endpoint.ts';
import { arabicFlow, connectedFlow, demoFlow } from './demo-flow.ts';

type Message = Record<string, unknown> & {
  id: string;
  direction: 'in' | 'out';
  statuses: { status: string; timestamp: string }[];
};

/** As much of the Meta stand-in's control surface as the chat needs, with a few messages in it. */
export async function fakeStandIn(): Promise<{ url: string; inbound: Record<string, unknown>[]; close(): void }> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const flows: Record<string, FlowJson> = { demo: demoFlow, connected: connectedFlow, arabic: arabicFlow };
  const inbound: Record<string, unknown>[] = [];
  const messages: Message[] = [
    text('in', 'Hello, I would like to book a *check-up*.'),
    flowMessage('demo', 'navigate', 'Hi Ana 👋\nPlease answer a few questions, then choose a day.', 'Book a check-up'),
    flowMessage('connected', 'data_exchange', 'We would like to keep your details up to date.', 'Update details'),
    flowMessage('arabic', 'navigate', 'يرجى تحديث بياناتك', 'ابدأ'),
  ];

  function text(direction: 'in' | 'out', body: string): Message {
    return base(direction, { type: 'text', text: body });
  }
  function base(direction: 'in' | 'out', more: Record<string, unknown>): Message {
    const statuses = direction === 'out' ? [] : [{ status: 'delivered', timestamp: '1795473600' }];
    const id = `wamid.${Math.random().toString(36).slice(2)}`;
    return {
      id,
      from: '1000',
      to: '4915112345',
      timestamp: String(Math.floor(Date.now() / 1000)),
      direction,
      statuses,
      ...more,
    };
  }
  function flowMessage(flowId: string, action: string, body: string, cta: string): Message {
    const flow = {
      flowId,
      flowToken: `token-${flowId}`,
      action,
      screen: null,
      data: null,
      cta,
      header: null,
      body,
      footer: 'Reply STOP to opt out',
      mode: 'published',
    };
    return base('out', { type: 'interactive', interactive: { type: 'flow' }, flow });
  }

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    res.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', 'content-type');
    if (req.method === 'OPTIONS') return void res.writeHead(204).end();
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body =
      chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
    res.setHeader('content-type', 'application/json').end(JSON.stringify(route(req.url ?? '', body)));
  }

  function route(url: string, body: Record<string, unknown>): unknown {
    if (url.includes('/outbox')) return { messages: messages.map((message, n) => ({ n, ...message })) };
    const flowOf = /\/messages\/([^/]+)\/flow/.exec(url)?.[1];
    if (flowOf !== undefined) {
      const message = messages.find((candidate) => candidate.id === decodeURIComponent(flowOf));
      const flowId = (message?.flow as { flowId: string } | undefined)?.flowId ?? '';
      return { flowId, flowJson: flows[flowId], endpointUri: null, name: flowId };
    }
    if (url.includes('/public-key')) {
      return { publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }), status: 'VALID' };
    }
    if (url.includes('/exchange'))
      return { status: 200, contentType: 'text/plain', body: answer(body.body, privateKey) };
    inbound.push(body);
    receive(body);
    return { ok: true, messageId: 'wamid.x', webhookStatus: 200 };
  }

  function receive(body: Record<string, unknown>): void {
    if (body.type === 'text') messages.push(text('in', String(body.text)));
    if (body.type === 'status') {
      const message = messages.find((candidate) => candidate.id === body.messageId);
      message?.statuses.push({ status: String(body.status), timestamp: '1' });
    }
    if (body.type === 'nfm_reply') {
      messages.push(
        base('in', { type: 'interactive', interactive: { type: 'nfm_reply' }, context: { id: body.contextId } }),
      );
    }
  }

  const server = createServer((req, res) => void respond(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inbound,
    close: () => void server.close(),
  };
}

function answer(body: unknown, privateKey: KeyObject): string {
  const { exchange, seal } = open(JSON.stringify(body), privateKey);
  return seal(reply(exchange));
}

/** Refuses an address without `.com`, then goes on to the second screen and to the end. */
export function reply(exchange: Exchange): unknown {
  if (exchange.action === 'INIT') return { screen: 'START', data: { init: { email: 'ana@example.org' }, errors: {} } };
  const email = String(exchange.data?.email ?? '');
  if (exchange.screen === 'START' && !email.endsWith('.com')) {
    const data = {
      init: { email },
      errors: { email: 'Only .com, please' },
      error_message: 'Please check your answer.',
    };
    return { screen: 'START', data };
  }
  if (exchange.screen === 'START') return { screen: 'DETAILS', data: { init: {}, errors: {} } };
  const params = { flow_token: exchange.flow_token, submission: 'sub_1' };
  return { screen: 'SUCCESS', data: { extension_message_response: { params } } };
}
