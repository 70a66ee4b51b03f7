import { z } from 'zod';
import type { FlowJson } from '@flowella/shared/flow-json/flow-json.ts';
import type { RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import { toBase64, type EncryptedExchange } from '@flowella/shared/phone/flow-crypto.ts';

const flowOfMessage = z.object({
  flowId: z.string(),
  flowToken: z.string(),
  action: z.enum(['navigate', 'data_exchange']),
  screen: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
  cta: z.string().nullish(),
  header: z.string().nullish(),
  body: z.string().nullish(),
  footer: z.string().nullish(),
  mode: z.string().nullish(),
});

const chatMessage = z.object({
  n: z.number(),
  id: z.string(),
  from: z.string(),
  to: z.string(),
  timestamp: z.union([z.string(), z.number()]),
  direction: z.enum(['in', 'out']),
  type: z.string(),
  text: z.union([z.string(), z.object({ body: z.string() })]).nullish(),
  interactive: z.looseObject({ type: z.string().optional() }).nullish(),
  template: z
    .looseObject({
      name: z.string(),
      header: z.string().nullish(),
      body: z.string().nullish(),
      footer: z.string().nullish(),
      buttons: z.array(z.looseObject({ type: z.string(), text: z.string() })).nullish(),
    })
    .nullish(),
  button: z.looseObject({ text: z.string() }).nullish(),
  document: z.looseObject({ filename: z.string().nullish(), caption: z.string().nullish() }).nullish(),
  context: z.looseObject({ id: z.string().optional(), message_id: z.string().optional() }).nullish(),
  statuses: z.array(z.object({ status: z.string(), timestamp: z.union([z.string(), z.number()]) })).default([]),
  flow: flowOfMessage.nullish(),
});

const outbox = z.object({ messages: z.array(chatMessage) });
const messageFlow = z.object({
  flowId: z.string(),
  flowJson: z.union([z.string(), z.looseObject({})]),
  name: z.string(),
});
const publicKey = z.object({ publicKeyPem: z.string().nullable() });
const exchanged = z.union([
  z.object({ status: z.literal(0), clientError: z.enum(['timeout_error', 'no_http_response_error']) }),
  z.object({ status: z.number(), body: z.string() }),
]);
const accepted = z.looseObject({ ok: z.boolean() });
const onCdn = z.object({ url: z.string() });
const asMedia = z.object({ id: z.string() });

export type ChatMessage = z.infer<typeof chatMessage>;
export type MessageFlow = z.infer<typeof flowOfMessage>;

/** What a person makes the stand-in send. */
export type Inbound =
  | { type: 'text'; text: string }
  | { type: 'button'; text: string; contextId: string }
  | { type: 'list_reply'; rowId: string; contextId: string }
  | { type: 'nfm_reply'; contextId: string; responseJson: Record<string, unknown> }
  | { type: 'status'; messageId: string; status: 'read' };

/** The phone's line to the Meta stand-in. Each call rejects on anything but an expected answer; nothing is repeated. */
export type StandInClient = ReturnType<typeof standInClient>;

const DEADLINE_MS = 15_000;

/** Speaks the stand-in's control surface (`/_standin`) for one person. */
export function standInClient(baseUrl: string, waId: string) {
  async function call<Shape extends z.ZodType>(shape: Shape, path: string, body?: unknown): Promise<z.infer<Shape>> {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}/_standin${path}`, {
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The stand-in answered ${response.status} to ${path.split('?')[0] ?? ''}`);
    return shape.parse(await response.json());
  }

  return {
    async chat(): Promise<ChatMessage[]> {
      const { messages } = await call(outbox, `/outbox?to=${encodeURIComponent(waId)}&chat=1`);
      return messages.sort((a, b) => a.n - b.n);
    },
    async flowOf(messageId: string): Promise<{ name: string; flowJson: FlowJson }> {
      const flow = await call(messageFlow, `/messages/${encodeURIComponent(messageId)}/flow`);
      const parsed: unknown = typeof flow.flowJson === 'string' ? JSON.parse(flow.flowJson) : flow.flowJson;
      // The stand-in validates Flow JSON before it publishes it, so a published one has the shape.
      return { name: flow.name, flowJson: parsed as FlowJson };
    },
    async publicKey(phoneNumberId: string): Promise<string | null> {
      return (await call(publicKey, `/numbers/${encodeURIComponent(phoneNumberId)}/public-key`)).publicKeyPem;
    },
    async exchange(messageId: string, body: EncryptedExchange): Promise<RawReply> {
      return call(exchanged, '/exchange', { messageId, body });
    },
    /** Puts a locked file where WhatsApp's CDN would be, and answers its address. */
    async putOnCdn(locked: Uint8Array<ArrayBuffer>): Promise<string> {
      return (await call(onCdn, '/cdn', { base64: toBase64(locked) })).url;
    },
    /** Hands a file over as media of the chat with this number, and answers its id. */
    async putMedia(phoneNumberId: string, file: { mimeType: string; bytes: Uint8Array }): Promise<string> {
      const media = { phoneNumberId, mimeType: file.mimeType, base64: toBase64(new Uint8Array(file.bytes)) };
      return (await call(asMedia, '/media', media)).id;
    },
    async send(phoneNumberId: string | null, inbound: Inbound): Promise<void> {
      const number = phoneNumberId === null ? {} : { phoneNumberId };
      await call(accepted, '/inbound', { from: waId, ...number, ...inbound });
    },
  };
}
