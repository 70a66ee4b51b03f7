import { useEffect, useId, useRef, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';
import type { SummaryLine } from '@flowella/shared/phone/screen-view.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import type { ListContent } from './message-content.ts';
import { usePhoneContext } from './phone-context.ts';

export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed';

/** Everything of the chat. While a flow covers it, it can be neither reached nor read out. */
export function ChatPane({ isCovered, children }: { isCovered: boolean; children: ReactNode }): ReactElement {
  const pane = useRef<HTMLDivElement>(null);
  // React 18 does not know the attribute `inert`.
  useEffect(() => {
    pane.current?.toggleAttribute('inert', isCovered);
  }, [isCovered]);
  return (
    <div ref={pane} className="ph-chat">
      {children}
    </div>
  );
}

/** The bar over the chat: avatar with initials, name, verified mark. */
export function ChatHeader({ name, note }: { name: string; note: string | null }): ReactElement {
  const { texts } = usePhoneContext();
  return (
    <header className="ph-chat-header">
      <span className="ph-flip ph-header-back">
        <Icon name="back" />
      </span>
      <span className="ph-avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <div className="ph-chat-name">
        <h2 dir="auto">
          {name}
          <span className="ph-verified" role="img" aria-label={texts.verified}>
            <Icon name="verified" />
          </span>
        </h2>
        <p role="status">{note}</p>
      </div>
      <Icon name="more" />
    </header>
  );
}

/** The scrolling ground of the chat; stays at the newest message. */
export function ChatGround({ children, count }: { children: ReactNode; count: number }): ReactElement {
  const ground = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (ground.current !== null) ground.current.scrollTop = ground.current.scrollHeight;
  }, [count]);
  return (
    <div ref={ground} className="ph-ground" role="log" tabIndex={0}>
      {children}
    </div>
  );
}

/** A day between messages, or a note from the phone. */
export function ChatNote({ children, isWide = false }: { children: ReactNode; isWide?: boolean }): ReactElement {
  return <p className={isWide ? 'ph-note is-wide' : 'ph-note'}>{children}</p>;
}

/** One message. `side` is as the person sees it: theirs at the end, the business's at the start. */
export function Bubble(props: {
  side: 'theirs' | 'business';
  time: string;
  status?: MessageStatus | null;
  children: ReactNode;
  buttons?: ReactNode;
}): ReactElement {
  return (
    <article className={`ph-bubble is-${props.side}`}>
      <div className="ph-bubble-body">
        {props.children}
        <span className="ph-meta">
          <time>{props.time}</time>
          {props.status === undefined || props.status === null ? null : <Ticks status={props.status} />}
        </span>
      </div>
      {props.buttons}
    </article>
  );
}

/** One tick sent, two delivered, two blue read. */
function Ticks({ status }: { status: MessageStatus }): ReactElement {
  const { texts } = usePhoneContext();
  const isDouble = status === 'delivered' || status === 'read';
  return (
    <svg className={`ph-ticks is-${status}`} viewBox="0 0 20 12" role="img" aria-label={texts.status[status]}>
      <path d="M1.5 6.5l3.5 3.5L12 2.5" />
      {isDouble ? <path d="M8.5 9.6l.4.4L17.5 2.5" /> : null}
    </svg>
  );
}

/** Text as WhatsApp writes it: `*bold*`, `_italic_`, `~struck~`; addresses become links. */
export function ChatText({ text }: { text: string }): ReactElement {
  return (
    <p className="ph-chat-text" dir="auto">
      {text.split(/(https?:\/\/[^\s]+|\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~)/).map((part, index) => (
        <ChatSpan key={index} part={part} />
      ))}
    </p>
  );
}

function ChatSpan({ part }: { part: string }): ReactElement {
  if (/^https?:\/\//.test(part)) {
    return (
      <a href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    );
  }
  if (/^\*[^*]+\*$/.test(part)) return <strong>{part.slice(1, -1)}</strong>;
  if (/^_[^_]+_$/.test(part)) return <em>{part.slice(1, -1)}</em>;
  if (/^~[^~]+~$/.test(part)) return <s>{part.slice(1, -1)}</s>;
  return <>{part}</>;
}

/** Header, body and grey footer of an interactive or template message. */
export function MessageTexts(props: { header: string | null; body: string; footer: string | null }): ReactElement {
  return (
    <>
      {props.header === null ? null : (
        <h3 className="ph-message-header" dir="auto">
          {props.header}
        </h3>
      )}
      <ChatText text={props.body} />
      {props.footer === null ? null : (
        <p className="ph-message-footer" dir="auto">
          {props.footer}
        </p>
      )}
    </>
  );
}

/** The button below a flow message; grey once the endpoint has revoked it. */
export function FlowButton(props: {
  text: string;
  isOff: boolean;
  note: string | null;
  onPress(): void;
}): ReactElement {
  return (
    <div className="ph-bubble-buttons">
      <button type="button" disabled={props.isOff} onClick={props.onPress}>
        <Icon name="list" />
        <span dir="auto">{props.text}</span>
      </button>
      {props.note === null ? null : (
        <p className="ph-button-note" dir="auto">
          {props.note}
        </p>
      )}
    </div>
  );
}

/** The card the person sees after a flow: its title and *Response sent*. */
export function ResponseCard({ title }: { title: string }): ReactElement {
  const { texts } = usePhoneContext();
  return (
    <div className="ph-response">
      <span className="ph-response-icon">
        <Icon name="form" />
      </span>
      <span>
        <strong dir="auto">{title}</strong>
        <span>{texts.responseSent}</span>
      </span>
    </div>
  );
}

/** A document the business has sent, by its name. */
export function DocumentCard({ name, caption }: { name: string; caption: string | null }): ReactElement {
  return (
    <>
      <div className="ph-response">
        <span className="ph-response-icon">
          <Icon name="document" />
        </span>
        <strong dir="auto">{name}</strong>
      </div>
      {caption === null ? null : <ChatText text={caption} />}
    </>
  );
}

/** Below the card: opens what the person answered. */
export function ResponseButton({ summary }: { summary: SummaryLine[] }): ReactElement {
  const { texts } = usePhoneContext();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="ph-response-view" onClick={() => setOpen(true)}>
        {texts.viewResponse}
      </button>
      {isOpen ? (
        <Dialog title={texts.yourResponse} onClose={() => setOpen(false)}>
          <Summary lines={summary} />
        </Dialog>
      ) : null}
    </>
  );
}

/** The answers of a finished flow, masked where the flow says so. */
function Summary({ lines }: { lines: SummaryLine[] }): ReactElement {
  const { texts } = usePhoneContext();
  if (lines.length === 0) return <p className="ph-body">{texts.noLongerKnown}</p>;
  return (
    <dl className="ph-summary">
      {lines.map((line, index) => (
        <div key={index}>
          <dt dir="auto">{line.label}</dt>
          <dd dir="auto">{line.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Where the person writes. A text that could not be sent stays, with the reason above it. */
export function Composer({ onSend }: { onSend(text: string): Promise<void> }): ReactElement {
  const { texts } = usePhoneContext();
  const [text, setText] = useState('');
  const [state, setState] = useState<'ready' | 'sending' | 'failed'>('ready');
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed === '' || state === 'sending') return;
    setState('sending');
    try {
      await onSend(trimmed);
      setText('');
      setState('ready');
    } catch {
      setState('failed');
    }
  };
  return (
    <form className="ph-composer" onSubmit={(event) => void send(event)}>
      <p className="ph-composer-error" role="alert">
        {state === 'failed' ? texts.notSent : null}
      </p>
      <input
        aria-label={texts.message}
        placeholder={texts.message}
        dir="auto"
        value={text}
        maxLength={4096}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" aria-label={texts.send} disabled={text.trim() === '' || state === 'sending'}>
        <Icon name="send" className="ph-flip" />
      </button>
    </form>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}

/** The button of a message that opens a page outside of the chat, as the browser of the phone would. */
export function LinkButton(props: { text: string; url: string }): ReactElement {
  return (
    <div className="ph-bubble-buttons">
      <button type="button" onClick={() => window.open(props.url, '_blank', 'noopener,noreferrer')}>
        <span dir="auto">{props.text}</span>
      </button>
    </div>
  );
}

/** The button of a list message: opens its rows, of which the person sends one. */
export function ListButton(props: { list: ListContent; onSend(rowId: string): void }): ReactElement {
  const { texts } = usePhoneContext();
  const { list } = props;
  const group = useId();
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const close = (): void => {
    setOpen(false);
    setChosen(null);
  };
  const send = (): void => {
    if (chosen !== null) props.onSend(chosen);
    close();
  };
  return (
    <>
      <FlowButton text={list.button} isOff={false} note={null} onPress={() => setOpen(true)} />
      {isOpen ? (
        <Dialog
          title={list.button}
          onClose={close}
          footer={
            <button type="button" className="ph-text-button" disabled={chosen === null} onClick={send}>
              {texts.send}
            </button>
          }
        >
          {list.sections.map((section, index) => (
            <fieldset key={index} className="ph-list-section">
              {section.title === null ? null : <legend dir="auto">{section.title}</legend>}
              {section.rows.map((row) => (
                <label key={row.id} className="ph-row">
                  <span className="ph-row-texts">
                    <span className="ph-row-title" dir="auto">
                      {row.title}
                    </span>
                    {row.description === null ? null : (
                      <span className="ph-row-description" dir="auto">
                        {row.description}
                      </span>
                    )}
                  </span>
                  <input
                    className="ph-native"
                    type="radio"
                    name={group}
                    checked={chosen === row.id}
                    onChange={() => setChosen(row.id)}
                  />
                  <span className="ph-mark" aria-hidden="true" />
                </label>
              ))}
            </fieldset>
          ))}
        </Dialog>
      ) : null}
    </>
  );
}
