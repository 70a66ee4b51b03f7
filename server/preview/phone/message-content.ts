import { z } from 'zod';
import type { ChatMessage, MessageFlow } from './stand-in-client.ts';

/** What a chat message says, whichever way the vendor wrapped it. */
export type MessageContent =
  | { kind: 'text'; text: string }
  | {
      kind: 'message';
      header: string | null;
      body: string;
      footer: string | null;
      flow: MessageFlow | null;
      buttons: string[];
    }
  | { kind: 'response'; flowMessageId: string | null }
  | { kind: 'unsupported' };

const textPart = z.looseObject({ text: z.string().nullish() }).nullish();
const interactive = z.looseObject({
  type: z.string().nullish(),
  header: textPart,
  body: textPart,
  footer: textPart,
  action: z
    .looseObject({
      parameters: z.looseObject({ flow_cta: z.string().nullish() }).nullish(),
      buttons: z.array(z.looseObject({ reply: z.looseObject({ title: z.string() }).nullish() })).nullish(),
    })
    .nullish(),
});

/** Reads header, body, footer and button out of a message. The stand-in's own rendering of them wins over the raw parts. */
export function messageContent(message: ChatMessage): MessageContent {
  if (message.type === 'text') return { kind: 'text', text: textOf(message) };
  const raw = interactive.safeParse(message.interactive ?? {}).data;
  if (raw?.type === 'nfm_reply' || message.type === 'nfm_reply') {
    return { kind: 'response', flowMessageId: message.context?.id ?? message.context?.message_id ?? null };
  }
  if (message.type === 'button') return { kind: 'text', text: textOf(message) };
  if (message.type !== 'interactive' && message.type !== 'template') return { kind: 'unsupported' };
  const flow = message.flow ?? null;
  const body = flow?.body ?? raw?.body?.text ?? textOf(message);
  return {
    kind: 'message',
    header: flow?.header ?? raw?.header?.text ?? null,
    body: body === '' ? (message.template?.name ?? '') : body,
    footer: flow?.footer ?? raw?.footer?.text ?? null,
    flow: flow === null ? null : { ...flow, cta: flow.cta ?? raw?.action?.parameters?.flow_cta ?? null },
    buttons: (raw?.action?.buttons ?? []).flatMap((button) => button.reply?.title ?? []),
  };
}

function textOf(message: ChatMessage): string {
  if (typeof message.text === 'string') return message.text;
  return message.text?.body ?? '';
}
