import { z } from 'zod';
import {
  startMetaStandIn,
  type MetaStandIn,
  type MetaStandInOptions,
} from '../../../../server/sandbox/meta/start-meta-stand-in.ts';
import { APP, NUMBER, SEED, TOKEN, WABA } from './meta-seed.ts';
import { PUBLIC_KEY_PEM, startReceiver, type Receiver } from './receiver.ts';
import { lightFlow } from './flow-json.ts';

export type Answer = {
  status: number;
  text: string;
  /** The JSON object, or an empty one. */
  body: Record<string, unknown>;
  /** `error.code`, or null. */
  code: unknown;
  id: string;
  /** Of the message just sent. */
  messageId: string;
  /** The value under a dotted path, such as `data.0.name`. */
  at(path: string): unknown;
  textAt(path: string): string;
  /** The objects of a list under a dotted path; empty when there is none. */
  list(path: string): Record<string, unknown>[];
};

export type CallOptions = {
  token?: string | null;
  json?: unknown;
  form?: Record<string, string>;
  multipart?: Record<string, string>;
  file?: { field?: string; content: string; type?: string };
  version?: string;
};

/** The stand-in with its seed, a business's server, and a client that is plain fetch. Time stands still until moved. */
export async function startScenario(options: Partial<MetaStandInOptions> = {}) {
  let nowMs = Date.UTC(2026, 10, 23, 9);
  const receiver = await startReceiver(APP.secret);
  const meta = await startMetaStandIn({
    port: 0,
    databaseFile: ':memory:',
    clock: { now: () => new Date(nowMs) },
    templateApprovalDelayMs: 5,
    webhookRetryDelaysMs: [5, 5, 5],
    ...options,
  });
  meta.seed(SEED);
  const call = clientOf(meta.url);
  return {
    meta,
    receiver,
    call,
    advance: (ms: number) => void (nowMs += ms),
    close: async () => {
      await meta.close();
      await receiver.close();
    },
  };
}

export type Scenario = Awaited<ReturnType<typeof startScenario>>;

export function clientOf(url: string) {
  return async (method: string, path: string, o: CallOptions = {}): Promise<Answer> => {
    const token = o.token === undefined ? TOKEN : o.token;
    const response = await fetch(`${url}${path.startsWith('/_') ? '' : `/${o.version ?? 'v25.0'}`}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(o.json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: bodyOf(o),
    });
    const text = await response.text();
    const body = parse(text);
    const at = (path: string): unknown => valueAt(body, path);
    return {
      ...{ status: response.status, text, body, at },
      textAt: (path) => String(at(path)),
      list: (path) => z.array(z.record(z.string(), z.unknown())).catch([]).parse(at(path)),
      code: at('error.code') ?? null,
      id: String(body.id),
      messageId: String(at('messages.0.id')),
    };
  };
}

/** The value under a dotted path, undefined where there is none. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
      value,
    );
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function bodyOf(o: CallOptions): string | FormData | URLSearchParams | undefined {
  if (o.json !== undefined) return typeof o.json === 'string' ? o.json : JSON.stringify(o.json);
  if (o.form) return new URLSearchParams(o.form);
  if (!o.multipart && !o.file) return undefined;
  const form = new FormData();
  for (const [key, value] of Object.entries(o.multipart ?? {})) form.set(key, value);
  if (o.file)
    form.set(
      o.file.field ?? 'file',
      new Blob([o.file.content], { type: o.file.type ?? 'application/json' }),
      'flow.json',
    );
  return form;
}

/** Subscribes the account and directs its messages to the receiver; the app's own callback goes there too. */
export async function connect(scenario: Scenario): Promise<void> {
  const { call, receiver } = scenario;
  await call('POST', `/${WABA}/subscribed_apps`);
  const override = { override_callback_uri: `${receiver.url}/hook`, verify_token: receiver.state.verifyToken };
  const answer = await call('POST', `/${WABA}/subscribed_apps`, { json: override });
  if (answer.status !== 200) throw new Error(answer.text);
  await call('POST', `/${APP.id}/subscriptions`, {
    token: `${APP.id}|${APP.secret}`,
    form: {
      object: 'whatsapp_business_account',
      callback_url: `${receiver.url}/hook`,
      verify_token: receiver.state.verifyToken,
      fields: 'messages,flows,message_template_status_update,user_preferences',
    },
  });
  await call('POST', `/${NUMBER}/whatsapp_business_encryption`, { multipart: { business_public_key: PUBLIC_KEY_PEM } });
}

export async function createFlow(scenario: Scenario, name: string, flowJson: unknown = lightFlow()): Promise<string> {
  const answer = await scenario.call('POST', `/${WABA}/flows`, {
    multipart: { name, categories: '["LEAD_GENERATION"]' },
  });
  const id = String(answer.body.id);
  await upload(scenario, id, flowJson);
  return id;
}

export function upload(scenario: Scenario, flowId: string, flowJson: unknown): Promise<Answer> {
  return scenario.call('POST', `/${flowId}/assets`, {
    multipart: { name: 'flow.json', asset_type: 'FLOW_JSON' },
    file: { content: typeof flowJson === 'string' ? flowJson : JSON.stringify(flowJson) },
  });
}

export async function publishedFlow(
  scenario: Scenario,
  name: string,
  flowJson: unknown = lightFlow(),
): Promise<string> {
  const id = await createFlow(scenario, name, flowJson);
  const answer = await scenario.call('POST', `/${id}/publish`);
  if (answer.status !== 200) throw new Error(answer.text);
  return id;
}

/** An interactive flow message to `to`; `parameters` overrides single ones. */
export function flowMessage(
  to: string,
  flowId: string,
  parameters: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'interactive',
    interactive: {
      type: 'flow',
      header: { type: 'text', text: 'Muster GmbH' },
      body: { text: 'Please tell us your name.' },
      footer: { text: 'Takes a minute' },
      action: {
        name: 'flow',
        parameters: {
          flow_message_version: '3',
          flow_id: flowId,
          flow_cta: 'Start',
          flow_token: 'token-1',
          flow_action: 'navigate',
          flow_action_payload: { screen: 'NAME', data: { hello: 'Hello Anna' } },
          ...parameters,
        },
      },
    },
  };
}

export function say(scenario: Scenario, from: string, text: string): Promise<Answer> {
  return scenario.call('POST', '/_standin/inbound', { json: { from, type: 'text', text } });
}

export type { MetaStandIn, Receiver };
