import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { encryptedLink } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { FlowOutcome, SummaryLine } from '@flowella/shared/phone/screen-view.ts';
import { browserRandomBytes, browserTimer, openWebPage } from './browser-effects.ts';
import {
  Bubble,
  ChatGround,
  ChatHeader,
  ChatNote,
  ChatPane,
  Composer,
  DocumentCard,
  ChatText,
  FlowButton,
  LinkButton,
  ListButton,
  MessageTexts,
  ResponseButton,
  ResponseCard,
  type MessageStatus,
} from './chat-parts.tsx';
import { FlowSheet } from './FlowSheet.tsx';
import { messageContent } from './message-content.ts';
import { usePhoneContext } from './phone-context.ts';
import { PhoneFrame, type PhoneLook } from './phone-frame.tsx';
import { standInClient, type ChatMessage, type MessageFlow, type StandInClient } from './stand-in-client.ts';
import { uiTexts } from './ui-texts.ts';
import { useChat } from './use-chat.ts';

export type PhoneChatProps = PhoneLook & {
  /** Base address of the Meta stand-in; its control surface lies under `/_standin`. */
  metaStandInUrl: string;
  /** The person: WhatsApp id or business-scoped id. */
  waId: string;
  /** Name in the header of the chat. */
  businessName?: string;
  /** Number the person writes to before the business has written; default: the stand-in's first. */
  phoneNumberId?: string;
};

type Opened = { phone: Phone; messageId: string; phoneNumberId: string };
/** What this phone remembers about a flow message: the answers sent, or why its button is off. Gone with the page. */
type Memory = { summary: SummaryLine[] | null; revokedText: string | null };

/** A person's WhatsApp: the chat with the business, and the flows opened from it. */
export function PhoneChat(props: PhoneChatProps): ReactElement {
  const { businessName = 'Business', ...look } = props;
  const texts = uiTexts(look.locale ?? 'en');
  return (
    <PhoneFrame locale={look.locale} theme={look.theme} textScale={look.textScale} label={texts.chatWith(businessName)}>
      <ChatScreen key={`${props.metaStandInUrl} ${props.waId}`} {...props} businessName={businessName} />
    </PhoneFrame>
  );
}

function ChatScreen(props: PhoneChatProps & { businessName: string }): ReactElement {
  const { texts, locale } = usePhoneContext();
  const { metaStandInUrl, waId, businessName } = props;
  const client = useMemo(() => standInClient(metaStandInUrl, waId), [metaStandInUrl, waId]);
  const chat = useChat(client);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [memories, setMemories] = useState<Record<string, Memory>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const messages = chat.messages ?? [];

  const open = async (message: ChatMessage, flow: MessageFlow): Promise<void> => {
    setFailure(null);
    try {
      setOpened(await openMessage(client, message, flow, locale));
    } catch {
      setFailure(texts.formNotOpen);
    }
  };
  const finish = useCallback(
    (outcome: FlowOutcome) => {
      setOpened(null);
      if (opened === null || outcome.kind === 'dismissed') return;
      const { messageId } = opened;
      const summary = outcome.kind === 'submitted' ? outcome.summary : null;
      const revokedText = outcome.kind === 'revoked' ? outcome.text : null;
      setMemories((old) => ({ ...old, [messageId]: { summary, revokedText } }));
      if (outcome.kind !== 'submitted') return;
      client
        .send(opened.phoneNumberId, { type: 'nfm_reply', contextId: messageId, responseJson: outcome.responseJson })
        .then(chat.refresh, () => setFailure(texts.notSent));
    },
    [opened, client, chat.refresh, texts],
  );
  const number = messages.findLast((message) => message.direction === 'out')?.from ?? props.phoneNumberId ?? null;

  return (
    <>
      <ChatPane isCovered={opened !== null}>
        <ChatHeader name={businessName} note={chat.isAway ? texts.standInAway : failure} />
        <ChatGround count={messages.length}>
          <ChatNote isWide>{texts.encrypted}</ChatNote>
          {chat.messages !== null && messages.length === 0 ? <ChatNote isWide>{texts.emptyChat}</ChatNote> : null}
          {messages.map((message, index) => (
            <ChatEntry
              key={message.id}
              message={message}
              previous={messages[index - 1] ?? null}
              answered={answeredBy(message, messages)}
              memories={memories}
              onOpen={(flow) => void open(message, flow)}
              onReply={(text) =>
                void client.send(message.from, { type: 'button', text, contextId: message.id }).then(chat.refresh)
              }
              onChoose={(rowId) =>
                client
                  .send(message.from, { type: 'list_reply', rowId, contextId: message.id })
                  .then(chat.refresh, () => setFailure(texts.notSent))
              }
            />
          ))}
        </ChatGround>
        <Composer
          onSend={async (text) => {
            await client.send(number, { type: 'text', text });
            await chat.refresh();
          }}
        />
      </ChatPane>
      {opened === null ? null : <FlowSheet phone={opened.phone} businessName={businessName} onEnd={finish} />}
    </>
  );
}

async function openMessage(
  client: StandInClient,
  message: ChatMessage,
  flow: MessageFlow,
  locale: 'en' | 'de',
): Promise<Opened> {
  const { flowJson } = await client.flowOf(message.id);
  const link =
    flowJson.data_api_version === undefined
      ? null
      : encryptedLink({
          publicKey: () => client.publicKey(message.from),
          exchange: (body) => client.exchange(message.id, body),
          timer: browserTimer,
          randomBytes: browserRandomBytes,
        });
  const phone = openFlow({
    flowJson,
    message: { flowToken: flow.flowToken, action: flow.action, screen: flow.screen ?? null, data: flow.data ?? null },
    effects: {
      link,
      randomBytes: browserRandomBytes,
      uploadFile: (locked) => client.putOnCdn(locked),
      uploadMedia: (file) => client.putMedia(message.from, file),
      openUrl: openWebPage,
    },
    locale,
  });
  return { phone, messageId: message.id, phoneNumberId: message.from };
}

function ChatEntry(props: {
  message: ChatMessage;
  previous: ChatMessage | null;
  /** For a response: the flow message it answers. */
  answered: ChatMessage | null;
  memories: Record<string, Memory>;
  onOpen(flow: MessageFlow): void;
  onReply(text: string): void;
  onChoose(rowId: string): void;
}): ReactElement {
  const { texts, locale } = usePhoneContext();
  const { message, previous } = props;
  const at = timeOf(message);
  const day = dayLabel(at, texts, locale);
  const isNewDay = previous === null || dayLabel(timeOf(previous), texts, locale) !== day;
  return (
    <>
      {isNewDay ? <ChatNote>{day}</ChatNote> : null}
      <Bubble
        side={message.direction === 'in' ? 'theirs' : 'business'}
        time={at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })}
        status={message.direction === 'in' ? ownStatus(message) : null}
        buttons={<EntryButtons {...props} />}
      >
        <EntryBody message={message} answered={props.answered} />
      </Bubble>
    </>
  );
}

function EntryBody(props: { message: ChatMessage; answered: ChatMessage | null }): ReactElement {
  const { message, answered } = props;
  const { texts } = usePhoneContext();
  const content = messageContent(message);
  switch (content.kind) {
    case 'text':
      return <ChatText text={content.text} />;
    case 'message':
      return <MessageTexts header={content.header} body={content.body} footer={content.footer} />;
    case 'document':
      return <DocumentCard name={content.name} caption={content.caption} />;
    case 'response':
      return <ResponseCard title={answered?.flow?.cta ?? texts.yourResponse} />;
    case 'unsupported':
      return <p className="ph-chat-text">{texts.unsupported}</p>;
  }
}

function EntryButtons(props: {
  message: ChatMessage;
  memories: Record<string, Memory>;
  onOpen(flow: MessageFlow): void;
  onReply(text: string): void;
  onChoose(rowId: string): void;
}): ReactElement | null {
  const { texts } = usePhoneContext();
  const content = messageContent(props.message);
  if (content.kind === 'response') {
    const summary = props.memories[content.flowMessageId ?? '']?.summary ?? null;
    return summary === null ? null : <ResponseButton summary={summary} />;
  }
  if (content.kind !== 'message') return null;
  const { flow } = content;
  const revokedText = props.memories[props.message.id]?.revokedText ?? null;
  return (
    <>
      {flow === null ? null : (
        <FlowButton
          text={flow.cta ?? texts.openForm}
          isOff={revokedText !== null}
          note={revokedText}
          onPress={() => props.onOpen(flow)}
        />
      )}
      {content.buttons.map((text) => (
        <FlowButton key={text} text={text} isOff={false} note={null} onPress={() => props.onReply(text)} />
      ))}
      {content.link === null ? null : <LinkButton {...content.link} />}
      {content.list === null ? null : <ListButton list={content.list} onSend={props.onChoose} />}
    </>
  );
}

function answeredBy(message: ChatMessage, messages: ChatMessage[]): ChatMessage | null {
  const content = messageContent(message);
  if (content.kind !== 'response') return null;
  return messages.find((candidate) => candidate.id === content.flowMessageId) ?? null;
}

/** The person's own message has arrived once the stand-in knows it. */
function ownStatus(message: ChatMessage): MessageStatus {
  const known = message.statuses.map((entry) => entry.status);
  if (known.includes('failed')) return 'failed';
  return known.includes('read') ? 'read' : 'delivered';
}

/** Unix seconds as Meta gives them, also as text, or an ISO date. */
function timeOf(message: ChatMessage): Date {
  const seconds = Number(message.timestamp);
  return new Date(Number.isNaN(seconds) ? message.timestamp : seconds < 1e11 ? seconds * 1000 : seconds);
}

function dayLabel(at: Date, texts: { today: string; yesterday: string }, locale: string): string {
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return texts.today;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (at.toDateString() === yesterday.toDateString()) return texts.yesterday;
  return at.toLocaleDateString(locale, { dateStyle: 'long' });
}
