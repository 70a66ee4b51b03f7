import { randomBytes } from 'node:crypto';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import { encryptedLink, type RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { FieldValue, InputView } from '@flowella/shared/phone/screen-view.ts';
import { z } from 'zod';

/** What a program outside needs to know of a running server and its vendors' stand-ins; nothing else is used from in here. */
export type World = {
  serverUrl: string;
  /** Base of the stand-in's control routes, ending in `/_standin`. */
  metaControlUrl: string;
  hubspotControlUrl: string;
  phoneNumberId: string;
  portalId: number;
  userId: number;
};

const DEADLINE_MS = 15_000;

const proxied = z.object({ status: z.number(), body: z.string() });
export type CardAnswer = { status: number; body: Record<string, unknown> };

/** A call of HubSpot's cards and pages, through the proxy that signs it. A body gets an idempotency key unless it has one. */
export async function callFromCard(
  world: World,
  method: string,
  path: string,
  body?: Record<string, unknown>,
): Promise<CardAnswer> {
  const { status, body: text } = proxied.parse(
    await control(`${world.hubspotControlUrl}/portals/${world.portalId}/fetch`, {
      userId: world.userId,
      method,
      url: `${world.serverUrl}${path}`,
      ...(body ? { body: { idempotencyKey: randomBytes(16).toString('hex'), ...body } } : {}),
    }),
  );
  return { status, body: parseObject(text) };
}

/** The same, for calls that must succeed. */
export async function expectFromCard(
  world: World,
  method: string,
  path: string,
  body?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const answer = await callFromCard(world, method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const flowMessage = z.looseObject({
  n: z.number(),
  id: z.string(),
  type: z.string(),
  flow: z.object({
    flowId: z.string(),
    flowToken: z.string(),
    action: z.enum(['navigate', 'data_exchange']),
    screen: z.string().nullish(),
    data: z.record(z.string(), z.unknown()).nullish(),
  }),
});
export type FlowMessage = z.infer<typeof flowMessage>;

/** Flow messages a person has received, oldest first. */
export async function flowMessages(world: World, waId: string): Promise<FlowMessage[]> {
  const { messages } = z
    .object({ messages: z.array(z.unknown()) })
    .parse(await control(`${world.metaControlUrl}/outbox?to=${encodeURIComponent(waId)}`));
  return messages.flatMap((message) => flowMessage.safeParse(message).data ?? []);
}

/** Opens a received flow on the person's phone; `exchange` may be replaced by one that misbehaves. */
export async function openOnPhone(
  world: World,
  message: FlowMessage,
  options: { exchange?: (relay: () => Promise<RawReply>) => Promise<RawReply>; locale?: 'en' | 'de' } = {},
): Promise<Phone> {
  const { flowJson } = z
    .object({ flowJson: z.string() })
    .parse(await control(`${world.metaControlUrl}/messages/${encodeURIComponent(message.id)}/flow`));
  const through = options.exchange ?? ((relay) => relay());
  const link = encryptedLink({
    publicKey: () => publicKey(world),
    exchange: (body) =>
      through(async () =>
        rawReply.parse(await control(`${world.metaControlUrl}/exchange`, { messageId: message.id, body })),
      ),
    timer: (delayMs, fire) => {
      const timer = setTimeout(fire, delayMs);
      return () => clearTimeout(timer);
    },
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  });
  const { flowToken, action, screen, data } = message.flow;
  return openFlow({
    // The stand-in's validator has passed it when it was published.
    flowJson: JSON.parse(flowJson) as FlowJson,
    message: { flowToken, action, screen: screen ?? null, data: data ?? null },
    effects: { link, randomBytes: (length) => new Uint8Array(randomBytes(length)), ...uploads(world) },
    locale: options.locale ?? 'en',
  });
}

/** Where the phone puts files: a locked one on the CDN, an ordinary one as media of the chat. */
function uploads(world: World) {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    uploadFile: async (locked: Uint8Array): Promise<string> => {
      const answer = await control(`${world.metaControlUrl}/cdn`, { base64: base64(locked) });
      return z.object({ url: z.string() }).parse(answer).url;
    },
    uploadMedia: async (file: { mimeType: string; bytes: Uint8Array }): Promise<string> => {
      const media = { phoneNumberId: world.phoneNumberId, mimeType: file.mimeType, base64: base64(file.bytes) };
      return z.object({ id: z.string() }).parse(await control(`${world.metaControlUrl}/media`, media)).id;
    },
  };
}

const rawReply: z.ZodType<RawReply> = z.union([
  z.object({ status: z.literal(0), clientError: z.enum(['timeout_error', 'no_http_response_error']) }),
  z.object({ status: z.number(), body: z.string() }),
]);

export async function publicKey(world: World): Promise<string | null> {
  const url = `${world.metaControlUrl}/numbers/${world.phoneNumberId}/public-key`;
  return z.object({ publicKeyPem: z.string().nullable() }).parse(await control(url)).publicKeyPem;
}

const A_DOCUMENT = {
  fileName: 'papers.pdf',
  mimeType: 'application/pdf',
  bytes: new Uint8Array(Buffer.from('%PDF-1.4\n%%EOF\n')),
};

/** What a person may put into a field that asks for nothing in particular; what stands there already is left. */
export function plausibleAnswer(input: InputView): FieldValue | undefined {
  switch (input.kind) {
    case 'text-input':
      return (
        input.value ||
        { number: '2', phone: '+4915123456789', email: 'someone@person.test' }[String(input.inputType)] ||
        'Rue du Lac'
      );
    case 'text-area':
      return input.value || 'Höflich gefragt, gern gesagt 👍';
    case 'date':
      return input.value || '1990-05-17';
    case 'opt-in':
      return true;
    case 'radio':
    case 'dropdown':
      return input.value || input.options[0]?.id;
    case 'checkboxes':
    case 'chips':
      return input.value.length > 0 ? input.value : input.options.slice(0, 1).map((option) => option.id);
    case 'documents':
    case 'photos':
      return input.value.length > 0 ? input.value : [A_DOCUMENT];
    case 'calendar':
      return undefined;
  }
}

/** A control route of a stand-in, or anything that speaks JSON: GET without a body, POST with one. Throws unless it succeeds. */
export async function control(
  url: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as unknown;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return { text };
  }
}

const timelineEntry = z.object({
  kind: z.enum(['note', 'communication', 'task', 'meeting', 'form-submission', 'custom-object']),
  id: z.string(),
  title: z.string(),
  body: z.string(),
  properties: z.record(z.string(), z.string()),
});
const contactRecord = z.object({
  properties: z.record(z.string(), z.string().nullable()),
  timeline: z.array(timelineEntry),
});
export type ContactRecord = z.infer<typeof contactRecord>;

/** A contact as HubSpot shows it, with its timeline. */
export async function contactRecordOf(world: World, contactId: string): Promise<ContactRecord> {
  return contactRecord.parse(
    await control(`${world.hubspotControlUrl}/portals/${world.portalId}/contacts/${contactId}`),
  );
}
