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
      /** A button that opens an address outside of the chat. */
      link: { text: string; url: string } | null;
      list: ListContent | null;
    }
  | { kind: 'document'; name: string; caption: string | null }
  | { kind: 'response'; flowMessageId: string | null }
  | { kind: 'unsupported' };

/** A button that opens rows to choose one of. */
export type ListContent = {
  button: string;
  sections: { title: string | null; rows: { id: string; title: string; description: string | null }[] }[];
};

const textPart = z.looseObject({ text: z.string().nullish() }).nullish();
const interactive = z.looseObject({
  type: z.string().nullish(),
  header: textPart,
  body: textPart,
  footer: textPart,
  action: z
    .looseObject({
      parameters: z
        .looseObject({ flow_cta: z.string().nullish(), display_text: z.string().nullish(), url: z.string().nullish() })
        .nullish(),
      button: z.string().nullish(),
      sections: z
        .array(
          z.looseObject({
            title: z.string().nullish(),
            rows: z.array(z.looseObject({ id: z.string(), title: z.string(), description: z.string().nullish() })),
          }),
        )
        .nullish(),
      buttons: z.array(z.looseObject({ reply: z.looseObject({ title: z.string() }).nullish() })).nullish(),
    })
    .nullish(),
  list_reply: z.looseObject({ title: z.string(), description: z.string().nullish() }).nullish(),
});
type Interactive = z.infer<typeof interactive>;

/** Reads what the person sees out of a message of the stand-in. */
export function messageContent(message: ChatMessage): MessageContent {
  switch (message.type) {
    case 'text':
      return { kind: 'text', text: textOf(message) };
    case 'button':
      return { kind: 'text', text: message.button?.text ?? textOf(message) };
    case 'document':
      return { kind: 'document', name: message.document?.filename ?? '', caption: message.document?.caption ?? null };
    case 'nfm_reply':
      return { kind: 'response', flowMessageId: contextOf(message) };
    case 'interactive':
      return interactiveContent(message);
    case 'template':
      return templateContent(message);
    default:
      return { kind: 'unsupported' };
  }
}

function interactiveContent(message: ChatMessage): MessageContent {
  const raw = interactive.safeParse(message.interactive ?? {}).data;
  if (raw?.type === 'nfm_reply') return { kind: 'response', flowMessageId: contextOf(message) };
  if (raw?.list_reply)
    return { kind: 'text', text: [raw.list_reply.title, raw.list_reply.description].filter(Boolean).join('\n') };
  const flow = message.flow ?? null;
  return {
    kind: 'message',
    header: flow?.header ?? raw?.header?.text ?? null,
    body: flow?.body ?? raw?.body?.text ?? '',
    footer: flow?.footer ?? raw?.footer?.text ?? null,
    flow: flow === null ? null : { ...flow, cta: flow.cta ?? raw?.action?.parameters?.flow_cta ?? null },
    buttons: (raw?.action?.buttons ?? []).flatMap((button) => button.reply?.title ?? []),
    link: raw?.type === 'cta_url' ? linkOf(raw.action?.parameters) : null,
    list: raw?.type === 'list' ? listOf(raw) : null,
  };
}

function listOf({ action }: Interactive): ListContent {
  const sections = (action?.sections ?? []).map(({ title, rows }) => ({
    title: title ?? null,
    rows: rows.map((row) => ({ id: row.id, title: row.title, description: row.description ?? null })),
  }));
  return { button: action?.button ?? '', sections };
}

/** Only an address that a browser opens: nothing else may stand behind a button. */
function linkOf(
  parameters: { display_text?: string | null | undefined; url?: string | null | undefined } | null | undefined,
): { text: string; url: string } | null {
  const url = parameters?.url ?? '';
  return /^https?:\/\//.test(url) ? { text: parameters?.display_text ?? url, url } : null;
}

function templateContent(message: ChatMessage): MessageContent {
  const { template } = message;
  const quickReplies = (template?.buttons ?? []).filter((button) => button.type === 'QUICK_REPLY');
  return {
    kind: 'message',
    header: template?.header ?? null,
    body: template?.body ?? template?.name ?? '',
    footer: template?.footer ?? null,
    flow: message.flow ?? null,
    buttons: quickReplies.map((button) => button.text),
    link: null,
    list: null,
  };
}

function contextOf(message: ChatMessage): string | null {
  return message.context?.id ?? message.context?.message_id ?? null;
}

function textOf(message: ChatMessage): string {
  return typeof message.text === 'string' ? message.text : (message.text?.body ?? '');
}
